"""The vectors of a trained model's movies or users, with what is known of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings, check_ratings
from optviz.recommenders.problems.tables import Tables
from optviz.recommenders.trained import CLOSED, Trained, count_training_ratings
from optviz.recommenders.training.record import Training
from optviz.runs.loop import check_whole

LEAST = 50
"""The training ratings that a movie or user needs, unless the caller says otherwise."""
MOST = 1500
"""The rows that are taken at most, those with most ratings first: a map of more is a blot."""
SIDES = ("movie", "user")
NO_GENRE = ("unknown", "(no genres listed)")
"""Words in the place of a genre that name none."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """The vectors of the movies or users with enough training ratings, those with most first.

    Shapes: vectors (rows, factors); center (factors,); places, ids, counts (rows,); biases
        (rows,) or None where the model has none
    Units: biases in the score before the sigmoid
    """

    side: str
    """movie or user."""
    vectors: np.ndarray
    center: np.ndarray
    """The mean vector of all that have a training rating; neighbors are sought around it."""
    places: np.ndarray
    """The index of each row in the data."""
    ids: np.ndarray
    titles: tuple[str, ...]
    genres: tuple[tuple[str, ...], ...]
    counts: np.ndarray
    """The training ratings; all ratings where the split of the training is not known."""
    biases: np.ndarray | None
    least: int
    """The training ratings that each has at least."""
    eligible: int
    """The number of all that have so many; those here are the ones with most."""
    model: str

    def __len__(self) -> int:
        return len(self.vectors)

    @cached_property
    def units(self) -> np.ndarray:
        """The directions from the center, vectors of length 1 (0 at the center): (rows, factors).

        They are those by which `Recommender.similar` compares movies.
        """
        shifted = self.vectors - self.center
        lengths = np.linalg.norm(shifted, axis=1, keepdims=True)
        return shifted / np.where(lengths > 0, lengths, 1.0)


def read_vectors(
    model: Training | Trained,
    data: Ratings,
    side: str = "movie",
    *,
    least: int = LEAST,
    most: int = MOST,
) -> Vectors:
    """Return the vectors of the movies (or users) with at least `least` training ratings.

    Where these are more than `most`, those with most ratings. Needs no torch, for the mini net too.

    Raises: MovieLensError: no movie has 50 training ratings, the most is 12: give least=12 or less
    """
    trained = model.trained if isinstance(model, Training) else model
    least, most = check_whole("least", least), check_whole("most", most)
    if side not in SIDES:
        raise ValueError(f'side must be {" or ".join(SIDES)}, got "{side}"')
    tables = read_tables(trained)
    trained.check(data)
    counts = count_ratings(trained, data)[SIDES.index(side)]
    vectors, biases = np.asarray(getattr(tables, side), float), getattr(tables, f"{side}_bias")
    order = np.argsort(-counts, kind="stable")
    eligible = order[counts[order] >= least]
    rows = eligible[:most]
    if not len(rows):
        top = int(counts.max())
        hint = f"give least={top} or less" if top else "it was trained on none"
        raise MovieLensError(f"no {side} has {least} training ratings, the most is {top}: {hint}")
    is_movie = side == "movie"
    ids = (data.movie_ids if is_movie else data.user_ids)[rows]
    return Vectors(
        side=side,
        vectors=vectors[rows],
        center=vectors[counts > 0].mean(axis=0),
        places=rows,
        ids=ids,
        titles=tuple(
            data.titles[row] if is_movie else f"user {data.user_ids[row]}" for row in rows
        ),
        genres=tuple(clean_genres(data.genres[row]) if is_movie else () for row in rows),
        counts=counts[rows],
        biases=None if biases is None else np.asarray(biases, float)[rows],
        least=least,
        eligible=len(eligible),
        model=trained.model,
    )


def read_tables(trained: Trained, params: np.ndarray | None = None) -> Tables:
    """Return views of a model's weights, or of others in their order, as tables.

    The mini net's first two tensors are its embeddings too; it has no biases of movies or users.

    Shapes: params (n,), such as a point of the path or a gradient
    Raises: ValueError: a Mine is no model of the lesson, so its embeddings are not known: ...
    """
    if trained.model not in (*CLOSED, "net"):
        raise ValueError(
            f"a {trained.model} is no model of the lesson, so its embeddings are not known: "
            "take its tables of weights yourself"
        )
    params = trained.params if params is None else params
    users, movies = len(trained.user_ids), len(trained.movie_ids)
    sizes = np.cumsum([users * trained.settings["factors"], movies * trained.settings["factors"]])
    user, movie, rest = np.split(params, sizes)
    tables = user.reshape(users, -1), movie.reshape(movies, -1)
    if trained.model != "dot_bias":
        return Tables(*tables, None, None)
    return Tables(*tables, rest[:users], rest[users:])


def count_ratings(trained: Trained, data: Ratings) -> tuple[np.ndarray, np.ndarray]:
    """Return the training ratings of each movie and of each user.

    All ratings are counted where the split of the training is not known.
    """
    if "split" in trained.about:
        users, movies = count_training_ratings(data, trained.about["split"], trained.about["valid"])
        return movies, users
    movies = np.bincount(check_ratings(data).movie, minlength=data.movies)
    return movies, np.bincount(data.user, minlength=data.users)


def clean_genres(genres: tuple[str, ...]) -> tuple[str, ...]:
    """Return the genres without words that stand for none."""
    return tuple(each for each in genres if each not in NO_GENRE)


def count_words(vectors: Vectors) -> str:
    """Return in words which rows there are: "530 movies with at least 50 training ratings"."""
    noun = vectors.side + ("" if vectors.eligible == 1 else "s")
    plural = "" if vectors.least == 1 else "s"
    words = f"{vectors.eligible:,} {noun} with at least {vectors.least} training rating{plural}"
    if len(vectors) == vectors.eligible:
        return words
    return f"the {len(vectors):,} of {words} that have most"
