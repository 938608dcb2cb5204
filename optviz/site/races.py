"""The races that the pages show: each rule at the learning rate that suits the surface."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.runs.loop import run

STEPS = 300
LRS = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0)
SHOWN = ("sgd", "momentum", "rmsprop", "adam")
"""The rules that race on a surface's page."""
RULE_SURFACE = "rosenbrock"
"""The surface of a rule's page."""


@lru_cache(maxsize=1024)
def find_lr(surface: str, rule: str) -> float:
    """Return the learning rate of LRS whose run is lowest on the whole, from the surface's start.

    The losses are compared by their ranks at each step, so that no scale matters.
    """
    problem = SURFACES[surface]
    lrs = np.array(LRS)
    start = np.repeat(problem.start[:, None], len(lrs), axis=1)
    losses = run(problem, RULES[rule](lr=lrs), STEPS, start=start).losses  # type: ignore[call-arg]
    losses = np.where(np.isfinite(losses), losses, np.inf)
    ranks = losses.argsort(axis=1, kind="stable").argsort(axis=1)
    return float(lrs[ranks[STEPS // 10 :].mean(axis=0).argmin()])


def plan_race(surface: str, rules: tuple[str, ...] = SHOWN) -> Experiment:
    """Return the race of some rules on a surface, each at the learning rate that suits it."""
    specs = tuple(f"{name}:lr={find_lr(surface, name):g}" for name in rules)
    return Experiment(problem=surface, rules=specs, steps=STEPS)
