"""Contour lines, which the grid must be fine enough for, and the losses written on them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from optviz.landscapes.grid import loss_grid
from optviz.problems.surfaces import SURFACES
from optviz.views import contour
from optviz.views.drawing.labels import choose_labels
from optviz.views.drawing.scale import fit_scale
from tests.support.cases import every
from tests.support.requirements import missing

ROOT = Path(__file__).parents[2]
CANVAS = "optviz/views/drawing/canvas"
BLOCK = np.ones((3, 3), bool)
NAMES = sorted(SURFACES)


def find_lines(name, size):
    """Return the heights of a surface's grid and the levels of its lines."""
    grid = loss_grid(SURFACES[name], size=size)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    lines = scale.choose_lines(grid.loss)
    count = round((lines["end"] - lines["start"]) / lines["size"]) + 1
    heights = np.nan_to_num(scale.transform(grid.loss), nan=np.inf)
    return heights, lines["start"] + lines["size"] * np.arange(count)


@every("name", NAMES)
@every("size", [121, 201])
def test_what_lies_below_a_line_is_wider_than_the_grid(name, size):
    heights, levels = find_lines(name, size)
    assert len(levels) >= 1
    for level in levels[:-1]:
        below = np.pad(heights < level, 1, mode="edge")
        wide = ndimage.binary_opening(below, BLOCK)[1:-1, 1:-1]
        assert wide.sum() >= 0.7 * below[1:-1, 1:-1].sum(), level


@every("name", ["rosenbrock", "cube", "bukin_6", "dixon_price", "freudenstein_roth"])
def test_the_lowest_line_of_a_valley_is_not_a_row_of_specks(name):
    heights, levels = find_lines(name, 201)
    labeled: Any = ndimage.label(heights < levels[0])
    pieces, count = labeled
    sizes = ndimage.sum_labels(np.ones(heights.shape), pieces, range(1, count + 1))
    assert count <= 2  # two where the minima are two
    assert min(sizes) >= 9


def test_a_bowl_keeps_its_lines():
    _, levels = find_lines("bowl", 201)
    assert len(levels) >= 15


def test_the_map_has_these_lines():
    grid = loss_grid(SURFACES["rosenbrock"])
    lines = fit_scale(grid.loss, grid.log, grid.floor).choose_lines(grid.loss)
    drawn = contour(grid).to_dict()["data"][0]["contours"]
    assert {name: drawn[name] for name in lines} == lines


def test_the_browser_draws_the_same_lines_and_labels_of_every_surface(tmp_path):
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    grids = {name: loss_grid(SURFACES[name], size=61) for name in NAMES}
    asked = [
        {"x": each.x.tolist(), "y": each.y.tolist(), "loss": each.loss.ravel().tolist()}
        | {"log": each.log, "floor": each.floor, "minima": each.minima}
        for each in grids.values()
    ]
    (tmp_path / "grids.json").write_text(json.dumps(asked), encoding="utf-8")
    script = f"""import {{ readFileSync }} from "node:fs";
        import {{ fitScale }} from "{(ROOT / "optviz/views/drawing/scale.js").as_uri()}";
        import {{ chooseLabels }} from "{(ROOT / CANVAS / "labels.js").as_uri()}";
        const grids = JSON.parse(readFileSync("{(tmp_path / "grids.json").as_posix()}"));
        console.log(JSON.stringify(grids.map((grid) => {{
            const scale = fitScale({{ ...grid, loss: Float64Array.from(grid.loss) }});
            return [scale.lines, chooseLabels(grid, scale)];
        }})))"""
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, check=True, timeout=60
    )
    for (name, grid), found in zip(grids.items(), json.loads(done.stdout), strict=True):
        scale, (lines, labels) = fit_scale(grid.loss, grid.log, grid.floor), found
        own = scale.choose_lines(grid.loss)
        assert lines == pytest.approx(own, rel=1e-12, abs=1e-12), name
        ours = [each._asdict() for each in choose_labels(grid, scale)]
        assert [each.pop("text") for each in labels] == [each.pop("text") for each in ours], name
        for one, other in zip(labels, ours, strict=True):
            assert one == pytest.approx(other, abs=1e-9), name


@every("name", [name for name in NAMES if name != "cross_in_tray"])  # creases finer than a grid
def test_a_label_says_the_loss_where_it_stands(name):
    problem = SURFACES[name]
    grid = loss_grid(problem, size=401)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    notes = contour(grid, labels=True).to_dict()["layout"].get("annotations", [])
    assert len(notes) <= 8
    step = scale.choose_lines(grid.loss)["size"]
    for each in notes:
        said = float(each["text"].replace("−", "-"))
        heights = scale.transform(np.array([said, problem.loss(np.array([each["x"], each["y"]]))]))
        assert abs(heights[0] - heights[1]) < 0.5 * step, (each["text"], heights)


def test_labels_are_clear_of_the_minima_and_each_other():
    grid = loss_grid(SURFACES["himmelblau"])
    notes = contour(grid, labels=True).to_dict()["layout"]["annotations"]
    places = [np.array([each["x"], each["y"]]) for each in notes] + [*map(np.array, grid.minima)]
    assert len(notes) >= 3
    for i in range(len(notes)):
        gaps = [np.hypot(*(places[i] - each)) for j, each in enumerate(places) if j != i]
        assert min(gaps) > 0.11 * 10
