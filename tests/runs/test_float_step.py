"""Steps on floats give numpy's numbers to the last bit, also where they overflow."""

from itertools import product

import numpy as np
import pytest

from optviz import L2, SURFACES, Adam, Decoupled, Momentum, Noisy, OneCycle, fork, run, surface
from optviz.rules import Maximize
from optviz.runs import step_choice
from tests.test_microscope import RULES

PROBLEMS = [
    SURFACES["rosenbrock"],
    Noisy(SURFACES["himmelblau"], 1.0),
    surface("x^20*1e12 + exp(exp(y))"),  # overflows
    surface("sqrt(x) + log(y)"),  # has no value beyond 0
]
SCHEDULES = [None, OneCycle(), lambda step: 1e200 if step == 20 else 1.0]


def make_runs(rule, problem, schedule):
    first = run(problem, rule, 40, schedule=schedule, start=(0.5, 1.5))
    return [first, run(problem, rule, 40, schedule=schedule, start=(0.0, 0.0))]


@pytest.mark.parametrize("rule", [*RULES.values(), Maximize(L2(Adam(0.1)))], ids=repr)
def test_a_run_on_floats_is_the_run_on_arrays_to_the_last_bit(rule, monkeypatch):
    cases = list(product(PROBLEMS, SCHEDULES))
    with np.errstate(all="ignore"):
        own = [each for case in cases for each in make_runs(rule, *case)]
        monkeypatch.setattr(step_choice, "MOST", 0)
        wanted = [each for case in cases for each in make_runs(rule, *case)]
    for a, b in zip(own, wanted, strict=True):
        assert a.ended == b.ended
        assert a.columns().keys() == b.columns().keys()
        for name, values in b.columns().items():
            np.testing.assert_array_equal(a.columns()[name], values, err_msg=name)
            assert a.columns()[name].dtype == values.dtype
        assert {k: (v.dtype, v.shape) for k, v in a.state.items()} == {
            k: (v.dtype, v.shape) for k, v in b.state.items()
        }


def test_a_cycled_memory_and_a_fork_are_those_of_arrays(monkeypatch):
    def make():
        whole = run(SURFACES["booth"], Momentum(0.01), 60, schedule=OneCycle(cycle_momentum=True))
        return whole, fork(SURFACES["booth"], whole, 30, Decoupled(Adam(0.1)))

    own = make()
    monkeypatch.setattr(step_choice, "MOST", 0)
    for a, b in zip(own, make(), strict=True):
        np.testing.assert_array_equal(a.path, b.path)


def test_rules_of_ones_own_are_run_as_they_are_written():
    class Doubled(Adam):
        def update(self, params, grad, state):
            new, state = super().update(params, grad, state)
            return 2 * new - params, state

    own, plain = (run(SURFACES["booth"], rule, 1).path for rule in (Doubled(0.1), Adam(0.1)))
    np.testing.assert_allclose(own[1] - own[0], 2 * (plain[1] - plain[0]))
