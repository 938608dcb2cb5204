"""Which movies to ask about: the closed form of each gain, and intervals that shrink."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optviz.movielens import MovieLensError
from optviz.recommenders.new_users.asking import trace_answers
from optviz.recommenders.new_users.new_user import find_reach
from tests.support.cases import every
from tests.support.recommenders_made import FEW, made_model


def information(model, places, params) -> np.ndarray:
    """The inverse covariance, for a noise of 1, of a user who answered about some movies."""
    rows = model.tables.rows[places]
    share = 1 / (1 + np.exp(-(rows @ params + model.tables.offsets[places])))
    slopes = rows * (4 * share * (1 - share))[:, None]
    return slopes.T @ slopes + 5 * np.eye(len(params))


@every("count", [0, 3])
def test_each_question_gains_most_of_the_log_determinant(count):
    model = made_model()
    answers = {10 * (place + 1): 4 for place in range(count)}
    params = model.new_user(answers).params
    known = list(range(count))
    open_ = [place for place in range(24) if model.tables.counts[place] and place not in known]
    for question in model.ask(4, answers, least=1):
        base = np.linalg.slogdet(information(model, known, params))[1]
        gains = {}
        for place in open_:
            after = np.linalg.slogdet(information(model, [*known, place], params))[1]
            gains[place] = (after - base) * model.tables.counts[place] / model.tables.raters
        best = max(gains, key=lambda place: gains[place])
        assert question.movie == 10 * (best + 1)
        assert question.gain == pytest.approx(gains[best], rel=1e-8)
        known.append(best)
        open_.remove(best)


def test_the_half_widths_are_those_of_a_user_who_answered():
    model = made_model()
    questions = model.ask(5, least=1)
    params = model.tables.mean
    scope = np.flatnonzero(model.tables.counts > 0)
    rows = model.tables.rows[scope]
    share = 1 / (1 + np.exp(-(rows @ params + model.tables.offsets[scope])))
    slopes = rows * (4 * share * (1 - share))[:, None]
    places = [model.tables.find(each.movie) for each in questions]
    for count in range(6):
        spread = np.linalg.inv(information(model, places[:count], params))
        doubt = np.einsum("ij,jk,ik->i", slopes, spread, slopes)
        half = find_reach(0.8) * np.sqrt(model.tables.noise * (1 + doubt)).mean()
        found = questions[0].before if not count else questions[count - 1].after
        assert found == pytest.approx(half, rel=1e-9)


@FEW
@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5))
def test_intervals_shrink_per_answer_and_no_movie_is_asked_twice(n, least, given_answers):
    model = made_model()
    answers = {10 * (place + 1): 3 for place in range(given_answers)}
    asked = model.ask(n, answers, least=least)
    assert len({each.movie for each in asked} | set(answers)) == len(asked) + len(answers)
    assert all(each.after < each.before for each in asked)
    assert [each.before for each in asked[1:]] == [each.after for each in asked[:-1]]
    assert all(each.count >= least and 0 < each.share <= 1 and each.gain > 0 for each in asked)


def test_a_floor_that_no_movie_reaches_is_refused_and_the_default_fits_small_data():
    with pytest.raises(MovieLensError, match="no movie is left with 50 training ratings: lower le"):
        made_model().ask(3, least=50)
    assert len(made_model().ask(3)) == 3
    words = made_model().ask(1)[0].words()
    assert "rated it; an answer narrows the predictions' intervals from ±" in words


def test_what_the_user_does_not_know_is_skipped_and_what_is_surely_known_not_weighted():
    model = made_model()
    first, second, *_ = model.ask(3, least=1)
    assert model.ask(1, least=1, skip=[first.title])[0].movie == second.movie
    known = [20, "Movie F (1995)", 110]
    asked = model.ask(9, among=known, least=1)
    assert {each.movie for each in asked} == {20, 60, 110}
    base = np.linalg.slogdet(information(model, [], model.tables.mean))[1]
    gains = {
        movie: np.linalg.slogdet(information(model, [model.tables.find(movie)], model.tables.mean))[
            1
        ]
        - base
        for movie in (20, 60, 110)
    }
    assert asked[0].gain == pytest.approx(max(gains.values()), rel=1e-9)
    assert gains[asked[0].movie] == max(gains.values())


def test_answers_are_traced_one_by_one():
    model = made_model()
    answers = {"Movie B (1991)": 5, 30: 1}
    traced = trace_answers(model.tables, answers, ["Movie D (1993)", 50])
    assert traced.answers == (("Movie B (1991)", 5.0), ("Movie C (1992)", 1.0))
    assert traced.ratings.shape == traced.halves.shape == (3, 2)
    after = model.new_user({20: 5})
    found = after.predict("Movie D (1993)")
    assert traced.ratings[1, 0] == found.rating
    assert traced.half[0] > traced.half[2] > traced.noise
    assert (
        model.data.titles[model.tables.find(20)] not in trace_answers(model.tables, answers).movies
    )
