"""Trained models whose weights are planted, with ratings of movies that have genres."""

from dataclasses import replace
from typing import Any

import numpy as np

from optviz.movielens import Ratings
from optviz.recommenders import Trained
from tests.support.movielens_made import made_ratings

GENRES = (("Sci-Fi",), ("Sci-Fi", "Drama"), ("Drama",), ("Comedy", "Drama"), (), ("unknown",))


def genre_ratings(users: int = 12, movies: int = 8) -> Ratings:
    """Ratings in which movie m has the ratings of all users but the last m, so it is the m-th."""
    user, movie = (each.ravel() for each in np.indices((users, movies)))
    rows = user + movie < users
    user, movie = user[rows], movie[rows]
    return replace(
        made_ratings(),
        user=user,
        movie=movie,
        rating=1.0 + (user * 7 + movie * 3) % 5,
        user_ids=np.arange(1, users + 1),
        movie_ids=np.arange(10, 10 + movies),
        titles=tuple(f"Movie {m}, The (200{m % 10})" for m in range(movies)),
        genres=tuple(GENRES[m % len(GENRES)] for m in range(movies)),
    )


def plant_model(
    data: Ratings, user: Any, movie: Any, user_bias: Any = None, movie_bias: Any = None
) -> Trained:
    """A dot product model (with biases, where these are given) of these tables."""
    tables = [user, movie] if movie_bias is None else [user, movie, user_bias, movie_bias]
    settings = {"factors": np.shape(movie)[1]}
    is_biased = movie_bias is not None
    return Trained(
        model="dot_bias" if is_biased else "dot",
        settings=settings | ({"scale": list(data.scale), "pad": 0.0} if is_biased else {}),
        params=np.concatenate([np.asarray(each, np.float32).ravel() for each in tables]),
        user_ids=data.user_ids,
        movie_ids=data.movie_ids,
    )


def plant_random(data: Ratings, factors: int = 5, seed: int = 0) -> Trained:
    """A dot product model with biases, its weights drawn at random."""
    draw = np.random.default_rng(seed).normal
    sizes = (data.users, factors), (data.movies, factors), data.users, data.movies
    return plant_model(data, *(draw(size=size) for size in sizes))
