"""Curvature by products with vectors, held to whole Hessians of torch and of formulas."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from optviz.landscapes.curvature.estimates import (
    estimate_density,
    estimate_trace,
    top_eigenvalues,
)
from optviz.landscapes.curvature.lanczos import run_lanczos
from optviz.landscapes.curvature.layers import curvature_by_layer
from optviz.landscapes.planes.plane import Plane
from optviz.problems.base import Noisy, Problem
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD
from optviz.runs.loop import run
from tests.support.cases import every


def make_ratings(**more):
    rng = np.random.default_rng(1)
    user, movie = (each.ravel() for each in np.indices((9, 7)))
    rating = rng.integers(1, 6, user.size).astype(float)
    problem = DotBias(user, movie, rating, factors=4, **more)
    problem.start = rng.normal(0, 0.4, problem.size)
    return problem


def make_module(dtype=torch.float64, rows=40):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 5)).to(dtype)
    data = torch.randn(rows, 6, dtype=dtype), torch.randint(5, (rows,))
    return ModuleProblem(module, nn.functional.cross_entropy, *data)


def make_rating_loss(problem):
    """The loss of the rating model in torch, written anew."""
    user, movie = (torch.as_tensor(np.asarray(each)) for each in (problem.user, problem.movie))
    rating = torch.as_tensor(problem.rating)

    def loss(flat):
        cut, end = 9 * 4, 9 * 4 + 7 * 4
        mine, theirs = flat[:cut].view(9, 4)[user], flat[cut:end].view(7, 4)[movie]
        score = (mine * theirs).sum(1)
        if problem.bias:
            score = score + flat[end : end + 9][user] + flat[end + 9 :][movie]
        if problem.bounds:
            low, high = problem.bounds
            score = low + (high - low) * torch.sigmoid(score)
        return ((score - rating) ** 2).mean()

    return loss


def make_module_loss(problem):
    """The loss of the module in float64, as a function of its parameters alone."""
    inputs, targets = problem._loss.data.batches[0]
    shapes = dict(problem.blocks())

    def loss(flat):
        parts = flat.split([int(np.prod(each)) for each in shapes.values()])
        pairs = zip(shapes.items(), parts, strict=True)
        values = {name: part.view(shape) for (name, shape), part in pairs}
        out = torch.func.functional_call(problem.module.double(), values, (inputs.double(),))
        return nn.functional.cross_entropy(out, targets)

    return loss


def make_whole(problem, point):
    """The Hessian by torch's own second derivatives."""
    make = make_rating_loss if isinstance(problem, DotBias) else make_module_loss
    at = torch.as_tensor(point, dtype=torch.float64)
    whole: Any = torch.autograd.functional.hessian(make(problem), at)
    return whole.numpy()


RATINGS = {
    "sigmoid": make_ratings(),
    "no sigmoid": make_ratings(bounds=None),
    "no biases": make_ratings(bias=False),
}


@every("name", RATINGS, ids=str)
def test_products_of_the_rating_model_are_those_of_torch(name):
    problem = RATINGS[name]
    whole = make_whole(problem, problem.start)
    with problem.hess_products(problem.start) as multiply:
        made = np.array([multiply(each) for each in np.eye(problem.size)])
    np.testing.assert_allclose(made, whole, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("dtype", "within"), [(torch.float64, 1e-8), (torch.float32, 5e-6)])
def test_the_largest_eigenvalues_of_a_module_are_those_of_its_whole_hessian(dtype, within):
    problem = make_module(dtype)
    made = top_eigenvalues(problem, k=5)
    values, vectors = np.linalg.eigh(make_whole(problem, problem.start.astype(float)))
    np.testing.assert_allclose(made.values, values[:-6:-1], rtol=within)
    on = np.abs(np.sum(made.vectors * vectors.T[:-6:-1], axis=1))
    np.testing.assert_allclose(on, 1, atol=1e-3)
    assert made.products < problem.start.size


def test_a_loader_of_batches_has_the_hessian_of_its_weighted_mean():
    problem = make_module()
    inputs, targets = problem._loss.data.batches[0]
    parts = [(inputs[:15], targets[:15]), (inputs[15:], targets[15:])]
    same = ModuleProblem(problem.module, nn.functional.cross_entropy, parts)
    with problem.hess_products(problem.start) as one, same.hess_products(same.start) as other:
        vector = np.random.default_rng(0).normal(size=problem.start.size)
        np.testing.assert_allclose(one(vector), other(vector), rtol=1e-10, atol=1e-14)


def test_a_start_nearby_takes_fewer_products():
    problem = make_module()
    found = top_eigenvalues(problem, k=1)
    again = top_eigenvalues(problem, problem.start * 1.0001, k=1, start=found.vectors[0])
    assert again.products < found.products


def test_a_surfaces_eigenvalues_are_those_of_its_matrix():
    made = top_eigenvalues(surface("rosenbrock"), [1.0, 1.0], 2)
    expected = np.linalg.eigvalsh([[802, -400], [-400, 200]])[::-1]
    np.testing.assert_allclose(made.values, expected, rtol=1e-12)


def test_the_trace_is_within_its_standard_errors():
    problem = make_module()
    trace = np.trace(make_whole(problem, problem.start))
    found, error = estimate_trace(problem, draws=100)
    assert abs(found - trace) < 4 * error
    assert 0 < error < 0.1 * trace
    exact, none = estimate_trace(problem, draws=problem.start.size)
    assert none == 0
    assert exact == pytest.approx(trace, rel=1e-10)


def test_the_density_has_the_moments_of_all_eigenvalues():
    problem = make_module()
    values = np.linalg.eigvalsh(make_whole(problem, problem.start))
    made = estimate_density(problem, draws=40, steps=30)
    assert made.weights.sum() == pytest.approx(1)
    for power in (1, 2, 3):
        assert made.moment(power) == pytest.approx(np.mean(values**power), rel=0.1)
    line = np.linspace(made.values.min() - 1, made.values.max() + 1, 4001)
    assert np.trapezoid(made.smooth(line, 0.05), line) == pytest.approx(1, abs=1e-6)


def test_lanczos_steps_give_the_tridiagonal_matrix_of_the_start():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(8, 8))
    matrix = matrix + matrix.T
    alphas, betas = run_lanczos(matrix.__matmul__, rng.normal(size=8), 20)
    made = np.diag(alphas) + np.diag(betas, 1) + np.diag(betas, -1)
    np.testing.assert_allclose(np.linalg.eigvalsh(made), np.linalg.eigvalsh(matrix), atol=1e-10)


def test_the_top_two_eigenvectors_span_a_plane():
    problem = make_module()
    found = top_eigenvalues(problem, k=2)
    plane = Plane.spanned(problem.start, *found.vectors, names=("eigenvector 1", "eigenvector 2"))
    assert plane.is_orthonormal


def test_the_module_stays_as_it_was():
    problem = make_module()
    before = {name: each.clone() for name, each in problem.module.state_dict().items()}
    state = torch.get_rng_state()
    top_eigenvalues(problem, problem.start + 1, k=2)
    for name, each in problem.module.state_dict().items():
        assert torch.equal(each, before[name])
    assert all(each.grad is None for each in problem.module.parameters())
    assert torch.equal(torch.get_rng_state(), state)


class Broken(Problem):
    start = np.ones(2)

    def hess(self, params):
        return np.full((2, 2), np.nan)


@every(
    "make, sentence",
    [
        (lambda: top_eigenvalues(surface("bowl"), k=3), "k must be at most 2, got 3"),
        (lambda: top_eigenvalues(Problem()), "has no start"),
        (lambda: top_eigenvalues(Broken(), k=1), "the Hessian is not finite at this point"),
        (lambda: top_eigenvalues(Noisy(surface("bowl"), 1.0), k=1), "has no second derivatives"),
        (lambda: top_eigenvalues(surface("bowl"), [1.0], 1), "point must be 2 numbers, got 1"),
        (
            lambda: top_eigenvalues(surface("bowl"), [1.0, np.inf], 1),
            "point must be an array of finite numbers",
        ),
        (lambda: estimate_trace(surface("bowl"), draws=1), "draws must be a whole number"),
        (lambda: estimate_density(surface("bowl"), steps=0), "steps must be a whole number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mistakes_get_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_the_end_of_a_run_is_taken_with_its_own_buffers():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))
    data = torch.randn(40, 3) * 5, torch.arange(40) % 2
    problem = ModuleProblem(module, nn.functional.cross_entropy, *data, batch=10)
    path = run(problem, SGD(lr=0.05), 20)
    made, own = top_eigenvalues(problem, path, 1), path.buffers_at(-1)
    problem.load(path.end, own).eval()  # as torch itself has it
    wanted = np.linalg.eigvalsh(make_whole(problem, path.end))
    assert made.values[0] == pytest.approx(wanted[-1], rel=1e-5)
    assert made.statistics == problem.statistics
    assert top_eigenvalues(problem, path.end, 1, buffers=own).values == pytest.approx(made.values)
    other = top_eigenvalues(problem, path.end, 1)
    assert abs(other.values[0] / made.values[0] - 1) > 0.01
    assert "buffers that the module was given with" in other.statistics
    layers = curvature_by_layer(problem, path, ["0", "3"], draws=2)
    assert layers.top == pytest.approx(made.values[0], rel=1e-5)
    assert layers.words().endswith(f"The loss is taken {problem.statistics}.")
    by_hand = Plane.hessian(problem, path.end, buffers=own)
    np.testing.assert_array_equal(Plane.hessian(problem, path).axes, by_hand.axes)
