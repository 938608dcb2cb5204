"""A new user's surface: its derivatives, its optimum, its runs, and what it predicts."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from optviz.movielens import MovieLensError
from optviz.recommenders import NewUserProblem
from optviz.rules import Adam
from tests.support.cases import every
from tests.support.recommenders_made import FEW, bare_movie, made_model

ANSWERS: Any = {"Movie A (1990)": 5, 20: 1.5, "movie c": 4}
"""By title, by published id, and as people type."""


LIMITS = st.sampled_from([None, (1.0, 5.0), (0.5, 10.0)])


@st.composite
def problems(draw, bounds=LIMITS):
    """A problem of up to 12 ratings and 4 factors."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, n = draw(st.integers(0, 12)), draw(st.integers(1, 5))
    limits = draw(bounds)
    return NewUserProblem(
        rng.normal(0, draw(st.floats(0.1, 2)), (count, n)),
        rng.normal(0, 1, count),
        rng.uniform(1, 5, count),
        rng.normal(0, 1, n),
        strength=draw(st.floats(0.1, 50)),
        bounds=limits,
    )


def differentiate(function, params: np.ndarray, size: float = 1e-5) -> np.ndarray:
    """Return central differences, (..., n)."""
    steps = size * np.eye(len(params))
    return np.stack([(function(params + s) - function(params - s)) / (2 * size) for s in steps], -1)


# -- the surface ---------------------------------------------------------------------------


def test_the_loss_is_what_its_formula_says():
    rows, rating = np.array([[1.0, 2.0], [1.0, -1.0]]), np.array([4.0, 2.0])
    problem = NewUserProblem(
        rows, np.array([0.5, 0.0]), rating, np.array([0.1, 0.2]), strength=3, bounds=(1.0, 5.0)
    )
    bias, factor = 0.3, -0.4
    first = 1 + 4 / (1 + np.exp(-(bias + 2 * factor + 0.5)))
    second = 1 + 4 / (1 + np.exp(-(bias - factor)))
    ridge = 3 * ((bias - 0.1) ** 2 + (factor - 0.2) ** 2)
    expected = ((first - 4) ** 2 + (second - 2) ** 2 + ridge) / 2
    assert problem.loss(np.array([bias, factor])) == pytest.approx(expected, rel=1e-14)


@FEW
@given(problems(), st.integers(0, 1000))
def test_gradient_and_hessian_are_the_slopes_of_the_loss(problem, seed):
    params = problem.mean + np.random.default_rng(seed).normal(0, 0.5, len(problem.mean))
    grad = differentiate(problem.loss, params)
    np.testing.assert_allclose(problem.grad(params), grad, rtol=1e-5, atol=1e-6)
    hess = differentiate(problem.grad, params)
    np.testing.assert_allclose(problem.hess(params), hess, rtol=1e-5, atol=1e-6)


@FEW
@given(problems(), st.integers(0, 1000))
def test_many_points_at_once_are_each_by_itself(problem, seed):
    points = np.random.default_rng(seed).normal(0, 1, (len(problem.mean), 2, 3))
    losses, grads, hesses = problem.loss(points), problem.grad(points), problem.hess(points)
    for place in np.ndindex(2, 3):
        own = points[:, *place]
        assert losses[place] == pytest.approx(problem.loss(own), rel=1e-12)
        np.testing.assert_allclose(grads[:, *place], problem.grad(own), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(hesses[:, :, *place], problem.hess(own), rtol=1e-10, atol=1e-12)


@FEW
@given(problems(bounds=st.just(None)))
def test_without_a_sigmoid_the_optimum_is_the_least_squares_with_a_ridge(problem):
    root = np.sqrt(problem.strength)
    rows = np.concatenate([problem.rows, root * np.eye(len(problem.mean))])
    target = np.concatenate([problem.rating - problem.offsets, root * problem.mean])
    exact = np.linalg.lstsq(rows, target, rcond=None)[0]
    np.testing.assert_allclose(problem.solve(), exact, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(problem.solve(), problem.solve_ridge())


@FEW
@given(problems())
def test_the_ridge_is_the_newton_step_of_the_squared_slopes_at_the_mean_user(problem):
    slope = differentiate(problem.predict, problem.mean)  # (ratings, n)
    square = slope.T @ slope + problem.strength * np.eye(len(problem.mean))
    pull = slope.T @ (problem.rating - problem.predict(problem.mean))
    expected = problem.mean + np.linalg.solve(square, pull)
    np.testing.assert_allclose(problem.solve_ridge(), expected, rtol=1e-5, atol=1e-6)


@FEW
@given(problems())
def test_newton_finds_a_minimum_as_low_as_scipy_s(problem):
    found = problem.solve()
    assert np.abs(problem.grad(found)).max() < 1e-8
    assert np.linalg.eigvalsh(problem.hess(found)).min() > -1e-9
    other = minimize(problem.loss, problem.mean, jac=problem.grad, tol=1e-12)
    assert problem.loss(found) <= other.fun + 1e-6


def test_newton_steps_down_where_the_loss_curves_upward_nowhere():
    """One rating, predicted at the far flat end of the sigmoid: the Hessian there is indefinite."""
    problem = NewUserProblem(
        np.array([[1.0]]),
        np.array([4.0]),
        np.array([1.0]),
        np.zeros(1),
        strength=0.01,
        bounds=(1, 5),
    )
    assert problem.hess(problem.mean)[0, 0] < 0
    grid = np.linspace(-20, 20, 400_001)
    best = grid[problem.loss(grid[None]).argmin()]
    assert problem.solve()[0] == pytest.approx(best, abs=1e-3)


def test_no_ratings_leave_the_mean_user():
    someone = made_model().new_user({})
    np.testing.assert_array_equal(someone.params, someone.tables.mean)
    assert someone.words() == "A new user from 0 ratings, at the optimum (Newton's method)."


# -- finding a user ------------------------------------------------------------------------


@every("model", ["dot", "dot_bias"])
def test_the_user_is_at_the_optimum_that_the_problem_names(model):
    someone = made_model(model).new_user(ANSWERS)
    assert np.abs(someone.problem.grad(someone.params)).max() < 1e-10
    np.testing.assert_array_equal(someone.params, someone.optimum)
    assert someone.trajectory is None
    has_bias = model == "dot_bias"
    assert (someone.bias is not None) == has_bias
    assert len(someone.vector) == 3 == len(someone.params) - has_bias
    assert someone.problem.names == ("bias", "v0", "v1", "v2")[1 - has_bias :]


def test_only_the_new_user_s_numbers_are_found():
    model = made_model()
    before = model.trained.params.copy()
    model.new_user(ANSWERS, "adam:lr=0.1")
    np.testing.assert_array_equal(model.trained.params, before)


@every("rule", ["adam:lr=0.05,schedule=cosine", Adam(lr=0.05), "sgd:lr=0.3"])
def test_a_rule_runs_from_the_mean_user_to_the_optimum(rule):
    someone = made_model().new_user(ANSWERS, rule, steps=800)
    assert someone.trajectory is not None
    np.testing.assert_array_equal(someone.trajectory.start, someone.tables.mean)
    np.testing.assert_array_equal(someone.trajectory.end, someone.params)
    np.testing.assert_allclose(someone.params, someone.optimum, atol=1e-3)
    assert "finished; its loss is" in someone.words()


def test_a_rule_that_diverges_leaves_the_last_finite_user_and_says_so():
    someone = made_model("dot").new_user(ANSWERS, "sgd:lr=1000", steps=500)
    assert np.isfinite(someone.params).all()
    assert "diverged at step" in someone.words()
    for predict in (someone.recommend, lambda: someone.predict("Movie A (1990)")):
        with pytest.raises(MovieLensError, match=r"SGD lr=1000 diverged.*lower its learning rate"):
            predict()


@pytest.mark.parametrize("steps", [0, -1, 1.5, "ten"])
def test_steps_are_a_whole_number(steps):
    with pytest.raises(ValueError, match="steps must be a whole number"):
        made_model().new_user(ANSWERS, steps=steps)


def test_a_movie_that_nobody_rated_tells_nothing_and_is_named():
    model = made_model()
    bare = bare_movie(model)
    someone = model.new_user(ANSWERS | {bare: 1})
    np.testing.assert_array_equal(someone.params, model.new_user(ANSWERS).params)
    assert someone.left_out == (model.data.titles[model.tables.find(bare)],)
    assert (
        f"Left out, as nobody in the training rated them: {someone.left_out[0]}" in someone.words()
    )
    assert bare not in [each.movie for each in someone.recommend(30)]


@every(
    "given, more, words",
    [
        ({"Movie B (1991)": 6}, {}, r"Movie B \(1991\) takes 1 to 5 stars, got 6"),
        ({"Movie B (1991)": True}, {}, "takes 1 to 5 stars, got True"),
        ({"Movie B (1991)": float("nan")}, {}, "takes 1 to 5 stars, got nan"),
        ({"Movie B (1991)": "5"}, {}, "takes 1 to 5 stars, got '5'"),
        ({20: 5, "Movie B (1991)": 5}, {}, r"Movie B \(1991\) is rated twice"),
        ({"Movei B": 5}, {}, r'no movie "Movei B"; nearest: Movie B \(1991\); Movie [A-Z] '),
        ({25: 5}, {}, r"no movie 25: ids run from 10 to 240; nearest: 20, Movie B \(1991\); 30, M"),
        ({True: 5}, {}, "a movie is given by a whole number such as 10, got True"),
        ([(20, 5)], {}, "ratings are given as {title: stars}"),
        ({20: 5}, {"strength": 0}, "strength must be above 0 and finite, got 0"),
        ({20: 5}, {"rule": "adm:lr=1"}, 'no rule "adm"; nearest: adam'),
        ({20: 5}, {"rule": 5}, r"rule must be a rule such as Adam\(\), got 5"),
        ({20: 5}, {"rule": "sgd", "steps": 0}, "steps must be a whole number of at least 1"),
    ],
    ids=str,
)
def test_what_is_no_rating_is_refused_in_words(given, more, words):
    with pytest.raises(ValueError, match=words):
        made_model().new_user(given, **more)


# -- predictions ---------------------------------------------------------------------------


@every("model", ["dot", "dot_bias"])
def test_a_prediction_is_the_model_s_formula_and_its_interval_the_gaussian_s(model):
    recommender = made_model(model)
    someone = recommender.new_user(ANSWERS)
    found = someone.predict("Movie D (1993)", level=0.9)
    tables = recommender.trained.problem(recommender.data).tables(recommender.trained.params)
    score = float(someone.vector @ tables.movie[3])
    slope = 1.0
    if tables.movie_bias is not None and someone.bias is not None:
        score += someone.bias + tables.movie_bias[3]
        share = 1 / (1 + np.exp(-score))
        score, slope = 1 + 4 * share, 4 * share * (1 - share)
    assert found.rating == pytest.approx(score, rel=1e-12)
    row = slope * np.array([1.0] * (model == "dot_bias") + [*tables.movie[3]])
    known = differentiate(someone.problem.predict, someone.params)
    square = known.T @ known + someone.problem.strength * np.eye(len(row))
    doubt = row @ np.linalg.solve(square, row)
    half = NormalDist().inv_cdf(0.95) * np.sqrt(recommender.tables.noise * (1 + doubt))
    assert found.low == pytest.approx(np.clip(score - half, 1, 5), rel=1e-6)
    assert found.high == pytest.approx(np.clip(score + half, 1, 5), rel=1e-6)
    assert found.words().startswith("Movie D (1993): ")


def test_the_noise_is_the_error_over_ratings_that_the_training_did_not_see():
    model = made_model()
    _, held = model.data.split(0, 0.2)
    errors = model.trained.problem(held).predict(model.trained.params, held.user, held.movie)
    assert model.tables.noise == pytest.approx(np.mean((errors - held.rating) ** 2), rel=1e-12)


@FEW
@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 5)), min_size=1, max_size=8))
def test_more_answers_never_leave_more_doubt_where_there_is_no_sigmoid(pairs):
    model, answers, widths = made_model("dot"), {}, []
    for place, stars in pairs:
        answers[int(model.data.movie_ids[place])] = stars
        widths.append(model.new_user(answers).predict_all()[1])
    assert (np.diff(widths, axis=0) <= 1e-12).all()


@every("level", [0, 1, 80, True, "0.8"])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        made_model().new_user(ANSWERS).predict(20, level)
