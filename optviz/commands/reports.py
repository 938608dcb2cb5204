"""Reports of performed experiments in the terminal: their tables and the chosen files."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from optviz.commands import INTERRUPTED
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment
from optviz.formulas.errors import describe_parameters
from optviz.runs.comparison import Comparison, make_strict

if TYPE_CHECKING:
    import plotly.graph_objects as go


def report_race(experiment: Experiment, arguments: Namespace) -> int:
    """Race the optimizers, print the table and return the exit status."""
    comparison = experiment.perform()
    surface = experiment.surface()
    if surface.source == "typed" and surface.parameters:
        print(describe_parameters(list(surface.parameters)))
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
        save_picture(draw_race(experiment, comparison), file)
    return 0


def draw_race(experiment: Experiment, comparison: Comparison) -> go.Figure:
    """Return the surface with the paths, as the experiment's view asks for it."""
    from optviz.landscapes.grid import loss_grid
    from optviz.views import contour, curvature, surface3d
    from optviz.views.drawing.equal import has_equal_scales

    grid, view, surface = loss_grid(comparison.problem), experiment.view, experiment.surface()
    if "3d" in view:
        return surface3d(grid, comparison.trajectories, equal="equal" in view)
    start = surface.start if experiment.start is None else experiment.start
    return contour(
        grid,
        comparison.trajectories,
        step=experiment.at,
        arrows="arrows" in view and experiment.at is not None,
        field=surface if "field" in view else None,
        curvature=curvature(surface, start) if "curvature" in view else None,
        equal=has_equal_scales(grid.window, view),
    )


def report_training(experiment: RatingsExperiment, arguments: Namespace) -> int:
    """Train with each optimizer, a bar for each on a terminal; print the table and write the files.

    After Ctrl-C no further training begins; what exists is printed and written.

    Raises: MissingPackageError: the mini net needs torch: pip install "optviz[torch]"
    """
    if arguments.xlsx:
        raise ValueError("--xlsx is for surfaces: a rating model does not fit in cells")
    import pandas as pd

    from optviz.movielens import load

    asked = experiment.training()
    data = load(asked.data)
    trainings = asked.perform(data)
    table = pd.DataFrame([each.row() for each in trainings])
    print(f"{asked.model} on {asked.data}: {asked.epochs} epochs, seed {asked.seed}")
    print(table.to_string(index=False, float_format="{:.4f}".format))
    if arguments.csv:
        table.to_csv(arguments.csv, index=False)
    if arguments.json:
        rows = [each.row() | {"validation": each.curve.valid} for each in trainings]
        record = {"experiment": json.loads(experiment.to_json()), "trainings": rows}
        text = json.dumps(make_strict(record), allow_nan=False)
        Path(arguments.json).write_text(text, encoding="utf-8")
    if arguments.html or arguments.png or arguments.svg:
        from optviz.recommenders import slice_trainings
        from optviz.views import save_html, slice_contour, validation

        cut = slice_contour(slice_trainings(trainings, data))
        if arguments.html:
            curves = [each.curve for each in trainings]
            save_html([validation(curves, trainings[0].baseline), cut], arguments.html)
        for file in filter(None, (arguments.png, arguments.svg)):
            save_picture(cut, file)
    if not trainings[-1].is_canceled:
        return 0
    missing = sum(entry.on for entry in asked.entries) - len(trainings)
    print(f"optviz: stopped; trainings not begun: {missing}", file=sys.stderr)
    return INTERRUPTED


def save_picture(figure: go.Figure, file: str) -> None:
    """Write a figure as an image."""
    from optviz.views import save_image

    try:
        save_image(figure, file)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
