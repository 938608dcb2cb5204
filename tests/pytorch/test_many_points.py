"""Losses of a torch module at many points, against the loop that a person would write."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import vector_to_parameters

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slicing import slice_loss
from optviz.pytorch import many_points
from optviz.pytorch.module_problem import ModuleProblem

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(30, 6, generator=GENERATOR)
Y = torch.arange(30) % 3
POINTS = 2 * many_points.TOGETHER + 5


class Noise(nn.Linear):
    """A layer whose output is random in eval mode too."""

    def forward(self, x):
        return nn.functional.dropout(super().forward(x), 0.5)


class Branch(nn.Linear):
    """A layer with a branch on its numbers, which vmap cannot make."""

    def forward(self, x):
        out = super().forward(x)
        return out if out.sum() > 0 else 2 * out


def network(middle: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), middle, nn.Linear(4, 3))


def points_near(problem, count=POINTS) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0.0, 0.2, (count, problem.start.size))
    return (problem.start + noise).astype(problem.start.dtype)


def take_losses(module, points, x=X):
    """Return the losses at points of a module in eval mode, by a plain loop."""
    twin, losses = copy.deepcopy(module).eval(), []
    with torch.no_grad():
        for point in points:
            vector_to_parameters(torch.from_numpy(point), twin.parameters())
            losses.append(cross_entropy(twin(x), Y).item())
    return np.array(losses)


@pytest.mark.parametrize("middle", [nn.Tanh(), nn.Dropout(0.5), Branch(4, 4)])
@pytest.mark.parametrize("faster", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_at_many_points_equal_a_plain_loop(middle, faster, dtype, monkeypatch):
    module: Any = network(middle).to(dtype)
    module[1].running_mean += 0.3
    problem = ModuleProblem(module, cross_entropy, X.to(dtype), Y)
    points = points_near(problem)
    seconds = iter(range(100)) if faster else iter(range(0, -100, -1))
    monkeypatch.setattr(many_points, "perf_counter", lambda: float(next(seconds)))
    losses = problem.losses_at(points)
    used = many_points._is_faster[problem._loss]
    assert used == (faster and not isinstance(middle, Branch))
    tolerance = many_points.TOLERANCE[dtype] if used else 0.0
    np.testing.assert_allclose(losses, take_losses(module, points, X.to(dtype)), rtol=tolerance)


def test_the_faster_way_is_taken():
    def work(seconds):
        def take(part):
            until = many_points.perf_counter() + seconds * len(part)
            while many_points.perf_counter() < until:
                pass
            return part[:, 0]

        return take

    points = np.ones((64, 2))
    assert many_points.is_faster(work(1e-5), work(1e-3), points, 1e-6)
    assert not many_points.is_faster(work(1e-3), work(1e-5), points, 1e-6)
    assert not many_points.is_faster(lambda part: part[:, 0] + 2e-6, work(1e-3), points, 1e-6)


def test_what_draws_random_numbers_is_taken_one_by_one():
    problem = ModuleProblem(network(Noise(4, 4)), cross_entropy, X, Y)
    points = points_near(problem)
    losses = problem.losses_at(points)
    assert many_points._is_faster[problem._loss] is False
    np.testing.assert_array_equal(losses, [problem.loss(each) for each in points])


def test_a_slice_leaves_module_grads_modes_and_random_numbers_as_they_were():
    module: Any = network(nn.Dropout(0.5))
    module[1].eval()
    cross_entropy(module(X), Y).backward()
    before = copy.deepcopy(module.state_dict())
    grads = [each.grad.clone() for each in module.parameters()]
    modes = [each.training for each in module.modules()]
    problem = ModuleProblem(module, cross_entropy, X, Y)
    state = torch.get_rng_state()
    cut = slice_loss(problem, Plane.through(*points_near(problem, 3)), size=7)
    problem.losses_at(points_near(problem))
    assert problem._loss in many_points._is_faster
    assert torch.equal(torch.get_rng_state(), state)
    assert [each.training for each in module.modules()] == modes
    assert all(torch.equal(module.state_dict()[name], each) for name, each in before.items())
    for each, grad in zip(module.parameters(), grads, strict=True):
        assert torch.equal(each.grad, grad)
    point = cut.plane.point([cut.alphas[2], cut.betas[5]]).astype(np.float32)
    assert cut.losses[5, 2] == pytest.approx(take_losses(module, [point])[0], rel=1e-6)
