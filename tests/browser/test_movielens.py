"""The MovieLens page in a real browser, on real ratings."""

import re
import shutil
import time

import pytest
from playwright.sync_api import expect

from optviz.movielens.cache import cache_folder, find_cached
from tests.support.axe import grave, grave_in_other_scheme
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
    """Until the curves are drawn and the table and the predictions are there."""
    page.wait_for_selector("#validation .nsewdrag")
    page.wait_for_selector("#ratings-results td")
    page.wait_for_selector("#prediction td")


def show_shared(page):
    """Open a result that several tests look at; the first of them trains it."""
    opened(page, SHARED)
    page.wait_for_selector("#train:not([disabled])")
    if page.inner_text("#train") == "Train":
        train(page)
    wait_for_result(page)


def open_tab(page, name):
    """Open a tab of the page."""
    page.get_by_role("tab", name=name).click()


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
        f"{traces}.filter(t => t.type === 'scatter' && t.showlegend === false && t.name)"
        ".map(t => t.name)"
    )


def test_page_says_what_will_appear_before_anything_is_trained(page, seed):
    opened(page, f"{QUICK}&seed={seed}")
    page.get_by_role("heading", name="Nothing trained yet").wait_for()
    assert page.locator("#cancel").is_hidden()
    assert page.locator("#result-part").is_hidden()
    assert "943 users" in page.inner_text("#data-note")


def test_first_visit_shows_a_finished_result_that_says_where_it_comes_from(page):
    visit(page, "/movielens")
    page.wait_for_selector("#validation .nsewdrag")
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
    rows = page.locator("#ratings-results tbody tr")
    assert rows.count() == 3
    assert "bias only" in rows.last.inner_text()
    assert all(0.5 < float(rows.nth(i).locator("td").first.inner_text()) < 1.5 for i in range(3))
    assert "stars" in page.locator("#prediction tbody td").first.inner_text()
    assert page.locator("#validation .nsewdrag").is_visible()
    assert page.locator("#cancel").is_hidden()
    open_tab(page, "Landscape")
    page.wait_for_selector("#slice .nsewdrag")
    assert paths(page) == ["SGD lr=8", "Adam lr=0.003 l2=0.0001"]
    words = page.inner_text("#slice-words")
    assert "80,000 training ratings of ml-100k" in words
    assert "off the plane at the ends" in words
    assert page.locator("#slice-ends tbody tr").count() == 2


def test_cancel_stops_and_says_what_was_reached(page, seed):
    opened(page, f"{LONG}&rule=adam:lr=0.001&rule=sgd:lr=1&seed={seed}")
    train(page)
    page.get_by_text("Training 1 of 2: Adam lr=0.001").wait_for()
    expect(page.locator("#said")).to_contain_text(re.compile(r"epoch ([2-9]|\d\d)"))
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


TABS = {"train": "#validation .nsewdrag", "landscape": "#slice .nsewdrag"}
"""What is there once a tab shows the example result."""


@pytest.mark.parametrize(("tab", "drawn"), TABS.items())
def test_tab_fits_a_phone_and_has_no_grave_fault(page, tab, drawn):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"/movielens?panel={tab}")
    page.wait_for_selector(drawn)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    names = page.get_by_role("tab")
    last = names.last.bounding_box()
    assert last["x"] + last["width"] <= 390
    assert not grave(page) + grave_in_other_scheme(page, "light")


def test_tab_is_opened_by_keyboard_kept_in_the_link_and_left_by_back(page):
    visit(page, "/movielens")
    page.wait_for_selector("#validation .nsewdrag")
    page.get_by_role("tab", name="Train").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#slice .nsewdrag")
    page.wait_for_url(re.compile("panel=landscape"))
    assert page.locator("#train").is_hidden()
    box = page.locator("#slice").bounding_box()
    drawn = page.locator("#slice .main-svg").first.bounding_box()
    assert abs(drawn["width"] - box["width"]) < 2
    page.go_back()
    page.wait_for_selector("#train")
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")


def test_empty_tab_trains_and_shows_progress_and_cancel(page, seed):
    visit(page, f"{LONG}&rule=adam:lr=0.001&seed={seed}&panel=landscape")
    page.get_by_role("heading", name="Nothing trained yet").wait_for()
    page.get_by_role("button", name="Train").click()
    page.get_by_text("Training 1 of 1: Adam lr=0.001").wait_for()
    page.click("#cancel")
    page.get_by_text("Canceled", exact=True).wait_for()
    page.wait_for_selector("#slice .nsewdrag")


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
    assert rate.input_value() == "0.8"
    page.click("#model")
    page.get_by_role("option", name="Mini net").click()
    page.wait_for_url(re.compile("model=net"))
    expect(rate).to_have_value("0.1")
    assert "hidden layer" in page.inner_text("#model-note")
    page.go_back()
    expect(page.locator("#model")).to_have_value("Dot product and biases")
    expect(rate).to_have_value("0.8")


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


# ---- Recommend


def show_recommendations(page, query="rated=50:5,181:4"):
    """Open the tab on the result that several tests look at."""
    visit(page, f"{SHARED}&panel=recommend&{query}")
    page.wait_for_selector("#train-recommend:visible, #recommend-body:visible")
    if page.locator("#train-recommend").is_visible():
        page.click("#train-recommend")
    page.wait_for_selector("#recommendations td")


def test_rating_a_suggested_movie_by_keyboard_changes_link_path_and_recommendations(page):
    show_recommendations(page)
    page.wait_for_selector("#path .nsewdrag")
    words, film = page.inner_text("#path-words"), page.locator("#path-frame-said")
    assert "A new user from 2 ratings by Adam lr=0.05" in words
    page.get_by_role("button", name="Suggest movies to rate").click()
    asked = page.locator(".rate-list .asked")
    expect(asked).to_have_count(5)
    assert re.search(r"± 1\.\d+ → 1\.\d+", asked.first.inner_text())
    before = asked.first.get_attribute("data-movie")
    asked.first.get_by_role("button", name="skip").click()
    page.wait_for_function(
        f"document.querySelector('.rate-list .asked').dataset.movie !== '{before}'"
    )
    movie = asked.first.get_attribute("data-movie")
    asked.first.locator("input").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(f"rated=50:5,181:4,{movie}:1"))
    expect(page.locator("#path-words")).to_contain_text("A new user from 3 ratings")
    here = "document.activeElement.closest('[data-movie]')?.dataset.movie"
    page.wait_for_function(f"{here} === '{movie}'")
    page.get_by_role("button", name="take off Return of the Jedi (1983)").click()
    page.wait_for_url(re.compile(f"rated=50:5,{movie}:1"))
    expect(film).to_contain_text("step 100 · loss")


def test_path_is_scrubbed_and_played_and_its_rule_is_chosen(page):
    show_recommendations(page)
    thumb = page.get_by_role("slider", name="the search for your vector")
    thumb.focus()
    page.keyboard.press("Home")
    said = page.locator("#path-frame-said")
    expect(said).to_contain_text("step 0 · loss")
    drawn = "document.querySelector('#path .js-plotly-plot').data[1].x.length"
    page.wait_for_function(f"{drawn} === 1")
    page.get_by_role("button", name="play the search for your vector").click()
    expect(said).to_contain_text("step 100 · loss")
    page.get_by_role("button", name="play the search for your vector").wait_for()
    page.click("#solver")
    page.get_by_role("option", name="Momentum").click()
    page.wait_for_url(re.compile("solver=momentum"))
    expect(page.locator("#solver-rate")).to_have_value("0.05")
    expect(page.locator("#path-words")).to_contain_text("by Momentum lr=0.05")
    page.fill("#solver-rate", "fast")
    page.keyboard.press("Enter")
    page.get_by_text('lr must be a number, got "fast"').wait_for()


def test_known_user_is_recommended_to_and_a_movie_has_similar_ones(page):
    show_recommendations(page)
    page.get_by_text("A known user").click()
    page.wait_for_url(re.compile("known=1(&|$)"))
    expect(page.locator("#rate-box")).to_be_hidden()
    pick(page, "#known", "13", re.compile(r"^13 \("))
    page.wait_for_url(re.compile("known=13(&|$)"))
    pick(page, "#like", "toy story", "Toy Story (1995)")
    page.wait_for_url(re.compile("like=1(&|$)"))
    assert page.locator("#similar tbody tr").count() == 10


@pytest.mark.parametrize("width", [1440, 390])
def test_recommend_tab_has_no_grave_fault_and_fits(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    show_recommendations(page)
    page.wait_for_selector("#path .nsewdrag")
    page.get_by_role("button", name="Suggest movies to rate").click()
    expect(page.locator(".rate-list .asked")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert not grave(page) + grave_in_other_scheme(page, "light")


# ---- Embeddings


def test_movie_on_the_map_is_clicked_searched_and_filmed(page):
    visit(page, f"{SHARED}&panel=embeddings")
    page.wait_for_selector("#train-embeddings:visible, #embeddings-body:visible")
    if page.locator("#train-embeddings").is_visible():
        page.click("#train-embeddings")
    page.wait_for_selector("#map .nsewdrag")
    expect(page.locator("#map-words")).to_contain_text("Trust")
    pick(page, "#spot", "star wars", "Star Wars (1977)")
    page.wait_for_url(re.compile("spot=50(&|$)"))
    expect(page.locator("#near-title")).to_have_text(
        "Nearest to Star Wars (1977) in the full space"
    )
    assert page.locator("#neighbors tbody tr").count() == 10
    at = page.evaluate(
        """() => {
            const div = document.querySelector('#map .js-plotly-plot'), layout = div._fullLayout;
            div.scrollIntoView();
            const trace = div.data.find(t => t.name === 'its nearest');
            const box = div.getBoundingClientRect();
            const at = div.calcdata[div.data.indexOf(trace)][0];
            return [box.left + layout._size.l + layout.xaxis.c2p(at.x),
                    box.top + layout._size.t + layout.yaxis.c2p(at.y)];
        }"""
    )
    page.mouse.click(*at)
    page.wait_for_url(lambda url: "spot=" in url and "spot=50" not in url)
    thumb = page.get_by_role("slider", name="the drift of the embeddings")
    thumb.focus()
    page.keyboard.press("Home")
    expect(page.locator("#drift-frame-said")).to_contain_text("step 0 · loss")
    page.locator("#dims").get_by_text("3-D", exact=True).click()
    page.wait_for_url(re.compile("dims=3"))
    page.wait_for_selector("#map .gl-container canvas", state="attached")
    assert not grave(page) + grave_in_other_scheme(page, "light")


def test_embeddings_tab_fits_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{SHARED}&panel=embeddings&spot=50")
    page.wait_for_selector("#train-embeddings:visible, #embeddings-body:visible")
    if page.locator("#train-embeddings").is_visible():
        page.click("#train-embeddings")
    page.wait_for_selector("#map .nsewdrag")
    page.wait_for_selector("#spectra .nsewdrag")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
