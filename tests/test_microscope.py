"""A step under the microscope: what it shows is what the record holds, and its parts add up."""

import itertools
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import pytest

from optviz import (
    L2,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Cosine,
    Decoupled,
    DotBias,
    LinearWarmup,
    Maximize,
    Momentum,
    Nesterov,
    Noisy,
    RMSProp,
    Rule,
    Step,
    compare,
    fork,
    hyper,
    run,
    surface,
)
from optviz.dialects.variant_rules import IterateNesterov
from optviz.microscope import explain
from optviz.problems.line import Line
from optviz.runs.trajectory import Trajectory
from optviz.schedules import SCHEDULES
from optviz.views.parameter_curves import measure_rate
from optviz.workbook.variant_rules import EpochAdagrad, Eve
from tests.support.cases import every

SPELLINGS = {
    "sgd": SGD(0.001),
    "momentum": Momentum(0.001),
    "momentum damped": Momentum(0.001, damped=True),
    "momentum dampening": Momentum(0.001, dampening=0.3),
    "nesterov": Nesterov(0.001),
    "adagrad": Adagrad(0.1),
    "adadelta": Adadelta(),
    "rmsprop": RMSProp(0.01),
    "rmsprop lagged": RMSProp(1e-4, lagged=True),
    "adam": Adam(0.05),
    "adam biased": Adam(0.05, debias=False),
    "eve": Eve(0.05),
    "epoch adagrad": EpochAdagrad(1.0, every=4, first=50.0),
}
DECAYS = {
    "plain": lambda rule: rule,
    "L2": lambda rule: L2(rule, 0.1),
    "decoupled": lambda rule: Decoupled(rule, 0.1),
}
RULES = {
    f"{spelling} {decay}": wrap(rule)
    for (spelling, rule), (decay, wrap) in itertools.product(SPELLINGS.items(), DECAYS.items())
}
RULES |= {
    "amsgrad": Adam(0.05, amsgrad=True),
    "adagrad slowing": L2(Adagrad(0.1, initial=0.2, lr_decay=0.1), 0.1),
    "rmsprop centered": Decoupled(RMSProp(1e-3, centered=True), 0.1),
    "rmsprop centered with momentum": L2(RMSProp(1e-3, beta1=0.8, centered=True), 0.1),
}
NOISY = Noisy(surface("himmelblau"), 1.0)
PROBLEMS = [surface("rosenbrock"), surface("ravine"), Line(), NOISY]
SCHEDULED = [each() for name, each in SCHEDULES.items() if name != "constant"]
every_rule = every("rule", RULES.values(), ids=list(RULES))


def list_steps(trajectory):
    """First, second, middle and last step of a run."""
    steps = trajectory.step[:-1].tolist()
    return sorted({steps[0], steps[min(1, len(steps) - 1)], steps[len(steps) // 2], steps[-1]})


def measure_residue(explained):
    """How far the summands are from adding up, in units of their own sizes and the params'."""
    parts = np.array([each.values for each in explained.summands])
    size = np.abs(parts).sum(axis=0) + np.abs(explained["params"].values)
    return np.abs(parts.sum(axis=0) - explained.change) / size


def get_values(explained, name):
    return explained[name].values


@cache
def explained_runs(rule):
    """Runs of a rule on every problem and under every schedule, each with steps and their words."""
    asked = [(problem, None) for problem in PROBLEMS] + [(NOISY, each) for each in SCHEDULED]
    runs = [run(problem, rule, 9, schedule=each, seed=5) for problem, each in asked]
    return [
        (each, step, explain(each, step, rule=rule)) for each in runs for step in list_steps(each)
    ]


# -- the parts -----------------------------------------------------------------------------


@every_rule
def test_the_summands_add_up_to_the_change_of_the_parameters(rule):
    for _, _, explained in explained_runs(rule):
        if np.isfinite(explained.change).all():
            assert (measure_residue(explained) <= 1e-12).all(), explained.title


@every_rule
def test_every_value_that_is_recorded_is_shown_as_recorded(rule):
    for trajectory, step, explained in explained_runs(rule):
        before = trajectory.before(step)
        recorded = {"params": trajectory.path[step], "new": trajectory.path[step + 1]}
        recorded |= {"grad": trajectory.grad[step], "lr": trajectory.lr[step]}
        recorded |= {f"old {name}": each for name, each in before.items()}
        recorded |= {name: each[step] for name, each in trajectory.state.items()}
        shown = {term.name: term.values for term in explained.terms}
        for name in recorded.keys() & shown.keys():
            assert np.array_equal(shown[name], recorded[name], equal_nan=True), name
        assert {"params", "lr", "grad", "step", "new"} <= shown.keys()


@every_rule
def test_each_average_is_shown_before_and_after(rule):
    trajectory = run(PROBLEMS[0], rule, 3)
    names = [term.name for term in explain(trajectory, 2, rule=rule).terms]
    for field in ("grad_avg", "sqr_avg", "sqr_sum", "sqr_step_avg"):
        if field in trajectory.state:
            assert names.index(f"old {field}") < names.index(field)


@every("seed", range(40))
def test_the_summands_add_up_for_any_settings(seed):
    rng = np.random.default_rng(seed)
    spelling = list(SPELLINGS.values())[rng.integers(len(SPELLINGS) - 1)]
    memory = {name: rng.uniform(0, 0.999) for name in ("beta1", "beta2") if hasattr(spelling, name)}
    rule: Any = replace(spelling, lr=10 ** rng.uniform(-5, -1), **memory)
    for wrap in rng.choice([L2, Decoupled], size=rng.integers(3)):
        rule = wrap(rule, rng.uniform(0, 0.1))
    start = rng.uniform(-2, 2, 2)
    trajectory = run(surface("rosenbrock"), rule, 20, start=start)
    for step in range(0, len(trajectory), 3):
        explained = explain(trajectory, step, rule=rule)
        if np.isfinite(explained.change).all():
            assert (measure_residue(explained) <= 1e-12).all()


LINEAR = [name for name in RULES if name.split()[0] in ("sgd", "momentum", "nesterov")]


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_rule_fed_one_source_alone_makes_that_summand(name):
    rule = RULES[name]
    trajectory = run(PROBLEMS[0], rule, 6)
    explained = explain(trajectory, 4)
    params, grad = trajectory.path[4], trajectory.grad[4]
    state: Any = type(rule.init(params))(*trajectory.before(4).values())
    empty: Any = type(state)(*(0.0 * each if np.ndim(each) else each for each in state))
    none = 0.0 * params
    alone = {
        "gradient": rule.update(none, grad, empty)[0],
        "memory": rule.update(none, none, state)[0],
        "weight decay": rule.update(params, none, empty)[0] - params,
    }
    parts = {each.name: each.values for each in explained.summands}
    assert "gradient" in parts
    for source, expected in alone.items():
        assert parts.get(source, none) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_the_summands_are_named_by_where_they_come_from():
    names = {
        name: [each.name for each in explain(run(PROBLEMS[0], RULES[name], 3), 2).summands]
        for name in ("sgd plain", "momentum plain", "adam L2", "adagrad decoupled")
    }
    assert names == {
        "sgd plain": ["gradient"],
        "momentum plain": ["memory", "gradient"],
        "adam L2": ["memory", "gradient", "weight decay"],
        "adagrad decoupled": ["gradient", "weight decay"],
    }


# -- what single terms say -----------------------------------------------------------------


def test_decay_is_in_the_gradient_that_the_rule_sees_or_beside_its_step():
    l2 = explain(run(PROBLEMS[0], L2(Adam(0.1), 0.3), 3), 2)
    assert (get_values(l2, "decay") == 0.3 * get_values(l2, "params")).all()
    assert (get_values(l2, "grad_seen") == get_values(l2, "grad") + get_values(l2, "decay")).all()
    beside = explain(run(PROBLEMS[0], Decoupled(Adam(0.1), 0.3), 3), 2)
    assert get_values(beside, "decay") == pytest.approx(0.1 * 0.3 * get_values(beside, "params"))
    assert (
        get_values(beside, "new") == get_values(beside, "undecayed") - get_values(beside, "decay")
    ).all()
    with pytest.raises(KeyError, match='no term "grad_seen": there are params, lr, grad'):
        beside["grad_seen"]


def test_a_decay_around_a_decay_has_a_name_of_its_own():
    rule = Decoupled(L2(Adam(0.1), 0.3), 0.2)
    explained = explain(run(PROBLEMS[0], rule, 3), 2, rule=rule)
    pulls = {
        name: get_values(explained, name) / get_values(explained, "params")
        for name in ("decay", "decay_2")
    }
    assert pulls["decay"] == pytest.approx(0.3)
    assert pulls["decay_2"] == pytest.approx(0.1 * 0.2)
    assert (measure_residue(explained) <= 1e-12).all()


def test_a_step_uphill_sees_the_gradient_with_its_sign_changed():
    rule = Maximize(L2(SGD(0.001), 0.3))
    explained = explain(run(PROBLEMS[0], rule, 3), 2)
    assert explained["grad_seen"].text == "grad_seen = -grad"
    seen = get_values(explained, "grad_seen_2")
    assert (seen == -get_values(explained, "grad") + get_values(explained, "decay")).all()
    assert explained.change == pytest.approx(-0.001 * seen, rel=1e-9)
    assert (measure_residue(explained) <= 1e-12).all()


def test_bias_correction_is_shown_where_there_is_one():
    explained = explain(run(PROBLEMS[0], Adam(0.1, beta1=0.8, beta2=0.95), 5), 4)
    assert get_values(explained, "mean_scale") == 1 - 0.8**5
    assert get_values(explained, "root_scale") == sqrt(1 - 0.95**5)
    assert get_values(explained, "count") == 5
    names = {term.name for term in explain(run(PROBLEMS[0], Adam(debias=False), 5), 4).terms}
    assert not names & {"mean_scale", "root_scale", "count"}


@every_rule
def test_the_step_without_decoupled_decay_is_minus_effective_lr_times_its_direction(rule):
    trajectory = run(PROBLEMS[1], rule, 6, schedule=Cosine())
    explained = explain(trajectory, 5, rule=rule)
    along = re.search(r"minus this times (.*)", explained["effective_lr"].meaning)
    direction = {
        "grad": lambda: get_values(explained, "grad"),
        "grad_seen": lambda: get_values(explained, "grad_seen"),
        "grad_avg": lambda: get_values(explained, "grad_avg"),
        "move_avg": lambda: get_values(explained, "move_avg"),
        "grad + beta1·grad_avg": lambda: (
            get_values(explained, "grad") + 0.9 * get_values(explained, "grad_avg")
        ),
        "grad_seen + beta1·grad_avg": lambda: (
            get_values(explained, "grad_seen") + 0.9 * get_values(explained, "grad_avg")
        ),
    }[along[1] if along else ""]()
    own = explained.change
    if isinstance(rule, Decoupled):
        own = own + get_values(explained, "decay")
    expected = -get_values(explained, "effective_lr") * direction
    size = np.abs(get_values(explained, "params"))
    assert (np.abs(own - expected) <= 1e-12 * (size + np.abs(own))).all()


@pytest.mark.parametrize("name", ["sgd", "adagrad", "adadelta", "rmsprop", "rmsprop lagged"])
def test_without_memory_and_decay_it_is_the_rate_of_the_curve(name):
    trajectory = run(PROBLEMS[0], SPELLINGS[name], 6)
    shown = get_values(explain(trajectory, 5), "effective_lr")
    assert np.broadcast_to(shown, 2) == pytest.approx(measure_rate(trajectory)[5], rel=1e-9)


def test_effective_lr_of_sgd_is_its_learning_rate():
    trajectory = run(PROBLEMS[0], SGD(0.001), 9, schedule=Step(every=4))
    assert get_values(explain(trajectory, 8), "effective_lr") == 0.00025


def test_the_learning_rate_names_the_factor_of_its_schedule():
    trajectory = run(PROBLEMS[0], SGD(0.001), 9, schedule=LinearWarmup(steps=10))
    term = explain(trajectory, 5)["lr"]
    assert term.values == trajectory.lr[5]
    assert term.numbers == ("0.001·0.55",)
    late = explain(run(PROBLEMS[0], SGD(0.001), 9, schedule=Cosine()), 1)["lr"]
    assert late.numbers == ("0.001·0.969846",)
    assert late.latex_numbers == (r"0.001 \cdot 0.969846",)


def test_the_effective_lr_says_whether_the_step_has_its_decay_in_it():
    for wrap, step in ((L2, "the step is"), (Decoupled, "the step before its decay is")):
        rule = wrap(Adam(0.05), 0.1)
        meaning = explain(run(PROBLEMS[0], rule, 3), 2)["effective_lr"].meaning
        assert meaning == f"the effective learning rate: {step} minus this times grad_avg"


def test_the_gradient_of_a_sample_is_not_called_the_loss_s():
    for problem, words in ((PROBLEMS[0], "of the loss"), (NOISY, "of this step's sample")):
        meaning = explain(run(problem, SGD(0.001), 3), 2)["grad"].meaning
        assert words in meaning


def test_a_rule_that_steps_from_elsewhere_than_the_params_has_no_decay():
    rule = IterateNesterov(0.001)
    explained = explain(run(PROBLEMS[0], rule, 6), 4, rule=rule)
    names = [each.name for each in explained.summands]
    assert names == ["old velocity", "old iterate", "gradient", "params before"]
    assert (measure_residue(explained) <= 1e-12).all()


def test_a_count_that_an_average_needs_is_shown():
    rule = EpochAdagrad(1.0, every=4, first=50.0)
    explained = explain(run(PROBLEMS[0], rule, 6), 4, rule=rule)
    assert (get_values(explained, "old count"), get_values(explained, "count")) == (4, 5)


def test_a_setting_that_nobody_switched_on_is_not_written():
    trajectory = run(PROBLEMS[0], Momentum(0.001), 3)
    assert explain(trajectory, 2)["grad_avg"].text == "grad_avg = beta1·old grad_avg + grad"
    trajectory = run(PROBLEMS[0], Momentum(0.001, dampening=0.3), 3)
    text = explain(trajectory, 2)["grad_avg"].text
    assert text == "grad_avg = beta1·old grad_avg + (1 - damping)·grad"


def test_the_formulas_of_adam_are_those_of_the_paper():
    explained = explain(run(PROBLEMS[0], Adam(0.1), 3), 2)
    assert explained["grad_avg"].latex == (
        r"m_t = \beta_1 \, m_{t-1} + \left(1 - \beta_1\right) \, g_t"
    )
    assert explained["sqr_avg"].latex == (
        r"v_t = \beta_2 \, v_{t-1} + \left(1 - \beta_2\right) \, g_t^{2}"
    )
    assert explained["new"].latex == r"\theta_{t+1} = \theta_t - u_t"


# -- the numbers put in --------------------------------------------------------------------


def compute_text(text):
    """What Python makes of a formula with its numbers put in."""
    for sign, written in (("·", "*"), ("²", "**2"), ("^", "**"), ("√", "sqrt")):
        text = text.replace(sign, written)
    assert re.fullmatch(r"[-+*/(),.>%= \daemqrstx]+", text), text
    return eval(text, {"sqrt": sqrt, "max": max})  # noqa: S307 -- digits and signs alone


@every_rule
def test_every_formula_with_its_numbers_comes_to_its_value(rule):
    trajectory = run(PROBLEMS[1], rule, 6, schedule=Cosine())
    explained = explain(trajectory, 4, rule=rule)
    size = np.abs(explained["params"].values).max()
    checked = 0
    for part in (*explained.terms, *explained.summands):
        assert len(part.numbers) == len(part.latex_numbers) == part.values.size
        for text, value in zip(part.numbers, np.atleast_1d(part.values), strict=True):
            if text:
                scale = 1e-3 * size if part.name in ("new", "undecayed", "grad_seen") else 0.0
                assert compute_text(text) == pytest.approx(value, rel=5e-3, abs=scale), part.text
                checked += 1
    assert checked >= 4


def test_a_number_below_zero_stands_in_brackets_in_both_ways_of_writing():
    term = explain(run(PROBLEMS[0], Momentum(0.001), 3), 0)["grad_avg"]
    assert term.numbers[0] == "0.9·0 + (-215.6)"
    assert r"\left(-215.6\right)" in term.latex_numbers[0]


def test_a_quotient_times_something_stands_in_brackets():
    explained = explain(run(PROBLEMS[0], Adam(0.1), 3), 2)
    assert explained["move"].text == "move = (lr / mean_scale)·grad_avg / denominator"


def test_the_square_of_a_small_number_does_not_look_like_one_of_its_exponent():
    term = explain(run(surface("x^2 + y^2"), Adam(0.1), 3, start=(2e-6, 1.0)), 0)["sqr_avg"]
    assert term.numbers[0] == "0.999·0 + (1 - 0.999)·(4e-6)²"


def test_a_beta_close_to_one_is_written_with_digits_enough():
    trajectory = run(PROBLEMS[0], Adam(0.05, beta2=0.9999912345), 6)
    explained = explain(trajectory, 4)
    for name in ("sqr_avg", "root_scale"):
        for text, value in zip(
            explained[name].numbers, np.atleast_1d(get_values(explained, name)), strict=True
        ):
            assert compute_text(text) == pytest.approx(value, rel=2e-4), text
    assert "1 - 0.9999912345" in explained["sqr_avg"].latex_numbers[0].replace("{", "")


# -- which runs, which steps ---------------------------------------------------------------


def test_a_fork_is_explained_from_its_own_first_step():
    problem = PROBLEMS[0]
    parent = run(problem, Adam(0.05), 12)
    for rule in (Adam(0.2), Adam(0.05), Momentum(0.001)):
        branch = fork(problem, parent, 5, rule)
        for step in list_steps(branch):
            assert (measure_residue(explain(branch, step)) <= 1e-12).all()
    same = fork(problem, parent, 5, Adam(0.05))
    ours, theirs = explain(same, 7).to_dict(), explain(parent, 7).to_dict()
    assert ours["terms"] == theirs["terms"]
    with pytest.raises(ValueError, match="step 4, but this run made steps 5 to 11"):
        explain(same, 4)


def test_a_fork_that_never_began_says_so():
    problem = PROBLEMS[0]
    parent = run(problem, SGD(10.0), 12)
    with pytest.raises(ValueError, match="made no step: not begun"):
        explain(fork(problem, parent, 11, SGD(0.1)), 11)


def test_the_last_step_of_a_run_that_diverged_is_explained():
    trajectory = run(PROBLEMS[0], Momentum(1e307), 50)
    explained = explain(trajectory, int(trajectory.step[-2]))
    assert not np.isfinite(explained.change).all()
    assert json.loads(json.dumps(explained.to_dict()))["step"] == explained.step
    with pytest.raises(ValueError, match=r"\(diverged at step \d+"):
        explain(trajectory, 49)


def test_a_coordinate_of_the_rating_model_is_chosen_by_index():
    rng = np.random.default_rng(3)
    user, movie = rng.integers(20, size=60), rng.integers(30, size=60)
    problem = DotBias(user, movie, rng.uniform(1, 5, 60), factors=4, batch=16)
    trajectory = run(problem, L2(Adam(0.05), 1e-3), 6)
    with pytest.raises(ValueError, match=r"this run has 2\d\d parameters: choose some of them"):
        explain(trajectory, 3)
    explained = explain(trajectory, 3, params=[7, 203])
    assert explained.names == ("p7", "p203")
    assert (measure_residue(explained) <= 1e-12).all()
    assert (explained.change == trajectory.update[3][[7, 203]]).all()
    assert (get_values(explained, "grad_avg") == trajectory.state["grad_avg"][3][[7, 203]]).all()


def test_a_run_in_single_precision_is_explained_in_it():
    trajectory = run(PROBLEMS[0], Adam(0.05), 6, start=np.array([-1.2, 1.0], np.float32))
    explained = explain(trajectory, 4)
    assert get_values(explained, "grad_avg").dtype == np.float32
    assert (measure_residue(explained) <= 1e-6).all()


def test_parameters_are_chosen_by_name():
    trajectory = run(PROBLEMS[0], Adam(0.05), 6)
    both, one = explain(trajectory, 4), explain(trajectory, 4, params="y")
    assert one.names == ("y",)
    assert one.change[0] == both.change[1]
    assert explain(trajectory, 4, params=["y", 0]).names == ("y", "x")


@pytest.mark.parametrize("way", ["csv", "npz"])
def test_a_run_read_back_from_a_file_is_explained_alike(way, tmp_path):
    trajectory = run(PROBLEMS[0], L2(Adam(0.05), 0.1), 6, schedule=Cosine())
    file = tmp_path / f"run.{way}"
    getattr(trajectory, f"to_{way}")(file)
    again = getattr(Trajectory, f"from_{way}")(file)
    for step in (0, 3):
        assert explain(again, step).to_dict() == explain(trajectory, step).to_dict()


# -- rules of one's own --------------------------------------------------------------------


class OwnState(NamedTuple):
    speed: Any
    count: int


@dataclass(frozen=True, eq=False)
class Own(Rule):
    """A rule with names of its own, a shrink inside its step, and two summands with memory."""

    lr: float = hyper(0.01)
    keep: float = hyper(0.7)

    def init(self, params):
        return OwnState(0.0 * params, 0)

    def update(self, params, grad, state):
        push = grad / (1 + state.count) ** 0.5
        speed = self.keep * state.speed - self.lr * push
        pace = (grad**2 + 1e-3) ** 0.5
        return params * (1 - self.lr * 0.1) + speed / pace, OwnState(speed, state.count + 1)


@dataclass(frozen=True, eq=False)
class Clipped(Rule):
    """A rule that asks which way the gradient points."""

    lr: float = hyper(0.01)

    def update(self, params, grad, state):
        sign = 2 * (grad > 0) - 1
        return params - self.lr * sign, state


@dataclass(frozen=True, eq=False)
class Sized(Rule):
    """A rule with an absolute value in it."""

    lr: float = hyper(0.01)

    def update(self, params, grad, state):
        return params - self.lr * grad / (abs(grad) + 1e-12), state


@dataclass(frozen=True, eq=False)
class Still(Rule):
    lr: float = hyper(0.01)

    def update(self, params, grad, state):
        return params + 0 * grad, state


@dataclass(frozen=True, eq=False)
class Branching(Rule):
    lr: float = hyper(0.01)

    def update(self, params, grad, state):
        return params - (self.lr if grad[0] > 0 else 0.0) * grad, state


@pytest.mark.parametrize("wrap", DECAYS.values(), ids=list(DECAYS))
@pytest.mark.parametrize("rule", [Own(), Clipped()], ids=["own", "clipped"])
def test_a_rule_of_ones_own_is_explained_when_it_is_given(rule, wrap):
    rule = wrap(rule)
    trajectory = run(PROBLEMS[0], rule, 6)
    for step in list_steps(trajectory):
        explained = explain(trajectory, step, rule=rule)
        assert (measure_residue(explained) <= 1e-12).all()
        assert (get_values(explained, "new") == trajectory.path[step + 1]).all()


def test_a_rule_of_ones_own_keeps_its_names_and_its_shrink_counts_as_decay():
    explained = explain(run(PROBLEMS[0], Own(), 6), 4, rule=Own())
    assert explained["push"].text == "push = grad / √(1 + old count)"
    assert r"\mathrm{speed}" in explained["speed"].latex
    names = [each.name for each in explained.summands]
    assert names == ["old speed", "weight decay", "gradient"]
    shrink = explained.summands[1].values
    assert shrink == pytest.approx(-0.01 * 0.1 * get_values(explained, "params"), rel=1e-9)


def test_where_the_step_has_no_direction_there_is_no_effective_lr():
    explained = explain(run(PROBLEMS[0], Clipped(), 3), 2, rule=Clipped())
    assert "effective_lr" not in {term.name for term in explained.terms}
    assert [each.name for each in explained.summands] == ["the rule's step"]


# -- what is refused, in sentences ---------------------------------------------------------


def test_a_rule_that_the_record_cannot_name_is_asked_for():
    with pytest.raises(ValueError, match=r"the record's rule is not known .*: give it as rule="):
        explain(run(PROBLEMS[0], Own(), 6), 3)


def test_a_rule_that_never_moves_is_refused():
    with pytest.raises(ValueError, match="Still never moves the params: there is no step"):
        explain(run(PROBLEMS[0], Still(), 3), 1, rule=Still())


def test_a_rule_that_branches_says_why_it_cannot_be_explained():
    trajectory = run(PROBLEMS[0], Branching(), 3)
    with pytest.raises(ValueError, match="Branching cannot be written as formulas"):
        explain(trajectory, 1, rule=Branching())


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Momentum(0.05), "no grad_avg is recorded|no count is recorded|grad_avg of step 3"),
        (SGD(0.05), "new of step 3 would be"),
        (Adam(0.2), "its lr is 0.2, recorded is 0.05"),
        (Adam(0.05, beta1=0.8), "grad_avg of step 3 would be"),
        (RMSProp(0.05), "sqr_avg of step 3 would be"),
        (Adadelta(0.05), "no sqr_step_avg is recorded"),
        (Decoupled(Adam(0.05), 0.1), "new of step 3 would be"),
    ],
)
def test_another_rule_than_the_recorded_one_is_refused(rule, reason):
    trajectory = run(PROBLEMS[0], Adam(0.05), 6)
    with pytest.raises(ValueError, match=f"this run was not made by .*({reason})"):
        explain(trajectory, 3, rule=rule)


def test_another_learning_rate_is_refused_under_a_schedule_too():
    trajectory = run(PROBLEMS[0], SGD(0.001), 6, schedule=Cosine())
    assert explain(trajectory, 3, rule=SGD(0.001))["lr"].numbers == ("0.001·0.5",)
    with pytest.raises(ValueError, match=r"its lr is 0\.002, recorded is 0\.001"):
        explain(trajectory, 3, rule=SGD(0.002))


def test_a_thinned_record_is_refused():
    for keep in (2, "ends"):
        with pytest.raises(ValueError, match='needs every step of the run: make it with keep="pa'):
            explain(run(PROBLEMS[0], SGD(0.001), 6, keep=keep), 2)


def test_many_runs_at_once_are_refused():
    starts = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match="this record holds 3 x 4 runs: make the one to explain"):
        explain(run(PROBLEMS[0], SGD(0.001), 6, start=starts), 2)


def test_a_step_that_was_not_made_is_refused():
    trajectory = run(PROBLEMS[0], SGD(0.001), 6)
    for step in (-1, 6, 2.5):
        with pytest.raises(ValueError, match=rf"step {step}, but this run made steps 0 to 5"):
            explain(trajectory, step)  # type: ignore[arg-type]
    wrong: list[Any] = ["3", None, True, np.arange(2)]
    for step in wrong:
        with pytest.raises(ValueError, match="step must be a whole number, got"):
            explain(trajectory, step)


@pytest.mark.parametrize("asked", ["z", 2, -1, 0.5, True, [None]])
def test_a_parameter_that_there_is_not_is_refused(asked):
    trajectory = run(PROBLEMS[0], SGD(0.001), 6)
    chosen = [asked] if isinstance(asked, (bool, float)) else asked
    with pytest.raises(ValueError, match=r'no parameter "z"; choose|from 0 to 1, got'):
        explain(trajectory, 2, params=chosen)


def test_what_is_no_run_no_rule_or_no_parameter_is_refused():
    trajectory = run(PROBLEMS[0], SGD(0.001), 6)
    race: Any = compare(PROBLEMS[0], ["sgd"], steps=6)
    with pytest.raises(ValueError, match=r"one run, as run\(\) gives it, got Comparison"):
        explain(race, 2)
    name: Any = "sgd:lr=0.001"
    with pytest.raises(ValueError, match=r"rule must be a rule such as Adam\(\), got 'sgd"):
        explain(trajectory, 2, rule=name)
    with pytest.raises(ValueError, match=r"choose at least one parameter, got \[\]"):
        explain(trajectory, 2, params=[])
    with pytest.raises(ValueError, match=r"from 0 to 1, got 1\.0"):
        explain(trajectory, 2, params=1.0)


# -- for notebooks, tables and files -------------------------------------------------------


def test_a_notebook_gets_the_terms_as_rows_of_latex():
    explained = explain(run(PROBLEMS[0], L2(Adam(0.05), 0.1), 6), 4)
    text = explained._repr_html_()
    assert r"$m_t = \beta_1 \, m_{t-1}" in text
    assert "Step 4 to 5 of Adam lr=0.05 l2=0.1" in text
    assert text.count(r"\underbrace") == 3
    rows = text.split("<tr>")[1:]
    assert len(rows) == len(explained.terms) + 1
    assert {row.count("<td>") + row.count("<th>") for row in rows} == {4}


def test_an_absolute_value_is_written_with_bars():
    explained = explain(run(PROBLEMS[0], Sized(), 6), 4, rule=Sized())
    assert r"\left|g_t\right| + 1 \cdot 10^{-12}" in explained["denominator"].latex
    assert "|grad| + 1e-12" in explained["denominator"].text


def test_a_table_has_a_row_a_term_and_a_column_a_parameter():
    explained = explain(run(PROBLEMS[0], Momentum(0.001), 6), 4)
    frame = explained.to_frame()
    assert list(frame.columns) == ["x", "y"]
    assert len(frame) == len(explained.terms) + len(explained.summands)
    added = frame.loc["summand"].sum()
    assert added.tolist() == pytest.approx(explained.change.tolist(), rel=1e-12)


def test_all_of_it_goes_into_json():
    explained = explain(run(PROBLEMS[0], Momentum(0.001), 6), 4)
    read = json.loads(json.dumps(explained.to_dict()))
    assert read["names"] == ["x", "y"]
    assert read["terms"][0]["values"] == explained["params"].values.tolist()
    assert [each["name"] for each in read["summands"]] == ["memory", "gradient"]
