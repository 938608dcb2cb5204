"""The races that the pages show: each rule at the learning rate that suits the surface."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.runs.loop import run

STEPS = 300
LRS = tuple(digit * 10.0**power for power in range(-6, 1) for digit in (1, 2, 5))
SHOWN = ("sgd", "momentum", "rmsprop", "adam")
"""The rules that race on a surface's page."""
RULE_SURFACE = "rosenbrock"
"""The surface of a rule's page."""


@lru_cache(maxsize=1024)
def find_lr(surface: str, rule: str) -> float:
    """Return the learning rate of LRS whose run is lowest on the whole, from the surface's start.

    The losses are compared by their ranks at each step, so that no scale matters. A run that
    leaves the window or wanders about counts only where all do.
    """
    problem, lrs = SURFACES[surface], np.array(LRS)
    start = np.repeat(problem.start[:, None], len(lrs), axis=1)
    made = run(problem, RULES[rule](lr=lrs), STEPS, start=start)  # type: ignore[call-arg]
    losses = np.where(np.isfinite(made.losses), made.losses, np.inf)
    ranks = losses.argsort(axis=1, kind="stable").argsort(axis=1).mean(axis=0)
    calm = find_calm(made.path, np.array(problem.window))
    return float(lrs[np.where(calm | ~calm.any(), ranks, np.inf).argmin()])


def find_calm(paths: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return True for each run that stays in the window, on a way not much longer than it.

    Shapes: paths (points, 2, runs); window (2, 2); the result (runs,)
    """
    low, high = window.T[..., None]
    with np.errstate(invalid="ignore"):
        inside = ((paths >= low) & (paths <= high)).all(axis=(0, 1))
        length = np.hypot(*np.moveaxis(np.diff(paths, axis=0), 1, 0)).sum(axis=0)
    return inside & (length < np.hypot(*(high - low)[:, 0]))


def plan_race(surface: str, rules: tuple[str, ...] = SHOWN) -> Experiment:
    """Return the race of some rules on a surface, each at the learning rate that suits it."""
    specs = tuple(f"{name}:lr={find_lr(surface, name):g}" for name in rules)
    return Experiment(problem=surface, rules=specs, steps=STEPS)
