"""Planes along the directions of a loss and of an optimizer, against numpy's and torch's."""

from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from torch import nn
from torch.nn.functional import mse_loss

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD, Adam, Momentum, Nesterov
from optviz.runs.loop import run
from tests.support.cases import every

COLUMNS = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0]), np.array([1.0, 4.0, 3.0, 5.0])
RATINGS = DotBias(*COLUMNS, factors=3)
ROSENBROCK = surface("rosenbrock")
RUN = run(RATINGS, Momentum(0.3), 12)


def find_dense(problem: ModuleProblem, buffers=None) -> np.ndarray:
    """Return the Hessian of a module's loss in eval mode, by torch."""
    module: Any = problem.load(problem.start, buffers).eval()
    names = [name for name, _ in module.named_parameters()]
    shapes = [each.shape for each in module.parameters()]
    x, y = problem._loss.data.batches[0]

    def take(vector):
        sizes = [each.numel() for each in module.parameters()]
        parts = [p.reshape(s) for p, s in zip(vector.split(sizes), shapes, strict=True)]
        call = torch.func.functional_call(module, dict(zip(names, parts, strict=True)), (x,))
        return mse_loss(call, y)

    vector = torch.cat([each.detach().ravel() for each in module.parameters()])
    return torch.autograd.functional.hessian(take, vector).numpy()  # type: ignore[union-attr]


def test_the_top_eigenvectors_are_those_of_the_dense_hessian_with_the_points_own_buffers():
    torch.manual_seed(0)
    x = 3 + torch.randn(32, 2, dtype=torch.float64)
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    problem = ModuleProblem(module, mse_loss, x, x.prod(1, keepdim=True))
    own = {"0.running_mean": np.array([3.0, 3.0]), "0.running_var": np.array([2.0, 1.0])}
    for buffers in (None, own | {"0.num_batches_tracked": np.array(9)}):
        values, vectors = np.linalg.eigh(find_dense(problem, buffers))
        plane = Plane.hessian(problem, buffers=buffers)
        np.testing.assert_allclose(np.abs(plane.axes @ vectors[:, [-1, -2]]), np.eye(2), atol=1e-6)
        for value, name in zip(values[[-1, -2]], plane.names, strict=True):
            assert f"(eigenvalue {value:.4g})" in name
            assert f"{value:.4g}" in plane.how


def test_the_hessian_of_a_surface_needs_no_point():
    plane = Plane.hessian(ROSENBROCK)
    _, vectors = np.linalg.eigh(ROSENBROCK.hess(ROSENBROCK.start))
    np.testing.assert_allclose(np.abs(plane.axes @ vectors[:, ::-1]), np.eye(2), atol=1e-12)
    np.testing.assert_array_equal(plane.origin, ROSENBROCK.start)


@every("rule", [Momentum(0.3), Momentum(0.3, damped=True), Nesterov(0.2)])
def test_the_next_point_of_momentum_lies_on_the_plane_of_gradient_and_momentum(rule):
    made = run(RATINGS, rule, 8)
    plane = Plane.optimizer(made, 5)
    coords, off = plane.project(made.path[[5, 6]])
    np.testing.assert_array_equal(coords[0], [0.0, 0.0])
    assert off[1] < 1e-6
    assert coords[1, 0] > 0  # down the slope
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    assert made.label in plane.how
    assert "step 5" in plane.how
    assert plane.names[0] == "minus the gradient of its sample"


def test_the_last_and_the_next_step_of_any_rule_may_be_the_second_direction():
    made = run(RATINGS, Adam(0.1), 8)
    for second, point in (("last step", 4), ("next step", 6)):
        plane = Plane.optimizer(made, 5, second)
        assert plane.project(made.path[[point]])[1][0] < 1e-6
    assert plane.names[1] == "the part across the gradient of the next step (5 to 6)"


def test_a_thinned_run_takes_the_gradient_of_a_problem_at_its_point():
    thin = run(RATINGS, Momentum(0.3), 12, keep=4)
    with pytest.raises(ValueError, match=r"no gradients: pass problem="):
        Plane.optimizer(thin)
    plane = Plane.optimizer(thin, problem=RATINGS)
    grad = RATINGS.grad(thin.end.astype(float))
    np.testing.assert_allclose(plane.axes[0], -grad / np.linalg.norm(grad), atol=1e-6)
    with pytest.raises(ValueError, match=r"step 5 is not recorded: .* are 4 and 8"):
        Plane.optimizer(thin, 5, problem=RATINGS)


@every(
    "rule, asked, words",
    [
        (SGD(0.3), {"step": 3, "second": "next step"}, "are parallel at step 3: choose another"),
        (SGD(0.3), {"second": "momentum"}, r"no momentum \(its record has no averages\): choose"),
        (SGD(0.3), {"step": 0}, 'no step before the first point: choose "next step"'),
        (SGD(0.3), {"second": "speed"}, 'momentum, last step or next step, got "speed"'),
        (Momentum(0.3), {"step": 0}, "momentum is zero before the first step: choose a later"),
        (Momentum(0.3), {"step": 1, "second": "last step"}, ""),
        (Momentum(0.3), {"step": 12}, "no step leaves the last point, 12: choose one before"),
    ],
)
def test_what_an_optimizer_does_not_have_is_refused_with_a_way_out(rule, asked, words):
    made = run(RATINGS, rule, 12)
    if not words:
        assert Plane.optimizer(made, **asked).is_orthonormal
        return
    with pytest.raises(ValueError, match=words):
        Plane.optimizer(made, **asked)


def test_single_precision_does_not_hide_that_directions_are_parallel():
    made = run(RATINGS, SGD(1e-3), 4, start=RATINGS.start.astype(np.float32))
    assert made.path.dtype == np.float32
    with pytest.raises(ValueError, match="are parallel"):
        Plane.optimizer(made, 2, "next step")


def test_two_models_lie_at_0_and_1_and_the_second_axis_is_across_them():
    a, b = RUN.start, RUN.end
    plane = Plane.between(a, b, RATINGS.grad(a), names=("start", "end"))
    coords, off = plane.project(np.stack([a, b, a + 0.3 * RATINGS.grad(a)]))
    np.testing.assert_allclose(coords[:2], [[0, 0], [1, 0]], atol=1e-12)
    assert (off < 1e-6).all()
    gram = plane.axes @ plane.axes.T
    np.testing.assert_allclose(gram, np.sum((b - a) ** 2) * np.eye(2), atol=1e-12)
    assert plane.names == ("the line from start (0) to end (1)", "the given direction across it")
    assert Plane.between(a, b, seed=1).project(b)[1][0] < 1e-6


@every(
    "points, words",
    [
        ((RUN.end, RUN.end), "equal: there is no line between them"),
        ((RUN.end, RUN.start, RUN.start - RUN.end), "parallel"),
        ((RUN.end, RUN.start[:5]), "parameters"),
        ((RUN.end, RUN.start, RUN.start[:5]), "toward must be"),
    ],
)
def test_points_that_make_no_plane_are_refused(points, words):
    with pytest.raises(ValueError, match=words):
        Plane.between(*points)


def test_every_plane_is_sliced_in_a_window_of_choice_and_saved(tmp_path):
    made = [
        Plane.hessian(RATINGS, RUN.end),
        Plane.optimizer(RUN, 5),
        Plane.between(RUN.start, RUN.end),
        Plane.random(RATINGS, RUN.end),
        Plane.pca(RUN),
        Plane.through(RUN.start, RUN.path[5], RUN.end),
    ]
    for place, plane in enumerate(made):
        assert plane.how
        cut = slice_loss(RATINGS, plane, RUN, size=3, window=((-0.5, 1.0), (-1.0, 2.0)))
        np.testing.assert_allclose(cut.betas, [-1.0, 0.5, 2.0])
        direct = RATINGS.loss(plane.point([-0.5, 0.5]))
        assert cut.losses[1, 0] == pytest.approx(direct, rel=1e-12)
        again = Plane.from_npz(plane.to_npz(tmp_path / f"plane_{place}.npz"))
        assert (again.how, again.names, again.share) == (plane.how, plane.names, plane.share)
        np.testing.assert_array_equal(again.axes, plane.axes)
        sliced = Slice.from_npz(cut.to_npz(tmp_path / f"slice_{place}.npz"))
        assert sliced.plane.names == plane.names


def test_a_path_that_went_far_has_principal_axes_too():
    near = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    far = near * np.geomspace(1, 1e30, 9, dtype=np.float32)[:, None]
    axes = Plane.pca(far).axes
    wide = far.astype(float) - far.astype(float).mean(axis=0)
    wanted = np.linalg.svd(wide / 1e30, full_matrices=False)[2][0]
    assert abs(axes[0] @ wanted) == pytest.approx(1.0)


def test_principal_axes_take_one_blas_thread(monkeypatch):
    counts, inner = [], np.linalg.eigh

    def find_values(gram):
        loaded = [each for each in threadpool_info() if "numpy" in each["filepath"]]
        counts.append({each["num_threads"] for each in loaded})
        return inner(gram)

    monkeypatch.setattr(np.linalg, "eigh", find_values)
    with threadpool_limits(2, user_api="blas"):
        Plane.pca(np.random.default_rng(0).normal(size=(9, 4)))
    assert counts == [{1}]
