"""The mini net as a problem, with exact slices that take tens of numbers a rating."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.problems.batches import split_range
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.dot_problem import (
    ROWS,
    TILE,
    compute_powers,
    expand_product,
    squash_scores,
)
from optviz.recommenders.models import EmbeddingNet

Tables = dict[str, np.ndarray]
"""The net's parameters by name."""


class NetProblem(ModuleProblem):
    """The loss of an EmbeddingNet over ratings, by autograd; on a plane in closed form."""

    module: EmbeddingNet

    def plane_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at origin + a*axes[0] + b*axes[1] for each (a, b) of coords.

        Along a plane both a user's vector and the first layer's weights are linear in a and b, so
        what a user adds to each hidden unit is a quadratic; a movie alike. Dropout is off.

        Shapes: origin (n,); axes (2, n); coords (points, 2) -> (points,)
        """
        dtype = self.start.dtype
        tables = [self._tables(np.asarray(each, dtype)) for each in (origin, *axes)]
        user, movie = (each.numpy() for each in self.inputs)
        user_parts, movie_parts = split_first_layer(tables)
        powers = compute_powers(coords, dtype)
        outer = np.stack([each["out.weight"][0] for each in tables], axis=1)
        weights = np.tensordot(outer, powers[:3], 1)
        bias = np.concatenate([each["out.bias"] for each in tables]) @ powers[:3]
        rating, total = self.targets.numpy(), np.zeros(len(coords))
        for rows in split_range(len(rating), ROWS):
            parts = user_parts[:, user[rows]] + movie_parts[:, movie[rows]]
            for part in split_range(parts.shape[1], TILE[0]):
                for points in split_range(len(coords), TILE[1]):
                    scores = sum_hidden_units(parts[:, part], powers[:, points], weights[:, points])
                    error = squash_scores(scores + bias[points], self.module.bounds)
                    error -= rating[rows][part, None]
                    total[points] += np.einsum("ij,ij->j", error, error)
        return total / len(rating)

    def _tables(self, params: np.ndarray) -> Tables:
        """Return the parameters of a flat vector by name."""
        leaves = self._leaves(params)
        return {name: leaf.numpy() for name, leaf in zip(self._names, leaves, strict=True)}


def split_first_layer(tables: list[Tables]) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each user and movie in the hidden units, as factors of plane powers.

    Shapes: (hidden, users, 6), (hidden, movies, 6)
    """
    half = tables[0]["user.weight"].shape[1]
    weights = [each["linear.weight"] for each in tables]
    user_parts = expand_product(lambda i, j: weights[i][:, :half] @ tables[j]["user.weight"].T)
    movie_parts = expand_product(lambda i, j: weights[i][:, half:] @ tables[j]["movie.weight"].T)
    for power, each in enumerate(tables):
        user_parts[:, :, power] += each["linear.bias"][:, None]
    return user_parts, movie_parts


def sum_hidden_units(parts: np.ndarray, powers: np.ndarray, weights: np.ndarray) -> Any:
    """Return the weighted sum of the rectified hidden units, (rows, points)."""
    scores: Any = 0.0
    for part, weight in zip(parts, weights, strict=True):
        unit = part @ powers
        np.maximum(unit, 0, out=unit)
        unit *= weight
        scores += unit
    return scores
