"""Which movies to ask a new user about: those whose ratings would tell most.

A new user's bias and vector are a Gaussian around the mean user, as wide as the ridge has it. An
answer narrows it. D-optimal is the question that narrows its volume most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from optviz.movielens.ratings import MovieLensError
from optviz.recommenders.movie_tables import MovieTables
from optviz.recommenders.new_users.new_user import LEVEL, NewUser, find_new_user, find_reach
from optviz.recommenders.new_users.new_user_problem import STRENGTH, squash_with_slopes
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole

LEAST = 50
"""The floor on training ratings of a movie that is asked about, and that the mean is taken over."""
FEWEST = 100
"""Movies that are left to ask about where the floor is not given: small data lower it."""


class Question(NamedTuple):
    """A movie to ask a new user about, and what its answer would tell.

    Units: before and after in stars
    """

    movie: int
    """The published id."""
    title: str
    genres: tuple[str, ...]
    count: int
    """The training ratings of the movie."""
    share: float
    """The share of the known users who rated it: so likely the new one can answer."""
    gain: float
    """The fall of the log of the volume (nats) by an answer, times the share who can give one."""
    before: float
    """Half the interval of a prediction, the mean over movies, before this answer."""
    after: float
    """The same after it, whatever the answer is, at the slopes of the present predictions."""

    def words(self) -> str:
        """Return the question as a sentence."""
        return (
            f"{self.title}: {self.share:.0%} rated it; an answer narrows the predictions' "
            f"intervals from ±{self.before:.3f} to ±{self.after:.3f} stars."
        )


def choose_questions(
    someone: NewUser,
    n: int = 10,
    least: int | None = None,
    *,
    skip: Collection[int] = (),
    among: Collection[int] | None = None,
    level: float = LEVEL,
) -> tuple[Question, ...]:
    """Return the n best questions to a new user, each chosen as if those before it were answered.

    Each is the one of the largest gain: how much an answer narrows the user's Gaussian, log(1 +
    x'Sx) with x the slope of the movie's prediction and S the covariance so far, times the share of
    known users who rated the movie, as people can only answer what they know. Movies with fewer
    than `least` training ratings are not asked about; left out, 50, or what leaves 100 movies. Nor
    are those of `skip`, by index. `among` are movies that the user can surely answer about: then
    no others are asked about, and the share has no part.

    Raises: MovieLensError: no movie is left with 50 training ratings: lower least=
    """
    tables, n = someone.tables, check_whole("n", n)
    floor = choose_floor(tables) if least is None else check_whole("least", least)
    in_scope = tables.counts >= floor
    is_open = in_scope.copy()
    if among is not None:
        is_open[:] = False
        is_open[list(among)] = tables.counts[list(among)] > 0
    is_open[[*someone.ratings, *skip]] = False
    if not is_open.any():
        raise MovieLensError(f"no movie is left with {floor:,} training ratings: lower least=")
    places = np.flatnonzero(in_scope | is_open)
    in_scope, is_open = in_scope[places], is_open[places]
    shares = tables.counts[places] / tables.raters
    weights = np.ones(len(places)) if among is not None else shares
    reach = find_reach(level) * tables.noise**0.5
    slopes, spread = find_slopes(someone, places), someone.spread.copy()
    found = []
    with pin_blas():
        doubt = np.einsum("ij,ij->i", slopes @ spread, slopes)
        for _ in range(min(n, int(is_open.sum()))):
            gains = np.where(is_open, weights * np.log1p(doubt), -np.inf)
            best = int(gains.argmax())
            before, (spread, doubt) = doubt, add_answer(spread, doubt, slopes, best)
            widths = [reach * np.sqrt(1 + each[in_scope]).mean() for each in (before, doubt)]
            is_open[best] = False
            told = map(float, (shares[best], gains[best], *widths))
            found.append(Question(*describe_movie(tables, int(places[best])), *told))
    return tuple(found)


def add_answer(
    spread: np.ndarray, doubt: np.ndarray, slopes: np.ndarray, place: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance (n, n), and the variance of each prediction, after one more answer."""
    seen = spread @ slopes[place]
    shift = (slopes @ seen) ** 2 / (1 + doubt[place])
    narrower = spread - np.outer(seen, seen) / (1 + doubt[place])
    return narrower, np.maximum(doubt - shift, 0.0)


def find_slopes(someone: NewUser, places: np.ndarray) -> np.ndarray:
    """Return how the predictions of movies move with the user's params, (movies, n)."""
    rows = someone.tables.rows[places]
    with pin_blas():
        scores = rows @ someone.params + someone.tables.offsets[places]
    return rows * squash_with_slopes(scores, someone.tables.bounds)[1][:, None]


def choose_floor(tables: MovieTables) -> int:
    """Return the floor on training ratings: LEAST, or lower where too few movies reach it."""
    ranked = np.sort(tables.counts)[::-1]
    return max(1, min(LEAST, int(ranked[:FEWEST][-1])))


def describe_movie(tables: MovieTables, place: int) -> tuple[int, str, tuple[str, ...], int]:
    """Return the published id, title, genres and training ratings of a movie."""
    data = tables.data
    known = int(data.movie_ids[place]), data.titles[place], data.genres[place]
    return *known, int(tables.counts[place])


class Narrowing(NamedTuple):
    """The predictions of some movies for a new user, after each answer.

    Row 0 is the mean user, row j what is predicted after j answers.
    Shapes: half (answers + 1,), the mean half width over all movies of the floor; ratings and
        halves (answers + 1, movies)
    Units: stars
    """

    answers: tuple[tuple[str, float], ...]
    """The title and the stars of each answer."""
    movies: tuple[str, ...]
    half: np.ndarray
    ratings: np.ndarray
    halves: np.ndarray
    noise: float
    """Half the interval of a user of whom everything is known: no answer gets below it."""
    level: float
    scale: tuple[float, float]


def trace_answers(
    tables: MovieTables,
    answers: Mapping[Any, Any],
    movies: Any = None,
    *,
    strength: float = STRENGTH,
    level: float = LEVEL,
) -> Narrowing:
    """Return the predictions and their intervals after each of a new user's answers, in order.

    `movies` are the titles or ids to follow; left out, the ten most rated that were not asked.
    """
    found = tables.read_ratings(answers)
    if movies is None:
        ranked = np.argsort(-tables.counts, kind="stable")
        places = [int(each) for each in ranked if int(each) not in found][:10]
    else:
        places = [tables.find(each) for each in movies]
    scope = np.flatnonzero(tables.counts >= choose_floor(tables))
    ids = {place: int(tables.data.movie_ids[place]) for place in found}
    rows = []
    for count in range(len(found) + 1):
        given = {ids[place]: found[place] for place in list(found)[:count]}
        ratings, half = find_new_user(tables, given, strength=strength).predict_all(level)
        rows.append((half[scope].mean(), ratings[places], half[places]))
    half, ratings, halves = (np.array(each) for each in zip(*rows, strict=True))
    titles = tables.data.titles
    return Narrowing(
        tuple((titles[place], stars) for place, stars in found.items()),
        tuple(titles[place] for place in places),
        half,
        ratings,
        halves,
        find_reach(level) * tables.noise**0.5,
        level,
        tables.data.scale,
    )
