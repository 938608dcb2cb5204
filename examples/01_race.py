"""Four optimizers race down the Rosenbrock valley."""

from optviz import compare, surface
from optviz.landscapes import loss_grid
from optviz.views import contour


def main():
    """Draw the contour map of the valley with the four paths."""
    problem = surface("rosenbrock")
    rules = ["sgd:lr=0.001", "momentum:lr=0.001", "adam:lr=0.05", "adam:lr=0.05,wd=0.01"]
    race = compare(problem, rules, steps=500)
    print(race.to_text())
    return contour(loss_grid(problem), race.trajectories)


if __name__ == "__main__":
    main().show()
