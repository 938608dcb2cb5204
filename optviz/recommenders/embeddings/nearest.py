"""The nearest neighbors of vectors in the full space, and ranks by distance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optviz.problems.batches import split_range
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole

ROWS = 256
"""Rows whose distances to all others are held at once."""


def find_nearest(units: np.ndarray, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each vector of length 1, the rows of the n others with the highest cosines.

    Shapes: units (rows, factors) -> rows and cosines (rows, n), the nearest first
    Raises: ValueError: 10 neighbors need at least 11 rows, got 8
    """
    check_neighbors(n, len(units))
    nearest, cosines = [], []
    for part, similar in compare_rows(units):
        rows = np.arange(len(units))[part]
        similar[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-similar, n - 1, axis=1)[:, :n]
        close = np.take_along_axis(similar, best, axis=1)
        order = np.argsort(-close, axis=1, kind="stable")
        nearest.append(np.take_along_axis(best, order, axis=1))
        cosines.append(np.take_along_axis(close, order, axis=1))
    return np.concatenate(nearest), np.concatenate(cosines)


def compare_rows(units: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield parts of the rows with their products with all rows, (part, rows)."""
    for part in split_range(len(units), ROWS):
        with pin_blas():
            similar = units[part] @ units.T
        yield part, similar


def check_neighbors(n: int, rows: int) -> None:
    """Refuse more neighbors than there are others."""
    if check_whole("n", n) >= rows:
        raise ValueError(f"{n} neighbors need at least {n + 1} rows, got {rows}")
