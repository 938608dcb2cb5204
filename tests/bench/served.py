"""The app and a browser, started for a benchmark as a person would start them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


@contextmanager
def app() -> Iterator[tuple[str, float]]:
    """The address of an app of its own, and the seconds from the command to its first answer."""
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
            yield found[0], perf_counter() - began
        finally:
            server.terminate()
            server.wait(timeout=20)
            if server.stdout:
                server.stdout.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("OPTVIZ_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
