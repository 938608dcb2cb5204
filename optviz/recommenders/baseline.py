"""The model to beat: a mean, a bias for each user and a bias for each movie."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optviz.movielens.ratings import RatingRows, Ratings, read_rows
from optviz.problems.batches import count_rows

STRENGTHS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0)
CHUNK = 1 << 19
"""Ratings summed at once: their float64 values then stay small beside the ratings."""
SAMPLE = 1_000_000
"""Training ratings on which the strength is chosen, at most."""


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


def bias_only(train: Ratings | RatingRows, valid: Ratings | RatingRows) -> Baseline:
    """Fit the best bias-only model of the training ratings and judge it on the validation ratings.

    Regularized least squares: sum of (rating - mean - user bias - movie bias)**2 plus
    strength * sum of biases**2. The strength is chosen on a fifth of the training ratings held
    back for that; the validation ratings have no part in it. Beyond SAMPLE training ratings it is
    chosen on those of some users, drawn at random.
    """
    strength = STRENGTHS[1]
    train, valid = read_rows(train), read_rows(valid)
    if len(train) >= 10:
        inner, held = draw_users(train).split(seed=0)
        strength = min(STRENGTHS, key=lambda each: _fit(inner, held, each).mse)
    return _fit(train, valid, strength)


def draw_users(part: RatingRows) -> RatingRows:
    """Return a part whole, or the rows of so many of its users that about SAMPLE remain."""
    if len(part) <= SAMPLE:
        return part
    drawn = np.random.default_rng(0).random(part.data.users) < SAMPLE / len(part)
    rows = count_rows(len(part.data)) if part.rows is None else part.rows
    return RatingRows(part.data, rows[drawn[part.data.user[rows]]])


def _fit(train: RatingRows, valid: RatingRows, strength: float) -> Baseline:
    """Fit the bias-only model of one strength."""
    total = sum(float(rating.sum(dtype=np.float64)) for *_, rating in train.chunks(CHUNK))
    mean, users = total / len(train), train.data.users
    model = Baseline(np.nan, strength, mean, *np.split(_solve(train, mean, strength), [users]))
    squares = 0.0
    for user, movie, rating in valid.chunks(CHUNK):
        squares += float(np.sum((model.predict(user, movie) - rating) ** 2))
    return model._replace(mse=squares / len(valid) if len(valid) else np.nan)


def _solve(train: RatingRows, mean: float, strength: float) -> np.ndarray:
    """Return the biases that minimize the regularized squares, (users + movies,).

    Conjugate gradients on the normal equations, scaled by their diagonal: it needs only sums over
    ratings, taken a chunk at a time, so it serves 100,000 ratings and 32 million.
    """
    users, movies = train.data.users, train.data.movies

    def sum_by_row(value: Callable[..., np.ndarray]) -> np.ndarray:
        sums = np.zeros(users + movies)
        for user, movie, rating in train.chunks(CHUNK):
            values = value(user, movie, rating)
            sums[:users] += np.bincount(user, values, minlength=users)
            sums[users:] += np.bincount(movie, values, minlength=movies)
        return sums

    diagonal = sum_by_row(lambda user, _movie, _rating: np.ones(len(user))) + strength
    biases = np.zeros(len(diagonal))
    residual = sum_by_row(lambda _user, _movie, rating: rating - mean)
    scaled = residual / diagonal
    direction, size = scaled, _dot(residual, scaled)
    target = 1e-14 * size
    for _ in range(200):
        if size <= target:
            break
        to_user, to_movie = np.split(direction, [users])
        image = sum_by_row(lambda user, movie, _rating: to_user[user] + to_movie[movie])  # noqa: B023
        image += strength * direction
        length = size / _dot(direction, image)
        biases, residual = biases + length * direction, residual - length * image
        scaled = residual / diagonal
        size, before = _dot(residual, scaled), size
        direction = scaled + (size / before) * direction
    return biases


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    """Return the dot product without BLAS, whose threads cost more than so short a sum."""
    return float(np.sum(left * right))
