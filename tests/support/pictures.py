"""Make the README's images: python -m tests.support.pictures starts the app and takes them."""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from optviz import save_film
from optviz.experiments.home import HOME
from optviz.movielens.cache import cache_folder
from tests.support.browser import CHROMIUM, FLAGS, STILL, served_app

IMAGES = Path(__file__).parents[2] / ".github" / "images"
ADAM = "rule=adam:lr=0.003,l2=0.00015"
RATED = "rated=50:5,183:5,294:2,89:5,286:2"  # Star Wars, Alien, Liar Liar, Blade Runner, ...


def take_surfaces(page: Page, url: str) -> None:
    """Take the first page, its race done."""
    page.goto(url)
    page.wait_for_selector("#results td:not(:empty)")
    page.wait_for_selector("#curves canvas.scrub")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "surfaces.png")


def take_recommend(page: Page, url: str) -> None:
    """Take the Recommend tab, a new user's ratings in its link."""
    page.goto(f"{url}/movielens?panel=recommend&{ADAM}&{RATED}")
    page.wait_for_selector("#train-recommend:visible, #recommend-body:visible")
    if page.locator("#train-recommend").is_visible():
        page.click("#train-recommend")
    page.wait_for_selector("#recommendations td", timeout=300_000)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "recommend.png")


def film_race() -> None:
    """Film the race of the first page."""
    save_film(HOME, IMAGES / "race.gif", width=800, seconds=6, most_mb=2)


def main() -> None:
    """Start the app, take the images, stop it."""
    film_race()
    with served_app(sys.executable, cache_folder()) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for take in (take_surfaces, take_recommend):
            page = chromium.new_page(viewport={"width": 1440, "height": 1000}, **STILL)
            take(page, url)
            page.close()
        chromium.close()


if __name__ == "__main__":
    main()
