"""How long a training takes is told before it begins; large data is not copied."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz.movielens.ratings import RatingRows
from optviz.recommenders import Estimate, baseline, bias_only, estimate, train
from optviz.recommenders.training.estimates import estimate_seconds
from optviz.recommenders.training.preparation import prepare_training
from optviz.recommenders.training.settings import choose_settings
from optviz.recommenders.training.steppers import to_array
from tests.support.movielens_made import made_ratings

pytestmark = pytest.mark.data


@pytest.mark.parametrize(
    ("model", "more"), [("dot_bias", {}), ("dot", {"engine": "fused"}), ("net", {})]
)
def test_a_dry_run_leaves_a_training_as_it_is(part_of_100k, model, more):
    settings = choose_settings(model, "adam:lr=0.01", epochs=3, batch=256, **more)
    with prepare_training(model, part_of_100k, settings, 0, 0, 0.2) as made:
        before = made.loop.stepper.pack(), to_array(made.loop.params).copy()
        found = estimate_seconds(made.loop)
        after = made.loop.stepper.pack(), to_array(made.loop.params).copy()
    np.testing.assert_equal(after, before)
    assert found.steps == 96
    assert 0 < found.step_seconds * 96 < found.seconds


def test_twice_the_epochs_take_about_twice_as_long(part_of_100k):
    short, long = (
        min(estimate("dot_bias", part_of_100k, epochs=epochs, keep=9999).seconds for _ in range(5))
        for epochs in (5, 50)
    )
    assert 4 < long / short < 25


@pytest.mark.parametrize(
    ("seconds", "words"), [(3.21, "3.2 s"), (99, "99 s"), (150, "2 min"), (4800, "1 h 20 min")]
)
def test_the_time_is_told_in_words(seconds, words):
    made = Estimate(seconds, 200, 0.0102, 0.5)
    assert made.describe_time() == words
    assert made.words() == (
        f"about {words}: 200 steps of 10 ms each, and 0.5 s for the losses over all ratings."
    )


def test_the_bar_begins_with_the_estimate(part_of_100k, capsys):
    train("dot_bias", part_of_100k, "adam:lr=0.01", epochs=1, batch=1024, progress=True)
    assert "Adam lr=0.01 (about " in capsys.readouterr().err


@pytest.fixture(scope="module")
def many():
    """400,000 made ratings of few users and movies: the data is most of what there is."""
    draw, count = np.random.default_rng(0), 400_000
    user, movie = (draw.integers(0, top, count).astype(np.int32) for top in (400, 300))
    rating = draw.integers(1, 6, count).astype(np.float32)
    names: Any = {"user_ids": np.arange(400), "movie_ids": np.arange(300)}
    names |= {"titles": ("",) * 300, "genres": ((),) * 300, "time": None}
    return replace(made_ratings(), user=user, movie=movie, rating=rating, **names)


def test_a_training_holds_little_more_than_ratings_and_model(many, monkeypatch):
    monkeypatch.setattr(baseline, "CHUNK", 10_000)
    size = many.user.nbytes + many.movie.nbytes + many.rating.nbytes
    tracemalloc.start()
    try:
        train("dot_bias", many, "adam:lr=0.01", epochs=1, batch=20_000, keep=9999)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Beside the ratings: their order, twice in four bytes each, and the model's few vectors.
    assert peak < 1.6 * size


def test_the_baseline_of_some_rows_is_that_of_their_copy(ml100k):
    parts = RatingRows(ml100k).split(4)
    rows, copied = bias_only(*parts), bias_only(*(each.take() for each in parts))
    assert rows.mse == copied.mse
    np.testing.assert_array_equal(rows.movie_bias, copied.movie_bias)


def test_rows_are_split_as_ratings_are(part_of_100k):
    for seed in (3, "time", "last"):
        pairs = zip(RatingRows(part_of_100k).split(seed), part_of_100k.split(seed), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_array_equal(ours.take().movie, theirs.movie)
            np.testing.assert_array_equal(ours.take().time, theirs.time)
