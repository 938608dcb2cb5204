"""The dot-product rating model in numpy: closed-form gradient, and exact slices from six numbers.

A rating is predicted as score = user vector . movie vector + user bias + movie bias, squashed by a
sigmoid into the rating range; the loss is the mean squared error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.base import ALL, Problem
from optviz.problems.batches import count_rows, map_runs, shuffle_batches, split_range

ROWS = 2048
"""Ratings scored at once, so that their vectors stay in cache."""
TILE = (32, 1024)
"""Ratings x plane points at once: in cache, and below the size at which BLAS starts threads,
which on a busy machine can make the product ten times slower."""


class Tables(NamedTuple):
    """Views of one flat vector, in the order in which the torch models hold their parameters.

    Shapes: user (users, factors); movie (movies, factors); user_bias (users,);
        movie_bias (movies,). Without biases the last two are None.
    """

    user: np.ndarray
    movie: np.ndarray
    user_bias: np.ndarray | None
    movie_bias: np.ndarray | None


class DotBias(Problem):
    """Mean squared error of dot product plus biases, over ratings; a sample is an array of rows.

    `bounds` is the range of the sigmoid, None for none; `bias=False` leaves the biases out.
    The dtype of params is the dtype of the arithmetic; squared errors are summed in float64.
    The ratings are used as they are given, not copied; `rows` names those of them that count
    (None: all), so that the parts of a split share their columns.

    Shapes: user, movie, rating (ratings,), the first two as indexes; params (n,) with
        n = (users + movies) * (factors + 1), or many runs (n, *runs), made one after another
    Units: rating and bounds in stars
    Raises: ValueError: user and movie must be indexes below 943 and 1682, got 943 and 12
    """

    def __init__(
        self,
        user: np.ndarray,
        movie: np.ndarray,
        rating: np.ndarray,
        *,
        rows: np.ndarray | None = None,
        users: int | None = None,
        movies: int | None = None,
        factors: int = 50,
        bounds: tuple[float, float] | None = (1.0, 5.0),
        bias: bool = True,
        batch: int = 64,
        start: np.ndarray | None = None,
        name: str = "dot product with bias",
    ):
        self.user, self.movie = _read_index(user), _read_index(movie)
        self.rating, self.rows = np.asarray(rating), rows
        if self.rating.dtype not in (np.float32, np.float64):
            self.rating = self.rating.astype(float)
        self.users = int(self.user.max(initial=-1)) + 1 if users is None else users
        self.movies = int(self.movie.max(initial=-1)) + 1 if movies is None else movies
        self.factors, self.bounds, self.bias = factors, bounds, bias
        self.batch, self.name = batch, name
        self._check()
        if start is None:
            start = np.random.default_rng(0).uniform(-0.01, 0.01, self.size)
        self.start = np.asarray(start)
        if self.start.shape != (self.size,):
            raise ValueError(f"start must have {self.size} numbers, got {self.start.shape}")

    def _check(self) -> None:
        """Refuse ratings that do not fit together."""
        sizes = len(self.user), len(self.movie), len(self.rating)
        if not self.rating.size:
            raise ValueError("there are no ratings: a loss needs at least one")
        if len(set(sizes)) > 1:
            raise ValueError(f"user, movie and rating must be equally long, got {sizes} rows")
        low = min(self.user.min(), self.movie.min())
        tops = self.user.max(), self.movie.max()
        if low < 0 or tops[0] >= self.users or tops[1] >= self.movies:
            raise ValueError(
                f"user and movie must be indexes below {self.users} and {self.movies}, "
                f"got {min(low, tops[0])} and {tops[1]}"
            )
        if not np.isfinite(self.rating).all():
            raise ValueError("rating must be finite, got NaN or infinity")
        if self.bounds is not None and not self.bounds[0] < self.bounds[1]:
            raise ValueError(f"bounds must rise, got {self.bounds}")
        if self.batch < 1 or self.factors < (not self.bias):
            raise ValueError(f"batch and factors must be 1 or more: {self.batch}, {self.factors}")

    @property
    def count(self) -> int:
        """The number of ratings."""
        return len(self.rating if self.rows is None else self.rows)

    @property
    def size(self) -> int:
        """The number of parameters, n."""
        return (self.users + self.movies) * (self.factors + self.bias)

    def tables(self, params: np.ndarray) -> Tables:
        """Return views of a flat vector (n,) as tables."""
        cut = self.users * self.factors
        end = cut + self.movies * self.factors
        user = params[:cut].reshape(self.users, self.factors)
        movie = params[cut:end].reshape(self.movies, self.factors)
        if not self.bias:
            return Tables(user, movie, None, None)
        return Tables(user, movie, params[end : end + self.users], params[end + self.users :])

    def predict(self, params: np.ndarray, user: Any, movie: Any) -> np.ndarray:
        """Predict the ratings of users and movies, given by index."""
        tables = self.tables(params)
        vectors = tables.user.take(user, 0), tables.movie.take(movie, 0)
        scores = np.einsum("...j,...j->...", *vectors) + _sum_biases(tables, user, movie)
        return self._squash(scores)[0]

    def loss(self, params) -> Any:
        """Return the mean squared error over all ratings."""
        if params.ndim > 1:
            return map_runs(self.loss, params)
        total = 0.0
        for span in split_range(self.count, ROWS):
            user, movie, rating = self.pick(span, dtype=params.dtype)
            error = self.predict(params, user, movie) - rating
            total += np.square(error).sum(dtype=np.float64)
        return total / self.count

    def sample_loss(self, params, sample):
        """Return the loss of a mini-batch."""
        return self.loss_and_grad(params, sample)[0]

    def grad(self, params, sample=ALL):
        """Return the gradient of a mini-batch, or of the full loss."""
        if params.ndim > 1:
            return map_runs(self.grad, params, sample)
        return self.loss_and_grad(params, sample)[1]

    def loss_and_grad(self, params: np.ndarray, sample: Any = ALL) -> tuple[float, np.ndarray]:
        """Return the loss of a sample and its gradient, in one pass; params (n,)."""
        grad = np.zeros_like(params)
        into, tables = self.tables(grad), self.tables(params)
        total, count = 0.0, self.count if sample is ALL else len(sample)
        for span in split_range(count, ROWS):
            user, movie, rating = self.pick(span, sample, params.dtype)
            vectors = tables.user.take(user, 0), tables.movie.take(movie, 0)
            scores = np.einsum("ij,ij->i", *vectors) + _sum_biases(tables, user, movie)
            predicted, slope = self._squash(scores)
            error = predicted - rating
            total += np.square(error).sum(dtype=np.float64)
            error *= slope * (2 / count)
            _scatter(into.user, user, error[:, None] * vectors[1])
            _scatter(into.movie, movie, error[:, None] * vectors[0])
            if into.user_bias is not None and into.movie_bias is not None:
                np.add.at(into.user_bias, user, error)
                np.add.at(into.movie_bias, movie, error)
        return total / count, grad

    has_seeds = False

    def samples(self, steps: int, seed: int) -> Iterator[np.ndarray]:
        """Return mini-batches of rows: shuffled epochs, each row once an epoch."""
        rows = len(self.rating) if self.rows is None else self.rows
        return shuffle_batches(rows, self.batch, steps, seed)

    def limit(self, count: int) -> DotBias:
        """Return the same problem over its first ratings alone."""
        few = copy.copy(self)
        few.rows = count_rows(count) if self.rows is None else self.rows[:count]
        return few

    def pick(
        self, span: slice, sample: Any = ALL, dtype: Any = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return user, movie and rating of a span of a sample's rows, the rating in a dtype."""
        sample = self.rows if sample is ALL else sample
        rows = span if sample is None else sample[span]
        return self.user[rows], self.movie[rows], self.rating[rows].astype(dtype, copy=False)

    def _squash(self, scores: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the predictions of scores, and their slope in the scores."""
        if self.bounds is None:
            return scores, 1.0
        low, high = self.bounds
        with np.errstate(over="ignore"):  # exp(-score) = inf is a share of exactly 0
            share = 1 / (1 + np.exp(-scores))
        return low + (high - low) * share, (high - low) * share * (1 - share)

    def plane_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at origin + a*axes[0] + b*axes[1] for each (a, b) of coords.

        Along a plane each rating's score is a quadratic in a and b, so six numbers a rating stand
        for the model. The arithmetic is in `start`'s dtype, the sum in float64.

        Shapes: origin (n,); axes (2, n); coords (points, 2) -> (points,)
        """
        dtype = self.start.dtype
        tables = [self.tables(np.asarray(each, dtype)) for each in (origin, *axes)]
        powers = compute_powers(coords, dtype)

        def find_factors(span: slice) -> np.ndarray:
            user, movie, _ = self.pick(span)
            users = [each.user.take(user, 0) for each in tables]
            movies = [each.movie.take(movie, 0) for each in tables]
            six = expand_product(lambda i, j: np.einsum("ij,ij->i", users[i], movies[j]))
            for power, each in enumerate(tables):
                six[:, power] += _sum_biases(each, user, movie)
            return six

        def score(six: np.ndarray, points: slice) -> np.ndarray:
            return six @ powers[:, points]

        rating = self.rating if self.rows is None else self.rating[self.rows]
        rating = rating.astype(dtype, copy=False)
        return average_errors(rating, len(coords), self.bounds, find_factors, score)


def _read_index(values: Any) -> np.ndarray:
    """Return user or movie numbers as they are where they are whole, in few bytes or many."""
    index = np.asarray(values)
    return index if index.dtype.kind in "iu" else index.astype(np.intp)


def compute_powers(coords: np.ndarray, dtype: Any) -> np.ndarray:
    """Return 1, a, b, a*a, a*b, b*b at plane coordinates (points, 2): (6, points)."""
    a, b = np.asarray(coords, float).T
    return np.stack([np.ones_like(a), a, b, a * a, a * b, b * b]).astype(dtype)


def squash_scores(scores: np.ndarray, bounds: tuple[float, float] | None) -> np.ndarray:
    """Turn scores into predictions, in place."""
    if bounds is None:
        return scores
    np.negative(scores, scores)
    with np.errstate(over="ignore"):  # exp(-score) = inf is a share of exactly 0
        np.exp(scores, scores)
    scores += 1
    np.divide(bounds[1] - bounds[0], scores, out=scores)
    scores += bounds[0]
    return scores


def average_errors(
    rating: np.ndarray,
    count: int,
    bounds: tuple[float, float] | None,
    find_factors: Callable[[slice], np.ndarray],
    score: Callable[[np.ndarray, slice], np.ndarray],
) -> np.ndarray:
    """Return the mean squared error at each of `count` plane points, a tile at a time.

    `find_factors(rows)` gives the factors of the plane powers of ratings, (..., rows, 6); `score`
    the scores of a part of these rows at a part of the points, (rows, points).
    """
    total = np.zeros(count)
    for rows in split_range(len(rating), ROWS):
        factors = find_factors(rows)
        for part in split_range(factors.shape[-2], TILE[0]):
            for points in split_range(count, TILE[1]):
                error = squash_scores(score(factors[..., part, :], points), bounds)
                error -= rating[rows][part, None]
                total[points] += np.einsum("ij,ij->j", error, error)
    return total / len(rating)


def expand_product(dot: Callable[[int, int], np.ndarray]) -> np.ndarray:
    """Return the factors of 1, a, b, a*a, a*b, b*b in a product of two vectors linear in a, b.

    `dot(i, j)` is the product of the first's part i (constant, in a, in b) and the second's j.
    """
    factors = [dot(0, 0), dot(1, 0) + dot(0, 1), dot(2, 0) + dot(0, 2)]
    factors += [dot(1, 1), dot(1, 2) + dot(2, 1), dot(2, 2)]
    return np.stack(factors, axis=-1)


def _sum_biases(tables: Tables, user: Any, movie: Any) -> Any:
    """Return user bias + movie bias; 0 where the model has none."""
    if tables.user_bias is None or tables.movie_bias is None:
        return 0
    return tables.user_bias.take(user) + tables.movie_bias.take(movie)


def _scatter(table: np.ndarray, index: np.ndarray, rows: np.ndarray) -> None:
    """Add rows to the rows of a table at `index`, sorted so that equal ones are summed."""
    order = index.argsort(kind="stable")
    ordered = index[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    table[ordered[first]] += np.add.reduceat(rows[order], first, axis=0)
