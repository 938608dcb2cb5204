"""The `optviz run` command: a surface, a formula or a link performed in the terminal."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from optviz.recommenders.training import Training
    from optviz.runs.comparison import Comparison

Asked = Experiment | RatingsExperiment

FLAGS = ("parameters", "start", "steps", "seed", "noise")
"""The options that set a field of an experiment, beside the optimizers."""


def run_command(arguments: argparse.Namespace) -> int:
    """Perform what was asked for, print its table, write the files that were asked for."""
    experiment, sentences = asked_for(arguments)
    for sentence in sentences:
        print(f"optviz: {sentence}", file=sys.stderr)
    if isinstance(experiment, Experiment):
        race(experiment, arguments)
    else:
        train(experiment, arguments)
    return 0


def asked_for(arguments: argparse.Namespace) -> tuple[Asked, list[str]]:
    """The experiment of a name, a formula or a link, and what of a link was not understood.

    Options that are given come before what the link says.
    """
    link = link_of(arguments.problem)
    kind = Experiment if link is None else kind_of(link)
    found, sentences = kind.from_query("" if link is None else urlsplit(link).query)
    given = {name: getattr(arguments, name) for name in FLAGS}
    given = {name: text for name, text in given.items() if text is not None}
    if link is None:
        given["problem"] = arguments.problem
    parsers = kind.parsers
    if unfit := [name for name in given if name not in parsers]:
        raise ValueError(f"--{unfit[0]} is for surfaces, and this link trains on MovieLens")
    chosen = {name: parsers[name](text) for name, text in given.items()}
    if arguments.rules:
        chosen["rules"] = tuple(arguments.rules)
        if getattr(found, "forks", ()):
            chosen["forks"] = ()
            sentences.append("the link's forks are left out: --rule names other optimizers")
    return replace(found, **chosen), sentences


def link_of(text: str) -> str | None:
    """The text if it is a link, or the part of one from the question mark on."""
    return text if re.match(r"https?://", text) or "?" in text else None


def kind_of(link: str) -> type[Asked]:
    """The kind of experiment that a link means: by its page, or by what it sets."""
    own = {spec.name for spec in fields(RatingsExperiment)}
    own -= {spec.name for spec in fields(Experiment)}
    parts = urlsplit(link)
    set_here = {key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    ratings = parts.path.rstrip("/").endswith("/movielens") or bool(own & set_here)
    return RatingsExperiment if ratings else Experiment


# -- on a surface --------------------------------------------------------------------------


def race(experiment: Experiment, arguments: argparse.Namespace) -> None:
    """Race the optimizers and print the table."""
    comparison = experiment.perform()
    print(comparison.to_text())
    if arguments.csv:
        comparison.to_csv(arguments.csv)
    if arguments.json:
        comparison.to_json(arguments.json)
    if arguments.xlsx:
        from optviz.spreadsheets.export import comparison_to_xlsx

        comparison_to_xlsx(comparison, arguments.xlsx)
    if arguments.html:
        from optviz.views import scrubbable

        scrubbable(comparison, arguments.html)
    for file in filter(None, (arguments.png, arguments.svg)):
        save_picture(picture(experiment, comparison), file)


def picture(experiment: Experiment, comparison: Comparison) -> go.Figure:
    """The surface with the paths, as the experiment's view asks for it."""
    from optviz.landscapes.grid import loss_grid
    from optviz.views import contour, curvature, surface3d

    grid, view, surface = loss_grid(comparison.problem), experiment.view, experiment.surface()
    if "3d" in view:
        return surface3d(grid, comparison.trajectories)
    start = surface.start if experiment.start is None else experiment.start
    return contour(
        grid,
        comparison.trajectories,
        step=experiment.at,
        arrows="arrows" in view and experiment.at is not None,
        field=surface if "field" in view else None,
        curvature=curvature(surface, start) if "curvature" in view else None,
    )


def save_picture(figure: go.Figure, file: str) -> None:
    """Write a figure as an image.

    Raises: ValueError: images need kaleido: ...
    """
    from optviz.views import save_image

    try:
        save_image(figure, file)
    except RuntimeError as error:
        raise ValueError(str(error)) from None


# -- on MovieLens --------------------------------------------------------------------------


def train(experiment: RatingsExperiment, arguments: argparse.Namespace) -> None:
    """Train with each optimizer, a bar for each on a terminal, and print the table.

    Raises: ValueError: training needs torch: pip install "optviz[torch]"
    """
    if arguments.xlsx:
        raise ValueError("--xlsx is for surfaces: a rating model does not fit in cells")
    import pandas as pd

    from optviz.movielens import load

    asked = experiment.training()
    data = load(asked.data)
    try:
        trainings = asked.perform(data)
    except ModuleNotFoundError as error:
        raise ValueError(f'training needs {error.name}: pip install "optviz[torch]"') from None
    table = pd.DataFrame([each.row() for each in trainings])
    print(f"{asked.model} on {asked.data}: {asked.epochs} epochs, seed {asked.seed}")
    print(table.to_string(index=False, float_format="{:.4f}".format))
    if arguments.csv:
        table.to_csv(arguments.csv, index=False)
    if arguments.json:
        save_trainings(experiment, trainings, arguments.json)
    pictures = arguments.html, arguments.png, arguments.svg
    if any(pictures):
        save_pictures(trainings, data, *pictures)


def save_trainings(experiment: RatingsExperiment, trainings: list[Training], file: str) -> None:
    """Write the table and the validation losses of trainings as JSON."""
    from optviz.runs.comparison import make_strict

    rows = [each.row() | {"validation": each.valid_loss} for each in trainings]
    record = {"experiment": json.loads(experiment.to_json()), "trainings": rows}
    Path(file).write_text(json.dumps(make_strict(record), allow_nan=False), encoding="utf-8")


def save_pictures(
    trainings: list[Training], data: Any, html: str | None, png: str | None, svg: str | None
) -> None:
    """Write the validation curves and the slice as a page, the slice as images."""
    from optviz.recommenders import slice_of
    from optviz.views import Curve, save_html, slice_contour, validation

    cut = slice_contour(slice_of(trainings, data))
    if html:
        curves = [
            Curve(each.label, each.about["kind"], each.valid_loss.tolist()) for each in trainings
        ]
        save_html([validation(curves, trainings[0].baseline), cut], html)
    for file in filter(None, (png, svg)):
        save_picture(cut, file)
