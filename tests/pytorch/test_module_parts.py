"""A run that keeps few points moves a module's parameters in place, to the bit as one on vectors.

Runs that keep every point step on one vector, which other tests hold to torch.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from optviz.pytorch.module_problem import ModuleProblem
from optviz.rules import L2, SGD, Adam, Decoupled, Momentum, RMSProp
from optviz.runs.loop import run
from optviz.schedules import OneCycle

torch.manual_seed(0)
X, Y = torch.randn(40, 4), torch.randn(40, 2)


class Binary(nn.Module):
    """A layer whose forward pass puts another tensor in the place of its weights."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 4))

    def forward(self, inputs):
        self.weight.data = self.weight.data.clamp(-0.5, 0.5)
        return inputs @ self.weight.T


class Rows(nn.Module):
    """A table with gradients of a few rows, weights that are shared, and some that are not used."""

    def __init__(self):
        super().__init__()
        self.rows, self.unused = nn.Embedding(30, 4, sparse=True), nn.Linear(2, 2)
        self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
        self.two.weight = self.one.weight
        self.out = nn.Linear(4, 2)

    def forward(self, inputs):
        rows = self.rows((inputs[:, 0].abs() * 10).long().clamp(0, 29))
        return self.out(torch.tanh(self.two(torch.tanh(self.one(rows)))))


def make_layers(*more):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 5), *more, nn.ReLU(), nn.Linear(5, 2))


MODULES = {
    "norm and dropout": lambda: make_layers(nn.BatchNorm1d(5), nn.Dropout(0.3)),
    "double": lambda: make_layers().double(),
    "half": lambda: make_layers().bfloat16(),  # is not moved in place
    "frozen": lambda: make_layers().requires_grad_(False).append(nn.Linear(2, 2)),
    "rows": Rows,
    "binary": Binary,  # neither
}
RULES = [SGD(0.1), L2(Momentum(0.05), 0.1), Decoupled(RMSProp(0.01, centered=True, beta1=0.5), 0.1)]


@pytest.fixture
def moved(monkeypatch):
    """The number of gradients that were taken in parts."""
    calls, take = [], ModuleProblem.part_grads
    monkeypatch.setattr(ModuleProblem, "part_grads", lambda *each: calls.append(1) or take(*each))
    return calls


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("more", [{"batch": 8}, {}, {"buffers": "frozen", "batch": 8}, "loader"])
def test_a_run_of_few_points_is_one_of_all_points_to_the_bit(name, more, moved):
    data, more = ((X, Y), more) if more != "loader" else (([(X[:9], Y[:9]), (X[9:], Y[9:])],), {})
    problem = ModuleProblem(MODULES[name](), mse_loss, *data, **more)
    for rule in RULES:
        schedule = OneCycle() if rule is RULES[0] else None
        few, every = (run(problem, rule, 9, keep=k, schedule=schedule) for k in (4, "path"))
        assert few.step.tolist() == [0, 4, 8, 9]
        rows = few.step
        np.testing.assert_array_equal(few.path, every.path[rows].astype(np.float32))
        np.testing.assert_array_equal(few.losses, every.losses[rows])
        np.testing.assert_array_equal(few.lr, every.lr[rows[:-1]])
        assert (few.buffers is None) == (every.buffers is None)
        if few.buffers is not None and every.buffers is not None:
            for key, values in few.buffers.items():
                np.testing.assert_array_equal(values, every.buffers[key][rows])
        ends = run(problem, rule, 9, keep="ends", schedule=schedule)
        np.testing.assert_array_equal(ends.end, every.end)
    assert bool(moved) == (name not in ("half", "binary"))


@pytest.mark.parametrize("rule", [SGD(1e30), SGD(1e8)], ids=repr)
def test_a_run_in_parts_stops_where_and_as_the_other_does(rule, moved, monkeypatch):
    problem = ModuleProblem(make_layers(), mse_loss, X, Y, batch=8)
    own = run(problem, rule, 30, keep=29)
    assert moved
    monkeypatch.setattr(ModuleProblem, "open_parts", lambda *_: None)
    wanted = run(problem, rule, 30, keep=29)
    assert own.ended == wanted.ended != "finished"
    np.testing.assert_array_equal(own.path, wanted.path)


def test_the_given_start_and_state_are_left_as_they_are(moved):
    problem = ModuleProblem(make_layers(), mse_loss, X, Y, batch=8)
    start, rule = problem.start + np.float32(0.1), Adam(0.1)
    state = rule.init(start)
    before = start.copy()
    run(problem, rule, 5, keep="ends", start=start, state=state)
    assert moved
    np.testing.assert_array_equal(start, before)
    assert not state.grad_avg.any()
    wide = run(problem, rule, 5, keep="ends", start=start.astype(float))
    assert wide.end.dtype == np.float64
