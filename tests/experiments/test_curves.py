"""The table of curves: one more entry is found by links, scripts and pictures."""

from pkgutil import resolve_name

import pytest

from optviz.experiments.curves import CURVES, DEFAULT_CURVE, CurveKind, choose_curve
from optviz.experiments.kinds import script
from optviz.experiments.surface import Experiment, list_view_words


def build_losses(runs):
    return {"data": [run.losses for run in runs], "layout": {}}


@pytest.fixture
def added(monkeypatch):
    """The word of a kind of curve that only this test has."""
    kind = CurveKind("Plain loss", f"{__name__}.draw_losses", f"{__name__}.build_losses")
    monkeypatch.setitem(CURVES, "plain", kind)
    return "plain"


def test_a_kind_of_curve_from_outside_is_found_everywhere(added):
    asked = Experiment(rules=("sgd:lr=0.001",), steps=3, view=(added, "3d"))
    assert added in list_view_words()
    assert asked.view == ("3d", added)
    assert Experiment.from_query(asked.to_query()) == (asked, [])
    assert choose_curve(asked.view) == added
    lines = script(asked).splitlines()
    assert f"from {__name__} import draw_losses" in lines
    assert "draw_losses(race.trajectories).show()" in lines
    race = asked.perform()
    runs = list(race.trajectories.values())
    assert CURVES[added].build_parts(runs, race.problem)["data"] == [runs[0].losses]


def test_a_word_that_no_table_has_is_refused():
    with pytest.raises(ValueError, match="view must be one of"):
        Experiment(view=("plain",))


@pytest.mark.parametrize("word", CURVES)
def test_every_kind_draws_its_parts(word):
    race = Experiment(rules=("momentum:lr=0.001", "adam:lr=0.1"), steps=5).perform()
    runs = list(race.trajectories.values())
    kind = CURVES[word]
    parts = kind.build_parts(runs, race.problem)
    arguments = [getattr(race.problem, name) for name in kind.arguments]
    figure = resolve_name(kind.view)(runs, *arguments)
    assert [each["name"] for each in parts["data"]] == [each.name for each in figure.data]


def test_the_page_shows_one_kind_and_without_a_word_the_default():
    assert choose_curve(()) == choose_curve(("3d", "linear")) == DEFAULT_CURVE
    assert choose_curve(("state", "rates", "schedule")) == "rates"
    assert choose_curve(("distance", "state")) == "distance"
