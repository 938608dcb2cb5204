"""The Landscape tab in a real browser: its pictures are drawn as their choices change."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from optviz.movielens.cache import cache_folder, find_cached
from tests.support.axe import grave
from tests.support.browser import visit

pytestmark = [pytest.mark.browser, pytest.mark.data]

RANGE = "() => document.querySelector('#slice .js-plotly-plot')._fullLayout.xaxis.range"
CLOCK = """() => {
    window.spent = true;
    document.addEventListener('click', ({ target }) => {
        if (!target.closest('[role=option]')) return;
        window.drawnAfter = 0;
        const begun = performance.now(), place = document.querySelector('#slice .js-plotly-plot');
        place.once('plotly_afterplot', () => { window.drawnAfter = performance.now() - begun; });
    }, { capture: true });
}"""
"""Tells in `drawnAfter` how long after a choice the next picture is painted, in milliseconds."""
LINK = "/movielens?epochs=1&batch=1024&rule=sgd:lr=8&rule=adam:lr=0.004&panel=landscape&grid=21"


@pytest.fixture(autouse=True)
def with_data(ml100k, app_cache):
    """The ratings where the served app looks for them."""
    found = find_cached("ml-100k", cache_folder())
    if found and not (app_cache / "ml-100k.zip").exists():
        shutil.copy(found, app_cache / "ml-100k.zip")


def show_trained(page):
    """Open the tab on a result that the tests of this file share; the first of them trains it."""
    visit(page, LINK)
    page.wait_for_selector("#train-landscape:visible, #slice .nsewdrag:visible")
    if page.locator("#train-landscape").is_visible():
        page.wait_for_selector("#train-landscape:not([disabled])")
        page.click("#train-landscape")
    page.wait_for_selector("#slice .nsewdrag:visible")


def choose(page, field, label):
    """Choose from a list, and wait for the picture of that choice."""
    page.click(f"#{field}")
    page.get_by_role("option", name=label, exact=True).click()


def test_other_axes_are_explained_and_drawn_at_once_and_the_link_has_them(page):
    show_trained(page)
    choose(page, "axes", "Through three points")
    expect(page.locator("#axes-note")).to_contain_text("the slice is exact")
    expect(page.locator("#slice-words")).to_contain_text("through three points")
    page.wait_for_url(re.compile("axes=ends"))
    expect(page.locator("#landscape-said")).to_contain_text("Plane")
    assert page.locator("#slice-ends tbody tr").count() == 2


def test_a_sheet_and_a_line_take_the_place_of_the_plane(page):
    show_trained(page)
    choose(page, "picture", "Line between two ends")
    expect(page.locator("#slice-words")).to_contain_text("barrier")
    expect(page.locator("#slice-ends-part")).to_be_hidden()
    choose(page, "picture", "Sheet along one run")
    expect(page.locator("#slice-words")).to_contain_text("nothing of the path is hidden")
    assert grave(page) == []


def test_the_color_of_a_path_and_the_look_change_in_the_browser_and_keep_the_zoom(page):
    show_trained(page)
    expect(page.locator("#landscape-start")).to_be_visible()
    page.wait_for_function("() => dash_component_api.getLayout('landscape-ways').props.data")
    before = page.evaluate(RANGE)
    box = page.locator("#slice .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 280, box["y"] + 200, steps=4)
    page.mouse.up()
    page.wait_for_function(f"(before) => ({RANGE})()[0] !== before[0]", arg=before)
    zoomed, asked = page.evaluate(RANGE), []

    def note(request):
        if '"slice-figure"' in (request.post_data or ""):
            asked.append(request.post_data)

    page.on("request", note)
    choose(page, "color", "off the plane")
    page.wait_for_function(
        "() => document.querySelector('#slice .js-plotly-plot')._fullLayout.coloraxis2"
    )
    assert page.evaluate(RANGE) == zoomed
    page.locator("#look").get_by_text("3-D, true loss").click()
    page.wait_for_selector("#slice .gl-container canvas")
    expect(page.locator("#color-box")).to_be_hidden()
    page.wait_for_url(re.compile("look=lifted"))
    page.remove_listener("request", note)
    assert not asked
    page.go_back()
    page.wait_for_selector("#slice .nsewdrag:visible")
    page.wait_for_url(re.compile("color=off"))


def test_a_new_picture_takes_little_longer_than_one_that_is_there(page, record_property):
    show_trained(page)
    page.evaluate(CLOCK)
    times = {}
    for label in ("The optimizer's own", "Principal axes of all paths"):
        choose(page, "axes", label)
        page.wait_for_function("() => window.drawnAfter")
        times[label] = page.evaluate("window.drawnAfter")
    first, again = times.values()
    record_property("ms of a new picture, and of one that is there", f"{first:.0f}, {again:.0f}")
    assert first < 30 * again


def test_on_a_phone_nothing_is_wider_than_the_window(page):
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        show_trained(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0
    finally:
        page.set_viewport_size({"width": 1440, "height": 1000})
