"""Singular values of the embedding matrices and of their gradients, along trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.embeddings.vectors import SIDES, read_tables
from optviz.recommenders.training.record import Training
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole

POINTS = 8
"""Points of a path at which singular values are taken, unless the caller says otherwise."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """The singular values of a training's embedding matrices and of their gradients.

    Shapes: step (points,); each array of weights and grads, by side, (points, factors), the
        largest first
    """

    label: str
    kind: str
    """The name of the rule, which gives the color."""
    step: np.ndarray
    weights: dict[str, np.ndarray]
    grads: dict[str, np.ndarray]
    """Of the gradient of the loss over all training ratings, before any weight decay."""

    def words(self) -> str:
        """Return the effective ranks at the end in a sentence."""
        ranks = [
            f"{side}s {measure_rank(self.weights[side][-1]):.1f}, their gradient "
            f"{measure_rank(self.grads[side][-1]):.1f}"
            for side in SIDES
        ]
        total = self.weights["movie"].shape[1]
        return f"{self.label}: effective rank of {total}: {'; '.join(ranks)}."


def measure_spectra(
    trainings: Sequence[Training], data: Ratings, points: int = POINTS
) -> list[Spectra]:
    """Return the singular values of each training at its first point, its last, and between.

    `points` = 1 takes the last alone. A point takes one gradient over all training ratings.

    Raises: ValueError: trainings are a list: give [training]
    """
    if isinstance(trainings, Training):
        raise ValueError("trainings are a list: give [training]")
    points = check_whole("points", points)
    return [follow_training(each, data, points) for each in trainings]


def follow_training(training: Training, data: Ratings, points: int) -> Spectra:
    """Return the singular values along one training; points that are not finite are left out."""
    trained, path = training.trained, training.trajectory
    trained.check(data)
    rows, _ = data.split(training.about["split"], training.about["valid"])
    problem = trained.problem(rows)
    seen = np.flatnonzero(np.isfinite(path.path).all(axis=1))
    count = min(points, len(seen))
    chosen = np.linspace(0, len(seen) - 1, count).round().astype(int) if count > 1 else [-1]
    weights, grads = [], []
    for place in seen[chosen]:
        params = path.path[place]
        weights.append(read_tables(trained, params))
        grads.append(read_tables(trained, np.asarray(problem.grad(params))))
    by_side = [
        {side: np.stack([find_values(getattr(each, side)) for each in tables]) for side in SIDES}
        for tables in (weights, grads)
    ]
    return Spectra(training.label, training.curve.kind, path.step[seen[chosen]], *by_side)


def find_values(matrix: np.ndarray) -> np.ndarray:
    """Return the singular values of a matrix, the largest first."""
    with pin_blas():
        return np.linalg.svd(np.asarray(matrix, float), compute_uv=False)


def measure_rank(values: np.ndarray) -> float:
    """Return the effective rank of singular values: as many equal ones would be as spread out.

    It is exp(entropy of the values' shares); 0 where all are 0.

    Source: Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality".
    """
    total = values.sum()
    if not total > 0:
        return 0.0
    shares = values[values > 0] / total
    return float(np.exp(-np.sum(shares * np.log(shares))))
