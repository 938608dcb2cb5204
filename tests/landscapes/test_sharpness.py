"""The sharpness along paths held to whole Hessians, and its edge to the rules' own steps."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from optviz.landscapes.curvature.sharpness import Sharpness, sharpness_along
from optviz.landscapes.curvature.stability import find_edge, read_decay, read_scale
from optviz.problems.base import Problem
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
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
)
from optviz.runs.loop import run
from optviz.runs.work import WorkCanceledError
from tests.landscapes.test_curvature import make_module, make_whole
from tests.support.cases import every


class Parabola(Problem):
    """One parameter; or many, the Hessian diagonal and moving along the first of them."""

    def __init__(self, curvature):
        self.start, self.curvature = np.full(1, 1e-100), curvature

    def loss(self, params):
        return 0.5 * self.curvature * (params**2).sum(axis=0)

    def grad(self, params, sample=None):
        return self.curvature * params


EDGES = [
    SGD(lr=0.1),
    L2(SGD(lr=0.1), 3.0),
    Decoupled(SGD(lr=0.1), 3.0),
    Momentum(lr=0.1, beta1=0.8),
    Momentum(lr=0.1, beta1=0.8, damped=True),
    Momentum(lr=0.1, beta1=0.8, dampening=0.5),
    Decoupled(Momentum(lr=0.1, beta1=0.8), 3.0),
    Nesterov(lr=0.1, beta1=0.8),
    Decoupled(Nesterov(lr=0.1, beta1=0.8), 3.0),
    Adam(lr=0.1, eps=1.0),
    Decoupled(Adam(lr=0.1, eps=1.0), 3.0),
    RMSProp(lr=0.1, eps=1.0),
    RMSProp(lr=0.1, eps=1.0, beta1=0.7),
    Adagrad(lr=0.1, eps=1.0),
]


@every("rule", EDGES, ids=repr)
def test_steps_shrink_below_the_edge_and_grow_above_it(rule):
    edge = find_edge(rule, 0.1) - read_decay(rule)  # with eps 1 all scales are 1 near the minimum
    ends = [
        np.abs(run(Parabola(share * edge), rule, 400).path[[200, -1], 0]) for share in (0.98, 1.02)
    ]
    assert ends[0][1] < 0.5 * ends[0][0]
    assert ends[1][1] > 2 * ends[1][0]


SCALES = [
    Adam(lr=0.05),
    Adam(lr=0.05, amsgrad=True),
    Adam(lr=0.05, debias=False),
    RMSProp(lr=0.01),
    RMSProp(lr=0.01, centered=True),
    Adagrad(lr=0.1, lr_decay=0.1),
    Adadelta(lr=1.0),
]


@every("rule", SCALES, ids=repr)
def test_the_scale_is_what_the_step_divides_by(rule):
    path: Any = run(surface("rosenbrock"), rule, 6)
    for row in (1, 5):
        above = path.state["grad_avg"][row] if isinstance(rule, Adam) else path.grad[row]
        scale = read_scale(rule, path, row)
        np.testing.assert_allclose(path.update[row] * scale, -rule.lr * above, rtol=1e-9)


@pytest.fixture(scope="module")
def digits():
    """A small tanh net on digits, whose full-batch steps come to the edge of stability."""
    inputs, labels = load_digits(return_X_y=True)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 10), nn.Tanh(), nn.Linear(10, 10))
    targets = nn.functional.one_hot(torch.tensor(labels[:100]), 10).float()
    data = torch.tensor(inputs[:100] / 16 - 0.5, dtype=torch.float32), targets
    return ModuleProblem(net, lambda out, to: 0.5 * ((out - to) ** 2).sum(1).mean(), *data)


def test_full_batch_steps_stay_at_the_edge_of_stability(digits):
    path = run(digits, SGD(lr=0.2), 800, keep=40)
    made: Any = sharpness_along(digits, path)
    assert made.ratio[0] < 0.95
    reached = int(np.argmax(made.ratio >= 0.95))
    late = made.ratio[len(path.step) // 2 :]
    assert 0 < reached < len(path.step) // 2
    assert ((late > 0.95) & (late < 1.1)).all()
    assert f"It reaches the edge of stability, 2/lr, at step {path.step[reached]}" in made.words()
    np.testing.assert_allclose(made.edge, 10.0)
    assert made.products <= 13 * len(path.step)


def test_adam_stays_at_the_edge_of_its_preconditioned_hessian(digits):
    path = run(digits, Adam(lr=0.003, beta2=0.99), 900)
    made: Any = sharpness_along(digits, path, every=100)
    np.testing.assert_allclose(made.edge, 38 / 0.003)
    assert made.ratio[1] < 0.5
    assert ((made.ratio[-3:] > 0.8) & (made.ratio[-3:] < 1.15)).all()
    assert "preconditioned Hessian" in made.words()


@every("dtype", [torch.float64, torch.float32], ids=str)
def test_the_sharpness_is_that_of_whole_hessians(dtype):
    problem = make_module(dtype)
    path = run(problem, SGD(lr=0.5), 60, keep=10)
    made: Any = sharpness_along(problem, path)
    whole = [np.linalg.eigvalsh(make_whole(problem, each.astype(float)))[-1] for each in path.path]
    np.testing.assert_allclose(made.values, whole, rtol=1.5e-2)
    assert np.median(np.abs(made.values / whole - 1)) < 1e-3
    exact = sharpness_along(problem, path, tolerance=1e-5)
    np.testing.assert_allclose(exact.values, whole, rtol=1e-6)


def test_the_preconditioned_sharpness_is_that_of_the_whole_matrix():
    problem = make_module()
    path = run(problem, L2(RMSProp(lr=0.01), 0.1), 8)
    made: Any = sharpness_along(problem, path, every=3, tolerance=1e-6)
    for value, place in zip(made.values, (0, 3, 6), strict=True):
        root = (np.sqrt(path.state["sqr_avg"][place]) + 1e-8) ** -0.5
        whole = make_whole(problem, path.path[place]) + 0.1 * np.eye(len(root))
        assert value == pytest.approx(np.linalg.eigvalsh(root * whole * root[:, None])[-1])


class Crossing(Problem):
    """Forty parameters; along the first one eigenvalue overtakes another."""

    start = np.zeros(40)

    def hess(self, params):
        return np.diag([3 + params[0], 4 - params[0], *np.linspace(0, 2.5, 38)])

    def loss(self, params):
        return 0.0


def test_an_eigenvector_that_overtakes_is_found():
    points = np.zeros((21, 40))
    points[:, 0] = np.linspace(0, 1, 21)
    made: Any = sharpness_along(Crossing(), points)
    np.testing.assert_allclose(
        made.values, np.maximum(3 + points[:, 0], 4 - points[:, 0]), rtol=2e-3
    )


def test_each_point_is_taken_with_its_own_buffers():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    data = torch.randn(20, 5).double(), torch.randn(20, 1).double()
    problem = ModuleProblem(net, nn.functional.mse_loss, *data)
    path: Any = run(problem, SGD(lr=0.1), 30, keep=10)
    made: Any = sharpness_along(problem, path, tolerance=1e-8)
    assert "buffers of the point itself" in made.words()
    shapes = dict(problem.blocks())
    for place, value in enumerate(made.values):

        def loss(flat, place=place):
            parts = flat.split([int(np.prod(each)) for each in shapes.values()])
            pairs = zip(shapes.items(), parts, strict=True)
            values = {name: part.view(shape) for (name, shape), part in pairs}
            values |= {n: torch.tensor(each) for n, each in path.buffers_at(place).items()}
            out = torch.func.functional_call(net.eval(), values, (data[0],))
            return nn.functional.mse_loss(out, data[1])

        at = torch.tensor(path.path[place], dtype=torch.float64)
        whole: Any = torch.autograd.functional.hessian(loss, at)
        assert value == pytest.approx(np.linalg.eigvalsh(whole.numpy())[-1], rel=1e-6)


@every(
    "ratio, words",
    [
        ([23.2, 4, np.nan, 0.9], "2/lr, at 23.2 times it, and is below it from step 3 on."),
        ([3, 1.05, 0.5, 1.5], "at 3 times it, and ends at 1.5 times it. 25% of the points are"),
        ([3, 2.5], "and stays above it: at least 2.5 times it."),
        ([0.5, 7, 0.2], "It passes the edge of stability, 2/lr, at step 1: up to 7 times it."),
        ([0.5, 1.0, 1.2], "It reaches the edge of stability, 2/lr, at step 1; from there on 50%"),
        ([0.5, np.nan, 0.36], "It stays below the edge of stability, 2/lr: at most 50% of it."),
    ],
)
def test_the_words_follow_the_curve_over_the_edge(ratio, words):
    step, values, edge = np.arange(len(ratio)), np.array(ratio), np.ones(len(ratio))
    made = Sharpness("SGD", "sgd", step, values, values, edge, "2/lr", False, 1)
    assert words in made.words()


def test_the_curve_ends_where_a_path_diverges():
    problem = make_module()
    points = np.tile(problem.start, (4, 1))
    points[2:] = np.nan
    made: Any = sharpness_along(problem, points)
    assert len(made.values) == 2
    assert "The path is not finite at step 2: the curve ends there." in made.words()
    far = sharpness_along(surface("rosenbrock"), np.array([[1.0, 1.0], [1e200, 1.0]]))
    assert "The Hessian is not finite at step 1: the curve ends there." in far.words()
    with pytest.raises(ValueError, match="not finite at step 0: there is no sharpness to draw"):
        sharpness_along(problem, points[2:])


@every(
    "more, sentence",
    [
        ({}, "No edge: the path does not say which rule made it: pass rule="),
        ({"rule": "sgd:lr=0.1"}, "stays below the edge of stability, 2/lr: at most"),
        ({"rule": "adam"}, "No edge: that of Adam needs its own averages at each point"),
        ({"rule": Maximize(SGD(lr=0.1))}, "No edge: none is known for Maximize"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_words_say_which_edge_there_is(more, sentence):
    problem = make_module()
    assert sentence in sharpness_along(problem, np.tile(problem.start, (2, 1)), **more).words()


def test_a_schedule_moves_the_edge():
    problem = make_module()
    path = run(problem, SGD(lr=0.1), 20, schedule=lambda step: 1 / (1 + step))
    made: Any = sharpness_along(problem, path, every=10)
    np.testing.assert_allclose(made.edge, [20, 220, 400])  # the end has the last step's


def test_it_ends_when_canceled_and_refuses_other_shapes():
    problem = make_module()
    path = SimpleNamespace(path=np.tile(problem.start, (3, 1)))
    with pytest.raises(WorkCanceledError, match="canceled after 1 of 3 points"):
        sharpness_along(problem, path, cancel=iter([False, True]).__next__)
    with pytest.raises(ValueError, match=r"a path must be \(points, 149\), got \(3,\)"):
        sharpness_along(problem, np.ones(3))


def test_averages_under_other_names_make_no_line_and_a_sentence():
    problem = surface("rosenbrock")
    made = run(problem, Adam(lr=0.01), 20)
    foreign = replace(made, state={"exp_avg_sq": made.state["sqr_avg"]})
    found = sharpness_along(problem, foreign, every=10)
    assert found.edge is None
    assert "needs its own averages at each point" in found.words()
