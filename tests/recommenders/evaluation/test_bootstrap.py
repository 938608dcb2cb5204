"""Intervals from resampled users: against scipy, and how often they hold the truth."""

import numpy as np
import pytest
import scipy.stats

from optviz.recommenders.evaluation import bootstrap
from optviz.recommenders.evaluation.bootstrap import Estimate, make_estimate, resample_ratios


def estimate_ratio(above, below, resamples=2000, seed=0) -> Estimate:
    value, draws = resample_ratios(above[:, None], below[:, None], resamples, seed)
    return make_estimate(value[0], draws[:, 0], 0.95)


def test_percentile_intervals_are_scipy_s_to_the_noise_of_the_draws():
    draw = np.random.default_rng(0)
    below = draw.integers(1, 30, 200).astype(float)
    above = draw.gamma(2.0, below)

    def ratio(first, second, axis):
        return first.sum(axis) / second.sum(axis)

    oracle = scipy.stats.bootstrap(
        (above, below), ratio, paired=True, vectorized=True, method="percentile", rng=1
    ).confidence_interval
    found = estimate_ratio(above, below, 9999)
    assert found.value == pytest.approx(above.sum() / below.sum())
    width = oracle.high - oracle.low
    assert found.low == pytest.approx(oracle.low, abs=0.05 * width)
    assert found.high == pytest.approx(oracle.high, abs=0.05 * width)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(0)
    held = 0
    for seed in range(300):
        found = estimate_ratio(draw.exponential(1.0, 80), np.ones(80), 400, seed)
        held += found.low <= 1 <= found.high
    assert 0.90 <= held / 300 <= 0.98


def test_columns_are_resampled_together_so_that_equal_models_differ_by_nothing():
    sums = np.random.default_rng(0).random((30, 1))
    value, draws = resample_ratios(sums @ np.ones((1, 2)), np.ones((30, 2)), 50, 0)
    difference = make_estimate(value[0] - value[1], draws[:, 0] - draws[:, 1], 0.95)
    assert difference.value == 0
    assert np.ptp(draws[:, 0]) > 0


def test_blocks_of_resamples_do_not_matter(monkeypatch):
    sums = np.random.default_rng(0).random((30, 3))
    _, whole = resample_ratios(sums, np.ones((30, 3)), 40, 0)
    monkeypatch.setattr(bootstrap, "CELLS", 100)
    again = resample_ratios(sums, np.ones((30, 3)), 40, 0)[1]
    np.testing.assert_allclose(again, whole, rtol=1e-14)


def test_one_user_has_a_value_but_no_interval():
    found = estimate_ratio(np.array([3.0]), np.array([2.0]))
    assert found.value == 1.5
    assert np.isnan([found.low, found.high]).all()
    assert found.write() == "1.5000"
    assert found.side == 0


def test_resamples_without_a_value_are_left_out():
    found = estimate_ratio(np.array([1.0, 0, 2.0]), np.array([1.0, 0, 1.0]))
    assert found.value == 1.5
    assert (found.low, found.high) == (1, 2)


def test_an_estimate_tells_the_side_of_0_on_which_it_lies():
    assert Estimate(0.2, 0.1, 0.3).side == 1
    assert Estimate(-0.2, -0.3, -0.1).side == -1
    assert Estimate(0.2, -0.1, 0.3).side == 0
    assert Estimate(-0.2, -0.3, -0.1).write("+.2f") == "-0.20 [-0.30, -0.10]"
    assert Estimate(np.nan, np.nan, np.nan).write() == "–"
