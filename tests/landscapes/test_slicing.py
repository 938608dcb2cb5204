"""How a slice is computed: coarse to fine, anywhere, in memory that is there, and to be ended."""

import os
import re
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Lock
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from optviz import surface
from optviz.landscapes import memory
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices import drafts, refinement, slice_work
from optviz.landscapes.slices.refinement import choose_levels, interpolate
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.movielens import load
from optviz.problems.base import Problem
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import Adam, Momentum
from optviz.runs.loop import run
from optviz.runs.work import Here, WorkCanceledError

SIZE = 31


def make_digits(rows=60):
    """Return the loss of a small convolution net with BatchNorm and dropout on digits."""
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    images = torch.tensor(x[:rows] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(36, 10),
    )
    return ModuleProblem(module, cross_entropy, images, torch.tensor(y[:rows]), batch=30)


def make_ratings():
    data = load("ml-100k")
    whole = DotBias(data.user, data.movie, data.rating, users=data.users, movies=data.movies)
    return whole.limit(5000)


@pytest.fixture(scope="module", params=["ratings", "digits"])
def real(request):
    """A real model, its plane, the paths of two runs and the loss at every cell, point by point."""
    make, last = (make_ratings, 20.0) if request.param == "ratings" else (make_digits, 0.05)
    problem = make()
    runs = [run(problem, rule, 40) for rule in (Adam(lr=0.03), Momentum(lr=last))]
    plane = Plane.pca(runs)
    return problem, plane, runs, slice_loss(problem, plane, runs, size=SIZE, recorded=True)


def measure_errors(cut: Slice, true: Slice) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors of the log of the interpolated losses, and those that are stated."""
    assert cut.estimated is not None
    assert cut.errors is not None
    np.testing.assert_allclose(cut.losses[~cut.estimated], true.losses[~cut.estimated], rtol=1e-12)
    off = np.abs(np.log(cut.losses) - np.log(true.losses))
    return off[cut.estimated], cut.errors[cut.estimated]


def test_pictures_come_from_a_twentieth_on_and_the_last_slice_is_exact(real, monkeypatch):
    monkeypatch.setattr(drafts, "SOON_S", 0.0)
    problem, plane, runs, true = real
    told, pictures = [], []
    cut = slice_loss(
        problem,
        plane,
        runs,
        size=SIZE,
        recorded=True,
        on_progress=lambda *each: told.append(each),
        on_picture=lambda each: pictures.append((told[-1], each)),
    )
    np.testing.assert_allclose(cut.losses, true.losses, rtol=1e-12)
    assert cut.estimated is None
    for ours, theirs in zip(cut.shadows, true.shadows, strict=True):
        np.testing.assert_allclose(ours.shown, theirs.shown, rtol=1e-12)
    (done, total), first = pictures[0]
    assert done <= total / 19
    assert told[0] == (0, total)
    assert told[-1] == (total, total)
    assert sorted(told) == told
    for one, whole in zip(first.shadows, true.shadows, strict=True):
        assert one.step[[0, -1]].tolist() == whole.step[[0, -1]].tolist()
        np.testing.assert_allclose(one.shown[[0, -1]], whole.shown[[0, -1]], rtol=1e-12)
        assert one.true[-1] == whole.true[-1]
    for _, picture in pictures:
        off, stated = measure_errors(picture, true)
        assert np.mean(off <= stated) >= 0.95


@pytest.mark.parametrize("error", [0.3, 0.1])
def test_a_refinement_ends_at_its_error_with_fewer_points(real, error):
    problem, plane, runs, true = real
    cut = slice_loss(problem, plane, runs, size=SIZE, recorded=True, refine=error)
    off, stated = measure_errors(cut, true)
    assert stated.max() <= error
    assert np.mean(off <= stated) >= 0.95
    assert len(off) > (0.4 if error == 0.3 else 0.15) * SIZE**2
    assert len(cut.shadows[0].step) == len(true.shadows[0].step)


def test_interpolated_cells_stay_named_in_a_file(tmp_path):
    cut = slice_loss(surface("rosenbrock"), Plane.through([0, 0], [1, 0], [0, 1]), refine=True)
    assert cut.estimated is not None
    assert cut.estimated.sum() > 1000
    again = Slice.from_npz(cut.to_npz(tmp_path / "slice.npz"))
    np.testing.assert_array_equal(again.estimated, cut.estimated)
    np.testing.assert_array_equal(again.errors, cut.errors)


class Cliff(Problem):
    """A bowl that has no loss on one side, and an endless one in a corner."""

    name, start, window = "cliff", np.zeros(2), ((-1.0, 1.0), (-1.0, 1.0))

    def loss(self, params):
        x, y = params
        values = np.where(x > 0.5, np.nan, 1 + x**2 + 2 * y**2)
        return np.where((x < -0.8) & (y < -0.8), np.inf, values)


def test_cells_without_a_loss_do_not_spread(monkeypatch):
    monkeypatch.setattr(drafts, "SOON_S", -1.0)
    settings: Any = {"window": Cliff.window, "size": 51}
    plane, pictures = Plane.through([0, 0], [1, 0], [0, 1]), []
    true = slice_loss(Cliff(), plane, **settings)
    slice_loss(Cliff(), plane, **settings, on_picture=pictures.append)
    far = (true.alphas < 0.1) & (true.alphas > -0.5)
    with np.errstate(invalid="ignore"):
        off = np.abs(np.log(pictures[0].losses) - np.log(true.losses))
    assert off[:, far].max() < 0.02
    near = np.isfinite(pictures[0].losses) & pictures[0].estimated
    assert np.isinf(pictures[0].errors[~np.isfinite(pictures[0].losses)]).sum() > 0
    assert np.mean(off[near] <= pictures[0].errors[near]) >= 0.95
    refined = slice_loss(Cliff(), plane, **settings, refine=0.01)
    np.testing.assert_array_equal(np.isnan(refined.losses), np.isnan(true.losses))
    np.testing.assert_array_equal(np.isinf(refined.losses), np.isinf(true.losses))


def test_losses_that_are_not_positive_are_interpolated_above_a_floor():
    lines, grid = choose_levels((51, 51))[1], np.linspace(-1, 1, 51)
    losses = grid[None] ** 2 + grid[:, None] ** 2 - 3
    known = np.zeros(losses.shape, bool)
    known[np.ix_(*lines)] = True
    guess = interpolate((grid, grid), np.where(known, losses, np.nan), known, lines)
    np.testing.assert_allclose(guess.losses, losses, atol=1e-3)


def test_without_scipy_the_cells_are_interpolated_linearly(monkeypatch):
    monkeypatch.setattr(refinement, "find_spec", lambda _: None)
    plane = Plane.through([0, 0], [1, 0], [0, 1])
    true = slice_loss(surface("x^2 + 2*y^2 + 1"), plane)
    cut = slice_loss(surface("x^2 + 2*y^2 + 1"), plane, refine=0.02)
    off, stated = measure_errors(cut, true)
    assert len(off) > 500
    assert np.mean(off <= stated) >= 0.95


@contextmanager
def start_dask():
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    )
    with (
        cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        client.get_executor() as executor,
    ):
        yield executor


EXECUTORS: dict[str, Any] = {
    "here": Here,
    "threads": lambda: ThreadPoolExecutor(4),
    "processes": lambda: ProcessPoolExecutor(2, get_context("spawn")),
    "dask": start_dask,
}


@pytest.mark.parametrize("name", EXECUTORS)
def test_every_executor_gives_the_same_to_the_bit(name):
    problem = make_digits()
    runs = [run(problem, rule, 20) for rule in (Adam(lr=0.03), Momentum(lr=0.05))]
    plane = Plane.pca(runs)
    alone = slice_loss(problem, plane, runs, size=9)
    state, module = torch.get_rng_state(), problem.module
    before = {key: each.clone() for key, each in module.state_dict().items()}
    with EXECUTORS[name]() as executor:
        spread = slice_loss(problem, plane, runs, size=9, executor=executor)
    np.testing.assert_array_equal(spread.losses, alone.losses)
    for ours, theirs in zip(spread.shadows, alone.shadows, strict=True):
        np.testing.assert_array_equal(ours.shown, theirs.shown)
        np.testing.assert_array_equal(ours.true, theirs.true)
    torch.testing.assert_close(torch.get_rng_state(), state, rtol=0, atol=0)
    assert module.training
    for key, each in module.state_dict().items():
        torch.testing.assert_close(each, before[key], rtol=0, atol=0)


class ProcessNumber(Problem):
    """A loss that is the number of the process that computes it."""

    name, start, is_vectorized = "process", np.zeros(3), False

    def loss(self, params):
        return float(os.getpid()) + 0 * params[0]


def test_long_work_goes_to_processes_and_what_cannot_travel_stays(monkeypatch):
    monkeypatch.setattr(slice_work, "LONG_S", -1.0)
    plane = Plane.through([0, 0, 0], [1, 0, 0], [0, 1, 0])
    numbers = set(slice_loss(ProcessNumber(), plane, size=9).losses.ravel())
    assert os.getpid() in numbers
    assert len(numbers) > 1
    stays = ProcessNumber()
    stays.lock = Lock()  # type: ignore[attr-defined]
    assert set(slice_loss(stays, plane, size=9).losses.ravel()) == {os.getpid()}
    monkeypatch.setattr(slice_work, "read_free_memory", lambda: 400_000_000)
    assert set(slice_loss(ProcessNumber(), plane, size=9).losses.ravel()) == {os.getpid()}


@pytest.mark.parametrize("refine", [False, 0.01])
def test_a_slice_is_canceled_between_points(refine):
    plane, told = Plane.through([0, 0, 0], [1, 0, 0], [0, 1, 0]), []
    with pytest.raises(WorkCanceledError, match="canceled after 16 of 625 points"):
        slice_loss(
            ProcessNumber(),
            plane,
            size=25,
            refine=refine,
            on_progress=lambda done, _: told.append(done),
            cancel=lambda: told[-1] >= 16,
        )


def test_what_is_refused_is_told():
    plane = Plane.through([0, 0], [1, 0], [0, 1])
    with pytest.raises(ValueError, match="refine must be False, True or an error above 0"):
        slice_loss(surface("bowl"), plane, refine=-1)
    with pytest.raises(ValueError, match="computed by numpy: leave out device="):
        slice_loss(surface("bowl"), plane, device="cpu")
    digits = make_digits()
    with pytest.raises(ValueError, match="device must be one that torch finds here"):
        slice_loss(digits, Plane.random(digits), device="nowhere")


def test_a_module_is_computed_on_the_device_that_is_named():
    problem = make_digits()
    plane = Plane.random(problem)
    there = slice_loss(problem, plane, size=3, device="cpu")
    np.testing.assert_array_equal(there.losses, slice_loss(problem, plane, size=3).losses)
    moved = problem.move("cpu")
    assert moved._loss.copy.module is not problem._loss.copy.module
    assert moved.loss(problem.start) == problem.loss(problem.start)


def test_a_slice_that_does_not_fit_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(memory, "read_free_memory", lambda: 500_000_000)
    plane = Plane.through([0, 0, 0], [1, 0, 0], [0, 1, 0])
    executor, words = ProcessPoolExecutor(2), "about 0.6 GB, 0.5 GB are free: give fewer workers"
    with executor, pytest.raises(ValueError, match=re.escape(words)):
        slice_loss(ProcessNumber(), plane, size=3, executor=executor)
    assert slice_loss(ProcessNumber(), plane, size=3).losses.shape == (3, 3)
    monkeypatch.setattr(memory, "read_free_memory", lambda: 10)
    with pytest.raises(ValueError, match="freeze a part of the model"):
        slice_loss(ProcessNumber(), plane, size=3)


def test_free_memory_is_what_the_system_and_the_container_leave(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    5000 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    assert memory.read_free_memory() == 5_120_000
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert memory.read_free_memory() == 2_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.read_free_memory() == 5_120_000


class Wide(Problem):
    """A bowl of many parameters."""

    name, start, is_vectorized = "wide", np.zeros(50_000, np.float32), False

    def loss(self, params):
        return np.square(params, dtype=float).sum(axis=0)


def test_a_long_path_in_a_file_is_not_read_whole(tmp_path):
    count, size = 300, len(Wide.start)
    path = np.memmap(tmp_path / "path", np.float32, "w+", shape=(count, size))
    path[:] = np.linspace(1, 0, count, dtype=np.float32)[:, None]
    path[:, 0] += np.sin(np.arange(count) / 9)
    plane = Plane.through(path[0], path[-1], path[150])
    tracemalloc.start()
    cut = slice_loss(Wide(), plane, path, size=3)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < path.nbytes / 2
    np.testing.assert_allclose(cut.shadows[0].true, np.square(path, dtype=float).sum(axis=1))


def test_a_slice_says_what_it_took_and_what_direct_evaluation_takes():
    cut = slice_loss(make_ratings(), Plane.random(make_ratings()), size=11)
    assert cut.effort.startswith("121 points, ")
    assert "; point by point about " in cut.effort


def test_the_true_losses_of_a_path_tell_what_direct_evaluation_takes(monkeypatch):
    problem, counts = make_ratings(), []
    path = np.stack([problem.start, problem.start + 1])
    inner = problem.loss
    monkeypatch.setattr(problem, "loss", lambda at: counts.append(at.ndim) or inner(at))
    cut = slice_loss(problem, Plane.random(problem), path, size=11)
    assert "; point by point about " in cut.effort
    assert counts.count(1) == len(path)
