"""What is pressed in a real browser: on which run, how fast, and what is seen of it afterwards."""

import time
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from tests.browser.test_downloads import choose
from tests.browser.test_transport import forget_race
from tests.browser.test_transport import opened as open_race

pytestmark = pytest.mark.browser

LINK = "/?rule=sgd:lr=0.02&rule=momentum:lr=0.01&rule=adam:lr=0.1&problem=ravine&steps=60&at=20"
QUERY = "dash_component_api.getLayout('surfaces-query').props.data"
BOTH = f"() => [{QUERY}, dash_component_api.getLayout('shown').props.data.query]"
RULES = f"""() => new URLSearchParams({QUERY}).getAll('rule').map((each) => each.split(':')[0])"""
FORKS = f"() => new URLSearchParams({QUERY}).getAll('fork')"
CARD = "#surfaces-cards .optimizer >> nth={}"
RATE = '#surfaces-cards input[id*="\\"role\\":\\"hyper\\""]'
CLICK = """(presses) => {
    const find = ([role, card]) => role === 'add' ? document.querySelector('#surfaces-add')
        : document.querySelectorAll(`#surfaces-cards button[id*='"role":"${role}"']`)[card];
    const buttons = presses.map(find);
    for (const button of buttons) button.click();
}"""
FOCUSED = "() => [document.activeElement.id, document.activeElement.value]"
FLAT = """(id) => {
    const canvas = plotly.findGraph(id).querySelector('canvas.scrub'), { width, height } = canvas;
    const ratio = width / canvas.clientWidth, found = [];
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const read = (x, y) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)];
    const split = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const colors = race.shown.runs.map(({ color }) => split(color));
    const isClose = (a, b) => a.every((part, i) => Math.abs(part - b[i]) < 3);
    for (let y = 2; y < height - 2; y++) {
        for (let x = 2; x < width - 2; x++) {
            if (data[4 * (y * width + x) + 3] < 255) continue;
            const own = read(x, y), around = [[-1, 0], [1, 0], [0, -1], [0, 1]];
            if (!colors.some((color) => isClose(color, own))) continue;
            if (!around.every(([dx, dy]) => String(read(x + dx, y + dy)) === String(own))) continue;
            found.push([(x + 0.5) / ratio, (y + 0.5) / ratio, ...own.slice(0, 3)]);
        }
    }
    return found;
}"""
"""Where the colors of the runs' dots are painted above a figure: pixels of the screen, color."""


@pytest.fixture
def opened(page):
    open_race(page, LINK)
    page.wait_for_function("() => document.querySelector('#readout').textContent === 'step 20'")
    return page


def wait_for(page, read, wanted):
    page.wait_for_function(
        f"(wanted) => JSON.stringify(({read})()) === JSON.stringify(wanted)", arg=wanted
    )


def test_fork_asks_which_run_and_shows_its_card_with_another_learning_rate(opened):
    opened.click("#fork")
    choices = opened.locator("dialog.which-run button")
    assert choices.all_inner_texts() == ["SGD lr=0.02", "Momentum lr=0.01", "Adam lr=0.1"]
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Enter")
    wait_for(opened, FORKS, ["2@20:momentum:lr=0.005"])
    opened.wait_for_function('() => document.activeElement.id.includes(\'"owner":"forks"\')')
    assert opened.evaluate(FOCUSED)[1] == "0.005"
    assert "it goes on with lr=0.005" in opened.inner_text("#said")
    opened.locator("#results tr.chosen", has_text="from step 20").wait_for()


def test_fork_and_pin_take_the_highlighted_run(opened):
    opened.locator(CARD.format(2)).locator(".hyper-label").first.click()
    opened.locator("#results tr[aria-current=true]", has_text="Adam").wait_for()
    opened.click("#fork")
    wait_for(opened, FORKS, ["3@20:adam:lr=0.05"])
    opened.locator(CARD.format(0)).locator(".hyper-label").first.click()
    opened.click("#pin")
    opened.locator("#results tr", has_text="pinned: SGD lr=0.02").wait_for()


def test_a_press_on_a_path_highlights_its_run_and_leaves_the_start(opened):
    before = opened.evaluate(QUERY)
    at = opened.evaluate("""() => {
        const div = plotly.findGraph('contour'), { xaxis, yaxis } = div._fullLayout;
        const { x, y } = race.shown.runs[1], box = div.getBoundingClientRect();
        const [px, py] = [xaxis._offset + xaxis.d2p(x[8]), yaxis._offset + yaxis.d2p(y[8])];
        return [box.left + px, box.top + py];
    }""")
    opened.mouse.click(*at)
    opened.locator("#results tr.chosen").wait_for()
    assert opened.evaluate(QUERY) == before


def test_fork_at_the_end_is_refused_in_a_sentence(opened):
    opened.click("#to-end")
    opened.click("#results tr[data-run='0'] button[data-act=fork]")
    opened.locator(
        "#page-said", has_text="the runs end at step 60: fork at an earlier step"
    ).wait_for()
    assert opened.evaluate(FORKS) == []


def test_an_added_optimizer_is_scrolled_to_and_its_learning_rate_has_the_focus(opened):
    opened.set_viewport_size({"width": 390, "height": 700})
    opened.evaluate("document.querySelector('#surfaces-add').click()")
    opened.wait_for_function("() => document.activeElement.id.includes('\"card\":3')")
    opened.wait_for_function("""() => {
        const { top, bottom } = document.activeElement.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
    }""")
    assert "a learning rate that runs here" in opened.inner_text("#said")


def test_fast_presses_on_a_slow_server_are_all_done_on_the_items_that_were_seen(opened):
    opened.route("**/_dash-update-component*", lambda route: (time.sleep(0.4), route.continue_()))
    opened.evaluate(CLICK, [["remove", 0], ["remove", 0], ["add", 0]])
    opened.wait_for_timeout(100)  # the answer is still on its way
    opened.evaluate(CLICK, [["remove", 1], ["duplicate", 2]])
    wait_for(opened, RULES, ["adam", "adam", "sgd"])


def press(page, *ids):
    """Press buttons at once, before anything can be answered or drawn."""
    page.evaluate("(ids) => { for (const id of ids) document.getElementById(id).click(); }", ids)


def wait_for_query(page, query):
    """Wait until the page and its address show a query."""
    wait_for(page, BOTH, [query, query])


def edit(page, act, *values):
    """Do something, and return the query of the page once it is a step of its own."""
    before = page.evaluate(QUERY)
    act(*values)
    page.wait_for_function(f"(before) => {QUERY} !== before", arg=before)
    query = page.evaluate(QUERY)
    wait_for_query(page, query)
    return query


def forget_past(page):
    """Load a page anew: there is nothing to undo, whatever the test before did."""
    page.reload()
    page.wait_for_selector("#undo:disabled")
    page.wait_for_selector("#results td:not(:empty)")


def test_every_press_of_undo_and_redo_counts(opened):
    forget_past(opened)
    queries = [
        opened.evaluate(QUERY),
        edit(opened, opened.locator(RATE).first.fill, "0.03"),
        edit(opened, press, opened, "surfaces-add"),
        edit(opened, press, opened, "fork"),  # of the new run, which is highlighted
        edit(opened, opened.get_by_label("parameter condition").last.fill, "20"),
    ]
    press(opened, *["undo"] * 4)
    wait_for_query(opened, queries[0])
    press(opened, *["redo"] * 3)
    wait_for_query(opened, queries[3])
    press(opened, "redo", "undo", "undo", "redo", "undo")
    wait_for_query(opened, queries[2])
    press(opened, *["undo"] * 5)  # the last three have nothing to take back
    wait_for_query(opened, queries[0])
    press(opened, *["redo"] * 4)
    wait_for_query(opened, queries[4])


def test_undo_by_key_takes_back_an_added_optimizer_whose_field_has_the_focus(opened):
    before = opened.evaluate(QUERY)
    edit(opened, press, opened, "surfaces-add")
    opened.wait_for_function("() => document.activeElement.id.includes('\"card\":3')")
    opened.keyboard.press("Control+z")
    wait_for_query(opened, before)


def test_clicks_and_keys_of_undo_count_while_pages_are_on_their_way(opened):
    forget_past(opened)
    queries = [opened.evaluate(QUERY)]
    queries += [edit(opened, press, opened, "surfaces-add") for _ in range(4)]
    opened.route("**/_dash-update-component*", lambda route: (time.sleep(0.1), route.continue_()))
    for _ in range(3):
        opened.locator("#undo").click()  # by the mouse; the answers are not waited for
    wait_for_query(opened, queries[1])
    opened.evaluate("document.activeElement.blur()")
    for _ in range(3):
        opened.keyboard.press("Control+y")
    wait_for_query(opened, queries[4])
    opened.keyboard.down("Control")
    for _ in range(10):
        opened.keyboard.down("z")  # held down, it comes again and again
        opened.wait_for_timeout(30)
    opened.keyboard.up("z")
    opened.keyboard.up("Control")
    wait_for_query(opened, queries[0])
    opened.wait_for_selector("#undo:disabled")
    press(opened, *["redo"] * 4)
    wait_for_query(opened, queries[4])


def test_undo_takes_back_the_press_before_it_though_that_is_not_answered_yet(opened):
    first = opened.evaluate(QUERY)
    opened.route("**/_dash-update-component*", lambda route: (time.sleep(0.5), route.continue_()))
    press(opened, "surfaces-add", "undo")
    opened.wait_for_function("() => !document.querySelector('#redo').disabled")
    wait_for_query(opened, first)
    press(opened, "redo")
    wait_for(opened, RULES, ["sgd", "momentum", "adam", "nesterov"])
    second = opened.evaluate(QUERY)
    wait_for_query(opened, second)
    press(opened, "surfaces-add", "undo")
    opened.wait_for_function("() => !document.querySelector('#redo').disabled")
    wait_for_query(opened, second)


def test_a_press_after_undo_is_done_on_its_page_and_forgets_what_could_be_redone(opened):
    first = opened.evaluate(QUERY)
    edit(opened, opened.locator(RATE).first.fill, "0.03")
    edit(opened, press, opened, "surfaces-add")
    press(opened, "undo", "undo")
    opened.wait_for_selector("#redo:enabled")
    press(opened, "surfaces-add")  # the page of the undo is on its way
    opened.wait_for_function(f"() => /sgd:lr=0.02&.*nesterov/.test({QUERY})")
    wait_for_query(opened, opened.evaluate(QUERY))
    opened.wait_for_selector("#redo:disabled")
    press(opened, "undo")
    wait_for_query(opened, first)


def test_what_is_pressed_between_undo_and_its_page_is_done_in_its_order(opened):
    forget_past(opened)
    edit(opened, opened.locator(RATE).first.fill, "0.03")
    edit(opened, press, opened, "surfaces-add")
    press(opened, "undo", "undo", "surfaces-add")
    opened.wait_for_function(f"() => /sgd:lr=0.02&.*nesterov/.test({QUERY})")
    added = opened.evaluate(QUERY)
    wait_for_query(opened, added)
    press(opened, "undo", "surfaces-add", "surfaces-add", "undo")
    count = f"new URLSearchParams({QUERY}).getAll('rule').length"
    opened.wait_for_function(f"() => {count} === 5")
    opened.wait_for_function(f"() => {count} < 5")  # two presses at once may be one step
    opened.wait_for_selector("#redo:enabled")
    press(opened, "redo")
    opened.wait_for_function(f"() => {count} === 5")
    opened.wait_for_selector("#redo:disabled")


def test_every_press_of_a_step_and_every_key_counts(opened):
    opened.evaluate(
        "() => { for (let i = 0; i < 5; i++) document.querySelector('#step-on').click(); }"
    )
    opened.wait_for_function("() => document.querySelector('#readout').textContent === 'step 25'")
    opened.evaluate("document.activeElement.blur()")
    for _ in range(10):
        opened.keyboard.press("ArrowRight")
    opened.wait_for_function("() => document.querySelector('#readout').textContent === 'step 35'")
    opened.fill("#steps", "90")
    opened.wait_for_selector("#scrub [role=slider][aria-valuemax='90']")
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("() => document.querySelector('#readout').textContent === 'step 36'")


@contextmanager
def slowed(page, times):
    """Let the page's processor be some times slower than it is."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    yield
    session.detach()  # which ends it


@pytest.mark.parametrize("on", ["body", "#scrub [role=slider]"])
def test_every_key_counts_on_a_slow_machine(opened, on):
    opened.evaluate("(on) => document.querySelector(on).focus({ preventScroll: true })", on)
    with slowed(opened, 6):
        for _ in range(3):
            opened.keyboard.press("Home")
            for _ in range(10):
                opened.keyboard.press("ArrowRight")
            opened.wait_for_timeout(600)  # what the slider tells late has come
            assert opened.inner_text("#readout") == "step 10"
            assert opened.get_attribute("#scrub [role=slider]", "aria-valuenow") == "10"


def test_what_is_pressed_before_the_race_is_there_is_done_once_it_is(page):
    forget_race(page)
    page.goto(LINK)
    page.wait_for_selector("#step-on")
    page.evaluate("for (let i = 0; i < 5; i++) document.querySelector('#step-on').click()")
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_function("() => document.querySelector('#readout').textContent === 'step 25'")


PICTURES = {"contour": "take-png", "losses": "take-png-losses", "curves": "take-png-curves"}
"""The item of the menu for each figure; that of the surface is also the landscape's."""


def test_the_png_of_every_chart_has_the_dots_that_are_on_screen(opened, tmp_path):
    opened.get_by_text("Arrows", exact=True).click()
    for graph, item in PICTURES.items():
        compare_dots(opened, graph, item, tmp_path / f"{graph}.png")
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("v")
    opened.wait_for_function("() => plotly.findGraph('landscape')?.offsetParent")
    compare_dots(opened, "landscape", "take-png", tmp_path / "landscape.png")


def compare_dots(page, graph, item, file):
    """Save a figure, and see that it has the colors of the dots where those are on screen."""
    page.wait_for_function(f"() => plotly.findGraph('{graph}')?.querySelector('canvas.scrub')")
    page.wait_for_function(f"() => ({FLAT})('{graph}').length > 10")
    x, y, *colors = np.array(page.evaluate(FLAT, graph)).T
    with page.expect_download() as coming:
        choose(page, item)
    coming.value.save_as(file)
    pixels = np.array(Image.open(file).convert("RGB"), dtype=int)
    found = pixels[np.floor(2 * y).astype(int), np.floor(2 * x).astype(int)]
    assert np.quantile(np.abs(found - np.array(colors).T).max(axis=1), 0.8) < 30, graph
