"""Chromium as the tests use it: its flags, and pages that may show no error."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
STILL: Any = {"reduced_motion": "reduce"}
"""Nothing plays by itself, as nearly every test wants; tests of motion ask for "no-preference"."""
PATIENCE_MS = 120_000
"""How long a page or a training may keep a test waiting. It bounds a hang, not a speed."""
ARTIFACTS = Path(__file__).parents[2] / ".artifacts"
"""Screenshots of browser tests that failed; ignored by git."""


LEAVE = """async () => {
    document.activeElement.blur();
    const page = document.querySelector('#page');
    const frame = () => new Promise((done) => {
        requestAnimationFrame(done);
        setTimeout(done, 100); // a hidden page has none
    });
    let tries = 0;
    do {
        if (tries++ === 20) throw new Error('the page stays');
        dash_clientside.set_props('shown', { data: null });
        dash_clientside.set_props('page', { children: null });
        for (let frames = 0; frames < 60 && page.children.length; frames++) {
            await frame();
        }
    } while (page.children.length);
}"""
"""Takes what the app shows away, again where an answer under way brought it back: nothing plays on,
and nothing is found that was drawn before."""
VISIT = """(link) => {
    const { pathname, search } = new URL(link, location.origin);
    const same = pathname === location.pathname && search === location.search;
    history.replaceState(null, '', link);
    if (same) dash_clientside.set_props('wanted', { data: { path: pathname, search } });
    else dispatchEvent(new PopStateEvent('popstate'));
}"""
"""Opens a link as the browser's Back does, also where it is the address already."""


THERE = "() => document.querySelector('#page')?.children.length > 0"
SET = f"""() => ({THERE})()
    && [...document.querySelectorAll('.latex')]
    .every((each) => each.querySelector('mjx-container'))"""
"""The page is there and its formulas are set: until then what stands below them moves."""


def pause_clock(page: Any, room_s: float = 0.2) -> None:
    """Let the page's own time stand still, a little later than it is: more on a slow machine."""
    from playwright.sync_api import Error as PlaywrightError

    while True:
        try:
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + room_s)
            return
        except PlaywrightError as error:  # the call took longer than the room that it was given
            if "to the past" not in str(error) or room_s > 10:
                raise
            room_s *= 2


def visit(page: Any, link: str) -> None:
    """Open a link of the app: within the page if the app is there, else by loading it."""
    if page.url.startswith("http"):
        page.evaluate(LEAVE)
        page.evaluate(VISIT, link)
        with suppress(Exception):  # it timed out
            page.wait_for_function(THERE, timeout=20_000)
        if not page.evaluate(
            THERE
        ):  # an answer of what was taken away came late, and was taken for it
            page.goto(link)
    else:
        page.goto(link)
    page.wait_for_function(SET)


def clear(page: Any, app_url: str) -> None:
    """Leave nothing of a test in a page but the app itself."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    page.evaluate(LEAVE)
    page.unroute_all()
    page.emulate_media(media="null", color_scheme="null", **STILL)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.mouse.move(0, 0)
    forget(page, app_url)


def forget(page: Any, app_url: str) -> None:
    """Leave nothing stored and nothing granted for whoever comes next."""
    about = {"origin": app_url, "storageTypes": "cookies,local_storage,indexeddb"}
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", about)
    session.detach()
    page.context.clear_permissions()


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


UNFOLD = """new MutationObserver(() => {
    const run = document.getElementById('run');
    if (!run || run.dataset.unfolded) return;
    run.dataset.unfolded = true;
    setTimeout(() => { run.open = true; }); // after the page has folded it
}).observe(document, { childList: true, subtree: true })"""
"""Opens the fields of the run, into which many tests type, wherever a page with them appears."""


def open_page(context: Any) -> Any:
    """Open an empty page that waits long enough for a busy machine; the fields of runs unfold."""
    page = context.new_page()
    page.add_init_script(UNFOLD)
    wait_in_functions(page)
    page.set_default_timeout(PATIENCE_MS)
    return page


@contextmanager
def served_app(python: str | Path, cache: Path) -> Iterator[str]:
    """Serve the app in a process of its own, as a person would start it, and yield its address.

    Only its trainings do not step back: beside other tests they would take ten times as long.
    """
    command = [python, "-m", "optviz", "app", "--no-browser", "--port", "0"]
    own = os.environ | {"OPTVIZ_CACHE": str(cache), "OPTVIZ_NICE": "0"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
    try:
        line = server.stdout.readline() if server.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"the app did not start: {line!r}"
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=60)
        if server.stdout:
            server.stdout.close()


@contextmanager
def watched(page: Any, app_url: str, request: Any) -> Iterator[Any]:
    """Fail on any error of a page and on any request to another host.

    A test that fails leaves a picture of the window; for every test it would be a tenth of the
    time that they take.
    """
    failed = request.session.testsfailed
    wrong: list[str] = []
    local = (app_url, "data:", "blob:")
    listeners = {
        "console": lambda m: None if harmless(m) else wrong.append(m.text),
        "pageerror": lambda error: wrong.append(getattr(error, "stack", "") or str(error)),
        "response": lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None,
        "request": lambda r: None if r.url.startswith(local) else wrong.append(r.url),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    yield page
    page.evaluate("0")  # hear what went wrong in what was done last
    if wrong or request.session.testsfailed > failed:
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert not wrong, wrong
