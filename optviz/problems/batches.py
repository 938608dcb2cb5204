"""Mini-batches and other parts of data, and functions of one run over many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def shuffle_batches(
    rows: int | np.ndarray, batch: int, steps: int, seed: Any
) -> Iterator[np.ndarray]:
    """Yield the row numbers of each step's mini-batch; an epoch's last batch may be smaller.

    `rows` is how many there are, or their numbers. A row number takes four bytes where it can.
    """
    rng = np.random.default_rng(seed)
    if not isinstance(rows, np.ndarray):
        rows = count_rows(rows)
    order, made = rows.copy(), 0
    while made < steps:
        order[:] = rows
        rng.shuffle(order)
        for cut in range(0, len(rows), batch)[: steps - made]:
            yield order[cut : cut + batch].copy()  # the next epoch shuffles these in place
            made += 1


def count_rows(count: int) -> np.ndarray:
    """Return the row numbers 0, 1, ..., in four bytes each where they fit."""
    return np.arange(count, dtype=np.int32 if count <= np.iinfo(np.int32).max else np.int64)


def split_range(total: int, size: int) -> Iterator[slice]:
    """Split `total` into slices of at most `size`."""
    return (slice(cut, min(cut + size, total)) for cut in range(0, total, size))


def map_runs(function: Any, params: np.ndarray, *more: Any) -> np.ndarray:
    """Apply a function to each run of params (n, *runs) and stack its results along the runs."""
    columns = params.reshape(len(params), -1).T
    out = np.stack([function(np.ascontiguousarray(run), *more) for run in columns], axis=-1)
    return out.reshape(*out.shape[:-1], *params.shape[1:])
