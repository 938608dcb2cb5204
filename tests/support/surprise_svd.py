"""scikit-surprise's SVD as a model to evaluate: with its defaults, or tuned by a stated budget.

It differs from optviz's dot_bias: SGD a rating at a time in the order of the file, never shuffled;
no sigmoid, its predictions are cut to the scale; the global mean is fixed and not learned; biases
start at 0 and vectors from a normal of .1; one rate and one L2 strength for all parameters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from surprise import SVD, Dataset, Reader

from optviz.movielens.ratings import Ratings

FACTORS = (10, 20, 50, 100, 200)
EPOCHS = (10, 20, 30, 50, 80)
RATES, STRENGTHS = (0.001, 0.02), (0.01, 0.3)
"""What is drawn in a trial: rates and strengths log-uniformly, the others evenly."""


class SurpriseScorer:
    """A fitted SVD; a user or movie without training ratings adds nothing to the mean."""

    def __init__(self, training: Ratings, seed: int = 0, **settings: Any):
        columns = {"user": training.user, "movie": training.movie, "rating": training.rating}
        frame, reader = pd.DataFrame(columns), Reader(rating_scale=training.scale)
        rows = Dataset.load_from_df(frame, reader).build_full_trainset()
        self.model = SVD(random_state=seed, **settings).fit(rows)
        self.mean, self.scale = rows.global_mean, training.scale
        users = [rows.to_raw_uid(each) for each in rows.all_users()]
        movies = [rows.to_raw_iid(each) for each in rows.all_items()]
        self.user_bias, self.user = np.zeros(training.users), np.zeros((training.users, 0))
        self.user = spread(self.model.pu, users, training.users)
        self.user_bias = spread(self.model.bu, users, training.users)
        self.movie = spread(self.model.qi, movies, training.movies)
        self.movie_bias = spread(self.model.bi, movies, training.movies)

    def predict(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Return predicted stars, within the scale."""
        dots = np.einsum("ij,ij->i", self.user[user], self.movie[movie])
        return np.clip(
            self.mean + self.user_bias[user] + self.movie_bias[movie] + dots, *self.scale
        )

    def score(self, users: np.ndarray) -> np.ndarray:
        """Return the scores of all movies, before they are cut to the scale."""
        return self.user[users] @ self.movie.T + self.movie_bias

    def measure(self, held: Ratings) -> float:
        """Return the mean squared error on some ratings."""
        return float(np.mean((self.predict(held.user, held.movie) - held.rating) ** 2))


class Trial(NamedTuple):
    """Settings of the SVD and the mean squared error on the inner validation ratings."""

    error: float
    settings: dict[str, Any]


def spread(rows: np.ndarray, places: list[int], count: int) -> np.ndarray:
    """Return a table of `count` rows, zero but for those at `places`."""
    table = np.zeros((count, *rows.shape[1:]))
    table[places] = rows
    return table


def tune_svd(training: Ratings, trials: int, seed: int = 0) -> list[Trial]:
    """Try random settings on an inner 80/20 split of the training ratings; the best come first."""
    inner, held = training.split(seed)
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(trials):
        rate, strength = (np.exp(draw.uniform(*np.log(ends))) for ends in (RATES, STRENGTHS))
        settings = {"n_factors": int(draw.choice(FACTORS)), "n_epochs": int(draw.choice(EPOCHS))}
        settings |= {"lr_all": float(rate), "reg_all": float(strength)}
        found.append(Trial(SurpriseScorer(inner, seed, **settings).measure(held), settings))
    return sorted(found, key=lambda trial: trial.error)
