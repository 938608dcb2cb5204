"""The picture of losses against the learning rate, under a mouse, a finger and the keyboard."""

import re

import pytest

from optviz import Experiment, learning_rates, live_page
from tests.support.axe import grave
from tests.support.browser import open_page, visit, watched

pytestmark = pytest.mark.browser

MADE = Experiment(
    problem="ravine", rules=("sgd:lr=0.02", "momentum:lr=0.02", "adam:lr=0.1"), steps=80
)
LINK = f"/?{MADE.to_query()}"
READ = "() => document.querySelector('main').live.read().query"
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
INK = "() => document.querySelector('.rate-figure canvas').toDataURL()"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return live_page(MADE, None, tmp_path_factory.mktemp("rates") / "ravine.html")


@pytest.fixture(scope="module")
def disk(browser, file):
    """The live page from disk, for a finger too."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 1400}, offline=True, reduced_motion="reduce"
    )
    opened = open_page(context)
    opened.goto(file.as_uri())
    yield opened
    context.close()


@pytest.fixture
def live(disk, file, request):
    with watched(disk, file.as_uri(), request):
        disk.evaluate("() => document.querySelector('main').live.setExperiment('')")
        disk.locator(".rate-handle").nth(2).wait_for()
        yield disk


def find_rule(query, place):
    return Experiment.from_query(query)[0].entries[place].rule


def find_handle(page, place):
    return page.locator(f".rate-handle[aria-label*='optimizer {place}']")


def find_middle(handle):
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def measure_decade(page):
    """The pixels of a power of ten, by two dots whose rates are known."""
    (first, _), (third, _) = (find_middle(find_handle(page, each)) for each in (1, 3))
    return (third - first) / 0.69897  # log10(0.1 / 0.02)


def test_a_mouse_drags_the_rate_of_the_curve_that_it_takes_hold_of(live):
    page, (across, down) = live, find_middle(find_handle(live, 2))
    decade, before = measure_decade(page), page.evaluate(INK)
    page.mouse.move(across, down)
    assert page.locator(".rate-tip").inner_text().startswith("Momentum lr=0.02: final loss")
    page.mouse.down()
    page.mouse.move(across + decade / 2, down + 20, steps=4)
    page.evaluate(SETTLED)
    moved = find_rule(page.evaluate(READ), 1).lr
    assert moved == pytest.approx(0.02 * 10**0.5, rel=0.05)
    field = page.get_by_role("textbox", name="learning rate of optimizer 2, exact", exact=True)
    assert float(field.input_value()) == moved
    page.mouse.move(across + 1.5 * decade, down, steps=4)
    page.mouse.up()
    page.evaluate(SETTLED)
    assert find_handle(page, 2).get_attribute("aria-valuetext").startswith("lr 0.6")
    assert find_rule(page.evaluate(READ), 0).lr == 0.02
    assert page.evaluate(INK) == before, "a curve does not depend on the rate that is set"
    page.get_by_role("button", name="Undo").click()
    assert find_rule(page.evaluate(READ), 1).lr == 0.02


def test_a_press_beside_the_dots_takes_the_nearest_curve(live):
    page, (across, down) = live, find_middle(find_handle(live, 3))
    page.mouse.click(across + 0.8 * measure_decade(page), down)  # only Adam is down there
    page.evaluate(SETTLED)
    assert find_rule(page.evaluate(READ), 2).lr == pytest.approx(0.1 * 10**0.8, rel=0.05)
    assert find_rule(page.evaluate(READ), 1).lr == 0.02


def test_the_keyboard_moves_a_rate_and_says_what_comes_of_it(live):
    handle = find_handle(live, 1)
    handle.focus()
    for key, text in {
        "ArrowRight": "lr 0.022, final loss",
        "ArrowLeft": "lr 0.02, final loss",
        "PageUp": "lr 0.063, final loss",
        "End": "lr 1, final loss 1.835e221, off the chart",
        "Home": "lr 0.00001, final loss",
    }.items():
        live.keyboard.press(key)
        live.evaluate(SETTLED)
        assert handle.get_attribute("aria-valuetext").replace("1e−5", "0.00001").startswith(text)
    assert handle.get_attribute("aria-valuenow") == "0.00001"
    assert find_rule(live.evaluate(READ), 0).lr == 1e-5


def test_a_finger_taps_and_drags_and_still_scrolls(browser, file, request):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    )
    page = open_page(context)
    with watched(page, file.as_uri(), request):
        page.goto(file.as_uri())
        page.locator(".rate-figure").scroll_into_view_if_needed()
        find_handle(page, 3).wait_for()
        session, decade = context.new_cdp_session(page), measure_decade(page)

        def touch(kind, *points):
            places = [{"x": x, "y": y} for x, y in points]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

        across, down = find_middle(find_handle(page, 2))
        touch("touchStart", (across, down))
        for part in range(1, 6):
            touch("touchMove", (across + part * decade / 10, down))
        touch("touchEnd")
        page.evaluate(SETTLED)
        moved = find_rule(page.evaluate(READ), 1).lr
        assert moved == pytest.approx(0.02 * 10**0.5, rel=0.15)
        box = page.locator(".rate-figure").bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.evaluate(SETTLED)
        rules = [find_rule(page.evaluate(READ), place).lr for place in range(3)]
        assert rules != [0.02, moved, 0.1]
        touch("touchStart", (box["x"] + 150, box["y"] + 60))
        for far in range(10, 130, 10):
            touch("touchMove", (box["x"] + 150, box["y"] + 60 - far))
        touch("touchEnd")
        page.evaluate(SETTLED)
        assert page.evaluate("scrollX") == 0
        after = [find_rule(page.evaluate(READ), place).lr for place in range(3)]
        assert after == rules, "a finger that scrolls sets no rate"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not grave(page, ".rates")
    context.close()


def test_none_one_or_twelve_optimizers_have_their_curves(live):
    note, show = (
        live.locator(".rate-note"),
        "(query) => document.querySelector('main').live.setExperiment(query)",
    )
    live.evaluate(show, "rule=sgd:lr=0.02,on=no&problem=ravine&steps=20")
    live.evaluate(SETTLED)
    assert live.locator(".rate-handle").count() == 0
    assert note.inner_text() == "No optimizer is shown."
    many = "&".join(f"rule=momentum:lr=0.0{place + 10},beta1=0.{place}5" for place in range(10))
    live.evaluate(show, f"{many}&rule=adadelta:lr=50&rule=adam:lr=0.1&problem=ravine&steps=20")
    live.locator(".rate-handle").nth(11).wait_for()
    assert live.locator(".rate-handle").count() == 12
    assert not grave(live, ".rates")


def test_on_the_page_the_pictures_follow_without_a_request_and_the_link_once_it_rests(page):
    asked = []
    visit(page, LINK)
    page.locator(".rate-handle").nth(2).wait_for()
    page.locator(".rate-note").scroll_into_view_if_needed()
    page.evaluate(SETTLED)
    page.on("request", lambda request: asked.append(request.url))
    across, down = find_middle(find_handle(page, 2))
    decade = measure_decade(page)
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(across + decade / 2, down, steps=6)
    page.evaluate(SETTLED)
    assert find_handle(page, 2).get_attribute("aria-valuetext").startswith("lr 0.06")
    assert not asked
    page.mouse.up()
    page.wait_for_url(re.compile(r"momentum:lr=0\.06"))
    find_handle(page, 1).focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(re.compile(r"sgd:lr=0\.063"))
    choice = page.get_by_role("radiogroup", name="loss against the learning rate")
    choice.get_by_text("best loss").click()
    page.wait_for_url(re.compile(r"view=best"))
    assert find_handle(page, 1).get_attribute("aria-valuetext").startswith("lr 0.063, best loss")


def test_where_the_browser_knows_no_derivative_the_server_measures(page):
    rule, start = "sgd:lr=0.1", (0.0, 0.0)
    asked = Experiment(problem="cos(sqrt(x^2 + y^2))", start=start, steps=9, rules=(rule,))
    with page.expect_response(lambda answer: "/rates.json" in answer.url) as answer:
        visit(page, f"/?{asked.to_query()}")
    wanted = learning_rates(asked.build(), rule, steps=9, start=start)
    [curve] = answer.value.json()
    assert curve["final"] == wanted.final.tolist()
    handle = find_handle(page, 1)
    handle.wait_for()
    assert handle.get_attribute("aria-valuetext") == "lr 0.1, final loss 1"
