"""L2 regularization and decoupled weight decay: one line of difference, another end for Adam.

L2 adds wd*params to the gradient, so Adam scales it down where gradients are large;
decoupled decay (AdamW) shrinks the params directly.
"""

from optviz import L2, Adam, Decoupled, compare, surface
from optviz.landscapes import loss_grid
from optviz.views import contour


def main():
    """Draw Adam without decay, with L2 and with decoupled decay, on Himmelblau's function."""
    problem = surface("himmelblau")
    adam = Adam(lr=0.05)
    race = compare(problem, [adam, L2(adam, 1.0), Decoupled(adam, 1.0)], 600, start=(0.5, 4.0))
    print(race.to_text())
    return contour(loss_grid(problem), race.trajectories)


if __name__ == "__main__":
    main().show()
