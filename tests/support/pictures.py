"""Make the README's images: python -m tests.support.pictures starts the app and takes them."""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from optviz import Noisy, save_film, surface
from optviz.experiments.home import HOME
from optviz.landscapes import Sheet, slice_sheet
from optviz.movielens import load
from optviz.movielens.cache import cache_folder
from optviz.recommenders import slice_trainings, train
from optviz.recommenders.training.defaults import SUGGESTED_RULES
from optviz.sweeps import basin_maps, claim
from optviz.views import basin_figure, claim_figure, save_image, sheet_contour, slice_contour
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


def draw_claim() -> None:
    """Draw when Adam beats SGD."""
    found = claim("adam beats sgd", Noisy(surface("rosenbrock"), 0.5))
    figure: Any = claim_figure(found)
    save_image(figure, IMAGES / "claim.png", 1100, figure.layout.height)


def draw_basins() -> None:
    """Draw where four rules lead from every start."""
    rules = ["sgd:lr=0.005", "momentum:lr=0.005", "rmsprop:lr=0.05", "adam:lr=0.2"]
    figure: Any = basin_figure(basin_maps(surface("himmelblau"), rules, size=201))
    save_image(figure, IMAGES / "basins.png", 1100, figure.layout.height)


def draw_hidden() -> None:
    """Draw a plane that reverses two trainings, and the sheet that holds both."""
    ratings, rules = load(), SUGGESTED_RULES["dot_bias"]
    options = {"epochs": 1, "batch": 256, "valid": 0.5, "progress": False}
    made = [train("dot_bias", ratings, rule, **options) for rule in rules]
    plane = slice_contour(slice_trainings(made, ratings), color_by="true loss", width=800)
    part, _ = ratings.split(made[0].about["split"], made[0].about["valid"])
    problem = made[0].trained.problem(part, name=made[0].about["problem"])
    sgd, *_, adam = (each.trajectory for each in made)
    sheet = sheet_contour(slice_sheet(problem, Sheet.between(sgd, adam)))
    figure: Any
    for name, figure in (("plane", plane), ("sheet", sheet)):
        save_image(figure, IMAGES / f"{name}.png", 800, figure.layout.height or 640, 1)


def main() -> None:
    """Start the app, take the images, stop it."""
    film_race()
    draw_claim()
    draw_basins()
    draw_hidden()
    with served_app(sys.executable, cache_folder()) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for take in (take_surfaces, take_recommend):
            page = chromium.new_page(viewport={"width": 1440, "height": 1000}, **STILL)
            take(page, url)
            page.close()
        chromium.close()


if __name__ == "__main__":
    main()
