"""Planes along any directions, held to least squares; random ones, scaled as torch counts them."""

from typing import Any

import numpy as np
import pytest

from optviz.landscapes.planes.directions import NORMALIZATIONS, draw_direction
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.runs.npz import RecordFileError
from tests.support.cases import every

BLOCKS = (("weight", (4, 3)), ("bias", (4,)), ("kernel", (2, 3, 2, 2)), ("norm", (2,)))
SIZE = 12 + 4 + 24 + 2
POINT = np.random.default_rng(0).normal(size=SIZE)
COLUMNS = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0]), np.array([1.0, 4.0, 3.0, 5.0])
RATINGS = DotBias(*COLUMNS, factors=3)
WRONG: Any = (1, 0)


def cut(vector):
    """The tensors of a vector, by name."""
    ends = np.cumsum([int(np.prod(shape)) for _, shape in BLOCKS])[:-1]
    parts = np.split(vector, ends)
    return {name: each.reshape(shape) for (name, shape), each in zip(BLOCKS, parts, strict=True)}


def draw(normalize, biases=False, seed=1):
    return cut(draw_direction(POINT, BLOCKS, np.random.default_rng(seed), normalize, biases))


@pytest.mark.parametrize("angle", [1.5, 0.3, 1e-3])
def test_coordinates_on_skew_axes_are_those_of_least_squares(angle):
    rng = np.random.default_rng(3)
    first, across = np.linalg.qr(rng.normal(size=(50, 2)))[0].T
    second = 7.0 * (np.cos(angle) * first + np.sin(angle) * across)
    plane = Plane.spanned(rng.normal(size=50), 0.2 * first, second)
    points = rng.normal(size=(9, 50))
    coords, off = plane.project(points)
    shifts = points - plane.origin
    best, *_ = np.linalg.lstsq(plane.axes.T, shifts.T, rcond=None)
    np.testing.assert_allclose(coords, best.T, rtol=1e-10, atol=1e-10)
    rest = np.linalg.norm(shifts - coords @ plane.axes, axis=1)
    np.testing.assert_allclose(off, rest / np.linalg.norm(shifts, axis=1), rtol=1e-10)


def test_a_point_of_the_plane_projects_on_itself():
    plane = Plane.spanned(np.ones(6), np.arange(6.0), np.ones(6))
    coords = np.array([[1.5, -2.0], [0.0, 3.0]])
    found, off = plane.project(plane.point(coords))
    np.testing.assert_allclose(found, coords, atol=1e-12)
    assert (off < 1e-7).all()


def test_filters_have_the_lengths_of_the_weights_rows():
    made, own = draw("filter"), cut(POINT)
    for name in ("weight", "kernel"):
        rows = [
            np.linalg.norm(each.reshape(len(each), -1), axis=1) for each in (made[name], own[name])
        ]
        np.testing.assert_allclose(rows[0], rows[1], rtol=1e-12)
    assert not made["bias"].any()
    assert not made["norm"].any()


def test_layers_have_the_lengths_of_their_tensors_biases_as_a_whole():
    for normalize in ("layer", "filter"):
        made, own = draw(normalize, biases=True), cut(POINT)
        names = list(own) if normalize == "layer" else ["bias", "norm"]
        for name in names:
            assert np.linalg.norm(made[name]) == pytest.approx(np.linalg.norm(own[name]))
            # As numbers one by one they would be the weights themselves, up to their signs.
            assert not np.allclose(np.abs(made[name]), np.abs(own[name]))


def test_weights_and_none_keep_the_gaussian_draw():
    raw = np.random.default_rng(1).normal(size=SIZE)
    np.testing.assert_array_equal(draw("none", True)["kernel"], cut(raw)["kernel"])
    expected = cut(raw * np.abs(POINT))["kernel"]
    np.testing.assert_array_equal(draw("weight", True)["kernel"], expected)


def test_the_same_seed_gives_the_same_plane_and_another_one_another():
    one, again, other = (Plane.random(RATINGS, seed=seed) for seed in (2, 2, 3))
    np.testing.assert_array_equal(one.axes, again.axes)
    assert not np.array_equal(one.axes, other.axes)
    assert one.how == "along two random directions, normalized by filter, biases and norms kept"


def test_the_tables_of_ratings_are_blocks_and_their_biases_stay():
    assert [name for name, _ in RATINGS.blocks()] == ["user", "movie", "user_bias", "movie_bias"]
    plane = Plane.random(RATINGS)
    biases = 3 + 2
    assert not plane.axes[:, -biases:].any()
    assert plane.axes[:, :-biases].all()


def test_a_modules_parameters_are_blocks_in_its_order():
    torch = pytest.importorskip("torch")
    from optviz.pytorch.module_problem import ModuleProblem

    layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    data = torch.zeros(4, 1, 5, 5), torch.zeros(4, 2, 3, 3)
    problem = ModuleProblem(layers, torch.nn.functional.mse_loss, *data)
    expected = [(name, tuple(each.shape)) for name, each in layers.named_parameters()]
    assert list(problem.blocks()) == expected
    plane = Plane.random(problem, seed=4)
    kernel = layers[0].weight.detach().reshape(2, -1).norm(dim=1).numpy()
    made = np.linalg.norm(plane.axes[0][:18].reshape(2, -1), axis=1)
    np.testing.assert_allclose(made, kernel, rtol=1e-6)
    assert not plane.axes[:, 18:].any()


def test_a_plane_is_saved_and_read_bit_for_bit(tmp_path):
    plane = Plane.random(RATINGS, seed=5)
    again = Plane.from_npz(plane.to_npz(tmp_path / "plane.npz"))
    np.testing.assert_array_equal(again.axes, plane.axes)
    assert (again.how, again.names, again.share) == (plane.how, plane.names, None)
    with pytest.raises(RecordFileError):
        Slice.from_npz(tmp_path / "plane.npz")


def test_a_slice_keeps_the_names_of_its_axes_and_a_window_of_ones_own(tmp_path):
    bowl = surface("x^2 + 3*y^2")
    plane = Plane.spanned([0, 0], [2, 0], [1, 1], names=("twice x", "both"))
    made = slice_loss(bowl, plane, size=5, window=((-1, 1), (0, 2)))
    assert (made.alphas[0], made.alphas[-1], made.betas[0], made.betas[-1]) == (-1, 1, 0, 2)
    x, y = plane.point([1, 2])
    assert made.losses[-1, -1] == x**2 + 3 * y**2
    again = Slice.from_npz(made.to_npz(tmp_path / "slice.npz"))
    assert again.plane.names == ("twice x", "both")
    assert not again.plane.is_orthonormal


@every(
    "make, sentence",
    [
        (lambda: Plane.spanned([0, 0, 0], [1, 2, 3], [2, 4, 6]), "parallel"),
        (lambda: Plane.spanned([0, 0, 0], [0, 0, 0], [2, 4, 6]), "one of them is zero"),
        (lambda: Plane.spanned([0, 0], [1, 2, 3], [2, 4, 7]), r"have \[2, 3, 3\] numbers"),
        (lambda: Plane.spanned([0, 0], [1, np.nan], [2, 4]), "must be an array of finite numbers"),
        (lambda: Plane.random(RATINGS, normalize="row"), "filter, layer, weight or none"),
        (lambda: Plane.random(RATINGS, np.ones(4)), "the point has 4 numbers"),
        (lambda: Plane.random(RATINGS, seed=-1), "seed must be a whole number"),
        (
            lambda: slice_loss(
                surface("bowl"), Plane.spanned([0, 0], [1, 0], [1, 1]), window=WRONG
            ),
            "window must be",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mistakes_get_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_every_normalization_is_drawn_on_a_surface_too():
    for normalize in NORMALIZATIONS:
        plane = Plane.random(surface("rosenbrock"), [1.0, 2.0], normalize=normalize)
        assert np.linalg.matrix_rank(plane.axes) == 2
