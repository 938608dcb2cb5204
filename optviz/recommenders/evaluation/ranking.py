"""Recall and NDCG of the first k movies, ranked among all that a user has not rated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.problems.batches import split_range
from optviz.recommenders.evaluation.scorers import Scorer

CELLS = 4 << 20
"""Scores held at once: a block of users times all movies."""


class Ranking(NamedTuple):
    """The quality of the first k movies for some users.

    Shapes: users, recall, ndcg (users,), those alone who like a movie that was held back
    """

    users: np.ndarray
    recall: np.ndarray
    ndcg: np.ndarray


def rank_movies(
    scorer: Scorer,
    training: Ratings,
    liked: Ratings,
    k: int,
    check: Callable[[], Any] | None = None,
) -> Ranking:
    """Rank all movies for each user of the `liked` ratings and compare the first k with those.

    Candidates are all movies with a training rating that the user has not rated in training; none
    is sampled. A liked movie without a training rating cannot be found: it counts as missed.
    Recall is the found share of the liked; NDCG gives place p a weight of 1/log2(p + 1) and divides
    by the best that the liked could reach. Equal scores rank by the published id.
    """
    users = np.unique(liked.user)
    is_unknown = np.bincount(training.movie, minlength=training.movies) == 0
    weights = 1 / np.log2(np.arange(2, k + 2))
    found, gain = np.zeros(len(users)), np.zeros(len(users))
    seen, wanted = (RowsByUser(part) for part in (training, liked))
    for span in split_range(len(users), max(1, CELLS // training.movies)):
        if check is not None:
            check()
        scores = scorer.score(users[span])
        scores[:, is_unknown] = -np.inf
        scores[seen.locate(users[span])] = -np.inf
        rows, movies, places = choose_first(scores, k)
        is_liked = np.zeros(scores.shape, bool)
        is_liked[wanted.locate(users[span])] = True
        hits = is_liked[rows, movies]
        count = len(scores)
        found[span] = np.bincount(rows, hits, minlength=count)
        gain[span] = np.bincount(rows, hits * weights[places], minlength=count)
    counts = np.bincount(liked.user, minlength=training.users)[users]
    ideal = np.cumsum(weights)[np.minimum(counts, k) - 1]
    return Ranking(users, found / counts, gain / ideal)


class RowsByUser:
    """The movies that each user rated, so that those of a block of users are found at once."""

    def __init__(self, ratings: Ratings):
        self.movie = ratings.movie[np.argsort(ratings.user, kind="stable")]
        self.ends = np.cumsum(np.bincount(ratings.user, minlength=ratings.users))

    def locate(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rated cells of a table of these users and all movies: rows and columns."""
        starts = np.where(users > 0, self.ends[users - 1], 0)
        counts = self.ends[users] - starts
        rows = np.repeat(np.arange(len(users)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.movie[np.repeat(starts, counts) + within]


def choose_first(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and place (from 0) of the k highest scores of each row.

    Equal scores rank by column; -inf is never chosen, so that a row may have fewer.
    """
    edge = np.partition(scores, -min(k, scores.shape[1]), axis=1)[:, -min(k, scores.shape[1])]
    rows, columns = np.nonzero((scores >= edge[:, None]) & (scores > -np.inf))
    order = np.lexsort((columns, -scores[rows, columns], rows))
    rows, columns = rows[order], columns[order]
    counts = np.bincount(rows, minlength=len(scores))
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    is_first = places < k
    return rows[is_first], columns[is_first], places[is_first]
