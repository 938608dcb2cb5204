"""The loss seen from above, with the paths of the optimizers on it."""

from __future__ import annotations

from textwrap import wrap
from typing import Any, Literal

import plotly.graph_objects as go

from optviz.landscapes.grid import Grid
from optviz.problems.base import Problem
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.paths import as_list, end_dicts, minimum_dict, origin_dicts, path_dicts
from optviz.views.drawing.scale import Scale, compact, scale_of
from optviz.views.drawing.theme import figure
from optviz.views.gradient_field import field as field_trace
from optviz.views.hessian_ellipse import Curvature, curvature_dicts
from optviz.views.step_arrows import arrow_dicts, here_dict


def contour(
    grid: Grid,
    trajectories: Any = (),
    *,
    theme: str = "light",
    hover: Literal["paths", "surface"] = "paths",
    step: int | None = None,
    arrows: bool = False,
    field: Problem | None = None,
    curvature: Curvature | None = None,
) -> go.Figure:
    """The picture of a loss grid from above, with paths, their start and ends, and the minima.

    The axes show the grid's window, whatever the paths do; zooming out shows the rest of them.
    `hover="surface"` makes the paths transparent to the pointer, so that a click reaches the
    surface. A `step` marks where each run is then, with `arrows` what its next step is made of.
    `field` is a problem whose downhill directions are drawn, `curvature` how it bends at a point.

    Raises: ValueError: arrows need a step: write contour(..., step=120, arrows=True)
    """
    if arrows and step is None:
        raise ValueError("arrows need a step: write contour(..., step=120, arrows=True)")
    runs = as_list(trajectories)
    traces: list[Any] = [loss_trace(grid, scale_of(grid.loss, grid.log, grid.floor))]
    traces += [] if field is None else [field_trace(field, grid.window)]
    traces += run_dicts(grid, runs, hover == "paths")
    traces += [] if curvature is None else curvature_dicts(curvature, grid.window)
    traces += arrow_dicts(runs, step, grid.window) if arrows and step is not None else []
    traces += [] if step is None else [here_dict(runs, step)]
    (x_low, x_high), (y_low, y_high) = grid.window
    return figure(
        traces,
        theme=theme,
        title=grid.name if step is None else f"{grid.name} at step {step}",
        xaxis={"title": {"text": grid.names[0]}, "range": [x_low, x_high], "showgrid": False},
        yaxis={"title": {"text": grid.names[1]}, "range": [y_low, y_high], "showgrid": False},
        uirevision=f"{grid.name} {grid.window}",
        **({} if curvature is None else words_below_title(curvature.words())),
    )


def run_dicts(grid: Grid, runs: list[Trajectory], hover: bool) -> list[dict[str, Any]]:
    """The paths, where they start and fork, the minima, and the paths' ends above all."""
    coords = [each.path for each in runs]
    return [
        *path_dicts(runs, coords, grid.names, hover=hover),
        *origin_dicts(runs, coords),
        *([minimum_dict(grid.minima)] if grid.minima else []),
        *end_dicts(runs, coords, grid.window, hover=hover),
    ]


def words_below_title(words: str) -> dict[str, Any]:
    """The layout that writes a sentence or two below the title."""
    lines = wrap(words, 100)
    subtitle = {"text": "<br>".join(lines), "font": {"size": 12}}
    return {"title_subtitle": subtitle, "margin_t": 48 + 17 * len(lines)}


def loss_trace(grid: Grid, scale: Scale) -> go.Contour:
    """The losses as color and contour lines; the numbers shown are real losses."""
    levels = scale.levels(20) or [scale.low]
    size = levels[1] - levels[0] if len(levels) > 1 else 1.0
    shown: dict[str, Any] = {"customdata": compact(grid.loss)} if scale.log else {}
    value = "customdata" if scale.log else "z"
    return go.Contour(
        x=grid.x,
        y=grid.y,
        z=compact(scale.drawn(grid.loss)),
        zmin=scale.low,
        zmax=scale.high,
        contours={
            "coloring": "heatmap",
            "start": levels[0],
            "end": levels[-1],
            "size": size,
        },
        line={"width": 0.7},
        colorbar={"title": {"text": scale.title, "side": "right"}, **scale.ticks()},
        hovertemplate=f"{grid.names[0]} %{{x:.4g}}<br>{grid.names[1]} %{{y:.4g}}<br>"
        f"loss %{{{value}:.5g}}<extra></extra>",
        name="loss",
        **shown,
    )
