"""Equal scales of maps, and the place from which a landscape is seen."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz.landscapes.grid import Grid
from optviz.views import contour, surface3d
from optviz.views.drawing.equal import has_equal_scales
from optviz.views.drawing.standpoint import place_camera, shape_box
from tests.support.requirements import missing

ROOT = Path(__file__).parents[2]
SIZES = [(1000, 470), (560, 354), (374, 300), (374, 480)]


def make_grid(width, height):
    x, y = np.linspace(0, width, 9), np.linspace(0, height, 9)
    return Grid(x, y, x[None] ** 2 + y[:, None])


def is_equal(figure):
    return figure.layout.yaxis.scaleanchor == "x" and figure.layout.yaxis.constrain == "domain"


@pytest.mark.parametrize(
    ("width", "held"), [(0.4, False), (0.5, True), (1, True), (3, True), (4, False)]
)
def test_scales_are_equal_where_the_window_allows_it(width, held):
    assert is_equal(contour(make_grid(width, 1))) is held


def test_scales_are_equal_or_not_where_asked_for():
    assert is_equal(contour(make_grid(9, 1), equal=True))
    assert not is_equal(contour(make_grid(1, 1), equal=False))
    assert has_equal_scales(((0, 9), (0, 1)), ("3d", "equal"))
    assert not has_equal_scales(((0, 1), (0, 1)), ("stretched",))


def test_a_landscape_with_equal_scales_has_the_sides_of_its_window():
    layout: Any = surface3d(make_grid(1, 2), equal=True).layout
    sides = layout.scene.aspectratio
    assert sides.y == pytest.approx(2 * sides.x)


def test_python_and_the_browser_see_a_landscape_from_the_same_place():
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    camera = (ROOT / "optviz/views/drawing/canvas/camera.js").as_uri()
    script = f"""import {{ CAMERA, shapeBox, standBack }} from "{camera}";
        console.log(JSON.stringify({json.dumps(SIZES)}.map(([width, height]) => {{
            const box = shapeBox({{ width, height }});
            return [box, standBack(CAMERA, box, {{ width, height }}), CAMERA];
        }})))"""
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, check=True, timeout=60
    )
    for (half, stand, angles), size in zip(json.loads(done.stdout), SIZES, strict=True):
        box = shape_box(*size)
        assert np.allclose(box, 2 * np.array(half))
        placed = place_camera(box, *size)
        eye, center = (
            np.array([placed[name][axis] for axis in "xyz"]) for name in ("eye", "center")
        )
        assert np.allclose(center, stand["center"])
        tilt, turn = angles["tilt"], angles["turn"]
        away = [np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)]
        assert np.allclose(eye - center, stand["distance"] * np.array(away))
