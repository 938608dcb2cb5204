"""The Maps page in a real browser: drawn, changed, kept, and opened at a point."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from optviz.experiments.surface import Experiment
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import visit

pytestmark = pytest.mark.browser

SWEEP = "/maps?chart=sweep&rule=momentum:lr=0.01&problem=ravine&size=15&steps=60"


def open_map(page, link="/maps"):
    visit(page, link)
    page.wait_for_selector("#maps-map .nsewdrag")
    page.wait_for_selector("#maps-table td")


def read_place(page, x, y, panel=0):
    """The pixel of a point of a map on the window."""
    code = """([x, y, panel]) => {
        const div = document.querySelector('#maps-map .js-plotly-plot');
        const box = div.getBoundingClientRect();
        const name = panel ? panel + 1 : '', layout = div._fullLayout;
        const across = layout[`xaxis${name}`], up = layout[`yaxis${name}`];
        return [box.x + across._offset + across.d2p(x), box.y + up._offset + up.d2p(y)];
    }"""
    return page.evaluate(code, [x, y, panel])


def press(page, x, y, panel=0):
    """Press a point of a map, as with a mouse."""
    page.locator("#maps-map").scroll_into_view_if_needed()
    left, top = read_place(page, x, y, panel)
    page.mouse.move(left, top)
    page.locator("#maps-map .hoverlayer .hovertext").first.wait_for()
    page.mouse.click(left, top)


def read_race(page):
    """The race that the Surfaces page shows once it was opened from a map."""
    page.wait_for_selector("#contour .nsewdrag")
    return Experiment.from_query(urlsplit(page.url).query)[0]


def test_a_coarse_map_is_there_at_once_and_a_fine_one_is_drawn_and_kept(page):
    open_map(page, "/maps?size=41&steps=50&rule=sgd:lr=0.004")
    expect(page.locator("#maps-coarse")).to_contain_text("31 × 31")
    page.click("#maps-start")
    expect(page.locator("#maps-said")).to_contain_text("41 × 41 starts")
    expect(page.locator("#maps-coarse")).to_be_hidden()
    open_map(page, "/maps?size=41&steps=50&rule=sgd:lr=0.004")
    expect(page.locator("#maps-coarse")).to_be_hidden()


def test_a_start_that_is_pressed_opens_its_run_and_back_leads_to_the_map(page):
    open_map(page, "/maps?size=11&steps=60&rule=sgd:lr=0.005&rule=adam:lr=0.05")
    press(page, 2.0, -3.0, panel=1)
    page.wait_for_url(re.compile(r"/\?"))
    shown = read_race(page)
    assert shown.start == (2.0, -3.0)
    assert shown.rules == ("sgd:lr=0.005", "adam:lr=0.05")
    page.go_back()
    page.wait_for_selector("#maps-map .nsewdrag")
    assert "size=11" in page.url


def test_a_cell_of_a_sweep_opens_those_hyperparameters(page):
    open_map(page, SWEEP)
    press(page, 1e-5 * 1e5 ** (9 / 14), 0.999 * 7 / 14)
    page.wait_for_url(re.compile(r"/\?"))
    (rule,) = read_race(page).rules
    lr, beta1 = (float(each) for each in re.findall(r"=([\d.e-]+)", rule))
    assert lr == pytest.approx(1e-5 * 1e5 ** (9 / 14))
    assert beta1 == pytest.approx(0.4995)


def test_a_run_is_opened_by_keyboard_alone(page):
    open_map(page, "/maps?size=11&steps=60&rule=sgd:lr=0.005")
    page.get_by_label("start x").last.fill("1.5")
    page.keyboard.press("Tab")
    page.get_by_label("start y").last.fill("nowhere")
    page.get_by_role("button", name="Open this run on Surfaces").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#maps-open-said")).to_contain_text("nowhere")
    page.get_by_label("start y").last.fill("-2")
    page.get_by_role("button", name="Open this run on Surfaces").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\?"))
    assert read_race(page).start == (1.5, -2.0)


def test_what_is_chosen_is_in_the_link_and_undone(page):
    open_map(page, "/maps?size=11&steps=60")
    page.get_by_text("Hyperparameters", exact=True).first.click()
    page.wait_for_url(re.compile("chart=sweep"))
    page.locator("#maps-across-high").fill("0.1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"across=lr=1e-05\.\.0\.1"))
    page.click("#undo")
    page.wait_for_function("!location.search.includes('across')")
    assert parse_qs(urlsplit(page.url).query)["chart"] == ["sweep"]


def test_a_parameter_of_the_surface_moves_the_map(page):
    open_map(page, SWEEP)
    page.get_by_label("parameter condition").last.fill("4")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("parameters=condition=4"))


def test_a_long_map_shows_its_progress_and_is_canceled(page):
    visit(page, "/maps?size=201&steps=20000&rule=adam:lr=0.01&rule=sgd:lr=0.001")
    expect(page.locator("#maps-empty")).to_contain_text("in the background")
    page.click("#maps-start")
    expect(page.locator("#maps-said")).to_contain_text(re.compile(r"[\d,]+ of 40,000 steps"))
    bar = page.get_by_role("progressbar", name="progress of the map")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    page.click("#maps-cancel")
    expect(page.locator("#maps-said")).to_contain_text("Canceled.")
    expect(page.locator("#maps-start")).to_be_enabled()


def test_the_table_of_a_map_and_its_picture_are_saved(page):
    open_map(page, "/maps?size=11&steps=20&rule=sgd:lr=0.005")
    for item, name in (("Table (CSV)", "basin-himmelblau.csv"), ("As seen (PNG)", "map.png")):
        page.locator("#maps-take summary").click()
        with page.expect_download() as file:
            page.get_by_role("button", name=item).click()
        assert file.value.suggested_filename == f"optviz-{name}"
        page.keyboard.press("Escape")


@pytest.mark.parametrize("link", ["/maps?size=11&steps=60", SWEEP], ids=["basin", "sweep"])
def test_maps_fit_a_phone_and_have_no_grave_fault(page, link):
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page, link)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not grave(page) + grave_in_other_scheme(page, "light")
