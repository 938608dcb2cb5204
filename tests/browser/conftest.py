"""The app served by a process of its own, and Chromium to open it in."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import CHROMIUM, FLAGS, forget, watched
from tests.support.requirements import missing


@pytest.fixture(scope="session")
def app_cache(tmp_path_factory) -> Path:
    """The folder in which the served app keeps data and results, apart from the user's own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def app_url(app_cache) -> Iterator[str]:
    """The address of the app, served by another process as a person would start it."""
    command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", "0"]
    own = os.environ | {"OPTVIZ_CACHE": str(app_cache)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
    try:
        line = server.stdout.readline() if server.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"the app did not start: {line!r}"
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=20)
        if server.stdout:
            server.stdout.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What drives Debian's Chromium."""
    if not CHROMIUM:
        missing("there is no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

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
    )
    yield context
    context.close()


@pytest.fixture
def page(profile, app_url, request) -> Iterator[Any]:
    """A page at 1440 pixels, watched."""
    try:
        with watched(profile.new_page(), app_url, request.node.name) as opened:
            yield opened
    finally:
        forget(profile, app_url)


@pytest.fixture
def visitor(browser, app_url, request) -> Iterator[Any]:
    """A page at 1440 pixels, watched, in a browser of its own: its clock may be set."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, base_url=app_url)
    try:
        with watched(context.new_page(), app_url, request.node.name) as opened:
            yield opened
    finally:
        context.close()
