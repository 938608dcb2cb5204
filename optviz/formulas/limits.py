"""Derivatives at single points where the chain rule meets 0 times infinity: limits of differences.

cos(sqrt(x^2 + y^2)) is smooth at 0, though the root in it is not. There the value is taken beside
the point with so many digits that differences of it are as exact as derivatives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from math import nan
from threading import Lock
from typing import Any

import mpmath

from optviz.formulas.derivatives import SECOND
from optviz.formulas.operations import COMPARISONS
from optviz.formulas.terms import Term, find_needed_terms

DIGITS, MORE_DIGITS = 300, 1000
"""Of the values; the more for points nearer to an axis than TINY, which take smaller steps."""
TINY = 1e-60
STEPS = ("1e-20", "1e-40")
"""The steps of the differences, in units of the coordinate (of 1 at 0): a derivative exists where
both agree, or shrink together."""
CLOSE, SMALL, SHRUNK, NOISE = 1e-9, 1e-5, 1e-3, 1e-100
LARGEST = 1e6
"""The largest argument of exp, in size; beyond it the work would grow with the argument."""
FARTHEST = 1e300
"""The largest argument of a sine; beyond it no float can tell its digits."""


@cache
def make_context(digits: int) -> tuple[Any, dict[str, Callable[..., Any]]]:
    """Return a context of many digits and the operations of a formula in it."""
    mp: Any = mpmath.mp.clone()
    mp.dps = digits

    def exp(u: Any) -> Any:
        return mp.exp(u) if abs(u) < LARGEST else mp.inf if u > 0 else mp.zero

    def power(u: Any, v: Any) -> Any:
        if u == 0 or abs(v * mp.ln(abs(u))) < LARGEST:
            return mp.power(u, v)
        return mp.nan if u < 0 else exp(v * mp.ln(u))

    def bound(wave: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda u: wave(u) if abs(u) < FARTHEST else mp.nan

    operations: dict[str, Callable[..., Any]] = {
        name: getattr(mp, name)
        for name in (
            *("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2", "hypot"),
            *("log10", "sqrt", "sign", "floor", "ceil"),
        )
    }
    operations |= {
        name: partial(lambda holds, u, v: mp.mpf(holds(u, v)), getattr(operator, name))
        for name in COMPARISONS.values()
    }
    operations |= {name: bound(getattr(mp, name)) for name in ("sin", "cos", "tan")}
    operations |= {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "neg": operator.neg,
        "pow": power,
        "exp": exp,
        "sinh": lambda u: (exp(u) - exp(-u)) / 2,
        "cosh": lambda u: (exp(u) + exp(-u)) / 2,
        "tanh": lambda u: mp.tanh(u) if abs(u) < LARGEST else mp.sign(u),
        "abs": mp.fabs,
        "log": mp.ln,
        "log2": lambda u: mp.log(u, 2),
        "cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u)),
        "sigmoid": lambda u: 1 / (1 + exp(-u)),
        "relu": lambda u: max(u, mp.zero),
        "mod": lambda u, v: u - v * mp.floor(u / v) if abs(u) < FARTHEST * abs(v) else mp.nan,
        "both": operator.mul,
        "either": max,
        "max": max,
        "min": min,
    }
    return mp, operations


ONE_AT_A_TIME = Lock()
"""A context raises its precision for a while, which another thread must not meet."""


@lru_cache(maxsize=4096)
def find_limits(value: Term, order: int, *point: float) -> tuple[float, ...]:
    """Return the first or second derivatives of a term; nan for each that does not exist.

    `point` is x, y and the values of the parameters.
    """
    with ONE_AT_A_TIME:
        near = Neighborhood(value, point)
        if order == 1:
            return near.find_slope(0), near.find_slope(1)
        return tuple(near.find_bend(i, j) for i, j in SECOND)


class Neighborhood:
    """The values of a term at a point and a few steps beside it, with many digits."""

    def __init__(self, value: Term, point: Sequence[float]):
        is_tiny = any(0 < abs(each) < TINY for each in point[:2])
        self.mp, self.operations = make_context(MORE_DIGITS if is_tiny else DIGITS)
        self.terms = find_needed_terms([value])
        self.names = ["x", "y", *(f"p{k}" for k in range(len(point) - 2))]
        self.center = [self.mp.mpf(each) for each in point]
        self.scale = [abs(each) or self.mp.one for each in self.center[:2]]
        self.steps = [self.mp.mpf(each) for each in STEPS]
        self.compute = cache(self._compute)
        self.taken: dict[Term, Term] = {}
        """The branch of each `where` at the point, which is that beside it too."""
        self._compute(0, 0, self.mp.zero)

    def _compute(self, i: int, j: int, step: Any) -> Any:
        """Return the value i and j steps beside the point, nan where it has none."""
        (x, y), (x_scale, y_scale) = self.center[:2], self.scale
        moved = [x + i * step * x_scale, y + j * step * y_scale, *self.center[2:]]
        inputs, known = dict(zip(self.names, moved, strict=True)), {}
        for each in self.terms:
            if each.op == "input":
                known[each] = inputs[each.args[0]]
            elif each.number is not None:
                known[each] = self.mp.mpf(each.number)
            elif each.op == "where":
                branch = each.args[1 if known[each.args[0]] else 2]
                is_known = not self.mp.isnan(known[each.args[0]])
                known[each] = (
                    known[self.taken.setdefault(each, branch)] if is_known else self.mp.nan
                )
            else:
                known[each] = self._operate(each.op, [known[arg] for arg in each.args])
        return known[self.terms[-1]]

    def _operate(self, op: str, args: Sequence[Any]) -> Any:
        """Compute one operation; nan where it has no value, or one that is not a real number."""
        if any(map(self.mp.isnan, args)):
            return self.mp.nan
        try:
            found = self.operations[op](*args)
        except (ValueError, ZeroDivisionError, OverflowError):
            return self.mp.nan
        return self.mp.nan if isinstance(found, self.mp.mpc) else found

    def find_slope(self, axis: int) -> float:
        """Return the derivative along an axis: of both sides, or of the one that has values."""
        sides = []
        for sign in (1, -1):
            place = (sign, 0) if axis == 0 else (0, sign)
            rises = [self.compute(*place, step) - self.compute(0, 0, step) for step in self.steps]
            if not any(map(self.mp.isnan, rises)):
                pairs = zip(rises, self.steps, strict=True)
                sides.append(settle([sign * rise / h / self.scale[axis] for rise, h in pairs]))
        agree = sides and abs(sides[0] - sides[-1]) <= CLOSE * abs(sides[0])  # never with nan
        return sides[0] if agree else nan

    def find_bend(self, i: int, j: int) -> float:
        """Return the second derivative along two axes, or twice along one."""
        tried = []
        for step in self.steps:
            at = partial(self.compute, step=step)
            if i != j:
                rise = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
            elif i == 0:
                rise = at(1, 0) - 2 * at(0, 0) + at(-1, 0)
            else:
                rise = at(0, 1) - 2 * at(0, 0) + at(0, -1)
            tried.append(rise / step / step / self.scale[i] / self.scale[j])
        return settle(tried)


def settle(tried: Sequence[Any]) -> float:
    """Return the number that the quotients of smaller and smaller steps settle on."""
    coarse, fine = tried
    if abs(fine - coarse) <= CLOSE * max(abs(fine), abs(coarse)):
        return float(fine)
    vanishes = abs(coarse) < SMALL and (abs(fine) <= SHRUNK * abs(coarse) or abs(fine) < NOISE)
    return 0.0 if vanishes else nan
