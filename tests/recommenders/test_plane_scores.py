"""Slices of rating models against one evaluation a point, in float64, and weight decay."""

import copy
import pickle
import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset

from optviz.recommenders.models import EmbeddingNet
from optviz.recommenders.problems import plane_scores, smooth_sums
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.problems.net_problem import NetProblem
from optviz.recommenders.problems.torch_dot import TorchDot
from optviz.rules import L2, SGD
from optviz.runs.loop import run

WITHIN = {np.float32: 1e-6, np.float64: 1e-12}
DTYPES = pytest.mark.parametrize("dtype", WITHIN)


def make_grid(low: float, high: float, size: int) -> np.ndarray:
    line = np.linspace(low, high, size)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def draw_problem(rng: np.random.Generator, dtype: Any = np.float64, **settings: Any) -> DotBias:
    """A small problem of random shape, on which some users and movies have no rating."""
    users, movies, count, factors = rng.integers((1, 1, 1, 1), (9, 30, 60, 7))
    user, movie = rng.integers(users, size=count), rng.integers(movies, size=count)
    rating = rng.integers(1, 11, count) / 2
    given = {"users": users + 2, "movies": movies + 2, "factors": factors} | settings
    plain = DotBias(user, movie, rating, **given)
    return DotBias(user, movie, rating, start=rng.normal(size=plain.size).astype(dtype), **given)


def evaluate_directly(problem: DotBias, origin, axes, coords) -> np.ndarray:
    return np.array([problem.loss(origin + each @ axes) for each in coords])


@DTYPES
def test_small_slices_equal_brute_force(dtype):
    rng = np.random.default_rng(3)
    for bounds, bias, wd in product([None, (0.5, 5.5)], [False, True], [0.0, 0.3]):
        for _ in range(12):
            problem = draw_problem(rng, dtype, bounds=bounds, bias=bias, wd=wd)
            origin, first, other = rng.normal(size=(3, problem.size)) * 10 ** rng.uniform(-2, 0.5)
            axes = np.stack([first, 0.8 * first + 0.1 * other])  # skew, of unequal length
            coords = rng.normal(size=(17, 2)) + rng.normal(0, 3, 2)
            made = problem.plane_losses(origin, axes, coords)
            direct = evaluate_directly(problem, origin, axes, coords)
            np.testing.assert_allclose(made, direct, rtol=20 * WITHIN[dtype])
            line = problem.line_losses(origin, first, coords[:, 0])
            direct = evaluate_directly(problem, origin, first[None], coords[:, :1])
            np.testing.assert_allclose(line, direct, rtol=20 * WITHIN[dtype])


@pytest.fixture(scope="module")
def wide(ml100k):
    """All ratings, and a plane between points as far apart as trained models are."""
    count = (ml100k.users + ml100k.movies) * 51
    origin, *axes = np.random.default_rng(4).normal(0, 0.2, (3, count))
    return ml100k, origin, np.stack([axes[0], axes[1] + 0.5 * axes[0]])


def make_problem(data, origin, dtype, **settings) -> DotBias:
    sizes = {"users": data.users, "movies": data.movies}
    start = origin.astype(dtype)
    return DotBias(data.user, data.movie, data.rating, start=start, **sizes, **settings)


@pytest.mark.data
@DTYPES
@pytest.mark.parametrize(("bounds", "wd"), [((0.5, 5.5), 0.0), ((1.0, 5.0), 1e-3), (None, 1e-3)])
def test_a_real_slice_equals_direct_evaluation(wide, dtype, bounds, wd):
    data, origin, axes = wide
    coords = make_grid(-0.4, 1.1, 51)
    problem = make_problem(data, origin, dtype, bounds=bounds, wd=wd)
    made = problem.plane_losses(origin, axes, coords)
    some = [0, 50, 777, 1300, 2011, 2600]
    direct = evaluate_directly(problem, origin, axes, coords[some])
    np.testing.assert_allclose(made[some], direct, rtol=WITHIN[dtype])
    places = np.array([-0.15, 0.0, 0.4, 1.0, 1.15])
    line = problem.line_losses(origin, axes[1], places)
    direct = evaluate_directly(problem, origin, axes[1:], places[:, None])
    np.testing.assert_allclose(line, direct, rtol=WITHIN[dtype])


@pytest.mark.data
@DTYPES
def test_few_nodes_give_what_all_points_give(wide, dtype, monkeypatch):
    data, origin, axes = wide
    coords, counts = make_grid(-0.1, 0.2, 51), []
    problem = make_problem(data, origin, dtype)
    inner = plane_scores.sum_squashed_errors
    monkeypatch.setattr(
        plane_scores,
        "sum_squashed_errors",
        lambda targets, count, *more: counts.append(count) or inner(targets, count, *more),
    )
    few = problem.plane_losses(origin, axes, coords)
    assert sum(counts) < len(coords) / 4
    monkeypatch.setattr(plane_scores, "evaluate_smooth", lambda do, coords, *_: do(coords))
    np.testing.assert_allclose(
        few, problem.plane_losses(origin, axes, coords), rtol=WITHIN[dtype] / 2
    )


@DTYPES
def test_saturated_sigmoids_stay_numbers(dtype):
    rng = np.random.default_rng(8)
    for far in (1e2, 1e4, 1e9):
        problem = draw_problem(rng, dtype, bounds=(0.5, 5.0))
        origin, *axes = rng.normal(size=(3, problem.size))
        coords = np.concatenate([far * rng.normal(size=(300, 2)), make_grid(-1, 1, 3)])
        made = problem.plane_losses(origin, np.stack(axes), coords)
        direct = evaluate_directly(problem, origin, axes, coords)
        within = 1e-2 if dtype == np.float32 else 1e-9  # a rating may be where its sigmoid rises
        np.testing.assert_allclose(made[:300], direct[:300], rtol=within)
        assert np.isfinite(made).all()


def test_terms_that_overflow_do_not_hide_a_loss_that_does_not():
    """The terms in a and a*a are infinite in float32 and cancel; a float32 model has no trouble."""
    start = np.array([1e25, 1e25], np.float32)
    settings: dict[str, Any] = {"factors": 1, "bias": False, "start": start}
    same = np.zeros(2, int)
    problem = DotBias(same, same, np.array([4.0, 2.0]), **settings)
    axes = np.array([[-1e25, 0.0], [0.0, 1e24]])
    coords = np.array([[1.0, 0.0], [2.0, 0.0], [1.0, 3.0]])
    made = problem.plane_losses(start, axes, coords)
    points = start + coords @ axes
    direct = [problem.loss(each) for each in points]
    np.testing.assert_allclose(made, direct, rtol=1e-6)
    np.testing.assert_allclose(
        problem.line_losses(start, axes[0], coords[:2, 0]), direct[:2], rtol=1e-6
    )


def test_one_row_of_coordinates_that_is_not_finite_spoils_itself_alone():
    problem = draw_problem(np.random.default_rng(0))
    origin, axes = problem.start, np.random.default_rng(1).normal(size=(2, problem.size))
    with np.errstate(all="ignore"):
        made = problem.plane_losses(origin, axes, np.array([[0.5, 1.0], [np.nan, 0.0]]))
    assert made[0] == pytest.approx(problem.loss(origin + np.array([0.5, 1.0]) @ axes), rel=1e-12)
    assert np.isnan(made[1])
    assert problem.plane_losses(origin, axes, np.empty((0, 2))).shape == (0,)
    line = problem.line_losses(origin, np.zeros(problem.size), np.array([0.5, np.nan]))
    np.testing.assert_allclose(line, [problem.loss(origin), np.nan], rtol=1e-12)
    assert problem.line_losses(origin, axes[0], np.empty(0)).shape == (0,)


def test_groups_of_ratings_are_kept_for_their_own_problem_alone(monkeypatch):
    problem = draw_problem(np.random.default_rng(9))
    origin, way = problem.start, np.random.default_rng(1).normal(size=problem.size)
    places, reads = np.linspace(-1, 1, 5), []
    inner = plane_scores.RatingGroups.read
    monkeypatch.setattr(
        plane_scores.RatingGroups, "read", lambda *rows: reads.append(rows) or inner(*rows)
    )
    first = problem.line_losses(origin, way, places)
    np.testing.assert_array_equal(problem.line_losses(origin, way, places), first)
    assert len(reads) == 1
    size = len(pickle.dumps(draw_problem(np.random.default_rng(9))))
    assert len(pickle.dumps(problem)) == size
    for other in (problem.limit(max(1, problem.count // 2)), copy.copy(problem)):
        direct = evaluate_directly(other, origin, way[None], places[:, None])
        np.testing.assert_allclose(other.line_losses(origin, way, places), direct, rtol=1e-12)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing_but_the_order_of_a_sum(threads, monkeypatch):
    rng = np.random.default_rng(2)
    user, movie = rng.integers(40, size=9000), rng.integers(70, size=9000)
    problem = DotBias(user, movie, rng.uniform(1, 5, 9000), factors=3)
    axes, coords = rng.normal(size=(2, problem.size)), rng.normal(size=(30, 2))
    monkeypatch.setattr(plane_scores, "THREADS", threads)
    monkeypatch.setattr(plane_scores, "SMALL", 1)
    monkeypatch.setattr(plane_scores.os, "cpu_count", lambda: 8)
    made = problem.plane_losses(problem.start, axes, coords)
    direct = evaluate_directly(problem, problem.start, axes, coords)
    np.testing.assert_allclose(made, direct, rtol=1e-12)


SHARP = np.array([0.3, -0.2])


@pytest.mark.parametrize(
    ("function", "most"),
    [
        (lambda c: 4 + c[:, 0] ** 5 * c[:, 1] + c[:, 1] ** 3, 200),
        (lambda c: 2 + np.sin(3 * c[:, 0]) / (4 + c[:, 1]), 700),
        (lambda c: 2 + np.exp(-400 * ((c - SHARP) ** 2).sum(1)), 5000),
        (lambda c: 2 + np.abs(c[:, 0]), 5000),
        (lambda c: 2 + 1e-9 * np.random.default_rng(0).normal(size=len(c)), 5000),
    ],
)
def test_a_function_is_taken_at_every_point_unless_it_is_smooth(function, most):
    calls, coords = [], make_grid(-1, 1, 51)
    coords[1234] = SHARP

    def evaluate(points):
        calls.append(len(points))
        return function(points)

    steepness = np.array([40.0, 40.0]) if function(SHARP[None])[0] == 3 else np.zeros(2)
    made = smooth_sums.evaluate_smooth(evaluate, coords, steepness, np.dtype(float))
    np.testing.assert_allclose(made, function(coords), rtol=1e-12)
    assert sum(calls) < most


@pytest.mark.parametrize("bounds", [None, (0.5, 5.5)])
def test_the_derivatives_of_weight_decay_are_those_of_finite_differences(bounds):
    rng = np.random.default_rng(5)
    problem = draw_problem(rng, bounds=bounds, wd=0.7)
    params, way = rng.normal(size=(2, problem.size))
    near = params + 1e-5 * way, params - 1e-5 * way
    slope = (problem.loss(near[0]) - problem.loss(near[1])) / 2e-5
    loss, grad = problem.loss_and_grad(params)
    assert loss == pytest.approx(problem.loss(params), rel=1e-14)
    assert grad @ way == pytest.approx(slope, rel=1e-7)
    bend = (problem.grad(near[0]) - problem.grad(near[1])) / 2e-5
    with problem.hess_products(params) as multiply:
        np.testing.assert_allclose(multiply(way), bend, rtol=1e-5, atol=1e-7)
    there = TorchDot(problem, torch.device("cpu"))
    theirs, their_grad = there.loss_and_grad(torch.from_numpy(params))
    assert theirs == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(their_grad.numpy(), grad, rtol=1e-10, atol=1e-12)


def test_a_step_on_weight_decay_is_a_step_of_l2_and_none_is_none():
    plain, decayed = (draw_problem(np.random.default_rng(6), wd=wd, batch=4) for wd in (0, 0.1))
    with_rule, with_loss = run(plain, L2(SGD(0.1), 0.1), 30), run(decayed, SGD(0.1), 30)
    np.testing.assert_allclose(with_loss.path, with_rule.path, rtol=1e-10, atol=1e-12)
    half = 0.05 * np.sum(with_rule.path[-1] ** 2)
    assert with_loss.losses[-1] == pytest.approx(with_rule.losses[-1] + half, rel=1e-9)
    bare = draw_problem(np.random.default_rng(6), batch=4)
    np.testing.assert_array_equal(run(bare, SGD(0.1), 9).path, run(plain, SGD(0.1), 9).path)


@pytest.mark.parametrize("wd", [-1.0, np.nan])
def test_a_weight_decay_that_is_none_is_refused(wd):
    with pytest.raises(ValueError, match="wd must be a number of at least 0, got"):
        draw_problem(np.random.default_rng(0), wd=wd)


@pytest.mark.data
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_slice_of_the_mini_net_equals_autograd(ml100k, dtype):
    part = ml100k.take(np.random.default_rng(5).permutation(len(ml100k))[:3000])
    torch.manual_seed(0)
    module = EmbeddingNet(part.users, part.movies, 6).to(dtype)
    columns = [torch.from_numpy(np.array(each)) for each in (part.user, part.movie)]
    rating = torch.from_numpy(part.rating).to(dtype)
    problem = NetProblem(module, mse_loss, tuple(columns), rating)
    origin, *axes = np.random.default_rng(6).normal(0, 0.3, (3, len(problem.start)))
    skew = np.stack([axes[0], axes[0] + 0.2 * axes[1]])
    coords = np.concatenate([make_grid(-2, 5, 12), [[1e4, -1e4]]])
    made = problem.plane_losses(origin, skew, coords)
    exact = NetProblem(module.double(), mse_loss, tuple(columns), rating.double())
    direct = np.array([exact.loss(origin + each @ skew) for each in coords])
    within = 1e-6 if dtype == torch.float32 else 1e-12
    np.testing.assert_allclose(made[:-1], direct[:-1], rtol=within)
    assert made[-1] == pytest.approx(direct[-1], rel=1e-3)
    line = problem.line_losses(origin, axes[0], np.array([-1.0, 0.0, 0.3, 2.0]))
    direct = np.array([exact.loss(origin + each * axes[0]) for each in (-1.0, 0.0, 0.3, 2.0)])
    np.testing.assert_allclose(line, direct, rtol=within)
    loader = DataLoader(TensorDataset(*columns, rating), batch_size=512)
    batched = NetProblem(module.to(dtype), mse_loss, loader)
    np.testing.assert_allclose(batched.plane_losses(origin, skew, coords[:9]), made[:9], rtol=1e-6)


def test_a_slice_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np; from optviz import DotBias, Plane, slice_loss\n"
        "p = DotBias([0, 1, 1], [0, 0, 1], [1.0, 5.0, 3.0], factors=2, wd=0.1)\n"
        "cut = slice_loss(p, Plane.spanned(p.start, *np.eye(2, p.size)), size=5)\n"
        "print(np.abs(cut.losses[2, 2] - p.loss(p.start)) < 1e-12)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_ways_to_squash_scores_agree_to_rounding_far_out_too(dtype):
    half = np.concatenate([np.linspace(-800, 800, 10_001), [np.inf, -np.inf, np.nan]]).astype(dtype)
    target = np.linspace(-1, 1, len(half)).astype(dtype)
    ways = []
    for subtract in (plane_scores.subtract_tanh, plane_scores.subtract_by_exp):
        error = half.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            subtract(error, target)
        ways.append(error)
    np.testing.assert_allclose(*ways, rtol=0, atol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("is_fast", [True, False])
def test_slices_agree_with_the_losses_whichever_way_the_processor_takes(monkeypatch, is_fast):
    monkeypatch.setattr(plane_scores, "has_fast_tanh", lambda _dtype: is_fast)
    rng = np.random.default_rng(3)
    columns = rng.integers(0, 30, 900), rng.integers(0, 40, 900), rng.integers(1, 6, 900)
    problem = DotBias(*columns, users=30, movies=40, bounds=(1.0, 5.0))
    ends = rng.normal(0, 0.6, (3, problem.size))
    coords = rng.uniform(-1, 2, (40, 2))
    axes = ends[1:] - ends[0]
    losses = problem.plane_losses(ends[0], axes, coords)
    points = ends[0] + coords @ axes
    np.testing.assert_allclose(losses, [problem.loss(each) for each in points], rtol=1e-12)
