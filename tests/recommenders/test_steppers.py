"""The twin of a rule makes the rule's own steps, and both go on from a state that was packed."""

import inspect
from typing import Any

import numpy as np
import pytest
import torch

from optviz.recommenders import train
from optviz.recommenders.training.steppers import Stepper, TwinStepper, make_stepper, to_array
from optviz.rules import (
    L2,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Decoupled,
    Maximize,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
)
from optviz.specs import parse_spec

RULES: list[Rule] = [
    SGD(0.1),
    Momentum(0.1),
    Momentum(0.1, dampening=0.5),
    Nesterov(0.1),
    RMSProp(0.01),
    RMSProp(0.01, beta1=0.5, centered=True),
    Adagrad(0.1, lr_decay=0.1),
    Adadelta(1.0),
    Adam(0.01),
    Adam(0.01, amsgrad=True),
    L2(SGD(0.1), 0.01),
    L2(Adam(0.01), 0.01),
    Decoupled(Adam(0.01), 0.1),
    Maximize(L2(Momentum(0.1), 0.01)),
]
SIZE = 40_000
"""More than one chunk."""


def gradients(count: int, dtype: Any = np.float64) -> list[np.ndarray]:
    draw = np.random.default_rng(1)
    return [draw.normal(size=SIZE).astype(dtype) for _ in range(count)]


def start(dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(0).normal(size=SIZE).astype(dtype)


@pytest.mark.parametrize("kind", ["array", "tensor"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_twin_makes_the_steps_of_its_rule(rule, kind):
    convert: Any = torch.from_numpy if kind == "tensor" else (lambda each: each)
    steppers = [make_stepper(engine, rule, convert(start())) for engine in ("rule", "fused")]
    for i, grad in enumerate(gradients(6)):
        now = rule.with_lr(rule.lr / (1 + i))  # as a schedule changes it
        ours, theirs = (to_array(each.step(now, convert(grad.copy()))) for each in steppers)
        np.testing.assert_allclose(theirs, ours, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("engine", ["rule", "fused"])
@pytest.mark.parametrize("kind", ["array", "tensor"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_steps_go_on_from_a_packed_state_to_the_bit(rule, engine, kind):
    convert: Any = torch.from_numpy if kind == "tensor" else (lambda each: each)
    whole = make_stepper(engine, rule, convert(start(np.float32)))
    grads = gradients(4, np.float32)
    for grad in grads[:2]:
        middle = to_array(whole.step(rule, convert(grad.copy()))).copy()
    state = {name: each.copy() for name, each in whole.pack().items()}
    again = make_stepper(engine, rule, convert(middle))
    again.unpack(state)
    for grad in grads[2:]:
        expected = to_array(whole.step(rule, convert(grad.copy())))
        np.testing.assert_array_equal(to_array(again.step(rule, convert(grad.copy()))), expected)


@pytest.mark.parametrize("engine", [Stepper, TwinStepper])
def test_the_params_before_a_step_stay_whole_until_the_next(engine):
    stepper = engine(Adam(0.1), start())
    before = stepper.step(Adam(0.1), gradients(1)[0])
    kept = before.copy()
    after = stepper.step(Adam(0.1), gradients(1)[0])
    np.testing.assert_array_equal(before, kept)
    assert not np.array_equal(after, kept)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_twin_steps_as_torch_does_without_its_hooks(rule):
    stepper: Any = make_stepper("fused", rule, torch.from_numpy(start()))
    hooks = stepper.optimizer
    assert stepper.make_step is not type(hooks).step  # what is around it can be left out
    leaf = torch.nn.Parameter(torch.from_numpy(start()))
    taken = inspect.signature(type(hooks)).parameters
    whole = type(hooks)([leaf], **{k: v for k, v in hooks.defaults.items() if k in taken})
    for grad in gradients(3):
        leaf.grad = torch.from_numpy(grad)
        whole.step()
        assert torch.equal(stepper.step(rule, torch.from_numpy(grad)), leaf.detach())


def test_a_cycled_beta1_reaches_the_twin():
    rule, schedule, _ = parse_spec("adam:lr=0.01,schedule=onecycle(cycle_momentum=yes)")
    stepper = TwinStepper(rule, start())
    stepper.step(rule.with_values(beta1=0.77), gradients(1)[0])
    assert stepper.optimizer.param_groups[0]["betas"] == (0.77, 0.999)
    assert schedule is not None


@pytest.mark.data
@pytest.mark.parametrize("rule", ["sgd:lr=1", "momentum:lr=0.1,l2=5e-5", "adadelta:lr=1"])
def test_a_training_with_the_twin_is_the_rule_s(part_of_100k, rule):
    how: Any = {"epochs": 1, "batch": 256, "keep": 8}
    ours, theirs = (
        train("dot_bias", part_of_100k, rule, engine=engine, **how) for engine in ("rule", "fused")
    )
    largest = np.abs(ours.trained.params).max()
    np.testing.assert_allclose(
        theirs.trained.params, ours.trained.params, rtol=0, atol=1e-6 * largest
    )
    np.testing.assert_allclose(theirs.curve.train, ours.curve.train, rtol=1e-6)


def test_a_rule_without_a_twin_says_so():
    with pytest.raises(ValueError, match=r"no twin of momentum:lr=0.1,damped=yes: engine=.rule"):
        TwinStepper(Momentum(0.1, damped=True), start())


class Listed(SGD):
    def init(self, params):
        return [params]


def test_a_state_that_no_file_can_hold_is_refused_in_words():
    with pytest.raises(ValueError, match="needs a state that is a named tuple of numbers, got a l"):
        Stepper(Listed(0.1), start()).pack()
