"""Recall and NDCG over all unrated movies: by hand, by loops, and by scikit-learn."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from optviz.movielens import Ratings
from optviz.recommenders.evaluation import ranking
from optviz.recommenders.evaluation.ranking import choose_first, rank_movies


class Fixed:
    """A model whose scores are given; it notes how many users were asked for at once."""

    def __init__(self, scores):
        self.scores, self.blocks = np.array(scores, np.float32), []

    def predict(self, user, movie):
        return self.scores[user, movie]

    def score(self, users):
        self.blocks.append(len(users))
        return self.scores[users]


def make_ratings(is_rated: np.ndarray) -> Ratings:
    """Return 5 stars for each True of a table of users and movies."""
    user, movie = np.nonzero(is_rated)
    users, movies = is_rated.shape
    return Ratings(
        name="made",
        user=user.astype(np.int32),
        movie=movie.astype(np.int32),
        rating=np.full(len(user), 5, np.float32),
        user_ids=np.arange(users),
        movie_ids=np.arange(movies),
        titles=("",) * movies,
        genres=((),) * movies,
        scale=(1.0, 5.0),
        checksum="",
        source="",
    )


def rank_by_loops(scores, is_seen, is_liked, k) -> dict[int, tuple[float, float]]:
    """Return user -> (recall, NDCG), one movie after another."""
    found = {}
    for user, row in enumerate(scores):
        liked = [movie for movie in range(len(row)) if is_liked[user][movie]]
        if not liked:
            continue
        candidates = [m for m in range(len(row)) if not is_seen[user][m] and any(is_seen[:, m])]
        first = sorted(candidates, key=lambda movie: (-row[movie], movie))[:k]
        gain = sum(1 / log2(place + 1) for place, m in enumerate(first, 1) if m in liked)
        best = sum(1 / log2(place + 1) for place in range(1, min(k, len(liked)) + 1))
        found[user] = (sum(movie in liked for movie in first) / len(liked), gain / best)
    return found


def test_measures_of_one_user_by_hand():
    #            movie 0 was rated, nobody rated movie 5 in training
    scores = [[9.0, 5.0, 4.0, 3.0, 2.0, 8.0], [0, 1, 2, 3, 4, 5]]
    seen = np.array([[1, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 0]], bool)
    liked = np.array([[0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0]], bool)
    found = rank_movies(Fixed(scores), make_ratings(seen), make_ratings(liked), 2)
    assert found.users.tolist() == [0]
    assert found.recall == pytest.approx([1 / 3])  # of movies 2, 3 and 5 only 2 is in 1, 2
    assert found.ndcg == pytest.approx([(1 / log2(3)) / (1 + 1 / log2(3))])


def test_a_perfect_and_a_hopeless_order_are_1_and_0():
    seen = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]], bool)
    liked = np.array([[0, 1, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
    for scores, expected in (([0, 9, 8, 2, 1], 1), ([0, 1, 2, 8, 9], 0)):
        found = rank_movies(Fixed([scores] * 2), make_ratings(seen), make_ratings(liked), 2)
        assert found.recall == found.ndcg == expected


tables = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(tables, st.integers(1, 12), st.integers(1, 9), st.integers(1, 9), st.integers(1, 6))
def test_measures_are_those_of_plain_loops_ties_included(draw, k, users, movies, kinds):
    scores = draw.integers(kinds, size=(users, movies)).astype(float)
    seen = draw.random((users, movies)) < 0.3
    liked = (draw.random((users, movies)) < 0.3) & ~seen
    expected = rank_by_loops(scores, seen, liked, k)
    if not expected:
        return
    found = rank_movies(Fixed(scores), make_ratings(seen), make_ratings(liked), k)
    assert found.users.tolist() == list(expected)
    measures = list(zip(found.recall, found.ndcg, strict=True))
    np.testing.assert_allclose(measures, list(expected.values()), atol=1e-12)


@given(tables, st.integers(1, 6))
def test_only_the_order_of_scores_matters_and_a_longer_list_finds_no_less(draw, k):
    scores = draw.integers(-5, 6, size=(6, 9)).astype(float)
    seen = draw.random(scores.shape) < 0.4
    liked = (draw.random(scores.shape) < 0.4) & ~seen
    if not liked.any():
        return
    parts = make_ratings(seen), make_ratings(liked)
    found = rank_movies(Fixed(scores), *parts, k)
    bent = rank_movies(Fixed(scores**3 + scores - 7), *parts, k)
    np.testing.assert_array_equal(found.recall, bent.recall)
    np.testing.assert_array_equal(found.ndcg, bent.ndcg)
    longer = rank_movies(Fixed(scores), *parts, k + 1)
    assert (longer.recall >= found.recall).all()
    for each in (found.recall, found.ndcg):
        assert ((each >= 0) & (each <= 1 + 1e-12)).all()


@pytest.mark.parametrize("k", [1, 5, 20])
def test_ndcg_is_scikit_learn_s(k):
    draw = np.random.default_rng(1)
    scores = draw.normal(size=(40, 60)).astype(np.float32)
    seen = draw.random(scores.shape) < 0.2
    liked = (draw.random(scores.shape) < 0.15) & ~seen
    seen[0] = ~liked[0]  # so that every movie has a training rating
    seen[1] |= liked[0] & ~liked[1]
    found = rank_movies(Fixed(scores), make_ratings(seen), make_ratings(liked), k)
    out_of_the_way = np.where(seen | ~seen.any(0), scores - 1000, scores)
    for user, value in zip(found.users, found.ndcg, strict=True):
        oracle = ndcg_score(liked[user][None].astype(float), out_of_the_way[user][None], k=k)
        # Movies out of the way may fill its last places, but none of them is liked.
        assert value == pytest.approx(oracle, abs=1e-9)


def test_blocks_of_users_bound_the_memory_and_do_not_matter(monkeypatch):
    draw = np.random.default_rng(2)
    scores = draw.normal(size=(50, 30))
    seen = draw.random(scores.shape) < 0.3
    parts = make_ratings(seen), make_ratings((draw.random(scores.shape) < 0.2) & ~seen)
    whole = rank_movies(Fixed(scores), *parts, 5)
    monkeypatch.setattr(ranking, "CELLS", 100)
    model = Fixed(scores)
    again = rank_movies(model, *parts, 5)
    assert max(model.blocks) * 30 <= 100
    for first, second in zip(whole, again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_check_that_raises_ends_the_ranking():
    def stop():
        raise KeyboardInterrupt

    liked = make_ratings(np.array([[True, False]]))
    with pytest.raises(KeyboardInterrupt):
        rank_movies(Fixed([[1, 2]]), make_ratings(np.array([[False, True]])), liked, 1, stop)


@given(tables, st.integers(1, 8), st.integers(1, 10))
def test_the_first_k_are_those_of_a_stable_sort(draw, k, columns):
    scores = draw.integers(4, size=(3, columns)).astype(float)
    scores[draw.random(scores.shape) < 0.2] = -np.inf
    rows, found, places = choose_first(scores.copy(), k)
    for row in range(3):
        order = np.argsort(-scores[row], kind="stable")
        expected = [each for each in order if scores[row, each] > -np.inf][:k]
        assert found[rows == row].tolist() == expected
        assert places[rows == row].tolist() == list(range(len(expected)))
