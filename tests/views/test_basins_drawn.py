"""The picture of basin maps shows what the maps say."""

from typing import Any

import numpy as np
import pytest

from optviz import surface
from optviz.sweeps import basin_maps
from optviz.views.basins import basin_figure

RULES = ["sgd:lr=0.005", "momentum:lr=0.005", "adam:lr=0.2", "rmsprop:lr=0.05"]
MAPS = basin_maps(surface("himmelblau"), RULES, 40, size=15)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_each_map_has_axes_of_its_own_and_says_its_shares(count):
    figure = basin_figure(MAPS[:count]).to_dict()
    heats = [each for each in figure["data"] if each["type"] == "heatmap"]
    assert len({each["xaxis"] for each in heats}) == count
    words = [each["text"] for each in figure["layout"]["annotations"]]
    assert all(each.label in word for each, word in zip(MAPS, words, strict=False))
    assert f"{100 * MAPS[0].share(0):.3g} %" in words[0]


def test_a_cell_has_the_color_of_its_end_and_tells_it():
    heat: Any = basin_figure(MAPS[2]).data[0]
    kinds = len(MAPS[2].minima)
    heights = np.array(heat.z, float)
    for end in range(kinds):
        is_end = MAPS[2].end == end
        assert ((heights[is_end] >= end) & (heights[is_end] < end + 1)).all()
    row, column = np.argwhere(MAPS[2].end == 2)[0]
    steps = MAPS[2].arrived[row, column]
    assert heat.text[row][column] == f"minimum 3 (3, 2) after {steps} steps"
    early, late = heights[MAPS[2].end == 0], MAPS[2].arrived[MAPS[2].end == 0]
    assert early[late.argmin()] >= early[late.argmax()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_occurs_is_in_the_legend(theme):
    [gone] = basin_maps(surface("log(x) + y^2"), "sgd", 10, window=((-1, 1), (-1, 1)), size=9)
    traces = basin_figure(gone, theme=theme).to_dict()["data"]
    names = [each["name"] for each in traces if "name" in each]
    assert "no loss or derivative on its way" in names
    assert not any(name.startswith("minimum") for name in names)
