"""The principal axes of paths, and orthonormal axes that span two directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from optviz.runs.blas_threads import pin_blas

COLUMNS = 8192
FAR = 1e12
"""Parameters handled at once, so that temporaries stay small."""
FLAT = 1e-6
"""Directions shorter than this share of the longest one count as none."""


DIVERGED = "diverged"
"""What a recording says of the first step that is not finite, where it is cut before it."""


def drop_diverged(run: Any) -> Any:
    """Return a recording without its points from the first on that is not finite, and say so.

    Other runs, and recordings without a finite point, stay as they are.
    """
    count = getattr(run, "finite", None)
    if count is None or not 0 < count < len(run.step):
        return run
    made = run.pick(slice(count))
    return replace(made, about=made.about | {DIVERGED: int(run.step[count])})


def read_paths(paths: Any) -> list[np.ndarray]:
    """Return the paths as arrays (points, n), from one or several trajectories or arrays.

    Recordings end before their first point that is not finite.

    Raises: ValueError: a path must be (points, n), got (3,)
    """
    single = hasattr(paths, "path") or (isinstance(paths, np.ndarray) and paths.ndim == 2)
    given: Any = [paths] if single else paths
    several = [np.asarray(getattr(drop_diverged(each), "path", each)) for each in given]
    for each in several:
        if each.ndim != 2 or not len(each):
            raise ValueError(f"a path must be (points, n), got {each.shape}")
        check_finite(each)
    if not several:
        raise ValueError("there are no paths: give at least one run or array (points, n)")
    if len({each.shape[1] for each in several}) != 1:
        raise ValueError(f"paths must have equally many parameters: {[p.shape for p in several]}")
    return several


def check_finite(path: np.ndarray) -> None:
    """Refuse a path (points, n) that is not finite.

    Raises: ValueError: a path must be finite: leave out its last points where it diverged: [:12]
    """
    rows = max(1, COLUMNS**2 // max(1, path.shape[1]))  # a long one in a file is not read whole
    for cut in range(0, len(path), rows):
        is_finite = np.isfinite(path[cut : cut + rows]).all(axis=1)
        if not is_finite.all():
            first = cut + int(np.argmin(is_finite))
            way = f", path[:{first}] keeps those before" if first else "; none of its points is"
            raise ValueError(
                f"a path must be finite: leave out its last points where it diverged{way}"
            )


def find_principal_axes(paths: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Return the two principal axes of the points of all paths, and their share of the variance.

    The Gram matrix of the centered points is summed over blocks of parameters: k points of n
    parameters need a (k, k) eigenvalue problem, not an (n, n) one.

    Shapes: each path (points, n) -> axes (2, n)
    """
    count, size = sum(map(len, paths)), paths[0].shape[1]
    if count == 1:
        raise ValueError(
            "the path has one finite point and so no direction to draw: record or run at least one "
            "step more"
        )
    gram, raw = np.zeros((count, count)), np.empty((2, size))
    with pin_blas():
        for _, block in center_blocks(paths):
            gram += block @ block.T
        values, vectors = np.linalg.eigh(gram)
        if values[-1] <= 0:
            raise ValueError("all points of the paths are equal: there is no direction to draw")
        for columns, block in center_blocks(paths):
            raw[:, columns] = vectors[:, :-3:-1].T.astype(block.dtype) @ block
    axes = make_orthonormal(*raw)
    if len(axes) < 2:  # the paths are one line: any direction across it shows all of them
        axes = make_orthonormal(axes[0], np.eye(1, size, int(np.argmin(np.abs(axes[0]))))[0])
    return axes, float(np.clip(values[-2:].sum() / np.trace(gram), 0.0, 1.0))


def center_blocks(paths: list[np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of the points of all paths, less their mean.

    Those of a run that went far are made smaller, all alike: their squares would overflow.
    """
    size = paths[0].shape[1]
    far = max(float(np.abs(each[-1]).max(initial=0.0)) for each in paths)
    for cut in range(0, size, COLUMNS):
        columns = slice(cut, min(cut + COLUMNS, size))
        block = np.concatenate([each[:, columns] for each in paths])
        if far > FAR:
            block = block.astype(float) / far
        yield columns, block - block.mean(axis=0, dtype=float).astype(block.dtype)


def make_orthonormal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return orthonormal axes that span both directions: (2, n), or fewer if parallel."""
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    longest = max(lengths)
    if longest == 0 or not np.isfinite(longest):
        return np.empty((0, len(first)))
    if lengths[0] <= FLAT * longest:
        return np.stack([second / lengths[1]])
    axis = first / lengths[0]
    rest = second - axis * np.sum(axis * second)
    rest -= axis * np.sum(axis * rest)  # again: the first time leaves rounding behind
    length = np.linalg.norm(rest)
    return np.stack([axis, rest / length] if length > FLAT * longest else [axis])
