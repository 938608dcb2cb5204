"""The mini net as a problem, with exact slices that take tens of numbers a rating."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.dot_problem import average_errors, compute_powers, expand_product
from optviz.recommenders.models import EmbeddingNet


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
        net = self._loss.copy
        leaves = [net.split(np.asarray(each, dtype)) for each in (origin, *axes)]
        tables = [dict(zip(net.names, map(Tensor.numpy, each), strict=True)) for each in leaves]
        (user, movie), targets = self._loss.data.batches[0]
        user, movie = user.numpy(), movie.numpy()
        user_parts, movie_parts = split_first_layer(tables)
        powers = compute_powers(coords, dtype)
        outer = np.stack([each["out.weight"][0] for each in tables], axis=1)
        weights = np.tensordot(outer, powers[:3], 1)
        bias = np.concatenate([each["out.bias"] for each in tables]) @ powers[:3]

        def find_parts(rows: slice) -> np.ndarray:
            return user_parts[:, user[rows]] + movie_parts[:, movie[rows]]

        def sum_hidden_units(parts: np.ndarray, points: slice) -> np.ndarray:
            scores: Any = 0.0
            for part, weight in zip(parts, weights[:, points], strict=True):
                unit = part @ powers[:, points]
                np.maximum(unit, 0, out=unit)
                unit *= weight
                scores += unit
            return scores + bias[points]

        rating, bounds = targets.numpy(), self.module.bounds
        return average_errors(rating, len(coords), bounds, find_parts, sum_hidden_units)


def split_first_layer(tables: list[dict[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
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
