"""A rule run once on symbols: from its one text come numbers, LaTeX and spreadsheet cells.

A rule is arithmetic, so `update` works on symbols as it does on arrays. What comes back is the
formula of every quantity that the rule gives a name, exactly as it is written there.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from optviz.problems.latex import ATOM, PRODUCT, Part, operation_latex
from optviz.rules import Rule

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "pow": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
"""What an expression can be made of, and how it is computed; a comparison counts as 1 or 0."""


class Expr:
    """A symbol, a number or an operation on other expressions; nothing is simplified."""

    __slots__ = ("args", "name", "number", "op")
    __array_ufunc__ = None  # so that a numpy number times a symbol is left to the symbol

    def __init__(self, op: str, *args: Any, name: str = "", number: float | None = None):
        self.op, self.name, self.number = op, name, number
        self.args: tuple[Expr, ...] = tuple(map(expression, args))

    def __bool__(self) -> bool:
        raise ValueError("it branches on a value")

    def __repr__(self) -> str:
        if self.op in ("symbol", "number"):
            return self.name or repr(self.number)
        if len(self.args) == 2:
            return f"({self.args[0]!r} {self.op} {self.args[1]!r})"
        return f"{self.op}({self.args[0]!r})"

    def __neg__(self):
        return Expr("neg", self)

    def __pos__(self):
        return self

    def __abs__(self):
        return Expr("abs", self)

    __hash__ = object.__hash__


ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%", "pow": "pow"}
COMPARISONS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!="}
for _method, _op in (ARITHMETIC | COMPARISONS).items():
    setattr(Expr, f"__{_method}__", lambda self, other, op=_op: Expr(op, self, other))
for _method, _op in ARITHMETIC.items():
    setattr(Expr, f"__r{_method}__", lambda self, other, op=_op: Expr(op, other, self))


def symbol(name: str) -> Expr:
    """A value that is not known yet."""
    return Expr("symbol", name=name)


def expression(value: Any) -> Expr:
    """The value as an expression.

    Raises: ValueError: it calculates with 'text'
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, (bool, np.bool_, int, float, np.integer, np.floating)):
        number = value if isinstance(value, (int, float)) else value.item()
        return Expr("number", number=number + 0)  # True counts as 1
    raise ValueError(f"it calculates with {value!r:.50}")


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    """The value of an expression, by the same arithmetic as the rule's own.

    `values` gives each symbol a number or an array.
    """
    known: dict[Expr, Any] = {}

    def value(each: Expr) -> Any:
        if each not in known:
            if each.op == "symbol":
                known[each] = values[each.name]
            elif each.op == "number":
                known[each] = each.number
            else:
                known[each] = OPERATIONS[each.op](*map(value, each.args))
        return known[each]

    return value(expr)


def latex(expr: Expr, word: Callable[[Expr], str | None]) -> str:
    """LaTeX of an expression, without dollar signs.

    `word(part)` gives the text of a part that is to be shown as one word (a symbol, a number or a
    quantity that has a name), or None for one to be written out.
    """

    def part(each: Expr) -> Part:
        text = word(each)
        if text is not None:
            return text, ATOM
        if each.op == "symbol":
            return each.name, ATOM
        if not each.args:
            digits, exponent, power = f"{each.number:.12g}".partition("e")
            text = rf"{digits} \cdot 10^{{{int(power)}}}" if exponent else digits
            return text, PRODUCT if exponent else ATOM
        op = "^" if each.op == "pow" else each.op
        if op == "^" and each.args[1].number == 0.5:
            return operation_latex("sqrt", "", part(each.args[0]))
        return operation_latex(op, "", *map(part, each.args))

    return part(expr)[0]


@dataclass(frozen=True, eq=False)
class Trace:
    """What one step of a rule computes, in formulas of the symbols that go into it.

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
    state: dict[str, Expr]
    """Each field of the state after the step."""


def trace(rule: Rule) -> Trace:
    """The formulas of one step of a rule, had by running its `update` on symbols.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    hypers: dict[str, Any] = {}
    symbolic = with_symbols(rule, hypers)
    params, grad = symbol("params"), symbol("grad")
    try:
        before = rule.init(np.zeros(1))
        names = getattr(before, "_fields", None)
        if names is None:
            raise ValueError("its state is no named tuple")
        state = type(before)(*map(symbol, names))
        with named_quantities() as found:
            new, after = symbolic.update(params, grad, state)
        new, outs = expression(new), dict(zip(names, map(expression, after), strict=True))
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        why = "it needs more than + - * / % **, abs and comparisons: "
        why = f"{'' if isinstance(error, ValueError) else why}{error}"
        raise ValueError(f"{type(rule).__name__} cannot be written as formulas: {why}") from None
    vectors = [name for name, value in zip(names, before, strict=True) if np.ndim(value)]
    return Trace(
        rule=rule,
        hypers=hypers,
        vectors=("params", "grad", *vectors),
        shared=tuple(name for name in names if name not in vectors),
        steps=tuple(ordered(found, [new, *outs.values()])),
        new=new,
        state=outs,
    )


def with_symbols(rule: Rule, hypers: dict[str, Any]) -> Any:
    """A copy of the rule whose numbers are symbols; their values are added to `hypers`."""
    copy = object.__new__(type(rule))
    copy.__dict__.update(rule.__dict__)
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            copy.__dict__[spec.name] = with_symbols(value, hypers)
        elif not isinstance(value, (bool, np.bool_)) and np.asarray(value).dtype.kind in "fiu":
            # The decay around a decay has a name of its own.
            name = spec.name if spec.name not in hypers else f"{type(rule).__name__}_{spec.name}"
            hypers[name] = value
            copy.__dict__[spec.name] = symbol(name)
    return copy


@contextmanager
def named_quantities():
    """A list that receives (name, expression) of each local variable of each `update` that runs.

    Python tells a profile function of every return: there the local variables are complete.
    """
    found: list[tuple[str, Expr]] = []
    before = sys.getprofile()

    def on_return(frame, event, _value):
        if event == "return" and frame.f_code.co_name == "update":
            pairs = frame.f_locals.items()
            found.extend((name, value) for name, value in pairs if isinstance(value, Expr))

    sys.setprofile(on_return)
    try:
        yield found
    finally:
        sys.setprofile(before)


def ordered(found: list[tuple[str, Expr]], outputs: list[Expr]) -> list[tuple[str, Expr]]:
    """Each named operation once, in the order of computation; those that come to nothing left out.

    The first name counts: a decay hands its `grad` on under the same name.
    """
    names: dict[Expr, str] = {}
    for name, expr in found:
        if expr.args:
            names.setdefault(expr, name)
    return [(names[expr], expr) for expr in reached(*outputs) if expr in names]


def reached(*outputs: Expr) -> dict[Expr, None]:
    """Every part of some expressions, each after what it is made of."""
    seen: dict[Expr, None] = {}

    def visit(expr: Expr) -> None:
        if expr not in seen:
            for each in expr.args:
                visit(each)
            seen[expr] = None

    for each in outputs:
        visit(each)
    return seen
