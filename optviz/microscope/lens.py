"""One recorded step through the formulas of a rule: each expression gets its value and name."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np

from optviz.formulas.expressions import Expr, evaluate
from optviz.microscope.algebra import Reading, find_decays, find_denominators, find_parities
from optviz.microscope.names import Name, format_factor, get_name, get_old_name, write_both
from optviz.runs.trajectory import Trajectory
from optviz.tracing import Trace, order_quantities

RENAMED = {"grad": "grad_seen", "new": "undecayed"}
"""New names for what a decay hands on under the name of something else."""


class Lens:
    """A row of a record and the formulas of the rule that made it.

    Raises: ValueError: this run was not made by Adam: no grad_avg is recorded
    """

    def __init__(self, trajectory: Trajectory, row: int, chosen: list[int], traced: Trace):
        self.trajectory, self.row, self.chosen, self.trace = trajectory, row, chosen, traced
        self.symbols = self._read_symbols()
        self.quantities = find_quantities(traced)
        self.names: dict[Expr, Name] = {expr: get_name(key) for key, expr in self.quantities}
        self.old_names = {field: get_old_name(field) for field in traced.state}
        self.reading = Reading(find_parities(traced), frozenset(self.names))
        self.values: dict[Expr, Any] = {}
        self._check()

    def _read_symbols(self) -> dict[str, Any]:
        """Read the value of every symbol of the formulas off the record."""
        trajectory, row, traced = self.trajectory, self.row, self.trace
        before = trajectory.before(row)
        if missing := [name for name in traced.state if name not in before]:
            raise self._refuse(f"no {missing[0]} is recorded")
        values = traced.hypers | {name: self._choose(before[name]) for name in traced.state}
        values |= {"params": self._choose(trajectory.path[row])}
        values |= {"grad": self._choose(trajectory.grad[row])}  # type: ignore[index]
        return values | ({"lr": float(trajectory.lr[row])} if "lr" in values else {})

    def _choose(self, column: Any) -> Any:
        """Return the chosen parameters of a column; a number that all share as Python's own."""
        return column[self.chosen] if np.ndim(column) else np.asarray(column).item()

    def _check(self) -> None:
        """Refuse a record that the rule does not make."""
        trajectory, row, traced = self.trajectory, self.row, self.trace
        named = re.search(r"[:,]lr=([^,]+)", str(trajectory.about.get("rule", "")))
        ours = traced.hypers.get("lr")
        if named and ours is not None and ours != float(named[1]):
            raise self._refuse(f"its lr is {ours}, recorded is {named[1]}")
        after = {name: (expr, trajectory.state[name][row]) for name, expr in traced.state.items()}
        after["new"] = traced.new, trajectory.path[row + 1]
        scale = np.abs(self.symbols["params"]).max()
        for name, (expr, column) in after.items():
            ours, theirs = self.compute(expr), self._choose(column)
            close = 1e-5 if np.asarray(theirs).dtype == np.float32 else 1e-9
            if not np.allclose(ours, theirs, close, close * 1e-3 * scale, equal_nan=True):
                step = trajectory.step[row]
                raise self._refuse(f"{name} of step {step} would be {ours}, recorded is {theirs}")

    def _refuse(self, reason: str) -> ValueError:
        return ValueError(f"this run was not made by {type(self.trace.rule).__name__}: {reason}")

    def compute(self, expr: Expr) -> Any:
        """Compute an expression at this step."""
        if expr not in self.values:
            with np.errstate(all="ignore"):
                self.values[expr] = evaluate(expr, self.symbols)
        return self.values[expr]

    def write(self, expr: Expr, own: Expr | None = None) -> dict[str, Any]:
        """Write a formula in names and in numbers, both in LaTeX and in plain text.

        `own` is the quantity that the formula is of: it is written out, the others by their names.
        """

        def find_name(each: Expr) -> Name | None:
            if each.op == "symbol":
                return self.old_names.get(each.name) or get_name(each.name)
            return None if each is own else self.names.get(each)

        def find_number(each: Expr, place: int) -> tuple[str, str] | None:
            if not find_name(each):
                return None
            value = self.compute(each)
            return format_factor(value[place] if np.ndim(value) else value)

        latex, text = write_both(expr, find_name)
        count = len(self.chosen) if np.ndim(self.compute(expr)) else 1
        pairs = [write_both(expr, partial(find_number, place=place)) for place in range(count)]
        in_latex, numbers = zip(*pairs, strict=True)
        return {"latex": latex, "text": text, "latex_numbers": in_latex, "numbers": numbers}


def find_quantities(traced: Trace) -> list[tuple[str, Expr]]:
    """Return the fields of the state and the rule's other names, in the order of computation."""
    named = [(field, expr) for field, expr in traced.state.items() if expr.args]
    named += [(RENAMED.get(name, name), expr) for name, expr in traced.steps]
    named += [("decay", expr) for expr in find_decays(traced)]
    named += [("denominator", expr) for expr in find_denominators(traced)]
    named = [(key, expr) for key, expr in named if expr is not traced.new]
    out: dict[str, Expr] = {}
    for key, expr in order_quantities(named, [traced.new, *traced.state.values()]):
        again = sum(each in (key, f"{key}_2") for each in out)
        out[f"{key}_{again + 1}" if again else key] = expr
    return list(out.items())
