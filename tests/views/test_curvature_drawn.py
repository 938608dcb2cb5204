"""The pictures of curvature: spectrum, sharpness along a path, convexity map, layers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz.landscapes.curvature.estimates import estimate_density
from optviz.landscapes.curvature.layers import curvature_by_layer
from optviz.landscapes.curvature.sharpness import sharpness_along
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.convexity import map_convexity
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.rules import SGD, Adam
from optviz.runs.loop import run
from optviz.views import convexity_figure, density_figure, layer_figure, sharpness_figure
from optviz.views.drawing.captions import take_caption
from optviz.views.drawing.theme import THEMES
from tests.landscapes.test_curvature import RATINGS


@pytest.fixture(scope="module")
def results():
    bowl, ratings = surface("rosenbrock"), RATINGS["sigmoid"]
    paths = [run(bowl, rule, 40) for rule in (SGD(lr=0.001), Adam(lr=0.05))]
    cut = slice_loss(bowl, Plane.spanned([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]), paths, size=5)
    return {
        "density": estimate_density(ratings, draws=2, steps=10),
        "sharpness": [sharpness_along(bowl, each, every=10) for each in paths],
        "convexity": map_convexity(bowl, cut, size=4),
        "layers": curvature_by_layer(ratings, draws=2),
    }


DRAW = {
    "density": density_figure,
    "sharpness": sharpness_figure,
    "convexity": convexity_figure,
    "layers": layer_figure,
}


def list_traces(figure: Any) -> Any:
    return figure.data


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_is_drawn_in_both_themes(results, theme):
    for name, draw in DRAW.items():
        figure: Any = draw(results[name], theme=theme)
        assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].page
        assert figure.data


def test_a_run_has_its_sharpness_its_edge_and_its_loss(results):
    found = results["sharpness"][0]
    sharp, edge, loss = list_traces(sharpness_figure(found))
    np.testing.assert_array_equal(sharp.y, found.values)
    np.testing.assert_allclose(edge.y, 2000.0)
    assert edge.name == f"edge of {found.label}, 2/lr"
    np.testing.assert_array_equal(loss.y, found.losses)
    assert loss.yaxis == "y2"


def test_preconditioned_and_plain_runs_share_a_line_at_one(results):
    figure: Any = sharpness_figure(results["sharpness"])
    np.testing.assert_allclose(figure.data[2].y, results["sharpness"][1].ratio)
    assert list(figure.data[-1].y) == [1, 1]
    assert figure.layout.title.text == "Sharpness over the edge of stability"
    assert figure.layout.yaxis.type is None
    far = replace(results["sharpness"][1], values=1e5 * results["sharpness"][1].values)
    figure = sharpness_figure([results["sharpness"][0], far])
    assert figure.layout.yaxis.type == "log"


def test_a_run_with_no_edge_has_no_line_of_it(results):
    found = replace(results["sharpness"][0], edge=None, formula="none is known for Mine")
    figure: Any = sharpness_figure(found)
    assert len(figure.data) == 2
    assert "No edge: none is known for Mine." in take_caption(figure)[1]


def test_a_lone_eigenvalue_is_a_hill_one_high(results):
    density = replace(
        results["density"], values=np.array([0.0, 50.0]), weights=np.array([0.99, 0.01]), size=100
    )
    line: Any = list_traces(density_figure(density))[0]
    x, y = np.array(line.x), np.array(line.y)
    assert y[np.argmin(np.abs(x - 50))] == pytest.approx(1, rel=0.05)
    assert y.max() == pytest.approx(99, rel=0.05)


def test_the_convexity_map_has_both_eigenvalues_and_the_paths(results):
    found = results["convexity"]
    cells, _, *paths = list_traces(convexity_figure(found))
    np.testing.assert_allclose(cells.z, found.downward)
    np.testing.assert_allclose(cells.customdata[1, 2, :2], [found.low[1, 2], found.high[1, 2]])
    assert {each.name for each in paths if each.name} == {each.label for each in found.cut.shadows}


def test_each_layer_has_a_bar_of_both(results):
    found = results["layers"]
    tops, traces = list_traces(layer_figure(found))
    assert list(tops.y) == list(found.names)
    np.testing.assert_allclose(tops.x, found.tops)
    np.testing.assert_allclose(traces.x, found.traces)
