"""A rule run once on symbols: from its one text come numbers, LaTeX and spreadsheet cells.

A rule is arithmetic, so `update` works on symbols as it does on arrays. What comes back is the
formula of every quantity that the rule gives a name, exactly as it is written there.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from optviz.formulas.expressions import Expr, make_symbol, to_expression
from optviz.rules import Rule


@dataclass(frozen=True, eq=False)
class Trace:
    """The formulas of one step of a rule, in the symbols that go into it.

    `vectors` and `shared` name the symbols that have a value for each parameter and those that are
    one number; `hypers` those that the rule holds, with their values. A field of the state is the
    symbol of its name before the step, and what `state[field]` computes after it.
    """

    rule: Rule
    hypers: dict[str, Any]
    vectors: tuple[str, ...]
    shared: tuple[str, ...]
    steps: tuple[tuple[str, Expr], ...]
    """The quantities that the rule's own text names, in the order of their computation."""
    new: Expr
    """The params after the step."""
    initial: dict[str, Expr]
    """Each field of the state before the first step."""
    state: dict[str, Expr]
    """Each field of the state after the step."""
    structural: tuple[str, ...] = ()
    """The hypers of which the rule asks if they are 0, as then it computes something else."""

    @property
    def quantities(self) -> list[tuple[str, Expr]]:
        """All that a step computes: the named quantities, then the results that have no name."""
        own = {expr for _, expr in self.steps}
        results = {"params": self.new, **self.state}.items()
        return [*self.steps, *((f"new_{k}", e) for k, e in results if e.args and e not in own)]

    def is_vector(self, expr: Expr) -> bool:
        """Return True for a quantity that has a value for each parameter."""
        return not find_symbols(expr).isdisjoint(self.vectors)


def trace(rule: Rule) -> Trace:
    """Return the formulas of one step of a rule by running its `update` on symbols.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    hypers: dict[str, Any] = {}
    asked: dict[str, None] = {}
    symbolic = _replace_numbers(rule, hypers, asked)
    params, grad = make_symbol("params"), make_symbol("grad")
    try:
        before = rule.init(np.zeros(1))
        names = getattr(before, "_fields", None)
        if names is None:
            raise ValueError("its state is no named tuple")
        state = type(before)(*map(make_symbol, names))
        begun = symbolic.init(params)
        (new, after), found = _update_recorded(symbolic, params, grad, state)
        new, begun = to_expression(new), dict(zip(names, map(to_expression, begun), strict=True))
        outs = dict(zip(names, map(to_expression, after), strict=True))
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        why = "it needs more than + - * / % **, abs, maximum and comparisons: "
        why = f"{'' if isinstance(error, ValueError) else why}{error}"
        raise ValueError(f"{type(rule).__name__} cannot be written as formulas: {why}") from None
    vectors = [name for name, value in zip(names, before, strict=True) if np.ndim(value)]
    return Trace(
        rule=rule,
        hypers=hypers,
        vectors=("params", "grad", *vectors),
        shared=tuple(name for name in names if name not in vectors),
        steps=tuple(order_quantities(found, [new, *outs.values()])),
        new=new,
        initial=begun,
        state=outs,
        structural=tuple(asked),
    )


def _replace_numbers(rule: Rule, hypers: dict[str, Any], asked: dict[str, None]) -> Any:
    """Return a copy of the rule whose numbers are symbols; add their values to `hypers`.

    The names of those that the rule asks about are added to `asked` when it runs.
    """
    copy = object.__new__(type(rule))
    copy.__dict__.update(rule.__dict__)
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            copy.__dict__[spec.name] = _replace_numbers(value, hypers, asked)
        elif not isinstance(value, (bool, np.bool_)) and np.asarray(value).dtype.kind in "fiu":
            # The decay around a decay has a name of its own.
            name = spec.name if spec.name not in hypers else f"{type(rule).__name__}_{spec.name}"
            hypers[name] = value
            symbol = _Setting("symbol", name=name)
            symbol.value, symbol.asked = value, asked
            copy.__dict__[spec.name] = symbol
    return copy


class _Setting(Expr):
    """The symbol of a hyperparameter; a rule may ask if it is 0, as then it needs less memory."""

    __slots__ = ("asked", "value")

    def any(self, **_: Any) -> bool:
        """Return True for a value that is not 0."""
        self.asked[self.name] = None
        return bool(np.any(self.value))


def _update_recorded(rule: Any, *symbols: Any) -> tuple[Any, list[tuple[str, Expr]]]:
    """Run an update on symbols, and record (name, expression) of each local variable.

    Python tells a profile function of every return: there the local variables are complete. It is
    set in a thread of its own, as a profiler may be at work in this one.
    """
    found: list[tuple[str, Expr]] = []

    def on_return(frame, event, _value):
        if event == "return" and frame.f_code.co_name == "update":
            pairs = frame.f_locals.items()
            found.extend((name, value) for name, value in pairs if isinstance(value, Expr))

    def update() -> Any:
        sys.setprofile(on_return)
        try:
            return rule.update(*symbols)
        finally:
            sys.setprofile(None)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(update).result(), found


def order_quantities(found: list[tuple[str, Expr]], outputs: list[Expr]) -> list[tuple[str, Expr]]:
    """Return each named operation once, in the order of computation; unused ones are left out.

    The first name counts: a decay hands its `grad` on under the same name.
    """
    names: dict[Expr, str] = {}
    for name, expr in found:
        if expr.args:
            names.setdefault(expr, name)
    return [(names[expr], expr) for expr in find_parts(*outputs) if expr in names]


def find_parts(*outputs: Expr) -> dict[Expr, None]:
    """Return every part of some expressions, each after what it is made of."""
    seen: dict[Expr, None] = {}

    def visit(expr: Expr) -> None:
        if expr not in seen:
            for each in expr.args:
                visit(each)
            seen[expr] = None

    for each in outputs:
        visit(each)
    return seen


def find_symbols(expr: Expr) -> set[str]:
    """Return the names of the symbols that an expression depends on."""
    return {each.name for each in find_parts(expr) if each.name}
