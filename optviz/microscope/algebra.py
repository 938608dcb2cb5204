"""The algebra of a rule's step: the sum it is made of, and the scale of the gradient in it.

All of it follows from one property. Were every gradient, average of gradients and parameter to
change its sign, a rule's step would too: such a quantity is odd, and says where to go. Squares,
their averages and counts stay as they are: they are even, and say how far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import NamedTuple

from optviz.formulas.expressions import OPERATIONS, Expr, make_symbol, to_expression
from optviz.specs import unwrap_rule
from optviz.tracing import Trace, find_parts, find_symbols

NEUTRAL = {"+": (0, 0), "-": (None, 0), "*": (1, 1), "/": (None, 1)}
"""The number that does nothing on the left and on the right of an operation."""


def simplify(traced: Trace) -> Trace:
    """Return the formulas without what does nothing: a factor 1, a term 0, a setting that is off.

    A setting is off where it is 0 and so by default. Every value stays the same to the last bit.
    """
    inner = unwrap_rule(traced.rule)
    off = {
        spec.name
        for spec in fields(inner)  # type: ignore[arg-type]
        if spec.default == 0 and not isinstance(spec.default, bool)
        if getattr(inner, spec.name) == 0
    }
    known: dict[Expr, Expr] = {}  # parts in common stay in common

    def visit(expr: Expr) -> Expr:
        if expr not in known:
            args = tuple(map(visit, expr.args))
            known[expr] = to_expression(0) if expr.name in off else _simplify_operation(expr, args)
        return known[expr]

    steps = [(name, visit(expr)) for name, expr in traced.steps]
    return replace(
        traced,
        steps=tuple((name, expr) for name, expr in steps if expr.args),
        new=visit(traced.new),
        state={name: visit(expr) for name, expr in traced.state.items()},
    )


def _simplify_operation(expr: Expr, args: tuple[Expr, ...]) -> Expr:
    """Return an operation on simpler parts."""
    if not args:
        return expr
    numbers = [each.number for each in args]
    if None not in numbers:
        return to_expression(OPERATIONS[expr.op](*numbers))
    if expr.op == "*" and 0 in numbers:
        return to_expression(0)
    for place, number in enumerate(NEUTRAL.get(expr.op, ())):
        if number is not None and numbers[place] == number:
            return args[1 - place]
    same = all(a is b for a, b in zip(args, expr.args, strict=True))
    return expr if same else Expr(expr.op, *args)


Parity = frozenset[int]
"""Odd, even, both (of 0) or neither."""
EVEN, ODD = frozenset({0}), frozenset({1})
NEITHER, BOTH = EVEN & ODD, EVEN | ODD


def find_parities(traced: Trace) -> Callable[[Expr], Parity]:
    """Return a function that tells the parity of an expression in a rule's formulas.

    A field of the state begins at 0, which is both, and is what its own formula then makes of it.
    """
    symbols = {"params": ODD, "grad": ODD} | dict.fromkeys(traced.state, BOTH)
    while True:
        known: dict[Expr, Parity] = {}

        def find(expr: Expr, symbols=symbols, known=known) -> Parity:
            if expr not in known:
                if expr.op == "symbol":
                    known[expr] = symbols.get(expr.name, EVEN)
                elif expr.op == "number":
                    known[expr] = BOTH if expr.number == 0 else EVEN
                else:
                    known[expr] = combine_parities(expr, *map(find, expr.args))
            return known[expr]

        after = symbols | {name: find(expr) for name, expr in traced.state.items()}
        if after == symbols:
            return find
        symbols = after


def combine_parities(expr: Expr, *args: Parity) -> Parity:
    """Return the parity of an operation, from those of its parts."""
    if expr.op in ("+", "-"):
        return args[0] & args[1]
    if expr.op in ("*", "/"):
        return frozenset((a + b) % 2 for a in args[0] for b in args[1])
    power = expr.args[1].number if expr.op == "pow" else None
    if expr.op == "neg" or (power is not None and power % 2 == 1):
        return args[0]
    if expr.op == "abs" or (power is not None and power % 2 == 0):
        return EVEN if args[0] else NEITHER
    return EVEN if all(each >= EVEN for each in args) else NEITHER


class Product(NamedTuple):
    """One summand: a sign, what it is multiplied by and what it is divided by."""

    source: Expr
    """The factor that says where to go."""
    sign: int = 1
    over: tuple[Expr, ...] = ()
    under: tuple[Expr, ...] = ()

    def multiply(self, factor: Expr, whole: Iterable[Expr], *, divide: bool = False) -> Product:
        """Return the product times a factor, or divided by it; see `split_factors`."""
        over, under = split_factors(factor, whole)
        if divide:
            over, under = under, over
        return self._replace(over=over + self.over, under=self.under + under)

    def to_expression(self) -> Expr:
        """Return the summand as one expression."""
        value = divide_products((*self.over, self.source), self.under)
        return -value if self.sign < 0 else value


def divide_products(over: tuple[Expr, ...], under: tuple[Expr, ...]) -> Expr:
    """Return the product of some expressions over that of others."""
    top, bottom = (
        reduce(lambda left, right: Expr("*", left, right), parts or (to_expression(1),))
        for parts in (over, under)
    )
    return Expr("/", top, bottom) if under else top


def split_factors(expr: Expr, whole: Iterable[Expr]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """Split an expression into what it multiplies and divides by; those in `whole` stay so."""
    if expr in whole or expr.op not in ("*", "/"):
        return ((expr,) if expr.number != 1 else ()), ()
    (over, under), (more, less) = (split_factors(each, whole) for each in expr.args)
    return (over + more, under + less) if expr.op == "*" else (over + less, under + more)


@dataclass(frozen=True)
class Reading:
    """A way to read the formulas of a rule: what is odd, and which parts have their own names."""

    find_parity: Callable[[Expr], Parity]
    named: frozenset[Expr]

    def split_sum(self, expr: Expr, whole: bool = False) -> list[Product]:
        """Split an expression into products that add up to it; `whole` keeps the inner sums."""
        if expr.op in ("+", "-", "neg"):
            found = [self.split_sum(each, whole) for each in expr.args]
            if expr.op != "+":
                found[-1] = [each._replace(sign=-each.sign) for each in found[-1]]
            return [each for part in found for each in part]
        if expr.op in ("*", "/"):
            # The odd factor says where to go; a divisor never does.
            ways = (expr.args, expr.args[::-1]) if expr.op == "*" else (expr.args,)
            for part, factor in ways:
                if self.find_parity(part) == ODD:
                    stays = whole and part.op in ("+", "-")
                    inner = [Product(part)] if stays else self.split_sum(part, whole)
                    divide = expr.op == "/"
                    return [each.multiply(factor, self.named, divide=divide) for each in inner]
        return [Product(expr)]

    def find_change(self, new: Expr, whole: bool = False) -> list[Product]:
        """Return the products whose sum is what a step adds to the params."""
        found = self.split_sum(new, whole)
        for place, each in enumerate(found):
            if each.source.name == "params" and each[1:] == (1, (), ()):
                return found[:place] + found[place + 1 :]
        # Such as a rule that multiplies the params by a little less than 1.
        return [*found, Product(make_symbol("params"), sign=-1)]

    def find_own_step(self, new: Expr) -> Product | None:
        """Return the rule's step without decoupled decay, sums left whole, if it is one product."""
        found = self.find_change(new, whole=True)
        own = [each for each in found if each.source.name != "params"]
        return own[0] if len(own) == 1 and self.find_parity(own[0].source) == ODD else None


def find_denominators(traced: Trace) -> list[Expr]:
    """Return what a rule's step divides each parameter by, other than by a remembered number."""
    product = Reading(find_parities(traced), frozenset()).find_own_step(traced.new)
    under = product.under if product else ()
    return [
        each for each in under if each.args and not find_symbols(each).isdisjoint(traced.vectors)
    ]


def find_decays(traced: Trace) -> list[Expr]:
    """Return the pulls of weight decay: params multiplied by nothing but numbers of the rule."""
    pulls = []
    for expr in find_parts(traced.new, *traced.state.values()):
        symbols = find_symbols(expr)
        is_product = all(each.op == "*" or not each.args for each in find_parts(expr))
        if expr.args and is_product and "params" in symbols <= {"params", *traced.hypers}:
            pulls.append(expr)
    inner = {each for expr in pulls for each in expr.args}
    return [expr for expr in pulls if expr not in inner]
