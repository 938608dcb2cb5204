"""One name, several optimizers: momentum in the workbook, PyTorch, Keras and the paper.

With the same settings they take different paths. Swapping one choice after the other finds the
term that makes two of them differ; with converted settings the paths agree again.
"""

from optviz import Exponential, surface
from optviz.dialects import DIALECTS, compare, convert
from optviz.landscapes import loss_grid
from optviz.views import contour


def main():
    """Draw the paths of momentum's variants on Beale's function with a decaying learning rate."""
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
