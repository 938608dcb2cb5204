"""One name, several optimizers: momentum as the workbook, PyTorch, Keras and the paper say it.

At the same settings they take different paths. The term that parts two of them is found by
swapping one choice after the other; where settings can be converted, the paths are one again.
"""

from optviz import Exponential, surface
from optviz.dialects import DIALECTS, compare, convert
from optviz.landscapes import loss_grid
from optviz.views import contour


def main():
    """The paths of momentum's spellings on Beale's function, the learning rate falling."""
    problem = surface("beale")
    race = compare("momentum", problem, steps=150, schedule=Exponential(0.97), lr=0.004)
    print(race)
    settings = convert("momentum", {"lr": 0.004}, "pytorch", "workbook")
    print(DIALECTS["momentum"]["pytorch"].write_call(lr=0.004))
    print(f"is the workbook's tab with {settings['lr']:g} in its cell D2")
    heads = [group[0] for group in race.groups]
    return contour(loss_grid(problem), [race.trajectories[name] for name in heads])


if __name__ == "__main__":
    main().show()
