"""The picture of losses against the learning rate."""

import numpy as np
import pytest

from optviz import learning_rates, surface
from optviz.views import rate_curves
from tests.views.test_views import data, layout

RAVINE = surface("ravine")
CURVES = [learning_rates(RAVINE, each, steps=100) for each in ("sgd:lr=0.02", "adam:lr=0.1")]


def draw(curves, **options):
    figure = rate_curves(curves, **options)
    lines = [each for each in data(figure) if each["mode"] == "lines"]
    marks = [each for each in data(figure) if each["mode"] == "markers"]
    return {"shapes": [], **layout(figure)}, lines, marks


def test_losses_stand_where_they_are_and_what_diverged_in_a_band_above():
    about, lines, marks = draw(CURVES)
    assert about["xaxis"]["type"] == about["yaxis"]["type"] == "log"
    [limit] = [each["y0"] for each in about["shapes"] if each.get("xref") == "paper"]
    assert limit == 10 * CURVES[0].first
    for line, curve in zip(lines, CURVES, strict=True):
        is_off = curve.final > limit
        np.testing.assert_array_equal(line["y"][~is_off], curve.final[~is_off])
        assert (line["y"][is_off] > limit).all()
        assert (np.log10(line["y"][is_off]) < about["yaxis"]["range"][1]).all()
    assert (CURVES[0].final > limit).any()
    for mark, curve in zip(marks, CURVES, strict=True):
        assert (mark["x"][0], mark["y"][0]) == (curve.lr, curve.own[0])
    assert "▲ off the chart" in [each["text"] for each in about["annotations"]]


def test_the_edge_is_a_line_with_its_number():
    about, _, _ = draw(CURVES[:1])
    [edge] = [each for each in about["shapes"] if each.get("yref") == "paper"]
    assert edge["x0"] == edge["x1"] == pytest.approx(2 / 25)
    assert about["annotations"][0]["text"].endswith("edge 0.08")
    [local] = [
        each
        for each in draw([learning_rates(surface("rosenbrock"), "sgd", steps=9)])[0]["shapes"]
        if each.get("yref") == "paper"
    ]
    assert local["line"]["dash"] == "dot"


def test_an_edge_beyond_the_axis_is_not_drawn_and_one_of_two_optimizers_once():
    damped = learning_rates(RAVINE, "momentum:lr=0.1,damped=yes", steps=9)
    assert damped.edge.rate > 1.5
    assert not [each for each in draw([damped])[0]["shapes"] if each.get("yref") == "paper"]
    twice = draw([CURVES[0], learning_rates(RAVINE, "sgd:lr=0.01", steps=9)])[0]
    assert len([each for each in twice["shapes"] if each.get("yref") == "paper"]) == 1


def test_best_losses_and_a_linear_axis_are_there_when_asked_for():
    about, lines, _ = draw(CURVES, best=True, log=False)
    assert about["title"]["text"] == "Best loss against the learning rate"
    assert "type" not in about["yaxis"]
    np.testing.assert_array_equal(lines[0]["y"], CURVES[0].best)
    assert lines[0]["text"][-1] == "4.108"
    assert "diverged" in draw(learning_rates(RAVINE, "sgd", [0.1, 1e200], steps=999))[1][0]["text"]


def test_a_picture_of_nothing_is_empty():
    about, lines, marks = draw([])
    assert not lines
    assert not marks
    assert not about["shapes"]
