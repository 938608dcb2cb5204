"""What each operation of a formula means: once for Python floats, once for numpy arrays.

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
"""What a float function raises where numpy gives inf or nan."""


def _sign(u):
    return 1.0 if u > 0 else -1.0 if u < 0 else 0.0 * u


def _max(u, v):
    return u if u >= v or u != u else v


def _min(u, v):
    return u if u <= v or u != u else v


def _pick(u, v, where_more, where_less):
    """One of two derivatives, by which of u and v is the larger; half of each where they tie."""
    if u == v:
        return 0.5 * (where_more + where_less)
    return where_more if u > v else where_less if u < v else math.nan


def _pick_arrays(u, v, where_more, where_less):
    either = np.where(u > v, where_more, where_less)
    tie = np.where(u == v, 0.5 * (where_more + where_less), np.nan)
    return np.where((u > v) | (u < v), either, tie)


_SAME = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
FLOATS: dict[str, Callable[..., Any]] = {
    **_SAME,
    **{name: getattr(math, name) for name in "sin cos tan asin acos atan sinh cosh tanh".split()},
    **{name: getattr(math, name) for name in "exp log log10 log2 sqrt pow".split()},
    "neg": operator.neg,
    "abs": math.fabs,
    "sign": _sign,
    "floor": lambda u: float(math.floor(u)),
    "ceil": lambda u: float(math.ceil(u)),
    "max": _max,
    "min": _min,
    "pick": _pick,
}
ARRAYS: dict[str, Callable[..., Any]] = {
    **_SAME,
    **{name: getattr(np, name) for name in "sin cos tan sinh cosh tanh exp log log10 log2".split()},
    **{name: getattr(np, name) for name in "sqrt abs sign floor ceil".split()},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "pow": np.power,
    "neg": np.negative,
    "max": np.maximum,
    "min": np.minimum,
    "pick": _pick_arrays,
}
