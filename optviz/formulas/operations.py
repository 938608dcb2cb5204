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


_SAME = "pow sin cos tan asin acos atan sinh cosh tanh exp log log10 log2 sqrt"
FLOATS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "neg": operator.neg,
    **{name: getattr(math, name) for name in _SAME.split()},
    "abs": math.fabs,
    "sign": lambda u: 1.0 if u > 0 else -1.0 if u < 0 else 0.0 * u,
    "floor": lambda u: float(math.floor(u)),
    "ceil": lambda u: float(math.ceil(u)),
    "max": lambda u, v: u if u >= v or u != u else v,
    "min": lambda u, v: u if u <= v or u != u else v,
    "pick": _pick,
}
_OTHER_NAMES = {"pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_OTHER_NAMES |= {"neg": "negative", "max": "maximum", "min": "minimum"}
ARRAYS: dict[str, Callable[..., Any]] = {
    name: getattr(np, _OTHER_NAMES.get(name, name), function) for name, function in FLOATS.items()
} | {"pick": _pick_arrays}
