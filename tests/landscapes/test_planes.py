"""Planes against numpy's SVD and least squares; slices against direct evaluation."""

import numpy as np
import pytest

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.base import Problem
from optviz.problems.surfaces import surface
from optviz.rules import SGD, Adam
from optviz.runs.loop import run
from optviz.runs.npz import RecordFileError, write_record
from optviz.runs.trajectory import Trajectory


class Bowl(Problem):
    """Half the weighted squared distance from the origin, in three parameters."""

    name = "bowl"

    def __init__(self, weights=(1.0, 2.0, 9.0)):
        self.weights = np.array(weights)
        self.start = np.array([1.0, 1.0, 1.0])

    def loss(self, params):
        return 0.5 * np.tensordot(self.weights, params**2, 1)

    def grad(self, params, sample=None):
        return (self.weights * params.T).T


def walk(points, size, seed, dtype=np.float64):
    """A random walk (points, size), far from the origin."""
    steps = np.random.default_rng(seed).normal(size=(points, size)) * np.arange(1, size + 1) ** -0.5
    return (5.0 + np.cumsum(steps, axis=0)).astype(dtype)


def assert_orthonormal(axes):
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)


# -- planes --------------------------------------------------------------------------------


def test_three_points_lie_on_the_plane_through_them():
    points = walk(3, 50, seed=0)
    plane = Plane.through(*points)
    assert_orthonormal(plane.axes)
    coords, off = plane.project(points)
    np.testing.assert_allclose(plane.point(coords), points, atol=1e-12)
    np.testing.assert_allclose(off, 0, atol=1e-7)


@pytest.mark.parametrize("third", [np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])])
def test_three_points_on_a_line_are_refused(third):
    with pytest.raises(ValueError, match="equal or lie on one line"):
        Plane.through(np.zeros(3), np.array([1.0, 2.0, 3.0]), third)


def test_a_plane_needs_two_parameters():
    with pytest.raises(ValueError, match="at least 2 parameters, got 1"):
        Plane.through([0.0], [1.0], [2.0])


def test_points_of_unequal_size_are_refused():
    with pytest.raises(ValueError, match=r"\[2, 2, 3\] parameters"):
        Plane.through([0.0, 1.0], [1.0, 1.0], [2.0, 1.0, 1.0])


@pytest.mark.parametrize(("dtype", "within"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_the_axes_of_several_paths_are_those_of_the_svd(dtype, within):
    paths = [walk(20, 300, seed, dtype) for seed in range(3)]
    plane = Plane.pca(paths)
    points = np.concatenate(paths).astype(float)
    _, values, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    assert_orthonormal(plane.axes)
    np.testing.assert_allclose(np.abs(plane.axes @ axes[:2].T), np.eye(2), atol=within)
    assert plane.share == pytest.approx(np.sum(values[:2] ** 2) / np.sum(values**2), rel=within)


def test_many_parameters_are_summed_block_by_block():
    path = walk(6, 20_000, seed=1)
    _, _, axes = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(Plane.pca(path).axes @ axes[:2].T), np.eye(2), atol=1e-9)


def test_the_plane_passes_through_the_end_of_the_run_with_the_lowest_loss():
    slow, fast = (run(Bowl(), SGD(lr=lr), 20) for lr in (0.001, 0.1))
    plane = Plane.pca([slow, fast])
    np.testing.assert_array_equal(plane.origin, fast.end)


def test_the_plane_passes_through_a_point_that_is_named():
    path = run(Bowl(), SGD(lr=0.1), 20)
    np.testing.assert_array_equal(Plane.pca(path, through=path.start).origin, path.start)


def test_the_axes_point_the_way_the_first_path_went():
    path = walk(20, 30, seed=2)
    travel = path[-1] - path[0]
    assert (Plane.pca(path).axes @ travel >= 0).all()
    assert (Plane.pca(path[::-1]).axes @ travel <= 0).all()


def test_a_path_along_a_line_gets_some_second_axis():
    path = np.outer(np.arange(5.0), [1.0, 2.0, 2.0])
    plane = Plane.pca(path)
    np.testing.assert_allclose(plane.axes[0], np.array([1.0, 2.0, 2.0]) / 3, atol=1e-12)
    assert_orthonormal(plane.axes)
    assert plane.share == pytest.approx(1.0)


def test_paths_that_do_not_move_are_refused():
    with pytest.raises(ValueError, match="no direction to draw"):
        Plane.pca(np.ones((4, 3)))


def test_a_path_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="a path must be finite"):
        Plane.pca(np.array([[0.0, 1.0], [np.inf, 1.0]]))


def test_projection_is_least_squares():
    plane = Plane.pca(walk(20, 40, seed=3))
    points = walk(5, 40, seed=4)
    coords, off = plane.project(points)
    shifts = points - plane.origin
    best, *_ = np.linalg.lstsq(plane.axes.T, shifts.T, rcond=None)
    np.testing.assert_allclose(coords, best.T, atol=1e-10)
    rest = np.linalg.norm(shifts - best.T @ plane.axes, axis=1)
    np.testing.assert_allclose(off, rest / np.linalg.norm(shifts, axis=1), atol=1e-10)


def test_the_origin_lies_on_its_plane():
    plane = Plane.pca(walk(20, 40, seed=3))
    coords, off = plane.project(plane.origin)
    assert coords.tolist() == [[0.0, 0.0]]
    assert off.tolist() == [0.0]


# -- slices --------------------------------------------------------------------------------


def test_each_value_of_a_slice_is_the_loss_at_its_point():
    bowl = Bowl()
    path = run(bowl, Adam(lr=0.05), 30)
    cut = slice_loss(bowl, Plane.pca(path), path, size=7)
    for row, column in [(0, 0), (6, 2), (3, 5)]:
        point = cut.plane.point([cut.alphas[column], cut.betas[row]])
        assert cut.losses[row, column] == pytest.approx(bowl.loss(point), rel=1e-12)


def test_shown_and_true_losses_are_those_of_the_projection_and_of_the_point():
    bowl = Bowl()
    path = run(bowl, Adam(lr=0.05), 30)
    (shadow,) = slice_loss(bowl, Plane.pca(path), path, size=5).shadows
    plane = Plane.pca(path)
    np.testing.assert_allclose(shadow.shown, bowl.loss(plane.point(shadow.coords).T), rtol=1e-12)
    np.testing.assert_allclose(shadow.true, path.losses, rtol=1e-12)


def test_every_drawn_point_lies_in_the_window():
    paths = [run(Bowl(), rule, 30) for rule in (SGD(lr=0.2), Adam(lr=0.1))]
    cut = slice_loss(Bowl(), Plane.pca(paths), paths, margin=0.2)
    coords = np.concatenate([each.coords for each in cut.shadows])
    for lines, values in zip((cut.alphas, cut.betas), coords.T, strict=True):
        assert lines[0] < values.min()
        assert lines[-1] > values.max()


def test_a_surface_of_two_parameters_is_its_own_slice():
    himmelblau = surface("himmelblau")
    paths = [run(himmelblau, rule, 50) for rule in (SGD(lr=0.01), Adam(lr=0.1))]
    cut = slice_loss(himmelblau, Plane.pca(paths), paths, size=11)
    assert all(each.exact.all() for each in cut.shadows)
    for each, path in zip(cut.shadows, paths, strict=True):
        np.testing.assert_allclose(each.shown, path.losses, rtol=1e-9)
    assert cut.words() == (
        "Every drawn point lies on this plane: the losses shown are the true ones."
    )


def test_the_words_name_the_largest_gap_and_a_changed_ranking():
    # On the plane z = 0 the second path looks better; truly it ends far below it, at z = 2.
    plane = Plane(np.zeros(3), np.eye(3)[:2], "by hand")
    paths = [np.array([[2.0, 2.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[2.0, 2.0, 0.0], [0.1, 0, 2]])]
    cut = slice_loss(Bowl(), plane, paths, size=3)
    assert cut.words() == (
        "3 of 4 drawn points lie exactly on this plane; at the ends the share of the displacement "
        "off it is 0% to 99.9%. Do not read the order of the runs off this picture: by the losses "
        "shown they rank path 2, path 1; truly they rank path 1, path 2. Do not read the loss at "
        "the end of path 2 off it: it is shown at 0.005, its true loss is 18. Contours around the "
        "end of path 2 (99.9%), so far off the plane, are not its own."
    )
    assert cut.facts() == {
        "plane": "by hand",
        "exactly on the plane": "3 of 4 drawn points",
        "off the plane at the ends": "0% to 99.9%",
        "largest gap at an end": "path 2: 0.005 shown, 18 true",
        "ranking as shown": "path 2, path 1",
        "true ranking": "path 1, path 2",
    }


def test_runs_of_one_name_are_told_apart_in_the_ranking():
    plane = Plane(np.zeros(3), np.eye(3)[:2], "by hand")
    ends = [1.0, 0.0, 0.0], [0.1, 0.0, 2.0]
    same = [
        Trajectory((), np.arange(2), np.array([[2.0, 2.0, 0.0], end]), np.zeros(2), np.ones(1))
        for end in ends
    ]
    assert "truly they rank run (1), run (2)" in slice_loss(Bowl(), plane, same, size=3).words()


def test_the_words_confirm_a_ranking_that_holds():
    plane = Plane(np.zeros(3), np.eye(3)[:2], "by hand")
    paths = [np.array([[2.0, 2.0, 0.0], [1.0, 0.0, 0.1]]), np.array([[2.0, 2.0, 0.0], [2.0, 0, 0]])]
    cut = slice_loss(Bowl(), plane, paths, size=3)
    assert "in their true order" in cut.words()
    assert cut.facts()["true ranking"] == "the same"


def test_recorded_losses_are_taken_as_they_are():
    path = run(Bowl(), Adam(lr=0.05), 30)
    (shadow,) = slice_loss(Bowl(), Plane.pca(path), path, size=3, recorded=True).shadows
    assert shadow.true is path.losses


def test_a_slice_without_paths_is_drawn_around_the_origin():
    cut = slice_loss(Bowl(), Plane.through([0, 0, 0], [1, 0, 0], [0, 1, 0]), size=3)
    np.testing.assert_allclose(cut.alphas, [-1, 0, 1], atol=1e-12)
    assert cut.losses[1, 1] == 0
    assert cut.losses[1, 2] == pytest.approx(0.5)
    assert cut.losses[2, 1] == pytest.approx(1.0)


def test_a_slice_of_one_point_is_refused():
    with pytest.raises(ValueError, match="size must be a whole number of at least 2, got 1"):
        slice_loss(Bowl(), Plane.through([0, 0, 0], [1, 0, 0], [0, 1, 0]), size=1)


# -- files ---------------------------------------------------------------------------------


@pytest.fixture
def cut():
    path = run(Bowl(), Adam(lr=0.05), 30)
    return slice_loss(Bowl(), Plane.pca(path), path, size=5)


def test_a_slice_comes_back_bit_for_bit(cut, tmp_path):
    again = Slice.from_npz(cut.to_npz(tmp_path / "slice.npz"))
    for name in ("alphas", "betas", "losses"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cut, name))
    np.testing.assert_array_equal(again.plane.axes, cut.plane.axes)
    assert (again.plane.how, again.plane.share) == (cut.plane.how, cut.plane.share)
    for name in ("step", "coords", "off", "shown", "true"):
        np.testing.assert_array_equal(
            getattr(again.shadows[0], name), getattr(cut.shadows[0], name)
        )
    assert again.words() == cut.words()
    assert again.shadows[0].kind == "adam"


def test_a_file_with_a_changed_byte_is_refused(cut, tmp_path):
    file = cut.to_npz(tmp_path / "slice.npz")
    data = bytearray(file.read_bytes())
    data[data.index(cut.losses.tobytes()[:16])] ^= 1
    file.write_bytes(data)
    with pytest.raises(RecordFileError, match="broken"):
        Slice.from_npz(file)


def test_half_a_file_is_refused(cut, tmp_path):
    file = cut.to_npz(tmp_path / "slice.npz")
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(RecordFileError, match="broken or no npz file"):
        Slice.from_npz(file)


def test_another_record_is_refused_by_name(tmp_path):
    file = write_record(tmp_path / "other.npz", "training", {}, {})
    with pytest.raises(RecordFileError, match="holds a training, expected a slice"):
        Slice.from_npz(file)


@pytest.mark.parametrize("write", [np.save, np.savez])
def test_a_foreign_file_of_numpy_is_refused(write, tmp_path):
    with (tmp_path / "foreign").open("wb") as stream:
        write(stream, np.zeros(2))
    with pytest.raises(RecordFileError, match="not a file written by optviz"):
        Slice.from_npz(tmp_path / "foreign")


def test_a_pickled_object_is_never_loaded(tmp_path):
    fields = {"kind": "slice", "version": 1, "checksum": "", "words": np.array([{}], dtype=object)}
    np.savez(tmp_path / "pickled.npz", **fields)
    with pytest.raises(RecordFileError, match="allow_pickle=False"):
        Slice.from_npz(tmp_path / "pickled.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        Slice.from_npz(tmp_path / "none.npz")


def test_an_array_of_objects_is_not_stored(tmp_path):
    with pytest.raises(ValueError, match="cannot store array 'a' of dtype object"):
        write_record(tmp_path / "a.npz", "slice", {}, {"a": np.array([None])})
    assert list(tmp_path.iterdir()) == []
