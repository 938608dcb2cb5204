"""Maps of two hyperparameters, held to runs alone and to theory."""

from typing import Any

import numpy as np
import pytest

from optviz import L2, SGD, Adam, Line, Momentum, Noisy, parse_spec, run, surface
from optviz.sweeps import sweep_map
from optviz.sweeps.hyper_maps import COUNT
from optviz.sweeps.sweep_records import DIVERGING, MONOTONE, OSCILLATING, REGIMES
from tests.support.cases import every

RAVINE = surface("ravine", condition=10)


@every("text", ["momentum", "adam:wd=0.01,schedule=cosine", "nesterov:l2=0.02"])
@every("noise", [0.0, 0.5])
def test_each_pair_ends_as_its_run_alone(text, noise):
    problem = Noisy(RAVINE, noise) if noise else RAVINE
    rates, betas = np.geomspace(0.003, 0.9, 5), np.array([0.0, 0.5, 0.9])
    made = sweep_map(problem, text, {"lr": rates, "beta1": betas}, 60, seeds=3, target=0.05)
    spec = parse_spec(text)
    for seed, row, column in np.ndindex(3, 3, 5):
        inner = {"lr": float(rates[column]), "beta1": float(betas[row])}
        rule = spec.rule.rule if hasattr(spec.rule, "rule") else spec.rule
        rule = type(rule)(**inner)
        rule = type(spec.rule)(rule, spec.rule.wd) if hasattr(spec.rule, "rule") else rule
        alone = run(problem, rule, 60, seed=seed, schedule=spec.schedule)
        assert made.final[seed, row, column] == alone.losses[-1]
        assert made.best[seed, row, column] == alone.losses.min()
        steps = np.flatnonzero(alone.losses <= 0.05)
        assert made.reached[seed, row, column] == (steps[0] if steps.size else -1)
    assert made.seeds == (0, 1, 2)
    assert made.diverged.shape == (3, 5)


BORDERS = {
    "sgd:l2=0.01": ("wd", lambda wd: 2 / (10 + wd)),
    "momentum": ("beta1", lambda beta: (2 + 2 * beta) / 10),
    "momentum:damped=yes": ("beta1", lambda beta: (2 + 2 * beta) / (10 * (1 - beta))),
    "nesterov": ("beta1", lambda beta: (2 + 2 * beta) / (10 * (1 + 2 * beta))),
}


@every("text", list(BORDERS))
def test_no_cell_is_wrong_but_those_that_the_border_crosses(text):
    name, border = BORDERS[text]
    rates, values = np.geomspace(0.02, 6, 50), np.linspace(0, 0.95, 20)
    made = sweep_map(RAVINE, text, {"lr": rates, name: values}, 3000)
    edges = border(values)[:, None]
    lower, upper = np.append(0, rates[:-1]), np.append(rates[1:], np.inf)
    is_crossed = (lower < edges) & (edges < upper)
    assert ((made.diverged > 0.5) == (rates > edges))[~is_crossed].all()
    for rate, value in np.asarray(made.border):
        assert rate == pytest.approx(border(value), rel=1e-9)


def test_axes_may_be_turned_and_the_border_with_them():
    made = sweep_map(RAVINE, "momentum", {"beta1": (0, 0.9), "lr": (0.01, 1)}, 20)
    assert made.x_name == "beta1"
    betas, rates = np.asarray(made.border).T
    np.testing.assert_allclose(rates, (2 + 2 * betas) / 10, rtol=1e-9)
    assert made.y.size == COUNT
    assert np.ptp(np.diff(np.log(made.y))) < 1e-9
    assert np.ptp(np.diff(made.x)) < 1e-9


@pytest.mark.parametrize(
    ("problem", "rule", "axes"),
    [
        (RAVINE, Adam(), {"lr": (0.01, 1), "beta1": (0, 0.9)}),
        (surface("himmelblau"), SGD(), {"lr": (0.001, 0.1), "lr_decay": [0.0, 0.1]}),
        (RAVINE, Momentum(), {"beta1": (0, 0.9), "dampening": (0, 0.9)}),
    ],
    ids=["Adam has none", "no quadratic", "no lr"],
)
def test_no_border_is_drawn_where_theory_knows_none(problem, rule, axes):
    if "lr_decay" in axes:
        axes = {"lr": axes["lr"], "wd": (0.0, 0.1)}
        rule = L2(rule, 0.01)
    assert sweep_map(problem, rule, axes, 5).border is None


def test_regimes_and_rates_of_a_parabola_are_those_of_theory():
    bowl = surface("x^2/2 + y^2/2")
    rates = np.array([0.5, 1.5, 2.5])
    made = sweep_map(bowl, Momentum(), {"lr": rates, "beta1": [0.0, 1e-9]}, 30, start=(1.0, 1.0))
    names = [REGIMES[each] for each in made.regime[0]]
    assert names == [MONOTONE, OSCILLATING, DIVERGING]
    np.testing.assert_allclose(made.rate[0], (1 - rates) ** 2, rtol=1e-6)


def test_noise_is_the_same_at_every_pair_and_seeds_differ():
    problem = Noisy(surface("bowl"), 1.0)
    made = sweep_map(problem, "sgd:l2=0.1", {"lr": [0.1, 0.1], "wd": [0.0, 0.0]}, 10, seeds=4)
    assert len(np.unique(made.final)) == 4
    assert (made.final == made.final[:, :1, :1]).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"problem": "x^2"}, "problem must be a problem such as surface"),
        ({"axes": {"lr": (0, 1)}}, "a map has two hyperparameters, got 1"),
        ({"axes": 5}, "a map has two hyperparameters, got 5"),
        ({"axes": {"lr": (0, 1), "beta2": (0, 1)}}, 'Momentum has no number "beta2": it has lr'),
        ({"axes": {"lr": "high", "beta1": (0, 0.9)}}, "lr must be a list of numbers"),
        ({"axes": {"lr": [0.1], "beta1": (0, 0.9)}}, "lr must be a list of numbers"),
        ({"axes": {"lr": (-1, 1), "beta1": (0, 0.9)}}, "lr must be at least 0"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"problem": Line(), "seeds": 2}, "several seeds are for gradient noise"),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {
        "problem": surface("bowl"),
        "rule": "momentum",
        "axes": {"lr": (0.1, 1), "beta1": (0, 0.9)},
        "steps": 3,
    } | change
    with pytest.raises(ValueError, match=sentence):
        sweep_map(**given)


def test_it_tells_itself():
    made = sweep_map(RAVINE, "momentum", {"lr": (0.001, 1), "beta1": (0, 0.98)}, 40)
    x, y = made.find_best()
    assert f"at lr={x:.4g}, beta1={y:.4g}" in made.to_text()
    assert repr(made) == "SweepMap('Momentum lr=0.01' on 'Ravine': 41 x 41 of lr, beta1)"
