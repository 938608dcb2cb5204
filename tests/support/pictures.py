"""Make the README's images: python -m tests.support.pictures starts the app and takes them."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / ".github" / "images"


def take_surfaces(page: Page, url: str) -> None:
    """Take the Surfaces page at a step before the last."""
    page.goto(f"{url}/?at=60")
    page.wait_for_selector("#results td:not(:empty)")
    page.wait_for_selector("#curves canvas.scrub")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "surfaces.png")


def take_workbook(page: Page, url: str) -> None:
    """Take the Workbook page, some epochs into Adam's tab."""
    page.goto(f"{url}/workbook?tab=adam&epochs=3&row=11")
    page.wait_for_selector("#workbook-frame tr.now")
    page.wait_for_selector("#workbook-contour .nsewdrag")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "workbook.png")


def take_movielens(page: Page, url: str) -> None:
    """Take the MovieLens page after its default training."""
    page.goto(f"{url}/movielens")
    page.locator("#train").click()
    page.wait_for_selector("#prediction td", timeout=300_000)  # the example has no predictions
    page.wait_for_selector("#slice .nsewdrag")
    page.locator("#cancel").wait_for(state="hidden")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "movielens.png")


def take_race(page: Page) -> None:
    """Take the figure of the first example."""
    figure = runpy.run_path(str(ROOT / "examples" / "01_race.py"))["main"]()
    page.set_viewport_size({"width": 900, "height": 520})
    page.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
    page.wait_for_selector(".nsewdrag")
    page.screenshot(path=IMAGES / "race.png")


def main() -> None:
    """Start the app, take the images, stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    found = re.search(r"http://\S+\d", server.stdout.readline())
    assert found
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for take in (take_surfaces, take_workbook, take_movielens):
            page = chromium.new_page(viewport={"width": 1440, "height": 1000})
            take(page, found[0])
            page.close()
        take_race(chromium.new_page())
        chromium.close()
    server.terminate()
    server.wait()


if __name__ == "__main__":
    main()
