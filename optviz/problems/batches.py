"""Mini-batches and other parts of data, and functions of one run over many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def shuffle_batches(rows: int, batch: int, steps: int, seed: Any) -> Iterator[np.ndarray]:
    """Yield the row numbers of each step's mini-batch; an epoch's last batch may be smaller."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < steps:
        order = rng.permutation(rows)
        for cut in range(0, rows, batch)[: steps - made]:
            yield order[cut : cut + batch]
            made += 1


def split_range(total: int, size: int) -> Iterator[slice]:
    """Split `total` into slices of at most `size`."""
    return (slice(cut, min(cut + size, total)) for cut in range(0, total, size))


def map_runs(function: Any, params: np.ndarray, *more: Any) -> np.ndarray:
    """Apply a function to each run of params (n, *runs) and stack its results along the runs."""
    columns = params.reshape(len(params), -1).T
    out = np.stack([function(np.ascontiguousarray(run), *more) for run in columns], axis=-1)
    return out.reshape(*out.shape[:-1], *params.shape[1:])
