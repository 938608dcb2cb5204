"""Comparison and widget in a real JupyterLab and in marimo, one page each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from optviz import Adam, run, surface
from tests.support.browser import PATIENCE_MS
from tests.support.notebooks import JUPYTER, MARIMO, serve, write_jupyter_notebook

pytestmark = pytest.mark.browser

RACE = "optviz.compare(optviz.surface('rosenbrock'), ['sgd:lr=0.001', 'adam:lr=0.05'], 200)"
TOLD = """(run,) = shown.trajectories.values()
print("told", shown.step, shown.experiment, run.losses[-1])"""
FORMULA = "(x - 1)^2 + 3*y^2"
HAS_COLORS = "each => new Set(each.getContext('2d').getImageData(0, 0, 200, 200).data).size > 3"
TEXT = "rule=adam:lr=0.1&problem={}&steps=80&v=2"
MARIMO_NOTEBOOK = f"""
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import optviz
    race = {RACE}
    race
    return mo, optviz, race


@app.cell
def _(mo, optviz, race):
    shown = mo.ui.anywidget(optviz.widget(race))
    change = mo.ui.run_button(label="Change")
    mo.vstack([shown, change])
    return shown, change


@app.cell
def _(change, shown):
    if change.value:
        shown.widget.experiment = {TEXT.format("bowl")!r}
    return


@app.cell
def _(mo, shown):
    losses = [str(run.losses[-1]) for run in shown.widget.trajectories.values()]
    told = " ".join([str(shown.value["step"]), shown.value["experiment"], *losses])
    mo.plain_text("told " + told)
    return
"""


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """Open a page, and fail on an error of a script in it."""
    page, wrong = browser.new_page(viewport={"width": 1400, "height": 1000}), []
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: wrong.append(getattr(error, "stack", "") or str(error)))
    page.goto(address)
    try:
        yield page
    except BaseException:
        Path(".artifacts").mkdir(exist_ok=True)
        page.screenshot(path=".artifacts/notebook.png")
        raise
    finally:
        page.close()
    assert not wrong, wrong


def run_cell(cell: Any) -> None:
    """Run a cell; again where Jupyter says that its kernel is idle and hears nothing yet."""
    for patience_ms in (5_000, 20_000, PATIENCE_MS):
        cell.locator(".cm-content").click()
        cell.page.keyboard.press("Shift+Enter")
        with suppress(AssertionError):
            prompt = cell.locator(".jp-InputPrompt")
            expect(prompt).not_to_have_text(re.compile(r"^\[\s*\]:?$"), timeout=patience_ms)
            return
    raise AssertionError("the cell does not run")


def check_race(page: Any) -> None:
    """Check that the comparison is a picture of its paths, one of its losses, and its table."""
    images = page.locator("img[src^='data:image/svg']")
    expect(images).to_have_count(2)
    for place in range(2):
        assert images.nth(place).evaluate("each => each.decode().then(() => each.naturalWidth)")
    expect(page.get_by_role("cell", name="SGD lr=0.001").first).to_be_visible()


def wait_until_drawn(canvas: Any) -> None:
    """Wait for a picture that is in sight: one that the notebook scrolled away is not painted."""
    canvas.scroll_into_view_if_needed()
    for _ in range(PATIENCE_MS // 100):
        if canvas.evaluate(HAS_COLORS):
            return
        canvas.page.wait_for_timeout(100)
    raise AssertionError("the canvas stays empty")


def check_picture(page: Any, step: int, lr: str) -> None:
    """Check what the widget shows: a run, the step, and something drawn."""
    expect(page.locator(".optviz-live .readout")).to_have_text(f"step {step}")
    expect(page.locator(".optviz-live tbody th, .optviz-live tbody td").first).to_have_text(
        f"Adam lr={lr}"
    )
    expect(page.locator(".optviz-live canvas").first).to_be_visible()
    wait_until_drawn(page.locator(".optviz-live canvas").first)


def press_slider(page: Any) -> None:
    """Move the slider of the learning rate, from .1 to .11, and the step to the first."""
    page.locator("input[type=range][aria-label='learning rate of optimizer 1']").press("ArrowRight")
    page.locator(".optviz-live input.scrub").press("Home")


def read_told(text: str) -> tuple[int, str, float]:
    """Return step, experiment and final loss of the one run that Python has."""
    found = re.search(r"told (\d+) (.+) (\S+)$", text.strip())
    assert found, text
    return int(found[1]), found[2], float(found[3])


def test_jupyterlab_shows_a_race_and_a_widget_that_follows_and_leads(browser, tmp_path):
    change = f"shown.experiment = {TEXT.format(FORMULA.replace('+', '%2B'))!r}; shown.step = 30"
    show = f"import optviz\nrace = {RACE}\nrace"
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()
    draw = "shown = optviz.widget(race)\nshown"
    write_jupyter_notebook(folder, home, [show, draw, change, TOLD, "1 + 1"])
    with (
        serve(JUPYTER, folder, home) as url,
        opened(browser, f"{url}/lab/tree/race.ipynb?reset") as page,
    ):
        expect(page.locator(".jp-StatusBar-Widget")).to_contain_text("| Idle")
        cells = page.locator(".jp-CodeCell")
        run_cell(cells.nth(0))
        check_race(page)
        run_cell(cells.nth(1))
        expect(page.locator(".optviz-live .readout")).to_have_text("step 200")
        run_cell(cells.nth(2))
        check_picture(page, 30, "0.1")
        press_slider(page)
        check_picture(page, 0, "0.11")
        page.locator(".optviz-live input.scrub").press("a")
        expect(page.get_by_role("button", name="Arrows")).to_have_attribute("aria-pressed", "true")
        expect(cells).to_have_count(5)  # Jupyter's own "a" would have made one more
        expected = run(surface(FORMULA), Adam(0.11), 80).losses[-1]
        for _ in range(20):  # Python is told once the hand rests, then makes the runs, beside cells
            run_cell(cells.nth(3))
            expect(cells.nth(3).locator("pre").last).to_contain_text("told")
            step, text, loss = read_told(cells.nth(3).locator(".jp-OutputArea").inner_text())
            if "view=arrows" in text and loss == expected:
                break
            page.wait_for_timeout(250)
        assert (step, "rule=adam:lr=0.11&" in text, "view=arrows" in text) == (0, True, True), text
        assert loss == expected

        (kernel,) = page.request.get(f"{url}/api/kernels").json()
        assert page.request.delete(f"{url}/api/kernels/{kernel['id']}").ok
        press_slider(page)  # without a kernel it goes on
        expect(page.locator(".optviz-live tbody tr")).to_contain_text(["Adam lr=0.13"])
        page.locator(".optviz-live .play-button").click()
        expect(page.locator(".optviz-live .readout")).not_to_have_text("step 0")


def test_marimo_shows_a_race_and_a_widget_that_follows_and_leads(browser, tmp_path):
    (tmp_path / "race.py").write_text(MARIMO_NOTEBOOK, encoding="utf-8")
    with serve(MARIMO, tmp_path, tmp_path) as url, opened(browser, url) as page:
        check_race(page)
        expect(page.locator(".optviz-live .readout")).to_have_text("step 200")
        page.get_by_role("button", name="Change").click()
        check_picture(page, 80, "0.1")
        press_slider(page)
        told = page.get_by_text(re.compile(r"told 0 rule=adam:lr=0\.11&"))
        expect(told).to_be_visible()
        step, _, loss = read_told(told.inner_text())
        assert (step, loss) == (0, run(surface("bowl"), Adam(0.11), 80).losses[-1])
