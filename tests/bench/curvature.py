"""The sharpness along a full-batch training, and curvature of each layer."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from optviz.landscapes.curvature.estimates import top_eigenvalues
from optviz.landscapes.curvature.layers import curvature_by_layer
from optviz.landscapes.curvature.products import open_products
from optviz.landscapes.curvature.sharpness import sharpness_along
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.convexity import estimate_seconds, map_convexity
from optviz.landscapes.slices.slicing import slice_loss
from optviz.pytorch.module_problem import ModuleProblem

from .timing import Row, compare, gate, measure_seconds, measure_work

STEPS, EVERY, WIDTH = 1000, 100, 48
LIMIT = 0.25
"""The gate of the sharpness over the training, on machines that do other things as well."""
ASKED = 0.15


def make_training():
    """Return the net, its loss and data, and the points of a training at every hundredth step."""
    inputs, labels = load_digits(return_X_y=True)
    data = torch.tensor(inputs / 16 - 0.5, dtype=torch.float32), torch.tensor(labels)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 10))
    return net, nn.functional.cross_entropy, data


def train(points: list, steps: int = STEPS) -> None:
    """Train as a script does, and keep every hundredth point."""
    net, loss_fn, (inputs, targets) = make_training()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for step in range(steps + 1):
        if step % EVERY == 0:
            points.append(nn.utils.parameters_to_vector(net.parameters()).detach().numpy().copy())
        optimizer.zero_grad()
        loss_fn(net(inputs), targets).backward()
        optimizer.step()


def rows() -> Iterator[Row]:
    """Report what the sharpness costs, and a convexity map and a table of layers."""
    points: list = []
    train(points)
    net, loss_fn, data = make_training()
    problem, path = ModuleProblem(net, loss_fn, *data), np.array(points)
    found = sharpness_along(problem, path, rule="sgd:lr=0.5")
    count = problem.start.size
    each = found.products / len(path)
    yield Row(f"sharpness of {count:,} parameters, 1,797 rows", f"{each:.1f} products a point")
    yield compare(
        f"sharpness at every {EVERY}th of {STEPS} full-batch steps, over the training "
        f"(asked: {ASKED})",
        lambda: measure_work(lambda: sharpness_along(problem, path, rule="sgd:lr=0.5")),
        lambda: measure_work(lambda: train([])),
        LIMIT,
        pairs=3,
    )
    whole = [top_eigenvalues(problem, point, 1).values[0] for point in path]
    error = float(np.max(np.abs(found.values / whole - 1)))
    yield gate("largest error of a sharpness, relative, against ARPACK", error, 0.02)
    cut = slice_loss(problem, Plane.pca(path), path, size=15)
    told = estimate_seconds(problem, cut, size=9)
    made = map_convexity(problem, cut, size=9)
    each, text = made.products / 81, f"{made.seconds:.2f} s, estimated {told:.2f} s"
    yield Row("convexity map of 9 x 9", f"{text}, {each:.1f} products a point")
    seconds = measure_seconds(lambda: curvature_by_layer(problem, path[-1]))
    yield Row("trace and largest eigenvalue of its 4 layers", f"{seconds:.2f} s")
    last = [(name, shape) for name, shape in problem.blocks()][-2][0]
    shares = []
    for layer in (last, None):
        with open_products(problem, path[-1].astype(float), layer) as (multiply, size):
            work = partial(multiply, np.ones(size))
            shares.append(min(measure_work(work) for _ in range(20)))
    what = f"a product of the block of {last}, over one of the whole"
    yield Row(what, f"{shares[0] / shares[1]:.2f}")
