"""The dot-product rating model in numpy: closed-form gradient, and exact slices from six numbers.

A rating is predicted as score = user vector . movie vector + user bias + movie bias, squashed by a
sigmoid into the rating range; the loss is the mean squared error.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from optviz.problems.base import ALL
from optviz.problems.batches import count_rows, map_runs, shuffle_batches, split_range
from optviz.recommenders.problems.dot_curvature import make_product
from optviz.recommenders.problems.exact_slices import ExactSlices
from optviz.recommenders.problems.plane_scores import (
    PART,
    center_plane,
    compute_powers,
    expand_square,
    sum_errors,
)
from optviz.recommenders.problems.rating_groups import RatingGroups
from optviz.recommenders.problems.tables import ROWS, Tables, scatter_rows, sum_biases


class DotBias(ExactSlices):
    """Mean squared error of dot product plus biases, over ratings; a sample is an array of rows.

    `bounds` is the range of the sigmoid, None for none; `bias=False` leaves the biases out.
    `wd` adds the penalty wd/2 * |params|^2 to the loss, of all ratings or of a mini-batch: a step
    on it is the step of the rule L2, whose loss leaves the penalty out.
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
        wd: float = 0.0,
    ):
        self.user, self.movie = _read_index(user), _read_index(movie)
        self.rating, self.rows = np.asarray(rating), rows
        if self.rating.dtype not in (np.float32, np.float64):
            self.rating = self.rating.astype(float)
        self.users = int(self.user.max(initial=-1)) + 1 if users is None else users
        self.movies = int(self.movie.max(initial=-1)) + 1 if movies is None else movies
        self.factors, self.bounds, self.bias = factors, bounds, bias
        self.batch, self.name, self.wd = batch, name, wd
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
        if not (np.isfinite(self.wd) and self.wd >= 0):
            raise ValueError(f"wd must be a number of at least 0, got {self.wd}")

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

    def hess_products(
        self, params: np.ndarray, *, buffers: Any = None, blocks: Any = None
    ) -> AbstractContextManager[Any]:
        """Return a block in which a function multiplies the Hessian at params with a vector."""
        return nullcontext(make_product(self, params))

    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Return the name and the shape of each table, in order."""
        tables = self.tables(self.start)._asdict()
        return tuple((name, each.shape) for name, each in tables.items() if each is not None)

    def predict(self, params: np.ndarray, user: Any, movie: Any) -> np.ndarray:
        """Predict the ratings of users and movies, given by index."""
        tables = self.tables(params)
        vectors = tables.user.take(user, 0), tables.movie.take(movie, 0)
        scores = np.einsum("...j,...j->...", *vectors) + sum_biases(tables, user, movie)
        return self.squash(scores)[0]

    def loss(self, params) -> Any:
        """Return the mean squared error over all ratings."""
        if params.ndim > 1:
            return map_runs(self.loss, params)
        total = 0.0
        for span in split_range(self.count, ROWS):
            user, movie, rating = self.pick(span, dtype=params.dtype)
            error = self.predict(params, user, movie) - rating
            total += np.square(error).sum(dtype=np.float64)
        return total / self.count + self.penalize(params)

    def penalize(self, params: np.ndarray) -> float:
        """Return the part of the loss that weight decay is: wd/2 * |params|^2; params (n,)."""
        return self.wd / 2 * float(np.square(params, dtype=np.float64).sum()) if self.wd else 0.0

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
            scores = np.einsum("ij,ij->i", *vectors) + sum_biases(tables, user, movie)
            predicted, slope = self.squash(scores)
            error = predicted - rating
            total += np.square(error).sum(dtype=np.float64)
            error *= slope * (2 / count)
            scatter_rows(into.user, user, error[:, None] * vectors[1])
            scatter_rows(into.movie, movie, error[:, None] * vectors[0])
            if into.user_bias is not None and into.movie_bias is not None:
                np.add.at(into.user_bias, user, error)
                np.add.at(into.movie_bias, movie, error)
        if self.wd:
            grad += self.wd * params
        return total / count + self.penalize(params), grad

    has_seeds = is_vectorized = False

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

    def squash(self, scores: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the predictions of scores, and their slope in the scores."""
        if self.bounds is None:
            return scores, 1.0
        low, high = self.bounds
        with np.errstate(over="ignore"):  # exp(-score) = inf is a share of exactly 0
            share = 1 / (1 + np.exp(-scores))
        return low + (high - low) * share, (high - low) * share * (1 - share)

    def sum_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at points of a line or a plane, NaN where terms overflow.

        Along a plane each rating's score is a quadratic in a and b, so six numbers a rating stand
        for the model, and three along a line; without a sigmoid the sum of squares is a quartic in
        closed form.

        Shapes: origin (n,); axes (k, n); coords (points, k) -> (points,)
        """
        dtype = np.result_type(self.start.dtype, np.float32)
        wide, coords = center_plane(origin, axes, coords)
        tables = [self.tables(each.astype(dtype)) for each in wide]
        total = np.zeros(len(coords))
        for groups in self._group_ratings():
            total += sum_errors(groups, tables, coords, self.bounds)
        losses = total / self.count
        if not self.wd:
            return losses
        return losses + self.wd / 2 * (compute_powers(coords) @ expand_square(wide))

    _groups: tuple[RatingGroups, ...] | None = None

    def _group_ratings(self) -> Iterable[RatingGroups]:
        """Return the ratings in groups, which are kept for the next slice where there are few."""
        if self._groups is not None:
            return self._groups
        spans = split_range(self.count, PART)
        made = (RatingGroups.read(*self.pick(span, dtype=np.float64)) for span in spans)
        if self.count <= PART:
            made = self._groups = tuple(made)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy takes along: not the groups, which are made anew."""
        return {name: each for name, each in self.__dict__.items() if name != "_groups"}


def _read_index(values: Any) -> np.ndarray:
    """Return user or movie numbers as they are where they are whole, in few bytes or many."""
    index = np.asarray(values)
    return index if index.dtype.kind in "iu" else index.astype(np.intp)


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
