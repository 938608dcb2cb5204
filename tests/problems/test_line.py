"""The workbook's line, against its stored cells, autograd and least squares."""

import csv

import numpy as np
import pytest

from optviz.problems.line import Line, X, Y


def test_the_loss_is_the_mean_of_the_samples_losses():
    line, params = Line(), np.array([3.0, -1.0])
    each = [line.sample_loss(params, k) for k in line.samples(29, 0)]
    assert line.loss(params) == pytest.approx(np.mean(each), rel=1e-14)


def test_gradient_and_hessian_equal_those_of_autograd():
    import torch

    line, point = Line(), torch.tensor([3.0, -1.0], dtype=torch.float64, requires_grad=True)

    def loss(params):
        return torch.mean((params[1] * torch.tensor(X) + params[0] - torch.tensor(Y)) ** 2)

    params = point.detach().numpy()
    (grad,) = torch.autograd.grad(loss(point), point)
    np.testing.assert_allclose(line.grad(params), grad, rtol=1e-13)
    hess = torch.autograd.functional.hessian(loss, point)
    np.testing.assert_allclose(line.hess(params), hess, rtol=1e-13)


def test_the_minimum_is_that_of_least_squares():
    slope, intercept = np.polyfit(X, Y, 1)
    np.testing.assert_allclose(Line.minima, [(intercept, slope)], rtol=1e-12)
    assert Line().loss(np.array(Line.minima[0])) == 0


def test_many_runs_at_once_are_the_same_as_one_by_one():
    line, params = Line(), np.random.default_rng(0).normal(size=(2, 3, 4))
    for sample in (None, 7):
        grad = line.grad(params, sample)
        np.testing.assert_allclose(grad[:, 2, 1], line.grad(params[:, 2, 1], sample), rtol=1e-13)
    np.testing.assert_allclose(line.loss(params)[2, 1], line.loss(params[:, 2, 1]), rtol=1e-13)
    assert line.hess(params).shape == (2, 2, 3, 4)


def test_samples_come_in_the_order_of_the_sheet_whatever_the_seed():
    line = Line()
    assert list(line.samples(60, 5)) == [k % 29 for k in range(60)]


@pytest.mark.reference
@pytest.mark.parametrize(
    ("tab", "intercept", "in_b", "in_a"), [("basic", 2, 10, 11), ("momentum", 2, 5, 6)]
)
def test_each_row_of_a_tab_takes_the_gradient_of_its_sample(reference, tab, intercept, in_b, in_a):
    line = Line()
    with (reference / "workbook" / f"{tab}.csv").open(newline="") as file:
        rows = list(csv.reader(file))[3:32]
    for sample, row in enumerate(rows):
        assert (X[sample], Y[sample]) == (float(row[0]), float(row[1]))
        params = np.array([float(row[intercept]), float(row[intercept + 1])])
        cells = [float(row[in_b]), float(row[in_a])]
        np.testing.assert_allclose(line.grad(params, sample), cells, rtol=1e-15)


@pytest.mark.reference
def test_the_squared_error_of_a_row_is_the_loss_of_its_sample(reference):
    with (reference / "workbook" / "basic.csv").open(newline="") as file:
        rows = list(csv.reader(file))[3:32]
    for sample, row in enumerate(rows):
        params = np.array([float(row[2]), float(row[3])])
        assert Line().sample_loss(params, sample) == pytest.approx(float(row[5]), rel=1e-14)


# -- other samples ---------------------------------------------------------------------------------

OTHERS = np.array([3.0, -1.5, 0.25, 7.0]), np.array([1.0, 2.0, -3.0, 4.5])


def test_a_line_through_other_samples_has_the_least_squares_of_numpy_as_its_minimum():
    line = Line(*OTHERS)
    a, b = np.polyfit(*OTHERS, 1)
    np.testing.assert_allclose(line.minima, [(b, a)], rtol=1e-12)
    np.testing.assert_allclose(line.grad(np.array([b, a])), 0, atol=1e-12)
    assert line.name == "line through 4 samples"
    assert list(line.samples(6, 0)) == [0, 1, 2, 3, 0, 1]


def test_gradients_of_other_samples_are_the_slopes_of_their_losses():
    line, point, small = Line(*OTHERS), np.array([0.5, -2.0]), 1e-5
    for sample in (None, 2):
        for i, move in enumerate(np.eye(2) * small):
            loss = [line.sample_loss(point + sign * move, sample) for sign in (1, -1)]
            slope = (loss[0] - loss[1]) / (2 * small)
            assert line.grad(point, sample)[i] == pytest.approx(slope, rel=1e-7)
    np.testing.assert_allclose(
        line.hess(point)[:, 1], (line.grad(point + move) - line.grad(point)) / small, rtol=1e-7
    )


@pytest.mark.parametrize("samples", [OTHERS, ([5, 5], [1, 2]), ([1e6], [2e6]), ([0, 0], [0, 0])])
def test_the_window_of_other_samples_holds_their_minimum_and_the_start(samples):
    line = Line(*samples)
    assert line.window
    for point in (line.start, *line.minima):
        for value, (low, high) in zip(point, line.window, strict=True):
            assert low < value < high


def test_samples_of_one_x_have_no_single_minimum():
    assert Line([5, 5, 5], [1, 2, 3]).minima == ()


def test_the_workbooks_own_samples_given_by_hand_are_its_line():
    line = Line(X.tolist(), Y.tolist())
    assert (line.name, line.minima, line.window) == ("line", Line.minima, Line.window)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([1, 2], None, "x and y must be as many numbers each, got 2 and 29: give both"),
        ([1, np.nan], [1, 2], "x must be finite numbers, got nan at sample 2"),
        ([1], ["one"], "y must be a list of numbers, got"),
        ([[1]], [1], "x must be a list of numbers, got one of shape"),
        ([], [], "x must be a list of numbers, got one of shape"),
    ],
)
def test_samples_that_are_no_numbers_are_refused_with_a_sentence(x, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        Line(x, y)
