"""Chromium as the tests use it: its flags, and pages that may show no error."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
ARTIFACTS = Path(__file__).parents[2] / ".artifacts"
"""Screenshots of the browser tests, for people to look at; ignored by git."""


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
