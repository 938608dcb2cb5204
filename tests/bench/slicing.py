"""Slices of a convolution net on digits: two processes, a first picture, and fewer points."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from optviz import Adam, Momentum, Plane, run, slice_loss
from optviz.landscapes.slices.slice import Slice
from optviz.pytorch.module_problem import ModuleProblem

from .timing import Row, gate, measure_work

SIZE = 31
SPREAD = 13
PAIRS = 3
AIM = 1.7
"""The speed of two workers on idle cores, in that of one."""


def make_problem() -> ModuleProblem:
    """Return the loss of a net of about 10,000 parameters with BatchNorm over all digits."""
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    images = torch.tensor(x / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    module = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 10),
    )
    return ModuleProblem(module, cross_entropy, images, torch.tensor(y), batch=64)


def read_clock(_: int) -> tuple[int, float]:
    """Return the number of this process and the processor seconds that it has taken."""
    sleep(0.02)  # so that the other one takes some of these calls
    return os.getpid(), process_time()


def compare_workers(problem: Any, plane: Plane, workers: Executor) -> Iterator[Row]:
    """Gate the work of two processes: it is shared, and what is added to a plain loop is little.

    On idle cores the time is half the work of the two, and that of this process. Both sides
    evaluate points one by one, with one thread each; seconds are told.
    """

    def slice_spread() -> Slice:
        return slice_loss(problem, plane, size=SPREAD, executor=workers)

    points = plane.point(np.random.default_rng(0).uniform(-1, 1, (SPREAD**2, 2)))
    points = points.astype(problem.start.dtype)
    slice_spread()  # the processes import torch meanwhile
    tried = []
    for _ in range(PAIRS):
        begun = perf_counter()
        loop = measure_work(lambda: [problem.loss(each) for each in points])
        middle, before = perf_counter(), dict(workers.map(read_clock, range(16)))
        ready, here = perf_counter(), measure_work(slice_spread)
        took, after = perf_counter() - ready, dict(workers.map(read_clock, range(16)))
        there = sum(after.values()) - sum(before.values())
        tried.append(((there / 2 + here) / loop, (middle - begun) / took))
    work, speed = min(tried)
    what = f"{SPREAD**2} points of a convolution net by two processes, against a plain loop"
    note = f"  ({1 / work:.2f} times as fast on idle cores; {speed:.2f} times now)"
    yield gate(f"{what}: half their work and ours", work, 1 / AIM, note)


def measure_refinement(problem: Any, plane: Plane, runs: Any) -> Iterator[Row]:
    """Report when a first picture comes, how far off it says it is, and what a refinement saves."""
    begun, seen = perf_counter(), []
    told: list[tuple[int, int]] = []
    whole = slice_loss(
        problem,
        plane,
        runs,
        size=SIZE,
        recorded=True,
        on_progress=lambda *each: told.append(each),
        on_picture=lambda cut: seen.append((told[-1], perf_counter() - begun, cut)),
    )
    (done, total), seconds, first = seen[0]
    took = perf_counter() - begun
    yield gate("share of the points before the first picture", done / total, 0.055)
    yield Row("first picture", f"{seconds:.2f} s of {took:.1f} s")
    few = slice_loss(problem, plane, runs, size=SIZE, recorded=True, refine=0.05)
    for name, cut in (("first picture", first), ("refinement to 5 %", few)):
        assert cut.estimated is not None
        assert cut.errors is not None
        off = np.abs(np.log(cut.losses) - np.log(whole.losses))[cut.estimated]
        wrong = float(np.mean(off > cut.errors[cut.estimated]))
        note = f"  (median error {np.median(off):.4f}, 95 % below {np.quantile(off, 0.95):.3f})"
        yield gate(f"{name}: share of the cells that are farther off than said", wrong, 0.05, note)
    yield Row("refinement to 5 %", f"{1 - np.mean(few.estimated):.0%} of the cells; {few.effort}")


def rows() -> Iterator[Row]:
    """Report slices of a net that is evaluated point by point."""
    torch.set_num_threads(1)
    problem = make_problem()
    runs = [run(problem, rule, 30) for rule in (Adam(lr=0.01), Momentum(lr=0.05))]
    plane = Plane.pca(runs)
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        yield from compare_workers(problem, plane, workers)
    yield from measure_refinement(problem, plane, runs)
