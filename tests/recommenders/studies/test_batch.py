"""Batch size: equal epochs and equal steps, and the saved result."""

import pytest

from optviz.recommenders.studies import Watch, load_saved, perform_study
from optviz.recommenders.studies.batch import average_reports, conclude, find_power, train_one
from optviz.recommenders.studies.descent import split_twice
from tests.support.movielens_made import made_ratings


@pytest.fixture(scope="module")
def study():
    return perform_study(
        "batch", made_ratings(), seeds=[0, 1], batches=(8, 16), epochs=3, steps=20, trials=4
    )


@pytest.fixture(scope="module")
def saved():
    return load_saved("batch")


def test_equal_epochs_and_equal_steps_are_equal(study):
    report = [row for row in study.rows if row["part"] == "report"]
    counts = {(row["budget"], row["batch"], row["steps"]) for row in report}
    assert counts == {("epochs", 8, 30), ("epochs", 16, 15), ("steps", 8, 20), ("steps", 16, 20)}


def test_a_small_study_is_whole(study):
    assert len(study.table().rows) == 4
    assert study.conclude()
    assert [len(each.series) for each in study.pictures()] == [2, 2]


def test_the_power_of_the_learning_rate_is_found():
    lines = [{"batch": size, "rates": [0.01 * size**0.5] * 3} for size in (64, 256, 1024)]
    assert find_power(lines) == pytest.approx(0.5)


def test_the_saved_learning_rates_grow_with_the_batch(saved):
    lines = [line for line in average_reports(saved.rows) if line["budget"] == "epochs"]
    assert [line["batch"] for line in lines] == [64, 256, 1024, 4096]
    assert max(lines[0]["rates"]) < min(lines[-1]["rates"])
    assert 0.2 < find_power(lines) < 1


def test_the_saved_larger_batches_take_less_time_at_equal_epochs(saved):
    lines = [line for line in average_reports(saved.rows) if line["budget"] == "epochs"]
    seconds = [line["seconds"].mean for line in lines]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] > 4 * seconds[-1]


def test_the_saved_small_batches_are_worse_at_equal_steps(saved):
    lines = {
        line["batch"]: line for line in average_reports(saved.rows) if line["budget"] == "steps"
    }
    assert {line["steps"] for line in lines.values()} == {500}
    assert lines[64]["last"].low > lines[1024]["last"].high


def test_no_difference_is_claimed_where_intervals_overlap(saved):
    blurred = [
        row | ({"last": row["last"] + 0.3 * (row["seed"] % 2)} if row["part"] == "report" else {})
        for row in saved.rows
    ]
    assert conclude(blurred).count("no difference is shown among 64, 256, 1024, 4096") == 2


@pytest.mark.data
@pytest.mark.slow
def test_a_saved_error_is_found_again_by_training(saved, ml100k):
    row = next(each for each in saved.rows if each["part"] == "report" and each["batch"] == 1024)
    found = train_one(split_twice(ml100k)[1], row["seed"], row["lr"], Watch(), 1024, epochs=5)
    assert found["last"] == pytest.approx(row["last"], rel=1e-3)
    assert found["steps"] == row["steps"]
