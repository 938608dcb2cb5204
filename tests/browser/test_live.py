"""The live page from disk, without a network: all that moves there, and its numbers."""

import json
import re

import numpy as np
import pytest

from optviz import Experiment, live_page
from optviz.views.live.page import bundle_live, describe_page, write_style
from optviz.views.result_table import format_cell, format_losses
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import open_page, watched

pytestmark = pytest.mark.browser

MADE = Experiment(
    problem="ravine",
    rules=("sgd:lr=0.02", "momentum:lr=0.01", "adam:lr=0.1"),
    steps=60,
)
READ = """() => {
    const { query, step, race } = document.querySelector('main').live.read();
    const runs = race.runs.map(({ label, x, y, losses }) =>
        ({ label, x: Array.from(x), y: Array.from(y), losses: Array.from(losses) }));
    return { query, step, target: race.target, runs };
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
INK = """() => [...document.querySelectorAll('.optviz-live .figure')]
    .filter((each) => each.clientWidth)
    .map((each) => each.firstChild.toDataURL())"""
MOVE = """(node, share) => {
    const [low, high] = [node.min, node.max].map(Number);
    node.value = low + share * (high - low);
    node.dispatchEvent(new Event('input', { bubbles: true }));
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of the experiment that the tests share."""
    return live_page(MADE, None, tmp_path_factory.mktemp("live") / "ravine.html")


@pytest.fixture(scope="module")
def disk(browser, file):
    """The page, opened from disk without a network."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 1600}, offline=True, reduced_motion="reduce"
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = open_page(context)
    opened.goto(file.as_uri())
    yield opened
    context.close()


@pytest.fixture
def live(disk, file, request):
    """The page as it opens, watched for errors and requests."""
    with watched(disk, file.as_uri(), request):
        disk.evaluate(
            "() => { const { live } = document.querySelector('main');"
            " live.setExperiment(''); live.setStep(60); document.activeElement.blur(); }"
        )
        disk.evaluate(SETTLED)
        yield disk
    disk.keyboard.press("Escape")
    disk.set_viewport_size({"width": 1440, "height": 1600})


def slide(page, label, share):
    page.get_by_label(label, exact=True).evaluate(MOVE, share)
    page.evaluate(SETTLED)


def type_into(page, label, text):
    page.get_by_role("textbox", name=label, exact=True).fill(text)
    page.keyboard.press("Enter")
    page.evaluate(SETTLED)


def assert_same_as_python(page):
    """The runs and the table are those that Python has of the link that the page writes."""
    read = page.evaluate(READ)
    experiment, sentences = Experiment.from_query(read["query"])
    assert not sentences
    race = experiment.perform()
    assert [each["label"] for each in read["runs"]] == list(race.trajectories)
    for each, run in zip(read["runs"], race.trajectories.values(), strict=True):
        path = np.stack([each["x"], each["y"]], axis=1)
        np.testing.assert_allclose(path, run.path, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(each["losses"], run.losses, rtol=1e-9, atol=1e-12)
    assert read["target"] == pytest.approx(race.target, rel=1e-9)
    shown = page.locator(".optviz-live tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    for cells, row in zip(shown, race.rows(), strict=True):
        names = ("steps to target", "distance to minimum", "outcome")
        values = [row["optimizer"], format_losses(row), *(format_cell(row[name]) for name in names)]
        assert [cells[0], *cells[2:6]] == values
    return experiment


def test_every_control_moves_the_race_as_python_makes_it(live):
    page = live
    before = page.evaluate(INK)
    slide(page, "learning rate of optimizer 2", 0.3)
    after = page.evaluate(INK)
    assert len(after) == 3
    assert not set(before) & set(after), "a picture has not moved"
    slide(page, "parameter condition", 0.4)
    type_into(page, "parameter rotation, exact", "-0.75")
    type_into(page, "start x", "1.25")
    type_into(page, "steps", "90")
    page.get_by_label("all settings of optimizer 3", exact=True).click()
    slide(page, "memory of squares of optimizer 3", 0.9)
    page.get_by_label("largest average square so far of optimizer 3", exact=True).check()
    page.get_by_label("weight decay of optimizer 3", exact=True).select_option("wd")
    type_into(page, "weight decay wd of optimizer 3", "0.05")
    page.get_by_label("schedule of optimizer 3", exact=True).select_option("onecycle")
    type_into(page, "peak at (fraction of the steps) of optimizer 3", "0.4")
    page.get_by_label("cycle beta1 of optimizer 3", exact=True).check()
    page.get_by_label("rule of optimizer 2", exact=True).select_option("rmsprop")
    page.get_by_label("all settings of optimizer 2", exact=True).click()
    page.get_by_label("climb instead of descend, optimizer 2", exact=True).check()
    page.get_by_label("duplicate optimizer 1", exact=True).click()
    page.get_by_label("draw optimizer 1", exact=True).uncheck()
    page.get_by_role("button", name="Add optimizer").click()
    type_into(page, "gradient noise (standard deviation)", "0.3")
    type_into(page, "target loss (empty: chosen by the page)", "0.5")
    type_into(page, "more starting points", "0.5,-1; -0.25,1")
    page.evaluate(SETTLED)
    found = assert_same_as_python(page)
    assert found.also == ((0.5, -1.0), (-0.25, 1.0))
    assert found.rules[3] == (
        "adam:lr=0.1,beta2=0.8999,amsgrad=yes,wd=0.05,"
        "schedule=onecycle(peak=0.4,cycle_momentum=yes)"
    )
    assert found.rules[2].endswith("maximize=yes")
    assert [each.rpartition(",")[2] for each in found.rules[:1]] == ["on=no"]
    assert (found.steps, found.noise, found.target, len(found.rules)) == (90, 0.3, 0.5, 5)
    page.get_by_label("remove optimizer 2", exact=True).click()
    page.evaluate(SETTLED)
    assert assert_same_as_python(page).rules == (*found.rules[:1], *found.rules[2:])
    page.get_by_role("button", name="Undo", exact=True).click()
    page.evaluate(SETTLED)
    assert assert_same_as_python(page).rules == found.rules


def test_the_start_follows_a_hand_and_the_keyboard(live):
    page = live
    handle = page.locator(".start")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for by in (20, 60, 90):
        page.mouse.move(x + by, y - by)
        page.evaluate(SETTLED)
    dragged = page.evaluate(READ)
    page.mouse.up()
    start = (dragged["runs"][0]["x"][0], dragged["runs"][0]["y"][0])
    assert start[0] > MADE.surface().start[0]
    assert start[1] > MADE.surface().start[1]
    assert_same_as_python(page)
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(SETTLED)
    assert page.evaluate(READ)["runs"][0]["x"][0] > start[0]
    box = page.locator(".figure.tall >> visible=true").bounding_box()
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.evaluate(SETTLED)
    clicked = page.evaluate(READ)["runs"][0]
    assert page.get_by_label("start x", exact=True).input_value() == f"{clicked['x'][0]:g}"
    handle.dblclick()
    page.evaluate(SETTLED)
    assert Experiment.from_query(page.evaluate(READ)["query"])[0].start is None


def test_bad_input_is_told_beside_the_field_and_loses_nothing(live):
    page = live
    before = page.evaluate(READ)
    for label, text, sentence in (
        (
            "learning rate of optimizer 1, exact",
            "-0.1",
            "lr must be at least 0 and finite, got -0.1",
        ),
        ("learning rate of optimizer 1, exact", "fast", 'lr must be a number, got "fast"'),
        ("steps", "0", "steps must be a whole number from 1 to 20000, got 0"),
        ("start y", "1e13", "start must be finite, at most 1e+12 in size, got 1e+13"),
        ("more starting points", "1;2", 'write more starting points as 1,2; -1,0 and not as "1"'),
        (
            "gradient noise (standard deviation)",
            "-1",
            "noise must be a number from 0 to 1000000, got -1",
        ),
    ):
        field = page.get_by_role("textbox", name=label, exact=True)
        field.fill(text)
        page.keyboard.press("Tab")
        page.evaluate(SETTLED)
        described = field.get_attribute("aria-describedby")
        assert page.locator(f"#{described}").text_content() == sentence
        assert field.get_attribute("aria-invalid") == "true"
        assert page.evaluate(READ) == before
        field.focus()
        page.keyboard.press("Escape")
        assert field.get_attribute("aria-invalid") is None


def test_what_is_typed_letter_by_letter_stays_as_it_is_typed(live):
    page = live
    field = page.get_by_role("textbox", name="learning rate of optimizer 1, exact")
    field.focus()
    page.keyboard.press("Control+a")
    typed = ""
    for letter in "1.50e-10":
        page.keyboard.type(letter)
        typed += letter
        assert field.input_value() == typed
    page.keyboard.press("Tab")
    assert field.input_value() == "1.5e-10"
    assert "sgd:lr=1.5e-10" in page.evaluate(READ)["query"]


def test_keyboard_alone_plays_scrubs_and_changes(live):
    page = live
    page.keyboard.press("Home")
    for key, step in (("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10), ("End", 60)):
        page.keyboard.press(key)
        page.evaluate(SETTLED)
        assert page.locator(".readout").text_content() == f"step {step}"
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.get_by_role("button", name="pause").wait_for()
    page.wait_for_function("() => document.querySelector('main').live.read().step > 2")
    page.keyboard.press("Space")
    page.get_by_role("button", name="play", exact=True).wait_for()
    slider = page.get_by_label("learning rate of optimizer 2", exact=True)
    before = page.evaluate(READ)["query"]
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(SETTLED)
    assert page.evaluate(READ)["query"] != before
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("v")
    page.evaluate(SETTLED)
    assert page.get_by_role("radio", name="3-D").is_checked()
    page.keyboard.press("Control+z")
    page.keyboard.press("u")
    page.evaluate(SETTLED)
    assert page.evaluate(READ)["query"].split("&at")[0] == before.split("&at")[0]
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.get_by_label("all settings of optimizer 1", exact=True).click()
    page.get_by_label("how optimizer 1 works").click()
    assert "self.lr * grad" in page.get_by_role("dialog").text_content()
    page.keyboard.press("Escape")


def test_a_formula_is_typed_and_its_parameters_move(live):
    page = live
    field = "formula in x and y"
    before = page.evaluate(READ)
    for text, sentence in (
        ("x^2 + ", "formula"),
        ("3*z", "a surface needs x or y"),
        ("sinx + y", "sin"),
    ):
        type_into(page, field, text)
        box = page.get_by_role("textbox", name=field)
        assert sentence in page.locator(f"#{box.get_attribute('aria-describedby')}").text_content()
        assert page.evaluate(READ) == before
    type_into(page, field, "x^2 + a*y^2 + where(x > 1, sin(3*x), b)/2")
    slide(page, "parameter a", 0.8)
    type_into(page, "parameter b, exact", "-2.5")
    slide(page, "learning rate of optimizer 3", 0.6)
    found = assert_same_as_python(page)
    assert found.problem == "x^2 + a*y^2 + where(x > 1, sin(3*x), b)/2"
    assert dict(found.parameters) == {"a": 3.0, "b": -2.5}
    assert page.locator("h1").text_content() == f"Optimizers on {found.problem}"
    type_into(page, "start x", "2.5")
    type_into(page, field, "a*x^2 + sqrt(9 - x^2 - y^2)")
    found = assert_same_as_python(page)
    assert (dict(found.parameters), found.start) == ({"a": 3.0}, None)
    page.get_by_text("the new formula has no place for b=-2.5, start=2.5,2.4").wait_for()
    query = page.evaluate(READ)["query"]
    surfaces = page.get_by_label("surface", exact=True)
    assert surfaces.input_value() == ""
    for name in ("himmelblau", "styblinski_tang", "ravine"):
        surfaces.select_option(name)
        page.evaluate(SETTLED)
        assert assert_same_as_python(page).problem == name
    page.evaluate("(query) => document.querySelector('main').live.setExperiment(query)", query)
    page.evaluate(SETTLED)
    assert page.evaluate(READ)["query"] == query
    assert assert_same_as_python(page) == found


def test_the_pointer_tells_the_point_of_a_run(live):
    page = live
    box = page.locator(".start").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 24, y)
    tip = page.locator(".tip").first
    tip.wait_for()
    assert re.search(
        r"\w+ lr=0\.\d+step \d+: loss [\d.e−]+ at \(−?[\d.]+, −?[\d.]+\)",
        tip.inner_text().replace("\n", ""),
    )
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden")


def test_the_table_sorts_by_its_heads(live):
    page = live
    heads = page.locator(".optviz-live thead th")
    page.get_by_role("button", name="final loss").click()
    assert heads.nth(2).get_attribute("aria-sort") == "ascending"
    column = "rows => rows.map((row) => parseFloat(row.cells[2].textContent.replace('−', '-')))"
    values = page.locator(".optviz-live tbody tr").evaluate_all(column)
    assert values == sorted(values)
    page.get_by_role("button", name="final loss").click()
    values = page.locator(".optviz-live tbody tr").evaluate_all(column)
    assert values == sorted(values, reverse=True)
    page.get_by_role("button", name="final loss").click()


def test_the_address_keeps_the_state_and_opens_it_again(live, file):
    page = live
    slide(page, "learning rate of optimizer 3", 0.55)
    page.get_by_role("radio", name="Effective lr").check()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    page.evaluate(SETTLED)
    before = page.evaluate(READ)
    page.wait_for_function(
        "(query) => decodeURIComponent(location.hash.slice(1)) === decodeURIComponent(query)",
        arg=before["query"],
    )
    page.reload()
    page.wait_for_function("() => document.querySelector('main').live?.read().race")
    assert page.evaluate(READ) == before
    found, sentences = Experiment.from_query(before["query"])
    assert not sentences
    assert (found.at, found.view) == (10, ("rates",))
    wrong = before["query"].replace("steps=60", "steps=no").replace("adam:", "adm:")
    page.goto(f"{file.as_uri()}#{wrong}")
    page.reload()
    page.wait_for_selector(".link-note")
    told = page.locator(".link-note").text_content()
    assert 'steps must be a number, got "no"' in told
    assert 'no rule "adm"' in told
    assert len(page.evaluate(READ)["runs"]) == 2
    page.goto(f"{file.as_uri()}#")
    page.reload()
    page.wait_for_function("() => document.querySelector('main').live?.read().race")


def copied(page, what):
    """What a button copies, or shows where the browser does not let it."""
    page.get_by_role("button", name=f"Copy {what}").first.click()
    page.evaluate(SETTLED)
    dialog = page.get_by_role("dialog")
    dialog.or_(page.locator(".said", has_text="copied")).first.wait_for()
    if not dialog.is_visible():
        return page.evaluate("() => navigator.clipboard.readText()")
    text = dialog.locator("textarea").input_value()
    page.keyboard.press("Escape")
    return text


def test_address_and_json_are_copied_or_shown(live, file):
    page = live
    slide(page, "learning rate of optimizer 3", 0.3)
    page.evaluate("() => document.querySelector('main').live.setStep(20)")
    page.evaluate(SETTLED)
    query = page.evaluate(READ)["query"]
    assert Experiment.from_json(copied(page, "JSON")) == Experiment.from_query(query)[0]
    assert copied(page, "page address") == f"{file.as_uri()}#{query}"
    assert Experiment.from_query(query)[0].at == 20


def test_a_phone_has_no_sideways_scroll_and_nothing_grave_is_found(live):
    page = live
    for name in ("1", "2"):
        page.get_by_label(f"all settings of optimizer {name}", exact=True).click()
    for width in (390, 900, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(SETTLED)
        wide = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], width
        if width == 390:
            assert not grave(page)
    assert not grave(page)
    assert not grave_in_other_scheme(page, "light")


def test_the_page_plays_once_when_it_opens(browser, file, request):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
    page = open_page(context)
    page.clock.install()
    with watched(page, file.as_uri(), request):
        page.goto(file.as_uri())
        page.get_by_role("button", name="pause").wait_for()
        assert page.evaluate(READ)["step"] < 60
        page.clock.run_for(9000)
        page.get_by_role("button", name="play", exact=True).wait_for()
        assert page.evaluate(READ)["step"] == 60
        text = file.read_text("utf-8")
        assert len(text.encode()) <= 400_000
        assert re.search(r"script-src &#x27;sha256-[\w+/=]+&#x27;;", text)
        assert "unsafe-eval" not in text
    context.close()


TWICE = """
import { modules } from "./emitted.js";
import { mount } from "./mount.js";
const data = JSON.parse(document.querySelector("#data").textContent);
const style = document.querySelector("#style").content;
window.told = [];
window.lives = [...document.querySelectorAll(".place")].map((place, index) => {
    const root = place.attachShadow({ mode: "open" });
    root.append(style.cloneNode(true));
    const onChange = ({ step }) => window.told.push([index, step]);
    return mount(root, data, { modules, play: false, onChange });
});
"""


def test_several_stand_in_one_page_each_in_a_shadow_root(browser, tmp_path, request):
    data, name = describe_page(MADE), "views/live/twice.js"
    script = bundle_live(data, name, {name: TWICE})
    del data["modules"]
    text = json.dumps(data).replace("<", "\\u003c")
    html = f"""<!doctype html><title>Two</title><link rel="icon" href="data:,">
        <template id="style"><style>{write_style()}</style></template>
        <div class="place"></div><div class="place"></div>
        <script type="application/json" id="data">{text}</script>
        <script type="module">{script}</script>"""
    file = tmp_path / "two.html"
    file.write_text(html, "utf-8")
    context = browser.new_context(viewport={"width": 1000, "height": 900}, offline=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(context)
    with watched(page, file.as_uri(), request):
        page.goto(file.as_uri())
        page.wait_for_function("() => window.lives?.every((each) => each.read().race)")
        steps = "() => window.lives.map((each) => each.read().step)"
        assert page.evaluate(steps) == [60, 60]
        page.evaluate("() => window.lives[1].setStep(7)")
        page.evaluate(SETTLED)
        assert page.evaluate("() => window.told.at(-1)") == [1, 7]
        page.get_by_label("learning rate of optimizer 1", exact=True).first.focus()
        page.keyboard.press("u")
        page.get_by_role("radio", name="Distance").first.focus()
        page.keyboard.press("a")
        page.evaluate(SETTLED)
        pressed = page.locator(".chip").evaluate_all("all => all.map((each) => each.ariaPressed)")
        assert pressed == ["true", "false"]
        link = "problem=ravine&steps=30&rule=adam:lr=0.3&v=2"
        page.evaluate("(link) => window.lives[0].setExperiment(link)", link)
        page.evaluate(SETTLED)
        assert page.evaluate("() => window.lives.map((each) => each.read().race.runs.length)") == [
            1,
            3,
        ]
        address, query = copied(page, "app link").split("?")
        assert address == "http://127.0.0.1:8050/"
        assert Experiment.from_query(query) == Experiment.from_query(link)
        page.evaluate("() => window.lives[0].destroy()")
        assert page.locator(".optviz-live").count() == 1
    context.close()


def test_where_no_derivative_is_known_a_sentence_says_so_and_the_page_goes_on(
    browser, tmp_path, request
):
    made = Experiment(problem="cos(sqrt(x^2 + y^2))", rules=("sgd:lr=0.1",), start=(0.0, 0.0))
    file = live_page(made, None, tmp_path / "peak.html")
    context = browser.new_context(offline=True, reduced_motion="reduce")
    page = open_page(context)
    with watched(page, file.as_uri(), request):
        page.goto(file.as_uri())
        page.locator(".unknown", has_text="knows no derivative").wait_for()
        type_into(page, "start x", "0.5")
        assert page.locator(".unknown").text_content() == ""
        assert len(page.evaluate(READ)["runs"][0]["x"]) == 501
        before = page.evaluate(READ)["runs"]
        type_into(page, "start x", "0")
        page.locator(".unknown", has_text="knows no derivative").wait_for()
        assert page.evaluate(READ)["runs"] == before
    context.close()
