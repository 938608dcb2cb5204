"""The `optviz map` command: basin maps, and maps of two hyperparameters.

    optviz map himmelblau --rule sgd:lr=0.005 --rule momentum:lr=0.005 -o basins.html
    optviz map ravine --rule momentum --x lr=0.001..1 --y beta1=0..0.98 --show regime -o sweep.png

Without `--x` and `--y` it is a basin map: where each start of a grid leads. Problems and optimizers
are named as for `optviz run`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.outputs import PICTURES, read_output
from optviz.commands.run import add_experiment, read_experiment

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optviz.experiments.maps import MapExperiment
    from optviz.experiments.surface import Experiment


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    maps = commands.add_parser("map", help="map where starts lead, or what hyperparameters do")
    maps.set_defaults(perform=draw_map)
    add_experiment(maps)
    maps.add_argument("--x", metavar="NAME=LOW..HIGH", help="the hyperparameter across")
    maps.add_argument("--y", metavar="NAME=LOW..HIGH", help="the hyperparameter up")
    text = "final (default), steps, rate, diverged or regime, for two hyperparameters"
    maps.add_argument("--show", metavar="WHAT", help=text)
    text = "seeds of the noise (default 1), for two hyperparameters"
    maps.add_argument("--seeds", metavar="N", help=text)
    text = "points on each side (default 101 starts, 41 hyperparameters)"
    maps.add_argument("--size", metavar="N", help=text)
    maps.add_argument("-o", "--output", metavar="FILE", help=".html, .png, .svg or .pdf")


def draw_map(arguments: argparse.Namespace) -> int:
    """Make the map, tell what it says and write its picture.

    Raises: ValueError: a map is for surfaces, and this link trains on MovieLens
    """
    from optviz.experiments.maps import MapExperiment
    from optviz.experiments.surface import Experiment

    experiment, kind = read_experiment(arguments)
    path = read_output(arguments.output, "a map", PICTURES)
    if isinstance(experiment, MapExperiment):
        return write_map(experiment, filter(None, [path]))
    if not isinstance(experiment, Experiment):
        raise ValueError(f"a map is for surfaces, and this link {kind.action}")
    if (arguments.x is None) != (arguments.y is None):
        raise ValueError("a map of hyperparameters needs both --x and --y")
    check_options(arguments)
    make = draw_basins if arguments.x is None else draw_sweep
    figure = make(experiment, arguments)
    if path:
        write_figure(figure, path)
        print(path)
    return 0


def check_options(arguments: argparse.Namespace) -> None:
    """Refuse options that do not fit the kind of the map.

    Raises: ValueError: --seeds is for two hyperparameters: give --x and --y too; --show is final,
        steps, rate, diverged or regime, got "foo"
    """
    from optviz.experiments.maps import SHOWN

    for name in ("show", "seeds"):
        if arguments.x is None and getattr(arguments, name) is not None:
            raise ValueError(f"--{name} is for two hyperparameters: give --x and --y too")
    if arguments.show is not None and arguments.show not in SHOWN:
        *most, last = SHOWN
        raise ValueError(f'--show is {", ".join(most)} or {last}, got "{arguments.show:.40}"')


def report_map(experiment: MapExperiment, arguments: argparse.Namespace) -> int:
    """Make the map of a link of the Maps page, print what it says and write the chosen files.

    Raises: ValueError: --xlsx is for a race on a surface: a map does not fit in its cells
    """
    from optviz.sweeps.map_files import maps_to_csv, maps_to_json

    if arguments.xlsx:
        raise ValueError("--xlsx is for a race on a surface: a map does not fit in its cells")
    made = experiment.perform()
    for file, write in ((arguments.csv, maps_to_csv), (arguments.json, maps_to_json)):
        if file:
            Path(file).write_text(write(made), encoding="utf-8")
    files = filter(None, (arguments.html, arguments.png, arguments.svg))
    return write_map(experiment, map(Path, files), made)


def write_map(experiment: MapExperiment, files: Iterable[Path], made: Any = None) -> int:
    """Print what a map says and write its picture."""
    from optviz.sweeps import SweepMap
    from optviz.views import basin_figure, sweep_figure

    made = experiment.perform() if made is None else made
    is_sweep = isinstance(made, SweepMap)
    print(made.to_text() if is_sweep else "\n\n".join(each.to_text() for each in made))
    for file in files:
        write_figure(sweep_figure(made, experiment.show) if is_sweep else basin_figure(made), file)
        print(file)
    return 0


def draw_basins(experiment: Experiment, arguments: argparse.Namespace) -> go.Figure:
    """Return the basin maps of the optimizers that are on, and print their shares."""
    from optviz.sweeps import basin_maps
    from optviz.views import basin_figure

    maps = basin_maps(
        experiment.build(),
        list_rules(experiment),
        experiment.steps,
        size=101 if arguments.size is None else read_count("size", arguments.size),
        seed=experiment.seed,
    )
    print("\n\n".join(each.to_text() for each in maps))
    return basin_figure(maps)


def draw_sweep(experiment: Experiment, arguments: argparse.Namespace) -> go.Figure:
    """Return the map of two hyperparameters of the one optimizer, and print what it says.

    Raises: ValueError: a map of hyperparameters is of one optimizer, got 4: name it with --rule
    """
    from optviz.experiments.maps import parse_range, spread_values
    from optviz.sweeps import sweep_map
    from optviz.sweeps.hyper_maps import COUNT
    from optviz.views import sweep_figure

    rules = list_rules(experiment)
    if len(rules) != 1:
        raise ValueError(
            f"a map of hyperparameters is of one optimizer, got {len(rules)}: name it with --rule"
        )
    ranges = [parse_range(each) for each in (arguments.x, arguments.y)]
    size = COUNT if arguments.size is None else read_count("size", arguments.size)
    axes = {each.name: spread_values(rules[0], each, size) for each in ranges}
    made = sweep_map(
        experiment.build(),
        rules[0],
        axes,
        experiment.steps,
        start=experiment.start,
        seeds=1 if arguments.seeds is None else read_count("seeds", arguments.seeds),
    )
    print(made.to_text())
    return sweep_figure(made, arguments.show or "final")


def list_rules(experiment: Experiment) -> list[Any]:
    """Return the optimizers of an experiment that are switched on."""
    from optviz.specs import parse_spec

    specs = [parse_spec(each) for each in experiment.rules]
    return [(each.rule, each.schedule) if each.schedule else each.rule for each in specs if each.on]


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
