"""Exact derivatives by forward mode: every node hands on its value, gradient and Hessian.

These are terms on a tape, where equal terms are one. The work is linear in the length of the
formula, so nothing that a person types can hang it, as symbolic differentiation can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from optviz.formulas.parsing import CONDITIONS, Node
from optviz.formulas.terms import Tape, Term

SECOND = ((0, 0), (0, 1), (1, 1))
"""The entries of a Hessian in x and y that a code returns: fxx, fxy, fyy."""


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
    "asinh": lambda u, _w: _bend_inward(u, 1 / u.tape.lift(1.0).call("hypot", u)),
    "acosh": lambda u, _w: _bend_inward(u, 1 / ((u - 1).call("sqrt") * (u + 1).call("sqrt"))),
    "atanh": lambda u, _w: (1 / ((1 - u) * (1 + u)), 2 * u, 2),
    "sigmoid": lambda u, w: (w * (-u).call("sigmoid"), -(0.5 * u).call("tanh"), 1),
    "exp": lambda _u, w: (w, 1.0, 1),
    "log": lambda u, _w: (1 / u, -1.0, 2),
    "log10": lambda u, _w: (1 / math.log(10) / u, -math.log(10), 2),
    "log2": lambda u, _w: (1 / math.log(2) / u, -math.log(2), 2),
    "sqrt": lambda _u, w: (0.5 / w, -1 / w, 2),
    "cbrt": lambda _u, w: (1 / 3 / (w * w), -2 / w, 2),
    "abs": lambda u, _w: (u.call("sign"), 0.0, 0),
    "sign": lambda _u, _w: (0.0, 0.0, 0),
    "floor": lambda _u, _w: (0.0, 0.0, 0),
    "ceil": lambda _u, _w: (0.0, 0.0, 0),
}
"""By function: (u, its value) -> its slope f' at u, its bend b and k with f'' = b * slope**k.

With the slopes taken out nothing overflows on the way to a second derivative that is a float.
"""
FADING = ("exp", "tanh", "atan", "sigmoid")
"""The functions whose slope is 0 only where it is too small for a float."""


def _square(u: Term) -> Term:
    return u * u


def _invert_sine(u: Term, sign: float = 1.0) -> tuple[Term, Term, int]:
    slope = sign / ((1 - u) * (1 + u)).call("sqrt")  # keeps its digits near 1
    return slope, u * slope, 2


def _bend_inward(u: Term, slope: Term) -> tuple[Term, Term, int]:
    return slope, -(u * slope), 2


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


def _decide(op: str, u: Jet, v: Jet) -> Jet:
    return _make_leaf(u.value.call(op, v.value))


def _where(condition: Jet, u: Jet, v: Jet) -> Jet:
    """Differentiate a choice: the derivatives of the branch that is taken, and nothing else."""
    value = condition.value.call("where", u.value, v.value)
    first, second = (
        tuple(
            a if a is b else condition.value.call("where", a, b)
            for a, b in zip(*sides, strict=True)
        )
        for sides in ((u.first, v.first), (u.second, v.second))
    )
    return Jet(value, first, second)


def _rectify(u: Jet) -> Jet:
    first, second = (
        tuple(d if d.number == 0 else u.value.call("gate", d) for d in derivatives)
        for derivatives in (u.first, u.second)
    )
    return Jet(u.value.call("relu"), first, second)


def _take_remainder(u: Jet, v: Jet) -> Jet:
    """Differentiate u - v*floor(u/v): between its jumps the floor is a constant."""
    value = u.value.call("mod", v.value)
    whole = ((u.value - value) / v.value + 0.5).call("floor")
    first, second = (
        tuple(a - whole * b for a, b in zip(*sides, strict=True))
        for sides in ((u.first, v.first), (u.second, v.second))
    )
    return Jet(value, first, second)


def _find_polar(op: str, u: Jet, v: Jet) -> Jet:
    """Differentiate hypot(u, v) or atan2(u, v), by how (u, v) moves along itself and across.

    Along it the length grows, across it the angle; only the direction, which has length 1, is
    squared, so that nothing overflows.
    """
    value, length = u.value.call(op, v.value), u.value.call("hypot", v.value)
    p, q = u.value.call("unit", v.value), v.value.call("unit", u.value)
    pairs = list(zip(u.first, v.first, strict=True))
    bends = list(zip(u.second, v.second, strict=True))
    if op == "hypot":
        across = [q * a - p * b for a, b in pairs]
        first = [p * a + q * b for a, b in pairs]
        second = [
            across[i] / length * across[j] + (p * a + q * b)
            for (i, j), (a, b) in zip(SECOND, bends, strict=True)
        ]
        return Jet(value, tuple(first), tuple(second))
    first = [(q.fade(a) - p.fade(b)).share(length) for a, b in pairs]
    growth = [(p.fade(a) + q.fade(b)).share(length) for a, b in pairs]
    second = [
        (q.fade(a) - p.fade(b)).share(length) - (first[i] * growth[j] + first[j] * growth[i])
        for (i, j), (a, b) in zip(SECOND, bends, strict=True)
    ]
    return Jet(value, tuple(first), tuple(second))


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


OPERATORS: dict[str, Callable[..., Jet]] = {
    **{op: partial(_add, op) for op in ("+", "-")},
    **{op: partial(_choose, op) for op in ("max", "min")},
    **{op: partial(_find_polar, op) for op in ("hypot", "atan2")},
    **{op: partial(_decide, op) for op in CONDITIONS},
    "*": _multiply,
    "/": _divide,
    "^": _raise,
    "mod": _take_remainder,
    "relu": _rectify,
    "where": _where,
}


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
        elif node.op in OPERATORS:
            jet = OPERATORS[node.op](*args)
        else:
            jet = _apply_function(node.op, *args)
        jets.append(jet)
    return jets[-1]
