"""Suggestions read off curves whose answer is known."""

import numpy as np
import pytest

from optviz.sweeps.suggestions import SUGGESTIONS, smooth_losses

RATES = np.geomspace(1e-6, 10, 141)


def make_curve(fall=1e-2, rise=1.0):
    """A loss that falls around one rate and rises around another."""
    fallen = 1 / (1 + (RATES / fall) ** 2)
    return 0.2 + fallen + (RATES / rise) ** 3


def test_the_average_of_a_constant_is_that_constant():
    np.testing.assert_allclose(smooth_losses(np.full(50, 3.0)), 3.0, rtol=1e-12)


def test_the_average_is_adams():
    values = np.random.default_rng(0).normal(size=20)
    weights = 0.98 ** np.arange(20)[::-1]
    assert smooth_losses(values)[-1] == pytest.approx(weights @ values / weights.sum())


def test_each_rule_suggests_the_known_rate():
    curve = make_curve()
    found = {name: suggest(RATES, curve) for name, suggest in SUGGESTIONS.items()}
    lowest = RATES[np.argmin(curve)]
    assert found["minimum/10"] == pytest.approx(lowest / 10)
    assert found["steepest"] == pytest.approx(1e-2, rel=0.15)
    assert 1e-4 < found["valley"] < lowest
    assert found["slide"] < 1.0


@pytest.mark.parametrize("name", SUGGESTIONS)
@pytest.mark.parametrize("slope", [0.0, 1.0, -1.0])
def test_no_curve_breaks_a_rule(name, slope):
    rate = SUGGESTIONS[name](RATES[:20], 1 + slope * np.arange(20.0))
    assert RATES[0] / 10 <= rate <= RATES[19]
