"""Where a run of a comparison comes from, and what a legend calls it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optviz.problems.base import Noisy, Problem
from optviz.runs.trajectory import Trajectory


def origin(
    rule: int | None = None, start: int = 0, fork: int | None = None, pin: int | None = None
) -> dict[str, int | None]:
    """Which run of a comparison this is: numbers of optimizer, start, fork and pin, from 0.

    Start 0 is the main one, start k the k-th further one. The optimizer of a fork is the one whose
    run it leaves; a pin has none.
    """
    return {"rule": rule, "start": start, "fork": fork, "pin": pin}


def labelled(trajectory: Trajectory, label: str, **about: Any) -> Trajectory:
    """The same run under another label; what else it is about may be added."""
    return replace(trajectory, about=trajectory.about | {"label": label} | about)


def from_start(trajectory: Trajectory, rule: int, start: int) -> Trajectory:
    """A run as that of an optimizer from one of its starts; a further one is in its label."""
    tail = f" from {pair(trajectory.start)}" if start else ""
    return labelled(trajectory, trajectory.label + tail, origin=origin(rule, start))


def as_fork(trajectory: Trajectory, rule: int | None, number: int) -> Trajectory:
    """A run as the fork of that number."""
    return labelled(trajectory, trajectory.label, origin=origin(rule, fork=number))


def as_pin(trajectory: Trajectory, number: int, problem: Problem, beside: Problem) -> Trajectory:
    """A run as the pin of that number, its problem named where it is not the one beside it."""
    words = problem_words(problem)
    tail = "" if words == problem_words(beside) else f" on {words}"
    return labelled(trajectory, f"pinned: {trajectory.label}{tail}", origin=origin(pin=number))


def problem_words(problem: Problem) -> str:
    """The name of a problem and the values of its parameters: `ravine condition=10 rotation=0`."""
    bare = problem.problem if isinstance(problem, Noisy) else problem
    values = bare.formula.parameters if hasattr(bare, "formula") else {}  # type: ignore[attr-defined]
    return " ".join([bare.name[:40], *(f"{name}={value:g}" for name, value in values.items())])


def pair(point: np.ndarray) -> str:
    """A point as a label holds it: `(-1.2, 1)`."""
    return f"({', '.join(f'{each:g}' for each in point)})"
