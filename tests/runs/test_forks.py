"""Forks: a run that leaves a recorded one, and is the rest of it where nothing changed."""

import itertools
from typing import Any

import numpy as np
import pytest

import optviz as ov
from optviz.runs.trajectory import Trajectory
from tests.support.cases import every

SURFACE = ov.surface("himmelblau")
DECAYS = {"plain": "", "l2": ",l2=0.01", "wd": ",wd=0.01"}
SCHEDULES = ["", *(f",schedule={name}" for name in ov.SCHEDULES)]
STEPS, STEP = 40, 17


def tail(run: Trajectory, step: int) -> dict[str, Any]:
    """Return every number of a run from a step on."""
    assert run.grad is not None
    out = {"step": run.step, "path": run.path, "losses": run.losses, "lr": run.lr, "grad": run.grad}
    out |= run.state
    out |= {} if run.sample_loss is None else {"sample_loss": run.sample_loss}
    first = int(np.flatnonzero(run.step == step)[0])
    return {name: column[first:] for name, column in out.items()}


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert set(one) == set(other)
    for name, column in one.items():
        assert column.dtype == other[name].dtype
        np.testing.assert_array_equal(column, other[name], err_msg=name)


@every("noise", [0.0, 0.5])
@every("decay", DECAYS)
@every("rule", ov.RULES)
def test_a_fork_that_changes_nothing_is_the_rest_of_the_run_bit_for_bit(rule, decay, noise):
    problem = ov.Noisy(SURFACE, noise) if noise else SURFACE
    for schedule, step in itertools.product(SCHEDULES, (0, STEP, STEPS - 1)):
        entry = ov.parse_spec(f"{rule}:lr=0.01{DECAYS[decay]}{schedule}")
        whole = ov.run(problem, entry.rule, STEPS, seed=3, schedule=entry.schedule)
        fork = ov.fork(problem, whole, step, entry)
        assert_same(tail(fork, step), tail(whole, step))
        assert fork.step[0] == step
        assert fork.ended == whole.ended == "finished"


@pytest.mark.parametrize(
    "text",
    ["momentum:damped=yes", "momentum:dampening=0.5", "rmsprop:lagged=yes", "adam:debias=no"],
)
def test_so_it_is_for_every_spelling_of_a_rule(text):
    entry = ov.parse_spec(text)
    whole = ov.run(SURFACE, entry.rule, STEPS)
    assert_same(tail(ov.fork(SURFACE, whole, STEP, text), STEP), tail(whole, STEP))


def test_so_it_is_in_float32_and_for_many_runs_at_once():
    start = np.array([[1.0, 2.0, -3.0], [0.5, 1.5, 2.5]], np.float32)
    whole = ov.run(SURFACE, ov.Adam(0.05), STEPS, start=start)
    fork = ov.fork(SURFACE, whole, STEP, ov.Adam(0.05))
    assert fork.path.dtype == np.float32
    assert_same(tail(fork, STEP), tail(whole, STEP))


def test_a_fork_of_a_fork_that_changes_nothing_is_the_rest_too():
    whole = ov.run(SURFACE, ov.Adam(0.05), STEPS)
    fork = ov.fork(SURFACE, ov.fork(SURFACE, whole, 10, ov.Adam(0.05)), 20, ov.Adam(0.05))
    assert_same(tail(fork, 20), tail(whole, 20))


def test_another_rate_goes_on_with_what_the_run_remembered():
    whole = ov.run(SURFACE, ov.Momentum(0.01), STEPS)
    fork = ov.fork(SURFACE, whole, STEP, ov.L2(ov.Momentum(0.002), 0.1))
    here = whole.path[STEP]
    average = 0.9 * whole.state["grad_avg"][STEP - 1] + SURFACE.grad(here) + 0.1 * here
    np.testing.assert_allclose(fork.path[1], here - 0.002 * average, rtol=1e-14)
    assert fork.about["memory"] == "goes on with what the run remembered"
    assert fork.label == "Momentum lr=0.002 l2=0.1 from step 17"


def test_another_rule_starts_with_an_empty_memory_and_says_so():
    whole = ov.run(SURFACE, ov.Momentum(0.01), STEPS)
    fork = ov.fork(SURFACE, whole, STEP, "adam:lr=0.05")
    alone = ov.run(SURFACE, ov.Adam(0.05), STEPS - STEP, start=whole.path[STEP])
    np.testing.assert_array_equal(fork.path, alone.path)
    assert fork.about["memory"] == "starts with an empty memory"


def test_a_fork_follows_its_schedule_at_the_steps_of_the_whole_run():
    whole = ov.run(SURFACE, ov.SGD(0.01), STEPS)
    fork = ov.fork(SURFACE, whole, STEP, ov.SGD(0.01), schedule=ov.Cosine())
    factor = ov.Cosine(steps=STEPS)
    np.testing.assert_array_equal(fork.lr, [0.01 * factor(step) for step in range(STEP, STEPS)])


def test_a_fork_meets_the_noise_that_the_run_met():
    noisy = ov.Noisy(SURFACE, 2.0)
    whole = ov.run(noisy, ov.SGD(0.001), STEPS, seed=5)
    fork = ov.fork(noisy, whole, STEP, ov.SGD(0.002))
    other = ov.fork(noisy, whole, STEP, ov.SGD(0.002), seed=6)
    for run, same in ((fork, True), (other, False)):
        assert run.grad is not None
        noise = run.grad - np.array([SURFACE.grad(each) for each in run.params])
        met = list(noisy.samples(STEPS, 5))[STEP:]
        assert np.allclose(noise, met, atol=1e-9) is same


@pytest.mark.parametrize(
    ("keep", "step", "sentence"),
    [
        ("path", 40, "a fork at step 40, but a run can be left at steps 0 to 39"),
        ("path", -1, "a fork at step -1"),
        (5, 10, 'make it with keep="path"'),
        ("ends", 0, 'make it with keep="path"'),
    ],
)
def test_a_step_that_cannot_be_forked_at_is_refused(keep, step, sentence):
    whole = ov.run(SURFACE, ov.SGD(0.01), STEPS, keep=keep)
    with pytest.raises(ValueError, match=sentence):
        ov.fork(SURFACE, whole, step, ov.SGD(0.01))


def test_a_fork_of_a_run_that_ended_before_is_its_last_point_alone():
    log = ov.surface("log(x) + y*y")
    whole = ov.run(log, ov.SGD(0.01), STEPS, start=(-1.0, 0.0))
    fork = ov.fork(log, whole, 3, ov.Adam(0.05))
    assert fork.path.tolist() == [[-1.0, 0.0]]
    assert len(fork) == 0
    assert np.isnan(fork.losses).all()
    assert fork.ended == "not begun: the run that it leaves " + whole.ended
    assert fork.label == "Adam lr=0.05 from step 3"


@pytest.mark.parametrize("first", [-1, 40, 2.5, True])
def test_the_first_step_of_a_run_lies_before_its_last(first):
    with pytest.raises(ValueError, match="first must be"):
        ov.run(SURFACE, ov.SGD(0.01), STEPS, first=first)


@pytest.mark.parametrize("keep", [7, "ends"])
def test_a_thin_run_that_begins_later_keeps_its_ends(keep):
    whole = ov.run(SURFACE, ov.SGD(0.001), STEPS)
    thin = ov.run(SURFACE, ov.SGD(0.001), STEPS, start=whole.path[STEP], first=STEP, keep=keep)
    assert thin.step[[0, -1]].tolist() == [STEP, STEPS]
    np.testing.assert_array_equal(thin.path, whole.path[thin.step].astype(thin.path.dtype))
