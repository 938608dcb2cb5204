"""Real users left out of a training: errors, intervals' coverage, questions."""

from dataclasses import replace

import numpy as np
import pytest

from optviz.movielens import MovieLensError
from optviz.recommenders.evaluation.left_out import (
    METHODS,
    compare_squares,
    leave_out,
    measure_new_users,
)
from optviz.recommenders.evaluation.question_sessions import STRATEGIES, measure_questions
from optviz.runs.blas_threads import pin_blas
from tests.support.recommenders_made import made_data


@pytest.fixture(scope="module")
def made():
    return leave_out(made_data(users=40), users=8)


@pytest.fixture(scope="module")
def left_100k(ml100k):
    return leave_out(ml100k, users=60)


@pytest.fixture(scope="module")
def left_small(ml_small):
    return leave_out(ml_small, users=60)


def check_new_users(left) -> None:
    many, five = measure_new_users(left), measure_new_users(left, 5)
    assert abs(many.loss("ridge") - many.loss("Newton")) <= 0.005
    assert many.loss("Adam") == pytest.approx(many.loss("Newton"), abs=0.001)
    assert many.gain("Newton", "bias only")[1] > 0
    assert many.loss("Newton") < 0.95 * many.loss("bias only") < many.loss("mean user")
    value, low, high = five.gain("ridge", "bias only")
    assert -0.05 < low <= value <= high < 0.06
    for each in (many, five):
        assert 0.76 <= each.coverage <= 0.86
        assert each.milliseconds["ridge"] < each.milliseconds["Newton"] < each.milliseconds["Adam"]


@pytest.mark.slow
@pytest.mark.data
def test_new_users_of_ml_100k_are_found(left_100k):
    check_new_users(left_100k)


@pytest.mark.slow
@pytest.mark.reference
def test_new_users_of_ml_latest_small_are_found(left_small):
    check_new_users(left_small)


@pytest.mark.slow
@pytest.mark.data
def test_questions_of_the_largest_gain_tell_more_than_random_ones(left_100k):
    some = replace(left_100k, users=left_100k.users[::2])
    found = measure_questions(some, 10)
    assert found.curve("ask")[-1] < min(found.curve("ask")[0], found.curve("random")[-1]) - 0.02
    half = found.half.mean(axis=0)
    assert (np.diff(half[STRATEGIES.index("ask")]) < 0.002).all()
    assert half[0, -1] < half[2, -1]
    known = measure_questions(some, 10, is_known=True)
    assert (known.answers[:, 0, -1] == 10).all()
    assert known.half[:, 0, -1].mean() < known.half[:, 1:, -1].mean()


@pytest.mark.slow
@pytest.mark.data
def test_sequels_are_neighbors_and_a_person_s_ten_ratings_are_heard(left_100k):
    model = left_100k.model
    near = [each.title for each in model.similar("Star Wars (1977)", 3)]
    assert "Empire Strikes Back, The (1980)" in near
    assert "Return of the Jedi (1983)" in near
    space = ["Star Wars (1977)", "Alien (1979)", "Blade Runner (1982)", "Terminator, The (1984)"]
    love = ["English Patient, The (1996)", "Sense and Sensibility (1995)", "Emma (1996)"]
    both = [(5, 1), (1, 5)]
    ranks = []
    for first, second in both:
        mine = dict.fromkeys(space, first) | dict.fromkeys(love, second)
        rating = model.new_user(mine).predict_all()[0]
        place = [model.tables.find(each) for each in ("Aliens (1986)", "Jane Eyre (1996)")]
        ranks.append(rating[place[0]] - rating[place[1]])
    assert ranks[0] > 0.5 > -0.2 > ranks[1] - 0.5


def test_left_out_users_have_no_part_in_the_training(made):
    assert not np.isin(made.model.data.user, made.users).any()
    assert made.model.tables.raters <= 32
    found = measure_new_users(made, given=5, repeats=2)
    sizes = [(made.data.user == user).sum() for user in made.users]
    np.testing.assert_array_equal(found.counts, [2 * (size - 5) for size in sizes])
    assert found.squares.shape == (8, len(METHODS))
    assert f"{found.loss('Newton'):.4f}" in found.words()


def test_a_session_without_answers_leaves_the_mean_user(made):
    found = measure_questions(made, 3)
    mean = found.squares[:, :, 0]
    np.testing.assert_allclose(mean, mean[:, :1].repeat(3, axis=1))
    unheard = found.answers[:, :, -1] == 0
    np.testing.assert_allclose(found.squares[:, :, -1][unheard], mean[unheard])
    assert "after 3 questions about any movie" in found.words()


def test_the_interval_is_that_of_users_drawn_again():
    rng = np.random.default_rng(0)
    below = rng.integers(1, 50, 400).astype(float)
    above = below * rng.normal(1.0, 0.5, 400)
    value, low, high = compare_squares(above, below)
    assert value == above.sum() / below.sum()
    error = np.sqrt(np.square(above - value * below).sum()) / below.sum()  # of a ratio of sums
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_too_many_left_out_are_refused():
    with pytest.raises(MovieLensError, match="users must leave some to train on: at most 29 of 30"):
        leave_out(made_data(), users=30)


def test_blas_is_pinned_within_the_block_alone():
    from threadpoolctl import threadpool_info, threadpool_limits

    def count() -> set:
        found = threadpool_info()
        return {each["num_threads"] for each in found if "numpy" in each["filepath"]}

    with threadpool_limits(2, user_api="blas"):
        before = count()
        with pin_blas():
            assert count() == {1}
        assert count() == before
