"""The recorder by itself: any loop may hand it steps and get a Trajectory."""

import numpy as np
import pytest

import optviz as ov
from optviz.runs.recorder import Recorder


def test_a_loop_that_moves_its_params_in_place_is_recorded_thin():
    params = np.array([2.0, 1.0])
    recorder = Recorder(range(4), 2, params)
    for step in range(4):
        if step in recorder.kept:
            recorder.add(step, params, float(params @ params), lr=0.5)
        params *= 0.5
    recorder.add(4, params, float(params @ params))
    record = recorder.to_trajectory(("x", "y"), {"label": "halving"}, "finished")
    assert record.step.tolist() == [0, 2, 4]
    assert record.path.dtype == np.float32
    np.testing.assert_array_equal(record.path[:, 0], [2, 0.5, 0.125])
    assert record.lr.tolist() == [0.5, 0.5]
    assert (record.label, record.is_finished, record.grad) == ("halving", True, None)


def test_a_loop_by_hand_is_recorded_as_run_records_it():
    problem, rule = ov.surface("rosenbrock"), ov.Adam(0.05)
    params, state = np.array([-1.0, 1.0]), rule.init(np.zeros(2))
    recorder = Recorder(range(20), "path", params, state)
    for step in range(20):
        grad = problem.grad(params)
        new, state = rule.update(params, grad, state)
        recorder.add(step, params, problem.loss(params), rule.lr, grad, state)
        params = new
    recorder.add(20, params, problem.loss(params))
    record = recorder.to_trajectory(problem.names, {}, "finished")
    expected = ov.run(problem, rule, 20, start=(-1.0, 1.0))
    for name in ("step", "path", "losses", "lr", "grad"):
        np.testing.assert_array_equal(getattr(record, name), getattr(expected, name))
    for name, column in expected.state.items():
        np.testing.assert_array_equal(record.state[name], column)
        np.testing.assert_array_equal(record.initial[name], expected.initial[name])


def test_a_record_that_is_too_large_is_refused_before_the_first_step():
    with pytest.raises(ValueError, match='needs 32 GB: pass a larger k as keep=k or keep="ends"'):
        Recorder(range(1000), "path", np.zeros(1_000_000))
