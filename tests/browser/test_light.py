"""The app in a real browser, served by an environment without torch."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import STILL, open_page, served_app, watched
from tests.support.ratings_made import few_ratings

pytestmark = pytest.mark.browser

LINK = "/movielens?data=ml-latest-small&epochs=2&batch=64&rule=adam:lr=0.01"


@pytest.fixture(scope="module")
def light_url(light_python, tmp_path_factory) -> Iterator[str]:
    """The address of an app without torch, that has a few ratings."""
    cache = tmp_path_factory.mktemp("cache")
    few_ratings(cache)
    with served_app(light_python, cache) as address:
        yield address


@pytest.fixture
def light_page(browser, light_url, request) -> Iterator[Any]:
    """A page of that app, watched."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, base_url=light_url, **STILL
    )
    page = open_page(context)
    with watched(page, light_url, request):
        yield page
    context.close()


def test_mini_net_says_at_its_field_what_to_install_and_the_others_train(light_page):
    page, sentence = light_page, 'mini net needs torch: pip install "optviz[torch]"'
    page.goto(LINK)
    page.wait_for_selector("#train:not([disabled])")
    page.click("#model")
    page.get_by_role("option", name="Mini net").click()
    expect(page.get_by_text(f"the {sentence}", exact=True)).to_be_visible()
    expect(page.locator("#model")).to_have_attribute("aria-invalid", "true")
    page.click("#train")
    expect(page.locator("#said")).to_contain_text("Not started")
    expect(page.locator("#said")).to_contain_text(f"The {sentence}")
    page.click("#model")
    page.get_by_role("option", name="Dot product and biases").click()
    expect(page.get_by_text(f"the {sentence}", exact=True)).to_have_count(0)
    page.click("#train")
    expect(page.locator("#said")).to_contain_text("Training finished")
    expect(page.locator("#prediction tbody td").first).to_contain_text("stars")
