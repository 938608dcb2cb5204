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


COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
"""The operation of each sign that compares; like `both` and `either`, it is 1, 0 or nan."""


def _compare(name):
    holds = getattr(operator, name)
    return lambda u, v: float(holds(u, v)) if u == u and v == v else math.nan


def _compare_arrays(name):
    holds = getattr(np, _OTHER_NAMES[name])
    return lambda u, v: np.where(np.isnan(u) | np.isnan(v), np.nan, holds(u, v))


def _where(condition, u, v):
    """Take u where the condition is 1 and v where it is 0, whatever the other is."""
    return u if condition == 1 else v if condition == 0 else math.nan


def _where_arrays(condition, u, v):
    return np.where(condition == 1, u, np.where(condition == 0, v, np.nan))


def _gate(u, slope):
    """Return the derivative of relu(u): a slope counts where u is positive, and is 0 below."""
    return slope if u > 0 else 0.0 if u < 0 else slope * u


def _gate_arrays(u, slope):
    return np.where(u > 0, slope, np.where(u < 0, 0.0, slope * u))


def _hypot(u, v):
    """Return the length of (u, v); nan for nan, where C takes the length of (inf, nan) for inf.

    By C's own function, as numpy does; Python's differs in the last digit.
    """
    return abs(complex(u, v)) if u == u and v == v else math.nan


def _hypot_arrays(u, v):
    return np.where(np.isnan(u) | np.isnan(v), np.nan, np.hypot(u, v))


def _atan2(u, v):
    """Return the angle of (v, u); nan where both are inf: nobody knows which was the larger."""
    return math.nan if math.isinf(u) and math.isinf(v) else math.atan2(u, v)


def _atan2_arrays(u, v):
    return np.where(np.isinf(u) & np.isinf(v), np.nan, np.arctan2(u, v))


_SCALE, _TINY = 2.0**100, 1e-290
"""What lifts numbers so small that floats hold them with fewer digits."""


def _unit(u, v):
    """Return u / hypot(u, v), the cosine of a direction; it is 1 or -1 where u alone is inf."""
    if math.isinf(u) and math.isfinite(v):
        return math.copysign(1.0, u)
    if abs(u) < _TINY and abs(v) < _TINY:
        u, v = u * _SCALE, v * _SCALE
    return u / _hypot(u, v)


def _unit_arrays(u, v):
    scale = np.where((np.abs(u) < _TINY) & (np.abs(v) < _TINY), _SCALE, 1.0)
    ratio = u * scale / _hypot_arrays(u * scale, v * scale)
    return np.where(np.isinf(u) & np.isfinite(v), np.sign(u), ratio)


def _sigmoid(u):
    """Return 1 / (1 + exp(-u)); both tails keep their digits."""
    tail = math.exp(-abs(u))
    return 1 / (1 + tail) if u >= 0 else tail / (1 + tail)


def _sigmoid_arrays(u):
    tail = np.exp(-np.abs(u))
    return np.where(u >= 0, 1 / (1 + tail), tail / (1 + tail))


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


_SAME = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
_SAME += " exp log log10 log2 sqrt cbrt"
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
    **{name: _compare(name) for name in COMPARISONS.values()},
    "both": lambda u, v: u * v,
    "either": lambda u, v: u if u >= v or u != u else v,
    "where": _where,
    "mod": operator.mod,
    "hypot": _hypot,
    "atan2": _atan2,
    "sigmoid": _sigmoid,
    "relu": lambda u: 0.0 if u <= 0 else u,
    "pick": _pick,
    "gate": _gate,
    "unit": _unit,
    "powlog": _powlog,
    "fade": _fade,
    "share": _share,
}
_OTHER_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_OTHER_NAMES |= {f"a{name}h": f"arc{name}h" for name in ("sin", "cos", "tan")}
_OTHER_NAMES |= {"neg": "negative", "max": "maximum", "min": "minimum"}
_OTHER_NAMES |= {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
_OTHER_NAMES |= {"eq": "equal", "ne": "not_equal", "either": "maximum"}
ARRAYS: dict[str, Callable[..., Any]] = {
    name: getattr(np, _OTHER_NAMES.get(name, name), function) for name, function in FLOATS.items()
} | {
    "pow": _pow_arrays,
    **{name: _compare_arrays(name) for name in COMPARISONS.values()},
    "where": _where_arrays,
    "hypot": _hypot_arrays,
    "atan2": _atan2_arrays,
    "sigmoid": _sigmoid_arrays,
    "relu": lambda u: np.where(u <= 0, 0.0, u),
    "pick": _pick_arrays,
    "gate": _gate_arrays,
    "unit": _unit_arrays,
    "powlog": _powlog_arrays,
    "fade": _fade_arrays,
    "share": _share_arrays,
}
