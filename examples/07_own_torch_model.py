"""Your own torch model: train it with a rule of optviz, then slice the loss along its path.

The slice says how much it hides: the model has 97 parameters, the figure two.
"""

import torch

from optviz import Adam, Momentum, Plane, run, slice_loss
from optviz.pytorch.module_problem import ModuleProblem
from optviz.views import slice_contour


def main():
    """Draw the slice of a small network's loss through the paths of two rules."""
    torch.manual_seed(0)
    inputs = torch.linspace(-3, 3, 200, dtype=torch.float64)[:, None]
    targets = torch.sin(2 * inputs)
    model = torch.nn.Sequential(
        torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1)
    ).double()
    problem = ModuleProblem(model, torch.nn.functional.mse_loss, inputs, targets)
    paths = [run(problem, rule, 300) for rule in (Momentum(lr=0.05), Adam(lr=0.02))]
    cut = slice_loss(problem, Plane.pca(paths), paths)
    print(cut.words())
    return slice_contour(cut)


if __name__ == "__main__":
    main().show()
