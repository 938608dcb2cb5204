"""The movies (or users) of the highest and the lowest bias, with intervals and shrinkage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings
from optviz.recommenders.embeddings.vectors import LEAST, SIDES, count_words, read_vectors
from optviz.recommenders.trained import Trained
from optviz.recommenders.training.record import Training
from optviz.runs.loop import check_whole

SURE = 1.96
"""Standard deviations on each side of a 95 % interval."""


class Bias(NamedTuple):
    """The bias of a movie or user.

    Units: bias, low, high and free in the score before the sigmoid; mean in stars
    """

    id: int
    title: str
    count: int
    """Its training ratings."""
    mean: float
    """Their mean."""
    bias: float
    low: float
    high: float
    free: float
    """The bias that its own training ratings ask for, all other weights as they are."""


@dataclass(frozen=True, eq=False)
class BiasRanking:
    """The highest and the lowest biases among those with enough training ratings."""

    side: str
    best: tuple[Bias, ...]
    """The highest, first."""
    worst: tuple[Bias, ...]
    """The lowest, first."""
    shrinkage: float
    """The share of what the ratings ask for by which biases fall short, in the mean; below 0
    where they go beyond."""
    noise: float
    """The standard deviation of a rating around its prediction, in stars."""
    about: str
    """Which movies were ranked, in words."""

    def words(self) -> str:
        """Return in sentences what was ranked, and how far the biases can be trusted."""
        way = "short of" if self.shrinkage >= 0 else "beyond"
        return (
            f"{self.about[:1].upper()}{self.about[1:]}, ranked by bias: what is added for everyone "
            f"alike, before the sigmoid. Bars are 95% intervals, all other weights as they are, "
            f"with ratings {self.noise:.2f} stars around their predictions. Weight decay and an "
            f"early end keep biases {abs(self.shrinkage):.0%} {way} what their own training "
            "ratings ask for (hollow marks)."
        )


def rank_biases(
    model: Training | Trained,
    data: Ratings,
    side: str = "movie",
    *,
    n: int = 10,
    least: int = LEAST,
) -> BiasRanking:
    """Return the n highest and n lowest biases among the movies (or users) with enough ratings.

    Few ratings leave a bias near where it began, so those with fewer than `least` are left out.
    A bias's interval is that of least squares on its ratings, linearized in the score; its noise
    is the error on ratings held back, where the split of the training is known.

    Raises: ValueError: a net has no biases of movies: train dot_bias
    """
    trained = model.trained if isinstance(model, Training) else model
    n = check_whole("n", n)
    vectors = read_vectors(trained, data, side, least=least, most=len(data))
    if vectors.biases is None:
        raise ValueError(f"a {trained.model} has no biases of {side}s: train dot_bias")
    rows, held = data, data
    if "split" in trained.about:
        rows, held = data.split(trained.about["split"], trained.about["valid"])
    weight, pull = weigh_ratings(trained, rows, side)
    if not weight[vectors.places].all():
        raise MovieLensError("the sigmoid is saturated for all ratings of a movie: no interval")
    noise = float(np.sqrt(trained.problem(held).loss(trained.params.astype(float))))
    index = (rows.movie, rows.user)[SIDES.index(side)]
    means = np.bincount(index, rows.rating, len(weight))[vectors.places] / vectors.counts
    weight, pull = weight[vectors.places], pull[vectors.places]
    half, free = SURE * noise / np.sqrt(weight), vectors.biases + pull / weight
    found = [
        Bias(
            int(number),
            title,
            int(count),
            float(mean),
            float(bias),
            float(bias - wide),
            float(bias + wide),
            float(asked),
        )
        for number, title, count, mean, bias, wide, asked in zip(
            vectors.ids,
            vectors.titles,
            vectors.counts,
            means,
            vectors.biases,
            half,
            free,
            strict=True,
        )
    ]
    found.sort(key=lambda each: -each.bias)
    short = 1 - float(vectors.biases @ free) / float(free @ free) if free.any() else 0.0
    worst = tuple(reversed(found[max(n, len(found) - n) :]))
    return BiasRanking(side, tuple(found[:n]), worst, short, noise, count_words(vectors))


def weigh_ratings(trained: Trained, rows: Ratings, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each movie (or user), the sums of slope squared and of slope times error.

    The slope is that of a prediction in its score: least squares linearized, 1 unknown each.

    Units: slopes in stars, errors (rating less prediction) in stars
    """
    params = trained.params.astype(float)
    problem = trained.problem(rows)
    predicted = problem.predict(params, rows.user, rows.movie)
    slope = np.ones(len(rows))
    if problem.bounds is not None:
        low, high = problem.bounds
        slope = (predicted - low) * (high - predicted) / (high - low)
    index = (rows.movie, rows.user)[SIDES.index(side)]
    count = (rows.movies, rows.users)[SIDES.index(side)]
    weight = np.bincount(index, slope * slope, count)
    return weight, np.bincount(index, slope * (rows.rating - predicted), count)
