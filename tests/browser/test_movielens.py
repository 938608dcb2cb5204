"""The MovieLens page in a real browser, on real ratings."""

import re
import shutil
import time

import pytest
from playwright.sync_api import expect

from optviz.movielens.cache import cache_folder, find_cached
from tests.support.browser import open_page, visit

pytestmark = [pytest.mark.browser, pytest.mark.data]

QUICK = "/movielens?epochs=2&batch=1024"
SHARED = f"{QUICK}&rule=adam:lr=0.004&seed=1&user=7"
LONG = "/movielens?epochs=50&batch=64"


@pytest.fixture(autouse=True)
def with_data(ml100k, app_cache):
    """The ratings where the served app looks for them."""
    found = find_cached("ml-100k", cache_folder())
    if found and not (app_cache / "ml-100k.zip").exists():
        shutil.copy(found, app_cache / "ml-100k.zip")


@pytest.fixture
def seed():
    """A seed that no other test trained with, so that nothing is shown from the cache."""
    return time.time_ns() % 2**31


def opened(page, link):
    visit(page, link)
    page.wait_for_selector("#train")
    page.wait_for_function("document.querySelector('#empty, #said').isConnected")
    return page


def train(page):
    page.wait_for_selector("#train:not([disabled])")
    page.click("#train")


def wait_for_result(page):
    """Until the slice is drawn and the table and the predictions are there."""
    page.wait_for_selector("#slice .nsewdrag")
    page.wait_for_selector("#ratings-results td")
    page.wait_for_selector("#prediction td")


def show_shared(page):
    """Open a result that several tests look at; the first of them trains it."""
    opened(page, SHARED)
    page.wait_for_selector("#train:not([disabled])")
    if page.inner_text("#train") == "Train":
        train(page)
    wait_for_result(page)


def pick(page, field, typed, label):
    """Type into a list and choose, once the server has narrowed the list to what was typed."""
    page.click(field)
    page.fill(field, typed)
    fits = re.compile(re.escape(typed), re.IGNORECASE)
    expect(page.get_by_role("option").filter(has_not_text=fits)).to_have_count(0)
    page.get_by_role("option", name=label).click()


def paths(page):
    """The labels of the lines on the slice."""
    traces = "document.querySelector('#slice .js-plotly-plot').data"
    return page.evaluate(
        f"{traces}.filter(t => t.type === 'scatter' && t.showlegend === false).map(t => t.name)"
    )


def test_page_says_what_will_appear_before_anything_is_trained(page, seed):
    opened(page, f"{QUICK}&seed={seed}")
    page.get_by_role("heading", name="Nothing trained yet").wait_for()
    assert page.locator("#cancel").is_hidden()
    assert page.locator("#result-part").is_hidden()
    assert "943 users" in page.inner_text("#data-note")


def test_first_visit_shows_a_finished_result_that_says_where_it_comes_from(page):
    visit(page, "/movielens")
    page.wait_for_selector("#slice .nsewdrag")
    said = page.inner_text("#said")
    assert "Example result, trained in advance on the real ml-100k ratings (seed 0)" in said
    assert page.locator("#ratings-results tbody tr").count() == 5
    page.get_by_text("Predictions need the trained models").wait_for()
    assert page.locator("#user").is_hidden()
    assert "Harper" in page.inner_text(".controls")
    assert page.locator("#train").inner_text() == "Train"


def test_training_runs_to_its_end_and_shows_slice_words_table_and_prediction(page, seed):
    opened(page, f"{QUICK}&rule=sgd:lr=8&rule=adam:lr=0.003,l2=0.0001&seed={seed}")
    train(page)
    page.wait_for_selector("#live .nsewdrag")
    wait_for_result(page)
    assert paths(page) == ["SGD lr=8", "Adam lr=0.003 l2=0.0001"]
    words = page.inner_text("#slice-words")
    assert "80,000 training ratings of ml-100k" in words
    assert "displacement off it" in words
    rows = page.locator("#ratings-results tbody tr")
    assert rows.count() == 3
    assert "bias only" in rows.last.inner_text()
    assert all(0.5 < float(rows.nth(i).locator("td").first.inner_text()) < 1.5 for i in range(3))
    assert "stars" in page.locator("#prediction tbody td").first.inner_text()
    assert page.locator("#validation .nsewdrag").is_visible()
    assert page.locator("#cancel").is_hidden()


def test_cancel_stops_and_says_what_was_reached(page, seed):
    opened(page, f"{LONG}&rule=adam:lr=0.001&rule=sgd:lr=1&seed={seed}")
    train(page)
    page.get_by_text("Training 1 of 2: Adam lr=0.001").wait_for()
    page.click("#cancel")
    page.get_by_text("Canceled", exact=True).wait_for()
    said = page.inner_text("#said")
    assert re.search(r"Adam lr=0.001 was canceled at step \d+; its results so far are shown", said)
    assert "1 of 2 optimizers was not started" in said
    wait_for_result(page)
    assert paths(page) == ["Adam lr=0.001"]
    assert page.locator("#train").is_enabled()


def test_training_anew_that_is_canceled_keeps_and_names_the_earlier_result(page):
    opened(page, "/movielens?epochs=3&batch=64&rule=adam:lr=0.003")
    train(page)
    wait_for_result(page)
    before = page.inner_text("#ratings-results")
    page.get_by_role("button", name="Train again").click()
    page.locator("#cancel").click()
    expect(page.locator("#said")).to_contain_text("The earlier result is shown")
    wait_for_result(page)
    assert page.inner_text("#ratings-results") == before


def test_training_that_waits_tells_its_place_and_begins_when_another_ends(
    page, browser, app_url, seed
):
    mine, other = page.context, browser.new_context(base_url=app_url)
    tabs = [page, open_page(mine), open_page(other)]
    for i, tab in enumerate(tabs):
        opened(tab, f"{LONG}&rule=adam:lr=0.00{i + 1}&seed={seed}")
        tab.wait_for_selector("#train:not([disabled])")
    for tab in tabs:  # all are there before the first training takes a core
        train(tab)
        tab.locator("#cancel").wait_for()
    said = tabs[2].locator("#said")
    expect(said).to_contain_text("Waiting: place 1 of 1 in the queue")
    tabs[0].click("#cancel")
    expect(said).to_contain_text("Training 1 of 1")
    for tab in tabs[1:]:
        tab.click("#cancel")
        tab.get_by_text("Canceled", exact=True).wait_for()
    tabs[1].close()
    other.close()


def test_training_is_begun_and_canceled_by_keyboard_and_told_aloud(page, seed):
    opened(page, f"{LONG}&rule=adam:lr=0.001&rule=sgd:lr=1&seed={seed}")
    page.wait_for_selector("#train:not([disabled])")
    page.focus("#train")
    page.keyboard.press("Enter")
    aloud = page.locator("#announced[role=status][aria-live=polite]")
    expect(aloud).to_contain_text("Training optimizer 1 of 2")
    bar = page.get_by_role("progressbar", name="training progress")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    page.focus("#cancel")
    page.keyboard.press("Enter")
    expect(aloud).to_contain_text("Canceled")


def test_page_fits_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, "/movielens")
    page.wait_for_selector("#slice .nsewdrag")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_training_goes_on_when_the_page_is_loaded_again(page, seed):
    opened(page, f"{LONG}&rule=adam:lr=0.002&seed={seed}")
    train(page)
    page.get_by_text("Training 1 of 1").wait_for()
    page.reload()
    page.get_by_text("Training 1 of 1").wait_for()
    page.click("#cancel")
    page.get_by_text("Canceled", exact=True).wait_for()


def test_pasted_link_restores_controls_and_the_finished_result(page, browser, app_url):
    show_shared(page)
    before = page.inner_text("#ratings-results"), page.inner_text("#prediction")
    other = open_page(browser.new_context(base_url=app_url))
    other.goto(page.url)
    wait_for_result(other)
    assert (other.inner_text("#ratings-results"), other.inner_text("#prediction")) == before
    assert other.input_value("#epochs") == "2"
    assert other.input_value("#batch") == "1024"
    assert other.input_value("#weights-seed") == "1"
    assert other.input_value("#user").startswith("7 (")
    assert other.locator(".optimizer").count() == 1
    other.context.close()


def test_movie_is_picked_by_its_title(page):
    show_shared(page)
    pick(page, "#movie", "toy story", "Toy Story (1995)")
    page.wait_for_url(re.compile("movie=1(&|$)"))
    page.wait_for_function("document.querySelector('#prediction').innerText.includes('Toy Story')")
    pick(page, "#user", "1", re.compile(r"^13 \("))
    page.wait_for_url(re.compile("user=13(&|$)"))
    page.get_by_text("User 13 rated Toy Story (1995) 3 stars").wait_for()


def test_model_brings_its_own_optimizers_and_back_returns(page, seed):
    opened(page, f"/movielens?seed={seed}")
    rate = page.get_by_label("learning rate of optimizer 1").last
    assert rate.input_value() == "8"
    page.click("#model")
    page.get_by_role("option", name="Mini net").click()
    page.wait_for_url(re.compile("model=net"))
    expect(rate).to_have_value("0.3")
    assert "hidden layer" in page.inner_text("#model-note")
    page.go_back()
    expect(page.locator("#model")).to_have_value("Dot product and biases")
    expect(rate).to_have_value("8")


def test_wrong_numbers_get_a_sentence_beside_the_field(page, seed):
    opened(page, f"{QUICK}&seed={seed}")
    page.fill("#epochs", "many")
    page.get_by_text('epochs must be a number, got "many"').wait_for()
    page.fill("#batch", "0")
    page.get_by_text("batch must be a whole number from 1 to 100000, got 0").wait_for()
    page.fill("#epochs", "3")
    page.wait_for_url(re.compile("epochs=3"))


def test_all_optimizers_off_is_refused_in_words(page, seed):
    opened(page, f"{QUICK}&rule=sgd:lr=1,on=no&seed={seed}")
    train(page)
    page.get_by_text("every optimizer is switched off", exact=False).wait_for()


def test_changed_settings_are_told_apart_from_what_is_shown(page):
    show_shared(page)
    page.fill("#epochs", "3")
    page.get_by_text("these results are for the earlier ones", exact=False).wait_for()
    assert page.inner_text("#train") == "Train"
    page.fill("#epochs", "2")
    page.get_by_text("these results are for the earlier ones").wait_for(state="detached")
    page.get_by_role("button", name="Train again").wait_for()
