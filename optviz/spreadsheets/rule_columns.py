"""The quantities of a rule as columns of formulas, from the rule's own text run on symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from optviz.formulas.cells import name_cells, write_cell
from optviz.formulas.expressions import Expr, evaluate
from optviz.spreadsheets.column import Column, Run
from optviz.tracing import Trace, find_symbols

MOST_OPERATIONS = 400
"""Operations in one cell; a formula of Excel has at most 8,192 characters."""

CLASHING = {"grad": "decayed grad", "new": "new before decay"}
CLASHING |= {name: f"the rule's {name}" for name in ("params", "step", "lr", "loss", "noise")}
"""The headings of a rule's names that a column of the run has already."""


class Quantity(NamedTuple):
    """A quantity that a rule computes: the key of its column, its name and its formula."""

    key: str
    name: str
    expr: Expr
    field: str
    """The field of the state that it becomes; "" for none."""
    is_wide: bool
    """True if there is one for each parameter."""


class RuleColumns:
    """The columns of a rule: its named quantities, its state and the params after the step."""

    def __init__(self, run: Run, traced: Trace):
        self.run, self.traced = run, traced
        self.params = run.problem.names
        self.is_cycled = getattr(run.schedule, "cycle_momentum", False)
        """True where beta1 has a column, as the schedule changes it."""
        self.quantities = list(self._find_quantities())
        self.keys: dict[Expr, str] = {}
        for each in self.quantities:
            self.keys.setdefault(each.expr, each.key)
        self.values = self._collect_inputs()

    def _find_quantities(self) -> Iterator[Quantity]:
        """Find the quantities that the rule names, then the rest of its state."""
        left, vectors = dict(self.traced.state), self.traced.vectors
        named = [
            (name, expr, next((field for field in left if left[field] is expr), ""))
            for name, expr in self.traced.steps
            if expr is not self.traced.new
        ]
        named += [
            ("", expr, field)
            for field, expr in left.items()
            if field not in {found for _, _, found in named}
        ]
        for number, (name, expr, field) in enumerate(named):
            wide = field in vectors or not find_symbols(expr).isdisjoint(vectors)
            if name == "grad" and expr.op == "neg":
                name = "uphill grad"
            name = f"the rule's {name}" if name in self.traced.state else CLASHING.get(name, name)
            yield Quantity(f"q{number}", field or name, expr, field, wide)

    def _collect_inputs(self) -> dict[str, Any]:
        """Return the values of every symbol: (rows, n), (rows, 1) or a number."""
        trajectory, rows = self.run.trajectory, len(self.run.trajectory)
        values: dict[str, Any] = dict(self.traced.hypers)
        values |= {"params": trajectory.params, "grad": trajectory.grad}
        if "lr" in values:
            values["lr"] = trajectory.lr[:, None]
        if self.is_cycled:
            schedule: Any = self.run.schedule
            values["beta1"] = np.array([[schedule.beta1(each)] for each in trajectory.step[:-1]])
        for field, after in trajectory.state.items():
            before = [trajectory.initial[field], *after[: rows - 1]]
            values[field] = np.array(before, float).reshape(rows, -1)
        return values

    def make_columns(self) -> Iterator[Column]:
        """Make the columns in the order in which the rule computes them, one for each parameter."""
        trajectory = self.run.trajectory
        firsts = [trajectory.initial.get(each.field) for each in self.quantities]
        new = Quantity("new", "new", self.traced.new, "", True)
        every = zip([*self.quantities, new], [*firsts, trajectory.start], strict=True)
        for each, initial in every:
            params = self.params if each.is_wide else (None,)
            values = np.asarray(evaluate(each.expr, self.values), float)
            values = np.broadcast_to(values, (len(trajectory), len(params)))
            for i, param in enumerate(params):
                tail, text = f" {param}" if param else "", self._write_text(each, param)
                above = None if initial is None else float(np.ravel(initial)[i])
                note, key = self._write_note(each.expr), each.key + tail
                yield Column(each.name + tail, note, text, values[:, i], above, key)

    def _write_text(self, own: Quantity, param: str | None) -> str:
        """Write the formula of a quantity's own cell, for one parameter."""
        names: dict[Any, str] = dict(name_cells(self.traced.hypers))
        names |= {"beta1": "{beta1}"} if self.is_cycled else {}
        names |= {"lr": "{lr}", "params": f"{{{param}}}", "grad": f"{{grad {param}}}"}
        for each in self.quantities:
            place = f"{each.key} {param}" if each.is_wide else each.key
            if each.field:
                names[each.field] = f"{{^{place}}}"
            if each.expr.args and self.keys[each.expr] == each.key != own.key:
                names[id(each.expr)] = f"{{{place}}}"
        if own.key != "new":
            names[id(self.traced.new)] = f"{{new {param}}}"
        if (count := count_operations(own.expr, names)) > MOST_OPERATIONS:
            rule = type(self.run.rule).__name__
            most = f"a cell holds at most {MOST_OPERATIONS}: give its intermediate results names"
            raise ValueError(
                f"{rule} takes {count:,} operations from one quantity to the next, {most}"
            )
        return write_cell(own.expr, names)

    def _write_note(self, expr: Expr) -> str:
        """Write a quantity's formula in the rule's own names."""
        names: dict[Any, str] = {name: name for name in self.values}
        names |= {id(each.expr): each.name for each in self.quantities if each.expr is not expr}
        return f"= {write_cell(expr, names, to_read=True)}"


def count_operations(expr: Expr, names: Mapping[Any, str]) -> int:
    """Count the operations in the text of an expression, where `names` stand for some parts."""
    known: dict[Expr, int] = {}

    def count(each: Expr) -> int:
        if each not in known:
            parts = () if id(each) in names else each.args
            known[each] = bool(parts) + sum(map(count, parts))
        return known[each]

    return count(expr)
