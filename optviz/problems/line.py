"""The fit of a straight line that the course's workbook starts with: y = a*x + b to 29 samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from optviz.problems.base import ALL, Problem

_ROWS = """
    14 86 28 51 28 29 72 62 84 15 42 62 47 35 9 38 44 99 13 21 28 20 8 64 99 70 27 17 8
"""
X = np.array(_ROWS.split(), float)
Y = 30 + 2 * X


class Line(Problem):
    """The line y = a*x + b through samples; params are (b, a), as on the workbook's tabs.

    The samples are the workbook's 29 unless `x` and `y` give others. The loss is the mean squared
    error of them all. A sample is the index of one of them, and its loss is its squared error:
    each row of a tab takes the gradient of one.
    Shapes: params (2,) or (2, *runs); hess gives (2, 2, *runs); x and y (samples,).
    Raises: ValueError: x and y must be as many numbers each, got 3 and 2
    Source: `graddesc.xlsm`, first edition, all tabs.
    """

    name = "line"
    names = ("b", "a")
    start = np.array([1.0, 1.0])
    window = ((-20.0, 80.0), (0.0, 4.0))
    minima = ((30.0, 2.0),)

    def __init__(self, x: Any = None, y: Any = None):
        self.x, self.y = check_samples(x, y)
        if not (np.array_equal(self.x, X) and np.array_equal(self.y, Y)):
            self.name = f"line through {len(self.x)} samples"
            columns = np.stack([np.ones_like(self.x), self.x], axis=1)
            (b, a), _, rank, _ = np.linalg.lstsq(columns, self.y)
            # Where all samples have the same x, there is no one best line.
            self.minima = ((float(b), float(a)),) if rank == 2 else ()
            self.window = _choose_window(self.x, self.minima)

    def loss(self, params: np.ndarray) -> Any:
        """Return the mean squared error."""
        return np.mean(self._errors(params) ** 2, axis=0)

    def grad(self, params: np.ndarray, sample: Any = ALL) -> np.ndarray:
        """Return the gradient over all samples, or of one."""
        if sample is not ALL:
            x, y = float(self.x[sample]), float(self.y[sample])
            b, a = params
            in_b = 2 * (a * x + b - y)
            return np.array([in_b, x * in_b], params.dtype)
        in_b = 2 * self._errors(params)
        both = np.mean(in_b, axis=0), np.tensordot(self.x / len(self.x), in_b, 1)
        return np.array(both, params.dtype)

    def hess(self, params: np.ndarray) -> np.ndarray:
        """Return the matrix of second derivatives, the same everywhere."""
        mean = self.x.mean()
        entries = 2 * np.array([[1.0, mean], [mean, np.mean(self.x * self.x)]])
        everywhere = entries.reshape(2, 2, *[1] * (params.ndim - 1))
        return np.broadcast_to(everywhere, (2, *params.shape)).astype(params.dtype)

    def sample_loss(self, params: np.ndarray, sample: Any) -> Any:
        """Return the squared error of one sample."""
        if sample is ALL:
            return self.loss(params)
        b, a = params
        return (a * float(self.x[sample]) + b - float(self.y[sample])) ** 2

    has_seeds = False

    def samples(self, steps: int, seed: int) -> Iterator[int]:
        """Return the samples in the order of the sheet, over and over, whatever the seed."""
        return (step % len(self.x) for step in range(steps))

    def _errors(self, params: np.ndarray) -> np.ndarray:
        """Return predicted minus true y, (samples, *runs)."""
        b, a = params
        column = (-1,) + (1,) * (params.ndim - 1)
        return a * self.x.reshape(column) + b - self.y.reshape(column)


def check_samples(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the x and y of the samples as two float arrays that cannot be written to.

    Raises: ValueError: y must be finite numbers, got nan at sample 3
    """
    given = {"x": X if x is None else x, "y": Y if y is None else y}
    out = []
    for name, values in given.items():
        try:
            array = np.array(values, float)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be a list of numbers, got {values!r}") from None
        if array.ndim != 1 or not array.size:
            raise ValueError(f"{name} must be a list of numbers, got one of shape {array.shape}")
        if bad := np.flatnonzero(~np.isfinite(array)).tolist():
            where = f"got {array[bad[0]]:g} at sample {bad[0] + 1}"
            raise ValueError(f"{name} must be finite numbers, {where}")
        array.flags.writeable = False
        out.append(array)
    if len(out[0]) != len(out[1]):
        counts = f"{len(out[0])} and {len(out[1])}"
        raise ValueError(f"x and y must be as many numbers each, got {counts}: give both")
    return out[0], out[1]


def _choose_window(x: np.ndarray, minima: tuple) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return (low, high) of b and of a around the minimum, so that (1, 1) lies inside too.

    An a that is off by one moves the line as far as a b that is off by the size of x.
    """
    b, a = minima[0] if minima else (1.0, 1.0)
    top = float(np.abs(x).max()) or 1.0  # the square of a large x would overflow
    size = top * float(np.sqrt(np.mean((x / top) ** 2))) or 1.0
    reach = max(1.6 * abs(b - 1), 1.6 * abs(a - 1) * size, 1.0)
    return (b - reach, b + reach), (a - 2 * reach / size, a + 2 * reach / size)
