"""The `optviz map` command: basin maps, and maps of two hyperparameters.

    optviz map himmelblau --rule sgd:lr=0.005 --rule momentum:lr=0.005 -o basins.html
    optviz map ravine --rule momentum --x lr=0.001..1 --y beta1=0..0.98 --show regime -o sweep.png

Without `--x` and `--y` it is a basin map: where each start of a grid leads. Problems and optimizers
are named as for `optviz run`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.run import add_experiment, read_experiment

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optviz.experiments.surface import Experiment


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    maps = commands.add_parser("map", help="map where starts lead, or what hyperparameters do")
    maps.set_defaults(perform=draw_map)
    add_experiment(maps)
    maps.add_argument("--x", metavar="NAME=LOW..HIGH", help="the hyperparameter across")
    maps.add_argument("--y", metavar="NAME=LOW..HIGH", help="the hyperparameter up")
    text = "final (default), steps, rate, diverged or regime, for two hyperparameters"
    maps.add_argument("--show", metavar="WHAT", default="final", help=text)
    maps.add_argument("--seeds", metavar="N", default=1, help="seeds of the noise (default 1)")
    maps.add_argument("--size", metavar="N", default=101, help="starts on each side (default 101)")
    maps.add_argument("-o", "--output", metavar="FILE", help=".html, .png, .svg or .pdf")


def draw_map(arguments: argparse.Namespace) -> int:
    """Make the map, tell what it says and write its picture.

    Raises: ValueError: a map is for surfaces, and this link trains on MovieLens
    """
    from optviz.experiments.surface import Experiment

    experiment, kind = read_experiment(arguments)
    if not isinstance(experiment, Experiment):
        raise ValueError(f"a map is for surfaces, and this link {kind.action}")
    path = arguments.output and Path(arguments.output)
    if path and path.suffix.lower() not in (".html", ".htm", ".png", ".svg", ".pdf"):
        raise ValueError(f'a map ends in .html, .png, .svg or .pdf, got "{path.name}"')
    if (arguments.x is None) != (arguments.y is None):
        raise ValueError("a map of hyperparameters needs both --x and --y")
    make = draw_basins if arguments.x is None else draw_sweep
    figure = make(experiment, arguments)
    if path:
        write_figure(figure, path)
        print(path)
    return 0


def draw_basins(experiment: Experiment, arguments: argparse.Namespace) -> go.Figure:
    """Return the basin maps of the optimizers that are on, and print their shares."""
    from optviz.sweeps import basin_maps
    from optviz.views import basin_figure

    maps = basin_maps(
        experiment.build(),
        list_rules(experiment),
        experiment.steps,
        size=read_count("size", arguments.size),
        seed=experiment.seed,
    )
    print("\n\n".join(each.to_text() for each in maps))
    return basin_figure(maps)


def draw_sweep(experiment: Experiment, arguments: argparse.Namespace) -> go.Figure:
    """Return the map of two hyperparameters of the one optimizer, and print what it says.

    Raises: ValueError: a map of hyperparameters is of one optimizer, got 4: name it with --rule
    """
    from optviz.sweeps import sweep_map
    from optviz.views import sweep_figure

    rules = list_rules(experiment)
    if len(rules) != 1:
        raise ValueError(
            f"a map of hyperparameters is of one optimizer, got {len(rules)}: name it with --rule"
        )
    axes = dict(read_range(each) for each in (arguments.x, arguments.y))
    made = sweep_map(
        experiment.build(),
        rules[0],
        axes,
        experiment.steps,
        start=experiment.start,
        seeds=read_count("seeds", arguments.seeds),
    )
    print(made.to_text())
    return sweep_figure(made, arguments.show)


def list_rules(experiment: Experiment) -> list[Any]:
    """Return the optimizers of an experiment that are switched on."""
    from optviz.specs import parse_spec

    specs = [parse_spec(each) for each in experiment.rules]
    return [(each.rule, each.schedule) if each.schedule else each.rule for each in specs if each.on]


def read_range(text: str) -> tuple[str, tuple[float, float]]:
    """Return a hyperparameter and the ends of its range.

    Raises: ValueError: a range is NAME=LOW..HIGH, such as lr=0.001..1, got "lr"
    """
    number = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?"
    found = re.fullmatch(rf"\s*(\w+)\s*=\s*({number})\s*\.\.\s*({number})\s*", text)
    if not found:
        raise ValueError(f'a range is NAME=LOW..HIGH, such as lr=0.001..1, got "{text:.40}"')
    return found[1], (float(found[2]), float(found[3]))


def read_count(name: str, text: Any) -> int:
    """Return a whole number of the command line.

    Raises: ValueError: --size must be a whole number, got "many"
    """
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'--{name} must be a whole number, got "{text:.40}"') from None


def write_figure(figure: go.Figure, path: Path) -> None:
    """Write a figure as a page or an image, as high as it wants to be."""
    from optviz.views import save_html, save_image

    if path.suffix.lower() in (".html", ".htm"):
        save_html(figure, path)
        return
    height = int(figure.to_dict()["layout"].get("height") or 700)
    try:
        save_image(figure, path, 1100, height)
    except RuntimeError as error:
        raise ValueError(error) from None
