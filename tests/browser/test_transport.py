"""The transport bar in a real browser: the step shown, in all pictures, without the server."""

import re

import numpy as np
import pytest

from optviz.experiments.surface import Experiment
from tests.support.browser import pause_clock, visit

pytestmark = pytest.mark.browser

RULES = ("sgd:lr=0.001", "momentum:lr=0.001", "adam:lr=0.05")
LINK = "/?" + "&".join(f"rule={rule}" for rule in RULES)
AT = "race.shown.at"
MODULES = """async () => {
    const main = document.querySelector('script[type=module]').src;
    const load = (name) => import(new URL(name, main).href);
    window.plotly = await load('views/drawing/plotly.js');
    for (const name of ['race', 'player', 'linked']) {
        window[name] = await load(`pages/surfaces/${name}.js`);
    }
}"""
"""Gives the tests the page's own modules by their names."""
READY = """race.shown.runs.length
    && ['contour', 'losses', 'curves'].every(
        (id) => document.querySelector(`#${id} canvas.scrub`))
    && document.querySelector('#results td[data-at-step]')?.textContent"""
COPY = """(canvas, x, y, width, height) => {
    const copy = Object.assign(document.createElement('canvas'), { width, height });
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(canvas, x, y, width, height, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height).data;
}"""
"""The pixels of a part of a canvas, read from a copy: the canvas itself stays fast."""
PIXEL = """([id, x, y]) => {
    const div = plotly.findGraph(id), { xaxis, yaxis } = div._fullLayout;
    const canvas = div.querySelector('canvas.scrub'), ratio = window.devicePixelRatio || 1;
    const px = xaxis._offset + xaxis.d2p(x), py = yaxis._offset + yaxis.d2p(y);
    const data = (COPY)(canvas, Math.round(px * ratio), Math.round(py * ratio), 1, 1);
    return '#' + [...data.slice(0, 3)].map((v) => v.toString(16).padStart(2, '0')).join('');
}""".replace("COPY", COPY)
"""The color on the overlay of a graph at a place in the graph's own units."""


def forget_race(page):
    """The modules of a page that is open still hold the race of the test before."""
    page.evaluate("window.race && Object.assign(race.shown, { race: null, runs: [] })")


def opened(page, link=LINK):
    """The page once everything is drawn, overlays included."""
    forget_race(page)
    visit(page, link)
    page.evaluate(MODULES)
    page.wait_for_function(READY)


def colors(page):
    """The color of each run."""
    return page.evaluate("race.shown.runs.map((run) => run.color.toLowerCase())")


def wait_for_color(page, graph, place, color):
    """Until the overlay of a graph has this color at a place."""
    script = f"([id, x, y, color]) => ({PIXEL})([id, x, y]) === color"
    page.wait_for_function(script, arg=[graph, *map(float, place), color])


def runs():
    """The trajectories that the page shows, made here."""
    return list(Experiment(rules=RULES).perform().trajectories.values())


def step_shown(page, step):
    """Until the page shows this step."""
    page.wait_for_function(f"document.querySelector('#readout').textContent === 'step {step}'")


def recorded(page):
    """A list that gets every request from now on, but for the page's own pulse."""
    calls = []
    page.on("request", lambda r: None if r.url.endswith("/alive") else calls.append(r.url))
    return calls


def pause(page):
    """Press the button, and let what hangs on it happen."""
    press(page, "pause")
    page.clock.run_for(50)
    page.get_by_role("button", name="play", exact=True).wait_for()


def press(page, name):
    """Press one button of the bar."""
    page.get_by_role("group", name="playback").get_by_role("button", name=name, exact=True).click()


def test_scrubber_moves_surface_curves_and_table_without_asking_the_server(page):
    opened(page)
    calls = recorded(page)
    page.locator("#scrub [role=slider]").focus()
    page.keyboard.press("Home")
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    step_shown(page, 60)
    for run, color in list(zip(runs(), colors(page), strict=True))[1:]:
        wait_for_color(page, "contour", run.path[60], color)
        wait_for_color(page, "losses", (60, run.losses[60]), color)
    cells = page.locator("#results td[data-at-step]").all_text_contents()
    expected = [run.losses[60] for run in runs()]
    assert [float(cell) for cell in cells] == pytest.approx(expected, rel=1e-4)
    assert calls == []


def test_state_curves_carry_a_dot_in_every_frame(page):
    opened(page)
    adam = runs()[2]
    page.evaluate("player.jump(80)")
    axes = page.evaluate(
        """() => document.querySelector('#curves .js-plotly-plot')._fullData
            .filter((trace) => trace.meta && trace.meta.run === 2)
            .map((trace) => [trace.xaxis || 'x', trace.yaxis || 'y'])"""
    )
    assert len(axes) >= 4
    found = page.evaluate(
        """async () => {
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            const div = document.querySelector('#curves .js-plotly-plot'), layout = div._fullLayout;
            const canvas = div.querySelector('canvas.scrub'), ratio = devicePixelRatio;
            return div._fullData.filter((t) => t.meta && t.meta.run === 2).map((trace) => {
                const axis = (name) => layout[name[0] + 'axis' + name.slice(1)];
                const xaxis = axis(trace.xaxis || 'x'), yaxis = axis(trace.yaxis || 'y');
                const row = trace.x.indexOf(80);
                const at = [xaxis._offset + xaxis.d2p(80), yaxis._offset + yaxis.d2p(trace.y[row])];
                const data = (COPY)(canvas, ...at.map((v) => Math.round(v * ratio)), 1, 1);
                return [trace.y[row], data[3]];
            });
        }""".replace("COPY", COPY)
    )
    assert all(alpha > 0 for _, alpha in found)
    averages = [value for value, _ in found]
    assert adam.state["grad_avg"][79] == pytest.approx(averages[:2], rel=1e-5)


def test_playing_advances_with_time_and_writes_neither_link_nor_history(visitor):
    opened(visitor)
    address, entries = visitor.url, visitor.evaluate("history.length")
    press(visitor, "to the first step")
    pause_clock(visitor)
    calls = recorded(visitor)
    press(visitor, "play")
    visitor.clock.run_for(2000)
    assert visitor.evaluate(AT) == pytest.approx(125, abs=15)
    assert visitor.get_by_role("button", name="pause", exact=True).is_visible()
    assert visitor.locator("#readout").get_attribute("aria-live") == "off"
    assert calls == []
    assert (visitor.url, visitor.evaluate("history.length")) == (address, entries)


def test_pause_keeps_the_step_and_play_goes_on_from_it(visitor):
    opened(visitor)
    press(visitor, "to the first step")
    pause_clock(visitor)
    press(visitor, "play")
    visitor.clock.run_for(1000)
    pause(visitor)
    held = visitor.evaluate(AT)
    visitor.clock.run_for(3000)
    assert visitor.evaluate(AT) == held > 0
    assert visitor.locator("#readout").get_attribute("aria-live") == "polite"
    press(visitor, "play")
    visitor.clock.run_for(200)
    assert held < visitor.evaluate(AT) < held + 60


def test_speed_multiplies_the_time_and_the_end_stops_it(visitor):
    opened(visitor)
    visitor.get_by_role("textbox", name="speed").click()
    visitor.get_by_role("option", name="8×").click()
    press(visitor, "to the first step")
    pause_clock(visitor)
    press(visitor, "play")
    visitor.clock.run_for(500)
    assert visitor.evaluate(AT) == pytest.approx(250, abs=60)
    visitor.clock.run_for(1000)
    step_shown(visitor, 500)
    assert visitor.get_by_role("button", name="play", exact=True).is_visible()


def test_loop_begins_again_at_the_end(visitor):
    opened(visitor)
    visitor.get_by_role("switch", name="loop").focus()
    visitor.keyboard.press("Space")
    visitor.evaluate("player.jump(490)")
    pause_clock(visitor)
    press(visitor, "play")
    visitor.clock.run_for(1000)
    assert 0 < visitor.evaluate(AT) < 200
    assert visitor.get_by_role("button", name="pause", exact=True).is_visible()


def test_play_from_the_end_starts_at_the_beginning(visitor):
    opened(visitor)
    pause_clock(visitor)
    press(visitor, "play")
    visitor.clock.run_for(500)
    assert 0 < visitor.evaluate(AT) < 100


def test_buttons_step_by_one_and_stop_at_both_ends(page):
    opened(page)
    press(page, "one step forward")
    step_shown(page, 500)
    press(page, "one step back")
    step_shown(page, 499)
    press(page, "to the first step")
    step_shown(page, 0)
    press(page, "one step back")
    step_shown(page, 0)
    press(page, "one step forward")
    step_shown(page, 1)
    press(page, "to the last step")
    step_shown(page, 500)
    assert page.locator("#scrub [role=slider]").get_attribute("aria-valuenow") == "500"


def test_moving_the_slider_ends_the_playing(page):
    opened(page)
    press(page, "play")
    page.wait_for_function(f"{AT} > 3")
    page.locator("#scrub [role=slider]").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="play", exact=True).wait_for()
    step_shown(page, 500)


def test_dragged_slider_and_its_value_end_where_the_hand_lets_go(page):
    opened(page, LINK + "&steps=50")
    calls = recorded(page)
    box = page.locator("#scrub .mantine-Slider-trackContainer").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.9 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], y, steps=5)
    step_shown(page, 20)
    page.mouse.move(box["x"] + 0.3 * box["width"], y, steps=5)
    page.mouse.up()
    step_shown(page, 15)
    page.wait_for_function(
        "document.querySelector('#scrub [role=slider]').getAttribute('aria-valuenow') === '15'"
    )
    thumb = page.locator("#scrub [role=slider]").bounding_box()
    assert thumb["x"] + thumb["width"] / 2 == pytest.approx(box["x"] + 0.3 * box["width"], abs=1)
    assert calls == []


def test_dots_glide_between_steps_unless_less_motion_is_asked_for(visitor):
    visitor.emulate_media(reduced_motion="no-preference")
    opened(visitor, LINK + "&steps=20")
    pause_clock(visitor)
    press(visitor, "play")
    visitor.clock.run_for(1100)
    assert visitor.evaluate(AT) % 1 != 0
    pause(visitor)
    visitor.emulate_media(reduced_motion="reduce")
    press(visitor, "play")
    visitor.clock.run_for(1100)
    now = visitor.evaluate(AT)
    assert now % 1 == 0
    assert now > 2


def test_arrows_point_along_the_step_the_gradient_and_the_average(page):
    rule, row = "momentum:lr=0.001", 1
    opened(page, f"/?rule={rule}&view=arrows")
    assert page.locator("#arrow-key").is_visible()
    assert "true length" in page.locator("#arrow-key").inner_text()
    page.evaluate(f"player.jump({row})")
    (run,) = Experiment(rules=(rule,)).perform().trajectories.values()
    (color,) = colors(page)
    assert run.grad is not None
    at, step = run.path[row], run.path[row + 1] - run.path[row]
    wait_for_color(page, "contour", at + 0.6 * step, color)
    pixels = np.array(
        page.evaluate(
            """() => { const { xaxis, yaxis } = plotly.findGraph('contour')._fullLayout;
                return [xaxis.l2p(1) - xaxis.l2p(0), yaxis.l2p(1) - yaxis.l2p(0)]; }"""
        )
    )
    for vector in (run.grad[row], run.state["grad_avg"][row]):
        downhill = -vector * pixels
        tip = 41 * downhill / np.linalg.norm(downhill) / pixels
        wait_for_color(page, "contour", at + tip, color)


def test_arrow_key_is_hidden_while_no_arrows_are_drawn(page):
    opened(page)
    assert page.locator("#arrow-key").is_hidden()


def test_dots_follow_a_zoom(page):
    opened(page)
    page.evaluate("player.jump(100)")
    run, color = runs()[1], colors(page)[1]
    wait_for_color(page, "contour", run.path[100], color)
    box = page.locator("#contour .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.9 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    page.mouse.up()
    page.wait_for_function(
        "document.querySelector('#contour .js-plotly-plot')._fullLayout.xaxis.range[0] > -1.5"
    )
    wait_for_color(page, "contour", run.path[100], color)


def test_link_that_names_a_step_opens_there(page):
    opened(page, LINK + "&at=120")
    step_shown(page, 120)


def test_scrubber_that_rests_on_the_end_stays_there_when_the_run_grows(page):
    opened(page)
    page.fill("#steps", "600")
    step_shown(page, 600)
    page.evaluate("player.jump(300)")
    page.fill("#steps", "700")
    page.wait_for_function("document.querySelector('#readout-of').textContent === ' of 700'")
    step_shown(page, 300)


def test_fork_has_no_dot_before_it_begins(page):
    opened(page, LINK + "&fork=3@100:adam:lr=0.2&v=2")
    page.evaluate("player.jump(50)")
    page.wait_for_function(
        "document.querySelector('#results td[data-at-step=\"3\"]').textContent === '–'"
    )
    page.evaluate("player.jump(150)")
    page.wait_for_function(
        "document.querySelector('#results td[data-at-step=\"3\"]').textContent !== '–'"
    )


def test_landscape_carries_the_dots_where_its_own_marks_are(page):
    opened(page)
    page.get_by_text("3-D", exact=True).click()
    page.wait_for_selector("#landscape canvas.scrub")
    places = """() => {
        const scene = document.querySelector('#landscape .js-plotly-plot')._fullLayout.scene._scene;
        return Boolean(scene && scene.glplot && scene.glplot.cameraParams);
    }"""
    page.wait_for_function(places)
    page.evaluate("player.jump(10)")
    counted = """() => {
        const canvas = document.querySelector('#landscape canvas.scrub');
        const data = (COPY)(canvas, 0, 0, canvas.width, canvas.height);
        let left = canvas.width, right = 0;
        for (let i = 3; i < data.length; i += 4) {
            const x = ((i - 3) / 4) % canvas.width;
            if (data[i] > 0) { left = Math.min(left, x); right = Math.max(right, x); }
        }
        return [left / canvas.width, right / canvas.width];
    }""".replace("COPY", COPY)
    step_shown(page, 10)
    # The dots that are there before are those of the last step.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function(f"({counted})()[1] > 0")
    start = page.evaluate(counted)
    assert 0.05 < start[0] <= start[1] < 0.95
    page.evaluate("player.jump(500)")
    page.wait_for_function(f"({counted})()[1] > {start[1]} + 0.02")


@pytest.mark.parametrize("width", [390, 900])
def test_bar_fits_narrow_windows(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    opened(page)
    ends = [] if width < 500 else ["to-start", "to-end"]  # a phone has the ends of the slider
    for name in [*ends, "step-back", "play", "step-on", "scrub", "speed"]:
        box = page.locator(f"#{name}").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    small = [page.locator(f"#{name}").bounding_box() for name in ("play", "step-on")]
    assert all(box["width"] >= 24 and box["height"] >= 24 for box in small)


def test_every_control_of_the_bar_has_a_name(page):
    opened(page)
    for name in (
        "to the first step",
        "one step back",
        "play",
        "one step forward",
        "to the last step",
    ):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    assert page.get_by_role("slider", name=re.compile("step shown")).count() == 1
    assert page.get_by_role("switch", name="loop").count() == 1
