"""Slices of modules with running averages: what may be called a true loss."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.landscapes.statistics import Blend, find_blend
from optviz.problems.base import Problem
from optviz.pytorch.module_problem import ModuleProblem
from optviz.rules import SGD
from optviz.runs.loop import run
from optviz.views import slice_contour

POLICIES = ("own", "batch", "frozen")


@cache
def plant(policy):
    """Return a problem and two runs whose running averages are far apart.

    The inputs lie around 20; the averages start at 0. The long run's come near them, those of the
    short run, which is over after three steps, do not.
    """
    torch.manual_seed(0)
    x = 20 + torch.randn(32, 2, dtype=torch.float64)
    y = x.sum(dim=1, keepdim=True) - 40
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)).double()
    problem = ModuleProblem(module, mse_loss, x, y, buffers=policy)
    rule = SGD(lr=1e-4 if policy == "frozen" else 0.1)
    return problem, [run(problem, rule, steps) for steps in (60, 3)]


def test_a_true_loss_is_taken_with_the_buffers_of_the_point():
    problem, (long, short) = plant("own")
    foreign = problem.true_loss(long.end, short.buffers_at(-1))
    assert long.losses[-1] < 0.01
    assert foreign > 1000 * long.losses[-1]
    for recorded in (True, False):
        cut = slice_loss(
            problem, Plane.pca([long, short]), [long, short], size=3, recorded=recorded
        )
        for shadow, record in zip(cut.shadows, (long, short), strict=True):
            np.testing.assert_allclose(shadow.true, record.losses, rtol=1e-12)
            assert shadow.loss_name == "true loss"
    assert "interpolated between those of the drawn points" in cut.words()
    module = problem.load(long.end, long.buffers_at(-1)).eval()
    x, y = problem._loss.data.batches[0]
    assert mse_loss(module(x), y).item() == pytest.approx(cut.shadows[0].true[-1], rel=1e-12)


def test_a_slice_through_three_points_shows_their_true_losses():
    problem, (long, short) = plant("own")
    cut = slice_loss(problem, Plane.through(long.start, long.end, short.end), [long, short], size=3)
    for shadow in cut.shadows:
        for end in (0, -1):
            assert shadow.exact[end]
            assert shadow.shown[end] == pytest.approx(shadow.true[end], abs=1e-8)
    drawn: Any = slice_contour(cut).data
    assert any("true loss" in (each.name or "") for each in drawn)


@pytest.mark.parametrize("policy", POLICIES)
def test_no_loss_is_true_where_the_buffers_of_the_points_are_not_known(policy):
    problem, runs = plant(policy)
    paths = [each.path for each in runs]
    forgotten = [replace(each, buffers=None) for each in runs]
    for drawn in (paths, forgotten):
        cut = slice_loss(problem, Plane.pca(drawn), drawn, size=3, recorded=drawn is forgotten)
        assert not any(each.exact.any() for each in cut.shadows)
        traces: Any = slice_contour(cut).data
        names = " ".join(f"{each.name} {each.hovertemplate}" for each in traces)
        words = cut.words()
        assert "loss at the point" in names
        assert "true loss" not in names
        assert "true order" not in words
        assert "truly" not in words
        assert "are the true ones" not in words
        assert "its true loss" not in words
        for each, record in zip(cut.shadows, runs, strict=True):
            assert f"The true losses of {cut.shadows[0].label}, " in words
            assert each.true[-1] == pytest.approx(problem.loss(record.end), rel=1e-12)


def test_the_statistics_of_the_batch_show_no_true_loss():
    problem, (long, short) = plant("batch")
    plane = Plane.through(long.start, long.end, short.end)
    cut = slice_loss(problem, plane, [long, short], size=3, recorded=True)
    assert not any(each.exact.any() for each in cut.shadows)
    for shadow, record in zip(cut.shadows, (long, short), strict=True):
        true = problem.true_loss(record.end, record.buffers_at(-1))
        assert shadow.true[-1] == pytest.approx(true, rel=1e-12)
        assert shadow.shown[-1] == pytest.approx(record.losses[-1], rel=1e-6)
    assert cut.shadows[1].true[-1] > 10 * cut.shadows[1].shown[-1]
    assert "with the statistics of all rows together instead of running averages" in cut.words()


def test_frozen_buffers_are_those_of_the_points_of_their_own_runs_alone():
    problem, runs = plant("frozen")
    plane = Plane.through(runs[0].start, runs[0].end, runs[1].end)
    own = slice_loss(problem, plane, runs, size=3)
    assert all(each.exact[-1] for each in own.shadows)
    foreign = slice_loss(problem, plane, plant("own")[1], size=3)
    assert not any(each.exact[-1] for each in foreign.shadows)
    assert foreign.shadows[0].true[-1] == pytest.approx(plant("own")[1][0].losses[-1], rel=1e-12)


def test_a_plane_without_paths_names_its_buffers():
    problem, (long, short) = plant("own")
    cut = slice_loss(problem, Plane.through(long.start, long.end, short.end), size=2)
    assert "with the buffers that the module was given with" in cut.words()
    assert cut.losses[0, 0] == problem.loss(cut.plane.point([cut.alphas[0], cut.betas[0]]))


def test_a_file_keeps_what_is_said_of_the_buffers(tmp_path):
    problem, (long, short) = plant("own")
    drawn = [long, short.path]
    cut = slice_loss(problem, Plane.pca([long.path, short.path]), drawn, size=3)
    again = Slice.from_npz(cut.to_npz(tmp_path / "slice.npz"))
    assert again.words() == cut.words()
    for ours, theirs in zip(again.shadows, cut.shadows, strict=True):
        assert ours.loss_name == theirs.loss_name
        np.testing.assert_array_equal(ours.exact, theirs.exact)


def test_interpolated_buffers_are_a_points_own_at_a_point_and_between_them_elsewhere():
    coords = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    buffers = {"variance": np.array([1.0, 2.0, 5.0]), "count": np.array([0, 1, 4])}
    blend = Blend(coords, buffers)
    for name, each in buffers.items():
        np.testing.assert_array_equal(blend.at(coords)[name], each)
    anywhere = blend.at(np.random.default_rng(0).normal(0, 1e3, (50, 2)))
    assert (anywhere["variance"] >= 1).all()
    assert (anywhere["variance"] <= 5).all()
    assert anywhere["count"].dtype == buffers["count"].dtype


def test_buffers_that_are_not_finite_are_not_interpolated():
    class Given(Problem):
        policy, buffers = "own", {"mean": np.zeros(1)}

    coords, means = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[3.0], [np.nan]])
    blend: Any = find_blend(Given(), [coords], [{"mean": means}])
    np.testing.assert_array_equal(blend.at(coords)["mean"], [[3.0], [3.0]])
    assert find_blend(Given(), [coords[1:]], [{"mean": means[1:]}]) is None
