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

    def fade(self, other: Term) -> Term:
        """Multiply; on a careful tape 0 times inf is 0, as this 0 stands for what is too small."""
        if not self.tape.careful or self.number is not None or other.number is not None:
            return self * other
        return self.tape.record("fade", self, other)

    def share(self, other: Term) -> Term:
        """Divide; on a careful tape by an infinite term, which stands for too large a one, to 0."""
        if not self.tape.careful or other.number is not None or self.number == 0:
            return self / other
        return self.tape.record("share", self, other)

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
    """All terms of a formula in the order of evaluation; equal terms are one.

    A careful one is for points where a part is too large or too small for a float, though the
    derivatives are not.
    """

    def __init__(self, careful: bool = False):
        self.careful = careful
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


def find_needed_terms(outputs: Sequence[Term]) -> list[Term]:
    """Return the terms that the outputs are computed from, in the order of evaluation."""
    found, waiting = set(), list(outputs)
    while waiting:
        term = waiting.pop()
        if term not in found:
            found.add(term)
            waiting += term.args if term.op != "input" else ()
    return [term for term in outputs[0].tape.terms.values() if term in found]


class Jet(NamedTuple):
    """A term with its first derivatives in x, y and its second ones in the order of SECOND."""

    value: Term
    first: tuple[Term, ...]
    second: tuple[Term, ...]


DERIVATIVES: dict[str, Callable[[Term, Term], tuple[Any, ...]]] = {
    "neg": lambda _u, _w: (-1.0, 0.0, 0),
    "sin": lambda u, w: (u.call("cos"), -w, 0),
    "cos": lambda u, w: (-u.call("sin"), -w, 0),
    "tan": lambda _u, w: (1 + w * w, 2 * w, 1),
    "asin": lambda u, _w: _invert_sine(u),
    "acos": lambda u, _w: _invert_sine(u, -1.0),
    "atan": lambda u, _w: (1 / (1 + u * u), -2 * u, 2),
    "sinh": lambda u, w: (u.call("cosh"), w, 0),
    "cosh": lambda u, w: (u.call("sinh"), w, 0),
    "tanh": lambda u, w: (_square(1 / u.call("cosh")), -2 * w, 1),
    "exp": lambda _u, w: (w, 1.0, 1),
    "log": lambda u, _w: (1 / u, -1.0, 2),
    "log10": lambda u, _w: (1 / math.log(10) / u, -math.log(10), 2),
    "log2": lambda u, _w: (1 / math.log(2) / u, -math.log(2), 2),
    "sqrt": lambda _u, w: (0.5 / w, -1 / w, 2),
    "abs": lambda u, _w: (u.call("sign"), 0.0, 0),
    "sign": lambda _u, _w: (0.0, 0.0, 0),
    "floor": lambda _u, _w: (0.0, 0.0, 0),
    "ceil": lambda _u, _w: (0.0, 0.0, 0),
}
"""By function: (u, its value) -> its slope f' at u, its bend b and k with f'' = b * slope**k.

With the slopes taken out nothing overflows on the way to a second derivative that is a float.
"""
FADING = ("exp", "tanh", "atan")
"""The functions whose slope is 0 only where it is too small for a float."""


def _square(u: Term) -> Term:
    return u * u


def _invert_sine(u: Term, sign: float = 1.0) -> tuple[Term, Term, int]:
    slope = sign / ((1 - u) * (1 + u)).call("sqrt")  # keeps its digits near 1
    return slope, u * slope, 2


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
    slope, bend, slopes = DERIVATIVES[op](u.value, value)
    slope, bend = value.tape.lift(slope), value.tape.lift(bend)
    times = Term.fade if op in FADING else Term.__mul__
    first = tuple(times(slope, d) for d in u.first)
    left, right = first if slopes else u.first, first if slopes == 2 else u.first
    second = [
        bend * times(left[i], right[j]) + times(slope, d)
        for (i, j), d in zip(SECOND, u.second, strict=True)
    ]
    return Jet(value, first, tuple(second))


def _multiply(u: Jet, v: Jet) -> Jet:
    first = tuple(v.value * a + u.value * b for a, b in zip(u.first, v.first, strict=True))
    second = []
    for k, (i, j) in enumerate(SECOND):
        cross = u.first[i] * v.first[j] + u.first[j] * v.first[i]
        second.append(cross + v.value * u.second[k] + u.value * v.second[k])
    return Jet(u.value.call("*", v.value), first, tuple(second))


def _divide(u: Jet, v: Jet) -> Jet:
    """Differentiate a quotient by the relative slopes of its denominator, which do not overflow."""
    value = u.value.call("/", v.value)
    relative = [d.share(v.value) for d in v.first]
    first = tuple(a.share(v.value) - value * r for a, r in zip(u.first, relative, strict=True))
    second = []
    for k, (i, j) in enumerate(SECOND):
        bend = u.second[k].share(v.value) - value * v.second[k].share(v.value)
        second.append(bend - (first[i] * relative[j] + first[j] * relative[i]))
    return Jet(value, first, tuple(second))


def _raise(u: Jet, v: Jet) -> Jet:
    """Differentiate a power by its five partial derivatives."""
    if u.value.number == math.e:
        return _apply_function("exp", v)
    base, power = u.value, v.value
    value = base.raise_to(power) if power.number != 0 else base.call("pow", power)
    less = base.raise_to(power - 1)
    fu, fuu = power * less, power * (power - 1) * base.raise_to(power - 2)
    if (base.number or 0) > 0:
        log = base.call("log")
        fv, fvv, fuv = value * log, value * log * log, less * (1 + power * log)
    else:
        once, twice = base.tape.lift(1.0), base.tape.lift(2.0)
        fv, fvv = base.call("powlog", power, once), base.call("powlog", power, twice)
        fuv = less + power * base.call("powlog", power - 1, once)
    first = tuple(fu * a + fv * b for a, b in zip(u.first, v.first, strict=True))
    second = []
    for k, (i, j) in enumerate(SECOND):
        bend = fuu * (u.first[i] * u.first[j]) + fvv * (v.first[i] * v.first[j])
        bend = bend + fuv * (u.first[i] * v.first[j] + u.first[j] * v.first[i])
        second.append(bend + fu * u.second[k] + fv * v.second[k])
    return Jet(value, first, tuple(second))


OPERATORS = {"*": _multiply, "/": _divide, "^": _raise}


def differentiate(
    nodes: Sequence[Node], parameters: Sequence[str], *, careful: bool = False
) -> Jet:
    """Differentiate a parsed formula; parameter k becomes the input pk."""
    tape, jets = Tape(careful), []
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
        elif node.op in OPERATORS:
            jet = OPERATORS[node.op](*args)
        else:
            jet = _apply_function(node.op, *args)
        jets.append(jet)
    return jets[-1]
