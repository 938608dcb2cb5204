"""The first step at which two spellings of an optimizer differ, and the choice that makes it.

The term is found by experiment: choices of the one are swapped for the other's, as few as will
do, until the two runs agree at that step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from optviz.dialects.spellings import make_rule
from optviz.formulas.expressions import evaluate
from optviz.microscope.algebra import simplify
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.specs import set_recorded_beta1
from optviz.tracing import trace

TOLERANCE = 1e-10
"""Two runs have diverged where a parameter differs by more than this share of its size so far."""

ROUNDING = 1e-15
"""The share of a parameter's size by which a start moves to see what rounding alone can do."""

LEAST = 10 * ROUNDING
"""The smallest tolerance: below it rounding alone makes all runs differ."""

Spelling = Mapping[str, Any]
"""Choices and settings by their names: all that makes a rule."""


@dataclass(frozen=True)
class Divergence:
    """The step at which two spellings diverge, and the terms that make them."""

    first: str
    second: str
    step: int | None
    """The first step that ends at different points; None where no step does."""
    terms: tuple[str, ...] = ()
    """The choices or settings that make the difference: swapped, they make the runs one.

    None where rounding alone could make it: the problem amplifies the last digits of a run.
    """
    options: tuple[tuple[Any, Any], ...] = ()
    """The options of the two for each term."""
    quantities: tuple[tuple[str, Any, Any], ...] = ()
    """The named quantities of the two rules that differ at that step; None where one has none."""

    @property
    def term(self) -> str:
        """The terms in words."""
        return "" if self.step is None else ", ".join(self.terms) or "rounding alone"

    def describe_quantities(self) -> list[str]:
        """Write one line for each quantity that differs."""
        out = []
        for name, one, other in self.quantities:
            if one is None or other is None:
                has, value = (self.second, other) if one is None else (self.first, one)
                out.append(f"{name}: {_format_values(value)} in {has} alone")
            else:
                pair = [_format_values(one), _format_values(other)]
                if pair[0] == pair[1]:  # digits enough to see that they differ
                    pair = [_format_values(one, 17), _format_values(other, 17)]
                out.append(f"{name}: {pair[0]} against {pair[1]}")
        return out

    def __str__(self) -> str:
        pair = f"{self.first} and {self.second}"
        if self.step is None:
            return f"{pair}: the same"
        choices = [
            f"{term} ({format_option(one)} against {format_option(other)})"
            for term, (one, other) in zip(self.terms, self.options, strict=True)
        ]
        return f"{pair}: step {self.step}, {', '.join(choices) or self.term}"


def format_option(value: Any) -> str:
    """Write a choice or a number as a reader sees it."""
    return value if isinstance(value, str) else "none" if value is None else f"{value:.6g}"


def _format_values(value: Any, digits: int = 6) -> str:
    """Write a number, or one for each parameter, the first four of many."""
    numbers = np.atleast_1d(value)
    text = ", ".join(f"{each:.{digits}g}" for each in numbers[:4])
    text += ", ..." if numbers.size > 4 else ""
    return f"({text})" if np.ndim(value) else text


class Bench:
    """One problem on which spellings run, each once.

    `perform(rule, shift)` runs a rule from the start, moved by `shift`.
    """

    def __init__(
        self, optimizer: str, perform: Callable[[Rule, Any], Trajectory], tolerance: float
    ):
        if not LEAST <= tolerance < np.inf:
            raise ValueError(f"tolerance must be at least {LEAST:g} and finite, got {tolerance!r}")
        self.optimizer, self.perform, self.tolerance = optimizer, perform, tolerance
        self.runs: dict[Any, Trajectory] = {}

    def run(self, spelling: Spelling) -> Trajectory:
        """Return the run of a spelling from the start."""
        key = tuple(sorted(spelling.items()))
        if key not in self.runs:
            self.runs[key] = self.perform(make_rule(self.optimizer, spelling), 0.0)
        return self.runs[key]

    def find_step(self, one: Trajectory, other: Trajectory) -> int | None:
        """Find the first step after which two runs differ; None where they never do."""
        (points,) = np.nonzero(find_differences(one, other, self.tolerance).any(axis=1))
        return int(one.step[0] + points[0] - 1) if points.size else None

    def compare(self, names: tuple[str, str], a: Spelling, b: Spelling) -> Divergence:
        """Find where two spellings diverge, and by what."""
        runs = self.run(a), self.run(b)
        step = self.find_step(*runs)
        if step is None:
            return Divergence(*names, None)
        terms = () if self.is_rounding(a, b, step) else self.find_terms(a, b, step)
        options = tuple((a.get(term), b.get(term)) for term in terms)
        one, other = (
            compute_quantities(make_rule(self.optimizer, spelling), run, step)
            for spelling, run in zip((a, b), runs, strict=True)
        )
        near = {"rtol": self.tolerance, "atol": 0.0, "equal_nan": True}
        shared = [name for name in one if name in other]
        apart = [name for name in shared if not np.allclose(one[name], other[name], **near)]
        alone = [name for name in {**one, **other} if name not in shared]
        quantities = tuple((name, one.get(name), other.get(name)) for name in (*apart, *alone))
        return Divergence(*names, step, terms, options, quantities)

    def is_rounding(self, a: Spelling, b: Spelling, step: int) -> bool:
        """Return True if moving the last digits of a start makes a run differ as the two do.

        That one divides by 0 and the other does not is no rounding.
        """
        run = self.run(b)
        ours, theirs = (np.isfinite(each.path[step + 1 :][:1]) for each in (self.run(a), run))
        if not np.array_equal(ours, theirs):
            return False
        shift = ROUNDING * np.abs(run.path[: step + 1]).max(axis=0)
        moved = self.perform(make_rule(self.optimizer, b), shift)
        shaken = find_differences(run, moved, self.tolerance)
        apart = find_differences(self.run(a), run, self.tolerance)[step + 1]
        return bool(shaken[: step + 2, apart].any(axis=0).all())

    def find_terms(self, a: Spelling, b: Spelling, step: int) -> tuple[str, ...]:
        """Find the fewest choices and settings that undo the difference when they are swapped."""
        both = {**b, **a}
        items = [key for key in {**a, **b} if a.get(key) != b.get(key)]
        target = self.run(b)
        for count in range(1, len(items) + 1):
            for swapped in combinations(items, count):
                hybrid = both | {key: b[key] for key in swapped if key in b}
                apart = self.find_step(self.run(hybrid), target)
                if apart is None or apart > step:
                    return swapped
        return ()


def find_differences(one: Trajectory, other: Trajectory, tolerance: float) -> np.ndarray:
    """Find where two runs differ, (points, n): everywhere once one of them has ended."""
    count = min(len(one.path), len(other.path))
    a, b = one.path[:count], other.path[:count]
    with np.errstate(invalid="ignore"):
        size = np.maximum.accumulate(np.fmax(np.abs(a), np.abs(b)), axis=0)
        close = (np.abs(a - b) <= tolerance * size) & np.isfinite(a - b)
    out = np.ones((max(len(one.path), len(other.path)), a.shape[1]), bool)
    out[:count] = ~(close | (np.isnan(a) & np.isnan(b)) | (a == b))
    out[0] = False  # the starts count as one
    return out


def compute_quantities(rule: Rule, trajectory: Trajectory, step: int) -> dict[str, Any]:
    """Compute the named quantities of one step, and the step; none after the run ended."""
    row = step - int(trajectory.step[0])
    if trajectory.grad is None or row >= len(trajectory.grad):
        return {}
    formulas = simplify(trace(set_recorded_beta1(rule, trajectory.about, step)))
    values = formulas.hypers | trajectory.before(row) | {"lr": trajectory.lr[row]}
    values |= {"params": trajectory.path[row], "grad": trajectory.grad[row]}
    with np.errstate(all="ignore"):
        out = {name: evaluate(expr, values) for name, expr in formulas.steps}
    return out | {"step": trajectory.update[row]}
