"""Expressions: arithmetic on symbols, as a rule's own text makes it when it runs on them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%", "pow": "pow"}
COMPARISONS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!="}
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{op: getattr(operator, name) for name, op in (ARITHMETIC | COMPARISONS).items()},
    "neg": operator.neg,
    "abs": abs,
    "max": np.maximum,
}
"""The operations of expressions and how they are computed; a comparison is 1 or 0."""


class Expr:
    """A symbol, a number or an operation on other expressions; nothing is simplified."""

    __slots__ = ("args", "name", "number", "op")
    __array_ufunc__ = None  # so that a numpy number times a symbol is left to the symbol

    def __init__(self, op: str, *args: Any, name: str = "", number: float | None = None):
        self.op, self.name, self.number = op, name, number
        self.args: tuple[Expr, ...] = tuple(map(to_expression, args))

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

    def maximum(self, other: Any) -> Expr:
        """Return the larger of the two, as `rules.maximum` asks for."""
        return Expr("max", self, other)

    __hash__ = object.__hash__


for _method, _op in (ARITHMETIC | COMPARISONS).items():
    setattr(Expr, f"__{_method}__", lambda self, other, op=_op: Expr(op, self, other))
for _method, _op in ARITHMETIC.items():
    setattr(Expr, f"__r{_method}__", lambda self, other, op=_op: Expr(op, other, self))


def make_symbol(name: str) -> Expr:
    """Make a value that is not known yet."""
    return Expr("symbol", name=name)


def to_expression(value: Any) -> Expr:
    """Turn a value into an expression.

    Raises: ValueError: it calculates with 'text'
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, (bool, np.bool_, int, float, np.integer, np.floating)):
        number = value if isinstance(value, (int, float)) else value.item()
        return Expr("number", number=number + 0)  # True counts as 1
    raise ValueError(f"it calculates with {value!r:.50}")


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    """Compute an expression by the same arithmetic as the rule's own.

    `values` gives each symbol a number or an array.
    """
    known: dict[Expr, Any] = {}

    def compute(each: Expr) -> Any:
        if not each.args:
            return values[each.name] if each.op == "symbol" else each.number
        if each not in known:
            known[each] = OPERATIONS[each.op](*map(compute, each.args))
        return known[each]

    return compute(expr)
