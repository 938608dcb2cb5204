"""The `optviz figure` command: a figure of an experiment for a paper or a slide.

    optviz figure rosenbrock -o fig.pdf --panels surface,loss --width 8.5cm --font 8 --gray
    optviz figure "http://127.0.0.1:8050/?problem=ravine&rule=adam:lr=0.05" -o fig.png --dpi 600

Runs are named as for `optviz run`: a surface, a formula, or a link in quotes.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from optviz.commands.run import add_experiment, read_experiment

if TYPE_CHECKING:
    from optviz.experiments.surface import Experiment

CHOICES = {
    "panels": (
        "NAMES",
        "surface, 3d, loss, distance, state, rates, schedule, lr, table; with commas",
    ),
    "width": ("LENGTH", "8.5cm (one column of a paper), 17.8cm, 3.3in, 800px, ..."),
    "height": ("LENGTH", "as high as the panels need unless given"),
    "columns": ("N", "panels side by side; as many as have room unless given"),
    "font": ("POINTS", "size of the letters as printed (default 8)"),
    "legend": ("PLACE", "bottom (default), top, right or none"),
    "step": ("N", "mark each run at this step"),
    "dpi": ("N", "pixels to the inch of a PNG (default 300)"),
    "theme": ("NAME", "light (default) or dark"),
}
"""The options that have a value, as the command names them."""
WHOLE = ("columns", "step", "dpi", "fps")
"""Those that are whole numbers."""
SWITCHES = {
    "gray": "grays that a printer keeps apart",
    "transparent": "no background",
    "arrows": "gradient, momentum and step of each run at the step",
}
OFF = {
    "title": "no titles above the panels",
    "letters": "no (a), (b), ...",
    "colorbar": "no color bar",
}
"""Switches that are on unless a --no-... is given."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    figure = commands.add_parser("figure", help="write a figure for a paper or a slide")
    figure.set_defaults(perform=write_figure)
    add_experiment(figure)
    figure.add_argument("-o", "--output", metavar="FILE", required=True, help=".pdf, .svg or .png")
    for name, (example, text) in CHOICES.items():
        figure.add_argument(f"--{name}", metavar=example, help=text)
    for name, text in SWITCHES.items():
        figure.add_argument(f"--{name}", action="store_true", default=None, help=text)
    for name, text in OFF.items():
        figure.add_argument(
            f"--no-{name}", action="store_false", default=None, dest=name, help=text
        )


def write_figure(arguments: argparse.Namespace) -> int:
    """Write the figure and say where, and how large it is.

    Raises: ValueError: a figure is for surfaces, and this link trains on MovieLens
    """
    from optviz.views.export.figure_options import FigureOptions
    from optviz.views.export.paper import check_format, save_figure

    check_format(arguments.output)
    choices = read_choices(arguments, (*CHOICES, *SWITCHES, *OFF))
    options = FigureOptions(**choices)
    experiment = read_race(arguments, "a figure")
    try:
        save_figure(experiment, arguments.output, **choices)
    except RuntimeError as error:
        raise ValueError(error) from None
    print(f"{arguments.output}: {options.width:.3g} cm wide, letters of {options.font:g} pt")
    return 0


def read_race(arguments: argparse.Namespace, what: str) -> Experiment:
    """Return the experiment that is named; one that is no race on a surface is refused."""
    from optviz.experiments.surface import Experiment

    experiment, kind = read_experiment(arguments)
    if not isinstance(experiment, Experiment):
        raise ValueError(f"{what} is for surfaces, and this link {kind.action}")
    return experiment


def read_choices(arguments: argparse.Namespace, names: Any) -> dict[str, Any]:
    """Return the options that were given; whole numbers as numbers."""
    given = {name: getattr(arguments, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    for name in WHOLE:
        if name in given:
            given[name] = parse_whole(name, given[name])
    return given


def parse_whole(name: str, text: str) -> int:
    """Return a whole number given as text."""
    if not text.strip().lstrip("-").isdecimal():
        raise ValueError(f'{name} must be a whole number, got "{text[:40]}"')
    return int(text)
