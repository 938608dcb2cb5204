import numpy as np
import pytest

from optviz.landscapes.grid import find_floor, loss_grid, spans_decades
from optviz.problems.base import Noisy, Problem
from optviz.problems.surfaces import surface


class Given(Problem):
    """A problem made of a function, for the cases that no surface has."""

    name = "given"
    names = ("a", "b")
    start = np.zeros(2)
    window = ((-1.0, 1.0), (-2.0, 2.0))

    def __init__(self, loss, **attributes):
        self.loss = loss
        for key, value in attributes.items():
            setattr(self, key, value)


def test_a_row_is_a_value_of_y_and_a_column_a_value_of_x():
    grid = loss_grid(Given(lambda params: params[0] + 10 * params[1]), size=3)
    assert grid.loss[2, 0] == -1 + 10 * 2
    assert grid.loss[0, 2] == 1 - 10 * 2
    assert grid.names == ("a", "b")


def test_every_value_is_the_loss_at_its_point():
    problem = surface("himmelblau")
    grid = loss_grid(problem, size=21)
    for row, column in ((0, 0), (3, 17), (20, 20)):
        point = np.array([grid.x[column], grid.y[row]])
        assert grid.loss[row, column] == pytest.approx(float(problem.loss(point)), rel=1e-12)


def test_the_window_is_the_problems_unless_one_is_given():
    problem = surface("rosenbrock")
    assert loss_grid(problem, size=5).window == problem.window
    assert loss_grid(problem, ((0, 1), (2, 3)), size=5).window == ((0, 1), (2, 3))


def test_minima_outside_the_window_are_left_out():
    problem = surface("himmelblau")
    assert len(loss_grid(problem, size=5).minima) == 4
    assert loss_grid(problem, ((2, 4), (1, 3)), size=5).minima == ((3.0, 2.0),)


def test_noise_on_the_gradient_does_not_change_the_grid():
    problem = surface("rosenbrock")
    noisy = loss_grid(Noisy(problem, 1.0), size=9)
    assert np.array_equal(noisy.loss, loss_grid(problem, size=9).loss)


def test_a_constant_loss_fills_the_grid():
    assert np.array_equal(loss_grid(Given(lambda _: 3.0), size=4).loss, np.full((4, 4), 3.0))


def test_losses_that_are_not_finite_stay_so_without_a_warning():
    grid = loss_grid(Given(lambda params: 1 / params[0] + np.log(params[1])), size=3)
    assert np.isnan(grid.loss[0]).all()
    assert np.isinf(grid.loss[2, 1])


@pytest.mark.parametrize("name", ["rosenbrock", "himmelblau"])
def test_a_surface_whose_losses_span_decades_asks_for_a_logarithm(name):
    assert loss_grid(surface(name)).log


@pytest.mark.parametrize("formula", ["x^2 + y^2", "x^2 - y^2", "sin(x)*cos(y)", "7 + 0*x"])
def test_a_plain_surface_asks_for_no_logarithm(formula):
    assert not loss_grid(surface(formula)).log


def test_the_floor_is_the_known_minimums_loss():
    problem = Given(lambda p: p[0] ** 2 + p[1] ** 2 - 5, minima=((0.0, 0.0),))
    assert loss_grid(problem, size=4).floor == -5


def test_positive_losses_without_a_known_minimum_have_the_floor_zero():
    assert find_floor(np.array([2.0, 3.0])) == 0
    assert find_floor(np.array([-2.0, 3.0, np.nan, np.inf])) == -2


def test_losses_that_are_nowhere_finite_have_a_floor_and_no_decades():
    nothing = np.full(3, np.nan)
    assert find_floor(nothing) == 0
    assert not spans_decades(nothing, 0.0)


def test_a_problem_of_many_parameters_is_sent_to_a_plane():
    problem = Given(lambda params: params.sum(axis=0), start=np.zeros(7))
    with pytest.raises(ValueError, match="needs 2 parameters, given has 7: cut a Plane"):
        loss_grid(problem)


@pytest.mark.parametrize(
    "window", [((1, 0), (0, 1)), ((0, 1),), ((0, np.inf), (0, 1)), ((0, 0), (0, 1))]
)
def test_a_window_that_is_none_is_refused(window):
    with pytest.raises(ValueError, match="a window is"):
        loss_grid(surface("rosenbrock"), window)


def test_a_problem_without_a_window_asks_for_one():
    with pytest.raises(ValueError, match="given has no window: pass window="):
        loss_grid(Given(lambda params: params[0], window=None))


@pytest.mark.parametrize("size", [1, 2.5, True, "9"])
def test_a_size_that_makes_no_grid_is_refused(size):
    with pytest.raises(ValueError, match="size must be a whole number of at least 2"):
        loss_grid(surface("rosenbrock"), size=size)
