"""A made rating model over made ratings, without training and without torch."""

from typing import Any

import numpy as np
from hypothesis import settings

from optviz.movielens import Ratings
from optviz.recommenders import Recommender, Trained

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)
"""Hypothesis as every test uses it: the same few cases each time."""


def made_data(users: int = 30, movies: int = 24, seed: int = 0) -> Ratings:
    """Ratings of about half of all pairs, but none of the last movie but one by one user."""
    rng = np.random.default_rng(seed)
    is_rated = rng.random((users, movies)) < 0.5
    is_rated[:, -1] = False
    is_rated[0, -1] = True
    user, movie = np.nonzero(is_rated)
    return Ratings(
        name="made",
        user=user,
        movie=movie,
        rating=rng.integers(1, 6, len(user)).astype(float),
        user_ids=np.arange(1, users + 1),
        movie_ids=10 * np.arange(1, movies + 1),
        titles=tuple(f"Movie {chr(65 + i)} ({1990 + i})" for i in range(movies)),
        genres=(("Drama",),) * movies,
        scale=(1.0, 5.0),
        checksum="made",
        source="",
    )


def made_model(
    model: str = "dot_bias", factors: int = 3, seed: int = 0, **about: Any
) -> Recommender:
    """A model whose weights are drawn at random, with the split of a training."""
    data = made_data(seed=seed)
    rng = np.random.default_rng(seed + 1)
    is_wide = model == "dot_bias"
    params = rng.normal(0, 0.7, (data.users + data.movies) * (factors + is_wide))
    settings: dict[str, Any] = {"factors": factors}
    if is_wide:
        settings |= {"scale": [1.0, 5.0], "pad": 0.0}
    about = {"data": "made", "split": 0, "valid": 0.2} | about
    return Recommender(Trained(model, settings, params, data.user_ids, data.movie_ids, about), data)


def bare_movie(model: Recommender) -> int:
    """The published id of the movie that nobody in the training rated."""
    return int(model.data.movie_ids[np.flatnonzero(model.tables.counts == 0)[0]])
