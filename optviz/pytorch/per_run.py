"""Hyperparameters with a value for each run, beside params whose first axis is the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from optviz.rules import Rule


class PerRun:
    """Numbers in double precision, rounded only where they meet a tensor of params.

    So is torch.optim's arithmetic: `1 - beta2` of a Python float is exact to 16 digits where that
    of a float32 tensor is to 4.
    Shapes: values (runs,)
    """

    __array_ufunc__ = None
    """numpy leaves arithmetic with its own arrays and numbers to this class."""

    def __init__(self, values: np.ndarray):
        self.values = values
        self.columns: dict[torch.dtype, Tensor] = {}
        """The numbers as a column of each dtype that was met."""

    def any(self, **_: Any) -> bool:
        """Return True where one of the numbers is not 0; `np.any` asks here."""
        return bool(self.values.any())

    def _combine(self, other: Any, function: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, Tensor):
            if other.dtype not in self.columns:
                self.columns[other.dtype] = torch.as_tensor(self.values, dtype=other.dtype)[:, None]
            return function(self.columns[other.dtype], other)
        other = other.values if isinstance(other, PerRun) else other
        return PerRun(function(self.values, other))

    def __add__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: a + b)

    def __mul__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: a * b)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: b - a)

    def __truediv__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Any:
        return self._combine(other, lambda a, b: a**b)


def map_arrays(rule: Rule, function: Callable[[Any], Any]) -> Any:
    """Return a rule with a function applied to its hyperparameters that are arrays."""
    changes = {}
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            changes[spec.name] = map_arrays(value, function)
        elif np.ndim(value):
            changes[spec.name] = function(value)
    copy = object.__new__(type(rule))  # not checked again: a PerRun is no array
    copy.__dict__.update(rule.__dict__, **changes)
    return copy
