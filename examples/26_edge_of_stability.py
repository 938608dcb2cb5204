"""Gradient descent on a net drives itself to the edge of stability, and stays there.

On a parabola steps grow where the curvature is above 2/lr. Of a net the largest curvature, the
sharpness, rises as it learns until it meets that edge, and then neither leaves it nor diverges:
the loss goes on falling, no longer at every step. A smaller lr meets its edge later.

Source: Cohen et al., 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of
Stability
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from optviz import SGD, ModuleProblem, run, sharpness_along
from optviz.views import sharpness_figure


def make_problem():
    """Return the loss of a small net over 300 digits, all of them in each step."""
    pixels, labels = load_digits(return_X_y=True)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))
    inputs = torch.tensor(pixels[:300] / 16 - 0.5).float()
    targets = nn.functional.one_hot(torch.tensor(labels[:300]), 10).float()
    return ModuleProblem(net, nn.MSELoss(), inputs, targets)


def main():
    """Draw the sharpness of two runs beside the edge 2/lr of each."""
    torch.set_num_threads(1)
    problem = make_problem()
    found = []
    for lr in (0.8, 1.0):
        path = run(problem, SGD(lr), 1200)
        found.append(sharpness_along(problem, path, every=50))
        print(found[-1].words())
    return sharpness_figure(found)


if __name__ == "__main__":
    main().show()
