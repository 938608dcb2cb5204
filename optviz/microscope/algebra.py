"""What a rule's formula says of its step: the sum it is made of, and what scales the gradient.

All of it follows from one property. Were every gradient, average of gradients and parameter to
change its sign, a rule's step would too: such a quantity is odd, and says where to go. Squares,
their averages and counts stay as they are: they are even, and say how far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import NamedTuple

from optviz.formulas.expressions import OPERATIONS, Expr, expression, symbol
from optviz.rules import Rule
from optviz.specs import innermost
from optviz.tracing import Trace, reached

EVEN, ODD = 0, 1


# -- without what does nothing -------------------------------------------------------------


def simplify(found: Trace) -> Trace:
    """The same formulas without what does nothing: a factor 1, a term 0, a setting that is off.

    Every value stays the same to the last bit.
    """
    off, known = unused(found.rule), {}
    steps = [(name, without(expr, off, known)) for name, expr in found.steps]
    return replace(
        found,
        steps=tuple((name, expr) for name, expr in steps if expr.args),
        new=without(found.new, off, known),
        state={name: without(expr, off, known) for name, expr in found.state.items()},
    )


def unused(rule: Rule) -> set[str]:
    """The numbers of a rule that are 0 and usually are: settings that nobody switched on."""
    inner = innermost(rule)
    return {
        spec.name
        for spec in fields(inner)  # type: ignore[arg-type]
        if spec.default == 0 and not isinstance(spec.default, bool)
        if getattr(inner, spec.name) == 0
    }


def without(expr: Expr, off: set[str], known: dict[Expr, Expr]) -> Expr:
    """The expression with 0 for the symbols in `off`; parts in common stay in common."""
    if expr not in known:
        if expr.op == "symbol":
            known[expr] = expression(0) if expr.name in off else expr
        else:
            args = tuple(without(each, off, known) for each in expr.args)
            known[expr] = folded(expr, args)
    return known[expr]


def folded(expr: Expr, args: tuple[Expr, ...]) -> Expr:
    """An operation on simpler parts."""
    if not args:
        return expr
    numbers = [each.number for each in args]
    if None not in numbers:
        return expression(OPERATIONS[expr.op](*numbers))
    if expr.op == "*" and 0 in numbers:
        return expression(0)
    nothing = {"+": (0, 0), "-": (None, 0), "*": (1, 1), "/": (None, 1)}.get(expr.op)
    for place, number in enumerate(nothing or ()):
        if number is not None and numbers[place] == number:
            return args[1 - place]
    same = all(a is b for a, b in zip(args, expr.args, strict=True))
    return expr if same else Expr(expr.op, *args)


# -- odd and even --------------------------------------------------------------------------

Signs = Callable[[Expr], frozenset[int]]
"""Whether an expression is odd, even, both (it is 0) or neither."""


def signs_of(found: Trace) -> Signs:
    """What is odd and what even in a rule's formulas.

    A field of the state begins at 0, which is both, and is what its own formula then makes of it.
    """
    known = dict.fromkeys(("params", "grad"), frozenset({ODD}))
    known |= dict.fromkeys(found.state, frozenset({EVEN, ODD}))
    while True:
        signs = signs_from(known)
        after = known | {name: signs(expr) for name, expr in found.state.items()}
        if after == known:
            return signs
        known = after


def signs_from(symbols: dict[str, frozenset[int]]) -> Signs:
    """The same for expressions in symbols of which it is known; any other symbol is even."""
    known: dict[Expr, frozenset[int]] = {}

    def signs(expr: Expr) -> frozenset[int]:
        if expr not in known:
            if expr.op == "symbol":
                known[expr] = symbols.get(expr.name, frozenset({EVEN}))
            elif expr.op == "number":
                known[expr] = frozenset({EVEN, ODD} if expr.number == 0 else {EVEN})
            else:
                known[expr] = sign_of(expr, *map(signs, expr.args))
        return known[expr]

    return signs


def sign_of(expr: Expr, *args: frozenset[int]) -> frozenset[int]:
    """Whether an operation is odd or even, from its parts."""
    even = frozenset({EVEN})
    if expr.op in ("+", "-"):
        return args[0] & args[1]
    if expr.op in ("*", "/"):
        return frozenset((a + b) % 2 for a in args[0] for b in args[1])
    if expr.op == "neg":
        return args[0]
    power = expr.args[1].number if expr.op == "pow" else None
    if power is not None and power % 2 == 1:
        return args[0]
    if expr.op == "abs" or (power is not None and power % 2 == 0):
        return even if args[0] else args[0]
    return even if all(EVEN in each for each in args) else frozenset()


# -- products ------------------------------------------------------------------------------


class Product(NamedTuple):
    """One summand: a sign, what it is multiplied by and what it is divided by."""

    source: Expr
    """The factor that says where to go."""
    sign: int = 1
    over: tuple[Expr, ...] = ()
    under: tuple[Expr, ...] = ()

    def times(self, factor: Expr, stop: Iterable[Expr]) -> Product:
        over, under = factors(factor, stop)
        return self._replace(over=over + self.over, under=self.under + under)

    def divided(self, factor: Expr, stop: Iterable[Expr]) -> Product:
        under, over = factors(factor, stop)
        return self._replace(over=over + self.over, under=self.under + under)

    def coefficient(self) -> Expr:
        """What the source is multiplied by, without the sign."""
        over = multiplied(self.over) if self.over else expression(1)
        return Expr("/", over, multiplied(self.under)) if self.under else over

    def expression(self) -> Expr:
        """The summand as one expression."""
        over = multiplied((*self.over, self.source))
        value = Expr("/", over, multiplied(self.under)) if self.under else over
        return -value if self.sign < 0 else value


def multiplied(parts: Iterable[Expr]) -> Expr:
    """The product of some expressions."""
    return reduce(lambda left, right: Expr("*", left, right), parts)


def factors(expr: Expr, stop: Iterable[Expr]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """What an expression multiplies and what it divides by; what is in `stop` stays whole."""
    if expr in stop or expr.op not in ("*", "/"):
        return ((expr,) if expr.number != 1 else ()), ()
    (over, under), (more, less) = (factors(each, stop) for each in expr.args)
    return (over + more, under + less) if expr.op == "*" else (over + less, under + more)


@dataclass(frozen=True)
class Reading:
    """How the formulas of a rule are read: what is odd, and which parts have names of their own."""

    signs: Signs
    named: frozenset[Expr]

    def odd(self, expr: Expr) -> bool:
        return self.signs(expr) == {ODD}

    def summands(self, expr: Expr, whole: bool = False) -> list[Product]:
        """The products whose sum an expression is, sums in odd factors multiplied out.

        With `whole` only the outermost sum is taken apart.
        """
        if expr.op in ("+", "-", "neg"):
            found = [self.summands(each, whole) for each in expr.args]
            if expr.op != "+":
                found[-1] = [each._replace(sign=-each.sign) for each in found[-1]]
            return [each for part in found for each in part]
        inner = self.along if whole else self.summands
        if expr.op == "*":
            for part, factor in (expr.args, expr.args[::-1]):
                if self.odd(part):
                    return [each.times(factor, self.named) for each in inner(part)]
        if expr.op == "/" and self.odd(expr.args[0]):
            return [each.divided(expr.args[1], self.named) for each in inner(expr.args[0])]
        return [Product(expr)]

    def along(self, expr: Expr) -> list[Product]:
        """The one product of an odd expression in which a sum stays whole."""
        return [Product(expr)] if expr.op in ("+", "-") else self.summands(expr, whole=True)

    def change(self, new: Expr, whole: bool = False) -> list[Product]:
        """The products whose sum is what a step adds to the params."""
        found = self.summands(new, whole)
        for place, each in enumerate(found):
            if each.source.name == "params" and each[1:] == (1, (), ()):
                return found[:place] + found[place + 1 :]
        # Such as a rule that multiplies the params by a little less than 1.
        return [*found, Product(symbol("params"), sign=-1)]

    def own_step(self, new: Expr) -> Product | None:
        """The rule's step without decoupled decay, sums left whole, if it is one product."""
        found = self.change(new, whole=True)
        own = [each for each in found if each.source.name != "params"]
        return own[0] if len(own) == 1 and self.odd(own[0].source) else None


# -- what a formula is made of -------------------------------------------------------------


def symbols_in(expr: Expr) -> set[str]:
    """The names of the symbols that an expression depends on."""
    return {each.name for each in reached(expr) if each.name}


def denominators(found: Trace) -> list[Expr]:
    """What a rule's step divides each parameter by, other than by a remembered number."""
    product = Reading(signs_of(found), frozenset()).own_step(found.new)
    under = product.under if product else ()
    wide = [each for each in under if not symbols_in(each).isdisjoint(found.vectors)]
    return [each for each in wide if each.args]


def decays(found: Trace) -> list[Expr]:
    """The pulls of weight decay: params multiplied by nothing but numbers of the rule."""
    parts = reached(found.new, *found.state.values())
    pulls: dict[Expr, None] = {}
    for expr in parts:
        symbols = [each.name for each in reached(expr) if not each.args and each.name]
        plain = all(each.op == "*" or not each.args for each in reached(expr))
        known = set(symbols) <= {"params", *found.hypers}
        if expr.op == "*" and plain and known and "params" in symbols:
            pulls[expr] = None
    inner = {each for expr in pulls for each in expr.args}
    return [expr for expr in pulls if expr not in inner]
