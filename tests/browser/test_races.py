"""The Race page in a real browser: a result at once, trials that arrive, and what one takes."""

import re

import pytest
from playwright.sync_api import expect

from optviz.experiments.races import RaceExperiment
from optviz.runs.work import Here
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import visit

pytestmark = pytest.mark.browser

LONG = "/race?" + "&".join(
    f"problem={name}" for name in ("bowl", "levy", "ackley", "beale", "cube")
)


def open_race(page, link="/race"):
    visit(page, link)
    page.wait_for_selector("#races-table td")
    page.wait_for_selector("#races-profiles .nsewdrag")


def test_the_page_opens_with_a_race_and_what_it_allows_to_say(page):
    open_race(page)
    made = RaceExperiment().perform(executor=Here())
    expect(page.locator("#races-conclusion")).to_contain_text(made.conclude())
    assert page.locator("#races-table tbody tr").count() == len(made.rows())
    assert page.locator("#races-table s").count() == len(made.rows())


def test_another_set_up_is_in_the_link_and_has_another_result(page):
    open_race(page)
    page.get_by_label("trials").last.fill("8")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("trials=8"))
    page.locator("#races-rules").click()
    page.get_by_role("option", name="RMSProp").click()
    page.wait_for_url(re.compile("rule=rmsprop"))
    expect(page.locator("#races-ranks")).to_contain_text("RMSProp")
    expect(page.locator("#races-table tbody tr")).to_have_count(12)


def test_a_wrong_set_up_has_a_sentence_beside_its_field(page):
    open_race(page)
    page.get_by_label("reporting seeds").last.fill("3")
    page.keyboard.press("Enter")
    page.get_by_text("reporting must be a whole number from 10 to 200, got 3").wait_for()


def test_rows_arrive_while_the_race_goes_on_and_its_result_is_kept(page):
    link = f"{LONG}&steps=900&trials=30"
    visit(page, link)
    expect(page.locator("#races-conclusion")).to_contain_text("has not been held here yet")
    page.click("#races-start")
    expect(page.locator("#races-said")).to_contain_text("of 5 problems")
    expect(page.locator("#races-conclusion")).to_contain_text("no result yet")
    page.wait_for_selector("#races-table td")
    assert page.locator("#races-table tbody tr").count() < 15
    page.wait_for_selector("#races-profiles .nsewdrag")
    expect(page.locator("#races-table tbody tr")).to_have_count(15)
    expect(page.locator("#races-said")).to_contain_text("3 rules on 5 problems")
    open_race(page, link)
    expect(page.locator("#races-notice")).to_be_hidden()


def test_a_long_race_is_canceled_and_says_what_it_keeps(page):
    visit(page, f"{LONG}&steps=9000&trials=60")
    page.click("#races-start")
    expect(page.locator("#races-said")).to_contain_text("Racing")
    page.click("#races-cancel")
    expect(page.locator("#races-said")).to_contain_text("Finished trials are kept")
    expect(page.locator("#races-start")).to_be_enabled()


def test_a_claim_is_checked_and_its_conditions_are_shown(page):
    open_race(page, "/race?steps=60&trials=6&noise=0.2")
    page.get_by_text("Claim", exact=True).first.click()
    page.wait_for_url(re.compile("mode=claim"))
    page.locator("#races-statement").fill("momentum beats sgd on ravine")
    page.keyboard.press("Enter")
    expect(page.locator("#races-conclusion")).to_contain_text("momentum beats sgd on ravine")
    page.click("#races-start")
    page.wait_for_selector("#races-claim-part .nsewdrag")
    expect(page.locator("#races-conclusion")).to_contain_text("Momentum beats SGD in")
    assert page.locator("#races-table tbody tr").count() > 10


def test_the_table_of_a_race_is_saved(page):
    open_race(page)
    page.locator("#races-take summary").click()
    with page.expect_download() as file:
        page.get_by_role("button", name="Table (CSV)").click()
    assert file.value.path().read_text().count("\n") == 10


def test_races_fit_a_phone_and_have_no_grave_fault(page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_race(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not grave(page) + grave_in_other_scheme(page, "light")


def test_the_words_of_a_claims_picture_lie_within_it_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, "/race?mode=claim&steps=60&trials=6&noise=0.2")
    page.wait_for_selector("#races-start:enabled")
    page.click("#races-start")
    page.wait_for_selector("#races-claim-part .nsewdrag")
    box = page.locator("#races-claim-box").bounding_box()
    words = page.locator("#races-claim-box :is(.annotation-text, .xtitle, .legendtext)")
    assert words.count() > 40
    for each in words.all():
        own = each.bounding_box()
        assert own["x"] >= box["x"]
        assert own["x"] + own["width"] <= box["x"] + box["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    verdict = page.locator("#races-table td:nth-child(4)").first.bounding_box()
    assert verdict["x"] + verdict["width"] <= 390


def test_settings_are_one_press_away_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_race(page)
    expect(page.locator("#races-mode")).not_to_be_in_viewport()
    page.get_by_role("link", name="Settings").click()
    expect(page.locator("#races-mode")).to_be_in_viewport()
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator("#races-start")).to_be_in_viewport()
