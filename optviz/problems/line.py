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
    """The line y = a*x + b through the workbook's samples; params are (b, a), as on its tabs.

    The loss is the mean squared error of the 29 samples. A sample is the index of one of them,
    and its loss is its squared error: each row of a tab takes the gradient of one.
    Shapes: params (2,) or (2, *runs); hess gives (2, 2, *runs).
    Source: `graddesc.xlsm`, first edition, all tabs.
    """

    name = "line"
    names = ("b", "a")
    start = np.array([1.0, 1.0])
    window = ((-20.0, 80.0), (0.0, 4.0))
    minima = ((30.0, 2.0),)

    def loss(self, params: np.ndarray) -> Any:
        return np.mean(_errors(params) ** 2, axis=0)

    def grad(self, params: np.ndarray, sample: Any = ALL) -> np.ndarray:
        if sample is not ALL:
            x, y = float(X[sample]), float(Y[sample])
            b, a = params
            in_b = 2 * (a * x + b - y)
            return np.array([in_b, x * in_b], params.dtype)
        in_b = 2 * _errors(params)
        both = np.mean(in_b, axis=0), np.tensordot(X / len(X), in_b, 1)
        return np.array(both, params.dtype)

    def hess(self, params: np.ndarray) -> np.ndarray:
        entries = 2 * np.array([[1.0, X.mean()], [X.mean(), np.mean(X * X)]])
        everywhere = entries.reshape(2, 2, *[1] * (params.ndim - 1))
        return np.broadcast_to(everywhere, (2, *params.shape)).astype(params.dtype)

    def sample_loss(self, params: np.ndarray, sample: Any) -> Any:
        """The squared error of one sample."""
        if sample is ALL:
            return self.loss(params)
        b, a = params
        return (a * float(X[sample]) + b - float(Y[sample])) ** 2

    def samples(self, steps: int, seed: int) -> Iterator[int]:
        """The samples in the order of the sheet, over and over, whatever the seed."""
        return (step % len(X) for step in range(steps))


def _errors(params: np.ndarray) -> np.ndarray:
    """Predicted minus true y, (29, *runs)."""
    b, a = params
    column = (-1,) + (1,) * (params.ndim - 1)
    return a * X.reshape(column) + b - Y.reshape(column)
