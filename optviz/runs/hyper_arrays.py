"""Arrays of hyperparameters whose powers are those of single runs, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np


class HyperArray(np.ndarray):
    """A value of a hyperparameter for each of many runs.

    On some processors numpy's powers of arrays differ from those of floats in the last bit; here
    they are those of floats. Results are plain arrays.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        """Apply a ufunc to plain arrays."""
        return getattr(ufunc, method)(*map(make_plain, inputs), **more)

    def __pow__(self, exponent: Any, *_: Any) -> Any:
        """Raise each value to a power."""
        plain = make_plain(self)
        if np.ndim(exponent) or self.dtype != np.float64:
            return plain**exponent
        number = float(exponent)
        powers = [each**number for each in plain.ravel().tolist()]
        return np.array(powers).reshape(plain.shape)


def make_plain(value: Any) -> Any:
    """Return a value, an array of hyperparameters as a plain one."""
    return value.view(np.ndarray) if isinstance(value, HyperArray) else value
