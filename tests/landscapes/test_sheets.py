"""Sheets hold paths exactly: parameters, buffers and losses against the record; real models."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.planes.polylines import Polyline, choose_places
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import SheetSlice, compare_hidden
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.path_buffers import PathBuffers
from optviz.landscapes.slices.profiles import profile_loss
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.pytorch.training_workload import load_digits
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD, Adam, Momentum
from optviz.runs.loop import run
from optviz.runs.npz import RecordFileError
from tests.support.cases import every

COLUMNS = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0]), np.array([1.0, 4.0, 3.0, 5.0])
RATINGS = DotBias(*COLUMNS, factors=3)
SLOW, FAST = (run(RATINGS, rule, 20) for rule in (SGD(0.3), Adam(0.1)))
DIRECTIONS: Any = ["random", "principal", "gradient", "hessian", np.arange(RATINGS.size)]


def take_losses(problem, sheet, cut):
    """The loss at each point of a grid, one by one."""
    points = [[sheet.point([s, t])[0] for s in cut.s] for t in cut.t]
    return np.array([[problem.loss(each) for each in row] for row in points])


@every("by", ["step", "length"])
def test_a_path_lies_on_its_sheet_and_the_other_side_is_as_far_as_it_says(by):
    for direction in DIRECTIONS:
        sheet = Sheet.along(FAST, direction, problem=RATINGS, by=by)
        s = sheet.paths[0].positions
        flat, far = (np.stack([s, np.full(len(s), t)], axis=1) for t in (0.0, -0.7))
        np.testing.assert_allclose(sheet.point(flat), FAST.path, rtol=0, atol=1e-12)
        apart = np.linalg.norm(sheet.point(far) - FAST.path, axis=1)
        np.testing.assert_allclose(apart, 0.7, rtol=1e-12)
        tangents = FAST.path[2:] - FAST.path[:-2]
        ways = np.stack([sheet.line(each)[1] for each in s[1:-1]])
        cosines = np.einsum("ij,ij->i", tangents, ways) / np.linalg.norm(tangents, axis=1)
        np.testing.assert_allclose(cosines, 0, atol=1e-12)
        middle = 0.25 * FAST.path[4] + 0.75 * FAST.path[5]
        place = 0.25 * s[4] + 0.75 * s[5]
        np.testing.assert_allclose(sheet.point([place, 0.0])[0], middle, atol=1e-12)


def test_each_loss_on_a_sheet_is_that_of_its_point():
    for sheet in (Sheet.along(FAST), Sheet.between(SLOW, FAST)):
        cut = slice_sheet(RATINGS, sheet, size=7)
        np.testing.assert_allclose(cut.losses, take_losses(RATINGS, sheet, cut), rtol=1e-10)


def test_the_directions_are_those_of_their_names():
    problem, length = surface("rosenbrock"), 6
    path = run(problem, Momentum(1e-3), length)
    rosenbrock: Any = problem
    values, vectors = np.linalg.eigh(rosenbrock.hess(path.path[3]))
    across = {
        "gradient": problem.grad(path.path[3]),
        "hessian": vectors[:, np.argmax(values)],
    }
    tangent = path.path[4] - path.path[2]
    for name, way in across.items():
        rest = way - tangent * (way @ tangent) / (tangent @ tangent)
        found = Sheet.along(path, name, problem=problem).line(3.0)[1]
        assert abs(found @ rest) == pytest.approx(np.linalg.norm(rest), rel=1e-9)
    gradients: Any = Sheet.along(path, "gradient", problem=problem).across
    assert gradients.positions[0] == 1  # at step 0 it is the path's own direction
    arc = np.stack([np.linspace(0, 1, 9), np.linspace(0, 1, 9) * (1 - np.linspace(0, 1, 9))]).T
    bent = np.concatenate([arc, np.zeros((9, 3))], axis=1)
    np.testing.assert_allclose(
        np.abs(Sheet.along(bent, "principal").line(4.0)[1]), [0, 1, 0, 0, 0], atol=1e-12
    )


def test_the_direction_turns_steadily_between_few_knots_and_never_flips():
    sheet = Sheet.along(FAST, "gradient", problem=RATINGS, knots=4)
    across: Any = sheet.across
    assert len(across.points) == 4
    ways = np.stack([sheet.line(s)[1] for s in np.linspace(0, 20, 101)])
    assert (np.einsum("ij,ij->i", ways[1:], ways[:-1]) > 0.5).all()


def test_two_runs_lie_on_the_sheet_between_them_and_the_barrier_is_that_of_a_profile():
    sheet = Sheet.between(SLOW, FAST)
    cut = slice_sheet(RATINGS, sheet, size=21)
    for t, path in enumerate((SLOW, FAST)):
        coords = np.stack([path.step, np.full(21, t)], axis=1)
        np.testing.assert_allclose(sheet.point(coords), path.path, rtol=0, atol=1e-12)
        at = int(np.flatnonzero(cut.t == t)[0])
        columns = [int(np.flatnonzero(cut.s == step)[0]) for step in path.step]
        np.testing.assert_allclose(cut.losses[at, columns], path.losses, rtol=1e-10)
        np.testing.assert_array_equal(cut.tracks[t].coords, coords)
        assert cut.tracks[t].off.max() == 0
    line = profile_loss(RATINGS, SLOW, FAST, size=21)
    np.testing.assert_array_equal(line.places, cut.t)
    np.testing.assert_allclose(cut.losses[:, -1], line.losses, rtol=1e-10)
    assert cut.barriers is not None
    assert cut.barriers[-1] == pytest.approx(line.barrier, abs=1e-12)
    np.testing.assert_allclose(cut.widths, np.linalg.norm(FAST.path - SLOW.path, axis=1))
    assert "nothing of the paths is hidden, and the losses shown are the true ones" in cut.words()
    assert "at step 0 all of the column is one point" in cut.words()


def test_a_run_that_ends_early_stays_at_its_end():
    short = run(RATINGS, SGD(0.3), 8)
    sheet = Sheet.between(short, FAST)
    np.testing.assert_array_equal(sheet.point([15.0, 0.0])[0], short.end)
    assert f"({short.label} stays at its end from 8 on)" in sheet.how
    shares = Sheet.between(short, FAST, by="length")
    np.testing.assert_allclose(shares.point([[1.0, 0.0], [1.0, 1.0]]), [short.end, FAST.end])
    assert "stays" not in shares.how


def test_columns_are_recorded_points_where_they_can_be():
    np.testing.assert_array_equal(choose_places(np.arange(0, 101, 10.0), 11), np.arange(0, 101, 10))
    many = choose_places(np.arange(1000.0), 51)
    assert len(many) == 51
    assert set(many) <= set(np.arange(1000.0))
    few = choose_places(np.array([0.0, 1.0, 10.0]), 11)
    assert {0.0, 1.0, 10.0} <= set(few)
    assert len(few) == 11


def test_recorded_losses_are_taken_as_they_are():
    made = slice_sheet(RATINGS, Sheet.along(FAST), size=3, recorded=True)
    np.testing.assert_array_equal(made.tracks[0].true, FAST.losses)


def test_places_where_the_loss_is_not_finite_are_counted():
    problem = surface("log(x^2 + y) + 1/(x^2 + 4)")
    paths = [np.array([[x, 2.0], [x, 1.0], [x, -0.5]]) for x in (-1.0, 1.0)]
    cut = slice_sheet(problem, Sheet.between(*paths), size=3)
    assert cut.barriers is not None
    np.testing.assert_array_equal(np.isfinite(cut.barriers), [True, True, False])
    assert "At 1 of 3 places step the loss is not finite between the first path" in cut.words()


# -- real models ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    """A small convolution net with BatchNorm on real digits, and two runs of it."""
    torch.manual_seed(0)
    (pixels, classes), _ = load_digits()
    net = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 4, 3, stride=2),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 10),
    )
    problem = ModuleProblem(net, cross_entropy, pixels[:256], classes[:256], batch=64)
    return problem, [run(problem, rule, 12) for rule in (SGD(0.3), Adam(0.03))]


def test_the_points_of_a_net_have_their_own_buffers_on_a_sheet(digits):
    problem, (first, second) = digits
    sheet = Sheet.between(first, second)
    cut = slice_sheet(problem, sheet, size=9)
    for t, path in enumerate((first, second)):
        at = int(np.flatnonzero(cut.t == t)[0])
        for column, s in enumerate(cut.s):
            if s in path.step:
                true = problem.true_loss(path.path[int(s)], path.buffers_at(int(s)))
                assert cut.losses[at, column] == pytest.approx(true, rel=1e-6)
                assert path.losses[int(s)] == pytest.approx(true, rel=1e-6)
    assert "with the buffers of the recorded points, between them interpolated" in cut.words()
    assert "the losses shown are the true ones" in cut.words()
    own = PathBuffers(sheet.paths).at(np.array([[6.0, t] for t in (0.0, 0.5, 1.0, 1.2)]))
    name = next(each for each in own if "running_mean" in each)
    a, b = first.buffers[name][6], second.buffers[name][6]
    np.testing.assert_allclose(own[name], [a, (a + b) / 2, b, b], rtol=1e-5)
    line = profile_loss(problem, first, second, size=9)
    np.testing.assert_allclose(cut.losses[:, -1], line.losses, rtol=1e-6)


def test_a_sheet_along_a_net_follows_its_curvature_with_the_points_own_buffers(digits):
    problem, (first, _) = digits
    cut = slice_sheet(problem, Sheet.along(first, "hessian", problem=problem, knots=3), size=5)
    middle = len(cut.t) // 2
    for column, s in enumerate(cut.s.astype(int)):
        true = problem.true_loss(first.path[s], first.buffers_at(s))
        assert cut.losses[middle, column] == pytest.approx(true, rel=1e-6)
    assert cut.losses[[0, -1], -1].min() > cut.losses[middle, -1]


def test_points_whose_buffers_are_not_known_are_not_called_true(digits):
    problem, (first, second) = digits
    cut = slice_sheet(problem, Sheet.between(replace(first, buffers=None), second), size=3)
    assert "The true losses of SGD lr=0.3 are not known." in cut.words()
    assert "are the true ones" not in cut.words()
    assert not cut.tracks[0].exact.any()
    assert cut.tracks[0].loss_name == "loss at the point"
    np.testing.assert_allclose(cut.tracks[1].true, second.losses, rtol=1e-6)
    assert f"The largest gap of {second.label}, at step" in cut.words()


@pytest.fixture(scope="module")
def rated(ml100k):
    """Two short trainings of the real rating model on ml-100k, and the problem of their loss."""
    from optviz.recommenders import train

    rules = ("adam:lr=0.01", "momentum:lr=1")
    made = [train("dot_bias", ml100k, each, epochs=1, keep=250, progress=False) for each in rules]
    training, _ = ml100k.split(made[0].about["split"], made[0].about["valid"])
    return made[0].trained.problem(training), [each.trajectory for each in made]


def test_a_plane_hides_of_real_rating_models_what_a_sheet_shows(rated):
    problem, runs = rated
    few = problem.limit(5000)
    cut = slice_loss(few, Plane.pca(runs), runs, size=3)
    bent = slice_sheet(few, Sheet.between(*runs), size=5)
    rows = compare_hidden(cut, bent)
    for row, path in zip(rows, runs, strict=True):
        assert row.label == path.label
        assert row.off_most > 0.1
        assert row.plane_gap > 1e-3
        assert row.off_sheet < 1e-7
        assert row.sheet_gap < 1e-6
        assert f"{row.off_end:.0%} of its displacement is hidden at the end" in row.words()
    direct = [few.loss(each.path[-1].astype(few.start.dtype)) for each in runs]
    ends = bent.losses[[np.flatnonzero(bent.t == t)[0] for t in (0, 1)], -1]
    np.testing.assert_allclose(ends, direct, rtol=1e-5)
    with pytest.raises(ValueError, match=r"the slice has no run .*: slice the plane"):
        compare_hidden(slice_loss(few, Plane.pca(runs), runs[:1], size=2), bent)


def test_two_runs_of_one_label_are_each_compared_with_their_own_shadow():
    starts = [np.full(RATINGS.size, each) for each in (0.2, 0.9)]
    runs = [run(RATINGS, Adam(0.1), 15, start=each) for each in starts]
    cut = slice_loss(RATINGS, Plane.pca(runs[0]), runs, size=3)
    rows = compare_hidden(cut, slice_sheet(RATINGS, Sheet.between(*runs), size=3))
    assert [each.off_end for each in rows] == [float(each.off[-1]) for each in cut.shadows]
    assert rows[0].off_end != rows[1].off_end


# -- files and refusals --------------------------------------------------------------------------


def test_a_sheet_and_its_losses_come_back_bit_for_bit(digits, tmp_path):
    problem, (first, second) = digits
    for place, sheet in enumerate((Sheet.along(first), Sheet.between(first, second))):
        again = Sheet.from_npz(sheet.to_npz(tmp_path / f"sheet_{place}.npz"))
        coords = np.array([[0.0, 0.3], [5.5, 1.0]])
        np.testing.assert_array_equal(again.point(coords), sheet.point(coords))
        cut = slice_sheet(problem, again, size=2)
        back = SheetSlice.from_npz(cut.to_npz(tmp_path / f"cut_{place}.npz"))
        np.testing.assert_array_equal(back.losses, cut.losses)
        assert (back.words(), back.facts()) == (cut.words(), cut.facts())
        own = slice_sheet(problem, sheet, size=2)
        np.testing.assert_array_equal(cut.losses, own.losses)
        assert own.words() == cut.words()
    file = tmp_path / "cut_0.npz"
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(RecordFileError, match="broken"):
        SheetSlice.from_npz(file)
    with pytest.raises(RecordFileError, match="holds a sheet slice, expected a sheet"):
        Sheet.from_npz(tmp_path / "cut_1.npz")


LINE = np.outer(np.arange(4.0), np.ones(RATINGS.size))


@every(
    "make, words",
    [
        (lambda: Sheet.along(LINE, "principal"), "straight line, it bends in no direction: choose"),
        (lambda: Sheet.along(LINE, LINE[1]), "parallel to the path everywhere: choose another"),
        (lambda: Sheet.along(LINE, "gradient"), 'direction="gradient" needs the loss: pass prob'),
        (lambda: Sheet.along(LINE, "up"), 'principal, gradient, hessian or an array .* got "up"'),
        (lambda: Sheet.along(LINE, np.ones(3)), r"direction must be \(\d+,\), or"),
        (lambda: Sheet.along(LINE, by="time"), 'by must be step or length, got "time"'),
        (lambda: Sheet.along(LINE[[0, 1, 0]]), "ends elsewhere than it starts"),
        (lambda: Sheet.between(LINE, LINE), "the two runs are the same"),
        (lambda: Sheet.between(LINE, LINE[:, :3]), "equally many parameters"),
        (lambda: slice_sheet(surface("x^2+y^2"), Sheet.along(FAST)), "2 parameters, the sheet"),
        (lambda: slice_sheet(RATINGS, Sheet.along(FAST), size=1), "at least 2, got 1"),
        (lambda: slice_sheet(RATINGS, Sheet.along(FAST), width=0), "width must be above 0"),
    ],
)
def test_what_makes_no_sheet_is_refused_with_a_way_out(make, words):
    with pytest.raises(ValueError, match=words):
        make()


class Recording:
    """What a recorder of anyone's loop gives: a file of single precision, without losses."""

    label, about, buffers = "mine", {"kind": "adam"}, None

    def __init__(self, path, file):
        self.step = np.arange(0, 5 * len(path), 5)
        self.path = np.lib.format.open_memmap(file, "w+", np.float32, path.shape)
        self.path[:] = path


def test_a_recording_of_another_loop_is_taken_as_a_run_is(tmp_path):
    made = Recording(FAST.path, tmp_path / "path.npy")
    cut = slice_sheet(RATINGS, Sheet.between(made, SLOW), size=5, recorded=True)
    direct = [RATINGS.loss(np.asarray(each, float)) for each in made.path]
    np.testing.assert_allclose(cut.tracks[0].true, direct, rtol=1e-12)
    assert (cut.tracks[0].label, cut.tracks[0].kind) == ("mine", "adam")
    assert "stays at its end from 20 on" in cut.how
    assert Sheet.along(made, "principal").paths[0].points.base is not None
    line = profile_loss(RATINGS, made, SLOW)
    assert line.ends[0] == pytest.approx(direct[-1], rel=1e-12)
    assert Plane.pca(made).how == "principal axes of one path"
    assert Plane.optimizer(made, 50, problem=RATINGS).names[1].endswith("the last step (45 to 50)")


def test_a_path_whose_record_is_single_precision_stays_where_it_is():
    thin = run(RATINGS, Adam(0.1), 20, keep=5)
    assert thin.path.dtype == np.float32
    line = Polyline.read(thin)
    np.testing.assert_array_equal(line.at(thin.step), thin.path.astype(float))
