"""Losses against the learning rate, and the edge beyond which a rule leaves a minimum."""

from base64 import b64decode
from dataclasses import dataclass

import numpy as np
import pytest

from optviz import (
    L2,
    SGD,
    Adam,
    Decoupled,
    Line,
    Maximize,
    Momentum,
    Nesterov,
    Noisy,
    Rule,
    compare,
    learning_rates,
    parse_spec,
    run,
    surface,
)
from optviz.runs.edges import find_edge
from optviz.runs.rates import COUNT, list_rates, measure_comparison
from tests.support.cases import every

RAVINE = surface("ravine", condition=5, rotation=0.7)
BOTH = Momentum(beta1=0.8, dampening=0.5)


def end_of(problem, rule, schedule=None, steps=200, seed=0):
    """The final and the best loss of a run alone: inf where it diverged."""
    made = run(problem, rule, steps, schedule=schedule, seed=seed)
    finite = made.losses[np.isfinite(made.losses)]
    final = made.losses[-1] if made.is_finished else np.inf
    return final, finite.min(initial=np.inf)


@every(
    "text",
    [
        "sgd",
        "momentum:beta1=0.8,damped=yes",
        "nesterov:l2=0.05",
        "adagrad:lr_decay=0.1",
        "adadelta",
        "rmsprop:beta1=0.5,centered=yes",
        "adam:amsgrad=yes,wd=0.01,schedule=cosine",
        "adam:schedule=onecycle(cycle_momentum=yes)",
        "sgd:maximize=yes",
    ],
)
def test_each_rate_ends_as_a_run_of_its_own_to_the_last_bit(text):
    problem = Noisy(surface("rosenbrock"), 0.3)
    rule, schedule, _ = parse_spec(text)
    curve = learning_rates(problem, text, steps=120, seed=3)
    assert len(curve.rates) == COUNT
    for place in range(0, COUNT, 4):
        alone = end_of(problem, rule.with_lr(float(curve.rates[place])), schedule, 120, 3)
        assert (curve.final[place], curve.best[place]) == alone, curve.rates[place]
    assert curve.own == end_of(problem, rule, schedule, 120, 3)


def test_a_rate_too_high_diverges_and_its_best_loss_is_one_before_that():
    curve = learning_rates(surface("ravine"), "sgd", [0.01, 0.5, 1e200], steps=2_000)
    assert curve.final[0] < 1e-9
    assert np.isinf(curve.final[1:]).all()
    assert (curve.best[1:] <= curve.first).all()


def test_a_run_that_meets_a_point_without_a_derivative_has_not_diverged():
    curve = learning_rates(surface("sqrt(x) + y^2"), "sgd", [0.01, 1e4], steps=5, start=(1.0, 1.0))
    assert np.isfinite(curve.final[0])
    assert np.isinf(curve.final[1])
    kink = surface("sqrt(abs(x)) + y^2")
    assert np.isnan(learning_rates(kink, "sgd", [0.01], steps=5, start=(0.0, 1.0)).final[0])


def test_rates_cover_the_slider_and_go_on_to_a_rate_beyond_it():
    assert list_rates(SGD(lr=0.1))[0] == pytest.approx(1e-5)
    assert list_rates(SGD(lr=0.1))[-1] == pytest.approx(1)
    assert list_rates(SGD(lr=30))[-1] == pytest.approx(100)
    assert list_rates(Adam(lr=3e-8))[0] == pytest.approx(1e-8)
    assert np.ptp(np.diff(np.log(list_rates(SGD())))) < 1e-12


STABLE = [
    SGD(),
    Momentum(beta1=0.9),
    Momentum(beta1=0.7, damped=True),
    BOTH,
    Nesterov(beta1=0.9),
    L2(SGD(), 3.0),
    Decoupled(SGD(), 3.0),
    L2(Momentum(beta1=0.5), 3.0),
    Decoupled(Momentum(beta1=0.5), 3.0),
    Decoupled(Momentum(beta1=0.5, damped=True), 3.0),
    L2(Nesterov(beta1=0.6), 3.0),
    Decoupled(Nesterov(beta1=0.6), 3.0),
]


@every("rule", STABLE, ids=str)
def test_runs_converge_just_below_the_edge_and_diverge_just_above(rule):
    edge = find_edge(RAVINE, rule)
    assert edge
    assert not edge.is_local
    curve = learning_rates(RAVINE, rule, [0.98 * edge.rate, 1.02 * edge.rate], steps=900)
    alone = run(RAVINE, rule.with_lr(0.98 * edge.rate), 900)
    assert np.ptp(alone.path[-50:], axis=0).max() < 1e-6  # it stands, with a decay beside 0
    assert curve.final[0] < 1
    assert curve.final[1] > 1e6


@every(
    "condition, rotation, beta", [(1, 0, 0.0), (3, -1.2, 0.5), (100, 2.0, 0.95), (1000, 0.5, 0.9)]
)
def test_the_edges_are_those_of_the_textbook(condition, rotation, beta):
    ravine, largest = surface("ravine", condition=condition, rotation=rotation), condition
    for rule, wanted in (
        (SGD(), 2 / largest),
        (Momentum(beta1=beta), 2 * (1 + beta) / largest),
        (Momentum(beta1=beta, damped=True), (2 + 2 * beta) / ((1 - beta) * largest)),
        (Nesterov(beta1=beta), (2 + 2 * beta) / ((1 + 2 * beta) * largest)),
    ):
        found = find_edge(Noisy(ravine, 0.5), rule)
        assert found
        assert found.rate == pytest.approx(wanted, rel=1e-9)


def test_no_edge_is_claimed_where_theory_knows_none():
    cosine = parse_spec("sgd:schedule=cosine").schedule
    ravine = surface("ravine")
    assert find_edge(ravine, Adam()) is None
    assert find_edge(ravine, Maximize(SGD())) is None
    assert find_edge(ravine, SGD(), cosine) is None
    assert find_edge(surface("saddle"), SGD()) is None
    assert find_edge(surface("x + y"), SGD()) is None
    assert find_edge(surface("abs(x) + 3*abs(y)"), SGD()) is None
    assert find_edge(surface("himmelblau"), SGD()) is None
    assert find_edge(surface("ackley"), SGD()) is None
    assert find_edge(surface("rosenbrock"), L2(SGD(), 0.1)) is None
    assert find_edge(Line(), SGD()) is None, "its steps are of one sample each"


def test_on_another_surface_the_edge_is_that_of_the_minimum():
    rosenbrock = surface("rosenbrock")
    edge = find_edge(rosenbrock, SGD())
    assert edge
    assert edge.is_local
    largest = np.linalg.eigvalsh(rosenbrock.hess(np.array([1.0, 1.0])))[1]
    assert edge.rate == pytest.approx(2 / largest, rel=1e-4)


def test_a_comparison_has_the_curves_of_its_own_runs_alone():
    race = compare(RAVINE, ["sgd:lr=0.1", "adam:lr=0.2,schedule=cosine"], 20, also=[(1.0, 1.0)])
    race = race.forked("SGD lr=0.1", 5, "adam:lr=0.1").pinned(compare(RAVINE, ["adagrad"], 20))
    found = measure_comparison(race)
    assert [each.label for each in found] == ["SGD lr=0.1", "Adam lr=0.2 schedule=cosine"]
    for each in found:
        assert each.own[0] == race.trajectories[each.label].losses[-1]


@dataclass(frozen=True, eq=False)
class Still(Rule):
    """A rule without a learning rate."""


def test_what_cannot_be_varied_is_refused():
    ravine = surface("ravine")
    with pytest.raises(ValueError, match="Still has no lr to vary"):
        learning_rates(ravine, Still())
    with pytest.raises(ValueError, match="lr must be one number, got 2 values"):
        learning_rates(ravine, SGD(lr=np.array([0.1, 0.2])))
    with pytest.raises(ValueError, match="lr must be at least 0 and finite, got -1"):
        learning_rates(ravine, SGD(), [0.1, -1])
    with pytest.raises(ValueError, match="rates must be a list of learning rates"):
        learning_rates(ravine, SGD(), 0.1)


def test_a_curve_tells_itself_in_a_terminal_and_in_a_notebook():
    curve = learning_rates(surface("ravine"), "sgd", rates=[0.01, 0.07, 0.1], steps=50)
    text = curve.to_text().splitlines()
    assert repr(curve) == "RateCurve('SGD lr=0.01': 3 rates from 0.01 to 0.1)"
    assert text[0] == "SGD lr=0.01: final and best loss at 3 learning rates"
    assert text[1] == f"lowest final loss {curve.final[1]:.6g} at lr=0.07"
    assert text[3] == "largest stable lr 0.08"
    assert [float(line.split()[1]) for line in text[5:]] == pytest.approx(curve.final, rel=1e-5)
    assert "lowest final loss" in curve._repr_html_()


@pytest.mark.parametrize("rates", [[0], [0.1], [0.3, 0, 0.1], [1e9, 2e9]], ids=str)
def test_a_notebook_draws_any_rates(rates):
    html = learning_rates(surface("rosenbrock"), "sgd", rates=rates, steps=5)._repr_html_()
    picture = b64decode(html.partition("base64,")[2].partition('"')[0]).decode()
    assert "nan" not in picture
    assert "learning rate lr" in picture


@pytest.mark.parametrize("rates", [["a"], [[0.1]], [], 0.1, [None, {}]], ids=str)
def test_what_is_no_list_of_rates_is_refused(rates):
    with pytest.raises(ValueError, match="rates must be a list of learning rates, got"):
        learning_rates(surface("ravine"), "sgd", rates=rates, steps=5)


def test_a_formula_alone_is_no_problem_and_the_sentence_says_what_is():
    with pytest.raises(ValueError, match=r'such as surface\("x\^2"\), got'):
        learning_rates("x^2", "sgd")  # pyright: ignore[reportArgumentType]
