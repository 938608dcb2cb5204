"""Numbers under a hand: drawn at once by the browser, asked for when the hand rests."""

import json
import re

import pytest

from optviz.experiments.surface import Experiment
from tests.support.browser import STILL, open_page, visit

pytestmark = pytest.mark.browser

LINK = (
    "/?problem=rosenbrock&steps=200&rule=sgd:lr=0.001"
    "&rule=adam:lr=0.05,wd=0.01,schedule=step(every=50,factor=0.5)"
)
MODULES = """async () => {
    const main = document.querySelector('script[type=module]').src;
    const load = (name) => import(new URL(name, main).href);
    window.plotly = await load('views/drawing/plotly.js');
    for (const name of ['race', 'live', 'layers']) {
        window[name] = await load(`pages/surfaces/${name}.js`);
    }
}"""
READY = "live.isReady() && ['contour', 'losses', 'curves'].every((id) => plotly.findGraph(id))"
ENDS = """() => JSON.stringify(race.shown.runs.map(
    (run) => [run.label, run.x.at(-1), run.y.at(-1), run.loss.at(-1)]))"""
PAINTED = "document.querySelectorAll('canvas.layer:not([hidden])').length"
WATCH = f"""() => {{
    const first = ({ENDS})();
    window.order = [];
    window.send ??= window.fetch;
    window.fetch = (...given) => {{
        const address = `${{given[0]?.url ?? given[0]}}`;
        if (address.includes('_dash-update-component')) window.order.push('asked');
        return window.send(...given);
    }};
    const look = () => {{
        if (({ENDS})() === first || {PAINTED} !== 3) return requestAnimationFrame(look);
        window.drawn = ({ENDS})();
        window.order.push('drawn');
    }};
    look();
}}"""
"""Notes in the page itself what comes first, the picture or the question: no clock is in it."""


@pytest.fixture
def asked(page):
    """What the page asked the server to compute; the test empties it."""
    asked: list[str] = []

    def note(request):
        if "_dash-update-component" in request.url:
            asked.append(request.post_data)

    page.on("request", note)
    yield asked
    page.remove_listener("request", note)


def opened(page, link=LINK):
    """The page once a hand may move its numbers."""
    page.evaluate("window.race && Object.assign(race.shown, { race: null, runs: [] })")
    visit(page, link)
    page.evaluate(MODULES)
    page.wait_for_function(READY)
    page.wait_for_load_state("networkidle")


def read_ends(page):
    """Label and end of each run that is shown."""
    return json.loads(page.evaluate(ENDS))


def check_ends(page, query):
    """What is shown, against the runs of an experiment made here."""
    made = Experiment.from_query(query)[0].perform().trajectories.values()
    for (label, *ends), run in zip(read_ends(page), made, strict=True):
        assert label == run.label
        assert ends == pytest.approx([*run.path[-1], run.losses[-1]], rel=1e-9)


def rest(page):
    """Until the server's answer is drawn in place of what was painted."""
    page.wait_for_function(f"{PAINTED} === 0")
    page.wait_for_load_state("networkidle")


def place_of(page, x, y):
    """The place in the window of a point of the surface."""
    return page.evaluate(
        """([x, y]) => {
            const div = plotly.findGraph('contour'), box = div.getBoundingClientRect();
            const { xaxis, yaxis } = plotly.readAxes(div);
            return [box.left + xaxis.toPixel(x), box.top + yaxis.toPixel(y)];
        }""",
        [x, y],
    )


FIELDS = {
    "learning rate of optimizer 1": ("0.0005", "rule=sgd:lr=0.0005"),
    "memory of gradients of optimizer 2": ("0.5", "beta1=0.5"),
    "wd (weight decay)": ("0.3", "wd=0.3"),
    "every (steps)": ("20", "every=20"),
    "times (factor)": ("0.9", "factor=0.9"),
    "parameter steepness": ("20", "steepness=20"),
    "start x": ("0.5", "start=0.5,1"),
    "start y": ("2.5", "start=0.5,2.5"),
    "steps": ("120", "steps=120"),
}


def test_every_number_is_drawn_as_it_is_typed_and_asked_for_when_it_rests(page, asked):
    opened(page)
    for button in page.locator(".fold[aria-expanded=false]").all():
        button.click()
    for label, (text, part) in FIELDS.items():
        field = page.get_by_label(label, exact=True).locator("visible=true").last
        asked.clear()
        page.evaluate(WATCH)
        field.fill(text)
        page.wait_for_function("window.order.includes('drawn')")
        page.wait_for_url(re.compile(re.escape(part)))
        rest(page)
        assert page.evaluate("window.order[0]") == "drawn", label
        drawn = json.loads(page.evaluate("window.drawn"))
        assert len([each for each in asked if "race.data" in each]) == 1, label
        for (name, *mine), (other, *theirs) in zip(drawn, read_ends(page), strict=True):
            assert (name, mine) == (other, pytest.approx(theirs, rel=1e-9)), label
        field.press("Tab")
    page.evaluate("window.spent = true")  # its cards stay unfolded


def test_dragged_slider_asks_nobody_until_it_is_let_go(page, asked):
    opened(page)
    thumb = page.get_by_role("slider", name="learning rate of optimizer 1")
    thumb.scroll_into_view_if_needed()
    box = thumb.bounding_box()
    x, y, seen = box["x"] + 7, box["y"] + 7, set()
    asked.clear()
    page.mouse.move(x, y)
    page.mouse.down()
    for way in range(5, 45, 5):
        page.mouse.move(x - way, y)
        page.wait_for_timeout(50)
        seen.add(page.evaluate(ENDS))
    assert len(seen) >= 7
    assert asked == []
    shown = page.get_by_label("learning rate of optimizer 1", exact=True).last.input_value()
    page.mouse.up()
    page.wait_for_url(re.compile(f"rule=sgd:lr={shown.replace('e-5', 'e-')}|rule=sgd:lr={shown}"))
    rest(page)
    assert len([each for each in asked if "race.data" in each]) == 1
    check_ends(page, page.url.partition("?")[2])


def test_keys_move_a_slider_and_back_again_without_a_question(page, asked):
    opened(page)
    before = page.evaluate(ENDS)
    asked.clear()
    thumb = page.get_by_role("slider", name="learning rate of optimizer 2")
    thumb.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("PageDown")  # at once: a slow machine would else call it a rest
    rest(page)
    assert (page.evaluate(ENDS), asked) == (before, [])
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile("adam:lr=0.16"))
    rest(page)
    assert float(thumb.get_attribute("aria-valuenow")) == pytest.approx(-0.796, abs=0.01)
    check_ends(page, page.url.partition("?")[2])


def test_paths_follow_the_start_under_the_hand(page, asked):
    opened(page)
    asked.clear()
    seen = set()
    page.mouse.move(*place_of(page, -1.2, 1))
    page.mouse.down()
    for way in range(8):
        page.mouse.move(*place_of(page, -1.1 + 0.1 * way, 1.2))
        page.wait_for_timeout(50)
        seen.add(page.evaluate(ENDS))
    assert len(seen) >= 7
    assert asked == []
    page.mouse.up()
    page.wait_for_url(re.compile(r"start=-0\.4"))
    rest(page)
    assert len([each for each in asked if "race.data" in each]) == 1
    check_ends(page, page.url.partition("?")[2])


def test_refused_number_brings_back_the_picture_and_its_sentence(page):
    opened(page)
    before = page.evaluate(ENDS)
    page.fill("#steps", "150")
    page.wait_for_function(f"(before) => ({ENDS})() !== before", arg=before)
    moved = page.evaluate(ENDS)
    page.fill("#steps", "1500000")
    page.get_by_text("steps must be a whole number").wait_for()
    query = page.evaluate("dash_component_api.getLayout('surfaces-query').props.data")
    # On a busy machine the hand may have rested on 150.
    assert page.evaluate(ENDS) == (moved if "steps=150" in query else before)
    assert page.evaluate(PAINTED) == 0


def test_forks_pins_starts_and_noise_move_with_the_numbers_that_they_hang_on(page):
    pin = "rule%3Dadam%3Alr%3D0.1%26steps%3D50%26problem%3Dbowl"
    link = "/?problem=himmelblau&rule=momentum:lr=0.005&rule=rmsprop:lr=0.05,l2=0.01&steps=100"
    link += f"&noise=0.5&seed=3&also=2,-1&fork=1@30:adam:lr=0.1&pin={pin}"
    opened(page, link)
    before = read_ends(page)
    page.get_by_role("slider", name="learning rate of optimizer 1").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"momentum:lr=0\.004"))
    rest(page)
    after = read_ends(page)
    moved = [a[1:] != b[1:] for a, b in zip(before, after, strict=True)]
    assert moved == [True, True, False, False, True, False]


def test_picture_waits_where_only_the_server_knows_the_derivative(page):
    opened(page, "/?problem=ackley&rule=sgd:lr=0.01&steps=50&start=0,1")
    waits = "document.querySelector('#stage').classList.contains('waiting')"
    page.fill("#start-y", "0")
    page.wait_for_function(waits)
    assert "once the hand rests" in page.inner_text("#said")
    page.wait_for_function(f"!{waits}")
    assert "stopped at step 0" in page.inner_text("#results")
    page.fill("#start-y", "0.5")
    page.wait_for_function(f"{PAINTED} === 3")
    assert page.evaluate(waits) is False
    rest(page)


def test_noise_is_asked_for_once_while_its_numbers_change(page):
    fetched, answers = [], []

    def note(response):
        if "/noise/" in response.url:
            fetched.append(len(response.body()))
        elif "_dash-update-component" in response.url:
            answers.append(response.text())

    page.on("response", note)
    opened(page, "/?problem=bowl&rule=sgd:lr=0.1&rule=adam:lr=0.1&steps=500&noise=0.5&seed=77")
    for name, text, part in (("noise", "0.75", "noise=0.75"), ("steps", "900", "steps=900")):
        before = page.evaluate(ENDS)
        page.fill(f"#{name}", text)
        page.wait_for_function(f"(before) => ({ENDS})() !== before", arg=before)
        assert page.evaluate(PAINTED) == 3, name
        page.wait_for_url(re.compile(re.escape(part)))
        rest(page)
        check_ends(page, page.url.partition("?")[2])
    page.remove_listener("response", note)
    assert fetched == [1_000 * 2 * 8]
    samples = [each for each in answers if '"samples":' in each]
    assert len(samples) == 3
    assert not any('"samples":{"dtype"' in each for each in answers)


def test_page_that_is_left_under_the_hand_opens_anew(page):
    opened(page)
    page.get_by_role("slider", name="learning rate of optimizer 1").focus()
    page.keyboard.down("ArrowLeft")  # no rest before the page is left
    page.get_by_role("link", name="Workbook", exact=True).click()
    page.wait_for_selector("#workbook-step")
    page.keyboard.up("ArrowLeft")
    page.get_by_role("link", name="Surfaces", exact=True).click()
    page.wait_for_function(READY)
    page.wait_for_selector("#stage:not(.waiting)")
    assert page.evaluate(PAINTED) == 0


def test_difference_from_the_servers_answer_is_a_fault_in_the_console(browser, app_url):
    context = browser.new_context(base_url=app_url, **STILL)
    page = open_page(context)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)

    def falsify(route):
        text = route.fetch().text()
        wrong = text.replace("lr * grad[i]", "lr")
        route.fulfill(body=wrong, content_type="text/javascript")

    page.route("**/emitted/*", falsify)
    page.goto("/?rule=sgd:lr=0.001&steps=50")
    page.evaluate(MODULES)
    page.wait_for_function(READY)
    page.get_by_role("slider", name="learning rate of optimizer 1").focus()
    page.keyboard.press("ArrowLeft")
    rest(page)
    page.wait_for_function("race.shown.race.key")
    context.close()
    assert len(said) == 1
    assert re.search(r"differs from the server's answer: SGD lr=\S+ at step 1", said[0])
