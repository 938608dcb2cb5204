"""Sessions of questions to users left out of a training: by which questions most is learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optviz.movielens.ratings import MovieLensError
from optviz.recommenders.evaluation.bootstrap import Estimate
from optviz.recommenders.evaluation.left_out import LeftOut, compare_squares, find_from_rows
from optviz.recommenders.movie_tables import MovieTables
from optviz.recommenders.new_users.asking import choose_floor, choose_questions
from optviz.recommenders.new_users.new_user import LEVEL, NewUser

STRATEGIES = ("ask", "popular", "random")


@dataclass(frozen=True, eq=False)
class QuestionMeasurement:
    """Squared errors of left-out users after each question, by how the questions were chosen.

    Shapes: squares (users, STRATEGIES, questions + 1), sums over the ratings held back; answers the
        same, the answers so far; half the same, the mean half width of the predictions' intervals;
        counts (users,)
    """

    data: str
    is_known: bool
    """True where only movies were asked about that the user had rated."""
    squares: np.ndarray
    answers: np.ndarray
    half: np.ndarray
    counts: np.ndarray

    def curve(self, strategy: str) -> np.ndarray:
        """Return the mean squared error after 0, 1, ... questions."""
        return self.squares[:, STRATEGIES.index(strategy)].sum(axis=0) / self.counts.sum()

    def gain(self, over: str, question: int = -1) -> Estimate:
        """Return how much lower the error is by `ask`, after a question, with its 95 % interval."""
        place = STRATEGIES.index(over)
        return compare_squares(
            self.squares[:, place, question] - self.squares[:, 0, question], self.counts
        )

    def words(self) -> str:
        """Return the errors in sentences."""
        n = self.squares.shape[2] - 1
        about = "movies that they had rated" if self.is_known else "any movie"
        parts = [
            f"{each} {self.curve(each)[-1]:.4f} ({self.answers[:, place, -1].mean():.1f} answers, "
            f"intervals ±{self.half[:, place, -1].mean():.3f})"
            for place, each in enumerate(STRATEGIES)
        ]
        gains = [
            "{}: {:.4f} ({:.4f} to {:.4f})".format(each, *self.gain(each))
            for each in STRATEGIES[1:]
        ]
        return (
            f"{len(self.counts)} left-out users of {self.data} after {n} questions about {about}; "
            f"mean squared error of the ratings held back: {', '.join(parts)}; before any question "
            f"{self.curve('ask')[0]:.4f}. ask is lower than {'; '.join(gains)}."
        )


def measure_questions(
    left: LeftOut, n: int = 10, *, is_known: bool = False, seed: int = 0, level: float = LEVEL
) -> QuestionMeasurement:
    """Ask each left-out user n questions, chosen in three ways, and judge by ratings held back.

    By `choose_questions`, the most rated movies first, or at random, all among the movies that may
    be asked about. Half of a user's ratings are what the user can answer, the other half is held
    back. Otherwise the user does not know the movie: the question is lost. With `is_known` only
    movies are asked about that the user can answer about.
    """
    rng = np.random.default_rng(seed)
    users = [u for u in left.users.tolist() if (left.data.user == u).sum() >= 2 * n]
    if not users:
        raise MovieLensError(f"no left-out user has {2 * n} ratings: lower n or leave out more")
    shape = len(users), len(STRATEGIES), n + 1
    squares, answers, half = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    counts = np.zeros(len(users))
    for place, user in enumerate(users):
        rows = rng.permutation(np.flatnonzero(left.data.user == user))
        pool, held = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        counts[place] = len(held)
        for column, strategy in enumerate(STRATEGIES):
            session = hold_session(left, pool, strategy, n, is_known, rng)
            last, judged = None, (0.0, 0, 0.0)
            for turn, someone in enumerate(session):
                if someone is not last:
                    last, judged = someone, judge_user(left, someone, held, level)
                squares[place, column, turn], answers[place, column, turn] = judged[:2]
                half[place, column, turn] = judged[2]
    return QuestionMeasurement(left.data.name, is_known, squares, answers, half, counts)


def judge_user(
    left: LeftOut, someone: NewUser, rows: np.ndarray, level: float
) -> tuple[float, int, float]:
    """Return the sum of squared errors over rows, the answers, and the mean half width."""
    rating, half = someone.predict_all(level)
    errors = rating[left.data.movie[rows]] - left.data.rating[rows]
    asked = list_asked(left.model.tables)
    return float(np.square(errors).sum()), len(someone.ratings), float(half[asked].mean())


def hold_session(
    left: LeftOut,
    pool: np.ndarray,
    strategy: str,
    n: int,
    is_known: bool,
    rng: np.random.Generator,
) -> Iterator[NewUser]:
    """Ask n questions of a user who can answer from some rows; yield the user before and after."""
    tables = left.model.tables
    row_by_movie = dict(zip(left.data.movie[pool].tolist(), pool.tolist(), strict=True))
    known = [movie for movie in row_by_movie if tables.counts[movie]]
    scope = known if is_known else list_asked(tables).tolist()
    order = sorted(scope, key=lambda movie: -tables.counts[movie])
    if strategy == "random":
        order = rng.permutation(scope).tolist()
    rows, asked = [], []
    someone = find_from_rows(left, np.array(rows, int))
    yield someone
    for turn in range(n):
        if turn < len(order):
            movie = order[turn]
            if strategy == "ask":
                among = scope if is_known else None
                best = choose_questions(someone, 1, skip=asked, among=among)[0]
                movie = tables.find(best.movie)
            asked.append(movie)
            if movie in row_by_movie:
                rows.append(row_by_movie[movie])
                someone = find_from_rows(left, np.array(rows, int))
        yield someone


def list_asked(tables: MovieTables) -> np.ndarray:
    """Return the movies, by index, that a user may be asked about."""
    return np.flatnonzero(tables.counts >= choose_floor(tables))
