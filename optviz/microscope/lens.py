"""One recorded step through the formulas of a rule: each expression gets its value and name."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from optviz.formulas.expressions import Expr, evaluate
from optviz.microscope.algebra import Reading, decays, denominators, signs_of
from optviz.microscope.names import Name, get_name, get_old_name, write_in_names, write_in_numbers
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.tracing import Trace, ordered

RENAMED = {"grad": "grad_seen", "new": "undecayed"}
"""What a decay hands on under the name of something else."""


class Lens:
    """A row of a record and the formulas of the rule that made it."""

    def __init__(self, trajectory: Trajectory, row: int, chosen: list[int], found: Trace):
        self.trajectory, self.row, self.chosen, self.trace = trajectory, row, chosen, found
        self.symbols = symbols_of(self)
        self.quantities = quantities(found)
        self.names: dict[Expr, Name] = {expr: get_name(key) for key, expr in self.quantities}
        self.words = {field: get_old_name(field) for field in found.state}
        self.reading = Reading(signs_of(found), frozenset(self.names))
        self.values: dict[Expr, Any] = {}

    def part(self, column: Any) -> Any:
        """The chosen parameters of a column; a number that all share as Python's own."""
        return column[self.chosen] if np.ndim(column) else np.asarray(column).item()

    def value(self, expr: Expr) -> Any:
        """What an expression comes to at this step."""
        if expr not in self.values:
            with np.errstate(all="ignore"):
                self.values[expr] = evaluate(expr, self.symbols)
        return self.values[expr]

    def number(self, expr: Expr, place: int) -> Any:
        """What a symbol or a named quantity comes to for one parameter; None for any other."""
        if expr.op != "symbol" and expr not in self.names:
            return None
        value = self.value(expr)
        return value[place] if np.ndim(value) else value

    def written(self, expr: Expr, own: Expr | None = None) -> dict[str, Any]:
        """A formula and the same with numbers, both in LaTeX and in plain text.

        `own` is the quantity that the formula is of: it is written out, the others by their names.
        """
        latex, text = write_in_names(expr, own, self.names, self.words)
        count = len(self.chosen) if np.ndim(self.value(expr)) else 1
        pairs = [
            write_in_numbers(expr, own, lambda each, place=place: self.number(each, place))
            for place in range(count)
        ]
        latex_numbers, numbers = zip(*pairs, strict=True)
        return {
            "latex": latex,
            "text": text,
            "latex_numbers": latex_numbers,
            "numbers": numbers,
        }


def symbols_of(lens: Lens) -> dict[str, Any]:
    """The value of every symbol of a rule's formulas, from the record.

    Raises: ValueError: this run was not made by Adam: no grad_avg is recorded
    """
    trajectory, row, found = lens.trajectory, lens.row, lens.trace
    before = trajectory.before(row)
    if missing := [name for name in found.state if name not in before]:
        raise ValueError(disagreement(found.rule, f"no {missing[0]} is recorded"))
    values = found.hypers | {name: lens.part(before[name]) for name in found.state}
    values |= {"params": lens.part(trajectory.path[row])}
    values |= {"grad": lens.part(trajectory.grad[row])}  # type: ignore[index]
    return values | ({"lr": float(trajectory.lr[row])} if "lr" in values else {})


def quantities(found: Trace) -> list[tuple[str, Expr]]:
    """What has a name of its own in a rule's formulas, in the order of computation.

    A field of the state by that name, else by what the rule's text calls it.
    """
    named = [(field, expr) for field, expr in found.state.items() if expr.args]
    named += [(RENAMED.get(name, name), expr) for name, expr in found.steps]
    named += [("decay", expr) for expr in decays(found)]
    named += [("denominator", expr) for expr in denominators(found)]
    named = [(key, expr) for key, expr in named if expr is not found.new]
    out: dict[str, Expr] = {}
    for key, expr in ordered(named, [found.new, *found.state.values()]):
        again = sum(each in (key, f"{key}_2") for each in out)
        out[f"{key}_{again + 1}" if again else key] = expr
    return list(out.items())


def check(lens: Lens) -> None:
    """Refuse a record that the rule does not make.

    Raises: ValueError: this run was not made by Adam: new of step 3 would be ..., recorded is ...
    """
    trajectory, row, found = lens.trajectory, lens.row, lens.trace
    named = re.search(r"[:,]lr=([^,]+)", str(trajectory.about.get("rule", "")))
    ours = found.hypers.get("lr")
    if named and ours is not None and ours != float(named[1]):
        raise ValueError(disagreement(found.rule, f"its lr is {ours}, recorded is {named[1]}"))
    recorded = {name: (expr, trajectory.state[name][row]) for name, expr in found.state.items()}
    recorded["new"] = found.new, trajectory.path[row + 1]
    for name, (expr, column) in recorded.items():
        ours, theirs = lens.value(expr), lens.part(column)
        close = tolerance(theirs)
        scale = np.abs(lens.symbols["params"]).max()
        if not np.allclose(ours, theirs, close, close * 1e-3 * scale, equal_nan=True):
            words = f"{name} of step {trajectory.step[row]} would be {ours}, recorded is {theirs}"
            raise ValueError(disagreement(found.rule, words))


def disagreement(rule: Rule, words: str) -> str:
    """The sentence for a rule that is not the one of the record."""
    return f"this run was not made by {type(rule).__name__}: {words}"


def tolerance(values: Any) -> float:
    """How far recorded numbers may be from recomputed ones, relatively."""
    return 1e-5 if np.asarray(values).dtype == np.float32 else 1e-9
