"""The loss as a contour map, with the paths of the optimizers on it."""

from __future__ import annotations

from textwrap import wrap
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid
from optviz.problems.base import Problem
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.equal import PAPER, describe_scales, has_equal_scales
from optviz.views.drawing.labels import choose_labels, draw_labels
from optviz.views.drawing.paths import (
    draw_casing,
    draw_casings,
    draw_end,
    draw_marks,
    draw_path,
    keep_drawable,
    keep_finite,
    list_runs,
    mark_origins,
)
from optviz.views.drawing.scale import fit_scale, to_single
from optviz.views.drawing.theme import make_figure
from optviz.views.gradient_field import field as draw_field
from optviz.views.hessian_ellipse import Curvature, draw_curvature
from optviz.views.step_arrows import draw_arrows, mark_step

LINE = 100
"""Characters in a line of the words below the title."""


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
    equal: bool | None = None,
    labels: bool = False,
) -> go.Figure:
    """Draw a loss grid as a contour map, with paths, their starts and ends, and the minima.

    The axes show the grid's window, whatever the paths do; zooming out shows the rest of them.
    `hover="surface"` makes the paths transparent to the pointer, so that a click reaches the
    surface. A `step` marks the point of each run at that step, and `arrows` the parts of its next
    step. `field` is a problem whose downhill directions are drawn; `curvature` is drawn as an
    ellipse and described below the title. With `equal` a unit of y is as long as one of x; None is
    so where the width of the window lies between 0.5 and 3 heights of it. `labels` writes losses on
    some of the contour lines.

    Raises: ValueError: arrows need a step: write contour(..., step=120, arrows=True)
    """
    if arrows and step is None:
        raise ValueError("arrows need a step: write contour(..., step=120, arrows=True)")
    runs = list_runs(trajectories)
    traces: list[Any] = [draw_losses(grid)]
    if field is not None:
        arrows_down = draw_field(field, grid.window)
        traces += [draw_casing(arrows_down, 0.6), arrows_down]
    traces += draw_runs(grid, runs, hover == "paths")
    bend = [] if curvature is None else draw_curvature(curvature, grid.window)
    traces += [*map(draw_casing, bend), *bend]
    traces += draw_arrows(runs, step, grid.window) if arrows and step is not None else []
    traces += [] if step is None else [mark_step(runs, step)]
    title = grid.name if step is None else f"{grid.name} at step {step}"
    words = "" if curvature is None else curvature.words()
    layout = build_map_layout(grid, grid.names, words)
    if labels:
        scale = fit_scale(grid.loss, grid.log, grid.floor)
        starts = [each.path[0] for each in runs if np.isfinite(each.path[0]).all()]
        layout["annotations"] = draw_labels(choose_labels(grid, scale, starts), grid.window)
    if has_equal_scales(grid.window) if equal is None else equal:
        traces[0] = equalize(traces[0], layout, grid.window)
    return make_figure(traces, theme=theme, title=title, **layout)


def equalize(
    losses: go.Contour, layout: dict[str, Any], window: Any, room: tuple[float, float] = PAPER
) -> go.Contour:
    """Give the axes of a layout equal scales; return the losses with their color bar beside."""
    across, up, place = describe_scales(window, room)
    layout["xaxis"] |= across
    layout["yaxis"] |= up
    return losses.update(colorbar_x=place)


def draw_runs(grid: Grid, runs: list[Trajectory], hover: bool) -> list[dict[str, Any]]:
    """Return the paths on their edges, their starts and forks, the minima, and the ends above all.

    `meta` tells the run of a trace.
    """
    lines, ends = [], []
    for place, (each, style) in enumerate(zip(runs, choose_styles(runs), strict=True)):
        line = draw_path(each, keep_drawable(each.path), style, grid.names, hover)
        end = draw_end(each, keep_finite(each.path), style, grid.window, hover)
        lines.append(line | {"meta": {"run": place}})
        ends.append(end | {"meta": {"run": place, "part": "end"}})
    minima = np.array(grid.minima, dtype=float)
    stars = [draw_marks("minimum", minima, "star", 16)] if grid.minima else []
    return [*draw_casings(lines), *lines, *mark_origins(runs), *stars, *ends]


def draw_losses(grid: Grid) -> go.Contour:
    """Draw the losses as color and contour lines; the numbers shown are real losses."""
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    real: dict[str, Any] = {"customdata": to_single(grid.loss)} if scale.log else {}
    value = "customdata" if scale.log else "z"
    return go.Contour(
        x=grid.x,
        y=grid.y,
        z=to_single(scale.transform(grid.loss)),
        zmin=scale.low,
        zmax=scale.high,
        contours={"coloring": "heatmap", **scale.choose_lines(grid.loss)},
        line={"width": 0.7},
        colorbar={"title": {"text": scale.title, "side": "right"}, **scale.choose_ticks()},
        hovertemplate=f"{grid.names[0]} %{{x:.4g}}<br>{grid.names[1]} %{{y:.4g}}<br>"
        f"loss %{{{value}:.5g}}<extra></extra>",
        name="loss",
        **real,
    )


def build_map_layout(grid: Grid, axes: tuple[str, str], words: str = "") -> dict[str, Any]:
    """Return the layout of a contour map: the grid's window, and words below the title."""
    ranges = [list(each) for each in grid.window]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": axes[0]}, "range": ranges[0], "showgrid": False},
        "yaxis": {"title": {"text": axes[1]}, "range": ranges[1], "showgrid": False},
        "uirevision": f"{grid.name} {grid.window}",
    }
    lines = wrap(words, LINE)
    if lines:
        layout["title_subtitle"] = {"text": "<br>".join(lines), "font": {"size": 12}}
        layout["margin_t"] = 60 + 17 * len(lines)
    return layout
