"""How the losses of sheets and lines are computed: as those of planes, by the same code."""

import re
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from optviz.landscapes import memory
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import SheetSlice
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices import drafts
from optviz.landscapes.slices.grounds import Line
from optviz.landscapes.slices.profiles import profile_loss
from optviz.landscapes.slices.slice_work import estimate_memory
from optviz.problems.base import Problem
from optviz.pytorch.module_problem import ModuleProblem
from optviz.rules import Adam, Momentum
from optviz.runs.loop import run
from optviz.runs.work import WorkCanceledError

SIZE = 31


@pytest.fixture(scope="module")
def digits():
    """A small convolution net with BatchNorm on real digits, and two runs of it."""
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    images = torch.tensor(x[:60] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 10)
    )
    problem = ModuleProblem(net, cross_entropy, images, torch.tensor(y[:60]), batch=30)
    return problem, [run(problem, rule, 40) for rule in (Adam(lr=0.03), Momentum(lr=0.05))]


@pytest.fixture(scope="module", params=["along", "between"])
def cut(request, digits):
    """A sheet of real runs, and the loss at every cell of it."""
    problem, runs = digits
    sheet = Sheet.along(runs[0], "principal") if request.param == "along" else Sheet.between(*runs)
    return problem, sheet, slice_sheet(problem, sheet, size=SIZE)


def mix_directly(path, s):
    """Return the buffers of a path at a place, each number interpolated by numpy."""
    mixed = {}
    for name, each in path.buffers.items():
        columns = each.reshape(len(each), -1).T
        at = [np.interp(s, path.positions, column) for column in columns]
        mixed[name] = np.reshape(at, each.shape[1:])
    return mixed


def take_directly(problem, sheet, cut):
    """Return the loss at every cell, point by point, with buffers mixed by hand."""
    losses = np.empty(cut.losses.shape)
    for (j, i), _ in np.ndenumerate(losses):
        first, second = (mix_directly(sheet.paths[end], cut.s[i]) for end in (0, -1))
        share = np.clip(cut.t[j], 0, 1)
        mixed = {name: (1 - share) * each + share * second[name] for name, each in first.items()}
        point = sheet.point((cut.s[i], cut.t[j]))[0].astype(problem.start.dtype)
        own = {name: each.astype(problem.buffers[name].dtype) for name, each in mixed.items()}
        losses[j, i] = problem.true_loss(point, own)
    return losses


def test_each_loss_is_that_of_its_point_with_its_buffers(cut):
    problem, sheet, whole = cut
    few = slice_sheet(problem, sheet, size=7)
    np.testing.assert_allclose(few.losses, take_directly(problem, sheet, few), rtol=2e-5)
    assert re.match(r"1,\d+ points, .*; point by point about", whole.effort)


def test_a_refined_sheet_is_within_its_stated_errors_and_comes_back_from_a_file(cut, tmp_path):
    problem, sheet, whole = cut
    few = slice_sheet(problem, sheet, size=SIZE, refine=0.2)
    assert few.estimated is not None
    assert few.errors is not None
    np.testing.assert_allclose(few.losses[~few.estimated], whole.losses[~few.estimated], rtol=1e-6)
    off = np.abs(np.log(few.losses) - np.log(whole.losses))[few.estimated]
    assert len(off) > 0.15 * few.losses.size
    assert few.errors.max() <= 0.2
    assert np.mean(off <= few.errors[few.estimated]) >= 0.95
    assert not few.estimated[np.isin(few.t, (0, 1) if few.is_between else 0)][:, few.recorded].any()
    assert f"{len(off)} of {few.losses.size:,} cells are interpolated, with an error" in few.words()
    for ours, theirs in zip(few.tracks, whole.tracks, strict=True):
        np.testing.assert_allclose(ours.shown, theirs.shown, rtol=1e-6)
        assert ours.exact.all()
    again = SheetSlice.from_npz(few.to_npz(tmp_path / "sheet.npz"))
    np.testing.assert_array_equal(again.estimated, few.estimated)
    assert again.words() == few.words()


def test_pictures_of_a_sheet_come_from_a_twentieth_on(cut, monkeypatch):
    monkeypatch.setattr(drafts, "SOON_S", -1.0)
    problem, sheet, whole = cut
    told, pictures = [], []
    made = slice_sheet(
        problem,
        sheet,
        size=SIZE,
        on_progress=lambda *each: told.append(each),
        on_picture=lambda each: pictures.append((told[-1], each)),
    )
    np.testing.assert_allclose(made.losses, whole.losses, rtol=1e-6)
    (done, total), first = pictures[0]
    assert done <= total / 16  # and each point of the paths at its cell
    assert told[0] == (0, total)
    assert told[-1] == (total, total)
    assert first.estimated.mean() > 0.9
    assert "cells are interpolated" in first.words()


def test_two_processes_give_the_same_to_the_bit(cut, digits):
    problem, sheet, _ = cut
    _, runs = digits
    alone = slice_sheet(problem, sheet, size=9), profile_loss(problem, *runs)
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        spread = slice_sheet(problem, sheet, size=9, executor=workers)
        line = profile_loss(problem, *runs, executor=workers)
    np.testing.assert_array_equal(spread.losses, alone[0].losses)
    for ours, theirs in zip(spread.tracks, alone[0].tracks, strict=True):
        np.testing.assert_array_equal(ours.true, theirs.true)
    np.testing.assert_array_equal(line.losses, alone[1].losses)
    np.testing.assert_array_equal(line.ends, alone[1].ends)


@pytest.mark.parametrize("refine", [False, 0.01])
def test_a_sheet_is_canceled_between_points(cut, refine):
    problem, sheet, _ = cut
    told = []
    with pytest.raises(WorkCanceledError, match=r"canceled after (32|45) of \d+ points"):
        slice_sheet(
            problem,
            sheet,
            size=25,
            refine=refine,
            on_progress=lambda done, _: told.append(done),
            cancel=lambda: told[-1] >= 32,
        )


def test_what_does_not_fit_is_refused_with_a_way_out(cut, digits, monkeypatch):
    problem, sheet, _ = cut
    monkeypatch.setattr(memory, "read_free_memory", lambda: 500_000_000)
    words = "this work needs about 0.6.* GB, 0.5 GB are free: give fewer workers"
    with ProcessPoolExecutor(2) as workers:
        with pytest.raises(ValueError, match=words):
            slice_sheet(problem, sheet, size=3, executor=workers)
        with pytest.raises(ValueError, match=words):
            profile_loss(problem, *digits[1], executor=workers)
    monkeypatch.setattr(memory, "read_free_memory", lambda: 10)
    with pytest.raises(ValueError, match="freeze a part of the model"):
        slice_sheet(problem, sheet, size=3)


class Wide(Problem):
    """A bowl of many parameters."""

    name, start, is_vectorized = "wide", np.zeros(400_000, np.float32), False

    def loss(self, params):
        return np.einsum("i...,i...->...", params, params, dtype=float)


@pytest.mark.parametrize("kind", ["along", "between", "line"])
def test_the_memory_that_is_stated_is_enough(kind):
    paths = np.random.default_rng(0).normal(size=(2, 4, len(Wide.start))).astype(np.float32)
    sheets = {"along": lambda: Sheet.along(paths[0]), "between": lambda: Sheet.between(*paths)}
    ends = paths[:, -1].astype(float)
    ground: Any = Line(*ends) if kind == "line" else sheets[kind]()
    stated = estimate_memory(Wide(), ground)
    tracemalloc.start()
    try:
        if kind == "line":
            profile_loss(Wide(), *ends, size=5)
        else:
            slice_sheet(Wide(), ground, size=5)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < stated + 2 * paths.nbytes
    assert most > stated / 4
