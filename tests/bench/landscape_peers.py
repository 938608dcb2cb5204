"""Slices beside the public package loss-landscapes, on one plane through three trained models.

The package is to be installed by hand: pip install loss-landscapes==3.0.6. Both compute the same
number of losses, over all digits, in eval mode with the running averages of one model. The losses
at the points are checked against torch's functional_call.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from optviz import Plane, slice_loss
from optviz.pytorch.module_problem import ModuleProblem
from optviz.runs.work import Here

from .slicing import make_problem
from .timing import Row, compare, gate, measure_work

INSTALL = "pip install loss-landscapes==3.0.6"
PAIRS, STEPS = 5, 40


class Case(NamedTuple):
    """Three models to lay a plane through, their data, the points along each axis and a limit."""

    name: str
    ends: list[nn.Module]
    data: tuple[torch.Tensor, torch.Tensor]
    size: int
    limit: float


def make_cases() -> Iterator[Case]:
    """Yield a convolution net with BatchNorm and a net of dense layers.

    Each comes three times: as begun and as trained at two learning rates. A point of the dense net
    takes half a millisecond, of which what a slice does besides the loss is a good part.
    """
    net = make_problem()
    x, y = load_digits(return_X_y=True)
    flat, labels = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
    data = flat.reshape(-1, 1, 8, 8), labels
    yield Case("convolution net", train_three(net.module, data), data, 11, 1.1)
    dense = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    yield Case("dense net", train_three(dense, (flat, labels)), (flat, labels), 31, 1.5)


def train_three(module: nn.Module, data: Any) -> list[nn.Module]:
    """Return copies of a module after no steps and after some at two learning rates."""
    return [train(module, data, lr) for lr in (0.0, 0.1, 0.5)]


def train(module: nn.Module, data: Any, lr: float) -> nn.Module:
    """Return a copy of a module after some steps over all rows, in eval mode."""
    out = deepcopy(module).train()
    optimizer = torch.optim.SGD(out.parameters(), lr=lr, momentum=0.5)
    for _ in range(STEPS if lr else 0):
        optimizer.zero_grad()
        cross_entropy(out(data[0]), data[1]).backward()
        optimizer.step()
    return out.eval()


def rows() -> Iterator[Row]:
    """Report time and exactness of slices through three models."""
    torch.set_num_threads(1)
    for case in make_cases():
        name, ends, (_, labels), size, _ = case
        problem, evaluate = ModuleProblem(ends[0], cross_entropy, *case.data), open_evaluation(case)
        start, *others = (parameters_to_vector(each.parameters()).detach() for each in ends)
        plane = Plane.spanned(start, *(each - start for each in others))
        window = (0.0, 1.0), (0.0, 1.0)

        def cut(problem=problem, plane=plane, size=size, window=window) -> np.ndarray:
            made = slice_loss(problem, plane, size=size, window=window, executor=Here())
            return made.losses.T  # rows along the first axis, as the package has them

        what = f"{size} x {size} points, {len(labels):,} rows"
        yield Row(f"{name}, {problem.start.size:,} parameters", what)
        every = np.meshgrid(*2 * [np.linspace(0, 1, size)], indexing="ij")
        yield gate(f"{name}, ours: error at all points", find_error(cut(), evaluate(every)), 1e-5)
        yield from compare_package(case, evaluate, cut)


def open_evaluation(case: Case) -> Callable[[Any], np.ndarray]:
    """Return the function that takes the losses at a lattice one by one, by torch alone."""
    ends, data = case.ends, case.data
    places = [parameters_to_vector(each.parameters()).detach().double() for each in ends]
    shell = deepcopy(ends[0])

    @torch.no_grad()
    def take(along: float, across: float) -> float:
        point = places[0] + along * (places[1] - places[0]) + across * (places[2] - places[0])
        vector_to_parameters(point.float(), shell.parameters())
        given = dict(shell.named_parameters()) | dict(ends[0].named_buffers())
        return cross_entropy(functional_call(ends[0], given, data[0]), data[1]).item()

    def take_all(lattice: Any) -> np.ndarray:
        first, second = lattice
        losses = [take(*each) for each in zip(first.ravel(), second.ravel(), strict=True)]
        return np.array(losses).reshape(first.shape)

    return take_all


def find_error(found: np.ndarray, true: np.ndarray) -> float:
    """Return the largest relative error of losses."""
    return float(np.abs(found / true - 1).max())


def compare_package(
    case: Case, evaluate: Callable[[Any], np.ndarray], cut: Callable[[], np.ndarray]
) -> Iterator[Row]:
    """Report the package's losses at the points that it names, and the time beside it."""
    try:
        from loss_landscapes import planar_interpolation  # pyright: ignore[reportMissingImports]
        from loss_landscapes.metrics import Loss  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        yield Row("loss-landscapes", f"cannot be imported ({error}): {INSTALL}")
        return
    name, ends, data, size, limit = case
    metric = Loss(cross_entropy, *data)

    def cut_theirs() -> np.ndarray:
        return planar_interpolation(*ends, metric, steps=size, deepcopy_model=True)

    theirs, at = cut_theirs(), np.indices((size, size))
    said, shift = at / size, np.array([0 * at[0], at[0] % 2 == 0])
    off = np.abs(theirs / evaluate(said) - 1)
    yield Row(
        f"{name}, loss-landscapes: error at the points that it says",
        f"median {np.median(off):.2g}, largest {off.max():.2g}; {np.mean(off > 1e-3):.0%} of the "
        "points are off by more than 0.1 %",
    )
    moved = find_error(theirs, evaluate((at + shift) / size))
    yield Row(f"{name}, loss-landscapes: error if every other row is one step on", f"{moved:.1g}")
    corners = evaluate(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    for title, made in (("ours", cut()), ("loss-landscapes", theirs)):
        there = made[[0, -1, 0], [0, 0, -1]]
        pairs = ", ".join(f"{a:.4g} for {b:.4g}" for a, b in zip(there, corners, strict=True))
        yield Row(f"{name}, {title}: loss at the ends, for that of the three models", pairs)
    yield compare(
        f"{name}: our slice, over theirs of as many points",
        lambda: measure_work(cut),
        lambda: measure_work(cut_theirs),
        limit,
        pairs=PAIRS,
        unit="s",
    )
