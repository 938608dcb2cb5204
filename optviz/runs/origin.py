"""The origin of a run in a comparison, and its label in a legend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optviz.problems.base import Noisy, Problem
from optviz.runs.trajectory import Trajectory


def make_origin(
    rule: int | None = None, start: int = 0, fork: int | None = None, pin: int | None = None
) -> dict[str, int | None]:
    """Return which run of a comparison this is: optimizer, start, fork and pin, counted from 0.

    Start 0 is the main one, start k the k-th other one. The optimizer of a fork is the one whose
    run it continues; a pin has none.
    """
    return {"rule": rule, "start": start, "fork": fork, "pin": pin}


def relabel(trajectory: Trajectory, label: str, **about: Any) -> Trajectory:
    """Return the same run under another label; `about` adds to what is known about it."""
    return replace(trajectory, about=trajectory.about | {"label": label} | about)


def label_start(trajectory: Trajectory, rule: int, start: int) -> Trajectory:
    """Return a run as that of an optimizer; its label names a start that is not the main one."""
    point = ", ".join(f"{each:g}" for each in trajectory.start)
    tail = f" from ({point})" if start else ""
    return relabel(trajectory, trajectory.label + tail, origin=make_origin(rule, start))


def label_fork(trajectory: Trajectory, rule: int | None, number: int) -> Trajectory:
    """Return a run as the fork of that number."""
    return relabel(trajectory, trajectory.label, origin=make_origin(rule, fork=number))


def label_pin(trajectory: Trajectory, number: int, problem: Problem, beside: Problem) -> Trajectory:
    """Return a run as the pin of that number; its label names a problem other than `beside`."""
    words = describe_problem(problem)
    tail = "" if words == describe_problem(beside) else f" on {words}"
    label = f"pinned: {trajectory.label}{tail}"
    return relabel(trajectory, label, origin=make_origin(pin=number))


def describe_problem(problem: Problem) -> str:
    """Return a problem's name and parameter values: `ravine condition=10 rotation=0`."""
    bare = problem.problem if isinstance(problem, Noisy) else problem
    values = bare.formula.parameters if hasattr(bare, "formula") else {}  # type: ignore[attr-defined]
    return " ".join([bare.name[:40], *(f"{name}={value:g}" for name, value in values.items())])
