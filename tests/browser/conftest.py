"""The app served by a process of its own, and Chromium to open it in."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import (
    CHROMIUM,
    FLAGS,
    PATIENCE_MS,
    STILL,
    clear,
    forget,
    open_page,
    served_app,
    watched,
)
from tests.support.requirements import missing


@pytest.fixture(scope="session")
def app_cache(tmp_path_factory) -> Path:
    """The folder in which the served app keeps data and results, apart from the user's own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def app_url(app_cache) -> Iterator[str]:
    """The address of the app, served by another process as a person would start it."""
    with served_app(sys.executable, app_cache) as address:
        yield address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What drives Debian's Chromium."""
    if not CHROMIUM:
        missing("there is no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright) -> Iterator[Any]:
    """A browser for people who were never here: each of its contexts begins with nothing."""
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def profile(playwright, app_url, tmp_path_factory) -> Iterator[Any]:
    """A browser that was here before: it keeps the app's scripts compiled, as people's do.

    That takes a third off what opening a page costs. `page` drops all else that a page may keep.
    """
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=CHROMIUM,
        args=FLAGS,
        viewport={"width": 1440, "height": 1000},
        base_url=app_url,
        **STILL,
    )
    yield context
    context.close()


SPENT = """window.spent || history.length > 30
    || localStorage.getItem('mantine-color-scheme-value') !== null"""
"""A page that no other test may have: a test says so in `window.spent`, or chose a scheme by hand,
which the page keeps until it is loaded anew; and a history ends at 50 entries."""


@pytest.fixture(scope="session")
def tabs(profile) -> Iterator[list[Any]]:
    """The page that tests share, once one of them opened it."""
    kept: list[Any] = []
    yield kept
    for each in kept:
        each.close()


@pytest.fixture
def page(profile, app_url, tabs, request) -> Iterator[Any]:
    """A page at 1440 pixels, watched. `visit` opens a link in it, without loading the app anew.

    It is the one that the test before it left, with nothing of that test, if that test passed.
    """
    if not tabs:
        tabs.append(open_page(profile))
        forget(tabs[0], app_url)
    failed = request.session.testsfailed
    with watched(tabs[0], app_url, request):
        yield tabs[0]
    if request.session.testsfailed > failed or tabs[0].evaluate(SPENT):
        tabs.pop().close()
    else:
        clear(tabs[0], app_url)


@pytest.fixture(scope="module")
def clocked(browser, app_url) -> Iterator[Any]:
    """The page of `visitor`, shared by the tests of a file."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, base_url=app_url, **STILL
    )
    opened = open_page(context)
    opened.clock.install()
    yield opened
    context.close()


@pytest.fixture
def visitor(clocked, app_url, request) -> Iterator[Any]:
    """A page at 1440 pixels, watched, in a browser of its own: its clock is the test's."""
    with watched(clocked, app_url, request):
        yield clocked
    clocked.clock.resume()
    clear(clocked, app_url)
