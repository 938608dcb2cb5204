"""Lessons in a real browser: from a disk without a network, and within the app."""

import json
from contextlib import ExitStack

import pytest

from optviz.lessons.library import read_library
from optviz.lessons.page import lesson_page
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import open_page, watched

pytestmark = pytest.mark.browser

RATE = read_library()["learning_rate"]
ASKED = next(i for i, step in enumerate(RATE.steps, 1) if step.question)
"""The first part that asks."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A lesson of races, and one that begins with a picture that is none."""
    folder = tmp_path_factory.mktemp("lessons")
    names = ("learning_rate", "rmsprop")
    return {
        name: lesson_page(read_library()[name], folder / f"{name}.html").as_uri() for name in names
    }


@pytest.fixture
def reader(browser, files, request):
    """A function that opens a part of a lesson from the disk, and watches for errors."""

    def open_part(name="learning_rate", part=1, width=1440, height=900, more="", **options):
        options = {"reduced_motion": "reduce", "offline": True} | options
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = open_page(context)
        opened.callback(context.close)
        opened.enter_context(watched(page, files[name], request))
        page.goto(f"{files[name]}#part={part}{more}")
        page.locator(".lesson-panel h2").wait_for()
        return page

    with ExitStack() as opened:
        yield open_part


def heading(page):
    return page.locator(".lesson-panel h2").inner_text()


def predict(page, choice):
    page.locator(".prediction input").nth(choice).check()
    page.get_by_role("button", name="Show the run").click()
    page.locator(".verdict strong").wait_for()


def find_right(page):
    """The choices that hold, as the page marks them once the run is over."""
    return page.eval_on_selector_all(
        ".prediction", "all => all.flatMap((each, i) => each.matches('.held') ? [i] : [])"
    )


def test_prediction_comes_before_the_run_and_the_run_answers_it(reader):
    page = reader(part=ASKED)
    status = page.get_by_role("status").and_(page.locator(".verdict"))
    page.get_by_role("button", name="Show the run").click()
    assert status.inner_text() == "Choose one of the answers first."
    predict(page, 0)
    [right] = find_right(page)
    question = RATE.steps[ASKED - 1].question
    assert question
    assert question.choices[right].holds is not None
    assert ("was right" in status.inner_text()) == (right == 0)
    assert question.explain.replace("*", "")[:30] in status.inner_text()
    assert page.locator(".prediction input:enabled").count() == 0
    assert page.evaluate("document.activeElement.className") == "verdict"


def test_answers_stay_until_the_lesson_is_started_again(reader):
    page = reader(part=ASKED)
    predict(page, 1)
    page.reload()
    page.locator(".verdict strong").wait_for()
    assert page.locator(".prediction input").nth(1).is_checked()
    page.goto(f"{page.url.partition('#')[0]}#part={len(RATE.steps) + 1}")
    page.get_by_role("button", name="Start again").wait_for()
    assert "of your 1 predictions" in page.locator(".lesson-panel").inner_text()
    page.get_by_role("button", name="Start again").click()
    assert heading(page) == RATE.steps[0].title
    assert page.evaluate("Object.keys(localStorage).filter((key) => /lesson/.test(key))") == []


def test_parts_turn_by_buttons_keys_and_the_address(reader):
    page = reader()
    titles = [step.title for step in RATE.steps]
    assert page.locator(".lesson-where").inner_text().endswith(f": 1 of {len(titles) + 1}")
    page.locator(".lesson-way button").nth(1).click()
    assert heading(page) == titles[1]
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert titles[1] in page.title()
    page.keyboard.press("n")
    assert heading(page) == titles[2]
    page.keyboard.press("b")
    page.go_back()
    page.wait_for_function(f"document.title.startsWith({json.dumps(titles[2])})")
    page.locator(".lesson-parts summary").click()
    page.locator(".lesson-parts a").nth(0).click()
    assert heading(page) == titles[0]
    assert page.url.endswith("#part=1")


def test_what_the_reader_changes_can_be_set_back(reader):
    page = reader()
    back = page.get_by_role("button", name="Back to the lesson's settings")
    assert back.is_hidden()
    slider = page.get_by_role("slider", name="learning rate of optimizer 1", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    back.wait_for()
    before = page.get_by_role("link", name="Open on Surfaces").get_attribute("href")
    assert before.startswith("http://127.0.0.1:8050/?")
    back.click()
    back.wait_for(state="hidden")


def test_run_is_played_and_told_once_it_is_over(reader):
    page = reader(part=ASKED, reduced_motion="no-preference")
    page.clock.install()
    page.locator(".prediction input").nth(0).check()
    page.get_by_role("button", name="Show the run").click()
    page.clock.run_for(1500)
    assert page.locator(".verdict").inner_text() == "Watch what happens …"
    page.clock.run_for(9000)
    page.locator(".verdict strong").wait_for()


@pytest.mark.parametrize("name", ["learning_rate", "rmsprop"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_lesson_has_no_grave_fault_for_axe_and_fits(reader, name, scheme, width):
    page = reader(name, ASKED if name == "learning_rate" else 1, width, color_scheme=scheme)
    assert grave(page) == []
    predict(page, 0)
    assert grave(page) == []
    assert grave_in_other_scheme(page, scheme) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_stage_stays_in_sight_of_the_question(reader):
    page = reader(part=ASKED, width=390, height=844)
    page.get_by_role("button", name="Show the run").scroll_into_view_if_needed()
    page.locator(".prediction input").nth(0).check()
    page.get_by_role("button", name="Show the run").click()
    page.locator(".verdict strong").wait_for()
    page.locator(".verdict").evaluate("(each) => each.scrollIntoView({ block: 'end' })")
    stage, verdict = [page.locator(each).bounding_box() for each in (".stage", ".verdict")]
    assert stage["y"] >= -1
    assert stage["y"] + stage["height"] <= verdict["y"] + verdict["height"] <= 845


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
@pytest.mark.parametrize("name", ["learning_rate", "rmsprop"])
def test_presented_lesson_fits_the_window_and_turns(reader, name, width, height):
    part = ASKED if name == "learning_rate" else 1
    page = reader(name, part, width, height, "&present")
    predict(page, 0)
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    text = page.locator(".lesson-text p").last
    assert float(text.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)")) >= 20
    picture = page.locator(".presenting .figure").first.bounding_box()
    assert picture["height"] > 0.25 * height
    first = heading(page)
    page.keyboard.press("PageDown")
    page.wait_for_function(
        f"document.querySelector('.lesson-panel h2').textContent !== {json.dumps(first)}"
    )
    page.keyboard.press("Escape")
    page.locator(".presenting").wait_for(state="detached")
    page.wait_for_function("() => !location.href.includes('present')")


def test_app_serves_the_lessons_and_their_list(browser, app_url):
    other = open_page(browser.new_context())
    other.goto(f"{app_url}/lessons")
    links = other.locator(".lesson-list a")
    assert links.count() == len(read_library())
    assert grave(other) == []
    links.first.click()
    other.locator(".lesson-panel h2").wait_for()
    assert f"/lesson/{next(iter(read_library()))}" in other.url
    href = other.get_by_role("link", name="Open on Surfaces").get_attribute("href")
    assert href.startswith(f"{app_url}/?") or other.locator(".lesson-frame").count()
    answer = other.goto(f"{app_url}/lesson/momentun")
    assert answer.status == 404
    assert "nearest: momentum" in other.locator("main").inner_text()
    other.context.close()
