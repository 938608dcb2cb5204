"""What the painters draw on a canvas, beside what plotly draws of the same data."""

import json
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from optviz import compare, surface
from optviz.landscapes.grid import loss_grid
from optviz.views import contour, surface3d
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.scale import fit_scale
from optviz.views.drawing.theme import describe_themes, template
from optviz.views.loss_curves import build_distance_parts, build_loss_parts
from optviz.views.parameter_curves import build_rate_parts, build_state_parts
from optviz.views.schedule_curves import build_schedule_parts
from tests.support.browser import harmless, open_page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGE = """<!doctype html><body style="margin: 0">
<script type="module">
import * as painted from "/tests/browser/painted.mjs";
window.painted = painted;
</script>"""
ADDRESS = "http://painted.test"
THEMES = describe_themes()
PROBLEM = surface("himmelblau")
RACE = compare(PROBLEM, ["sgd:lr=0.01", "momentum:lr=0.01", "adam:lr=0.1,schedule=cosine"], 150)
WILD = compare(surface("booth"), ["sgd:lr=0.01", "sgd:lr=0.5"], 12_000)


@pytest.fixture(scope="module")
def painted(browser):
    """A page that can draw the same with plotly and with the painters."""
    page = open_page(browser.new_context(viewport={"width": 1000, "height": 900}))
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: None if harmless(m) else wrong.append(m.text))

    def answer(route):
        path = route.request.url.removeprefix(ADDRESS)
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        else:
            route.fulfill(body=(ROOT / path[1:]).read_text("utf-8"), content_type="text/javascript")

    page.route(f"{ADDRESS}/**", answer)
    page.goto(f"{ADDRESS}/")
    page.add_script_tag(content=get_plotlyjs())
    page.wait_for_function("() => window.painted")
    yield page
    assert not wrong, wrong
    page.context.close()


def call(page, name, **asked):
    return page.evaluate(f"(asked) => painted.{name}(asked)", asked)


def build_grid(size):
    """A grid and its scale as grid.js and scale.js describe them."""
    grid = loss_grid(PROBLEM, size=size)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    about = {"x": grid.x.tolist(), "y": grid.y.tolist(), "loss": grid.loss.ravel().tolist()}
    about |= {"window": grid.window, "minima": grid.minima, "names": grid.names}
    about |= {"floor": grid.floor, "name": grid.name}
    lines: dict = {"lines": scale.choose_lines(grid.loss), "title": scale.title}
    lines["ticks"] = scale.choose_ticks()
    return grid, {"grid": about, "scale": scale._asdict() | lines}


def test_curves_are_painted_where_plotly_draws_them(painted):
    runs = list(RACE.trajectories.values())
    cases = {
        "losses": build_loss_parts(runs, target=0.5),
        "linear": build_loss_parts(runs, log=False),
        "wild": build_loss_parts(list(WILD.trajectories.values())),
        "distance": build_distance_parts(runs, PROBLEM.minima),
        "state": build_state_parts(runs),
        "rates": build_rate_parts(runs),
        "schedule": build_schedule_parts(runs),
        "empty": build_distance_parts(runs, []),
    }
    for place, (name, parts) in enumerate(cases.items()):
        theme = ("light", "dark")[place % 2]
        about = {"parts": pack_arrays(parts), "template": template(theme).to_plotly_json()}
        size = {"width": (700, 380, 1100)[place % 3], "height": parts["layout"].get("height", 420)}
        found = call(painted, "compareParts", theme=THEMES[theme], **about, **size)
        assert found["texts"] > 0
        assert found["missing"] == [], (name, found["missing"])
        assert found["ranges"] == [], (name, found["ranges"])
        assert len(found["lines"]) <= 3, (name, found["lines"])
        assert found["outside"] == [], name


def test_the_map_has_plotlys_colors_lines_and_color_bar(painted):
    grid, about = build_grid(121)
    figure = json.loads(contour(grid).to_json() or "")
    del figure["layout"]["template"]
    figure["data"] = figure["data"][:1]
    for theme in ("light", "dark"):
        look = {"template": template(theme).to_plotly_json(), "theme": THEMES[theme]}
        found = call(painted, "compareMap", figure=figure, width=700, height=500, **about, **look)
        assert found["count"] == 400
        assert found["off"] <= 1  # of 255, beyond the colors of the pixels around
        assert found["paths"] > 10
        assert len(found["missed"]) <= 3, found["missed"]
        assert found["missing"] == [], found["missing"]


def test_a_gap_of_the_surface_is_a_gap_of_the_map_and_of_the_landscape(painted):
    _, about = build_grid(41)
    losses = np.array(about["grid"]["loss"]).reshape(41, 41)
    losses[:, :20] = np.nan
    about["grid"]["loss"] = [None if np.isnan(each) else each for each in losses.ravel().tolist()]
    left, right = call(painted, "readSides", theme=THEMES["dark"], width=400, height=300, **about)
    assert left == [0x24, 0x24, 0x24]
    assert right != left


def test_the_landscape_stands_where_plotlys_does(painted):
    grid, about = build_grid(21)
    figure = json.loads(surface3d(grid).to_json() or "")
    look = {"template": figure["layout"].pop("template"), "theme": THEMES["light"]}
    points = call(painted, "compareScene", figure=figure, width=600, height=450, **about, **look)
    for theirs, ours in points:
        assert np.allclose(theirs, ours, atol=0.5), (theirs, ours)


def test_a_landscape_is_turned_by_hand_and_by_keys_and_a_step_is_marked_on_it(painted):
    _, about = build_grid(61)
    run = {"label": "Adam", "color": "#405df8", "dash": "solid", "symbol": "circle", "weight": 1}
    run |= {"step": [0, 1, 2, 3], "x": [-4, -3, -2, -1.5], "y": [-4, -3, -2, -2]}
    run |= {
        "losses": [PROBLEM.loss(np.array(each)) for each in zip(run["x"], run["y"], strict=True)]
    }
    run |= {"ended": "", "isFinished": True, "isNoisy": True, "gradX": [], "gradY": []}
    call(painted, "openScene", run=run, theme=THEMES["light"], width=600, height=420, **about)
    seen = [painted.evaluate("readScene()")]
    assert {"x", "y", "loss", "Himmelblau", "Adam"} <= set(seen[0]["texts"])
    assert seen[0]["isMarked"]
    painted.locator("#landscape").scroll_into_view_if_needed()
    box = painted.locator("#landscape").bounding_box()
    painted.mouse.move(box["x"] + 300, box["y"] + 200)
    painted.mouse.down()
    painted.mouse.move(box["x"] + 360, box["y"] + 180, steps=3)
    painted.mouse.up()
    seen.append(painted.evaluate("readScene()"))
    painted.mouse.wheel(0, -200)
    painted.wait_for_function("() => readScene().camera.zoom !== 1")
    seen.append(painted.evaluate("readScene()"))
    painted.locator("#landscape").focus()
    painted.keyboard.press("ArrowLeft")
    painted.keyboard.press("-")
    seen.append(painted.evaluate("readScene()"))
    painted.keyboard.press("Home")
    seen.append(painted.evaluate("readScene()"))
    turns, tilts, zooms = zip(*(each["camera"].values() for each in seen), strict=True)
    assert turns[1] < turns[0] == turns[4]
    assert turns[3] > turns[2] == turns[1]
    assert tilts[1] < tilts[0]
    assert zooms[1] == zooms[4] == 1
    assert zooms[2] > zooms[3] > 1
    assert all(each["isMarked"] for each in seen)
