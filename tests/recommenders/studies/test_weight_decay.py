"""L2 against decoupled decay: paths beside torch's, shrinkage, and the saved result."""

import numpy as np
import pytest
import torch

from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies import Watch, load_saved, perform_study
from optviz.recommenders.studies.descent import build_problem, split_twice
from optviz.recommenders.studies.weight_decay import (
    compare_paths,
    conclude,
    find_move,
    measure_shrinkage,
    split_parts,
    train_one,
)
from optviz.rules import SGD, Adam, AdamState, Momentum
from tests.support.movielens_made import made_ratings


@pytest.fixture
def problem() -> DotBias:
    made = build_problem(DotBias, made_ratings(), batch=8, factors=3)
    made.start = np.random.default_rng(0).normal(0, 0.5, made.size)
    return made


@pytest.fixture(scope="module")
def saved():
    return load_saved("weight_decay")


def run_torch(problem: DotBias, make) -> np.ndarray:
    """Return the path of a torch optimizer over one epoch of the problem's samples."""
    tensor = torch.tensor(problem.start, requires_grad=True)
    optimizer, path = make([tensor]), []
    for sample in problem.samples(12, seed=4):
        tensor.grad = torch.tensor(problem.grad(tensor.detach().numpy(), sample))
        optimizer.step()
        path.append(tensor.detach().numpy().copy())
    return np.array(path)


def test_the_decays_of_sgd_are_one_to_rounding(problem):
    assert 0 < compare_paths(problem, SGD(lr=0.5), 0.01, seed=4)["largest"] < 1e-12


def test_the_paths_of_adam_are_as_far_apart_as_those_of_torch(problem):
    found = compare_paths(problem, Adam(lr=0.01), 0.01, seed=4)
    first = run_torch(problem, lambda each: torch.optim.Adam(each, lr=0.01, weight_decay=0.01))
    second = run_torch(problem, lambda each: torch.optim.AdamW(each, lr=0.01, weight_decay=0.01))
    apart = np.abs(first - second).max(axis=1) / np.abs(first).max(axis=1)
    assert found["largest"] == pytest.approx(apart.max(), rel=1e-6)
    assert found["apart"] == pytest.approx(apart[np.array(found["at"]) - 1], rel=1e-3)


def test_the_paths_of_momentum_part_at_the_second_step(problem):
    apart = compare_paths(problem, Momentum(lr=0.1), 0.01, seed=4)["apart"]
    assert apart[0] < 1e-14
    assert apart[1] > 1e-6


def test_the_parts_of_decay_and_gradient_are_torchs_step(problem):
    rule, wd = Adam(lr=0.01), 0.02
    path = run_torch(problem, lambda each: torch.optim.Adam(each, lr=0.01, weight_decay=wd))
    points = [problem.start, *path]
    averages = {"decay": 0.0 * problem.start, "own": 0.0 * problem.start}
    squares = 0.0 * problem.start
    for params, sample in zip(points, problem.samples(12, seed=4), strict=False):
        grad = problem.grad(params, sample)
        averages["decay"] = 0.9 * averages["decay"] + 0.1 * wd * params
        averages["own"] = 0.9 * averages["own"] + 0.1 * grad
        squares = 0.999 * squares + 0.001 * (grad + wd * params) ** 2
    parts = [find_move(rule, AdamState(each, squares, 12)) for each in averages.values()]
    np.testing.assert_allclose(parts[0] + parts[1], points[-2] - points[-1], rtol=1e-9, atol=1e-12)
    shrinkage = parts[0] / (0.01 * wd * points[-2])
    found = measure_shrinkage(problem, rule, wd, seed=4)
    large = np.abs(points[-2]) >= np.median(np.abs(points[-2]))
    assert sorted(found["shrinkage"]) == pytest.approx(sorted(shrinkage[large]), rel=1e-3)


def test_a_small_study_is_whole():
    study = perform_study(
        "weight_decay",
        made_ratings(),
        seeds=[0, 1],
        decays={"l2": (1e-4,), "wd": (0.1, 0.2)},
        epochs=1,
        batch=16,
        factors=2,
    )
    assert len(study.table().rows) == 5
    assert study.conclude()
    assert all(picture.series for picture in study.pictures())


def test_the_saved_paths_are_one_for_sgd_alone(saved):
    paths = split_parts(saved.rows)["path"]
    assert {row["rule"] for row in paths if row["largest"] > 1e-12} == {"momentum", "adam"}
    assert max(row["largest"] for row in paths if row["rule"] == "sgd") < 1e-12
    assert min(row["largest"] for row in paths if row["rule"] == "adam") > 0.1


def test_the_saved_shrinkage_falls_with_the_root_of_the_average_square(saved):
    rows = split_parts(saved.rows)["shrinkage"]
    assert len(rows) == 5
    assert all(-0.55 < row["slope"] < -0.45 for row in rows)
    assert 100 <= len(rows[0]["squares"]) == len(rows[0]["shrinkage"]) <= 300


def test_a_better_decay_is_named_only_where_intervals_do_not_overlap(saved):
    assert "L2 serves this model better" in saved.conclude()
    blurred = [
        row | ({"last": row["last"] + 0.02 * (row["seed"] % 2)} if row["part"] == "report" else {})
        for row in saved.rows
    ]
    assert "no difference is shown" in conclude(blurred)


def test_settings_were_not_chosen_on_the_seeds_of_the_report(saved):
    parts = split_parts(saved.rows)
    tuning, report = ({row["seed"] for row in parts[part]} for part in ("tuning", "report"))
    assert len(report) == 5
    assert not tuning & report


@pytest.mark.data
@pytest.mark.slow
def test_a_saved_error_is_found_again_by_training(saved, ml100k):
    row = next(each for each in saved.rows if each["part"] == "report")
    halves, more = split_twice(ml100k)[1], {"epochs": 5, "batch": 512, "factors": 50}
    found = train_one(halves, row["seed"], row["decay"], row["wd"], Watch(), **more)
    assert found["last"] == pytest.approx(row["last"], rel=1e-3)
