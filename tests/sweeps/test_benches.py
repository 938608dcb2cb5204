"""A bench for rules: the gradients are what they are called, and steady steps are those of theory.

Nothing here uses the formulas of steady_steps.py but to hold them to the steps that rules make, to
long sums by scipy's filter, to torch's optimizers, and to numbers worked out by hand.
"""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from optviz.rules import RULES, SGD
from optviz.sweeps import gradient_bench
from optviz.sweeps.gradients import GRADIENTS, GradientSettings, make_gradients
from optviz.sweeps.steady_steps import average, average_square
from tests.support.cases import every

BETAS = [0.0, 0.5, 0.9, 0.97]
VARIANTS = [
    *(f"sgd:lr={lr}" for lr in (1e-3, 0.7)),
    *(f"momentum:lr=0.02,beta1={beta}" for beta in BETAS),
    *("momentum:damped=yes", "momentum:beta1=0.8,dampening=0.3"),
    *(f"nesterov:lr=0.3,beta1={beta}" for beta in BETAS),
    *("adagrad:lr=0.2", "adagrad:initial=0.7,lr_decay=0.02,eps=0.01"),
    *("adadelta", "adadelta:lr=0.3,beta2=0.5,eps=0.01", "adadelta:beta2=0.8,eps=1e-4"),
    *(f"rmsprop:lr=0.05,beta2={beta}" for beta in BETAS),
    *("rmsprop:lagged=yes", "rmsprop:beta2=0.95,beta1=0.6", "rmsprop:lagged=yes,beta2=0"),
    *("rmsprop:centered=yes", "rmsprop:centered=yes,lagged=yes,beta2=0.7,beta1=0.5"),
    *(f"adam:beta1={beta},beta2=0.98" for beta in BETAS),
    *("adam:debias=no,beta2=0.99", "adam:amsgrad=yes,beta2=0.95", "adam:beta1=0.3,beta2=0.6"),
]
SETTINGS = [
    {"size": 1.0},
    {"size": 1e-4, "every": 3, "growth": 1.01},
    {"size": 3700.0, "every": 17, "growth": 1.03},
]


def find_last(made, row, column, count):
    """The last steps of which theory knows the size."""
    known = np.flatnonzero(np.isfinite(made.theory[row, column]))[-count:]
    return np.abs(made.steps[row, column, known]), made.theory[row, column, known]


@every("rule", VARIANTS)
@pytest.mark.parametrize("settings", SETTINGS, ids=["unit", "small", "steep"])
def test_steady_steps_are_those_of_theory_within_a_hundredth(rule, settings):
    made = gradient_bench(rule, steps=3000, **settings)
    for column, kind in enumerate(made.gradients):
        found, wanted = find_last(made, 0, column, count=2 * made.settings.every)
        has_gap = (made.labels[0], kind) in made.gaps
        assert (len(found) == 0) == has_gap, kind
        assert found == pytest.approx(wanted, rel=0.01), kind


def test_every_rule_has_a_theory_of_all_but_noise_and_what_is_told():
    made = gradient_bench()
    assert [each.partition(":")[0] for each in made.rules] == list(RULES)
    gaps = {(name.split()[0].lower(), kind) for name, kind in made.gaps}
    noisy = {(name, "noisy") for name in RULES if name != "sgd"}
    assert gaps == noisy | {("adadelta", "growing")}


@pytest.mark.parametrize("beta", [0.3, 0.9, 0.98])
@pytest.mark.parametrize("kind", ["constant", "alternating", "sparse", "growing", "flipping"])
def test_averages_are_those_of_a_long_filter(kind, beta):
    settings = GradientSettings(steps=2000, size=2.5, every=7, growth=1.02)
    gradients = make_gradients(kind, settings)
    there = np.flatnonzero(gradients)[-20:]
    for values, find in ((gradients, average), (gradients**2, average_square)):
        filtered = lfilter([1 - beta], [1, -beta], values)
        wanted = filtered[there] / values[there]
        found = np.broadcast_to(find(kind, beta, settings), len(gradients))[there]
        assert found == pytest.approx(wanted, rel=1e-9)


BY_HAND = [
    # rule, gradients, the size of a steady step over lr, gradients of size 1, every tenth sparse
    ("momentum", "constant", 10.0),
    ("momentum:damped=yes", "constant", 1.0),
    ("momentum", "alternating", 1 / 1.9),
    ("nesterov", "constant", 10.0),
    ("nesterov", "alternating", 2.8 / 1.9),
    ("rmsprop", "constant", 1.0),
    ("rmsprop", "alternating", 1.0),
    ("rmsprop", "sparse", 2.5521),  # sqrt((1 - 0.9**10)/0.1)
    ("adam:beta2=0.99", "constant", 1.0),
    ("adam:beta2=0.99", "alternating", 1 / 19),
    ("adagrad", "constant", 1 / 2000**0.5),
    ("adagrad", "growing", 0.30491),  # sqrt(1 - 1.05**-2)
]


@every("rule, kind, wanted", BY_HAND)
def test_numbers_that_are_known_by_hand(rule, kind, wanted):
    made = gradient_bench(rule, kind, steps=2000)
    found, theory = find_last(made, 0, 0, count=1)
    lr = float(made.rules[0].partition("lr=")[2].split(",")[0])
    assert found / lr == pytest.approx(wanted, rel=0.01)
    assert theory / lr == pytest.approx(wanted, rel=1e-4)


TWINS = {
    "nesterov:lr=0.02": lambda p: torch.optim.SGD(p, 0.02, momentum=0.9, nesterov=True),
    "adagrad:lr=0.02": lambda p: torch.optim.Adagrad(p, 0.02),
    "adadelta:lr=0.5": lambda p: torch.optim.Adadelta(p, 0.5),
    "adam:lr=0.02,amsgrad=yes": lambda p: torch.optim.Adam(p, 0.02, amsgrad=True),
}


@pytest.mark.parametrize("rule", TWINS)
def test_steps_are_those_of_torch(rule):
    made = gradient_bench(rule, steps=50, size=30.0)
    for column in range(len(made.gradients)):
        param = torch.zeros(1, dtype=torch.float64)
        optimizer, steps = TWINS[rule]([param]), []
        for grad in made.series[column]:
            param.zero_()
            param.grad = torch.tensor([grad], dtype=torch.float64)
            optimizer.step()
            steps.append(param.item())
        assert made.steps[0, column] == pytest.approx(steps, rel=1e-9, abs=1e-15)


def test_gradients_are_what_they_are_called():
    made = gradient_bench("sgd", steps=4000, size=2.0, spread=0.5, every=5, growth=1.01)
    series = dict(zip(made.gradients, made.series, strict=True))
    assert list(series) == list(GRADIENTS)
    assert set(series["constant"]) == {2.0}
    assert series["alternating"][:4].tolist() == [2, -2, 2, -2]
    assert series["sparse"][:7].tolist() == [2, 0, 0, 0, 0, 2, 0]
    assert series["flipping"][:11].tolist() == [2] * 5 + [-2] * 5 + [2]
    assert series["growing"][[0, 100]] == pytest.approx([2, 2 * 1.01**100])
    assert series["noisy"].mean() == pytest.approx(2, abs=0.1)
    assert series["noisy"].std() == pytest.approx(1, rel=0.1)


def test_noise_follows_the_seed():
    first, again, other = (gradient_bench("sgd", "noisy", seed=seed) for seed in (3, 3, 4))
    assert first.series.tolist() == again.series.tolist()
    assert first.series.tolist() != other.series.tolist()


def test_without_bias_correction_the_first_step_differs_and_the_steady_one_does_not():
    made = gradient_bench(["adam:beta2=0.99", "adam:beta2=0.99,debias=no"], "constant", steps=2000)
    first = np.abs(made.steps[:, 0, 0])
    assert first / first[0] == pytest.approx([1, 0.1 / 0.01**0.5], rel=1e-6)
    assert made.theory[0, 0] == pytest.approx(made.theory[1, 0])


def test_a_rule_of_ones_own_has_no_theory_and_says_so():
    @dataclass(frozen=True, eq=False)
    class Half(SGD):
        """Half a step."""

        def update(self, params, grad, state):
            return params - 0.5 * self.lr * grad, state

    made = gradient_bench(Half(), "constant", steps=5)
    assert made.gaps == {("Half lr=0.01", "constant"): "no formula is known for Half"}
    assert np.isnan(made.theory).all()
    assert made.steps == pytest.approx(-0.005)
    assert "no formula is known for Half" in made.to_text()


def test_it_tells_the_last_step_beside_theory():
    made = gradient_bench(["sgd", "momentum"], ["sparse", "noisy"], steps=100)
    rows = made.rows()
    assert [(each["gradient"], each["rule"].split()[0]) for each in rows] == [
        *(("sparse", "SGD"), ("sparse", "Momentum"), ("noisy", "SGD"), ("noisy", "Momentum"))
    ]
    assert [each["step"] for each in rows] == [91, 91, 100, 100]
    assert rows[1]["over theory"] == pytest.approx(1, rel=0.01)
    assert "settle at no one size" in rows[3]["why no theory"]
    assert "100 steps; sparse and flipping ones every 10" in made.to_text()
    assert repr(made) == "GradientBench(SGD lr=0.01, Momentum lr=0.01: sparse, noisy)"
    assert "<pre>" in made._repr_html_()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": ["adm"]}, 'no rule "adm"; nearest: adam'),
        ({"rules": ["sgd", "sgd"]}, "each rule is fed once"),
        ({"rules": ["adam:wd=0.1"]}, "no params that a decay could shrink, got Decoupled"),
        ({"rules": ["sgd:schedule=cosine"]}, "rules without a schedule"),
        ({"rules": SGD(lr=np.array([0.1, 0.2]))}, "rules of single numbers"),  # type: ignore[arg-type]
        ({"gradients": "constnat"}, 'no gradient "constnat"; nearest: constant'),
        ({"size": 0}, "size must be above 0 and finite, got 0"),
        ({"spread": -1}, "spread must be at least 0"),
        ({"growth": 0.5}, "growth must be at least 1"),
        ({"steps": 1}, "steps must be a whole number of at least 2"),
        ({"every": 1}, "every must be a whole number of at least 2"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"growth": 2.0, "steps": 2000}, "leave the numbers within 2000 steps: take fewer steps"),
    ],
)
def test_mistakes_are_told(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        gradient_bench(**change)
