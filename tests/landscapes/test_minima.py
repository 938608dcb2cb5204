"""Local minima, held to scipy's and to the known ones."""

import numpy as np
import pytest
from scipy.optimize import minimize

from optviz import SURFACES, surface
from optviz.landscapes.minima import find_minima
from tests.support.cases import every


@every("name", list(SURFACES))
def test_the_known_minima_are_found(name):
    problem = surface(name)
    found = find_minima(problem)
    for each in problem.minima:
        assert np.hypot(*(found - each).T).min() < 1e-3
    losses = problem.loss(found.T)
    assert (np.diff(losses) >= -1e-6 * max(np.ptp(losses), 1e-9)).all() if len(found) > 1 else True


SMOOTH = ["himmelblau", "six_hump_camel", "three_hump_camel", "branin", "styblinski_tang", "peaks"]


@every("name", SMOOTH)
def test_scipy_finds_the_same_minima_from_random_starts(name):
    problem = surface(name)
    found, window = find_minima(problem), np.array(problem.window)
    starts = np.random.default_rng(2).uniform(window[:, 0], window[:, 1], (60, 2))
    for start in starts:
        made = minimize(problem.loss, start, jac=problem.grad, method="BFGS", tol=1e-10)
        inside = ((made.x > window[:, 0]) & (made.x < window[:, 1])).all()
        if inside and np.abs(made.jac).max() < 1e-6 and is_pit(problem, made.x):
            assert np.hypot(*(found - made.x).T).min() < 1e-4, made.x


def is_pit(problem, point):
    return (np.linalg.eigvalsh(problem.hess(point)) > 1e-3).all()


def test_a_typed_formula_has_its_minima_and_a_kink_is_one():
    two = surface("(x^2 - 1)^2 + y^2")
    np.testing.assert_allclose(find_minima(two, ((-2, 2), (-1, 1))), [[-1, 0], [1, 0]], atol=1e-6)
    np.testing.assert_allclose(find_minima(surface("abs(x - 0.3) + y^2")), [[0.3, 0]], atol=1e-6)


@pytest.mark.parametrize("text", ["x + y", "x*y", "log(x) + y^2", "x^3 + y^2", "0*x"])
def test_what_has_no_minimum_has_none(text):
    assert find_minima(surface(text), ((-1, 2), (-1, 1))).shape == (0, 2)
