"""The one loop and the comparison: what is recorded, how a run ends, and that it repeats."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import optviz as ov
from optviz.problems.base import ALL, Problem
from optviz.rules import Rule, hyper

BOWL, ROSENBROCK = ov.surface("bowl"), ov.surface("rosenbrock")
CONSTANT = ov.Constant()


class Square(Problem):
    """Half of x**2 in one parameter: each step of SGD multiplies x by 1 - lr."""

    name, names, start = "square", ("x",), np.array([2.0])
    window, minima = ((-2.0, 2.0),), ((0.0,),)

    def loss(self, params):
        return 0.5 * (params**2).sum(axis=0)

    def grad(self, params, sample=ALL):
        return 1.0 * params


def by_hand(problem, rule, steps, start=None, factor=CONSTANT) -> np.ndarray:
    """The path of a rule, stepped without `run`."""
    params = np.array(problem.start if start is None else start, dtype=float)
    state, path, lr = rule.init(params), [params], rule.lr
    for step in range(steps):
        at = rule.with_lr(lr * factor(step))
        params, state = at.update(params, problem.grad(params), state)
        path.append(params)
    return np.array(path)


# -- what is recorded ------------------------------------------------------------------------------


def test_a_path_known_by_heart():
    trajectory = ov.run(Square(), ov.SGD(0.5), 4)
    np.testing.assert_array_equal(trajectory.path[:, 0], [2, 1, 0.5, 0.25, 0.125])
    np.testing.assert_array_equal(trajectory.losses, [2, 0.5, 0.125, 0.03125, 0.0078125])
    assert trajectory.ended == "finished"
    assert len(trajectory) == 4


def test_a_run_does_what_the_rules_text_says_and_nothing_more():
    rule = ov.Decoupled(ov.Adam(0.05), 0.1)
    np.testing.assert_array_equal(
        ov.run(ROSENBROCK, rule, 200).path, by_hand(ROSENBROCK, rule, 200)
    )


def test_every_row_tells_one_step_whole():
    trajectory = ov.run(ROSENBROCK, ov.Adam(0.05), 30)
    assert trajectory.grad is not None
    assert list(trajectory.state) == ["grad_avg", "sqr_avg", "count"]
    np.testing.assert_array_equal(trajectory.state["count"], np.arange(1, 31))
    np.testing.assert_array_equal(trajectory.lr, np.full(30, 0.05))
    for row in range(30):
        params = trajectory.params[row]
        np.testing.assert_array_equal(trajectory.grad[row], ROSENBROCK.grad(params))
        assert trajectory.loss[row] == ROSENBROCK.loss(params)
        before = 0.0 if row == 0 else trajectory.state["grad_avg"][row - 1]
        average = 0.9 * before + (1 - 0.9) * trajectory.grad[row]
        np.testing.assert_array_equal(trajectory.state["grad_avg"][row], average)


def test_about_says_what_was_run():
    about = ov.run(BOWL, ov.L2(ov.Adam(0.05), 0.1), 7, seed=3, schedule=ov.Cosine()).about
    assert about["rule"] == "adam:lr=0.05,l2=0.1,schedule=cosine"
    assert (about["problem"], about["steps"], about["seed"]) == ("bowl", 7, 3)


def test_float32_stays_float32():
    start = np.array([1, -1], np.float32)
    trajectory = ov.run(BOWL, ov.Adam(0.1), 5, start=start)
    assert trajectory.grad is not None
    assert {trajectory.path.dtype, trajectory.grad.dtype} == {np.dtype(np.float32)}


def test_the_start_given_is_where_it_starts_and_stays_untouched():
    start = np.array([1.5, -0.5])
    assert ov.run(BOWL, ov.SGD(0.1), 3, start=start).start.tolist() == [1.5, -0.5]
    assert start.tolist() == [1.5, -0.5]


def test_a_state_given_replaces_the_rules_first_one():
    rule = ov.Momentum(0.1, 0.5)
    state = rule.init(np.zeros(1))._replace(grad_avg=np.array([4.0]))
    new = ov.run(Square(), rule, 1, state=state).end
    np.testing.assert_allclose(new, [2 - 0.1 * (0.5 * 4 + 2)], rtol=1e-15)


def test_progress_is_told_before_each_step_and_may_stop_the_run():
    seen = []

    def stop_at_three(step):
        seen.append(step)
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ov.run(BOWL, ov.SGD(0.1), 10, on_step=stop_at_three)
    assert seen == [0, 1, 2, 3]


# -- what is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("keep", "steps"), [(10, 25), (5, 25), (1, 25), (100, 25)])
def test_a_thin_record_holds_every_kth_point_and_the_end(keep, steps):
    whole = ov.run(ROSENBROCK, ov.Adam(0.05), steps)
    thin = ov.run(ROSENBROCK, ov.Adam(0.05), steps, keep=keep)
    assert thin.step.tolist() == [*range(0, steps, keep), steps]
    assert thin.path.dtype == np.float32
    np.testing.assert_array_equal(thin.path, whole.path[thin.step].astype(np.float32))
    np.testing.assert_array_equal(thin.losses, whole.losses[thin.step])
    assert thin.grad is None
    assert not thin.state


def test_the_ends_are_the_first_and_the_last_step():
    whole = ov.run(ROSENBROCK, ov.Adam(0.05), 25)
    ends = ov.run(ROSENBROCK, ov.Adam(0.05), 25, keep="ends")
    assert ends.step.tolist() == [0, 24, 25]
    np.testing.assert_array_equal(ends.path, whole.path[[0, 24, 25]])


def test_a_run_of_one_step_has_one_row_however_it_is_kept():
    for keep in ("path", "ends", 1, 10):
        assert ov.run(BOWL, ov.SGD(0.1), 1, keep=keep).step.tolist() == [0, 1]


# -- many runs at once -----------------------------------------------------------------------------


def test_many_starts_at_once_are_the_runs_one_by_one():
    starts = np.random.default_rng(0).uniform(-1, 1, (2, 3, 4))
    together = ov.run(ROSENBROCK, ov.Adam(0.05), 50, start=starts)
    assert together.path.shape == (51, 2, 3, 4)
    for i, j in np.ndindex(3, 4):
        alone = ov.run(ROSENBROCK, ov.Adam(0.05), 50, start=starts[:, i, j])
        np.testing.assert_array_equal(together.path[..., i, j], alone.path)
        np.testing.assert_array_equal(together.losses[:, i, j], alone.losses)


def test_many_settings_at_once_are_the_runs_one_by_one():
    lrs, betas = np.array([0.01, 0.03, 0.1]), np.array([[0.5], [0.9]])
    rule: Rule = ov.Adam(lrs, betas)  # type: ignore[arg-type]
    together = ov.run(ROSENBROCK, rule, 50)
    assert together.path.shape == (51, 2, 2, 3)
    for i, j in np.ndindex(2, 3):
        alone = ov.run(ROSENBROCK, ov.Adam(lrs[j], betas[i, 0]), 50)
        np.testing.assert_allclose(together.path[..., i, j], alone.path, rtol=1e-12)


def test_two_learning_rates_on_two_parameters_are_two_runs():
    rule: Rule = ov.SGD(np.array([0.1, 0.2]))  # type: ignore[arg-type]
    trajectory = ov.run(BOWL, rule, 3)
    assert trajectory.path.shape == (4, 2, 2)
    for i, lr in enumerate([0.1, 0.2]):
        np.testing.assert_array_equal(trajectory.path[..., i], ov.run(BOWL, ov.SGD(lr), 3).path)


def test_settings_within_a_decay_may_be_many():
    rule: Rule = ov.Decoupled(ov.SGD(np.array([0.1, 0.2])), np.array([[0.0], [0.5]]))  # type: ignore[arg-type]
    assert ov.run(BOWL, rule, 3).path.shape == (4, 2, 2, 2)


def test_among_many_runs_those_that_diverge_are_named_and_the_others_go_on():
    rule: Rule = ov.SGD(np.array([0.5, 30.0]))  # type: ignore[arg-type]
    trajectory = ov.run(Square(), rule, 400)
    assert trajectory.ended.tolist() == ["finished", "diverged"]
    np.testing.assert_array_equal(trajectory.path[..., 0], ov.run(Square(), ov.SGD(0.5), 400).path)


# -- how a run ends --------------------------------------------------------------------------------


def test_a_run_that_overflows_stops_there_and_says_so():
    trajectory = ov.run(Square(), ov.SGD(11.0), 400)
    assert trajectory.ended == "diverged at step 154: the loss is not finite"
    assert trajectory.step[-1] == len(trajectory) == 154
    assert np.isinf(trajectory.losses[-1])
    assert np.isfinite(trajectory.losses[:-1]).all()


@pytest.mark.parametrize("keep", ["ends", 1000])
def test_a_run_that_overflows_between_kept_points_stops_too(keep):
    trajectory = ov.run(Square(), ov.SGD(11.0), 400, keep=keep)
    assert trajectory.ended == "diverged at step 308: the params are not finite"
    assert trajectory.step[-1] == 308


def test_a_gradient_that_is_not_defined_is_told_apart():
    cone = ov.surface("sqrt(x*x + y*y)")
    trajectory = ov.run(cone, ov.SGD(0.1), 10, start=(0.0, 0.0))
    assert trajectory.ended == "stopped at step 0: the loss is not differentiable there"


# -- schedules, noise and seeds --------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [ov.Step(3, 0.5), ov.Cosine(), lambda step: 0.9**step])
@pytest.mark.parametrize("rule", [ov.SGD(0.1), ov.Decoupled(ov.Adam(0.1), 0.2)], ids=str)
def test_a_schedule_multiplies_the_learning_rate_and_is_recorded(rule, schedule):
    trajectory = ov.run(BOWL, rule, 12, schedule=schedule)
    factor = ov.Cosine(steps=12) if isinstance(schedule, ov.Cosine) else schedule
    np.testing.assert_array_equal(trajectory.lr, [0.1 * factor(step) for step in range(12)])
    np.testing.assert_array_equal(trajectory.path, by_hand(BOWL, rule, 12, factor=factor))


def test_noise_is_added_to_each_gradient_and_recorded():
    noisy = ov.Noisy(BOWL, 0.3)
    trajectory = ov.run(noisy, ov.SGD(0.01), 2000, seed=1)
    assert trajectory.grad is not None
    assert trajectory.sample_loss is not None
    noise = trajectory.grad - np.array([BOWL.grad(each) for each in trajectory.params])
    np.testing.assert_allclose(noise.std(axis=0), 0.3, rtol=0.05)
    np.testing.assert_allclose(noise.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(
        trajectory.sample_loss,
        trajectory.loss + (noise * trajectory.params).sum(axis=1),
        atol=1e-12,
    )


def test_no_noise_is_the_problem_itself():
    quiet = ov.run(ov.Noisy(BOWL, 0.0), ov.Adam(0.1), 20).path
    np.testing.assert_array_equal(quiet, ov.run(BOWL, ov.Adam(0.1), 20).path)


def test_one_seed_one_path_and_another_seed_another():
    first, again, other = (
        ov.run(ov.Noisy(BOWL, 0.1), ov.SGD(0.1), 20, seed=seed).path for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


SCRIPT = """
import hashlib
import optviz as ov
noisy = ov.Noisy(ov.surface("rosenbrock"), 0.5)
path = ov.run(noisy, ov.Adam(0.05), 200, seed=7).path
print(hashlib.sha256(path.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_makes_the_same_bytes(hash_seed):
    noisy = ov.Noisy(ROSENBROCK, 0.5)
    here = hashlib.sha256(ov.run(noisy, ov.Adam(0.05), 200, seed=7).path.tobytes()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, -1, 2.5, True, "10", None])
def test_steps_are_whole_and_positive(steps):
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1, got"):
        ov.run(BOWL, ov.SGD(), steps)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ([1.0, 2.0, 3.0], r"start must be 2 numbers \(x, y\), got 3"),
        (1.0, r"start must be 2 numbers \(x, y\), got 1"),
        ("ab", "start must be numbers, got 'ab'"),
        ([np.nan, 1.0], "start must be finite, got"),
        ([np.inf, 1.0], "start must be finite, got"),
    ],
)
def test_a_start_that_is_no_point_is_refused(start, sentence):
    with pytest.raises(ValueError, match=sentence):
        ov.run(BOWL, ov.SGD(), start=start)


@pytest.mark.parametrize("not_a_problem", ["rosenbrock", None, len], ids=str)
def test_what_is_not_a_problem_is_refused(not_a_problem):
    with pytest.raises(ValueError, match=r"problem must be a problem such as surface"):
        ov.run(not_a_problem, ov.SGD())


@pytest.mark.parametrize("not_a_rule", ["adam", ov.Adam, None], ids=str)
def test_what_is_not_a_rule_is_refused(not_a_rule):
    with pytest.raises(ValueError, match=r"rule must be a rule such as Adam\(\), got"):
        ov.run(BOWL, not_a_rule)


@pytest.mark.parametrize("keep", ["all", 0, -3, 2.5, None])
def test_an_unknown_way_of_keeping_is_refused(keep):
    with pytest.raises(ValueError, match=r"keep must be .*whole number.*, got"):
        ov.run(BOWL, ov.SGD(), keep=keep)


def test_a_record_too_large_for_memory_is_refused_with_the_way_out():
    with pytest.raises(
        ValueError, match=r"needs 64 GB: pass a larger k as keep=k or keep=\"ends\""
    ):
        ov.run(BOWL, ov.SGD(), 10**9)


@dataclass(frozen=True, eq=False)
class Widening(Rule):
    """A rule that breaks the promise to keep shape or dtype."""

    lr: float = hyper(0.1)
    shape: bool = hyper(True)

    def update(self, params, grad, state):
        return params[:, None] if self.shape else params.astype(np.float32), state


@pytest.mark.parametrize("shape", [True, False])
def test_a_rule_that_changes_shape_or_dtype_is_refused(shape):
    with pytest.raises(ValueError, match=r"a step must keep the params' shape .* Widening gave"):
        ov.run(BOWL, Widening(shape=shape))


# -- comparing -------------------------------------------------------------------------------------


def test_a_comparison_runs_every_rule_from_one_start():
    comparison = ov.compare(ROSENBROCK, ["sgd:lr=0.001", ov.Adam(0.05)], 40, start=(0.0, 2.0))
    for trajectory, rule in zip(
        comparison.trajectories.values(), (ov.SGD(0.001), ov.Adam(0.05)), strict=True
    ):
        expected = ov.run(ROSENBROCK, rule, 40, start=(0.0, 2.0)).path
        np.testing.assert_array_equal(trajectory.path, expected)


def test_each_rule_of_a_comparison_runs_from_the_further_starts_too():
    comparison = ov.compare(BOWL, {"slow": "sgd:lr=0.01", "fast": "sgd:lr=0.1"}, 5, also=[(1, 0.5)])
    labels = ["slow", "slow from (1, 0.5)", "fast", "fast from (1, 0.5)"]
    assert list(comparison.trajectories) == labels
    fast = comparison.trajectories["fast from (1, 0.5)"]
    np.testing.assert_array_equal(fast.path, ov.run(BOWL, ov.SGD(0.1), 5, start=(1, 0.5)).path)
    assert comparison.target == ov.compare(BOWL, ["sgd:lr=0.1"], 5).target


def test_labels_tell_competitors_apart():
    racers: list[Any] = ["adam:lr=0.1", ov.Adam(0.1), (ov.Adam(0.1), ov.Cosine())]
    labels = list(ov.compare(BOWL, racers, 5).trajectories)
    assert labels == ["Adam lr=0.1", "Adam lr=0.1 #2", "Adam lr=0.1 schedule=cosine"]
    named = ov.compare(BOWL, {"slow": ov.SGD(0.01), "fast": "sgd:lr=0.1"}, 5).trajectories
    assert {label: each.label for label, each in named.items()} == {"slow": "slow", "fast": "fast"}


def test_the_table_tells_how_each_did():
    comparison = ov.compare(Square(), {"half": ov.SGD(0.5)}, 10, target=0.1)
    (row,) = comparison.rows()
    assert row["optimizer"] == "half"
    assert row["final loss"] == row["best loss"] == 0.5 * (2 * 0.5**10) ** 2
    assert row["steps to target"] == 3
    assert row["distance to minimum"] == 2 * 0.5**10
    assert comparison.table.loc["half"].to_dict() == {k: row[k] for k in list(row)[1:]}


def test_a_target_never_reached_and_a_minimum_never_known_are_left_empty():
    (row,) = ov.compare(ov.surface("saddle"), ["sgd:lr=0.01"], 5, target=-1e9).rows()
    assert row["steps to target"] is None
    assert row["distance to minimum"] is None


def test_without_a_target_one_hundredth_of_the_way_down_may_be_left():
    assert ov.compare(Square(), ["sgd:lr=0.5"], 5).target == pytest.approx(0.01 * 2.0)


def test_the_best_loss_is_the_lowest_on_the_way():
    (row,) = ov.compare(Square(), ["momentum:lr=0.5,beta1=0.9"], 7).rows()
    trajectory = ov.run(Square(), ov.Momentum(0.5, 0.9), 7)
    assert row["best loss"] == trajectory.losses.min() < row["final loss"]


OUTCOMES = {
    "converged": (Square(), "sgd:lr=0.5", 100),
    "hardly moving": (ROSENBROCK, "sgd:lr=1e-12", 100),
    "still moving": (ROSENBROCK, "sgd:lr=0.0001", 200),
    "oscillating": (Square(), "sgd:lr=2", 100),
    "growing": (Square(), "sgd:lr=2.05", 100),
    "diverged at step 154": (Square(), "sgd:lr=11", 400),
    "diverged at step 7": (Square(), "sgd:lr=4.5", 20),
    "stopped at step 0": (ov.surface("sqrt(x*x + y*y)"), "sgd:lr=1", 20),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_told_in_words(outcome):
    problem, racer, steps = OUTCOMES[outcome]
    start = (0.0, 0.0) if outcome == "stopped at step 0" else None
    (row,) = ov.compare(problem, [racer], steps, start=start).rows()
    assert row["outcome"] == outcome


def test_a_run_that_only_leaves_its_start_reaches_no_target():
    rows = ov.compare(Square(), ["sgd:lr=2.05", "sgd:lr=11"], 400).rows()
    assert [row["outcome"] for row in rows] == ["diverged at step 156", "diverged at step 154"]
    assert [row["steps to target"] for row in rows] == [None, None]
    (still,) = ov.compare(Square(), ["sgd:lr=0.5"], 5, start=(0.0,)).rows()
    assert (still["steps to target"], still["outcome"]) == (0, "converged")


def test_a_start_where_the_loss_is_not_defined_is_an_outcome_too():
    (row,) = ov.compare(ov.surface("log(x) + y*y"), ["sgd:lr=0.1"], 5, start=(-1.0, 1.0)).rows()
    assert row["outcome"] == "diverged at step 0"
    assert np.isnan(row["best loss"])


@pytest.mark.parametrize(
    ("racers", "keywords", "sentence"),
    [
        ([], {}, "compare needs at least one rule"),
        (["adm"], {}, 'no rule "adm"; nearest: adam'),
        ("adam", {}, r'compare needs a list of rules: write \["adam"\]'),
        ([3], {}, r"a competitor is a rule, a \(rule, schedule\) or a text, got 3"),
        ([ov.SGD()], {"start": np.ones((2, 3))}, r"compare takes one start; give run\(\) many"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(racers, keywords, sentence):
    with pytest.raises(ValueError, match=sentence):
        ov.compare(BOWL, racers, 5, **keywords)


def test_a_notebook_shows_the_table():
    page = ov.compare(BOWL, ["sgd:lr=0.1", "adam"], 5)._repr_html_()
    assert "<table" in page
    assert "SGD lr=0.1" in page
    assert "outcome" in page
