"""Formulas of a rule, had by running it on symbols, against the rule itself on numbers."""

import cProfile
import sys
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import pytest

import optviz as ov
from optviz.formulas.expressions import evaluate
from optviz.formulas.latex import write_latex
from optviz.rules import RULES, Rule
from optviz.tracing import trace
from tests.support.cases import every

SPELLINGS = {
    **{name: rule() for name, rule in RULES.items()},
    "damped momentum": ov.Momentum(damped=True),
    "dampened momentum": ov.Momentum(dampening=0.3),
    "lagged rmsprop": ov.RMSProp(lagged=True),
    "uncorrected adam": ov.Adam(debias=False),
    "amsgrad": ov.Adam(amsgrad=True),
    "slowing adagrad": ov.Adagrad(initial=0.2, lr_decay=0.1),
    "centered rmsprop": ov.RMSProp(centered=True),
    "rmsprop with momentum": ov.RMSProp(beta1=0.8),
    "centered rmsprop with momentum": ov.RMSProp(beta1=0.8, centered=True),
}
DECAYED = {
    "": lambda rule: rule,
    " with L2": lambda rule: ov.L2(rule, 0.07),
    " with decoupled decay": lambda rule: ov.Decoupled(rule, 0.07),
    " uphill with L2": lambda rule: ov.Maximize(ov.L2(rule, 0.07)),
    " with both": lambda rule: ov.Decoupled(ov.L2(rule, 0.07), 0.03),
}
CASES = {
    f"{name}{words}": decay(rule)
    for name, rule in SPELLINGS.items()
    for words, decay in DECAYED.items()
}


def list_recorded_steps(rule, count=3):
    """(params, grad, state) before and (params, state) after each of some steps."""
    draw = np.random.default_rng(4)
    params = draw.normal(size=5)
    state = rule.init(params)
    for _ in range(count):
        grad = draw.normal(size=5)
        after = rule.update(params, grad, state)
        yield (params, grad, state), after
        params, state = after


@every("name", CASES)
def test_formulas_give_the_rules_own_numbers_to_the_last_bit(name):
    formulas = trace(CASES[name])
    for (params, grad, state), (new, after) in list_recorded_steps(CASES[name]):
        values = formulas.hypers | {"params": params, "grad": grad} | state._asdict()
        np.testing.assert_array_equal(evaluate(formulas.new, values), new)
        assert formulas.state.keys() == after._asdict().keys()
        for field, value in after._asdict().items():
            np.testing.assert_array_equal(evaluate(formulas.state[field], values), value)


@every("name", CASES)
def test_every_number_that_a_rule_holds_is_a_symbol(name):
    rule, numbers = CASES[name], []
    while True:
        values = [getattr(rule, spec.name) for spec in fields(rule)]  # type: ignore[arg-type]
        numbers += [value for value in values if isinstance(value, float)]
        inner = [value for value in values if isinstance(value, Rule)]
        if not inner:
            break
        rule = inner[0]
    assert sorted(trace(CASES[name]).hypers.values()) == sorted(numbers)


def test_quantities_carry_the_names_of_the_rules_own_text_in_order():
    formulas = trace(ov.L2(ov.Adam(), 0.1))
    assert formulas.vectors == ("params", "grad", "grad_avg", "sqr_avg")
    assert formulas.shared == ("count",)
    names = [name for name, _ in formulas.steps]
    assert set(names) == {
        *("grad", "count", "mean_scale", "root_scale", "grad_avg", "sqr_avg", "move")
    }
    assert names.index("grad") < names.index("grad_avg") < names.index("move")


def test_a_later_formula_refers_to_an_earlier_quantity_itself():
    formulas = trace(ov.Adam())
    (average,) = [expr for name, expr in formulas.steps if name == "grad_avg"]
    (move,) = [expr for name, expr in formulas.steps if name == "move"]
    assert average is formulas.state["grad_avg"]
    assert any(part is average for part in move.args[0].args)


def test_latex_writes_a_formula_as_it_is_in_the_rule():
    formulas = trace(ov.RMSProp())
    text = write_latex(formulas.new, {formulas.state["sqr_avg"]: "v"}.get)
    assert text == r"params - \frac{lr \, grad}{\sqrt{v} + eps}"


def test_latex_writes_the_largest_average_so_far():
    formulas = trace(ov.Adam(amsgrad=True))
    text = write_latex(formulas.state["sqr_max"], {formulas.state["sqr_avg"]: "v"}.get)
    assert text == r"\max\left(sqr_max, v\right)"


@dataclass(frozen=True, eq=False)
class Scaled(Rule):
    lr: float = ov.hyper(0.1)

    def update(self, params, grad, state):
        return params - 1e-9 * self.lr * grad / (abs(grad) * 2.5e-12 + 1e-12), state


def test_latex_writes_a_power_of_ten_as_one():
    text = write_latex(trace(Scaled()).new, {}.get)
    assert text == (
        r"params - \frac{1 \cdot 10^{-9} \, lr \, grad}"
        r"{\left|grad\right| \, \left(2.5 \cdot 10^{-12}\right) + 1 \cdot 10^{-12}}"
    )


class SignState(NamedTuple):
    last: float


@dataclass(frozen=True, eq=False)
class Sign(Rule):
    lr: float = ov.hyper(0.1)

    def init(self, params):
        return SignState(0.0 * params)

    def update(self, params, grad, state):
        return params - self.lr * (grad if grad > 0 else -grad), SignState(grad)


@dataclass(frozen=True, eq=False)
class Rooted(Sign):
    def update(self, params, grad, state):
        return params - self.lr * np.sqrt(grad), state


@dataclass(frozen=True, eq=False)
class Worded(Sign):
    def update(self, params, grad, state):
        return params - "lr" * grad, state


@dataclass(frozen=True, eq=False)
class Odd(Sign):
    """Arithmetic of other kinds than the package's rules use."""

    def update(self, params, grad, state):
        every_third = (np.float64(2.0) * self.lr) % 3
        return params - abs(grad) * every_third * (state.last <= grad), SignState(-grad)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Sign(), "Sign cannot be written as formulas: it branches on a value"),
        (Rooted(), "Rooted cannot be written as formulas: it needs more than [+] - "),
        (Worded(), "Worded cannot be written as formulas: it calculates with 'lr'"),
    ],
)
def test_a_rule_that_is_not_plain_arithmetic_is_refused_with_a_sentence(rule, words):
    with pytest.raises(ValueError, match=words):
        trace(rule)


def test_a_rule_of_ones_own_is_traced_too():
    formulas = trace(Odd(lr=5.0))
    for (params, grad, state), (new, _) in list_recorded_steps(Odd(lr=5.0)):
        values = {"lr": 5.0, "params": params, "grad": grad, "last": state.last}
        np.testing.assert_array_equal(evaluate(formulas.new, values), new)


def test_a_running_profiler_is_put_back():
    calls = []

    def profiler(*event):
        calls.append(event)

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        trace(ov.Adam())
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_a_profiler_at_work_neither_hinders_nor_is_hindered():
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        traced = trace(ov.L2(ov.Adam()))
        ov.run(ov.surface("booth"), ov.Adam(amsgrad=True), 3)
    finally:
        profiler.disable()
    assert [name for name, _ in traced.steps] == [name for name, _ in trace(ov.L2(ov.Adam())).steps]
    names = {
        function.co_name for function, *_ in profiler.getstats() if not isinstance(function, str)
    }
    assert "run" in names
