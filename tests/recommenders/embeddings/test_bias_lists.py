"""Biases as lists: ranks by hand, intervals and shrinkage against direct sums and a simulation."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from optviz.movielens import MovieLensError
from optviz.recommenders import train
from optviz.recommenders.embeddings import rank_biases
from tests.support.embeddings_made import genre_ratings, plant_model, plant_random

DATA = genre_ratings(40, 30)
MODEL = plant_random(DATA, 3)


def predict(score: Any) -> Any:
    return 1 + 4 / (1 + np.exp(-score))


def fit_bias(stars: np.ndarray) -> float:
    """The bias of least squares on a movie's ratings, nothing else added."""
    found: Any = minimize_scalar(
        lambda bias: np.sum((stars - predict(bias)) ** 2), bounds=(-9, 9), method="bounded"
    )
    return float(found.x)


def test_the_lists_begin_with_the_highest_and_the_lowest():
    bias = np.array([0.1, -0.3, 0.5, 0.0, 0.9, -0.8, 0.2, 0.4] * 4)[:30]
    model = plant_model(DATA, np.zeros((40, 2)), np.zeros((30, 2)), np.zeros(40), bias)
    ranking = rank_biases(model, DATA, n=3, least=34)
    assert [each.bias for each in ranking.best] == pytest.approx([0.9, 0.5, 0.2])
    assert [each.bias for each in ranking.worst] == pytest.approx([-0.8, -0.3, 0.0])
    assert [each.id for each in ranking.best] == [14, 12, 16]
    first = ranking.best[0]
    rows = DATA.movie == 4
    assert first.count == rows.sum() == 36
    assert first.mean == pytest.approx(DATA.rating[rows].mean())


def test_no_movie_stands_in_both_lists():
    ranking = rank_biases(MODEL, DATA, n=4, least=35)  # six movies
    assert (len(ranking.best), len(ranking.worst)) == (4, 2)
    assert not {each.id for each in ranking.best} & {each.id for each in ranking.worst}


def test_interval_and_wish_are_least_squares_on_the_movie_s_own_ratings():
    ranking = rank_biases(MODEL, DATA, n=30, least=1)
    problem = MODEL.problem(DATA)
    tables = problem.tables(MODEL.params.astype(float))
    assert tables.movie_bias is not None
    assert tables.user_bias is not None
    for each in ranking.best[:5]:
        movie = each.id - 10
        users = DATA.user[DATA.movie == movie]
        stars = DATA.rating[DATA.movie == movie]
        fixed = tables.user[users] @ tables.movie[movie] + tables.user_bias[users]

        def predicted(bias, fixed=fixed):
            return predict(fixed + bias)

        tiny = 1e-5
        slope = (predicted(each.bias + tiny) - predicted(each.bias - tiny)) / (2 * tiny)
        error = stars - predicted(each.bias)
        weight = np.sum(slope**2)
        assert each.free == pytest.approx(each.bias + np.sum(slope * error) / weight, rel=1e-5)
        half = 1.96 * np.sqrt(problem.loss(MODEL.params.astype(float)) / weight)
        assert each.high - each.bias == pytest.approx(half, rel=1e-5)
        assert each.bias - each.low == pytest.approx(half, rel=1e-5)


def test_a_bias_at_its_least_squares_is_asked_for_no_further():
    biases = [fit_bias(DATA.rating[DATA.movie == movie]) for movie in range(30)]
    model = plant_model(DATA, np.zeros((40, 2)), np.zeros((30, 2)), np.zeros(40), biases)
    ranking = rank_biases(model, DATA, n=15, least=1)
    for each in ranking.best + ranking.worst:
        assert each.free == pytest.approx(each.bias, abs=1e-3)
    assert ranking.shrinkage == pytest.approx(0, abs=1e-3)
    half = [0.5 * bias for bias in biases]
    shrunk = plant_model(DATA, np.zeros((40, 2)), np.zeros((30, 2)), np.zeros(40), half)
    assert rank_biases(shrunk, DATA, least=1).shrinkage > 0.3


def test_intervals_hold_the_true_bias_nineteen_times_of_twenty():
    data = genre_ratings(330, 300)
    draw = np.random.default_rng(0)
    truth = draw.normal(0, 0.5, 300)
    noisy = replace(data, rating=predict(truth[data.movie]) + draw.normal(0, 0.9, len(data)))
    found = [fit_bias(noisy.rating[noisy.movie == movie]) for movie in range(300)]
    model = plant_model(noisy, np.zeros((330, 2)), np.zeros((300, 2)), np.zeros(330), found)
    ranking = rank_biases(model, noisy, n=150, least=31)
    held = [each.low <= truth[each.id - 10] <= each.high for each in ranking.best + ranking.worst]
    assert len(held) == 300
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_users_have_lists_too():
    ranking = rank_biases(MODEL, DATA, "user", n=2, least=1)
    assert ranking.best[0].title.startswith("user ")
    assert "users" in ranking.words()


def test_the_noise_is_that_of_ratings_held_back():
    training = train("dot_bias", DATA, "adam:lr=0.01", epochs=2)
    ranking = rank_biases(training, DATA, least=1)
    assert ranking.noise**2 == pytest.approx(training.last, rel=1e-4)
    assert f"{abs(ranking.shrinkage):.0%}" in ranking.words()


def test_models_without_biases_are_refused():
    dot = plant_model(DATA, np.ones((40, 2)), np.ones((30, 2)))
    with pytest.raises(ValueError, match="a dot has no biases of movies: train dot_bias"):
        rank_biases(dot, DATA, least=1)
    with pytest.raises(MovieLensError, match="no movie has 99 training ratings, the most is 40"):
        rank_biases(MODEL, DATA, least=99)
    far = plant_model(DATA, np.zeros((40, 2)), np.zeros((30, 2)), np.zeros(40), np.full(30, 999.0))
    with pytest.raises(MovieLensError, match="the sigmoid is saturated for all ratings of"):
        rank_biases(far, DATA, least=1)


@pytest.mark.data
def test_the_real_lists_are_apart_from_zero_and_short_of_what_is_asked(trained_100k, ml100k):
    ranking = rank_biases(trained_100k, ml100k)
    assert all(each.low > 0 and each.count >= 50 for each in ranking.best)
    assert all(each.bias < -0.15 for each in ranking.worst)
    assert "Schindler's List (1993)" in {each.title for each in ranking.best}
    assert 0 < ranking.shrinkage < 0.5
