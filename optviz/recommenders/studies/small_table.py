"""The table of the busiest users and movies, which a spreadsheet can hold, and its loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optviz.movielens.ratings import Ratings


class SmallTable(NamedTuple):
    """A table of ratings, a row a user and a column a movie, to be approximated by a product.

    The model is the product of user vectors and movie vectors, without biases and without sigmoid;
    the loss is the mean squared error over the ratings that there are, plus l2/2 times the sum of
    the squares of all parameters: the decay that `rules.L2(rule, l2)` adds to a mean squared error.

    Shapes: rating (users, movies), 0 where there is none; known (users, movies), 1 or 0;
        params (n,) or (n, *runs), user vectors first, n = (users + movies) * factors
    Units: rating in stars, loss in stars squared
    """

    rating: np.ndarray
    known: np.ndarray
    factors: int
    l2: float

    @property
    def size(self) -> int:
        """The number of parameters, n."""
        return sum(self.rating.shape) * self.factors

    def split(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the user and the movie vectors: (*runs, users, factors), (*runs, movies, factors).

        With runs they are stacked along the first axis, as matrix products want it.
        """
        runs = params.T
        cut = self.rating.shape[0] * self.factors
        user, movie = runs[..., :cut], runs[..., cut:]
        shape = (*runs.shape[:-1], -1, self.factors)
        return user.reshape(shape), movie.reshape(shape)

    def loss_and_grad(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss, () or (*runs,), and its gradient, of the shape of params."""
        user, movie = self.split(params)
        error = (user @ movie.swapaxes(-1, -2) - self.rating) * self.known
        count, lead = self.known.sum(), params.T.shape[:-1]
        loss = (error * error).sum((-1, -2)).T / count + self.l2 / 2 * (params * params).sum(0)
        parts = error @ movie, error.swapaxes(-1, -2) @ user
        grad = np.concatenate([each.reshape(*lead, -1) for each in parts], axis=-1)
        return loss, grad.T * (2 / count) + self.l2 * params

    def find_rmse(self, params: np.ndarray) -> float:
        """Return the root of the mean squared error, without the decay, in stars."""
        user, movie = self.split(params)
        error = (user @ movie.T - self.rating) * self.known
        return float(np.sqrt((error * error).sum() / self.known.sum()))

    def draw_start(self, seed: int) -> np.ndarray:
        """Return standard normal numbers to start from, (n,)."""
        return np.random.default_rng(seed).normal(size=self.size)


def make_small_table(data: Ratings, side: int, factors: int, l2: float) -> SmallTable:
    """Return the ratings of the `side` busiest users for the `side` busiest movies.

    Of equally busy ones the first counts.
    """
    users, movies = (
        np.argsort(-np.bincount(index), kind="stable")[:side] for index in (data.user, data.movie)
    )
    dense = np.zeros((data.users, data.movies)), np.zeros((data.users, data.movies))
    for into, value in zip(dense, (data.rating, 1), strict=True):
        into[data.user, data.movie] = value
    rating, known = (each[np.ix_(users, movies)] for each in dense)
    return SmallTable(rating, known, factors, l2)
