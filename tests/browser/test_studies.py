"""The Studies tab in a real browser: saved answers, one made anew on real ratings, its files."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from optviz.movielens.cache import cache_folder, find_cached
from optviz.recommenders.studies import Study, load_saved
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import visit

pytestmark = [pytest.mark.browser, pytest.mark.data]


@pytest.fixture(autouse=True)
def with_data(ml100k, app_cache):
    """The ratings where the served app looks for them."""
    found = find_cached("ml-100k", cache_folder())
    if found and not (app_cache / "ml-100k.zip").exists():
        shutil.copy(found, app_cache / "ml-100k.zip")


def open_study(page, name):
    visit(page, f"/movielens?panel=studies&study={name}")
    page.wait_for_selector("#study-0 .nsewdrag")
    page.wait_for_selector("#study-table td")


def test_studies_fit_a_phone_and_have_no_grave_fault(page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_study(page, "solver")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not grave(page) + grave_in_other_scheme(page, "light")


def test_another_question_is_chosen_by_keyboard_and_kept_in_the_link(page):
    open_study(page, "sigmoid")
    expect(page.locator("#study-words")).to_have_text(load_saved("sigmoid").conclude())
    page.get_by_role("radio", name="Sigmoid range").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#study-words")).to_have_text(load_saved("padding").conclude())
    page.wait_for_url(re.compile("study=padding"))
    page.go_back()
    expect(page.locator("#study-words")).to_have_text(load_saved("sigmoid").conclude())


def test_pictures_fill_their_place_when_the_tab_is_opened_later(page):
    visit(page, "/movielens?study=padding")
    page.get_by_role("tab", name="Studies").click()
    page.wait_for_selector("#study-1 .nsewdrag")
    for place in range(2):
        box = page.locator(f"#study-{place}-box").bounding_box()
        drawn = page.locator(f"#study-{place} .main-svg").first.bounding_box()
        assert abs(drawn["width"] - box["width"]) < 2
    assert page.locator("#study-2-part").is_hidden()


def test_a_study_is_made_anew_and_its_record_saved(page):
    open_study(page, "lookup")
    expect(page.locator("#study-made")).to_contain_text("comes with optviz")
    page.click("#study-start")
    expect(page.locator("#study-made")).to_contain_text("made here")
    expect(page.locator("#study-said")).to_contain_text("Measured anew")
    with page.expect_download() as file:
        page.get_by_role("link", name="Every measurement as JSON").click()
    study = Study.load(file.value.path())
    expect(page.locator("#study-words")).to_have_text(study.conclude())


def test_a_long_study_shows_its_progress_and_is_canceled(page):
    open_study(page, "sigmoid")
    page.click("#study-start")
    expect(page.locator("#study-said")).to_contain_text(re.compile(r"Measuring: \d+ of 60"))
    bar = page.get_by_role("progressbar", name="study progress")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    page.click("#study-cancel")
    expect(page.locator("#study-said")).to_contain_text("The result from before stays.")
    expect(page.locator("#study-made")).to_contain_text("comes with optviz")
