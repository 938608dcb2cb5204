"""How the app looks, explains itself and is used by keyboard, in a real browser."""

import re

import pytest
from optviz_app.components.glossary import KEYS

from optviz.lessons.library import group_lessons, read_library
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import STILL, open_page, visit

pytestmark = pytest.mark.browser

TWO = "/?rule=adam:lr=0.05,wd=0.01&rule=sgd:lr=0.001&steps=120"
SIX = "/?" + "&".join(["rule=adam:lr=0.05"] * 6)
DRAWN = "document.querySelector('#contour .nsewdrag')"
DIALOG = "[role=dialog][aria-modal=true]"


def opened(page, link=TWO):
    """The page with its surface drawn and its results in the table."""
    visit(page, link)
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#results td:not(:empty)")
    return page


def at_step(page, step):
    page.locator("#readout", has_text=re.compile(f"^step {step}$")).wait_for()


def leave(page):
    """The focus is nowhere, as after a click beside everything."""
    page.evaluate("document.activeElement.blur()")


def focused(page, expression):
    """What an expression says of the element that has the focus, called `it`."""
    return page.evaluate(f"(it => {expression})(document.activeElement)")


@pytest.fixture(scope="module")
def desk(browser, app_url):
    """One page for all tests that change nothing but what is shown; it may log no error."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, base_url=app_url, **STILL
    )
    page, wrong = open_page(context), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened(page)
    context.close()
    assert not wrong, wrong


# ---- looks


@pytest.mark.parametrize("link", [TWO, "/movielens", "/maps"])
def test_phone_shows_the_header_in_one_line_and_scrolls_one_way_only(page, link):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, link)
    page.locator(".optimizer").first.wait_for()
    page.wait_for_function("document.documentElement.scrollWidth <= 390")  # once all is drawn
    boxes = [each.bounding_box() for each in page.locator(".bar :is(a.nav, summary, button)").all()]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert max(middles) - min(middles) < 4
    assert max(box["x"] + box["width"] for box in boxes) <= 390


def test_six_folded_cards_fit_a_screen_and_open_by_keyboard(page):
    opened(page, SIX)
    cards = page.locator("#surfaces-cards")
    assert cards.bounding_box()["height"] < 700
    fold = page.get_by_role("button", name="all settings of optimizer 3")
    assert fold.get_attribute("aria-expanded") == "false"
    fold.focus()
    page.keyboard.press("Enter")
    page.get_by_label("memory of squares of optimizer 3").last.wait_for()
    assert page.get_by_label("memory of squares of optimizer 2").last.is_hidden()
    assert fold.get_attribute("aria-expanded") == "true"


def test_open_card_stays_open_when_the_server_draws_it_anew(page):
    opened(page, SIX)
    page.get_by_role("button", name="all settings of optimizer 2").click()
    page.get_by_role("switch", name="on").nth(1).focus()
    page.keyboard.press("Space")
    page.wait_for_selector(".optimizer.off")
    page.get_by_label("memory of squares of optimizer 2").last.wait_for()


def test_swatch_has_the_color_the_dash_and_the_mark_of_the_picture(page):
    opened(page, "/?rule=adam:lr=0.05&rule=adam:lr=0.1")
    drawn = page.evaluate(
        "document.querySelector('#contour .js-plotly-plot')._fullData"
        ".filter(t => t.meta && t.meta.run === 1 && t.line && t.mode.includes('lines'))[0].line"
    )
    swatch = page.locator(".optimizer .swatch").nth(1)
    assert drawn["dash"] in swatch.get_attribute("class")
    red, green, blue = re.findall(r"\d+", swatch.evaluate("it => getComputedStyle(it).color"))
    assert drawn["color"] == f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
    mark = swatch.evaluate("it => getComputedStyle(it, '::after').content")
    first = page.locator(".optimizer .swatch").first
    assert mark != first.evaluate("it => getComputedStyle(it, '::after').content")


def test_paper_gets_pictures_and_table_without_controls(desk):
    desk.emulate_media(media="print")
    assert desk.locator(".controls").is_hidden()
    assert desk.locator("#play").is_hidden()
    assert desk.locator("#contour .main-svg").first.is_visible()
    assert desk.locator("#results table").is_visible()
    desk.emulate_media(media="screen")


def test_figure_fits_the_paper_and_is_as_it_was_afterwards(desk):
    figure = desk.locator("#contour").locator("xpath=ancestor-or-self::*[@role='figure']")
    desk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert figure.bounding_box()["width"] < 690
    desk.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert figure.bounding_box()["width"] > 690
    assert "zoom" not in (figure.get_attribute("style") or "")


def test_nothing_moves_for_who_wants_no_motion(page):
    page.emulate_media(reduced_motion="reduce")
    opened(page)
    page.evaluate("document.querySelector('#stage').classList.add('waiting')")
    still = "getComputedStyle(document.querySelector('#stage'), '::after').animationName"
    assert page.evaluate(still) == "none"


# ---- words


def test_term_explains_itself_by_keyboard_and_leads_to_its_docstring(desk):
    term = desk.get_by_role("button", name="beta1", exact=True).first
    said = desk.locator(f"#{term.get_attribute('aria-describedby')}")
    assert said.is_hidden()
    term.focus()
    desk.keyboard.press("Enter")
    said.wait_for()
    assert "fraction of the average gradient" in said.inner_text()
    desk.keyboard.press("Tab")
    assert focused(desk, "it.textContent") == "Read more"
    desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_text("heavy ball", exact=False).wait_for()
    desk.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_escape_closes_an_explanation_and_gives_the_focus_back(desk):
    desk.get_by_role("button", name="lr", exact=True).first.click()
    desk.locator("#word-lr").wait_for()
    desk.keyboard.press("Escape")
    assert desk.locator("#word-lr").is_hidden()
    assert focused(desk, "it.textContent") == "lr"


def test_how_it_works_shows_formula_and_source_in_a_dialog_that_keeps_the_focus(desk):
    desk.get_by_role("button", name="how optimizer 1 works").click()
    dialog = desk.get_by_role("dialog", name="How Adam works")
    dialog.get_by_text("def update(self, params, grad, state)").first.wait_for()
    assert "params   <- params - lr*mean / (sqrt(square) + eps)" in dialog.inner_text()
    assert "0.05 at every step" in dialog.inner_text()
    for _ in range(8):
        desk.keyboard.press("Tab")
        assert focused(desk, f"Boolean(it.closest('{DIALOG}'))")
    desk.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


# ---- keys


def test_arrows_home_and_end_move_the_step(desk):
    leave(desk)
    for key, step in (
        ("Home", 0),
        ("ArrowRight", 1),
        ("Shift+ArrowRight", 11),
        ("ArrowLeft", 10),
        ("Shift+ArrowLeft", 0),
        ("End", 120),
    ):
        desk.keyboard.press(key)
        at_step(desk, step)


def test_space_plays_and_pauses(desk):
    leave(desk)
    desk.keyboard.press("Home")
    at_step(desk, 0)
    desk.keyboard.press("Space")
    desk.wait_for_selector("#play[data-now=pause]")
    desk.keyboard.press("Space")
    desk.wait_for_selector("#play:not([data-now=pause])")
    desk.keyboard.press("End")


def test_keys_belong_to_the_field_that_is_typed_in(desk):
    leave(desk)
    desk.keyboard.press("End")
    desk.locator("#seed").focus()
    for key in ("Home", "ArrowLeft", "?", "u", "Space"):
        desk.keyboard.press(key)
    at_step(desk, 120)
    assert desk.get_by_role("dialog").count() == 0


def test_slider_keeps_its_own_arrows(page):
    opened(page)
    slider = page.get_by_role("slider", name="learning rate of optimizer 1")
    before = slider.get_attribute("aria-valuenow")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "before => document.activeElement.getAttribute('aria-valuenow') !== before", arg=before
    )
    at_step(page, 120)


def test_digit_isolates_the_run_of_that_row(desk):
    leave(desk)
    desk.mouse.move(0, 0)
    desk.keyboard.press("2")
    desk.wait_for_selector("#results tr[data-run='0'].faded")
    assert "faded" not in desk.locator("#results tr[data-run='1']").get_attribute("class")
    desk.keyboard.press("Escape")
    desk.wait_for_selector("#results tr[data-run='0']:not(.faded)")


def test_letters_change_the_view_and_the_seed(page):
    opened(page, f"{TWO}&noise=0.1")
    page.keyboard.press("l")
    page.wait_for_function("location.search.includes('linear')")
    page.keyboard.press("n")
    page.wait_for_function("document.querySelector('#seed').value !== '0'")
    page.keyboard.press("u")
    page.wait_for_function("document.querySelector('#seed').value === '0'")


def test_question_mark_lists_every_key_and_word(desk):
    leave(desk)
    desk.keyboard.press("End")
    desk.keyboard.press("?")
    dialog = desk.get_by_role("dialog", name="Keys and words")
    dialog.wait_for()
    assert dialog.locator(".keys tr").count() == len(KEYS)
    assert "beta2" in dialog.locator(".words").inner_text()
    assert "begin with a lesson" in dialog.locator(".lead").inner_text()
    desk.keyboard.press("Home")
    desk.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    at_step(desk, 120)


# ---- lessons


def test_lessons_are_links_and_what_one_shows_names_it(page):
    opened(page)
    page.locator("#lessons summary").click()
    links = page.locator("#lessons a")
    grouped = [each.name for group in group_lessons().values() for each in group]
    wanted = [*(f"/lesson/{name}" for name in grouped), "/lessons"]
    assert [each.get_attribute("href") for each in links.all()] == wanted
    assert "steps" in links.first.inner_text()
    page.keyboard.press("Escape")
    shown = read_library()["momentum"].steps[0].shown
    opened(page, f"/?{shown.query}")
    way = page.locator("#notice a")
    way.wait_for()
    assert way.get_attribute("href") == "/lesson/momentum?part=1"


# ---- what axe finds


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_surfaces_page_has_no_grave_fault_for_axe(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(page)
    page.get_by_role("button", name="lr", exact=True).first.click()
    assert grave(page) == []
    assert grave_in_other_scheme(page, scheme) == []
    page.locator("#lessons summary").click()
    assert grave(page, "#lessons") == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert grave(page, DIALOG) == []
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_role("button", name="how optimizer 1 works").click()
    page.get_by_role("dialog").get_by_text("def update").first.wait_for()
    assert grave(page, DIALOG) == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_movielens_page_has_no_grave_fault_for_axe(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit(page, "/movielens")
    page.get_by_role("button", name="Train").wait_for()
    page.locator(".pictures :is(.main-svg, .empty, table)").locator("visible=true").first.wait_for()
    assert grave(page) == []
    assert grave_in_other_scheme(page, scheme) == []
