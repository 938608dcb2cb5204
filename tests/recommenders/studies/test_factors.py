"""The number of factors and biases against one more factor: parameter counts and saved result."""

import numpy as np
import pytest
import torch
from torch import nn

from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies import Watch, load_saved, perform_study
from optviz.recommenders.studies.descent import build_problem, split_twice
from optviz.recommenders.studies.factors import average_reports, conclude, train_one
from tests.support.movielens_made import made_ratings


@pytest.fixture(scope="module")
def saved():
    return load_saved("factors")


def test_biases_and_one_more_factor_have_equally_many_parameters():
    data = made_ratings()
    biased = build_problem(DotBias, data, 8, factors=5)
    alone = build_problem(DotBias, data, 8, factors=6, bias=False)
    assert biased.size == alone.size == (data.users + data.movies) * 6


def test_without_factors_the_model_is_its_biases():
    data = made_ratings()
    problem = build_problem(DotBias, data, 8, factors=0, bounds=data.scale)
    params = np.random.default_rng(0).normal(size=problem.size)
    tensor = torch.tensor(params, requires_grad=True)
    user, movie = tensor[: data.users], tensor[data.users :]
    scores = user[torch.tensor(data.user)] + movie[torch.tensor(data.movie)]
    loss = nn.functional.mse_loss(1 + 4 * torch.sigmoid(scores), torch.tensor(data.rating))
    loss.backward()
    found, grad = problem.loss_and_grad(params)
    assert found == pytest.approx(loss.item(), rel=1e-12)
    assert tensor.grad is not None
    np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_dot_product_needs_a_factor():
    with pytest.raises(ValueError, match="must be 1 or more"):
        build_problem(DotBias, made_ratings(), 8, factors=0, bias=False)


def test_a_small_study_is_whole():
    study = perform_study(
        "factors",
        made_ratings(),
        seeds=[0, 1],
        counts=(0, 2),
        pairs=(2,),
        trials=2,
        epochs=1,
        batch=16,
    )
    assert [row[2] for row in study.table().write_cells()] == ["20", "60", "60"]
    assert "At equal parameter count" in study.conclude()
    assert [len(each.series) for each in study.pictures()] == [2]


def test_saved_biases_are_worth_more_than_one_more_factor(saved):
    lines = average_reports(saved.rows)
    biased = {line["factors"]: line["last"] for line in lines if line["bias"]}
    pairs = [(biased[line["factors"] - 1], line["last"]) for line in lines if not line["bias"]]
    assert len(pairs) == 4
    assert all(first.high < second.low for first, second in pairs)
    assert "At equal parameter count biases are worth more" in saved.conclude()


def test_saved_errors_fall_until_fifty_factors_and_beat_bias_only(saved):
    lines = {line["factors"]: line for line in average_reports(saved.rows) if line["bias"]}
    assert list(lines) == [0, 1, 2, 5, 10, 20, 50, 100]
    assert lines[1]["last"].high < lines[0]["last"].low
    assert lines[50]["last"].high < lines[5]["last"].mean
    assert lines[50]["last"].mean == pytest.approx(0.816, abs=0.005)
    assert all(line["last"].high < line["baseline"] for line in lines.values())


def test_no_difference_is_claimed_where_intervals_overlap(saved):
    blurred = [
        row | ({"last": row["last"] + 0.1 * (row["seed"] % 2)} if row["part"] == "report" else {})
        for row in saved.rows
    ]
    assert "no difference between biases and one more factor is shown" in conclude(blurred)
    assert "worth more" not in conclude(blurred)


@pytest.mark.data
@pytest.mark.slow
def test_a_saved_error_is_found_again_by_training(saved, ml100k):
    row = next(each for each in saved.rows if each["part"] == "report" and each["factors"] == 10)
    more = {"factors": 10, "bias": True, "epochs": 6, "batch": 512}
    halves = split_twice(ml100k)[1]
    found = train_one(halves, row["seed"], row["lr"], row["l2"], Watch(), **more)
    assert found["last"] == pytest.approx(row["last"], rel=1e-3)
