"""The loss as a surface in three dimensions, with the paths of the optimizers on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, choose_styles
from optviz.views.drawing.paths import (
    draw_casing,
    draw_end,
    draw_marks,
    draw_path,
    find_end,
    list_runs,
)
from optviz.views.drawing.scale import Scale, fit_scale, to_single
from optviz.views.drawing.standpoint import NORMAL, place_camera, shape_box
from optviz.views.drawing.theme import make_figure

SOLID = ("circle", "square", "diamond", "cross")
"""The filled marks that plotly has in three dimensions and fonts have a letter for."""

CORNER = 0.12
"""The share of the height that is left free of ticks at the bottom."""
ROOM = 0.015
"""The part of the height by which the surface is drawn lower, so that a path on it is seen."""


def surface3d(
    grid: Grid, trajectories: Any = (), *, theme: str = "light", equal: bool = False
) -> go.Figure:
    """Draw a loss grid as a surface, with paths at the height of their exact losses.

    The box is the grid's window; paths are not drawn outside it. It fills the picture; with `equal`
    its sides are as long as those of the window.
    """
    runs = list_runs(trajectories)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    traces: list[Any] = [draw_surface(grid, scale)]
    pairs = zip(runs, choose_styles(runs), strict=True)
    drawn = [draw_run(each, style, grid, scale) for each, style in pairs]
    traces += draw_casings3d([line for line, _ in drawn], scale)
    for place, (line, end) in enumerate(drawn):
        traces += [line | {"meta": {"run": place}}, end | {"meta": {"run": place, "part": "end"}}]
    traces += draw_places(runs, grid, scale)
    x_range, y_range = grid.window
    bottom = scale.low - ROOM * (scale.high - scale.low)
    height = {"range": [bottom, scale.high], **clear_corner(scale, bottom)}
    wide, deep = (high - low for low, high in grid.window)
    box = shape_box(*NORMAL, wide / deep if equal else None)
    scene = {
        "xaxis": {"title": {"text": grid.names[0]}, "range": x_range},
        "yaxis": {"title": {"text": grid.names[1]}, "range": y_range},
        "zaxis": {"title": {"text": "loss"}, **height},
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", box, strict=True)),
        "camera": place_camera(box, *NORMAL),
    }
    return make_figure(
        traces, theme=theme, title=grid.name, scene=scene, uirevision=f"{grid.name} {grid.window}"
    )


def clear_corner(scale: Scale, bottom: float) -> dict[str, Any]:
    """Return the ticks of the heights without those at the corner, where the ticks of y begin."""
    ticks = scale.choose_ticks()
    least = bottom + CORNER * (scale.high - bottom)
    kept = [place for place, value in enumerate(ticks["tickvals"]) if value >= least]
    if len(kept) < 2:
        return ticks
    return {name: [each[place] for place in kept] for name, each in ticks.items()}


def draw_surface(grid: Grid, scale: Scale) -> go.Surface:
    """Draw the losses as heights and colors; the numbers shown are real losses."""
    # plotly.js 4.1 never comes back from drawing lines on a surface with gaps.
    lines: dict[str, Any] = {"show": bool(np.isfinite(grid.loss).all()), "width": 1}
    lines |= scale.choose_lines(grid.loss)
    ticks, lower = scale.choose_ticks(), ROOM * (scale.high - scale.low)
    lines |= {"start": lines["start"] - lower, "end": lines["end"] - lower}
    return go.Surface(
        x=grid.x,
        y=grid.y,
        z=to_single(scale.transform(grid.loss) - lower),
        surfacecolor=to_single(scale.transform(grid.loss)),
        customdata=to_single(grid.loss),
        cmin=scale.low,
        cmax=scale.high,
        contours={"z": lines},
        lighting={"ambient": 0.62, "diffuse": 0.6, "specular": 0.05, "fresnel": 0},
        lightposition={"x": -300, "y": 600, "z": 1000},
        colorbar={"title": {"text": scale.title, "side": "right"}, "len": 0.7, **ticks},
        hovertemplate=f"{grid.names[0]} %{{x:.4g}}<br>{grid.names[1]} %{{y:.4g}}<br>"
        "loss %{customdata:.5g}<extra></extra>",
        name="loss",
    )


def draw_run(
    trajectory: Trajectory, style: Style, grid: Grid, scale: Scale
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the line and the end of a run as traces at the height of its losses."""
    points = clip_points(trajectory.path, grid)
    heights = np.where(np.isfinite(points[:, 0]), scale.transform(trajectory.losses), np.nan)
    line = draw_path(trajectory, points, style, grid.names, hover=True)
    look = {"type": "scatter3d", "line": line["line"] | {"width": 5 * style.weight}}
    end = draw_end(trajectory, trajectory.path, style, grid.window, hover=True)
    x, y = clip_points(find_end(trajectory, trajectory.path)[None], grid)[0]
    z = scale.transform(trajectory.losses[-1])
    symbol = style.symbol if style.symbol in SOLID else "circle"
    marker = {"symbol": symbol, "size": 6, "line": {"color": "#ffffff", "width": 1}}
    last = {"x": [x], "y": [y], "z": [float(z)], "marker": {"color": style.color} | marker}
    return line | look | {"z": heights}, end | look | last


def draw_casings3d(lines: list[dict[str, Any]], scale: Scale) -> list[dict[str, Any]]:
    """Return the edges of the paths as one trace for each width, between surface and paths."""
    traces = []
    for width in sorted({each["line"]["width"] for each in lines}):
        found = [each for each in lines if each["line"]["width"] == width]
        x, y, z = (
            np.concatenate([part for each in found for part in (each[name], [np.nan])])
            for name in "xyz"
        )
        casing = draw_casing({"x": x, "y": y, "line": {"width": width}}, 2.0)
        lower = 0.5 * ROOM * (scale.high - scale.low)
        traces.append(casing | {"type": "scatter3d", "z": z - lower, "name": "edges"})
    return traces


def clip_points(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the points, (points, 2), with gaps for those outside the window."""
    low, high = np.array(grid.window).T
    with np.errstate(invalid="ignore"):
        inside = ((points >= low) & (points <= high)).all(axis=1)
    return np.where(inside[:, None], points, np.nan)


def draw_places(runs: list[Trajectory], grid: Grid, scale: Scale) -> list[dict[str, Any]]:
    """Return a trace for the starts, one for the forks and one for the minima that there are."""
    places = {
        ("start", "circle"): [[*each.start, each.losses[0]] for each in runs if each.step[0] == 0],
        ("fork", "square"): [[*each.start, each.losses[0]] for each in runs if each.step[0] > 0],
        # Known minima are global ones: their loss is the lowest of the window.
        ("minimum", "diamond"): [[*each, grid.floor] for each in grid.minima],
    }
    traces = []
    for (name, symbol), found in places.items():
        if found:
            points = np.unique(np.array(found), axis=0)
            trace = draw_marks(name, points[:, :2], symbol, 5)
            trace |= {"type": "scatter3d", "z": scale.transform(points[:, 2]), "hoverinfo": "name"}
            traces.append(trace)
    return traces
