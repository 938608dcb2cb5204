"""The trust that a picture deserves: how far it keeps the neighborhoods of the full space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optviz.recommenders.embeddings.nearest import compare_rows
from optviz.runs.loop import check_whole

NEAREST = 10
"""Neighbors by which a picture is judged."""


@dataclass(frozen=True, eq=False)
class Trust:
    """The preservation of neighborhoods, of each row and of the whole picture.

    Shapes: scores and kept (rows,)
    Source: Venna and Kaski 2001, "Neighborhood preservation in nonlinear projection methods".
    """

    scores: np.ndarray
    """Of each row: 1 where its neighbors in the picture are near in the full space too, 0 where
    they are the farthest."""
    kept: np.ndarray
    """The share of each row's nearest neighbors that are among its nearest in the picture."""
    nearest: int
    """The number of nearest neighbors that was asked for."""

    @property
    def trustworthiness(self) -> float:
        """The mean score; points strewn at random have about .5."""
        return float(self.scores.mean())

    @property
    def share(self) -> float:
        """The mean share of nearest neighbors that the picture keeps."""
        return float(self.kept.mean())

    @property
    def chance(self) -> float:
        """The share that points strewn at random would keep."""
        return self.nearest / (len(self.kept) - 1)

    def words(self) -> str:
        """Return both numbers in a sentence."""
        return (
            f"Trust {self.trustworthiness:.2f} (1: no false neighbor, .5: random); of the "
            f"{self.nearest} nearest in the full space the picture keeps {self.share:.0%} "
            f"(random: {self.chance:.0%})."
        )


def measure_trust(units: np.ndarray, points: np.ndarray, nearest: int = NEAREST) -> Trust:
    """Return how far the points of a picture keep the neighborhoods of vectors of length 1.

    Near means a high cosine in the full space, a small distance in the picture.

    Shapes: units (rows, factors); points (rows, dims)
    Raises: ValueError: nearest must be below half of the 12 rows, got 10
    """
    rows, nearest = len(units), check_whole("nearest", nearest)
    if len(points) != rows:
        raise ValueError(f"points must be as many as vectors ({rows}), got {len(points)}")
    if 2 * nearest >= rows:
        raise ValueError(f"nearest must be below half of the {rows} rows, got {nearest}")
    scores, kept = np.empty(rows), np.empty(rows)
    worst = nearest * (2 * rows - 3 * nearest - 1) / 2
    for part, similar in compare_rows(units):
        drawn = leave_out_self(measure_distances(points, part), part)
        near = np.argpartition(drawn, nearest - 1, axis=1)[:, :nearest]
        ranks = rank_columns(leave_out_self(-similar, part), near)
        scores[part] = 1 - np.maximum(ranks - nearest, 0).sum(axis=1) / worst
        kept[part] = (ranks <= nearest).sum(axis=1) / nearest
    return Trust(scores, kept, nearest)


def measure_distances(points: np.ndarray, part: slice) -> np.ndarray:
    """Return the squared distances of some points to all, (part, rows)."""
    return np.square(points[part, None] - points).sum(axis=2)


def leave_out_self(distances: np.ndarray, part: slice) -> np.ndarray:
    """Return the distances of some rows with each row's own, in place, beyond all others."""
    count, rows = distances.shape
    distances[np.arange(count), np.arange(rows)[part]] = np.inf
    return distances


def rank_columns(distances: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the ranks, from 1, of some columns of each row; equal ones share their mean rank.

    Shapes: distances (part, rows); columns (part, k) -> (part, k)
    """
    own = np.take_along_axis(distances, columns, axis=1)
    ranks = np.empty(columns.shape)
    for place in range(columns.shape[1]):
        value = own[:, place, None]
        less, equal = (distances < value).sum(axis=1), (distances == value).sum(axis=1)
        ranks[:, place] = less + (equal + 1) / 2
    return ranks
