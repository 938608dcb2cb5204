"""The `optviz film` command: the run of an experiment as a GIF, an MP4 or a WebM.

    optviz film rosenbrock -o run.gif --seconds 6 --width 800
    optviz film "http://127.0.0.1:8050/?problem=ravine&rule=adam:lr=0.05" -o run.mp4 --theme dark

Runs are named as for `optviz run`: a surface, a formula, or a link in quotes.
"""

from __future__ import annotations

import argparse

from optviz.commands.figure import read_choices, read_race
from optviz.commands.run import add_experiment

CHOICES = {
    "panels": ("NAMES", "surface, loss, distance, state, rates, schedule; with commas"),
    "width": ("PIXELS", "default 960"),
    "font": ("POINTS", "size of the letters (default 10)"),
    "seconds": ("S", "length of the run in the film (default 8)"),
    "fps": ("N", "frames a second (default 25)"),
    "hold": ("S", "time that the end stays (default 1)"),
    "paths": ("WORD", "grow (default) with the step, or whole from the start"),
    "theme": ("NAME", "light (default) or dark"),
    "legend": ("PLACE", "bottom (default), top, right or none"),
    "most-mb": ("MB", "of a larger GIF every second frame is left out, and again"),
}
"""The options that have a value, as the command names them."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    film = commands.add_parser("film", help="write the run as a film (GIF, MP4, WebM)")
    film.set_defaults(perform=write_film)
    add_experiment(film)
    film.add_argument("-o", "--output", metavar="FILE", required=True, help=".gif, .mp4 or .webm")
    for name, (example, text) in CHOICES.items():
        film.add_argument(f"--{name}", metavar=example, help=text)
    text = "a GIF that ends instead of beginning again"
    film.add_argument("--no-loop", action="store_false", default=None, dest="loop", help=text)


def write_film(arguments: argparse.Namespace) -> int:
    """Write the film, with its progress, and say where it is.

    Raises: ValueError: a film is for surfaces, and this link trains on MovieLens
    """
    from tqdm import tqdm

    from optviz.views.export.film import save_film
    from optviz.views.export.film_options import check_film

    check_film(arguments.output)
    names = (*(each.replace("-", "_") for each in CHOICES), "loop")
    choices = read_choices(arguments, names)
    experiment = read_race(arguments, "a film")
    with tqdm(unit="frame", leave=False, disable=None) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            film = save_film(experiment, arguments.output, on_progress=tell, **choices)
        except RuntimeError as error:
            raise ValueError(error) from None
    print(f"{film.path}: {film.words()}")
    return 0
