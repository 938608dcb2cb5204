"""Taking a race away in a real browser, and the page that scrubs from disk."""

import json
import re
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from optviz import compare, surface
from optviz.views import contour, save_image, scrubbable
from optviz.views.export.offline import POINTS
from tests.support.browser import ARTIFACTS, CHROMIUM, PATIENCE_MS, STILL, visit
from tests.support.requirements import missing

pytestmark = pytest.mark.browser

LINK = "/?problem=booth&steps=40&rule=sgd:lr=0.01&rule=adam:lr=0.2"
BOOTH = "problem=booth&steps=25&rule=sgd:lr=0.01&rule=adam:lr=0.1,on=no"
RACE = compare(surface("booth"), ["sgd:lr=0.01", "adam:lr=0.2"], 40)


# -- the menu ------------------------------------------------------------------------------------


@pytest.fixture
def opened(page):
    """The page with its race drawn, and the clipboard free to use."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, LINK)
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#results td:not(:empty)")
    return page


def choose(page, identity):
    """Unfold the list and take an item."""
    page.click("#take > summary")
    page.click(f"#{identity}")


def clipboard(page) -> str:
    return page.evaluate("() => navigator.clipboard.readText()")


def test_the_link_is_copied_with_the_step_shown_and_opens_there(opened):
    opened.locator("#scrub [role=slider]").focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowRight")
    choose(opened, "share")
    opened.locator("#take-said", has_text="Link copied").wait_for()
    link = clipboard(opened)
    assert re.search(r"[?&]at=1(&|$)", link)
    assert "problem=booth" in link
    opened.goto(link)
    opened.locator("#readout", has_text="step 1").wait_for()


def test_page_that_was_left_while_its_sentence_stood_has_no_error_later(visitor):
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(visitor, LINK)
    visitor.wait_for_selector("#results td:not(:empty)")
    choose(visitor, "share")
    visitor.locator("#take-said", has_text="Link copied").wait_for()
    visitor.get_by_role("link", name="Workbook").click()
    visitor.wait_for_selector("#workbook-frame")
    visitor.clock.fast_forward(60_000)  # what fails in a timer is seen by `watched`
    visitor.wait_for_selector("#workbook-frame tr.now")


def test_at_the_end_of_the_runs_the_link_names_no_step(opened):
    choose(opened, "share")
    opened.locator("#take-said", has_text="Link copied").wait_for()
    assert "at=" not in clipboard(opened)


def test_the_script_is_copied(opened):
    choose(opened, "take-script")
    opened.locator("#take-said", has_text="Python script copied").wait_for()
    text = clipboard(opened)
    assert 'surface("booth")' in text
    compile(text, "script", "exec")


FILES = {
    "take-png": ("optviz-booth.png", b"\x89PNG"),
    "take-svg": ("optviz-booth.svg", b"<svg"),
    "take-csv": ("optviz-booth.csv", b"optimizer,step"),
    "take-json": ("optviz-booth.json", b"{"),
    "take-page": ("optviz-booth.html", b"<!doctype html>"),
    "take-live": ("optviz-booth-live.html", b"<!doctype html>"),
}


def test_each_file_is_saved_and_said(opened, tmp_path):
    for identity, (name, start) in FILES.items():
        with opened.expect_download() as coming:
            choose(opened, identity)
        assert coming.value.suggested_filename == name
        coming.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
        opened.locator("#take-said", has_text=f"{name} is in your downloads").wait_for()


def test_the_picture_has_the_colors_of_the_scheme_shown(opened, tmp_path):
    opened.get_by_role("button", name=re.compile("light and dark")).click()
    opened.wait_for_selector("[data-mantine-color-scheme=dark]")
    opened.wait_for_selector('#contour .main-svg[style*="rgb(36, 36, 36)"]')
    with opened.expect_download() as coming:
        choose(opened, "take-svg")
    coming.value.save_as(tmp_path / "dark.svg")
    assert "rgb(36, 36, 36)" in (tmp_path / "dark.svg").read_text("utf-8")


NO_CLIPBOARD = """() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    window.spent = true;
}"""


def test_without_a_clipboard_the_text_is_copied_by_a_field(opened):
    opened.evaluate(NO_CLIPBOARD)
    choose(opened, "share")
    opened.locator("#take-said", has_text="Link copied").wait_for()


def test_where_nothing_can_be_copied_the_text_is_shown_to_copy_by_hand(opened):
    opened.evaluate(NO_CLIPBOARD)
    opened.evaluate("() => { document.execCommand = () => false; }")
    choose(opened, "share")
    field = opened.locator("dialog.take-text textarea")
    field.wait_for()
    assert "problem=booth" in field.input_value()
    opened.keyboard.press("Escape")
    field.wait_for(state="detached")


def test_the_menu_is_worked_by_keyboard(opened):
    opened.focus("#take > summary")
    opened.keyboard.press("Enter")
    opened.wait_for_selector("#share")
    opened.keyboard.press("Tab")
    opened.wait_for_selector("#share:focus")
    opened.keyboard.press("Enter")
    opened.locator("#take-said", has_text="Link copied").wait_for()


# -- the page that scrubs from disk ----------------------------------------------------------------


@pytest.fixture(scope="module")
def offline(browser, tmp_path_factory):
    """A function that opens the page of a comparison from disk; any request or error fails."""
    contexts, wrong = [], []
    folder = tmp_path_factory.mktemp("offline")

    def open_page(race=RACE, scheme="light", width=1440, **how):
        file = scrubbable(race, folder / f"race{len(contexts)}.html", **how)
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, color_scheme=scheme, offline=True, **STILL
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error",) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        own = (file.as_uri(), "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else wrong.append(r.url))
        page.goto(file.as_uri())
        page.wait_for_selector("canvas.scrub")
        return page

    yield open_page
    ARTIFACTS.mkdir(exist_ok=True)
    for place, context in enumerate(contexts):
        name = f"offline-{place}.png"
        context.pages[0].screenshot(path=ARTIFACTS / name, full_page=True)
        context.close()
    assert not wrong, wrong


@pytest.fixture(scope="module")
def disk(offline):
    """The page of the race in light, shared by tests that only scrub, zoom or change the scheme."""
    return offline()


def dots(page, place="contour") -> str:
    """The pixels of the dots above a figure."""
    return page.evaluate(f"() => document.querySelector('#{place} canvas.scrub').toDataURL()")


def moved(page, before, place="contour"):
    page.wait_for_function(
        "([place, before]) => document.querySelector(`#${place} canvas.scrub`).toDataURL()"
        " !== before",
        arg=[place, before],
    )


def cells(page) -> list[float]:
    return [float(each) for each in page.locator("td[data-run]").all_text_contents()]


def test_the_offline_page_of_the_longest_record_is_at_most_six_megabytes(tmp_path):
    run, many = next(iter(RACE.trajectories.values())), 50
    points = POINTS // many
    each = replace(
        run,
        step=np.arange(points),
        path=np.random.default_rng(0).normal(size=(points, 2)),
        losses=np.random.default_rng(1).exponential(size=points),
    )
    longest = replace(RACE, trajectories={f"run {place}": each for place in range(many)})
    assert 5e6 < scrubbable(longest, tmp_path / "long.html").stat().st_size < 6e6


def test_scrubbing_moves_the_dots_and_the_losses_of_the_table(disk):
    page = disk
    losses = [each.losses for each in RACE.trajectories.values()]
    assert cells(page) == pytest.approx([each[-1] for each in losses], rel=1e-4)
    before = {place: dots(page, place) for place in ("contour", "losses")}
    page.locator("#step").fill("7")
    for place, pixels in before.items():
        moved(page, pixels, place)
    assert page.locator("#readout").text_content() == "7"
    assert cells(page) == pytest.approx([each[7] for each in losses], rel=1e-4)


def test_keys_go_step_by_step_and_to_the_ends(disk):
    page = disk
    page.evaluate("document.activeElement.blur()")
    for key, step in (("Home", "0"), ("ArrowRight", "1"), ("End", "40"), ("ArrowLeft", "39")):
        page.keyboard.press(key)
        page.locator("#readout", has_text=re.compile(f"^{step}$")).wait_for()


def test_space_plays_and_pauses(disk):
    page = disk
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("End")
    page.keyboard.press(" ")
    page.locator("#play", has_text="Pause").wait_for()
    page.wait_for_function("() => Number(document.querySelector('#step').value) > 1")
    page.keyboard.press(" ")
    page.locator("#play", has_text="Play").wait_for()
    assert page.get_attribute("#play", "aria-pressed") == "false"


def test_dots_stay_on_their_paths_when_the_picture_is_zoomed(disk):
    page = disk
    before = dots(page)
    box = page.locator("#contour .nsewdrag").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 100, y - 100)
    page.mouse.down()
    page.mouse.move(x + 100, y + 100, steps=5)
    page.mouse.up()
    moved(page, before)


@pytest.mark.parametrize(
    ("scheme", "theme", "background"),
    [
        ("dark", "auto", "rgb(36, 36, 36)"),
        ("light", "dark", "rgb(36, 36, 36)"),
    ],
)
def test_the_page_follows_the_systems_scheme_unless_one_is_named(
    offline, scheme, theme, background
):
    page = offline(scheme=scheme, theme=theme)
    page.wait_for_selector(f'#contour .main-svg[style*="{background}"]')
    color = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert color == background


def test_the_page_changes_with_the_systems_scheme(disk):
    for scheme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(36, 36, 36)")):
        disk.emulate_media(color_scheme=scheme)
        disk.wait_for_selector(f'#contour .main-svg[style*="{background}"]')
        color = disk.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert color == background


def test_the_page_fits_a_phone(offline):
    page = offline(width=390)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390


def test_a_fork_shows_its_dot_only_from_its_step_on(offline):
    forked = RACE.forked("Adam lr=0.2", 20, "adam:lr=0.05")
    page = offline(forked)
    page.locator("#step").fill("10")
    page.locator("td[data-run='2']", has_text="not yet").wait_for()
    page.locator("#step").fill("20")
    page.locator("td[data-run='2']", has_text=re.compile(r"\d")).wait_for()


def test_a_text_with_tags_stays_a_text(offline):
    nasty = compare(surface("booth"), {"</script><b>bold</b>": "sgd:lr=0.01"}, 5)
    page = offline(nasty)
    assert page.locator("tbody th").text_content() == "</script><b>bold</b>"
    data = page.evaluate("() => document.getElementById('page-data').textContent")
    assert json.loads(data)["runs"]


# -- images --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF")]
)
def test_a_script_saves_an_image_in_one_line(tmp_path, kind, start):
    try:
        import kaleido  # noqa: F401
    except ImportError:
        missing("there is no kaleido: pip install kaleido")
    if not CHROMIUM:
        missing("there is no chromium on this machine: apt-get install chromium")
    file = save_image(contour_of_race(), tmp_path / f"race.{kind}")
    assert file.read_bytes().startswith(start)


def contour_of_race():
    from optviz.landscapes import loss_grid

    return contour(loss_grid(RACE.problem, size=21), RACE.trajectories)


def test_the_browser_saves_a_workbook_with_formulas(page, tmp_path):
    visit(page, f"/?{BOOTH}")
    page.wait_for_selector("#results td:not(:empty)")
    page.click("#take > summary")
    with page.expect_download() as coming:
        page.click("#take-xlsx")
    assert coming.value.suggested_filename == "optviz-booth.xlsx"
    coming.value.save_as(tmp_path / "booth.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "booth.xlsx").worksheets[1]
    assert sheet["E6"].value == "=(E5+1)"
    page.locator("#take-said", has_text="optviz-booth.xlsx is in your downloads").wait_for()
