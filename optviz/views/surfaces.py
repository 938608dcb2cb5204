"""The loss as a landscape in three dimensions, with the paths of the optimizers on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, further_start, group_of, styles
from optviz.views.drawing.paths import (
    MARK,
    as_list,
    end_point,
    legend_name,
    line_look,
    mark_look,
    point_hover,
)
from optviz.views.drawing.scale import Scale, compact, scale_of
from optviz.views.drawing.theme import figure

SOLID = ("circle", "square", "diamond", "cross", "x")
"""The filled marks that plotly has in three dimensions."""

CAMERA = {
    "eye": {"x": -0.75, "y": -1.2, "z": 1.75},
    "center": {"x": 0, "y": 0, "z": -0.2},
}
"""From the lower left and from high up, so that few paths hide behind a hill."""


def surface3d(grid: Grid, trajectories: Any = (), *, theme: str = "light") -> go.Figure:
    """The picture of a loss grid as a surface, with paths at the height of their exact losses.

    The box is the grid's window: a path is not drawn where it is outside.
    """
    runs = as_list(trajectories)
    scale = scale_of(grid.loss, grid.log, grid.floor)
    traces: list[Any] = [surface_trace(grid, scale)]
    traces += run_traces(runs, grid, scale)
    for name, symbol, points in marks(runs, grid):
        traces.append(mark_trace(name, np.unique(points, axis=0), symbol, scale))
    (x_low, x_high), (y_low, y_high) = grid.window
    height = {"range": [scale.low, scale.high], **scale.ticks()}
    scene = {
        "xaxis": {"title": {"text": grid.names[0]}, "range": [x_low, x_high]},
        "yaxis": {"title": {"text": grid.names[1]}, "range": [y_low, y_high]},
        "zaxis": {"title": {"text": "loss"}, **height},
        "aspectmode": "manual",
        "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.7},
        "camera": CAMERA,
    }
    return figure(
        traces, theme=theme, title=grid.name, scene=scene, uirevision=f"{grid.name} {grid.window}"
    )


def run_traces(runs: list[Trajectory], grid: Grid, scale: Scale) -> list[go.Scatter3d]:
    """The line and the end of each run."""
    traces = []
    for place, (each, style) in enumerate(zip(runs, styles(runs), strict=True)):
        line, end = path_trace(each, style, grid, scale), end_trace(each, style, grid, scale)
        line.meta, end.meta = {"run": place}, {"run": place, "part": "end"}
        traces += [line, end]
    return traces


def marks(runs: list[Trajectory], grid: Grid) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, symbol and points (marks, 3) of the starts, the forks and the minima that there are."""
    starts = [[*each.start, each.losses[0]] for each in runs if each.step[0] == 0]
    forks = [[*each.start, each.losses[0]] for each in runs if each.step[0] > 0]
    # Known minima are global ones: their loss is the lowest of the window.
    minima = [[*each, grid.floor] for each in grid.minima]
    symbols = {"start": "circle", "fork": "square", "minimum": "diamond"}
    for (name, symbol), points in zip(symbols.items(), (starts, forks, minima), strict=True):
        if points:
            yield name, symbol, np.array(points)


def surface_trace(grid: Grid, scale: Scale) -> go.Surface:
    """The losses as heights and colors; the numbers shown are real losses."""
    levels = scale.levels(20) or [scale.low]
    lines = {
        # plotly.js 4.1 never comes back from drawing lines on a surface with gaps.
        "show": bool(np.isfinite(grid.loss).all()),
        "start": levels[0],
        "end": levels[-1],
        "size": levels[1] - levels[0] if len(levels) > 1 else 1.0,
        "width": 1,
    }
    return go.Surface(
        x=grid.x,
        y=grid.y,
        z=compact(scale.drawn(grid.loss)),
        customdata=compact(grid.loss),
        cmin=scale.low,
        cmax=scale.high,
        contours={"z": lines},
        opacity=0.6,
        lighting={"ambient": 0.9, "diffuse": 0.2, "specular": 0, "fresnel": 0},
        colorbar={"title": {"text": scale.title, "side": "right"}, "len": 0.7, **scale.ticks()},
        hovertemplate=f"{grid.names[0]} %{{x:.4g}}<br>{grid.names[1]} %{{y:.4g}}<br>"
        "loss %{customdata:.5g}<extra></extra>",
        name="loss",
    )


def inside(points: np.ndarray, grid: Grid) -> np.ndarray:
    """The points, those outside the window replaced by gaps; (points, 2)."""
    low, high = np.array(grid.window).T
    with np.errstate(invalid="ignore"):
        shown = ((points >= low) & (points <= high)).all(axis=1)
    return np.where(shown[:, None], points, np.nan)


def path_trace(trajectory: Trajectory, style: Style, grid: Grid, scale: Scale) -> go.Scatter3d:
    """The visited points joined in order."""
    points = inside(trajectory.path, grid)
    return go.Scatter3d(
        x=points[:, 0],
        y=points[:, 1],
        z=np.where(np.isfinite(points[:, 0]), scale.drawn(trajectory.losses), np.nan),
        mode="lines",
        line=line_look(style, 5),
        name=trajectory.label,
        legendgroup=group_of(trajectory),
        showlegend=False,
        **point_hover(trajectory, grid.names),
    )


def end_trace(trajectory: Trajectory, style: Style, grid: Grid, scale: Scale) -> go.Scatter3d:
    """The last point, which stands for the run in the legend."""
    last = end_point(trajectory, trajectory.path)
    (x, y), z = inside(last[None], grid)[0], scale.drawn(trajectory.losses[-1:])[0]
    symbol = style.symbol if style.symbol in SOLID else "circle"
    return go.Scatter3d(
        x=[x],
        y=[y],
        z=[z],
        mode="lines+markers",
        line=line_look(style, 5),
        marker={
            "color": style.color,
            "symbol": symbol,
            "size": 6,
            "line": {"color": "#ffffff", "width": 1},
        },
        name=legend_name(trajectory, last, grid.window),
        legendgroup=group_of(trajectory),
        showlegend=not further_start(trajectory),
        hoverinfo="name",
    )


def mark_trace(name: str, points: np.ndarray, symbol: str, scale: Scale) -> go.Scatter3d:
    """White marks outlined in dark; points (marks, 3) with real losses."""
    return go.Scatter3d(
        x=points[:, 0],
        y=points[:, 1],
        z=scale.drawn(points[:, 2]),
        mode="markers",
        marker=mark_look(symbol, 5),
        name=name if len(points) == 1 else MARK[name],
        legendrank=1001,
        hoverinfo="name",
    )
