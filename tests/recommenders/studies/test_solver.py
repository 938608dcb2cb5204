"""The small table solved by solvers and rules: gradient, ALS, tuning, and the saved result."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from optviz.recommenders.studies import StudyError, load_saved, perform_study
from optviz.recommenders.studies.small_table import SmallTable, make_small_table
from optviz.recommenders.studies.solver import (
    SOLVERS,
    Meter,
    SpentError,
    choose_rate,
    conclude,
    make_rule_solver,
    solve_once,
)
from optviz.rules import RULES, SGD, Adam
from tests.support.movielens_made import made_ratings


@pytest.fixture(scope="module")
def table() -> SmallTable:
    return make_small_table(made_ratings(), side=6, factors=2, l2=0.05)


@pytest.fixture(scope="module")
def lowest(table) -> float:
    """The lowest loss that scipy finds from many starts."""
    starts = (table.draw_start(seed) for seed in range(20))
    return min(minimize(table.loss_and_grad, each, jac=True).fun for each in starts)


@pytest.fixture(scope="module")
def saved():
    return load_saved("solver")


@pytest.mark.reference
def test_the_real_table_has_211_ratings_of_15_users_and_15_movies(ml_small):
    made = make_small_table(ml_small, 15, 5, 0.002)
    assert made.rating.shape == (15, 15)
    assert made.known.sum() == 211
    assert made.size == 150
    by_user = np.sort(np.bincount(ml_small.user))[::-1]
    assert by_user[14] > by_user[15]  # no tie, so these fifteen are the busiest


def test_loss_and_gradient_are_those_of_autograd(table):
    params = table.draw_start(3)
    tensor = torch.tensor(params, requires_grad=True)
    user, movie = tensor[:12].reshape(6, 2), tensor[12:].reshape(6, 2)
    known = torch.tensor(table.known) > 0
    error = (user @ movie.T - torch.tensor(table.rating))[known]
    loss = error.square().mean() + 0.05 / 2 * tensor.square().sum()
    loss.backward()
    found, grad = table.loss_and_grad(params)
    assert found == pytest.approx(loss.item(), rel=1e-14)
    assert tensor.grad is not None
    np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-12, atol=1e-14)
    assert table.find_rmse(params) == pytest.approx(error.square().mean().sqrt().item(), rel=1e-14)


def test_many_runs_at_once_are_the_runs_alone(table):
    params = np.random.default_rng(0).normal(size=(table.size, 2, 3))
    losses, grads = table.loss_and_grad(params)
    assert losses.shape == (2, 3)
    for place in np.ndindex(2, 3):
        loss, grad = table.loss_and_grad(np.ascontiguousarray(params[:, *place]))
        assert losses[place] == pytest.approx(loss, rel=1e-13)
        np.testing.assert_allclose(grads[:, *place], grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", SOLVERS)
def test_each_solver_comes_to_the_minimum_that_scipy_knows(name, table, lowest):
    row = solve_once(table, SOLVERS[name], seed=1, evaluations=5000)
    assert row["losses"][-1] == pytest.approx(lowest, abs=1e-9)
    assert len(row["losses"]) == len(row["seconds"])
    assert np.all(np.diff(row["losses"]) <= 0)


def test_a_half_sweep_leaves_no_gradient_in_the_vectors_that_it_solved(table):
    class Watching(Meter):
        def loss_and_grad(self, params):
            self.params = params
            return super().loss_and_grad(params)

    meter = Watching(table, 3)
    with pytest.raises(SpentError):
        SOLVERS["ALS"](meter, table.draw_start(0))
    grad = table.loss_and_grad(meter.params)[1]
    assert np.abs(grad[12:]).max() < 1e-9  # the movies were solved last
    assert np.abs(grad[:12]).max() > 1e-6


def test_a_rule_steps_as_torch_does_one_evaluation_a_step(table):
    meter = Meter(table, 40)
    row = solve_once(table, make_rule_solver(Adam(lr=0.05)), seed=2, evaluations=40)
    tensor = torch.tensor(table.draw_start(2), requires_grad=True)
    twin = torch.optim.Adam([tensor], lr=0.05)
    for _ in range(39):
        tensor.grad = torch.tensor(table.loss_and_grad(tensor.detach().numpy())[1])
        twin.step()
    meter.loss_and_grad(tensor.detach().numpy())
    assert len(row["losses"]) == 40
    assert row["losses"][-1] == pytest.approx(meter.losses[-1], rel=1e-12)


def test_the_chosen_rate_is_the_best_of_those_tried_on_the_other_starts(table):
    rates = np.array([0.001, 0.05, 0.4, 50.0])
    chosen = choose_rate(table, SGD, rates, 300)
    ends = {
        lr: max(
            solve_once(table, make_rule_solver(SGD(lr=lr)), seed, 300)["losses"][-1]
            for seed in (1000, 1001)
        )
        for lr in rates
    }
    assert ends[chosen] == min(ends.values())


def test_seeds_that_settings_are_chosen_on_are_refused():
    with pytest.raises(StudyError, match="seed 1000 is one that settings are chosen on"):
        perform_study("solver", made_ratings(), seeds=[0, 1000])


def test_a_study_without_any_decay_is_refused():
    with pytest.raises(StudyError, match="l2 must be above 0, got 0"):
        perform_study("solver", made_ratings(), seeds=[0], l2=0)


def test_a_small_study_is_whole():
    study = perform_study(
        "solver", made_ratings(), seeds=[0, 1], side=5, factors=2, evaluations=60, trials=4
    )
    assert len(study.table().rows) == len(SOLVERS) + len(RULES)
    assert len(study.rows) == 2 * 2 * len(study.table().rows)
    assert all(row["spent"] <= 60 for row in study.rows)
    assert study.conclude()
    assert all(picture.series for picture in study.pictures())


def test_with_decay_all_but_one_rule_end_at_one_loss_from_every_start(saved):
    decayed = [row for row in saved.rows if row["l2"]]
    assert {row["l2"] for row in decayed} == {0.002}
    assert len({row["seed"] for row in decayed}) == 8
    missed = {row["solver"] for row in decayed if row["gap"] > 1e-5}
    assert missed <= {"rmsprop"}
    agreed = [row["rmse"] for row in decayed if row["solver"] not in missed]
    assert max(agreed) - min(agreed) < 1e-5
    assert max(row["gap"] for row in decayed) < 2e-4


def test_without_decay_the_ends_of_solvers_at_rest_differ_by_start(saved):
    ends = [row["rmse"] for row in saved.rows if not row["l2"] and row["spent"] < 5000]
    assert {row["solver"] for row in saved.rows if row["spent"] < 5000} >= {"L-BFGS", "CG", "BFGS"}
    assert min(ends) == pytest.approx(0.3334, abs=1e-4)
    assert max(ends) == pytest.approx(0.3383, abs=2e-4)


@pytest.mark.reference
def test_the_saved_end_points_are_those_of_the_real_table(saved, ml_small):
    table = make_small_table(ml_small, 15, 5, 0.002)
    row = solve_once(table, SOLVERS["L-BFGS"], seed=0, evaluations=1000)
    kept = next(each for each in saved.rows if each["solver"] == "L-BFGS" and each["l2"])
    assert row["rmse"] == pytest.approx(kept["rmse"], abs=1e-6)


def test_no_difference_is_claimed_where_intervals_overlap(saved):
    assert " evaluations and " in saved.conclude()
    blurred = [dict(row) for row in saved.rows]
    for row in blurred:
        if row["solver"] == "L-BFGS" and row["evaluations"]:
            row["evaluations"] += 90 + 40 * (row["seed"] % 2)
    assert "evaluations (the intervals overlap: no difference shown) and " in conclude(blurred)


def test_where_none_always_arrives_the_ends_are_told(saved):
    rows = [dict(row) for row in saved.rows]
    for row in rows:
        if row["l2"] and row["seed"] == 3:
            row |= {"evaluations": None, "seconds": None, "gap": 0.006, "rmse": 0.36}
    words = conclude(rows)
    assert "none ends within 1e-05 of the lowest loss from every start" in words
    assert "and 0.3600." in words
    assert "Either no solver or no rule came so close" in words
