"""The genres that neighbors share, beside what shuffled labels would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optviz.recommenders.embeddings.nearest import find_nearest
from optviz.recommenders.embeddings.vectors import Vectors, count_words
from optviz.runs.loop import check_whole

NEAREST = 5
"""Neighbors of each movie that are looked at: the first ones, as a person would."""
DRAWS = 2000
"""Draws of the bootstrap, and shuffles of the labels."""


@dataclass(frozen=True, eq=False)
class GenreOverlap:
    """The overlap of genres between movies and their neighbors in the full space.

    The overlap of two movies is the number of genres that both have, over those that either has.
    """

    overlap: float
    """The mean overlap of a movie with its neighbors."""
    shuffled: float
    """The mean overlap of any two movies: what shuffled labels have in the mean, exactly."""
    interval: tuple[float, float]
    """The 95 % interval of the ratio, by bootstrap over movies."""
    highest: float
    """The highest ratio of all shuffles."""
    chance: float
    """The share of shuffles whose ratio is at least this one; none is told as 1 of them + 1."""
    nearest: int
    movies: int
    """The movies that have a genre; others have no part in this."""
    about: str
    """Which movies these are, in words."""

    @property
    def ratio(self) -> float:
        """The overlap in units of that of shuffled labels."""
        return self.overlap / self.shuffled

    def words(self) -> str:
        """Return the result in sentences."""
        low, high = self.interval
        return (
            f"A movie and its {self.nearest} nearest share {self.overlap:.0%} of their genres, "
            f"{self.ratio:.2f} times as many as with shuffled labels ({self.shuffled:.0%}); 95% "
            f"interval {low:.2f} to {high:.2f}, the highest of the shuffles {self.highest:.2f} "
            f"(p {'<' if self.chance <= 1 / DRAWS else '='} {max(self.chance, 1 / DRAWS):.2g}). "
            f"{self.about[:1].upper()}{self.about[1:]}, {self.movies:,} of them with genres."
        )


def measure_genre_overlap(
    vectors: Vectors, nearest: int = NEAREST, *, draws: int = DRAWS, seed: int = 0
) -> GenreOverlap:
    """Return how many genres movies share with their nearest neighbors in the full space.

    Raises: ValueError: genres are shared by movies, these are users
    """
    if vectors.side != "movie":
        raise ValueError(f"genres are shared by movies, these are {vectors.side}s")
    rows = np.array([row for row, genres in enumerate(vectors.genres) if genres], int)
    if len(rows) <= check_whole("nearest", nearest):
        raise ValueError(f"{nearest} neighbors need more than {len(rows)} movies with genres")
    shared = compare_genres([vectors.genres[row] for row in rows])
    near, _ = find_nearest(vectors.units[rows], nearest)
    own = np.take_along_axis(shared, near, axis=1).mean(axis=1)
    usual = (shared.sum(axis=1) - 1) / (len(rows) - 1)
    if not usual.any():
        raise ValueError("no two of these movies share a genre, so there is nothing to compare")
    random = np.random.default_rng(check_whole("seed", seed, low=0))
    ratio = own.mean() / usual.mean()
    shuffles = shuffle_ratios(shared, near, draws, random) / usual.mean()
    return GenreOverlap(
        overlap=float(own.mean()),
        shuffled=float(usual.mean()),
        interval=bootstrap_ratio(own, usual, draws, random),
        highest=float(shuffles.max()),
        chance=float((1 + (shuffles >= ratio).sum()) / (draws + 1)),
        nearest=nearest,
        movies=len(rows),
        about=count_words(vectors),
    )


def compare_genres(genres: list[tuple[str, ...]]) -> np.ndarray:
    """Return the share of common genres of any two movies, (movies, movies)."""
    names = sorted({name for each in genres for name in each})
    has = np.array([[name in each for name in names] for each in genres], float)
    both, counts = np.einsum("ig,jg->ij", has, has), has.sum(axis=1)
    return both / (counts[:, None] + counts - both)


def bootstrap_ratio(
    own: np.ndarray, usual: np.ndarray, draws: int, random: np.random.Generator
) -> tuple[float, float]:
    """Return the 95 % interval of a ratio of two means over the same movies, by percentiles."""
    rows = random.integers(0, len(own), (draws, len(own)))
    low, high = np.quantile(own[rows].mean(axis=1) / usual[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def shuffle_ratios(
    shared: np.ndarray, near: np.ndarray, draws: int, random: np.random.Generator
) -> np.ndarray:
    """Return the mean overlap with neighbors for each of some shuffles of the labels."""
    count = len(shared)
    orders = (random.permutation(count) for _ in range(draws))
    return np.array([shared[order[:, None], order[near]].mean() for order in orders])
