"""What is changed in a real browser while the answer to an earlier change is on its way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_linked import place_on_screen
from tests.browser.test_maps import open_map
from tests.browser.test_races import open_race
from tests.browser.test_transport import opened
from tests.support.browser import VISIT

pytestmark = pytest.mark.browser

ORDERS = pytest.mark.parametrize("order", [1, -1], ids=["in order", "the later one first"])
"""In which answers to two requests come."""
RATE = '#surfaces-cards input[id*="\\"role\\":\\"hyper\\""] >> nth=0'
CARDS = "#surfaces-cards .optimizer"
DUPLICATE = '#maps-cards button[id*="\\"role\\":\\"duplicate\\""] >> nth={}'


class Delay:
    """Holds what a page asks after a change, until it is let go."""

    def __init__(self, page, query):
        self.page, self.query, self.held, self.is_on = page, query, [], True
        page.route("**/_dash-update-component*", self.take)

    def take(self, route):
        if self.is_on and f"{self.query}.data" in route.request.post_data_json["output"]:
            self.held.append(route)
        else:
            route.continue_()

    def wait(self, count):
        """Until so many requests are held."""
        while len(self.held) < count:
            self.page.wait_for_timeout(20)

    def read(self):
        """What the page shows, as the last answer that it took says."""
        return self.page.evaluate(f"dash_component_api.getLayout('{self.query}').props.data")

    def let_go(self, order):
        """Answer them one after another."""
        self.is_on = False
        for route in self.held[::order]:
            with self.page.expect_response(lambda given, own=route.request: given.request == own):
                route.continue_()
            self.page.wait_for_timeout(200)  # what Dash makes of it comes later


def type_rate(page, text):
    """Set the learning rate of the first optimizer."""
    page.locator(RATE).fill(text)
    page.keyboard.press("Enter")


@ORDERS
def test_a_start_and_a_learning_rate_after_it_are_both_kept(page, order):
    opened(page)
    slow = Delay(page, "surfaces-query")
    page.mouse.click(*place_on_screen(page, "contour", (0.6, 1.5)))
    slow.wait(1)
    type_rate(page, "0.002")
    slow.wait(2)
    slow.let_go(order)
    page.wait_for_url(re.compile(r"sgd:lr=0\.002.*start=0\.6,1\.5"))
    page.wait_for_function("Math.abs(race.shown.runs[0].x[0] - 0.6) < 0.01")
    assert page.input_value("#start-x") == "0.6"


@ORDERS
def test_a_change_taken_back_is_not_shown(page, order):
    opened(page)
    before = page.evaluate("race.shown.runs[0].x[400]")
    slow = Delay(page, "surfaces-query")
    type_rate(page, "0.0005")
    slow.wait(1)
    type_rate(page, "0.001")
    slow.wait(2)
    slow.let_go(order)
    page.wait_for_function("(before) => race.shown.runs[0].x[400] === before", arg=before)
    assert "lr=0.0005" not in slow.read()


@ORDERS
def test_two_cards_and_a_field_of_a_map(page, order):
    open_map(page)
    slow = Delay(page, "maps-query")
    page.click(DUPLICATE.format(0))
    slow.wait(1)
    page.fill("#maps-steps", "60")
    page.keyboard.press("Enter")
    slow.wait(2)
    page.click(DUPLICATE.format(1))
    slow.wait(3)
    before = page.locator("#maps-cards .optimizer").count()
    slow.let_go(order)
    page.wait_for_url(re.compile("steps=60"))
    cards = page.locator("#maps-cards .optimizer")
    page.wait_for_function(
        "(count) => document.querySelectorAll('#maps-cards .optimizer').length === count",
        arg=before + 2,
    )
    assert cards.count() == before + 2


@ORDERS
def test_trials_of_a_race_taken_back(page, order):
    open_race(page)
    before = page.inner_text("#races-conclusion")
    slow = Delay(page, "races-query")
    field = page.get_by_label("trials").last
    kept = field.input_value()
    for count, text in enumerate(["8", kept], 1):
        field.fill(text)
        page.keyboard.press("Enter")
        slow.wait(count)
    slow.let_go(order)
    assert "trials=8" not in slow.read()
    assert page.inner_text("#races-conclusion") == before


def test_a_page_that_is_left_with_a_change_unanswered_opens_whole_again(page):
    opened(page)
    slow = Delay(page, "surfaces-query")
    type_rate(page, "0.0005")
    slow.wait(1)
    page.get_by_role("link", name="Workbook").click()
    page.wait_for_selector("#workbook-lr")
    slow.is_on = False
    page.get_by_role("link", name="Surfaces", exact=True).click()
    page.wait_for_function("race.shown.runs.length === 3")
    page.wait_for_selector("#contour .cartesianlayer image")
    slow.let_go(1)
    assert "lr=0.0005" not in page.url
    assert "0.0005" not in page.inner_text("#results")


def test_a_change_while_a_page_opens_leaves_nothing_of_it_out(page):
    opened(page)
    slow = Delay(page, "surfaces-query")
    page.evaluate("race.shown.runs = []")
    page.evaluate(VISIT, "/?problem=ravine&rule=sgd:lr=0.02&rule=adam:lr=0.1&steps=60")
    slow.wait(1)
    page.wait_for_function(f"document.querySelectorAll('{CARDS}').length === 2")
    type_rate(page, "0.01")
    slow.wait(2)
    slow.let_go(1)
    page.wait_for_url(re.compile(r"sgd:lr=0\.01"))
    page.wait_for_selector("#contour .cartesianlayer image")
    page.wait_for_function("race.shown.runs.length === 2")
    expect(page.locator("#results")).to_contain_text("SGD lr=0.01")
