"""Nothing is left running: after a closed tab, a killed browser, a server stopped or killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import CHROMIUM, FLAGS, open_page
from tests.support.ratings_made import few_ratings, slow_ask, wait_until

pytestmark = pytest.mark.browser

LEASE_S, LEFT_S = 4, 1
LONG = f"/movielens?{slow_ask(0).to_query()}"
SERVER = """
import optviz_app.jobs.channel as channel
channel.WATCHED_S, channel.LEFT_S = {lease}, {left}
from optviz_app.app import serve
serve(port={port}, browser=False)
"""


class Served:
    """A server whose leases are short, so that a test sees them end."""

    def __init__(self, cache: Path, port: int):
        code = SERVER.format(lease=LEASE_S, left=LEFT_S, port=port)
        own = os.environ | {"OPTVIZ_CACHE": str(cache)}
        command = [sys.executable, "-c", code]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        assert self.process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        assert found
        self.url, self.cache = found[0], cache

    def workers(self) -> list[int]:
        """The processes that this server started."""
        pid = self.process.pid
        found = [
            child
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        return [int(each) for each in found]

    def outcomes(self) -> list[str]:
        """How the trainings ended that left a result."""
        found = (self.cache / "trainings").glob("[!.]*/result.json")
        return [json.loads(each.read_text())["outcome"] for each in found]

    def end(self) -> None:
        self.process.kill()
        self.process.wait(timeout=60)
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture(scope="module")
def port() -> int:
    """A port that is free now; one for all tests, so that a browser keeps the scripts compiled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def visited(browser) -> Iterator[Any]:
    """A browser that was here before."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def served(tmp_path, port):
    few_ratings(tmp_path / "cache")
    some = Served(tmp_path / "cache", port)
    yield some
    some.end()


def train(page: Any, url: str) -> Any:
    """Begin a long training, and wait until it is under way."""
    page.goto(url + LONG)
    page.locator("#train").click()
    expect(page.locator("#said")).to_contain_text("Training 1 of 8")
    return page


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_closed_tab_ends_its_training(visited, served):
    page = train(open_page(visited), served.url)
    page.close(run_before_unload=True)
    wait_until(lambda: served.outcomes() == ["stopped, as no page was watching"])


def test_killed_browser_ends_its_training_which_went_on_while_it_lived(browser, served, tmp_path):
    home = tmp_path / "profile"
    options = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={home}"]
    command = [CHROMIUM, *FLAGS, *options, "about:blank"]
    silent: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    own = subprocess.Popen(command, start_new_session=True, **silent)
    try:
        wait_until((home / "DevToolsActivePort").exists)
        port = (home / "DevToolsActivePort").read_text().split()[0]
        other = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
        page = train(other.contexts[0].pages[0], served.url)
        for _ in range(7):  # words that it is watched, for longer than one lease
            page.wait_for_event("response", lambda answer: answer.url.endswith("/watch"))
        assert served.outcomes() == []
    finally:
        os.killpg(own.pid, signal.SIGKILL)
        own.wait(timeout=60)
    wait_until(lambda: served.outcomes() == ["stopped, as no page was watching"])


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_server_that_ends_takes_its_workers_along(visited, served, how):
    page = train(open_page(visited), served.url)
    workers = served.workers()
    assert len(workers) >= 2
    getattr(served.process, how)()
    served.process.wait(timeout=60)
    wait_until(lambda: not any(map(alive, workers)))
    page.close()
