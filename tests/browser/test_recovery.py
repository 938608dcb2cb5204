"""Open pages while the server is killed and started again, in a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from optviz.movielens.cache import cache_folder, find_cached
from tests.support.browser import PATIENCE_MS, STILL, forget, open_page

pytestmark = pytest.mark.browser

GONE = "optviz does not answer. This page goes on by itself once it is back."
BUSY = "optviz is busy with the work of others. This goes on by itself."
Server = subprocess.Popen


@pytest.fixture(scope="module")
def port() -> int:
    """A port that is free now; one for all tests, so that a browser keeps the scripts compiled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(port, app_cache) -> Iterator[Callable[[], Server]]:
    """A function that starts the app on the port and returns its process once it listens."""
    command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", str(port)]
    started: list[Server] = []

    def start() -> Server:
        own = os.environ | {"OPTVIZ_CACHE": str(app_cache)}
        server = Server(command, stdout=subprocess.PIPE, text=True, env=own)
        started.append(server)
        assert server.stdout
        assert "optviz is at" in server.stdout.readline()
        return server

    yield start
    for server in started:
        server.kill()
        server.wait(timeout=60)
        if server.stdout:
            server.stdout.close()


@pytest.fixture(scope="module")
def visited(browser, port) -> Iterator[Any]:
    """A browser that was here before."""
    context = browser.new_context(**describe_window(port))
    yield context
    context.close()


@pytest.fixture
def tab(visited, port) -> Iterator[Any]:
    """A page that notes errors in the console; Chromium adds its own when a server is gone."""
    opened = open_page(visited)
    yield take_notes(opened)
    forget(opened, f"http://127.0.0.1:{port}")
    opened.close()


@pytest.fixture
def clocked(browser, port) -> Iterator[Any]:
    """Such a page in a browser of its own, which has a clock for all its pages: the test's."""
    context = browser.new_context(**describe_window(port))
    opened = take_notes(open_page(context))
    opened.clock.install()
    yield opened
    context.close()


def describe_window(port: int) -> dict[str, Any]:
    """The window of a page, and its server."""
    return {
        "viewport": {"width": 1440, "height": 1000},
        "base_url": f"http://127.0.0.1:{port}",
        **STILL,
    }


def take_notes(page: Any) -> Any:
    """Let a page note in `said` what its console is told."""
    page.said = []
    page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(f"thrown: {error}"))
    return page


def opened(tab, link: str = "/?steps=60&rule=sgd:lr=0.001&rule=adam:lr=0.05"):
    tab.goto(link)
    tab.wait_for_selector("#contour .nsewdrag")
    tab.wait_for_selector("#results tbody tr")
    return tab


def kill(server: Server) -> None:
    """End the server without a farewell, as a power cut would."""
    server.send_signal(signal.SIGKILL)
    server.wait(timeout=60)


def banner(tab):
    return tab.locator("#alive[role=status]")


def ours(said: list[str]) -> list[str]:
    """What the console was told by anyone but Chromium's own note of a failed request."""
    return [text for text in said if not text.startswith("Failed to load resource")]


def left_by_its_server(tab, serve):
    """Open the page, kill its server and change something: the page says what happened."""
    server = serve()
    opened(tab)
    tab.evaluate("window.sameDocument = true")
    kill(server)
    tab.fill("#steps", "90")
    expect(banner(tab)).to_have_text(GONE)


def test_page_says_that_the_server_is_gone_and_goes_on_where_it_was(tab, serve):
    left_by_its_server(tab, serve)
    serve()
    expect(banner(tab)).to_be_hidden(timeout=PATIENCE_MS)
    tab.wait_for_url(re.compile("steps=90"))
    tab.wait_for_function("document.querySelector('#scrub [role=slider]').ariaValueMax === '90'")
    assert tab.evaluate("window.sameDocument")
    assert tab.input_value("#steps") == "90"
    assert tab.locator(".optimizer").count() == 2
    assert ours(tab.said) == []


def test_last_of_many_changes_made_meanwhile_counts(tab, serve):
    server = serve()
    opened(tab)
    kill(server)
    tab.fill("#steps", "70")
    expect(banner(tab)).to_have_text(GONE)
    tab.fill("#noise", "0.25")
    tab.fill("#steps", "80")
    expect(tab.locator("#steps")).to_have_value("80")
    serve()
    tab.wait_for_url(re.compile(r"(?=.*steps=80)(?=.*noise=0\.25)"))
    assert ours(tab.said) == []


def test_page_that_only_rests_notices_too(clocked, serve):
    server = serve()
    opened(clocked)
    kill(server)
    clocked.clock.fast_forward(61_000)
    expect(banner(clocked)).to_have_text(GONE)
    serve()
    clocked.clock.fast_forward(11_000)
    expect(banner(clocked)).to_be_hidden(timeout=PATIENCE_MS)


def test_server_that_hangs_is_told_from_one_that_works(tab, serve):
    server = serve()
    opened(tab)
    server.send_signal(signal.SIGSTOP)
    tab.fill("#steps", "90")
    expect(banner(tab)).to_have_text(GONE)
    server.send_signal(signal.SIGCONT)
    expect(banner(tab)).to_be_hidden(timeout=PATIENCE_MS)
    tab.wait_for_url(re.compile("steps=90"))
    assert ours(tab.said) == []


def test_page_of_another_version_is_loaded_anew_with_its_link(tab, serve):
    left_by_its_server(tab, serve)
    tab.route("**/alive", lambda route: route.fulfill(json={"version": "of tomorrow"}))
    serve()
    tab.wait_for_function("window.sameDocument === undefined")
    opened(tab, tab.url)
    assert "steps=60" in tab.url


def test_refused_request_is_told_and_forgotten_once_one_works(tab, serve):
    serve()
    opened(tab)
    refuse = lambda route: route.fulfill(status=413, content_type="text/plain", body="too long")  # noqa: E731
    tab.route("**/_dash-update-component*", refuse)
    tab.fill("#steps", "90")
    expect(banner(tab)).to_contain_text("Too long")
    expect(banner(tab).get_by_role("button", name="Reload")).to_be_visible(timeout=PATIENCE_MS)
    tab.unroute("**/_dash-update-component*")
    tab.fill("#steps", "80")
    expect(banner(tab)).to_be_hidden(timeout=PATIENCE_MS)


CUT = """(() => {
    const ask = window.fetch.bind(window);
    window.fetch = async (url, options) => {
        const answer = await ask(url, options);
        if (!window.cut || !String(url).includes('_dash-update-component')) return answer;
        window.cut -= 1;
        const body = new ReadableStream({ start: (it) => it.error(new TypeError('broken off')) });
        return new Response(body, { status: answer.status, headers: answer.headers });
    };
})()"""
"""Lets as many answers as `window.cut` says break off."""


def test_an_answer_that_breaks_off_is_asked_for_again(tab, serve):
    serve()
    tab.add_init_script(CUT)
    opened(tab)
    tab.evaluate("window.cut = 2")
    tab.fill("#steps", "90")
    tab.wait_for_url(re.compile("steps=90"))
    assert tab.evaluate("window.cut") == 0
    assert ours(tab.said) == []


def test_hours_without_a_server_do_not_flood_the_console(clocked, serve):
    server = serve()
    opened(clocked)
    kill(server)
    clocked.fill("#steps", "90")
    clocked.clock.run_for(1000)
    expect(banner(clocked)).to_have_text(GONE)
    clocked.clock.run_for(120_000)
    assert len(clocked.said) <= 30


@pytest.mark.data
def test_training_that_went_with_its_server_gets_a_sentence(tab, serve, ml100k, app_cache):
    found = find_cached("ml-100k", cache_folder())
    if found and not (app_cache / "ml-100k.zip").exists():
        shutil.copy(found, app_cache / "ml-100k.zip")
    server = serve()
    tab.goto(f"/movielens?epochs=50&batch=64&seed={time.time_ns() % 2**31}")
    tab.click("#train")
    expect(tab.locator("#said")).to_contain_text("epoch")
    kill(server)
    expect(banner(tab)).to_have_text(GONE)
    serve()
    expect(banner(tab)).to_be_hidden(timeout=PATIENCE_MS)
    expect(tab.locator("#said")).to_contain_text("The server was restarted")
    expect(tab.locator("#train")).to_be_enabled(timeout=PATIENCE_MS)
    assert ours(tab.said) == []


def test_change_that_finds_the_server_busy_is_kept_and_made_in_its_turn(tab, serve):
    serve()
    opened(tab)
    again = {"Retry-After": "1"}
    tab.route("**/_dash-update-component*", lambda route: route.fulfill(status=503, headers=again))
    tab.fill("#steps", "90")
    expect(banner(tab)).to_have_text(BUSY)
    assert tab.input_value("#steps") == "90"
    tab.fill("#steps", "95")
    tab.unroute("**/_dash-update-component*")
    tab.wait_for_url(re.compile("steps=95"))
    expect(banner(tab)).to_be_hidden(timeout=PATIENCE_MS)
    assert ours(tab.said) == []
