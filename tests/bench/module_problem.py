"""A torch module as a problem: its steps against a plain training loop, its slices against a loop.

A step is asked to take at most 1.3 times that of the loop, a point of a slice at most 1.05 times.
"""

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils import vector_to_parameters

from optviz import SGD, Adam, ModuleProblem, Rule, run
from optviz.recommenders import EmbeddingDotBias

from .timing import Row, compare, measure_work

STEPS, BATCH, POINTS = 60, 64, 48
RULES = (
    (SGD(lr=0.01), lambda free: torch.optim.SGD(free, lr=0.01)),
    (Adam(lr=1e-3), lambda free: torch.optim.Adam(free, lr=1e-3)),
)


def make_net() -> nn.Module:
    """Return a net of 10,002 parameters for 8 x 8 images."""
    layers = nn.Linear(64, 72), nn.ReLU(), nn.Linear(72, 64), nn.ReLU(), nn.Linear(64, 10)
    return nn.Sequential(nn.Flatten(), *layers)


def make_convolutions() -> nn.Module:
    """Return a convolution net with BatchNorm of 9,354 parameters for 8 x 8 images."""
    first = nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)
    last = nn.Flatten(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 10)
    return nn.Sequential(*first, *second, *last)


def make_embeddings() -> nn.Module:
    """Return the dot+bias model of ml-100k's users and movies, of 133,875 parameters."""
    return EmbeddingDotBias(943, 1682, 50)


def read_digits(count: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images (rows, 1, 8, 8) and their digits."""
    digits: Any = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    return images[:count], torch.tensor(digits.target)[:count]


def draw_ratings(rows: int = 2000) -> tuple[Any, torch.Tensor]:
    """Return users and movies, and stars, as many of each as ml-100k has."""
    generator = torch.Generator().manual_seed(0)
    users, movies = (torch.randint(n, (rows,), generator=generator) for n in (943, 1682))
    return (users, movies), torch.randint(1, 6, (rows,), generator=generator).float()


def train_plainly(
    module: nn.Module, loss_fn: Any, inputs: Any, targets: Any, make: Any, samples: list[Any]
) -> Callable[[], float]:
    """Return a function that gives the processor seconds of some steps of a plain loop."""
    optimizer = make(module.parameters())
    parts = inputs if isinstance(inputs, tuple) else (inputs,)

    def train() -> None:
        for sample in samples:
            rows = torch.from_numpy(sample.rows)
            optimizer.zero_grad()
            loss = loss_fn(module(*(each[rows] for each in parts)), targets[rows])
            loss.backward()
            optimizer.step()
            loss.item()

    return lambda: measure_work(train)


def time_steps(problem: ModuleProblem, rule: Rule, steps: int, keep: Any) -> float:
    """Return the processor seconds of `steps` steps of a run, its first and its last left out."""
    times = {}
    run(problem, rule, steps + 2, keep=keep, on_step=lambda k: times.update({k: process_time()}))
    return times[steps + 1] - times[1]


def compare_steps(name: str, make: Any, loss_fn: Any, data: Any) -> Iterator[Row]:
    """Report a step with two rules, where no full loss is taken."""
    torch.manual_seed(0)
    inputs, targets = data
    problem = ModuleProblem(make(), loss_fn, inputs, targets, batch=BATCH)
    samples = list(problem.samples(STEPS, 0))
    for rule, make_theirs in RULES:
        yield compare(
            f"step of {type(rule).__name__} with {name}, {problem.start.size:,} parameters, "
            "against a plain loop (asked: 1.3)",
            lambda rule=rule: time_steps(problem, rule, STEPS, "ends"),
            train_plainly(make(), loss_fn, inputs, targets, make_theirs, samples),
            limit=1.3,
            pairs=8,
        )


def tell_records(make: Any, data: Any) -> Row:
    """Tell what a record of every step adds: its full losses, over all rows."""
    problem = ModuleProblem(make(), cross_entropy, *data, batch=BATCH)
    path, tenth, ends = (
        time_steps(problem, SGD(lr=0.01), 20, keep) for keep in ("path", 10, "ends")
    )
    loss = measure_work(lambda: problem.loss(problem.start))
    return Row(
        "the same steps recorded, against those that are not",
        f"{path / ends:.2f} every step, {tenth / ends:.2f} every tenth; "
        f"a full loss alone takes {20 * loss / ends:.2f} of a step",
    )


def compare_points(name: str, make: Any, rows: int | None, limit: float, asked: str) -> Row:
    """Report the losses at many points against the loop that a person would write."""
    images, digits = read_digits(rows)
    torch.manual_seed(0)
    module = make().eval()
    problem = ModuleProblem(module, cross_entropy, images, digits)
    noise = np.random.default_rng(0).normal(0.0, 0.1, (POINTS, problem.start.size))
    points = (problem.start + noise).astype(np.float32)
    problem.losses_at(points)  # times both ways, once

    def take_each() -> None:
        with torch.no_grad():
            for point in points:
                vector_to_parameters(torch.from_numpy(point), module.parameters())
                cross_entropy(module(images), digits).item()

    return compare(
        f"losses at {POINTS} points of {name}, {len(digits):,} rows, against a plain loop{asked}",
        lambda: measure_work(lambda: problem.losses_at(points)),
        lambda: measure_work(take_each),
        limit,
        pairs=5,
    )


def rows() -> Iterator[Row]:
    """Report steps, what records add, and points of a slice."""
    digits = read_digits()
    yield from compare_steps("a small net", make_net, cross_entropy, digits)
    yield from compare_steps("convolutions", make_convolutions, cross_entropy, digits)
    yield from compare_steps("embeddings", make_embeddings, mse_loss, draw_ratings())
    yield tell_records(make_net, digits)
    yield compare_points("convolutions", make_convolutions, None, 1.15, " (asked: 1.05)")
    yield compare_points("a small net", make_net, None, 1.3, " (asked: 1.05)")
    yield compare_points("a small net, the faster way", make_net, 100, 1.15, "")
