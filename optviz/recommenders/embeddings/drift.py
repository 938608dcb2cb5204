"""The drift of embeddings over a training: one point a frame, aligned so that it does not flip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.embeddings.projections import check_dims, find_principal_axes
from optviz.recommenders.embeddings.vectors import (
    SIDES,
    Vectors,
    count_ratings,
    count_words,
    read_tables,
    read_vectors,
)
from optviz.recommenders.training.record import Training
from optviz.runs.blas_threads import pin_blas

MOST = 200
"""Movies that are drawn, those with most ratings: a film of more is a swarm."""
FRAMES = 60
"""Frames at most; a longer path is thinned."""


@dataclass(frozen=True, eq=False)
class Drift:
    """The movies (or users) of a training at some of its steps, in the plane of its end.

    A dot product does not change where both its tables are turned or mirrored, so such a turn is no
    movement: each frame is turned to lie on the next one as well as it can (orthogonal Procrustes,
    over all movies with a training rating), the last one stands.

    Shapes: points (frames, rows, 2); step, losses, sizes, shares, turns (frames,)
    """

    vectors: Vectors
    """The rows at the end."""
    points: np.ndarray
    step: np.ndarray
    losses: np.ndarray
    """The loss over all training ratings at each frame."""
    shares: np.ndarray
    """The share of each frame's variance that lies in the plane."""
    turns: np.ndarray
    """The largest angle by which each frame was turned from where the next one left it, in
    degrees; 180 where it was mirrored."""
    label: str

    def words(self) -> str:
        """Return in sentences what is drawn, and what the alignment did."""
        later = self.turns[1:-1].max(initial=0.0)
        return (
            f"{count_words(self.vectors)}, at {len(self.step)} of {self.step[-1]:,} steps, in the "
            f"plane of the end, with {self.shares[-1]:.0%} of its variance. Frames are turned onto "
            f"the next: the first, at random, by up to {self.turns[0]:.0f}°, later ones by at most "
            f"{later:.0f}°."
        )


def film_drift(
    training: Training, data: Ratings, side: str = "movie", *, least: int = 1, most: int = MOST
) -> Drift:
    """Return the movies (or users) with most ratings at the points that a training recorded.

    Raises: ValueError: the training diverged at step 12: its end has no picture
    """
    if not isinstance(training, Training):
        raise ValueError(f"a film needs the path of a training, got a {type(training).__name__}")
    trained, path = training.trained, training.trajectory
    seen = np.flatnonzero(np.isfinite(path.path).all(axis=1))
    if not len(seen) or seen[-1] != len(path.path) - 1:
        raise ValueError(f"the training {training.ended}: its end has no picture")
    frames = thin_frames(seen)
    vectors = read_vectors(training, data, side, least=least, most=most)
    check_dims(vectors, 2)
    rated = np.flatnonzero(count_ratings(trained, data)[SIDES.index(side)] > 0)
    tables = [np.asarray(getattr(read_tables(trained, path.path[i]), side), float) for i in frames]
    aligned, turns = align_frames([table[rated] for table in tables])
    shown = aligned[:, np.searchsorted(rated, vectors.places)]
    shown -= shown.mean(axis=1, keepdims=True)
    _, _, axes = find_principal_axes(shown[-1])
    points, sizes = shown @ axes[:2].T, np.square(shown).sum(axis=(1, 2))
    inside = np.square(points).sum(axis=(1, 2))
    shares = np.divide(inside, sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    step, losses = path.step[frames], path.losses[frames]
    return Drift(vectors, points, step, losses, shares, turns, training.label)


def thin_frames(seen: np.ndarray) -> np.ndarray:
    """Return at most FRAMES of some points, evenly, the first and the last among them."""
    if len(seen) <= FRAMES:
        return seen
    return seen[np.linspace(0, len(seen) - 1, FRAMES).round().astype(int)]


def align_frames(frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return frames turned (or mirrored) onto the next one, from the last back, and the angles.

    Not each onto the last at once: weights at random, turned in 50 dimensions, would take on a
    likeness to the end that they do not have.

    Shapes: frames (rows, factors) each -> (frames, rows, factors), their mean at 0; (frames,)
    """
    out = np.stack([frame - frame.mean(axis=0) for frame in frames])
    turns = np.zeros(len(out))
    turn = np.eye(out.shape[2])
    for place in range(len(out) - 2, -1, -1):
        before, turn = turn, find_turn(out[place], out[place + 1])
        with pin_blas():
            out[place] = out[place] @ turn
            turns[place] = measure_turn(before.T @ turn)
    return out, turns


def find_turn(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the turn (or mirroring) that brings points nearest to a target: points @ turn.

    Shapes: (rows, factors) both -> (factors, factors), orthogonal
    Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem".
    """
    with pin_blas():
        left, _, right = np.linalg.svd(points.T @ target)
        return left @ right


def measure_turn(turn: np.ndarray) -> float:
    """Return the largest angle of a turn, in degrees."""
    return float(np.degrees(np.abs(np.angle(np.linalg.eigvals(turn))).max()))
