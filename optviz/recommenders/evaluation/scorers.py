"""The models to evaluate: anything that predicts stars and scores all movies of some users."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.problems.batches import split_range
from optviz.recommenders.baseline import Baseline
from optviz.recommenders.trained import CLOSED, Trained

PAIRS = 65_536
"""Pairs of user and movie that a module predicts at once."""


class Scorer(Protocol):
    """A model as it is evaluated; users and movies are indexes of the ratings."""

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray | None:
        """Return predicted stars (ratings,), None from a model that predicts no stars."""
        ...

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return a new array (users, movies) in which a better movie has a higher score."""
        ...


class DotScorer:
    """A dot product model; movies are ranked by what stands before the sigmoid, which rises.

    With `known`, True for each user with training ratings, the others are the mean of these.

    Shapes: known (users,)
    """

    def __init__(self, trained: Trained, data: Ratings, known: np.ndarray | None = None):
        # A prediction needs no ratings, of which a problem keeps copies.
        self.problem = trained.problem(data.take(np.arange(1)))
        self.params = trained.params.copy()
        self.tables = self.problem.tables(self.params)
        for table in (self.tables.user, self.tables.user_bias):
            if known is not None and table is not None:
                table[~known] = table[known].mean(0)

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Return predicted stars."""
        parts = [
            self.problem.predict(self.params, user[rows], movie[rows])
            for rows in split_range(len(user), PAIRS)
        ]
        return np.concatenate(parts)

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return dot products plus movie biases; a user's own bias moves all movies alike."""
        scores = self.tables.user[users] @ self.tables.movie.T
        if self.tables.movie_bias is not None:
            scores += self.tables.movie_bias
        return scores


class ModuleScorer:
    """A torch module that maps users and movies to stars."""

    def __init__(self, trained: Trained, data: Ratings, module: Any = None):
        self.module, self.movies = trained.module(module), data.movies

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Return predicted stars."""
        import torch

        parts = []
        with torch.no_grad():
            for rows in split_range(len(user), PAIRS):
                pair = (torch.from_numpy(each[rows].astype(np.int64)) for each in (user, movie))
                parts.append(self.module(*pair).numpy())
        return np.concatenate(parts)

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return the predicted stars of all movies."""
        movies = np.tile(np.arange(self.movies), len(users))
        return self.predict(np.repeat(users, self.movies), movies).reshape(len(users), -1)


class BiasScorer:
    """The bias-only model, which ranks the movies of everybody alike."""

    def __init__(self, baseline: Baseline):
        self.baseline = baseline

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Return predicted stars."""
        return self.baseline.predict(user, movie)

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return the movie biases for each user."""
        return np.tile(self.baseline.movie_bias, (len(users), 1))


class PopularityScorer:
    """The number of training ratings of a movie; it predicts no stars."""

    def __init__(self, training: Ratings):
        self.counts = np.bincount(training.movie, minlength=training.movies).astype(np.float32)

    def predict(self, user: np.ndarray, movie: np.ndarray) -> None:
        """Return None: a count is no prediction of stars."""
        return

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return the counts for each user."""
        return np.tile(self.counts, (len(users), 1))


def make_scorer(
    trained: Trained, data: Ratings, module: Any = None, known: np.ndarray | None = None
) -> Scorer:
    """Return a trained model as it is evaluated; `module` is needed for one of your own only.

    Raises: ValueError: the weights of this dot_bias are not finite: its training diverged
        ValueError: unknown="mean" needs dot or dot_bias: of a net no mean user is made
    """
    if not np.isfinite(trained.params).all():
        text = f"the weights of this {trained.model} are not finite: its training diverged"
        raise ValueError(text)
    if trained.model in CLOSED:
        return DotScorer(trained, data, known)
    if known is not None:
        text = f'unknown="mean" needs dot or dot_bias: of a {trained.model} no mean user is made'
        raise ValueError(text)
    return ModuleScorer(trained, data, module)
