"""The picture of a map of starts shows what the map says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz import Plane, surface
from optviz.sweeps import plane_map
from optviz.sweeps.basins import DIVERGED, NO_LOSS
from optviz.views.plane_maps import SHOWN, WILD, plane_map_figure
from tests.support.models_made import make_ratings

IDENTITY = Plane(np.zeros(2), np.eye(2), "of both parameters")
RATINGS = make_ratings()
GOALS = [RATINGS.start, RATINGS.start + 0.1]
MADE = plane_map(
    RATINGS,
    "momentum:lr=0.5",
    Plane(RATINGS.start.astype(float), np.eye(2, 27), "of two weights"),
    10,
    window=((-2, 2), (-2, 2)),
    size=7,
    goals=GOALS,
)
WINDOW = ((-3.0, 3.0), (-2.0, 2.0))
WILDER = plane_map(
    surface("log(x + 1) + 3*x^2 + y^2"), "momentum:lr=0.02", IDENTITY, 60, window=WINDOW, size=31
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", SHOWN)
def test_every_map_is_drawn_with_its_goals(show, theme):
    figure: Any = plane_map_figure(MADE, show, theme=theme)
    _, heat, *goals = figure.data
    assert np.shape(heat.z) == (7, 7)
    assert SHOWN[show] in heat.colorbar.title.text
    assert [each.text[0] for each in goals] == ["1", "2"]
    assert "distance along axis 1 (of two weights)" in figure.layout.xaxis.title.text
    assert "off the plane" in figure.layout.title.subtitle.text


def test_losses_that_span_a_decade_are_on_a_log_scale():
    wide = replace(MADE, final=np.geomspace(0.01, 10, 49).reshape(7, 7))
    figure: Any = plane_map_figure(wide)
    heat = figure.data[1]
    inside = wide.final >= 10**heat.zmin
    np.testing.assert_allclose(10.0 ** np.array(heat.z)[inside], wide.final[inside], rtol=1e-5)
    assert "log scale" in heat.colorbar.title.text


@pytest.mark.parametrize("show", ["final", "off"])
def test_others_are_drawn_as_they_are(show):
    figure: Any = plane_map_figure(MADE, show)
    np.testing.assert_allclose(figure.data[1].z, getattr(MADE, show), rtol=1e-6)
    assert "log scale" not in figure.data[1].colorbar.title.text


def test_a_goal_off_the_plane_is_faint_and_says_so():
    figure: Any = plane_map_figure(MADE)
    on, off = figure.data[2:]
    assert on.marker.color == "#ffffff"
    assert off.marker.color == "rgba(255,255,255,.6)"
    assert "off the plane" not in on.name
    assert f"{MADE.goals_off[1]:.0%} of its displacement off the plane" in off.name
    far: Any = plane_map_figure(replace(MADE, goals=MADE.goals + np.array([9, 0])))
    assert all(each.name.endswith(", outside the window") for each in far.data[2:])


def test_starts_that_diverge_have_a_color_and_those_without_a_loss_none():
    figure: Any = plane_map_figure(WILDER)
    wild, heat, *legend = figure.data
    np.testing.assert_array_equal(np.array(wild.z) == 1, WILDER.end == DIVERGED)
    assert np.isnan(np.array(heat.z)[WILDER.end == NO_LOSS]).all()
    assert np.isnan(np.array(wild.z)[WILDER.end == NO_LOSS]).all()
    assert [each.name for each in legend] == ["diverged", "no loss or derivative on its way"]
    assert legend[0].marker.color == WILD
    assert (np.array(wild.text)[WILDER.end == DIVERGED] == "diverged").all()


def test_a_few_far_losses_do_not_take_the_colors():
    final = MADE.final.copy()
    final[0, 0] = 1e200
    heat = plane_map_figure(replace(MADE, final=final)).to_dict()["data"][1]
    assert heat["zmax"] < 3
    assert heat["colorbar"]["ticktext"][-1].startswith("≥ ")


def test_a_map_without_any_loss_is_drawn():
    end = np.full_like(MADE.end, NO_LOSS)
    blank = replace(MADE, end=end, final=np.full((7, 7), np.nan), off=np.full((7, 7), np.nan))
    figure: Any = plane_map_figure(blank)
    assert "No run ends with a loss." in figure.layout.title.subtitle.text


def test_another_picture_is_refused():
    with pytest.raises(ValueError, match=r'show must be of final, best, distance, off, got "loss"'):
        plane_map_figure(MADE, "loss")
    with pytest.raises(ValueError, match="a map of distances needs goals"):
        plane_map_figure(WILDER, "distance")
