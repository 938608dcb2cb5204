"""The movies of a trained rating model: vectors, biases, neighbors, noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from optviz.extras import require_torch
from optviz.movielens.ratings import MovieLensError, Ratings
from optviz.recommenders.problems.dot_problem import squash_scores
from optviz.recommenders.trained import (
    CLOSED,
    Trained,
    count_training_ratings,
    describe_model,
    find_place,
    find_title,
)
from optviz.runs.blas_threads import pin_blas

NEAREST = 3
"""Rated movies, and factors, that a recommendation gives as its reasons."""


class Neighbor(NamedTuple):
    """A movie whose vector points the same way as another's.

    Units: rating in stars, the user's own; None where there is none
    """

    movie: int
    """The published id."""
    title: str
    genres: tuple[str, ...]
    cosine: float
    """Of the angle between the two vectors in the full space, after the mean was taken off."""
    count: int
    """The training ratings of the movie."""
    rating: float | None = None

    def words(self) -> str:
        """Return the neighbor as a part of a sentence."""
        own = "" if self.rating is None else f"rated {self.rating:g}, "
        return f"{self.title} ({own}cosine {self.cosine:.2f})"


class Recommendation(NamedTuple):
    """A movie that a user has not rated, its predicted rating and the reasons for it.

    Units: rating and interval in stars; factors in the score before the sigmoid
    """

    movie: int
    """The published id."""
    title: str
    genres: tuple[str, ...]
    rating: float
    count: int
    """The training ratings of the movie."""
    neighbors: tuple[Neighbor, ...]
    """The nearest of the movies that the user rated."""
    factors: tuple[tuple[int, float], ...]
    """The factors that add most to the score, and what each adds; empty without a dot product."""
    interval: tuple[float, float] | None = None
    """The interval that is to hold the rating; of a new user only."""

    def words(self) -> str:
        """Return the recommendation in sentences, with its reasons."""
        span = ""
        if self.interval is not None:
            span = f", between {self.interval[0]:.1f} and {self.interval[1]:.1f}"
        parts = [f"{self.title}: {self.rating:.2f} stars{span} ({self.count:,} training ratings)."]
        if self.neighbors:
            parts.append(f"Near {'; '.join(each.words() for each in self.neighbors)}.")
        if self.factors:
            added = ", ".join(f"{factor} ({product:+.2f})" for factor, product in self.factors)
            parts.append(f"The factors that add most: {added}.")
        return " ".join(parts)


@dataclass(frozen=True, eq=False)
class MovieTables:
    """The movies of a trained model, and the users' mean and noise where it is a dot product.

    Shapes: vectors (movies, factors), None for a module without a table of movies; counts
        (movies,); bias (movies,); mean (n,), a user's bias, if any, and vector
    Units: noise in stars squared
    """

    data: Ratings
    vectors: np.ndarray | None
    counts: np.ndarray
    """The training ratings of each movie; all ratings where the split is not known."""
    bias: np.ndarray | None = None
    has_user_bias: bool = False
    bounds: tuple[float, float] | None = None
    """The range of the sigmoid; None where there is none."""
    mean: np.ndarray | None = None
    """The mean of the users who have a training rating."""
    noise: float = np.nan
    """The mean squared error of known users, over ratings that the training did not see."""
    raters: int = 0
    """The users who have a training rating."""

    @cached_property
    def units(self) -> np.ndarray:
        """The movies' vectors without their mean, of length 1: (movies, factors).

        Movies without a training rating have no part in the mean.
        """
        assert self.vectors is not None
        rated = self.counts > 0
        shifted = self.vectors - self.vectors[rated if rated.any() else slice(None)].mean(axis=0)
        lengths = np.linalg.norm(shifted, axis=1, keepdims=True)
        return shifted / np.where(lengths > 0, lengths, 1.0)

    @cached_property
    def rows(self) -> np.ndarray:
        """The factors of a user's bias and vector in each movie's score, (movies, n)."""
        assert self.vectors is not None
        ones = np.ones((len(self.vectors), int(self.has_user_bias)))
        return np.concatenate([ones, self.vectors], axis=1)

    @cached_property
    def offsets(self) -> np.ndarray:
        """The part of each movie's score that is the same for every user, (movies,)."""
        return np.zeros(len(self.counts)) if self.bias is None else self.bias

    @cached_property
    def places(self) -> dict[int, int]:
        """Published id -> index."""
        return {number: place for place, number in enumerate(self.data.movie_ids.tolist())}

    def find(self, movie: Any) -> int:
        """Return the index of a movie that is given by its published id or its title.

        Raises: MovieLensError: no movie "Toy Stroy"; nearest: Toy Story (1995), Toy Story 2 (1999)
        """
        if isinstance(movie, str):
            return find_title(self.data, movie)
        if isinstance(movie, (int, np.integer)) and not isinstance(movie, bool):
            place = self.places.get(int(movie))
            if place is not None:
                return place
        return find_place("movie", movie, None, self.data.movie_ids, self.data.titles)

    def read_ratings(self, ratings: Mapping[Any, Any]) -> dict[int, float]:
        """Return index -> stars of ratings by title or published id.

        Raises: MovieLensError: Toy Story (1995) takes .5 to 5 stars, got 7
        """
        if not isinstance(ratings, Mapping):
            raise MovieLensError(f"ratings are given as {{title: stars}}, got {ratings!r:.60}")
        found: dict[int, float] = {}
        low, high = self.data.scale
        for movie, stars in ratings.items():
            place = self.find(movie)
            title = self.data.titles[place]
            is_number = isinstance(stars, (int, float, np.number)) and not isinstance(stars, bool)
            if not is_number or not low <= stars <= high:
                raise MovieLensError(f"{title} takes {low:g} to {high:g} stars, got {stars!r}")
            if place in found:
                raise MovieLensError(f"{title} is rated twice: give it once, by title or by id")
            found[place] = float(stars)
        return found

    def predict(self, params: np.ndarray) -> np.ndarray:
        """Predict a user's rating of every movie, (movies,), from bias and vector (n,)."""
        with pin_blas():
            scores = self.rows @ params
        return squash_scores(scores + self.offsets, self.bounds)

    def find_nearest(
        self, place: int, among: np.ndarray, n: int, stars: Mapping[int, float] | None = None
    ) -> tuple[Neighbor, ...]:
        """Return the movies among some whose vectors point most the same way, itself left out."""
        if self.vectors is None:
            return ()
        among = among[among != place]
        cosines = np.einsum("ij,j->i", self.units[among], self.units[place])
        order = np.argsort(-cosines, kind="stable")[:n]
        return tuple(
            Neighbor(
                int(self.data.movie_ids[other]),
                self.data.titles[other],
                self.data.genres[other],
                float(cosine),
                int(self.counts[other]),
                (stars or {}).get(int(other)),
            )
            for other, cosine in zip(among[order], cosines[order], strict=True)
        )

    def recommend(
        self,
        ratings: np.ndarray,
        rated: Mapping[int, float],
        n: int,
        least: int,
        vector: np.ndarray | None = None,
        half: np.ndarray | None = None,
    ) -> tuple[Recommendation, ...]:
        """Return the movies of the highest predicted ratings (movies,), with reasons.

        Left out are those rated, and those with fewer than `least` training ratings.
        """
        is_free = self.counts >= max(1, least)
        is_free[list(rated)] = False
        free = np.flatnonzero(is_free)
        best = free[np.argsort(-ratings[free], kind="stable")[:n]]
        known = np.array([place for place in rated if self.counts[place] > 0], int)
        return tuple(
            Recommendation(
                int(self.data.movie_ids[place]),
                self.data.titles[place],
                self.data.genres[place],
                float(ratings[place]),
                int(self.counts[place]),
                self.find_nearest(int(place), known, NEAREST, rated),
                () if vector is None else self.rank_factors(int(place), vector),
                None if half is None else self.clip_interval(ratings[place], half[place]),
            )
            for place in best
        )

    def rank_factors(self, place: int, vector: np.ndarray) -> tuple[tuple[int, float], ...]:
        """Return the factors whose products of user and movie are largest, with the products."""
        assert self.vectors is not None
        products = vector * self.vectors[place]
        best = np.argsort(-products, kind="stable")[:NEAREST]
        return tuple((int(each), float(products[each])) for each in best if products[each] > 0)

    def clip_interval(self, rating: Any, half: Any) -> tuple[float, float]:
        """Return the interval around a rating, within the scale."""
        low, high = np.clip([rating - half, rating + half], *self.data.scale)
        return float(low), float(high)


def build_tables(trained: Trained, data: Ratings, module: Any = None) -> MovieTables:
    """Return the tables of a model's movies, from its weights."""
    trained.check(data)
    if "split" in trained.about:
        split, valid = trained.about["split"], trained.about["valid"]
        users, counts = count_training_ratings(data, split, valid)
        held = data.split(split, valid)[1]
    else:
        users = np.bincount(data.user, minlength=data.users)
        counts, held = np.bincount(data.movie, minlength=data.movies), data
    if trained.model not in CLOSED:
        return MovieTables(data, find_movie_vectors(trained, module), counts)
    problem = trained.problem(held)
    tables = problem.tables(trained.params.astype(float))
    biases = [] if tables.user_bias is None else [tables.user_bias[:, None]]
    known = np.concatenate([*biases, tables.user], axis=1)[users > 0]
    return MovieTables(
        data,
        tables.movie,
        counts,
        tables.movie_bias,
        bool(biases),
        problem.bounds,
        known.mean(axis=0),
        float(problem.loss(trained.params)),
        len(known),
    )


def find_movie_vectors(trained: Trained, module: Any) -> np.ndarray | None:
    """Return the widest table of vectors that a module has for the movies; None without one."""
    require_torch(describe_model(trained.model))
    from torch import nn

    count = len(trained.movie_ids)
    tables = [
        each.weight.detach().double().numpy()
        for each in trained.module(module).modules()
        if isinstance(each, nn.Embedding) and each.num_embeddings == count
    ]
    return max((each for each in tables if each.shape[1] > 1), key=np.size, default=None)
