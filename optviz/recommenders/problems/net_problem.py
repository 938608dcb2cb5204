"""The mini net as a problem, with exact slices that take tens of numbers a rating."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from optviz.pytorch.batches import split_targets
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.models import EmbeddingNet
from optviz.recommenders.problems.exact_slices import ExactSlices
from optviz.recommenders.problems.plane_scores import (
    center_plane,
    center_ratings,
    compute_powers,
    sum_squashed_errors,
)
from optviz.recommenders.problems.rating_groups import fold_products

TILE = (40, 4000)
"""Plane points x hidden units of ratings made at once: they stay in cache, and their product is one
of at most a million multiplications, which OpenBLAS makes without packing."""


class NetProblem(ExactSlices, ModuleProblem):
    """The mean squared error of an EmbeddingNet, by autograd; on a plane in closed form."""

    module: EmbeddingNet

    def sum_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at points of a line or a plane, NaN where terms overflow.

        Along a plane both a user's vector and the first layer's weights are linear in a and b, so
        what a user adds to each hidden unit is a quadratic; a movie alike. Dropout is off.

        Shapes: origin (n,); axes (k, n); coords (points, k) -> (points,)
        """
        dtype, net = self.start.dtype, self._loss.copy
        wide, coords = center_plane(origin, axes, coords)
        leaves = [map(Tensor.numpy, net.split(each.astype(dtype))) for each in wide]
        tables = [dict(zip(net.names, each, strict=True)) for each in leaves]
        users, movies = split_first_layer(tables)
        powers = compute_powers(coords).astype(dtype)
        outer = [np.append(each["out.weight"][0], each["out.bias"]) / 2 for each in tables]
        weights = powers[:, None, : len(tables)] @ np.stack(outer)
        user, movie, ratings = self._read_ratings()
        targets, scale = center_ratings(ratings, self.module.bounds, dtype)
        tile = TILE[0], max(1, TILE[1] // users.shape[1])

        def open_rows(rows: slice) -> Callable[[slice, np.ndarray], None]:
            parts = users.take(user[rows], 2) + movies.take(movie[rows], 2)
            return open_scores(parts, powers, weights, tile[0])

        total = sum_squashed_errors(targets, len(powers), tile, open_rows)
        return scale * total / len(ratings)

    def _read_ratings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return user, movie and rating of all batches, sorted by rating."""
        rows = [split_targets(batch, self._loss.key) for batch in self._loss.data.batches]
        columns = zip(*((*inputs, targets) for inputs, targets in rows), strict=True)
        user, movie, ratings = (torch.cat(each).numpy() for each in columns)
        order = ratings.argsort()
        return user[order], movie[order], ratings[order]


def open_scores(
    parts: np.ndarray, powers: np.ndarray, weights: np.ndarray, most: int
) -> Callable[[slice, np.ndarray], None]:
    """Return the function that writes half the scores of ratings at some points, at most `most`.

    Shapes: parts (powers, hidden, ratings); powers (points, powers); weights (points, 1, hidden+1)
    """
    layer = np.ones((most, weights.shape[2], parts.shape[2]), parts.dtype)
    hidden = layer[:, :-1].reshape(most, -1)  # beside a unit that is 1, for the bias
    parts = parts.reshape(len(parts), -1)
    zeros = np.zeros(parts.shape[1], parts.dtype)  # faster to compare with than a number

    def score(points: slice, out: np.ndarray) -> None:
        units = hidden[: len(out)]
        np.matmul(powers[points], parts, out=units)
        np.maximum(units, zeros, out=units)
        np.matmul(weights[points], layer[: len(out)], out=out[:, None])

    return score


def split_first_layer(tables: list[dict[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each user and movie in the hidden units, as factors of the powers.

    Shapes: (powers, hidden, users), (powers, hidden, movies)
    """
    half = tables[0]["user.weight"].shape[1]
    weights = [each["linear.weight"] for each in tables]
    made = []
    for name, part in (("user.weight", slice(half)), ("movie.weight", slice(half, None))):
        products = [[w[:, part] @ each[name].T for each in tables] for w in weights]
        made.append(fold_products(products))
    for power, each in enumerate(tables):
        made[0][power] += each["linear.bias"][:, None]
    return made[0], made[1]
