"""Linked views in a real browser: runs that stand out, the sorted table, what a hand can move."""

import re

import pytest

from optviz.experiments.surface import Experiment
from tests.browser.test_transport import AT, LINK, RULES, colors, opened, wait_for_color

pytestmark = pytest.mark.browser

ROW = "#results tr[data-run='{}']"
STRONG = """(wanted) => ['contour', 'losses', 'curves'].every((id) => {
    const runOf = (node) => node.__data__[0].trace.meta?.run;
    const lines = [...document.querySelectorAll(`#${id} .scatterlayer g.trace`)];
    const strong = (node) => getComputedStyle(node).opacity === '1';
    const of_runs = lines.filter((node) => runOf(node) !== undefined);
    return of_runs.length && of_runs.every((node) => strong(node) === wanted.includes(runOf(node)));
})"""
"""Whether these runs, and no others, are drawn at full strength in every graph."""


STOPPED_DATE = """() => {
    window.spent = true;
    const now = Date.now();
    window.Date = class extends Date {
        constructor(...given) { super(...(given.length ? given : [now])); }
        static now() { return now; }
    };
}"""
"""Nothing takes any time any more, for whoever asks for the date."""


def wait_for_strong(page, runs):
    """Until exactly these runs stand out in every graph."""
    page.wait_for_function(STRONG, arg=runs)


def trajectories(**changes):
    """The trajectories that the page shows, made here."""
    return list(Experiment(rules=RULES, **changes).perform().trajectories.values())


def place_on_screen(page, graph, point):
    """Where a point in a graph's own units is on the screen."""
    return page.evaluate(
        """([id, x, y]) => {
            const div = plotly.findGraph(id), { xaxis, yaxis } = div._fullLayout;
            div.scrollIntoView({ block: 'center' });
            const box = div.getBoundingClientRect();
            const [px, py] = [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
            return [box.left + px, box.top + py];
        }""",
        [graph, *map(float, point)],
    )


def point_at(page, graph, point):
    """Move the mouse to a point of a graph."""
    page.mouse.move(*place_on_screen(page, graph, point))


def drag(page, start, end, steps=6):
    """Drag from one place on the screen to another."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=steps)
    page.mouse.up()


def values(page, column):
    """The texts of a column of the table."""
    return page.locator(f"#results tbody tr > :nth-child({column})").all_text_contents()


def order(page):
    """Which run stands in each row of the table."""
    return page.evaluate(
        "[...document.querySelectorAll('#results tr[data-run]')].map((r) => +r.dataset.run)"
    )


def test_hovered_row_stands_out_in_every_picture_until_it_is_left(page):
    opened(page)
    wait_for_strong(page, [0, 1, 2])
    page.locator(ROW.format(1)).locator("th").hover()
    wait_for_strong(page, [1])
    page.mouse.move(5, 5)
    wait_for_strong(page, [0, 1, 2])


def test_hovered_legend_entry_lights_the_row_and_the_card(page):
    opened(page)
    page.locator("#contour g.legend g.traces").nth(2).hover()
    page.wait_for_selector(ROW.format(2) + ".lit")
    page.wait_for_selector(".optimizer.lit >> nth=0")
    assert page.locator(".optimizer").nth(2).get_attribute("class").split().count("lit") == 1
    wait_for_strong(page, [2])


def test_hovered_card_stands_out_with_all_its_runs(page):
    opened(page, LINK + "&also=0.5,1.5")
    page.locator(".optimizer").nth(1).hover()
    runs = [i for i, each in enumerate(trajectories(also=((0.5, 1.5),))) if rule_of(each) == 1]
    assert len(runs) == 2
    wait_for_strong(page, runs)


def rule_of(trajectory):
    """Which optimizer made a run."""
    return trajectory.about["origin"]["rule"]


def test_hovered_path_lights_its_row(page):
    opened(page)
    momentum = trajectories()[1].path
    point_at(page, "contour", momentum[12])
    page.wait_for_selector(ROW.format(1) + ".lit")
    wait_for_strong(page, [1])


def test_focused_row_stands_out(page):
    opened(page)
    page.locator("#results th[aria-sort]").last.focus()
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.closest('#results tr[data-run]') !== null")
    wait_for_strong(page, [0])


def test_hovered_step_of_a_curve_shows_on_the_surface_until_it_is_left(page):
    opened(page)
    run, color = trajectories()[1], colors(page)[1]
    page.evaluate("player.jump(0)")
    wait_for_color(page, "contour", trajectories()[2].path[0], colors(page)[2])
    point_at(page, "losses", (60, run.losses[60]))
    wait_for_color(page, "contour", run.path[60], color)
    page.mouse.move(5, 5)
    page.wait_for_function("() => linked.readStep(1) === 0 && race.shown.at === 0")
    page.evaluate("player.jump(60)")
    wait_for_color(page, "contour", run.path[60], color)


def test_clicked_row_isolates_its_run_until_clicked_again(page):
    opened(page)
    row = page.locator(ROW.format(1))
    row.locator("th").click()
    page.mouse.move(5, 5)
    wait_for_strong(page, [1])
    assert row.get_attribute("aria-selected") == "true"
    assert "Momentum" in page.locator("#said").inner_text()
    row.locator("th").click()
    page.mouse.move(5, 5)
    wait_for_strong(page, [0, 1, 2])
    assert row.get_attribute("aria-selected") == "false"


def test_enter_isolates_and_escape_shows_all(page):
    opened(page)
    page.locator(ROW.format(2)).focus()
    page.keyboard.press("Enter")
    wait_for_strong(page, [2])
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    wait_for_strong(page, [0, 1, 2])
    assert "All" in page.locator("#said").inner_text()


def test_isolated_run_stays_isolated_when_the_run_changes(page):
    opened(page)
    page.locator(ROW.format(1)).locator("th").click()
    page.mouse.move(5, 5)
    page.fill("#steps", "300")
    page.wait_for_function("race.shown.steps === 300")
    wait_for_strong(page, [1])
    assert page.locator(ROW.format(1)).get_attribute("aria-selected") == "true"


def test_clicked_curve_isolates_its_run(page):
    opened(page)
    page.mouse.click(*place_on_screen(page, "losses", (60, trajectories()[1].losses[60])))
    page.mouse.move(5, 5)
    wait_for_strong(page, [1])


def test_table_sorts_numbers_as_numbers_with_missing_last(page):
    opened(page, LINK + "&rule=rmsprop:lr=0.01&rule=adagrad:lr=0.5&target=0.01")
    head = page.locator("#results thead th", has_text="steps to loss")
    column = head.evaluate("(th) => th.cellIndex + 1")
    head.click()
    assert head.get_attribute("aria-sort") == "ascending"
    found = [text for text in values(page, column) if text != "–"]
    assert values(page, column)[-1] == "–"
    assert len(found) >= 1
    assert [int(text.replace(",", "")) for text in found] == sorted(
        int(text.replace(",", "")) for text in found
    )
    head.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert values(page, column)[-1] == "–"
    head.click()
    assert head.get_attribute("aria-sort") == "none"
    assert order(page) == [0, 1, 2, 3, 4]


def test_table_sorts_by_key_small_exponents_are_numbers_and_the_order_is_kept(page):
    opened(page)
    head = page.locator("#results thead th", has_text="final loss")
    head.focus()
    page.keyboard.press("Enter")
    finals = [run.losses[-1] for run in trajectories()]
    assert order(page) == sorted(range(3), key=lambda run: finals[run])
    assert "final loss" in page.locator("#said").inner_text()
    page.fill("#steps", "200")
    page.wait_for_function("race.shown.steps === 200")
    page.wait_for_url(re.compile("steps=200"))  # the server has answered, the table is its own
    finals = [run.losses[-1] for run in trajectories(steps=200)]
    assert order(page) == sorted(range(3), key=lambda run: finals[run])
    for _ in range(2):
        head.press("Enter")
    assert order(page) == [0, 1, 2]


def test_dragged_target_changes_steps_to_target_and_the_link(page):
    opened(page)
    handle = page.get_by_role("slider", name="target loss")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = page.locator("#results thead").inner_text()
    drag(page, middle, (middle[0], middle[1] + 40))
    page.wait_for_url(re.compile("target="))
    page.wait_for_function(
        "(text) => document.querySelector('#results thead').innerText !== text", arg=before
    )
    target = Experiment.from_query(page.url.partition("?")[2])[0].target
    expected = Experiment(rules=RULES, target=target).perform().rows()
    head = page.locator("#results thead th", has_text="steps to loss")
    shown = values(page, head.evaluate("(th) => th.cellIndex + 1"))
    assert shown == [
        "–" if row["steps to target"] is None else str(row["steps to target"]) for row in expected
    ]
    assert float(handle.get_attribute("aria-valuenow")) == pytest.approx(target, rel=0.01)


def test_target_moves_by_keys(page):
    opened(page)
    handle = page.get_by_role("slider", name="target loss")
    before = float(handle.get_attribute("aria-valuenow"))
    handle.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile("target="))
    page.wait_for_function(
        "(before) => +document.querySelector('.target').getAttribute('aria-valuenow') > before",
        arg=before,
    )
    assert handle.get_attribute("aria-valuetext").startswith("loss ")


def test_dragging_the_start_neither_zooms_nor_pans(page):
    opened(page)
    ranges = "JSON.stringify(plotly.findGraph('contour')._fullLayout.xaxis.range)"
    before = page.evaluate(ranges)
    start = trajectories()[0].path[0]
    end = place_on_screen(page, "contour", start + 0.5)
    drag(page, place_on_screen(page, "contour", start), end)
    page.wait_for_url(re.compile("start="))
    assert page.evaluate(ranges) == before


def test_click_sets_the_start(page):
    opened(page)
    page.mouse.click(*place_on_screen(page, "contour", (0.5, 2.0)))
    page.wait_for_function("Math.abs(document.querySelector('#start-x').value - 0.5) < 0.01")
    page.wait_for_function("Math.abs(race.shown.runs[0].y[0] - 2) < 0.02")
    assert float(page.input_value("#start-y")) == pytest.approx(2, abs=0.02)


def test_double_click_on_the_marker_goes_back_to_the_surfaces_own_start(page):
    opened(page, LINK + "&start=0.5,2")
    page.mouse.dblclick(*place_on_screen(page, "contour", (0.5, 2.0)))
    page.wait_for_function("document.querySelector('#start-x').value === '-1.2'")
    page.wait_for_function("race.shown.runs[0].x[0] === -1.2")
    assert page.input_value("#start-y") == "1"


def test_double_click_on_a_marker_that_clicks_brought_goes_home_too(page):
    opened(page)
    for x, y in [(0.5, 2.0), (1.2, 1.5)]:
        page.mouse.click(*place_on_screen(page, "contour", (x, y)))
        page.wait_for_url(re.compile(f"start={x:g}"))
    page.mouse.dblclick(*place_on_screen(page, "contour", (1.2, 1.5)))
    page.wait_for_function("document.querySelector('#start-x').value === '-1.2'")
    page.wait_for_function("race.shown.runs[0].x[0] === -1.2")


def test_double_click_elsewhere_shows_the_whole_surface_and_keeps_the_start(page):
    opened(page)
    low = "plotly.findGraph('contour')._fullLayout.xaxis.range[0]"
    drag(
        page,
        place_on_screen(page, "contour", (-1.5, 0)),
        place_on_screen(page, "contour", (1.5, 2.5)),
    )
    page.wait_for_function(f"{low} > -1.7")
    page.mouse.dblclick(*place_on_screen(page, "contour", (0.6, 1.5)))
    page.wait_for_function(f"{low} < -1.9")
    assert page.input_value("#start-x") == "-1.2"
    assert "start=" not in page.url


def test_slow_double_click_is_one_and_gives_the_start_back(page):
    """As the browser counts clicks, whose wait for a second one is longer than plotly's."""
    opened(page)
    low = "plotly.findGraph('contour')._fullLayout.xaxis.range[0]"
    corners = [place_on_screen(page, "contour", point) for point in [(-1.5, 0), (1.5, 2.5)]]
    drag(page, *corners)
    page.wait_for_function(f"{low} > -1.7")
    page.mouse.move(*place_on_screen(page, "contour", (0.6, 1.5)))
    page.mouse.down(click_count=1)
    page.mouse.up(click_count=1)
    page.wait_for_function("Math.abs(race.shown.runs[0].x[0] - 0.6) < 0.02")
    page.mouse.down(click_count=2)
    page.wait_for_timeout(400)  # as a slow hand holds it
    page.mouse.up(click_count=2)
    page.wait_for_function(f"{low} < -1.9")
    page.wait_for_function("race.shown.runs[0].x[0] === -1.2")
    page.wait_for_function("document.querySelector('#start-x').value === '-1.2'")
    page.wait_for_function("!location.search.includes('start=')")


def test_quick_click_after_a_drag_is_no_double_click(page):
    opened(page)
    low = "plotly.findGraph('contour')._fullLayout.xaxis.range[0]"
    corners = [place_on_screen(page, "contour", point) for point in [(-1.5, 0), (1.5, 2.5)]]
    place = place_on_screen(page, "contour", (0.5, 1.5))
    page.evaluate(STOPPED_DATE)
    drag(page, *corners, steps=2)
    page.wait_for_function(f"{low} > -1.7")
    zoomed = page.evaluate(low)
    page.mouse.click(*place)
    page.wait_for_url(re.compile("start="))
    assert page.evaluate(low) == zoomed


def test_surface_stays_drawn_while_the_start_moves(page):
    opened(page)
    page.mouse.click(*place_on_screen(page, "contour", (0.5, 2.0)))
    page.wait_for_function("Math.abs(race.shown.runs[0].y[0] - 2) < 0.02")
    page.wait_for_selector("#contour .cartesianlayer image")
    assert page.evaluate(AT) == 500
