"""Terms on a tape: numbers, inputs and operations on earlier terms, of which equal ones are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optviz.formulas.operations import FLOATS


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
