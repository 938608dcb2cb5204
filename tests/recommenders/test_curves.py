"""The one record of training curves: its best epoch, its way through JSON."""

import json
from math import inf, isnan, nan

import numpy as np

from optviz.recommenders import TrainingCurve


def test_a_curve_goes_through_json_and_comes_back():
    curve = TrainingCurve(
        "Adam lr=0.01", "adam", [0.9, 0.8], [np.float64(1.2), 1.0, 0.9], [5, 10, 15]
    )
    assert TrainingCurve.from_dict(json.loads(json.dumps(curve.to_dict()))) == curve


def test_json_holds_null_for_what_is_not_finite():
    curve = TrainingCurve("SGD", "sgd", [nan, inf], [inf], [1])
    written = json.dumps(curve.to_dict(), allow_nan=False)
    read = TrainingCurve.from_dict(json.loads(written))
    assert all(map(isnan, (*read.valid, *read.train)))


def test_a_row_of_a_saved_result_is_read_as_a_curve():
    row = {"label": "SGD", "kind": "sgd", "best": 0.9, "step": [7], "train": [1.1], "valid": [0.9]}
    assert TrainingCurve.from_dict(row) == TrainingCurve("SGD", "sgd", [0.9], [1.1], [7])


def test_the_best_epoch_is_one_with_a_loss():
    curve = TrainingCurve("SGD", "sgd", [nan, 0.9, inf])
    assert (curve.best_epoch, curve.best, curve.last) == (2, 0.9, inf)


def test_before_the_end_of_an_epoch_there_is_no_best():
    curve = TrainingCurve("SGD", "sgd", [])
    assert curve.best_epoch == 0
    assert isnan(curve.best)
    assert isnan(curve.last)
