"""Pictures of sheets and of the loss along lines, by their data."""

from dataclasses import replace
from typing import Any

import numpy as np
import plotly.io as pio
import pytest

from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.profiles import profile_loss
from optviz.problems.surfaces import surface
from optviz.rules import SGD, Adam
from optviz.runs.loop import run
from optviz.views import line_profiles, sheet_contour
from optviz.views.drawing.captions import take_caption
from optviz.views.drawing.colors import COLORS

HIMMELBLAU = surface("himmelblau")
SLOW = run(HIMMELBLAU, SGD(0.01), 20, start=[1.0, 1.0])
FAST = run(HIMMELBLAU, Adam(0.3), 20, start=[-1.0, 1.0])
BETWEEN = slice_sheet(HIMMELBLAU, Sheet.between(SLOW, FAST), size=11)
ALONG = slice_sheet(HIMMELBLAU, Sheet.along(FAST), size=7)
LINE = profile_loss(HIMMELBLAU, SLOW, FAST)
SAME = profile_loss(HIMMELBLAU, SLOW.path[-2], SLOW.path[-1])
VIEWS = {
    "between": lambda theme: sheet_contour(BETWEEN, theme=theme),
    "along": lambda theme: sheet_contour(ALONG, theme=theme),
    "profiles": lambda theme: line_profiles([LINE, SAME], theme=theme),
}


def read(figure):
    parts: Any = figure.to_dict()
    return parts["data"], parts["layout"]


def find(figure, **wanted) -> list[Any]:
    return [e for e in figure.data if all(k in e and e[k] == v for k, v in wanted.items())]


@pytest.mark.parametrize("view", VIEWS)
def test_light_and_dark_differ_in_the_template_and_the_edges_of_paths_alone(view):
    light, dark = (read(VIEWS[view](theme)) for theme in ("light", "dark"))
    for data, layout in (light, dark):
        layout.pop("template")
        for each in data:
            if (each.get("meta") or {}).get("part") == "casing":
                each["line"].pop("color")
    assert pio.json.to_json_plotly(light) == pio.json.to_json_plotly(dark)
    assert light[1]["uirevision"]
    with pytest.raises(ValueError, match='theme must be light or dark, got "blue"'):
        VIEWS[view]("blue")


def test_the_paths_of_a_sheet_are_drawn_at_their_places_in_their_colors():
    figure = sheet_contour(BETWEEN)
    for t, (path, kind) in enumerate(((SLOW, "sgd"), (FAST, "adam"))):
        line, end = find(figure, legendgroup=path.label)
        np.testing.assert_array_equal(line["x"], path.step)
        np.testing.assert_array_equal(line["y"], np.full(21, t))
        np.testing.assert_allclose(line["customdata"][:, 2], path.losses, rtol=1e-12)
        assert line["line"]["color"] == COLORS[kind]
        assert not any(str(each).endswith("-open") for each in line["marker"]["symbol"])
        assert end["name"] == f"{path.label}: true loss {path.losses[-1]:.3g}"
    layout = read(figure)[1]
    assert layout["xaxis"]["title"]["text"] == "step"
    title = layout["yaxis"]["title"]["text"].replace("<br>", " ")
    assert title == "from SGD lr=0.01 (0) to Adam lr=0.3 (1)"
    assert "nothing of the paths is hidden" in take_caption(figure)[1]


@pytest.mark.parametrize("width", [500, 700, 1200])
def test_the_words_of_a_sheet_fit_its_width(width):
    words = take_caption(sheet_contour(BETWEEN, width=width))[1]
    assert words == BETWEEN.words()
    layouts: Any = [sheet_contour(BETWEEN, width=each).layout for each in (width, None)]
    (note,) = layouts[0].annotations
    assert max(map(len, note.text.split("<br>"))) * 7 <= width - 76
    assert not layouts[1].annotations


def test_cells_of_a_sheet_that_are_not_computed_are_marked():
    estimated = np.zeros(BETWEEN.losses.shape, bool)
    estimated[1:-1, ::2] = True
    errors = np.where(estimated, np.log1p(0.25), 0)
    figure = sheet_contour(replace(BETWEEN, estimated=estimated, errors=errors))
    (dots,) = find(figure, name="dots: computed; between them interpolated")
    assert len(dots["x"]) == (~estimated).sum()
    losses: Any = read(figure)[0][0]
    assert losses["text"][1, 0] == "<br>interpolated, within 25.0% by an estimate"
    assert losses["text"][0, 0] == ""
    assert "cells are interpolated, with an error of at most 0.25" in take_caption(figure)[1]


def test_the_barriers_stand_below_the_map_of_two_paths_alone():
    (curve,) = find(sheet_contour(BETWEEN), yaxis="y2")
    assert BETWEEN.barriers is not None
    np.testing.assert_allclose(curve["y"], BETWEEN.barriers)
    np.testing.assert_array_equal(curve["x"], BETWEEN.s)
    assert not find(sheet_contour(ALONG), yaxis="y2")


def test_points_with_other_buffers_than_their_own_are_hollow():
    track = replace(BETWEEN.tracks[0], statistics="with the buffers that the module was given with")
    line, end = find(
        sheet_contour(replace(BETWEEN, tracks=(track, BETWEEN.tracks[1]))), legendgroup=SLOW.label
    )
    assert set(line["marker"]["symbol"]) == {"circle-open"}
    assert "loss at the point" in end["name"]
    assert "true loss" not in line["hovertemplate"]


def test_a_profile_shows_its_ends_its_straight_line_and_its_barrier():
    straight, bar, line, ends = find(line_profiles(LINE), legendgroup="SGD lr=0.01 to Adam lr=0.3")
    np.testing.assert_allclose(line["y"], LINE.losses)
    assert line["name"] == f"SGD lr=0.01 to Adam lr=0.3: barrier {LINE.barrier:.3g}"
    np.testing.assert_allclose(straight["y"][[0, -1]], LINE.ends, atol=1e-9)
    np.testing.assert_allclose(np.diff(np.diff(straight["y"])), 0, atol=1e-9)
    assert bar["y"][1] - bar["y"][0] == pytest.approx(LINE.barrier)
    np.testing.assert_array_equal(ends["y"], LINE.ends)
    assert not any(each.endswith("-open") for each in ends["marker"]["symbol"])
    assert any("no barrier" in str(each.name) for each in find(line_profiles(SAME)))


def test_an_end_whose_true_loss_is_another_is_hollow():
    other = replace(LINE, ends=LINE.ends + np.arange(2), kinds=("sgd", "sgd"))
    ends = find(line_profiles(other), mode="markers")[0]
    assert list(ends["marker"]["symbol"]) == ["circle", "circle-open"]


def test_no_profile_is_refused():
    with pytest.raises(ValueError, match="no profile to draw: give at least one"):
        line_profiles([])
