"""The loss seen from above, with the paths of the optimizers on it."""

from __future__ import annotations

from typing import Any, Literal

import plotly.graph_objects as go

from optviz.planes.grid import Grid
from optviz.views.paths import as_list, end_dicts, minimum_dict, origin_dicts, path_dicts
from optviz.views.scale import Scale, compact, scale_of
from optviz.views.theme import figure


def contour(
    grid: Grid,
    trajectories: Any = (),
    *,
    theme: str = "light",
    hover: Literal["paths", "surface"] = "paths",
) -> go.Figure:
    """The picture of a loss grid from above, with paths, their start and ends, and the minima.

    The axes show the grid's window, whatever the paths do; zooming out shows the rest of them.
    `hover="surface"` makes the paths transparent to the pointer, so that a click reaches the
    surface.
    """
    runs = as_list(trajectories)
    traces: list[Any] = [loss_trace(grid, scale_of(grid.loss, grid.log, grid.floor))]
    coords = [each.path for each in runs]
    traces += path_dicts(runs, coords, grid.names, hover=hover == "paths")
    traces += origin_dicts(runs, coords)
    if grid.minima:
        traces.append(minimum_dict(grid.minima))
    traces += end_dicts(runs, coords, grid.window, hover=hover == "paths")
    (x_low, x_high), (y_low, y_high) = grid.window
    return figure(
        traces,
        theme=theme,
        title=grid.name,
        xaxis={"title": {"text": grid.names[0]}, "range": [x_low, x_high], "showgrid": False},
        yaxis={"title": {"text": grid.names[1]}, "range": [y_low, y_high], "showgrid": False},
        uirevision=f"{grid.name} {grid.window}",
    )


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
