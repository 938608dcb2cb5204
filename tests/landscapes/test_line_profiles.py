"""The loss along a line against direct evaluation; the barrier between two models."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.planes.polylines import make_unit_lines
from optviz.landscapes.slices.profiles import Profile, profile_loss
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD, Adam
from optviz.runs.loop import run
from optviz.runs.npz import RecordFileError
from optviz.runs.work import WorkCanceledError
from optviz.views import line_profiles
from tests.support.cases import every

COLUMNS = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0]), np.array([1.0, 4.0, 3.0, 5.0])
RATINGS = DotBias(*COLUMNS, factors=3)
SLOW, FAST = (run(RATINGS, rule, 20) for rule in (SGD(0.3), Adam(0.1)))
DOUBLE = surface("(x^2 - 1)^2 + y^2 + x/4")


def test_the_ends_are_hit_and_have_room_beyond():
    lines = make_unit_lines(51, 0.15)
    assert {0.0, 1.0} <= set(lines)
    assert abs(len(lines) - 51) <= 2
    assert lines[0] == pytest.approx(-0.15, abs=0.02)
    assert lines[-1] == pytest.approx(1.15, abs=0.02)
    np.testing.assert_allclose(np.diff(lines), lines[1] - lines[0], rtol=1e-12)
    assert make_unit_lines(2, 0.15).tolist() == [0.0, 1.0]


@every("dtype, within", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_every_loss_is_that_of_its_point_by_the_shortcut_of_lines(dtype, within):
    problem = DotBias(*COLUMNS, factors=3, start=RATINGS.start.astype(dtype))
    made = profile_loss(problem, SLOW, FAST)
    direct = [
        problem.loss((SLOW.end + t * (FAST.end - SLOW.end)).astype(dtype)) for t in made.places
    ]
    np.testing.assert_allclose(made.losses, direct, rtol=within)
    np.testing.assert_allclose(made.ends, [SLOW.losses[-1], FAST.losses[-1]], rtol=within)
    assert made.labels == (SLOW.label, FAST.label)
    assert made.kinds == ("sgd", "adam")
    assert made.distance == pytest.approx(np.linalg.norm(FAST.end - SLOW.end))


def test_the_barrier_of_a_double_well_is_the_rise_above_the_line_between_the_ends():
    made = profile_loss(DOUBLE, [-1.0, 0.0], [1.0, 0.0], labels=("left", "right"), size=201)
    x = 2 * made.places - 1
    rise = (x**2 - 1)[(x >= -1) & (x <= 1)] ** 2  # x/4 is the line itself
    assert made.barrier == pytest.approx(rise.max(), rel=1e-12)
    assert made.barrier_place == pytest.approx(0.5)
    assert made.words() == (
        "The loss rises at most 1 above the straight line between the losses -0.25 at left and "
        "0.25 at right: this barrier is at 0.50 of the way. The two points are 2 apart."
    )


def test_a_convex_loss_has_no_barrier():
    made = profile_loss(surface("x^2 + y^2"), [-1.0, 0.0], [2.0, 1.0])
    assert made.barrier == 0
    assert made.words().startswith("There is no barrier: the loss nowhere lies above")


@every("text, x", [("log(x^2 + y)", 1.0), ("exp(x^2) + y", 40.0), ("exp(x^4 - 20*x + y)", 6.0)])
def test_a_loss_that_is_not_finite_between_the_ends_is_an_infinite_barrier(text, x):
    made = profile_loss(surface(text), [-x, -0.5], [x, -0.5])
    assert not np.isfinite(made.losses).all()
    assert made.barrier == np.inf
    assert made.words().startswith("The loss is not finite all the way from a to b")


def plant_buffers(policy: Any = "own"):
    torch.manual_seed(0)
    x = 20 + torch.randn(32, 2, dtype=torch.float64)
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)).double()
    problem = ModuleProblem(module, mse_loss, x, x.sum(1, keepdim=True) - 40, buffers=policy)
    return problem, [run(problem, SGD(0.1), steps) for steps in (60, 3)]


def test_the_ends_have_their_own_buffers_and_what_lies_between_a_mixture():
    problem, (long, short) = plant_buffers()
    made = profile_loss(problem, long, short)
    np.testing.assert_allclose(made.ends, [long.losses[-1], short.losses[-1]], rtol=1e-12)
    np.testing.assert_allclose(
        made.losses[[np.argmin(abs(made.places - e)) for e in (0, 1)]], made.ends, rtol=1e-12
    )
    middle = int(np.argmin(abs(made.places - 0.5)))
    t, owns = made.places[middle], [long.buffers_at(-1), short.buffers_at(-1)]
    first, second = (dict(each or {}) for each in owns)
    mixed = {
        name: np.rint((1 - t) * own + t * second[name]).astype(own.dtype)
        if own.dtype.kind == "i"
        else (1 - t) * own + t * second[name]
        for name, own in first.items()
    }
    point = (1 - t) * long.end + t * short.end
    assert made.losses[middle] == pytest.approx(problem.true_loss(point, mixed), rel=1e-9)
    assert "own" in made.words()
    again = profile_loss(problem, long.end, short.end, buffers=(owns[0], owns[1]))
    np.testing.assert_array_equal(again.losses, made.losses)


def test_an_end_whose_buffers_are_not_known_has_no_true_loss():
    problem, (long, short) = plant_buffers()
    made = profile_loss(problem, replace(long, buffers=None), short)
    assert "The true loss of SGD lr=0.1, without buffers of its own, is not known." in made.words()
    assert made.unknown[0]
    assert not made.unknown[1]
    assert made.ends[1] == pytest.approx(short.losses[-1], rel=1e-12)


def test_the_statistics_of_the_batch_show_another_loss_than_the_true_one():
    problem, (long, short) = plant_buffers("batch")
    made = profile_loss(problem, long, short, labels=("long", "short"))
    true = problem.true_loss(short.end, short.buffers_at(-1))
    assert made.ends[1] == pytest.approx(true, rel=1e-12)
    assert f"The true loss of short is {true:.3g}, the line shows" in made.words()


def test_a_profile_is_the_slice_along_its_line():
    made = profile_loss(RATINGS, SLOW, FAST, size=11)
    plane = Plane.between(SLOW.end, FAST.end)
    window: Any = ((made.places[0], made.places[-1]), (-1.0, 1.0))
    cut = slice_loss(RATINGS, plane, size=len(made.places), window=window)
    middle = len(made.places) // 2
    np.testing.assert_allclose(cut.betas[middle], 0, atol=1e-12)
    np.testing.assert_allclose(cut.losses[middle], made.losses, rtol=1e-10)


@every("high, ticks", [(2.0, {"nticks": 5}), (200.0, {"dtick": "D2"}), (1e16, {"dtick": 2})])
def test_labels_of_a_log_axis_do_not_overlap(high, ticks):
    made = profile_loss(RATINGS, SLOW, FAST, size=3)
    wide = replace(made, losses=np.geomspace(1, high, len(made.losses)))
    axis = line_profiles(wide, log=True).layout["yaxis"]
    assert {name: axis[name] for name in ("dtick", "nticks") if axis[name]} == ticks


def test_a_profile_tells_its_progress_and_can_be_canceled():
    problem, ends = plant_buffers("own")
    seen: list[tuple[int, int]] = []
    made = profile_loss(problem, *ends, on_progress=lambda *each: seen.append(each))
    total = len(made.places) + 2  # and the two ends with their own buffers
    assert seen == [(n, total) for n in (0, 16, 32, 48, total - 2, total - 1, total)]
    with pytest.raises(WorkCanceledError, match=f"canceled after 32 of {total} points"):
        profile_loss(
            problem,
            *ends,
            on_progress=lambda *each: seen.append(each),
            cancel=lambda: seen[-1] == (32, total),
        )
    with pytest.raises(WorkCanceledError, match="canceled after 0 of"):
        profile_loss(RATINGS, SLOW, FAST, cancel=lambda: True)


def test_a_profile_comes_back_bit_for_bit(tmp_path):
    made = profile_loss(RATINGS, SLOW, FAST)
    file = made.to_npz(tmp_path / "profile.npz")
    again = Profile.from_npz(file)
    np.testing.assert_array_equal(again.losses, made.losses)
    assert again.words() == made.words()
    assert (again.kinds, again.about) == (made.kinds, RATINGS.name)
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(RecordFileError, match="broken"):
        Profile.from_npz(file)


@every(
    "ends, more, words",
    [
        ((SLOW.end, SLOW.end), {}, "equal: there is no line between them"),
        ((SLOW.end, SLOW.end[:3]), {}, r"has \d+ parameters, the points \[\d+, 3\]"),
        ((SLOW, FAST), {"size": 1}, "size must be a whole number of at least 2, got 1"),
        ((SLOW, FAST), {"margin": -1}, "margin must be at least 0 and finite, got -1"),
        ((SLOW.end * np.nan, FAST), {}, "must be an array of finite numbers"),
    ],
)
def test_what_is_no_line_is_refused(ends, more, words):
    with pytest.raises(ValueError, match=words):
        profile_loss(RATINGS, *ends, **more)
