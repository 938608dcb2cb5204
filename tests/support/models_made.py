"""Small models as problems, the same each time."""

import numpy as np
import torch

from optviz import DotBias
from optviz.pytorch.module_problem import ModuleProblem


def make_net(batch=None):
    """Return a small network."""
    torch.manual_seed(0)
    inputs = torch.randn(24, 2)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    targets = inputs.prod(1, keepdim=True)
    loss = torch.nn.functional.mse_loss
    return ModuleProblem(net, loss, inputs, targets, batch=batch, name="net")


def make_ratings():
    """Return a small rating model."""
    rng = np.random.default_rng(0)
    user, movie = rng.integers(0, 5, 40), rng.integers(0, 4, 40)
    rating = rng.integers(1, 6, 40).astype(np.float32)
    start = rng.normal(0, 0.3, 27).astype(np.float32)
    return DotBias(user, movie, rating, users=5, movies=4, factors=2, batch=8, start=start)


MODELS = {"net": make_net, "mini-batches": lambda: make_net(6), "ratings": make_ratings}
