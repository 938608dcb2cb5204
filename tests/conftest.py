"""Fixtures that several test files share: real data, reference figures, one torch thread."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from libreoffice import libreoffice  # noqa: F401  a fixture
from movielens_server import (
    Start,
    publish_made_100k,
    publish_made_zip,
    refuse_connections,
    running_server,
)

from optviz.movielens import download

STRICT = os.environ.get("OPTVIZ_STRICT") == "1"
"""Set by .ci/run: what is missing fails there instead of being skipped."""


def missing(reason: str):
    """Skip for a reason, or fail where nothing may be missing."""
    if STRICT:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread():
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference figures: workbook/ and data/."""
    folder = os.environ.get("OPTVIZ_REFERENCE")
    if folder == "none":
        pytest.skip("OPTVIZ_REFERENCE says that there are no reference figures")
    if not folder:
        missing("OPTVIZ_REFERENCE does not name the folder of reference figures")
    path = Path(folder or ".").resolve()
    if not (path / "workbook").is_dir():
        missing(f"OPTVIZ_REFERENCE names {path}, which has no folder workbook/")
    return path


@pytest.fixture(scope="session")
def ml100k():
    """The real ml-100k ratings, from the cache or fetched."""
    from optviz.movielens import load

    try:
        return load("ml-100k")
    except (OSError, ValueError) as error:
        missing(f"ml-100k cannot be had: {error}")


@pytest.fixture(scope="session")
def ml_small(reference):
    """The real ml-latest-small ratings, from the reference folder."""
    from optviz.movielens import load

    return load(reference / "data" / "ml-latest-small.zip")


@pytest.fixture
def made_zip(tmp_path, monkeypatch) -> bytes:
    """A made ml-latest-small, published where the test's server will serve it."""
    return publish_made_zip(tmp_path, monkeypatch)


@pytest.fixture
def server(monkeypatch) -> Iterator[Start]:
    """A function that starts a server in GroupLens' place."""
    with running_server(monkeypatch) as start:
        yield start


@pytest.fixture
def no_server(monkeypatch) -> None:
    """Nobody answers in GroupLens' place."""
    refuse_connections(monkeypatch)


@pytest.fixture
def made_100k(monkeypatch) -> None:
    """A made ml-100k, whose checksums count as the known ones."""
    publish_made_100k(monkeypatch)


@pytest.fixture
def fake_pip(tmp_path, monkeypatch) -> Callable[[str], None]:
    """A function that puts a script in pip's place."""

    def put(code: str) -> None:
        script = tmp_path / "pip_made.py"
        script.write_text(code)
        monkeypatch.setattr(download, "PIP", (sys.executable, str(script)))

    return put


CHROMIUM = os.environ.get("OPTVIZ_CHROMIUM") or shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ARTIFACTS = Path(__file__).parents[1] / ".artifacts"
"""Screenshots of the browser tests, for people to look at; ignored by git."""


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


def forget(profile: Any, app_url: str) -> None:
    """Leave no page open, nothing stored and nothing granted for whoever comes next."""
    first, *others = profile.pages
    for page in others:
        page.close()
    about = {"origin": app_url, "storageTypes": "cookies,local_storage,indexeddb"}
    session = profile.new_cdp_session(first)
    session.send("Storage.clearDataForOrigin", about)
    session.detach()
    profile.clear_permissions()


def wait_in_functions(page: Any) -> None:
    """Let a page wait for expressions, each as a function.

    Playwright asks for an expression again and again through `eval`, which the app's
    Content-Security-Policy forbids; it makes a function once, as a debugger may.
    """
    wait = page.wait_for_function

    def as_function(expression: str, **options: Any) -> Any:
        code = (
            f"(arg) => {{ const it = {expression}; return it instanceof Function ? it(arg) : it }}"
        )
        return wait(code, **options)

    page.wait_for_function = as_function


def harmless(message: Any) -> bool:
    """Whether a console message is no error, or a hint of WebGL drawn without a graphics card."""
    hints = ("GPU stall due to ReadPixels", "willReadFrequently")
    return message.type not in ("error", "warning") or any(hint in message.text for hint in hints)


@contextmanager
def watched(opened: Any, app_url: str, name: str) -> Iterator[Any]:
    """Fail on any error of a page and on any request to another host; keep a picture of its end."""
    wrong: list[str] = []
    wait_in_functions(opened)
    opened.set_default_timeout(20_000)
    opened.on("console", lambda m: None if harmless(m) else wrong.append(m.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None
    )
    local = (app_url, "data:", "blob:")
    opened.on("request", lambda r: None if r.url.startswith(local) else wrong.append(r.url))
    yield opened
    ARTIFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
    assert not wrong, wrong


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
