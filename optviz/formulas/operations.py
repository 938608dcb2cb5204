"""The meaning of each operation of a formula: for Python floats, and for numpy arrays.

Where a float function raises, the numpy one gives the inf or nan that belongs there; so a single
point is tried on floats, which are several times faster, and falls back to numpy.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

ERRORS = (OverflowError, ValueError, ZeroDivisionError)
"""The errors of float functions where numpy gives inf or nan."""


def _pick(u, v, where_more, where_less):
    """Pick one of two derivatives by the larger of u and v; half of each where they tie."""
    if u == v:
        return 0.5 * (where_more + where_less)
    return where_more if u > v else where_less if u < v else math.nan


def _pick_arrays(u, v, where_more, where_less):
    either = np.where(u > v, where_more, where_less)
    tie = np.where(u == v, 0.5 * (where_more + where_less), np.nan)
    return np.where((u > v) | (u < v), either, tie)


def _pow(u, v):
    """Raise to a power; nan for nan, where C takes nan^0 and 1^nan for 1."""
    return math.pow(u, v) if u == u and v == v else math.nan


def _pow_arrays(u, v):
    return np.where(np.isnan(u) | np.isnan(v), np.nan, np.power(u, v))


def _powlog(u, v, count):
    """Return u^v * log(u)^count; where u is 0 the power wins over the logarithm."""
    return 0.0 if u == 0 < v else math.pow(u, v) * math.log(u) ** count


def _powlog_arrays(u, v, count):
    return np.where((u == 0) & (v > 0), 0.0, np.power(u, v) * np.log(u) ** count)


def _fade(u, v):
    return 0.0 if u == 0 and math.isinf(v) else u * v


def _fade_arrays(u, v):
    return np.where((u == 0) & np.isinf(v), 0.0, u * v)


def _share(u, v):
    return 0.0 if math.isinf(v) and u == u else u / v


def _share_arrays(u, v):
    return np.where(np.isinf(v) & ~np.isnan(u), 0.0, u / v)


_SAME = "sin cos tan asin acos atan sinh cosh tanh exp log log10 log2 sqrt"
FLOATS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "neg": operator.neg,
    "pow": _pow,
    **{name: getattr(math, name) for name in _SAME.split()},
    "abs": math.fabs,
    "sign": lambda u: 1.0 if u > 0 else -1.0 if u < 0 else 0.0 * u,
    "floor": lambda u: float(math.floor(u)),
    "ceil": lambda u: float(math.ceil(u)),
    "max": lambda u, v: u if u >= v or u != u else v,
    "min": lambda u, v: u if u <= v or u != u else v,
    "pick": _pick,
    "powlog": _powlog,
    "fade": _fade,
    "share": _share,
}
_OTHER_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_OTHER_NAMES |= {"neg": "negative", "max": "maximum", "min": "minimum"}
ARRAYS: dict[str, Callable[..., Any]] = {
    name: getattr(np, _OTHER_NAMES.get(name, name), function) for name, function in FLOATS.items()
} | {
    "pow": _pow_arrays,
    "pick": _pick_arrays,
    "powlog": _powlog_arrays,
    "fade": _fade_arrays,
    "share": _share_arrays,
}
