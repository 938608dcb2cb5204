"""The cross-check: scikit-surprise's SVD on the same splits, with its defaults and tuned.

The test has a small budget. The full one, 30 trials of `tune_svd` on each of two splits of two
data sets, is `python -m tests.bench surprise_svd`; its figures are in CONTRIBUTING.
"""

import numpy as np
import pytest

from optviz.recommenders import evaluate, train
from tests.support.surprise_svd import EPOCHS, FACTORS, SurpriseScorer, tune_svd


@pytest.mark.data
def test_the_svd_that_is_evaluated_predicts_what_surprise_predicts(ml100k):
    part = ml100k.take(np.flatnonzero(ml100k.user < 150))
    training, held = part.split(0)
    scorer = SurpriseScorer(training, n_factors=5, n_epochs=3)
    rows = slice(0, 300)
    pairs = zip(held.user[rows].tolist(), held.movie[rows].tolist(), strict=True)
    expected = [scorer.model.predict(*pair).est for pair in pairs]
    np.testing.assert_allclose(scorer.predict(held.user[rows], held.movie[rows]), expected)


@pytest.mark.data
def test_trials_stay_within_the_stated_ranges_and_repeat(ml100k):
    part = ml100k.take(np.flatnonzero(ml100k.user < 40))
    trials = tune_svd(part, 4)
    assert [each.error for each in trials] == sorted(each.error for each in trials)
    for each in trials:
        assert each.settings["n_factors"] in FACTORS
        assert each.settings["n_epochs"] in EPOCHS
        assert 0.001 <= each.settings["lr_all"] <= 0.02
        assert 0.01 <= each.settings["reg_all"] <= 0.3
    assert tune_svd(part, 4) == trials


@pytest.mark.slow
@pytest.mark.reference
def test_dot_bias_beats_surprise_s_svd_which_needs_tuning_to_beat_its_defaults(ml_small):
    ours = train("dot_bias", ml_small)
    training, _ = ml_small.split(0)
    # The best of the full budget with at most 20 factors, found on the inner split.
    tuned = {"n_factors": 20, "n_epochs": 80, "lr_all": 0.0036, "reg_all": 0.082}
    beside = {
        "SVD, defaults": SurpriseScorer(training),
        "SVD, tuned": SurpriseScorer(training, **tuned),
    }
    found = evaluate(ours, ml_small, beside=beside)
    defaults, best = (found.measures[name]["rmse"].value for name in beside)
    assert defaults == pytest.approx(np.sqrt(0.769), abs=0.003)
    assert found.compare("SVD, defaults", "bias only")["rmse"].side == 1  # worse than biases alone
    assert found.compare("SVD, tuned", "SVD, defaults")["rmse"].side == -1
    assert found.compare("dot_bias", "SVD, tuned")["rmse"].side == -1
    assert best > found.measures["dot_bias"]["rmse"].value
