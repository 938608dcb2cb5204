"""A user whom the training never saw: one bias and one vector, found from a few ratings.

The movies stay as they were trained, so the loss is a surface over one user's numbers alone. A
ridge keeps them near the mean user; where there is no sigmoid its optimum is one linear solve, with
the sigmoid a few steps of Newton's method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from optviz.movielens.ratings import MovieLensError
from optviz.recommenders.movie_tables import MovieTables, Recommendation
from optviz.recommenders.new_users.new_user_problem import (
    STRENGTH,
    NewUserProblem,
    squash_with_slopes,
)
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole, run
from optviz.runs.trajectory import Trajectory
from optviz.specs import OptimizerSpec, parse_spec

LEVEL = 0.8
"""The share of ratings that an interval is to hold."""


class RatingInterval(NamedTuple):
    """A new user's predicted rating of a movie, with the interval that is to hold the real one.

    Units: stars
    """

    movie: int
    """The published id."""
    title: str
    rating: float
    low: float
    high: float
    level: float
    """The share of real ratings that such intervals are to hold."""
    count: int
    """The training ratings of the movie."""

    def words(self) -> str:
        """Return the prediction as a sentence."""
        behind = f"{self.count:,} training ratings" if self.count else "no training rating"
        return (
            f"{self.title}: {self.rating:.2f} stars, {self.level:.0%} between {self.low:.2f} and "
            f"{self.high:.2f} ({behind} of the movie)."
        )


@dataclass(frozen=True, eq=False)
class NewUser:
    """A user found from a few ratings: bias, vector and what they predict.

    Shapes: params (n,), bias, if the model has one, and vector
    """

    tables: MovieTables
    ratings: dict[int, float]
    """The stars of each rated movie, by its index."""
    problem: NewUserProblem
    params: np.ndarray
    trajectory: Trajectory | None = None
    """The run of the rule, where one was given."""

    @property
    def bias(self) -> float | None:
        """The user's bias; None where the model has none."""
        return float(self.params[0]) if self.tables.has_user_bias else None

    @property
    def vector(self) -> np.ndarray:
        """The user's vector, (factors,)."""
        return self.params[int(self.tables.has_user_bias) :]

    @property
    def optimum(self) -> np.ndarray:
        """The params of the lowest loss, (n,)."""
        return np.array(self.problem.minima[0])

    @property
    def left_out(self) -> tuple[str, ...]:
        """The titles that were rated but have no training rating, so that they tell nothing."""
        counts, titles = self.tables.counts, self.tables.data.titles
        return tuple(titles[place] for place in self.ratings if not counts[place])

    @property
    def is_lost(self) -> bool:
        """True where the rule ended above the loss it began with: it diverged."""
        path = self.trajectory
        if path is None:
            return False
        return not np.isfinite(path.losses).all() or bool(path.losses[-1] > path.losses[0])

    def check(self) -> None:
        """Refuse to predict from a vector that a rule has lost.

        Raises: MovieLensError: SGD lr=1e+09 diverged: it ended at a loss of 6.1, above ...
        """
        if self.is_lost:
            assert self.trajectory is not None
            losses = self.trajectory.losses
            raise MovieLensError(
                f"{self.trajectory.label} diverged: it ended at a loss of {losses[-1]:.4g}, above "
                f"the {losses[0]:.4g} of the mean user it began at, so that its predictions mean "
                "nothing; lower its learning rate"
            )

    @cached_property
    def spread(self) -> np.ndarray:
        """The covariance of the params for a noise of 1, (n, n)."""
        return self.problem.find_spread(self.params)

    def predict(self, movie: int | str, level: float = LEVEL) -> RatingInterval:
        """Predict the rating of a movie, by published id or title, with its interval.

        Raises: MovieLensError: no movie "Toy Stroy"; nearest: Toy Story (1995)
        """
        self.check()
        place, data = self.tables.find(movie), self.tables.data
        ratings, half = self.predict_all(level, np.array([place]))
        low, high = self.tables.clip_interval(ratings[0], half[0])
        known = int(data.movie_ids[place]), data.titles[place]
        return RatingInterval(
            *known, float(ratings[0]), low, high, level, int(self.tables.counts[place])
        )

    def predict_all(
        self, level: float = LEVEL, places: np.ndarray | slice = slice(None)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the predicted ratings of movies, by index, and half the width of their intervals.

        An interval holds a rating's own noise, as validation ratings of known users have it, and
        what is not known of the user; that a movie's vector is uncertain is in the first alone.

        Shapes: (movies,) each
        Raises: ValueError: level must be between 0 and 1, got 80
        """
        rows, tables = self.tables.rows[places], self.tables
        with pin_blas():
            scores = rows @ self.params + tables.offsets[places]
            ratings, slope, _ = squash_with_slopes(scores, tables.bounds)
            doubt = np.einsum("ij,ij->i", rows @ self.spread, rows) * slope**2
        return ratings, find_reach(level) * np.sqrt(tables.noise * (1 + doubt))

    def recommend(
        self, n: int = 10, least: int = 1, level: float = LEVEL
    ) -> tuple[Recommendation, ...]:
        """Return the best movies that the user has not rated, with reasons and intervals.

        `least` is the floor on the training ratings of a movie.
        """
        self.check()
        n, least = check_whole("n", n), check_whole("least", least)
        ratings, half = self.predict_all(level)
        return self.tables.recommend(ratings, self.ratings, n, least, self.vector, half)

    def words(self) -> str:
        """Return in sentences what the user was found from, and how near to the optimum."""
        count = len(self.problem.rating)
        text = f"A new user from {count:,} rating{'' if count == 1 else 's'}"
        if self.trajectory is None:
            text += ", at the optimum (Newton's method)."
        else:
            gap = self.problem.loss(self.params) - self.problem.loss(self.optimum)
            text += (
                f" by {self.trajectory.label}: {self.trajectory.ended}; "
                f"its loss is {gap:.2g} above the optimum's."
            )
        if self.left_out:
            text += f" Left out, as nobody in the training rated them: {', '.join(self.left_out)}."
        return text


def find_reach(level: Any) -> float:
    """Return how many standard deviations to each side hold a share of a Gaussian.

    Raises: ValueError: level must be between 0 and 1, got 80
    """
    is_number = isinstance(level, (int, float, np.number)) and not isinstance(level, bool)
    if not is_number or not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    return NormalDist().inv_cdf((1 + float(level)) / 2)


def find_new_user(
    tables: MovieTables,
    ratings: Mapping[Any, Any],
    rule: Any = None,
    *,
    steps: int = 100,
    strength: float = STRENGTH,
) -> NewUser:
    """Find a new user from ratings by title or published id: see `Recommender.new_user`."""
    if tables.mean is None:
        raise MovieLensError(
            "a new user's vector is found for the dot and dot_bias models, whose prediction is a "
            "dot product of user and movie: train one of these"
        )
    steps = check_whole("steps", steps)
    found = tables.read_ratings(ratings)
    problem = build_problem(tables, found, strength)
    optimum = problem.solve()
    problem.minima = (tuple(optimum.tolist()),)
    if rule is None:
        return NewUser(tables, found, problem, optimum)
    entry = parse_spec(rule) if isinstance(rule, str) else OptimizerSpec(rule)
    with pin_blas():
        trajectory = run(problem, entry.rule, steps, schedule=entry.schedule)
    finite = np.isfinite(trajectory.path).all(axis=1) & np.isfinite(trajectory.losses)
    return NewUser(tables, found, problem, trajectory.path[finite][-1], trajectory)


def build_problem(
    tables: MovieTables, ratings: Mapping[int, float], strength: float = STRENGTH
) -> NewUserProblem:
    """Return the problem of a user who gave these stars, by the movies' indexes.

    Movies without a training rating are left out: their vectors are what they began as.
    """
    assert tables.mean is not None
    places = np.array([place for place in ratings if tables.counts[place] > 0], int)
    count, n = len(places), len(tables.mean)
    return NewUserProblem(
        tables.rows[places],
        tables.offsets[places],
        np.array([ratings[place] for place in places.tolist()], float),
        tables.mean,
        strength=strength,
        bounds=tables.bounds,
        names=("bias",) * tables.has_user_bias
        + tuple(f"v{factor}" for factor in range(n - tables.has_user_bias)),
        name=f"a new user with {count:,} rating{'' if count == 1 else 's'}",
    )
