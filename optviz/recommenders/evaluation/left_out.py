"""Users left out of a training: how well they are predicted from few ratings.

from optviz.movielens import load
from optviz.recommenders.evaluation.left_out import leave_out, measure_new_users, measure_questions

left = leave_out(load(), users=60)
print(measure_new_users(left, given=5).words())
print(measure_questions(left).words())
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings, check_ratings
from optviz.recommenders.baseline import Baseline, bias_only
from optviz.recommenders.evaluation.bootstrap import Estimate, make_estimate, resample_ratios
from optviz.recommenders.new_users.new_user import LEVEL, NewUser, find_new_user
from optviz.recommenders.recommender import Recommender
from optviz.recommenders.training.trainer import train
from optviz.rules import Adam
from optviz.runs.loop import check_whole, run

RESAMPLES = 2000
INTERVAL = 0.95
METHODS: tuple[str, ...] = ("mean user", "bias only", "ridge", "Newton", "Adam")
ADAM_STEPS = 100


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Some users, and a model trained without any of their ratings.

    Shapes: users (k,), indexes
    """

    data: Ratings
    users: np.ndarray
    model: Recommender
    baseline: Baseline
    """The bias-only model of the same training ratings."""

    def split(
        self, user: int, given: int | None, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of a user that are given, drawn at random, and the others."""
        rows = rng.permutation(np.flatnonzero(self.data.user == user))
        cut = round(0.8 * len(rows)) if given is None else given
        return rows[:cut], rows[cut:]


@dataclass(frozen=True, eq=False)
class NewUserMeasurement:
    """Squared errors of users who were left out of the training, by how they were found.

    Shapes: squares (users, METHODS), sums over each user's other ratings; counts, covered (users,)
    Units: squares in stars squared; milliseconds, the median of a user
    """

    data: str
    given: int | None
    """Ratings given of each user; None for four fifths of them."""
    squares: np.ndarray
    counts: np.ndarray
    covered: np.ndarray
    """Other ratings that lay within their interval."""
    level: float
    milliseconds: dict[str, float]

    def loss(self, method: str) -> float:
        """Return the mean squared error of a method over all left-out ratings."""
        return float(self.squares[:, METHODS.index(method)].sum() / self.counts.sum())

    @property
    def coverage(self) -> float:
        """The share of other ratings that lay within their interval."""
        return float(self.covered.sum() / self.counts.sum())

    def gain(self, method: str, over: str) -> Estimate:
        """Return how much lower a method's error is than another's, with its 95 % interval.

        By bootstrap over the users.
        """
        first, second = (self.squares[:, METHODS.index(each)] for each in (over, method))
        return compare_squares(first - second, self.counts)

    def words(self) -> str:
        """Return the errors in sentences."""
        given = "four fifths of their ratings" if self.given is None else f"{self.given} ratings"
        losses = ", ".join(f"{each} {self.loss(each):.4f}" for each in METHODS)
        value, low, high = self.gain("Newton", "bias only")
        return (
            f"{len(self.counts)} left-out users of {self.data}, found from {given}; mean squared "
            f"error of their other ratings: {losses}. Newton against bias only: {value:.4f} "
            f"({low:.4f} to {high:.4f}) lower. {self.coverage:.1%} of the ratings lie within "
            f"their {self.level:.0%} interval. A user takes {self.milliseconds['ridge']:.2f} ms by "
            f"the ridge, {self.milliseconds['Newton']:.2f} ms by Newton's method."
        )


def leave_out(data: Ratings, users: int = 60, seed: int = 0) -> LeftOut:
    """Train dot product plus bias on the ratings of all but some users, drawn at random.

    Raises: MovieLensError: users must leave some to train on: at most 609 of 610, got 610
    """
    users = check_whole("users", users)
    if users >= check_ratings(data).users:
        most = f"at most {data.users - 1} of {data.users}"
        raise MovieLensError(f"users must leave some to train on: {most}, got {users}")
    rng = np.random.default_rng(check_whole("seed", seed, low=0))
    chosen = np.sort(rng.choice(data.users, users, replace=False))
    rest = data.take(np.flatnonzero(~np.isin(data.user, chosen)))
    made = train("dot_bias", rest, seed=seed, progress=False)
    baseline = bias_only(*rest.split(made.about["split"], made.about["valid"]))
    return LeftOut(data, chosen, Recommender(made, rest), baseline)


def measure_new_users(
    left: LeftOut,
    given: int | None = None,
    *,
    seed: int = 0,
    repeats: int = 3,
    level: float = LEVEL,
) -> NewUserMeasurement:
    """Find each left-out user from some ratings, in five ways, and judge by the others.

    The mean user; the bias-only model with a bias of the user's own, as strong a ridge as on the
    training; the vector by one linearized ridge step, by Newton's method, and by 100 steps of Adam.
    `given` ratings are drawn at random `repeats` times (None: four fifths of a user's).
    """
    rng = np.random.default_rng(seed)
    squares = np.zeros((len(left.users), len(METHODS)))
    counts, covered = np.zeros(len(left.users)), np.zeros(len(left.users))
    seconds = []
    for place, user in enumerate(left.users.tolist()):
        for _ in range(repeats):
            own, rest = left.split(user, given, rng)
            movies, stars = left.data.movie[rest], left.data.rating[rest].astype(float)
            predicted, took, half = predict_by_methods(left, own, movies, level)
            squares[place] += np.square(predicted - stars).sum(axis=1)
            covered[place] += (np.abs(predicted[METHODS.index("Newton")] - stars) <= half).sum()
            counts[place] += len(stars)
            seconds.append(took)
    medians = 1000 * np.median(seconds, axis=0)
    times = dict(zip(METHODS, medians.tolist(), strict=True))
    return NewUserMeasurement(left.data.name, given, squares, counts, covered, level, times)


def predict_by_methods(
    left: LeftOut, rows: np.ndarray, movies: np.ndarray, level: float
) -> tuple[np.ndarray, list[float], np.ndarray]:
    """Return the predictions of a user found from rows, by each method, and what they took.

    Shapes: (METHODS, movies), METHODS seconds, half widths of Newton's (movies,)
    """
    someone, base = find_from_rows(left, rows), left.baseline
    problem, tables = someone.problem, left.model.tables

    def find_bias() -> float:
        errors = left.data.rating[rows] - base.mean - base.movie_bias[left.data.movie[rows]]
        return float(errors.sum() / (len(errors) + base.strength))

    ways: dict[str, Callable] = {
        "mean user": lambda: problem.mean,
        "bias only": find_bias,
        "ridge": problem.solve_ridge,
        "Newton": problem.solve,
        "Adam": lambda: run(problem, Adam(lr=0.05), ADAM_STEPS, keep="ends").end,
    }
    predicted, seconds = [], []
    for name in METHODS:
        began = time.perf_counter()
        found = ways[name]()
        seconds.append(time.perf_counter() - began)
        if name == "bias only":
            predicted.append(base.mean + base.movie_bias[movies] + found)
        else:
            predicted.append(tables.predict(found)[movies])
    return np.array(predicted), seconds, someone.predict_all(level, movies)[1]


def find_from_rows(left: LeftOut, rows: np.ndarray) -> NewUser:
    """Find a left-out user from rows of the data, by Newton's method."""
    ids = left.data.movie_ids[left.data.movie[rows]].tolist()
    given = dict(zip(ids, left.data.rating[rows].tolist(), strict=True))
    return find_new_user(left.model.tables, given)


def compare_squares(above: np.ndarray, below: np.ndarray) -> Estimate:
    """Return a ratio of sums over users, and its 95 % interval by resampling the users."""
    columns = above[:, None], below[:, None].astype(float)
    value, draws = resample_ratios(*columns, RESAMPLES, seed=0)
    return make_estimate(value[0], draws[:, 0], INTERVAL)
