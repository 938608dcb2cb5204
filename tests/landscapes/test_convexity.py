"""The convexity map of a slice, held to whole Hessians of torch."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from torch import nn

from optviz.landscapes import memory
from optviz.landscapes.curvature.sharpness import sharpness_along
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.convexity import estimate_seconds, map_convexity, walk_rows
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.base import Problem
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.rules import SGD
from optviz.runs.loop import run
from optviz.runs.work import WorkCanceledError
from tests.landscapes.test_curvature import make_module, make_whole
from tests.support.cases import every


@pytest.fixture(scope="module")
def made():
    problem = make_module()
    ways = np.random.default_rng(0).normal(size=(2, problem.start.size))
    cut = slice_loss(problem, Plane.spanned(problem.start, *ways), size=3)
    told: list = []
    return problem, map_convexity(problem, cut, size=4, on_progress=lambda *n: told.append(n)), told


def test_each_point_has_the_ends_of_its_whole_spectrum(made):
    problem, convexity, _ = made
    for j, i in ((0, 0), (1, 2), (3, 3)):
        at = np.array([[convexity.alphas[i], convexity.betas[j]]])
        values = np.linalg.eigvalsh(make_whole(problem, convexity.cut.plane.point(at)[0]))
        within = 2e-3 * np.abs(values).max()
        assert convexity.low[j, i] == pytest.approx(values[0], abs=within)
        assert convexity.high[j, i] == pytest.approx(values[-1], abs=within)
        assert convexity.ratio[j, i] == pytest.approx(abs(values[0] / values[-1]), abs=4e-3)


def test_its_grid_lies_in_the_slices_window_and_progress_is_told(made):
    _, convexity, told = made
    assert convexity.alphas[[0, -1]].tolist() == convexity.cut.alphas[[0, -1]].tolist()
    assert told == [(done, 16) for done in range(1, 17)]
    assert convexity.products < 16 * 45
    assert f"at most {convexity.downward.max():.2g}"[8:] in convexity.words()


def test_a_surface_tells_bowl_saddle_and_dome_apart():
    problem = surface("x^2 - y^4 + y^2")
    cut = slice_loss(problem, Plane.spanned([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]), size=5)
    convexity = map_convexity(problem, cut, size=5)
    np.testing.assert_allclose(convexity.low[:, 0], np.minimum(2, 2 - 12 * cut.betas**2))
    np.testing.assert_allclose(convexity.high, 2)
    assert convexity.downward[2, 0] == 0
    assert convexity.downward[0, 0] == 1
    assert convexity.ratio[0, 0] == 5


def test_points_with_no_hessian_are_left_out_and_said():
    problem = surface("log(x) + y^2")
    cut = slice_loss(problem, Plane.spanned([0.5, 0.0], [1.0, 0.0], [0.0, 1.0]), size=3)
    convexity = map_convexity(problem, cut, size=3)
    assert np.isnan(convexity.low[:, 0]).all()
    assert np.isfinite(convexity.low[:, 2]).all()
    assert "At 3 of 9 points there is no value." in convexity.words()


def test_the_buffers_are_those_of_the_slice():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    data = torch.randn(20, 5).double(), torch.randn(20, 1).double()
    problem = ModuleProblem(net, nn.functional.mse_loss, *data)
    path = run(problem, SGD(lr=0.1), 30, keep=10)
    cut = slice_loss(problem, Plane.through(*path.path[[0, 1, 3]]), path, size=3)
    convexity = map_convexity(problem, cut, path, size=2)
    assert convexity.statistics == cut.statistics
    assert "interpolated between those of the drawn points" in convexity.words()
    without = map_convexity(problem, cut, size=2)
    assert np.abs(without.high / convexity.high - 1).max() > 0.3


def test_each_point_of_a_grid_is_a_neighbor_of_the_last():
    places = np.array([*walk_rows(5)])
    assert len({*map(tuple, places)}) == 25
    assert (np.abs(np.diff(places, axis=0)).sum(axis=1) == 1).all()


def test_the_estimated_time_is_near_the_time_it_takes(made):
    problem, convexity, _ = made
    again = map_convexity(problem, convexity.cut, size=6).seconds
    assert again / 8 < estimate_seconds(problem, convexity.cut, size=6) < 8 * again


class Other(Problem):
    start = np.ones(3)


@every(
    "problem, size, sentence",
    [
        (None, 1, "size must be a whole number of at least 2, got 1"),
        (Other(), 15, "the slice must be of this problem, whose parameters are 3, got one of 149"),
    ],
    ids=str,
)
def test_mistakes_get_a_sentence(made, problem, size, sentence):
    with pytest.raises(ValueError, match=sentence):
        map_convexity(problem or made[0], made[1].cut, size=size)


def test_it_ends_when_canceled(made):
    with pytest.raises(WorkCanceledError, match="canceled after 2 of 225 points"):
        map_convexity(made[0], made[1].cut, cancel=iter([False, False, True]).__next__)


def test_two_processes_find_the_same_map_and_curve(made, monkeypatch):
    problem, convexity, _ = made
    path = convexity.cut.plane.point(np.linspace([-1, -1], [1, 1], 40))
    curve, told = sharpness_along(problem, path), []
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        spread = map_convexity(problem, convexity.cut, size=6, executor=workers)
        walked = sharpness_along(
            problem, path, executor=workers, on_progress=lambda *each: told.append(each)
        )
        with pytest.raises(WorkCanceledError, match="canceled after 0 of 40 points"):
            sharpness_along(problem, path, executor=workers, cancel=lambda: True)
        monkeypatch.setattr(memory, "read_free_memory", lambda: 500_000_000)
        with pytest.raises(ValueError, match=r"0\.5 GB are free: give fewer workers"):
            map_convexity(problem, convexity.cut, size=6, executor=workers)
    whole = map_convexity(problem, convexity.cut, size=6)
    size = np.maximum(np.abs(whole.low), np.abs(whole.high))
    assert (np.abs(spread.low - whole.low) <= 2e-3 * size).all()
    assert (np.abs(spread.high - whole.high) <= 2e-3 * size).all()
    assert 0.8 < spread.products / whole.products < 2
    np.testing.assert_allclose(walked.values, curve.values, rtol=1e-3)
    assert sorted(told) == told
    assert told[-1] == (40, 40)


def test_a_path_that_diverges_ends_a_spread_curve_as_it_ends_a_walk(made):
    problem, convexity, _ = made
    path = convexity.cut.plane.point(np.linspace([-1, -1], [1, 1], 40))
    path[20:] = np.nan
    alone = sharpness_along(problem, path)
    spread = sharpness_along(problem, path, executor=ThreadPoolExecutor(2))
    assert len(spread.values) == len(alone.values) == 20
    assert spread.ended == alone.ended == "the path is not finite at step 20: the curve ends there"
