"""Exact derivatives by forward mode: every node hands on its value, gradient and Hessian.

These are terms on a tape, where equal terms are one. The work is linear in the length of the
formula, so nothing that a person types can hang it, as symbolic differentiation can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from optviz.formulas.operations import FLOATS
from optviz.formulas.parsing import Node

SECOND = ((0, 0), (0, 1), (1, 1))
"""The entries of a Hessian in x and y that a code returns: fxx, fxy, fyy."""


def _is_moderate(factor: float) -> bool:
    """Return True for a factor far from overflow and underflow: its order does not matter."""
    return 1e-100 < abs(factor) < 1e100


class Term:
    """A number, an input or an operation on earlier terms. Terms are made by a Tape.

    It equals factor*core: derivatives gather their numbers in one factor, to multiply less.
    """

    __slots__ = ("args", "core", "factor", "number", "op", "tape")

    def __init__(self, tape: Tape, op: str, args: tuple, number: float | None):
        self.tape, self.op, self.args, self.number = tape, op, args, number
        self.factor, self.core = 1.0, self
        if number is not None and number != 1:
            self.factor, self.core = number, tape.lift(1.0)
        elif op == "neg":
            self.factor, self.core = -args[0].factor, args[0].core
        elif op == "*" and args[0].number and _is_moderate(args[0].number * args[1].factor):
            self.factor, self.core = args[0].number * args[1].factor, args[1].core

    def __add__(self, other: Term | float) -> Term:
        other = self.tape.lift(other)
        if self.number == 0 or other.number == 0:
            return other if self.number == 0 else self
        if self.factor < 0 < other.factor:
            return other - -self
        return self - -other if other.factor < 0 else self.tape.add("+", self, other)

    def __sub__(self, other: Term | float) -> Term:
        other = self.tape.lift(other)
        if self.number == 0 or other.number == 0:
            return -other if self.number == 0 else self
        return self + -other if other.factor < 0 else self.tape.add("-", self, other)

    def __mul__(self, other: Term | float) -> Term:
        other = self.tape.lift(other)
        if self.number == 0 or other.number == 0:
            return self.tape.lift(0.0)
        factor = self.factor * other.factor
        if not _is_moderate(factor):
            return self.tape.record("*", self, other)
        if self.core.number == 1 or other.core.number == 1:
            return self.tape.scale(factor, other.core if self.core.number == 1 else self.core)
        return self.tape.scale(factor, self.tape.record("*", self.core, other.core))

    def __truediv__(self, other: Term) -> Term:
        if self.number == 0:
            return self
        factor = self.factor / other.factor
        if not _is_moderate(factor):
            return self.tape.record("/", self, other)
        if other.core.number == 1:
            return self.tape.scale(factor, self.core)
        return self.tape.scale(factor, self.tape.record("/", self.core, other.core))

    def __neg__(self) -> Term:
        return self.tape.scale(-self.factor, self.core)

    def __radd__(self, number: float) -> Term:
        return self.tape.lift(number) + self

    def __rsub__(self, number: float) -> Term:
        return self.tape.lift(number) - self

    def __rmul__(self, number: float) -> Term:
        return self.tape.lift(number) * self

    def __rtruediv__(self, number: float) -> Term:
        return self.tape.lift(number) / self

    def call(self, op: str, *others: Term) -> Term:
        """Apply an operation as it was typed: nothing is simplified."""
        return self.tape.record(op, self, *others)

    def raise_to(self, exponent: Term) -> Term:
        """Raise this term to an exponent; by products and roots where the exponent is simple."""
        number = exponent.number
        if number is None or (2 * number) % 1:
            return self.call("pow", exponent)
        if number < 0:
            return 1 / self.raise_to(-exponent)
        whole, half = divmod(number, 1)
        result = self.tape.lift(1.0)
        square = self
        while whole:
            whole, odd = divmod(whole, 2)
            result = result * square if odd else result
            square = square * square if whole else square
        return result * self.call("sqrt") if half else result


class Tape:
    """All terms of a formula in the order of evaluation; equal terms are one."""

    def __init__(self):
        self.terms: dict[tuple, Term] = {}

    def record(self, op: str, *args: Any, number: float | None = None) -> Term:
        """Return the one term of an operation on other terms."""
        key = (op, number, *args)
        if key not in self.terms:
            self.terms[key] = Term(self, op, args, number)
        return self.terms[key]

    def lift(self, value: Term | float) -> Term:
        """Turn a number into a term."""
        return value if isinstance(value, Term) else self.record("number", number=float(value))

    def add(self, op: str, left: Term, right: Term) -> Term:
        """Add or subtract, at once where both are numbers."""
        if left.number is None or right.number is None:
            return self.record(op, left, right)
        number = FLOATS[op](left.number, right.number)
        return self.lift(number) if abs(number) < 1e100 else self.record(op, left, right)

    def scale(self, factor: float, core: Term) -> Term:
        """Multiply by a number, with no operation for 1 and a sign for -1."""
        if core.number == 1:
            return self.lift(factor)
        if factor in (1, -1):
            return core if factor == 1 else self.record("neg", core)
        return self.record("*", self.lift(factor), core)


class Jet(NamedTuple):
    """A term with its first derivatives in x, y and its second ones in the order of SECOND."""

    value: Term
    first: tuple[Term, ...]
    second: tuple[Term, ...]


DERIVATIVES: dict[str, Callable[[Term, Term], tuple[Any, Any]]] = {
    "neg": lambda _u, _w: (-1.0, 0.0),
    "sin": lambda u, w: (u.call("cos"), -w),
    "cos": lambda u, w: (-u.call("sin"), -w),
    "tan": lambda _u, w: (1 + w * w, 2 * w * (1 + w * w)),
    "asin": lambda u, _w: _invert_sine(u),
    "acos": lambda u, _w: _invert_sine(u, -1.0),
    "atan": lambda u, _w: (1 / (1 + u * u), -2 * u / ((1 + u * u) * (1 + u * u))),
    "sinh": lambda u, w: (u.call("cosh"), w),
    "cosh": lambda u, w: (u.call("sinh"), w),
    "tanh": lambda _u, w: (1 - w * w, -2 * w * (1 - w * w)),
    "exp": lambda _u, w: (w, w),
    "log": lambda u, _w: (1 / u, -1 / (u * u)),
    "log10": lambda u, _w: (1 / math.log(10) / u, -1 / math.log(10) / (u * u)),
    "log2": lambda u, _w: (1 / math.log(2) / u, -1 / math.log(2) / (u * u)),
    "sqrt": lambda u, w: (0.5 / w, -0.25 / (u * w)),
    "abs": lambda u, _w: (u.call("sign"), 0.0),
    "sign": lambda _u, _w: (0.0, 0.0),
    "floor": lambda _u, _w: (0.0, 0.0),
    "ceil": lambda _u, _w: (0.0, 0.0),
}
"""By function: (u, its value) -> its first and second derivative at u."""


def _invert_sine(u: Term, sign: float = 1.0) -> tuple[Term, Term]:
    slope = sign / (1 - u * u).call("sqrt")
    return slope, u * slope * slope * slope


def _make_leaf(value: Term, in_x: float = 0.0, in_y: float = 0.0) -> Jet:
    zero = value.tape.lift(0.0)
    return Jet(value, (value.tape.lift(in_x), value.tape.lift(in_y)), (zero, zero, zero))


def _add(op: str, u: Jet, v: Jet) -> Jet:
    combine = Term.__add__ if op == "+" else Term.__sub__
    value = u.value.call(op, v.value)
    first = tuple(combine(a, b) for a, b in zip(u.first, v.first, strict=True))
    return Jet(value, first, tuple(combine(a, b) for a, b in zip(u.second, v.second, strict=True)))


def _choose(op: str, u: Jet, v: Jet) -> Jet:
    """Differentiate max or min: the derivatives of the one that is taken."""
    value = u.value.call(op, v.value)
    more, less = (u, v) if op == "max" else (v, u)
    # min takes u where v is the larger: so the sides change places, and the comparison stays
    pick = [
        [a if a is b else u.value.call("pick", v.value, a, b) for a, b in zip(*sides, strict=True)]
        for sides in ((more.first, less.first), (more.second, less.second))
    ]
    return Jet(value, tuple(pick[0]), tuple(pick[1]))


def _apply_function(op: str, u: Jet) -> Jet:
    value = u.value.call(op)
    slope, bend = DERIVATIVES[op](u.value, value)
    slope, bend = value.tape.lift(slope), value.tape.lift(bend)
    second = [
        bend * (u.first[i] * u.first[j]) + slope * d
        for (i, j), d in zip(SECOND, u.second, strict=True)
    ]
    return Jet(value, tuple(slope * d for d in u.first), tuple(second))


def _apply_operator(op: str, u: Jet, v: Jet) -> Jet:
    """Apply the chain rule to a product, quotient or power, by its five partial derivatives."""
    value, (fu, fv, fuu, fuv, fvv) = PARTIALS[op](u.value, v.value)
    first = tuple(fu * a + fv * b for a, b in zip(u.first, v.first, strict=True))
    second = []
    for k, (i, j) in enumerate(SECOND):
        bend = fuu * (u.first[i] * u.first[j]) + fvv * (v.first[i] * v.first[j])
        bend = bend + fuv * (u.first[i] * v.first[j] + u.first[j] * v.first[i])
        second.append(bend + fu * u.second[k] + fv * v.second[k])
    return Jet(value, first, tuple(second))


def _multiply(u: Term, v: Term):
    zero, one = u.tape.lift(0.0), u.tape.lift(1.0)
    return u.call("*", v), (v, u, zero, one, zero)


def _divide(u: Term, v: Term):
    value, inverse = u.call("/", v), 1 / v
    slope = -value * inverse
    return value, (inverse, slope, u.tape.lift(0.0), -inverse * inverse, -2 * slope * inverse)


def _raise(u: Term, v: Term):
    value = v.call("exp") if u.number == math.e else u.raise_to(v)
    log, less = u.call("log"), u.raise_to(v - 1)
    bend = v * (v - 1) * u.raise_to(v - 2)
    return value, (v * less, value * log, bend, less * (1 + v * log), value * log * log)


PARTIALS = {"*": _multiply, "/": _divide, "^": _raise}


def differentiate(nodes: Sequence[Node], parameters: Sequence[str]) -> Jet:
    """Differentiate a parsed formula; parameter k becomes the input pk."""
    tape, jets = Tape(), []
    for node in nodes:
        args = [jets[place] for place in node.args]
        if node.number is not None:
            jet = _make_leaf(tape.lift(node.number))
        elif node.op == "variable":
            jet = _make_leaf(tape.record("input", node.name), node.name == "x", node.name == "y")
        elif node.op == "parameter":
            jet = _make_leaf(tape.record("input", f"p{parameters.index(node.name)}"))
        elif node.op in ("+", "-"):
            jet = _add(node.op, *args)
        elif node.op in ("max", "min"):
            jet = _choose(node.op, *args)
        elif node.op in PARTIALS:
            jet = _apply_operator(node.op, *args)
        else:
            jet = _apply_function(node.op, *args)
        jets.append(jet)
    return jets[-1]
