"""The first minute on the Surfaces page, in a real browser whose clock is the test's."""

import pytest

from optviz.experiments.home import HOME, NOTICE
from optviz.lessons.library import read_library
from tests.support.axe import grave
from tests.support.browser import pause_clock, visit

pytestmark = pytest.mark.browser

AT = "Number(document.querySelector('#readout').textContent.slice(5))"
PLAYS = "document.querySelector('#play').dataset.now === 'pause'"


def opened(page, link="/"):
    """The page with its surface drawn."""
    visit(page, link)
    page.wait_for_selector("#contour .nsewdrag")
    page.wait_for_selector("#results td:not(:empty)")
    return page


def moving(visitor, link="/"):
    """The page in a browser that may move, where its time stands still unless the test runs it."""
    visitor.emulate_media(reduced_motion="no-preference")
    opened(visitor, link)
    visitor.wait_for_function(PLAYS)
    pause_clock(visitor)
    return visitor


def test_first_page_plays_once_from_the_first_step_and_rests_at_the_end(visitor):
    moving(visitor)
    first = visitor.evaluate(AT)
    assert first < HOME.steps / 2
    visitor.clock.run_for(1000)
    assert first < visitor.evaluate(AT) < HOME.steps
    visitor.clock.run_for(9000)
    assert visitor.evaluate(AT) == HOME.steps
    assert not visitor.evaluate(PLAYS)
    assert visitor.evaluate("location.search") == ""


def test_first_page_stands_still_at_the_end_where_less_motion_is_wanted(page):
    opened(page)
    page.wait_for_function(f"{AT} === {HOME.steps}")
    assert not page.evaluate(PLAYS)
    assert page.locator("#notice").inner_text() == NOTICE


def test_experiment_plays_until_a_step_is_chosen_and_its_link_forgets_to_play(visitor):
    shown = read_library()["momentum"].steps[0].shown
    moving(visitor, f"/?{shown.query}&view=play")
    visitor.locator("#step-on").click()
    visitor.clock.run_for(400)
    assert not visitor.evaluate(PLAYS)
    visitor.clock.resume()
    assert "play" in visitor.evaluate("location.search")
    visitor.get_by_label("learning rate of optimizer 1").last.fill("0.01")
    visitor.keyboard.press("Enter")
    visitor.wait_for_function("location.search.includes('sgd:lr=0.01&')")
    assert "play" not in visitor.evaluate("location.search")


def test_tab_is_named_after_the_race_and_the_step_that_it_rests_on(page):
    opened(page, "/?problem=bowl&rule=sgd:lr=0.1&rule=adam:lr=0.1,on=no&steps=40&at=7")
    page.wait_for_function("document.title === 'Bowl: SGD, step 7 · optviz'")
    page.locator("#to-end").click()
    page.wait_for_function("document.title === 'Bowl: SGD · optviz'")
    page.get_by_role("switch", name="on", exact=True).nth(1).focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.title === 'Bowl: SGD, Adam · optviz'")
    page.locator("#nav-workbook").click()
    page.wait_for_function("document.title === 'Workbook · optviz'")


# ---- things to try


def test_things_to_try_point_at_their_place_and_go_once_closed(page):
    opened(page)
    page.locator("#first-steps [data-step=lr]").press("Enter")
    focused = page.locator("#surfaces-cards [role=slider]").first
    assert focused.evaluate("it => it === document.activeElement")
    focused.press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-step=lr]').classList.contains('done')")
    ring, start = page.evaluate(f"""() => {{
        document.querySelector('#first-steps [data-step=start]').click();
        const box = document.querySelector('#contour .ring').getBoundingClientRect();
        return [[box.left + box.width / 2, box.top + box.height / 2], ({START})()];
    }}""")  # at once: the ring goes by itself
    assert ring == pytest.approx(start, abs=2)
    page.locator("#first-steps .close").press("Enter")
    assert page.locator("#first-steps").is_hidden()
    assert page.evaluate("localStorage.getItem('optviz-tried')") is not None
    page.evaluate("delete document.documentElement.dataset.tried")


START = """() => {
    const div = document.querySelector('#contour .js-plotly-plot');
    const { xaxis, yaxis } = div._fullLayout;
    const box = div.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.l2p(0), box.top + yaxis._offset + yaxis.l2p(-3)];
}"""
"""Where the start of the first page is in the window, by plotly."""


# ---- the surface, the run


def test_surfaces_are_found_by_typing_and_chosen_by_keys(page):
    opened(page)
    page.locator("#surface").click()
    page.get_by_role("option").nth(50).wait_for()
    assert grave(page) == []
    page.keyboard.type("rastr")
    found = page.get_by_role("option")
    assert found.all_inner_texts() == ["Rastrigin"]
    page.wait_for_function("document.querySelector('[role=option] img').naturalWidth > 0")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('problem=rastrigin')")
    assert "hundred wells" in page.locator("#notice").inner_text()


def test_run_is_a_line_until_opened_and_opens_where_a_field_is_wrong(page):
    opened(page)
    run, summary = page.locator("#run"), page.locator("#run-summary")
    run.locator("summary").press("Enter")  # `open_page` opened it
    assert page.locator("#steps").is_hidden()
    assert summary.inner_text() == "start (0, −3), 100 steps"
    run.locator("summary").press("Enter")
    page.fill("#steps", "80")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('steps=80')")
    assert summary.text_content() == "start (0, −3), 80 steps"
    page.fill("#steps", "-1")
    # Closed and left at once: the sentence must not come before it is closed.
    run.evaluate("each => { each.open = false; document.activeElement.blur(); }")
    page.get_by_text("steps must be a whole number from 1 to 20000, got -1").wait_for()


# ---- a phone


def test_on_a_phone_the_picture_stays_in_sight_above_the_sliders_until_it_is_let_go(page):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page)
    slider = page.get_by_role("slider", name="learning rate of optimizer 3", exact=True)
    page.evaluate("scrollTo(0, document.querySelector('#surfaces-cards').offsetTop - 450)")
    stage = page.locator("#stage")
    for each in (stage, page.locator("#play"), slider):
        box = each.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844
    stage_end = stage.bounding_box()["y"] + stage.bounding_box()["height"]
    assert slider.bounding_box()["y"] > stage_end
    page.locator("#unpin").click()
    page.evaluate("scrollTo(0, document.querySelector('#results').offsetTop)")
    assert stage.bounding_box()["y"] < 0
    page.locator("#unpin").evaluate("button => button.click()")


def test_the_toolbar_has_one_line_on_a_laptop(page):
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(page)
    assert page.locator("#surfaces-toolbar").bounding_box()["height"] < 45


def test_on_a_phone_nothing_lies_on_a_title_and_a_wide_formula_can_be_scrolled(page):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, "/?problem=ravine")
    assert page.locator(".modebar-container").first.is_hidden()
    formula = page.get_by_role("region", name="formula")
    assert formula.evaluate("it => it.scrollWidth > it.clientWidth")
    formula.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.latex').scrollLeft > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_formula_that_is_a_little_too_wide_is_set_smaller(page):
    sizes = {}
    for name in ("himmelblau", "ackley", "beale"):
        opened(page, f"/?problem={name}")
        formula = page.get_by_role("region", name="formula")
        sizes[name] = formula.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
        fits = formula.evaluate("it => it.scrollWidth <= it.clientWidth")
        assert fits == (name != "beale")  # which scrolls
    assert 11 <= sizes["ackley"] < sizes["himmelblau"] < sizes["beale"]


# ---- a hand that moves a number


def test_what_is_told_of_a_point_is_never_that_of_other_numbers(page):
    opened(page)
    plot = page.locator("#losses .nsewdrag")
    plot.scroll_into_view_if_needed()
    plot.hover()
    page.locator("#losses .hoverlayer .hovertext").first.wait_for()
    told = "document.querySelector('#losses .hoverlayer .hovertext')?.textContent"
    before = page.evaluate(told)
    assert "loss" in before
    slider = page.get_by_role("slider", name="learning rate of optimizer 1", exact=True)
    slider.evaluate("it => it.focus({ preventScroll: true })")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"(before) => {told} !== before", arg=before)
