"""The evaluation of trained models: its numbers, its words, and what it refuses."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from optviz.movielens import MovieLensError, Ratings
from optviz.recommenders import Evaluation, Training, bias_only, evaluate, train
from optviz.recommenders.evaluation.scorers import PopularityScorer

pytestmark = pytest.mark.data
RULE = "adam:lr=0.01,l2=0.0001"


@pytest.fixture(scope="module")
def part(ml100k) -> Ratings:
    """A fifth of the real ratings, for what does not hang on their number."""
    return ml100k.take(np.arange(0, len(ml100k), 5))


@pytest.fixture(scope="module")
def short(part) -> Training:
    return train("dot_bias", part, RULE, epochs=2, batch=256)


@pytest.fixture(scope="module")
def late(part) -> Training:
    return train("dot_bias", part, RULE, epochs=2, batch=256, split="time")


@pytest.fixture(scope="module")
def found(part, short) -> Evaluation:
    return evaluate(short, part)


def test_errors_are_those_of_the_torch_module_on_the_ratings_held_back(part, short, found):
    held = part.split(0)[1]
    with torch.no_grad():
        pair = (torch.from_numpy(each.astype(np.int64)) for each in (held.user, held.movie))
        error = short.trained.module()(*pair).double().numpy() - held.rating
    measures = found.measures["dot_bias"]
    assert measures["rmse"].value == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-6)
    assert measures["rmse"].value == pytest.approx(np.sqrt(short.last), rel=1e-6)
    assert measures["mae"].value == pytest.approx(np.mean(np.abs(error)), rel=1e-6)
    assert measures["rmse"].low < measures["rmse"].value < measures["rmse"].high


def test_ranking_is_that_of_the_predicted_stars(part, short, found):
    training, held = part.split(0)
    problem, params = short.trained.problem(part), short.trained.params.astype(float)
    known = np.unique(training.movie)
    shares = []
    for user in np.unique(held.user[held.rating >= 4]):
        seen = training.movie[training.user == user]
        candidates = np.setdiff1d(known, seen)
        stars = problem.predict(params, np.full(len(candidates), user), candidates)
        first = candidates[np.argsort(-stars, kind="stable")[:10]]
        liked = held.movie[(held.user == user) & (held.rating >= 4)]
        shares.append(np.isin(first, liked).sum() / len(liked))
    assert found.counts.ranked_users == len(shares)
    # float32 scores may swap two that are equal to rounding
    assert found.measures["dot_bias"]["recall"].value == pytest.approx(np.mean(shares), abs=2e-3)


def test_bias_only_and_popularity_stand_beside(part, short, found):
    assert found.models == ["dot_bias", "bias only", "popularity"]
    baseline = bias_only(*part.split(0))
    assert found.measures["bias only"]["rmse"].value == pytest.approx(np.sqrt(baseline.mse))
    assert np.isnan(found.measures["popularity"]["rmse"].value)
    assert (
        found.measures["popularity"]["recall"].value > found.measures["bias only"]["recall"].value
    )
    assert found.table()[2]["RMSE"] == "–"
    assert list(found.table()[0]) == ["model", "RMSE", "MAE", "recall@10", "NDCG@10"]


def test_differences_are_paired_and_turn_their_sign(found):
    first, back = found.compare("dot_bias", "bias only"), found.compare("bias only", "dot_bias")
    values = [found.measures[name]["rmse"].value for name in ("dot_bias", "bias only")]
    assert first["rmse"].value == pytest.approx(values[0] - values[1])
    assert (back["rmse"].low, back["rmse"].high) == (-first["rmse"].high, -first["rmse"].low)
    alone = found.measures["dot_bias"]["rmse"]
    assert first["rmse"].high - first["rmse"].low < (alone.high - alone.low) / 2
    with pytest.raises(ValueError, match='no model "svd": there are dot_bias, bias only, pop'):
        found.compare("dot_bias", "svd")


def test_words_say_split_threshold_and_who_is_better(found):
    words = found.words()
    for each in (
        "On ml-100k, 4,000 ratings held back (at random, seed 0), dot_bias has RMSE ",
        "users who gave 4 stars or more to a movie held back.",
        "Against bias only: RMSE ",
        "movies have no training rating: none is recommended",
        "95%, percentiles of 2,000 resamples of the users",
    ):
        assert each in words
    for other in ("bias only", "popularity"):
        for key in ("recall", "ndcg"):
            difference = found.compare("dot_bias", other)[key]
            word = ("not told apart", "better", "worse")[difference.side]
            assert f"{found.name_measure(key)} {word} ({difference.write('+.4f')})" in words
    error = found.compare("dot_bias", "bias only")["rmse"]
    word = ("not told apart", "worse", "better")[error.side]
    assert f"RMSE {word} ({error.write('+.4f')})" in words


def test_a_record_goes_through_json_and_a_notebook(found):
    again = Evaluation.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.words() == found.words()
    assert again.table() == found.table()
    assert "<table" in found._repr_html_()


def test_a_split_by_time_says_who_has_no_training_rating(part, late):
    training, held = part.split("time")
    found = evaluate(late, part)
    new = set(held.user) - set(training.user)
    assert found.counts.unknown_users == len(new)
    assert found.counts.held_of_unknown_users == np.isin(held.user, list(new)).sum()
    assert found.counts.unknown_movies == len(set(held.movie) - set(training.movie))
    words = found.words()
    assert f"{len(new)} of {len(set(held.user))} users have no training rating" in words
    assert "(the latest of all, at one cut in time)" in words
    known = evaluate(late, part, users="known")
    assert known.counts.held == len(held) - found.counts.held_of_unknown_users
    assert known.counts.unknown_users == 0


def test_unknown_users_may_be_taken_as_the_mean_user(part, late):
    training, held = part.split("time")
    found = evaluate(late, part, unknown="mean")
    tables = late.trained.problem(part).tables(late.trained.params.copy())
    known = np.unique(training.user)
    is_new = ~np.isin(held.user, known)
    vectors, biases = tables.user.copy(), np.copy(tables.user_bias)
    for table in (vectors, biases):
        table[np.setdiff1d(np.arange(part.users), known)] = table[known].mean(0)
    scores = np.sum(vectors[held.user] * tables.movie[held.movie], 1, dtype=float)
    scores += biases[held.user] + np.asarray(tables.movie_bias)[held.movie]
    error = 1 + 4 / (1 + np.exp(-scores)) - held.rating
    assert is_new.any()
    assert found.measures["dot_bias"]["rmse"].value == pytest.approx(
        np.sqrt(np.mean(error**2)), rel=1e-5
    )
    assert "takes them as the mean user" in found.words()
    own = evaluate(late, part)
    assert own.compare("dot_bias", "popularity") != found.compare("dot_bias", "popularity")


def test_several_models_and_models_of_yours_stand_in_one_table(part, short):
    other = train("dot_bias", part, "adam:lr=0.003,l2=0.0001", epochs=1, batch=256)
    again = train("dot_bias", part, RULE, epochs=2, batch=256, seed=1)
    counts = PopularityScorer(part.split(0)[0])
    found = evaluate([short, other, again], part, beside={"counts": counts}, resamples=50)
    assert found.models == [
        f"dot_bias, {short.label}",
        f"dot_bias, {other.label}",
        f"dot_bias, {short.label} (2)",
        "bias only",
        "popularity",
        "counts",
    ]
    assert found.compare("popularity", "counts")["recall"].value == 0


class Mine(torch.nn.Module):
    """Movie biases around 3."""

    def __init__(self, movies):
        super().__init__()
        self.bias = torch.nn.Embedding(movies, 1)

    def forward(self, user, movie):
        return 3 + self.bias(movie).squeeze(1)


def test_the_mini_net_and_a_module_of_yours_are_evaluated_by_torch(part):
    few = part.take(np.flatnonzero(part.user < 60))
    net = train("net", few, "adam:lr=0.01", epochs=1, batch=512)
    found = evaluate(net, few, resamples=50)
    assert found.measures["net"]["rmse"].value == pytest.approx(np.sqrt(net.last), rel=1e-5)
    module = Mine(few.movies)
    own = train(module, few, "sgd:lr=5", epochs=1, batch=512)
    found = evaluate(own.trained, few, module=module, resamples=50)
    assert found.measures["Mine"]["rmse"].value == pytest.approx(np.sqrt(own.last), rel=1e-5)
    with pytest.raises(ValueError, match='unknown="mean" needs dot or dot_bias: of a net no mean'):
        evaluate(net, few, unknown="mean")


def test_no_liked_movie_leaves_the_ranking_without_a_value(part):
    low = replace(part, rating=np.minimum(part.rating, 3))
    found = evaluate(train("dot_bias", low, epochs=1), low, resamples=20)
    assert np.isnan(found.measures["dot_bias"]["recall"].value)
    assert "No rating held back is of 4 stars or more: ranking is not measured." in found.words()


def test_the_threshold_is_four_fifths_of_the_scale_unless_given(part, short):
    assert evaluate(short, part, resamples=20).about["threshold"] == 4
    strict = evaluate(short, part, threshold=5, resamples=20)
    assert strict.counts.liked == np.sum(part.split(0)[1].rating == 5)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"k": 0}, "k must be a whole number of at least 1, got 0"),
    ({"threshold": 8}, "threshold must be from 1 to 5 stars, got 8"),
    ({"threshold": "4"}, "threshold must be from 1 to 5 stars, got '4'"),
    ({"users": "some"}, 'users must be "all" or "known", got \'some\''),
    ({"unknown": "zero"}, 'unknown must be "own" or "mean", got \'zero\''),
    ({"level": 95}, "level must be between 0 and 1, got 95"),
    ({"resamples": 1.5}, "resamples must be a whole number of at least 1, got 1.5"),
    ({"beside": {"popularity": None}}, 'the name "popularity" is taken'),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED)
def test_settings_that_mean_nothing_are_refused(part, short, given, sentence):
    with pytest.raises(ValueError) as caught:
        evaluate(short, part, **given)
    assert sentence in str(caught.value)


def test_models_that_cannot_be_judged_on_one_split_are_refused(part, short, late):
    with pytest.raises(MovieLensError, match=r"share one split.*: split 0 of 0.2, split time of"):
        evaluate([short, late], part)
    with pytest.raises(MovieLensError, match="trained on another copy of ml-100k"):
        evaluate(short, replace(part, checksum="other"))
    bare = replace(short.trained, about={})
    with pytest.raises(MovieLensError, match="does not say which ratings its training held back"):
        evaluate(bare, part)
    lost = replace(short.trained, params=np.full_like(short.trained.params, np.nan))
    with pytest.raises(ValueError, match="weights of this dot_bias are not finite: its training d"):
        evaluate(lost, part)
    for nothing in ("dot_bias", None):
        with pytest.raises(ValueError, match=f"comes from train, got {nothing!r}"):
            evaluate(nothing, part)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="no model to evaluate"):
        evaluate([], part)


def test_an_evaluation_of_dot_product_models_loads_no_torch():
    code = (
        "import sys, optviz.recommenders as r; r.evaluate, r.Evaluation; "
        "print([m for m in ('torch', 'scipy', 'pandas', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_all_users_of_ml_100k_are_evaluated_and_the_known_order_of_the_models_is_found(ml100k):
    found = evaluate(train("dot_bias", ml100k), ml100k)
    assert found.counts.ranked_users == 921
    against = found.compare("dot_bias", "bias only")
    assert [against[key].side for key in ("rmse", "mae", "recall", "ndcg")] == [-1, -1, 1, 1]
    assert found.compare("dot_bias", "popularity")["recall"].side == -1  # trained for stars
