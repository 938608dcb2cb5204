"""The app and a browser, started for a benchmark as a person would start them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


class Served(NamedTuple):
    """An app that runs in a process of its own."""

    url: str
    seconds: float
    """From the command to the first answer."""
    process: int

    @property
    def address(self) -> str:
        """The host and the port."""
        return self.url.partition("//")[2]

    def read_work(self) -> float:
        """Return the processor seconds that the app has used so far."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def app() -> Iterator[Served]:
    """Serve an app of its own, with an empty cache."""
    from urllib.request import urlopen

    command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", "0"]
    with tempfile.TemporaryDirectory() as cache:
        began = perf_counter()
        own = os.environ | {"OPTVIZ_CACHE": cache}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        try:
            line = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if not found:
                raise RuntimeError(f"the app did not start: {line!r}")
            with urlopen(found[0]) as answer:
                answer.read()
            yield Served(found[0], perf_counter() - began, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)
            if server.stdout:
                server.stdout.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("OPTVIZ_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
