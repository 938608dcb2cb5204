"""Planes through a space of many parameters, and the projection of points on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory

COLUMNS = 8192
"""Parameters handled at once, so that temporaries stay small."""
FLAT = 1e-6
"""Directions shorter than this share of the longest one count as none."""


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a*axes[0] + b*axes[1].

    Shapes: origin (n,); axes (2, n), orthonormal
    Units: a and b measure Euclidean distance in parameters
    """

    origin: np.ndarray
    axes: np.ndarray
    how: str
    """How the plane was chosen, in words."""
    share: float | None = None
    """The share of the paths' variance along the axes; None where none was measured."""

    @classmethod
    def through(cls, a: Any, b: Any, c: Any) -> Plane:
        """Return the plane through three points, with its origin at the first.

        Raises: ValueError: the three points lie on one line: a plane needs a third direction
        """
        points = [np.asarray(each, float).ravel() for each in (a, b, c)]
        if len({len(each) for each in points}) > 1:
            raise ValueError(f"the points have {[len(each) for each in points]} parameters")
        check_size(len(points[0]))
        axes = make_orthonormal(points[1] - points[0], points[2] - points[0])
        if len(axes) < 2:
            raise ValueError(
                "the three points are equal or lie on one line, so many planes pass through them: "
                "give a point off the line"
            )
        return cls(points[0], axes, "through three points")

    @classmethod
    def pca(cls, paths: Any, through: Any = None) -> Plane:
        """Return the plane along the two directions in which the paths vary most.

        `paths` is a Trajectory or an array (points, n), or several, which then share one plane.
        It passes through the point `through`; left out, through the end of the path with the
        lowest last loss (of arrays, the first), because the mean, where principal components are
        centered, is a point that no run visited. Axes point the way the first path went.

        Raises: ValueError: all points of the paths are equal: there is no direction to draw
        """
        several = read_paths(paths)
        check_size(several[0].shape[1])
        if through is None:
            given = paths if len(several) > 1 else [paths]
            ends = [float(getattr(each, "losses", [np.inf])[-1]) for each in given]
            through = several[int(np.argmin(np.nan_to_num(ends, nan=np.inf)))][-1]
        axes, share = find_principal_axes(several)
        travel = axes @ (several[0][-1].astype(float) - several[0][0])
        axes = axes * np.where(travel < 0, -1.0, 1.0)[:, None]
        count = "one path" if len(several) == 1 else f"{len(several)} paths together"
        return cls(np.asarray(through, float).ravel(), axes, f"principal axes of {count}", share)

    def point(self, coords: Any) -> np.ndarray:
        """Return the points at plane coordinates: (..., 2) -> (..., n)."""
        return self.origin + np.asarray(coords, float) @ self.axes

    def project(self, points: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest points of the plane, and the distance of the points from it.

        The second is the share of the displacement from the origin that is off the plane: 0 for a
        point on it, 1 for a point whose displacement it does not show at all.

        Shapes: points (k, n) -> coords (k, 2), off (k,)
        """
        points = np.atleast_2d(points)
        coords, lengths = np.zeros((len(points), 2)), np.zeros(len(points))
        for cut in range(0, points.shape[1], COLUMNS):
            columns = slice(cut, cut + COLUMNS)
            shift = points[:, columns] - self.origin[columns]
            # einsum, not BLAS: its threads can make such thin products slower on a busy machine.
            coords += np.einsum("ij,kj->ik", shift, self.axes[:, columns])
            lengths += np.einsum("ij,ij->i", shift, shift)
        on = np.sum(coords**2, axis=1) / np.where(lengths > 0, lengths, np.inf)
        off = np.sqrt(np.clip(1 - on, 0.0, 1.0))
        return coords, np.where(lengths > 0, off, 0.0)


def read_paths(paths: Any) -> list[np.ndarray]:
    """Return the paths as arrays (points, n), from one or several trajectories or arrays.

    Raises: ValueError: a path must be (points, n), got (3,)
    """
    single = isinstance(paths, Trajectory) or (isinstance(paths, np.ndarray) and paths.ndim == 2)
    given: Any = [paths] if single else paths
    several = [np.asarray(getattr(each, "path", each)) for each in given]
    for each in several:
        if each.ndim != 2 or not len(each):
            raise ValueError(f"a path must be (points, n), got {each.shape}")
        if not np.isfinite(each).all():
            raise ValueError("a path must be finite: leave out its last points where it diverged")
    if len({each.shape[1] for each in several}) != 1:
        raise ValueError(f"paths must have equally many parameters: {[p.shape for p in several]}")
    return several


def find_principal_axes(paths: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Return the two principal axes of the points of all paths, and their share of the variance.

    The Gram matrix of the centered points is summed over blocks of parameters: k points of n
    parameters need a (k, k) eigenvalue problem, not an (n, n) one.

    Shapes: each path (points, n) -> axes (2, n)
    """
    count, size = sum(map(len, paths)), paths[0].shape[1]
    gram = np.zeros((count, count))
    for _, block in center_blocks(paths):
        gram += block @ block.T
    values, vectors = np.linalg.eigh(gram)
    if values[-1] <= 0:
        raise ValueError("all points of the paths are equal: there is no direction to draw")
    raw = np.empty((2, size))
    for columns, block in center_blocks(paths):
        raw[:, columns] = vectors[:, :-3:-1].T.astype(block.dtype) @ block
    axes = make_orthonormal(*raw)
    if len(axes) < 2:  # the paths are one line: any direction across it shows all of them
        axes = make_orthonormal(axes[0], np.eye(1, size, int(np.argmin(np.abs(axes[0]))))[0])
    return axes, float(np.clip(values[-2:].sum() / np.trace(gram), 0.0, 1.0))


def center_blocks(paths: list[np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of the points of all paths, less their mean."""
    size = paths[0].shape[1]
    for cut in range(0, size, COLUMNS):
        columns = slice(cut, min(cut + COLUMNS, size))
        block = np.concatenate([each[:, columns] for each in paths])
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


def check_size(size: int) -> None:
    """Refuse too few parameters for a plane."""
    if size < 2:
        raise ValueError(f"a plane needs at least 2 parameters, got {size}: draw its loss curve")
