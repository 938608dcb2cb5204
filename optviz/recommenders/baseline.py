"""The model to beat: a mean, a bias for each user and a bias for each movie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optviz.movielens.ratings import Ratings, check_ratings

STRENGTHS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0)


class Baseline(NamedTuple):
    """A bias-only model and its validation MSE.

    Shapes: user_bias (users,); movie_bias (movies,)
    Units: stars
    """

    mse: float
    strength: float
    mean: float
    user_bias: np.ndarray
    movie_bias: np.ndarray

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Predict the ratings of users and movies, given by index."""
        return self.mean + self.user_bias[user] + self.movie_bias[movie]


def bias_only(train: Ratings, valid: Ratings) -> Baseline:
    """Fit the best bias-only model of the training ratings and judge it on the validation ratings.

    Regularized least squares: sum of (rating - mean - user bias - movie bias)**2 plus
    strength * sum of biases**2. The strength is chosen on a fifth of the training ratings held
    back for that; the validation ratings have no part in it.
    """
    strength = STRENGTHS[1]
    check_ratings(valid)
    if len(check_ratings(train)) >= 10:
        inner, held = train.split(seed=0)
        strength = min(STRENGTHS, key=lambda each: _fit(inner, held, each).mse)
    return _fit(train, valid, strength)


def _fit(train: Ratings, valid: Ratings, strength: float) -> Baseline:
    """Fit the bias-only model of one strength."""
    mean = float(train.rating.mean(dtype=np.float64))
    error = train.rating - mean
    biases = _solve(train, error, strength)
    model = Baseline(np.nan, strength, mean, *np.split(biases, [train.users]))
    errors = model.predict(valid.user, valid.movie) - valid.rating
    return model._replace(mse=float(np.mean(errors**2)))


def _solve(train: Ratings, error: np.ndarray, strength: float) -> np.ndarray:
    """Return the biases that minimize the regularized squares, (users + movies,).

    Conjugate gradients on the normal equations, scaled by their diagonal: it needs only sums over
    ratings, so it serves 100,000 ratings and 32 million.
    """
    user, movie, users = train.user, train.movie, train.users

    def sum_by_row(values: np.ndarray) -> np.ndarray:
        by_user = np.bincount(user, values, minlength=users)
        return np.concatenate([by_user, np.bincount(movie, values, minlength=train.movies)])

    diagonal = sum_by_row(np.ones(len(error))) + strength
    biases = np.zeros(len(diagonal))
    residual = sum_by_row(error)
    scaled = residual / diagonal
    direction, size = scaled, _dot(residual, scaled)
    target = 1e-14 * size
    for _ in range(200):
        if size <= target:
            break
        image = sum_by_row(direction[user] + direction[users:][movie]) + strength * direction
        length = size / _dot(direction, image)
        biases, residual = biases + length * direction, residual - length * image
        scaled = residual / diagonal
        size, before = _dot(residual, scaled), size
        direction = scaled + (size / before) * direction
    return biases


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    """Return the dot product without BLAS, whose threads cost more than so short a sum."""
    return float(np.sum(left * right))
