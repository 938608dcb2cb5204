"""Where two spellings of an optimizer part, and which of their choices makes the difference.

The term is found by experiment: choices of the one are swapped for the other's, as few as will
do, until the two runs agree at the step that parted them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from optviz.dialects.records import rule_of
from optviz.formulas.expressions import evaluate
from optviz.microscope.algebra import tidied
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.tracing import trace

TOLERANCE = 1e-10
"""Two runs have parted where a parameter differs by more than this share of its size so far."""

ROUNDING = 1e-15
"""The share of a parameter's size by which a start moves to see what rounding alone can do."""

LEAST = 10 * ROUNDING
"""The smallest tolerance: below it rounding alone parts all runs."""

Spelling = tuple[Mapping[str, str], Mapping[str, float]]
"""Choices and settings: all that makes a rule."""


@dataclass(frozen=True)
class Parting:
    """Where two spellings part, and by what."""

    first: str
    second: str
    step: int | None
    """The first step that ends apart; None where no step does."""
    terms: tuple[str, ...] = ()
    """The choices or settings that make the difference: swapped, they make the runs one.

    None where rounding alone could make it: the problem amplifies the last digits of a run.
    """
    options: tuple[tuple[Any, Any], ...] = ()
    """What the two choose of each term."""
    quantities: tuple[tuple[str, Any, Any], ...] = ()
    """What the two rules' texts name and differ in at that step; None where one has none."""

    @property
    def term(self) -> str:
        """The terms in words."""
        if self.step is None:
            return ""
        return ", ".join(self.terms) or "rounding alone"

    def lines(self) -> list[str]:
        """One line for each quantity that differs."""
        out = []
        for name, one, other in self.quantities:
            if one is None or other is None:
                has, value = (self.second, other) if one is None else (self.first, one)
                out.append(f"{name}: {shown(value)} in {has} alone")
            else:
                pair = [shown(one), shown(other)]
                if pair[0] == pair[1]:  # digits enough to see that they differ
                    pair = [shown(one, 17), shown(other, 17)]
                out.append(f"{name}: {pair[0]} against {pair[1]}")
        return out

    def __str__(self) -> str:
        pair = f"{self.first} and {self.second}"
        if self.step is None:
            return f"{pair}: the same"
        told = [
            f"{term} ({spelled(one)} against {spelled(other)})"
            for term, (one, other) in zip(self.terms, self.options, strict=True)
        ]
        return f"{pair}: step {self.step}, {', '.join(told) or self.term}"


def spelled(value: Any) -> str:
    """A choice or a number as a reader sees it."""
    return value if isinstance(value, str) else "none" if value is None else f"{value:.6g}"


def shown(value: Any, digits: int = 6) -> str:
    """A number, or one for each parameter, the first four of many."""
    numbers = np.atleast_1d(value)
    more = ", ..." if numbers.size > 4 else ""
    text = ", ".join(f"{each:.{digits}g}" for each in numbers[:4]) + more
    return f"({text})" if np.ndim(value) else text


class Bench:
    """One problem on which spellings run, each once."""

    def __init__(self, optimizer: str, made: Callable[[Rule, Any], Trajectory], tolerance: float):
        if not LEAST <= tolerance < np.inf:
            raise ValueError(f"tolerance must be at least {LEAST:g} and finite, got {tolerance!r}")
        self.optimizer, self.made, self.tolerance = optimizer, made, tolerance
        self.known: dict[Any, Trajectory] = {}

    def run(self, choices: Mapping[str, str], settings: Mapping[str, float]) -> Trajectory:
        """The run of a spelling from the start."""
        key = (*sorted(choices.items()), *sorted(settings.items()))
        if key not in self.known:
            self.known[key] = self.made(rule_of(self.optimizer, choices, settings), 0.0)
        return self.known[key]

    def apart(self, one: Trajectory, other: Trajectory) -> int | None:
        """The first step after which two runs are apart."""
        return first_apart(one, other, self.tolerance)

    def parting(self, names: tuple[str, str], a: Spelling, b: Spelling) -> Parting:
        """Where two spellings part, and by what."""
        runs = self.run(*a), self.run(*b)
        step = self.apart(*runs)
        if step is None:
            return Parting(*names, None)
        terms = () if self.rounding(a, b, step) else self.terms(a, b, step)
        options = tuple((value_of(a, term), value_of(b, term)) for term in terms)
        rules = [rule_of(self.optimizer, *each) for each in (a, b)]
        one, other = (quantities(*each, step) for each in zip(rules, runs, strict=True))
        return Parting(*names, step, terms, options, tuple(different(one, other, self.tolerance)))

    def rounding(self, a: Spelling, b: Spelling, step: int) -> bool:
        """Whether a run parts from itself where two do when its start moves in its last digits.

        That one divides by 0 and the other does not is no rounding.
        """
        run = self.run(*b)
        ours, theirs = (np.isfinite(each.path[step + 1 :][:1]) for each in (self.run(*a), run))
        if not np.array_equal(ours, theirs):
            return False
        moved = ROUNDING * np.abs(run.path[: step + 1]).max(axis=0)
        shaken = parted(run, self.made(rule_of(self.optimizer, *b), moved), self.tolerance)
        apart = parted(self.run(*a), run, self.tolerance)[step + 1]
        return bool(shaken[: step + 2, apart].any(axis=0).all())

    def terms(self, a: Spelling, b: Spelling, step: int) -> tuple[str, ...]:
        """The fewest choices and settings that, swapped for the other's, undo the difference."""
        items = [key for key in {**a[0], **a[1], **b[1]} if value_of(a, key) != value_of(b, key)]
        target = self.run(*b)
        for count in range(1, len(items) + 1):
            for swapped in combinations(items, count):
                apart = self.apart(self.run(*hybrid(a, b, swapped)), target)
                if apart is None or apart > step:
                    return swapped
        return ()


def value_of(spelling: Spelling, key: str) -> Any:
    """A choice or a setting of a spelling."""
    choices, settings = spelling
    return choices[key] if key in choices else settings.get(key)


def hybrid(a: Spelling, b: Spelling, swapped: tuple[str, ...]) -> Spelling:
    """The spelling a, but for the choices and settings swapped for b's."""
    choices = {key: b[0][key] if key in swapped else value for key, value in a[0].items()}
    settings = {**b[1], **a[1]} | {key: b[1][key] for key in swapped if key in b[1]}
    return choices, settings


def first_apart(one: Trajectory, other: Trajectory, tolerance: float) -> int | None:
    """The first step after which two runs are apart; None where they never are."""
    (points,) = np.nonzero(parted(one, other, tolerance).any(axis=1))
    return int(one.step[0] + points[0] - 1) if points.size else None


def parted(one: Trajectory, other: Trajectory, tolerance: float) -> np.ndarray:
    """Where two runs are apart, (points, n): everywhere once one of them has ended."""
    count = min(len(one.path), len(other.path))
    a, b = one.path[:count], other.path[:count]
    with np.errstate(invalid="ignore"):
        size = np.maximum.accumulate(np.fmax(np.abs(a), np.abs(b)), axis=0)
        close = (np.abs(a - b) <= tolerance * size) & np.isfinite(a - b)
    out = np.ones((max(len(one.path), len(other.path)), a.shape[1]), bool)
    out[:count] = ~(close | (np.isnan(a) & np.isnan(b)) | (a == b))
    out[0] = False  # the starts count as one
    return out


def quantities(rule: Rule, trajectory: Trajectory, step: int) -> dict[str, Any]:
    """The value of every quantity that a rule's text names, at one step of its run, and the step.

    Nothing where the run had stopped before.
    """
    row = step - int(trajectory.step[0])
    if trajectory.grad is None or row >= len(trajectory.grad):
        return {}
    formulas = tidied(trace(rule))
    values = formulas.hypers | trajectory.before(row) | {"lr": trajectory.lr[row]}
    values |= {"params": trajectory.path[row], "grad": trajectory.grad[row]}
    with np.errstate(all="ignore"):
        out = {name: evaluate(expr, values) for name, expr in formulas.steps}
    return out | {"step": trajectory.update[row]}


def different(
    one: Mapping[str, Any], other: Mapping[str, Any], tolerance: float
) -> Iterable[tuple[str, Any, Any]]:
    """The quantities that differ, in order, those that both have first."""
    both = [name for name in one if name in other]
    for name in both:
        if not np.allclose(one[name], other[name], tolerance, 0.0, equal_nan=True):
            yield name, one[name], other[name]
    yield from ((name, one[name], None) for name in one if name not in other)
    yield from ((name, None, other[name]) for name in other if name not in one)
