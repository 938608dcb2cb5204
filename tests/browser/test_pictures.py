"""Pictures of lessons that are no race, in a browser: moved by hand and keys, told in words."""

import json
from base64 import b64encode

import pytest

from optviz.lessons.pictures import PICTURES
from optviz.views.drawing.theme import describe_themes
from optviz.views.live.bundle import bundle_modules, read_module
from optviz.views.live.emitted import join_emitted
from optviz.views.live.page import write_style
from tests.support.axe import grave

pytestmark = pytest.mark.browser

SHOWN = {
    "bench": {"rules": ["sgd:lr=0.01", "rmsprop:lr=0.01"], "sliders": ["size", "beta2"]},
    "jacobian": {"u": "2*x", "v": "y + 0.5*x", "loss": "u^2 + 3*v^2", "point": [0.5, 0.4]},
    "curvature": {"problem": "ravine", "point": [-1.2, -0.3], "lr": 0.07},
    "decay": {"wd": 1.0},
}
ENTRY = """
import { PICTURES } from "./lesson/pictures/registry.js";
import { modules } from "./emitted.js";
const data = document.querySelector("[type='application/json']").textContent;
const { shown, themes } = JSON.parse(data), font = window.name === "large" ? 1.6 : 1;
window.pictures = Object.fromEntries(Object.entries(shown).map(([name, data]) => {
  const place = document.createElement("section");
  place.id = name;
  document.querySelector("main").append(place);
  return [name, PICTURES[name](place, data, { modules, themes, font })];
}));
"""
INK = "(name) => [...document.querySelectorAll(`#${name} canvas`)].map((each) => each.toDataURL())"
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with one of each picture."""
    modules = {}
    for name, table in SHOWN.items():
        modules |= PICTURES[name].modules(table)
    described = {name: PICTURES[name].describe(table) for name, table in SHOWN.items()}
    texts = join_emitted(modules) | {"views/live/shown.js": ENTRY}
    script = b64encode(bundle_modules("views/live/shown.js", texts).encode()).decode()
    style = write_style() + read_module("views/live/lesson/pictures/pictures.css")
    data = json.dumps({"shown": described, "themes": describe_themes()}).replace("<", "\\u003c")
    file = tmp_path_factory.mktemp("pictures") / "pictures.html"
    file.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title>'
        '<meta name="viewport" content="width=device-width"><body class="optviz-page">'
        f"<style>{style}</style><main><h1>Pictures</h1></main>"
        f'<script type="application/json">{data}</script>'
        f'<script type="module" src="data:text/javascript;base64,{script}"></script>',
        "utf-8",
    )
    return file.as_uri()


@pytest.fixture(scope="module")
def opened(browser, address):
    """The page that the tests share, as loading it costs most of their time."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, offline=True, reduced_motion="reduce"
    )
    page, mistakes = context.new_page(), []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto(address)
    page.wait_for_function("'pictures' in window")
    yield page
    context.close()
    assert mistakes == []


@pytest.fixture
def shown(opened):
    """The page, still: each picture at step 0."""
    opened.set_viewport_size({"width": 1440, "height": 900})
    opened.emulate_media(color_scheme="light", reduced_motion="reduce")
    opened.evaluate("() => Object.values(pictures).forEach((each) => each.setStep(0))")
    opened.evaluate(SETTLED)
    return opened


def play(page):
    """Play every picture; under reduced motion it is at its end at once."""
    page.evaluate("() => Object.values(pictures).forEach((each) => each.play())")
    page.evaluate(SETTLED)


def read_numbers(page, name):
    """The numbers beside a picture, by their names."""
    rows = page.locator(f"#{name} .numbers tr").all()
    return {each.locator("th").inner_text(): each.locator("td").inner_text() for each in rows}


def test_nothing_is_given_away_before_it_is_played(shown):
    before = {name: shown.evaluate(INK, name) for name in SHOWN}
    for name in SHOWN:
        assert set(read_numbers(shown, name).values()) == {"…"}
        assert shown.locator(f"#{name} .picture-words").inner_text() == "Press play to see."
    play(shown)
    for name in SHOWN:
        assert "…" not in read_numbers(shown, name).values()
        assert shown.evaluate(INK, name) != before[name]
    assert read_numbers(shown, "jacobian")["area of the ellipse over the circle's, |det J|"] == "2"
    assert read_numbers(shown, "curvature")["edge 2/L"] == "0.08"
    assert read_numbers(shown, "decay")["minimum with the L2 penalty"] == "(0.7, 0.8)"
    assert "theory lr = 0.01" in read_numbers(shown, "bench")["RMSProp lr=0.01"]


def test_sliders_and_lists_move_the_picture_and_its_words(shown):
    play(shown)
    size = shown.locator("#bench input[type=range][aria-label='size of the gradient']")
    size.focus()
    size.press("End")
    shown.evaluate(SETTLED)
    assert read_numbers(shown, "bench")["SGD lr=0.01"].startswith("100;")
    assert read_numbers(shown, "bench")["RMSProp lr=0.01"].startswith("0.01;")
    shown.get_by_label("gradients", exact=True).select_option("sparse")
    shown.evaluate(SETTLED)
    assert "Size of step 91" in shown.locator("#bench .picture-words").inner_text()
    given = shown.evaluate("() => JSON.stringify(pictures.decay.read())")
    shown.locator("#decay input[aria-label='wd, exact']").fill("2")
    shown.evaluate(SETTLED)
    assert read_numbers(shown, "decay")["Adam, decoupled"] == "(0.5, 0.5)"
    # A question is judged by the picture as it was given, whatever a hand did before.
    assert shown.evaluate("() => JSON.stringify(pictures.decay.read())") == given
    shown.locator("#curvature input[aria-label='lr, exact']").fill("0.09")
    shown.evaluate(SETTLED)
    assert "is above 2/L = 0.08" in shown.locator("#curvature .picture-words").inner_text()


def test_points_are_dragged_and_moved_by_the_arrow_keys(shown):
    play(shown)
    for name in ("jacobian", "curvature", "decay"):
        knob, before = shown.locator(f"#{name} .knob"), shown.evaluate(INK, name)
        told = knob.inner_text()
        knob.scroll_into_view_if_needed()
        knob.press("ArrowRight")
        shown.evaluate(SETTLED)
        assert knob.inner_text() != told
        assert shown.evaluate(INK, name) != before
        box, told = knob.bounding_box(), knob.inner_text()
        shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        shown.mouse.down()
        shown.mouse.move(box["x"] + 60, box["y"] + 40)
        shown.mouse.up()
        shown.evaluate(SETTLED)
        assert knob.inner_text() != told


def test_picture_plays_and_ends(shown):
    shown.emulate_media(reduced_motion="no-preference")
    shown.evaluate("() => pictures.jacobian.play(0)")
    shown.wait_for_function("document.querySelector('#jacobian .scrub').value > 2")
    shown.locator("#jacobian .play-button").click()
    assert shown.locator("#jacobian .play-button").get_attribute("aria-label") == "play"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_window(shown, scheme, width):
    shown.set_viewport_size({"width": width, "height": 844})
    shown.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    play(shown)
    assert grave(shown) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_letters_are_large_in_a_presentation(browser, address):
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script("window.name = 'large'")
    page.goto(address)
    page.wait_for_function("'pictures' in window")
    play(page)
    size = "() => parseFloat(getComputedStyle(document.querySelector('.numbers td')).fontSize)"
    zoom = "() => document.querySelector('.numbers').currentCSSZoom"
    assert page.evaluate(size) * page.evaluate(zoom) >= 20
    context.close()
