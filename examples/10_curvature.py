"""Slow progress in a valley: the largest curvature limits the step, the smallest sets the time.

Gradient descent needs lr < 2/largest curvature, and about as many steps as the condition number.
The Newton step uses both curvatures; at a saddle it does not lead to a minimum.
"""

from optviz import compare, surface
from optviz.landscapes import loss_grid
from optviz.views import contour, curvature

POINTS = {"in the valley": (0.8, 0.65), "at the minimum": (1.0, 1.0), "on its slope": (-0.5, 0.6)}


def main():
    """Draw the Rosenbrock valley with its downhill field, and the curvature on its slope."""
    problem = surface("rosenbrock")
    for where, point in POINTS.items():
        bend = curvature(problem, point)
        print(f"{where}: {bend.words()} Gradient descent needs lr < {2 / bend.values[1]:.4f}.")
    race = compare(problem, ["sgd:lr=0.001", "adam:lr=0.05"], steps=300)
    bend = curvature(problem, POINTS["on its slope"])
    return contour(loss_grid(problem), race.trajectories, field=problem, curvature=bend)


if __name__ == "__main__":
    main().show()
