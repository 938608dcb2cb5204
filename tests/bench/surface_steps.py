"""Steps on formula surfaces: one rule against the usual demo loop, and 10,201 starts at once."""

from collections.abc import Iterator

import numpy as np
import torch

from optviz import SGD, Adam, Momentum, RMSProp, run, surface
from optviz.sweeps import basin_maps, sweep_map

from .timing import Row, compare_work, measure_best_seconds, tell

STEPS = 500
ROSENBROCK = surface("rosenbrock")
RAVINE = surface("ravine")


def run_demo_loop(make):
    """Run the loop that demonstrations use: a torch optimizer and autograd on the same formula."""
    point = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = make([point])
    path, losses = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2
        loss.backward()
        path.append(point.detach().clone())
        losses.append(loss.item())
        optimizer.step()
    return path, losses


PAIRS = {
    "sgd": (SGD(lr=1e-3), lambda p: torch.optim.SGD(p, lr=1e-3)),
    "momentum": (Momentum(lr=1e-3), lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9)),
    "rmsprop": (RMSProp(lr=1e-2), lambda p: torch.optim.RMSprop(p, lr=1e-2, alpha=0.9)),
    "adam": (Adam(lr=0.05), lambda p: torch.optim.Adam(p, lr=0.05)),
}


def rows() -> Iterator[Row]:
    """Report the time of each rule's steps, and of many starts at once."""
    for name, (rule, make) in PAIRS.items():
        yield compare_work(
            f"{name}, {STEPS} steps on Rosenbrock, against torch.optim and autograd",
            lambda rule=rule: run(ROSENBROCK, rule, STEPS),
            lambda make=make: run_demo_loop(make),
            limit=0.1,
            pairs=7,
        )
    ticks = np.linspace(-2, 2, 101)
    starts = np.stack(np.meshgrid(ticks, ticks))
    wells = surface("two_wells")
    rules = [SGD(lr=0.02), Momentum(lr=0.01), RMSProp(lr=0.01), Adam(lr=0.01)]

    def run_basins():
        for rule in rules:
            run(wells, rule, STEPS, start=starts, keep="ends")

    yield Row(
        "101 x 101 starts x 500 steps x 4 rules",
        f"{measure_best_seconds(run_basins):.2f} s (aim 1 s)",
    )
    some = starts.reshape(2, -1)[:, ::200]  # 52 of 10,201

    def run_alone():
        for start in some.T:
            run(wells, Momentum(lr=0.01), STEPS, start=start, keep="ends")

    minima = [*wells.minima, (0.9053, 0.0)]
    yield compare_work(
        "the basin map of momentum, against a two hundredth of its runs one by one",
        lambda: basin_maps(wells, "momentum:lr=0.01", STEPS, minima=minima, within=0.15),
        run_alone,
        limit=2.0,
        pairs=5,
    )
    axes = {"lr": np.geomspace(0.001, 0.1, 101), "beta1": np.linspace(0, 0.9, 101)}

    def run_lone():
        for rate in axes["lr"][::2]:
            run(RAVINE, Momentum(lr=rate), STEPS)

    yield compare_work(
        "a 101 x 101 sweep of momentum, against a two hundredth of its runs one by one",
        lambda: sweep_map(RAVINE, "momentum", axes, STEPS),
        run_lone,
        limit=2.0,
        pairs=5,
    )
    bare = measure_best_seconds(
        lambda: run(wells, Momentum(lr=0.01), STEPS, start=starts, keep="ends")
    )
    mapped = measure_best_seconds(
        lambda: basin_maps(wells, "momentum:lr=0.01", STEPS, minima=wells.minima, within=0.15)
    )
    yield tell("a basin map with one minimum, against its bare run", mapped / bare, 1.15, "times")
