"""The loss on a plane as a surface in three dimensions, its paths on it or at their true loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.shadows import Shadow, name_end, spell_share
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.verdicts import spell_loss
from optviz.views.drawing.captions import add_caption, check_width, explain
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.paths import draw_marks, keep_finite
from optviz.views.drawing.scale import Scale, fit_scale
from optviz.views.drawing.standpoint import place_camera, shape_box
from optviz.views.drawing.theme import GRAY, make_figure
from optviz.views.slices import BESIDE, include_losses, make_grid
from optviz.views.surfaces import (
    ROOM,
    SOLID,
    clear_corner,
    clip_points,
    draw_casings3d,
    draw_surface,
)

LINES = 40
"""Drop lines of one path, at most: more hide the surface."""
TALL, LEAST = 0.62, 320
"""Height of the scene in widths of the picture, and in pixels at least."""
THIN = 0.75
"""Opacity of the surface where points may stand below it."""
OVER = 0.99
"""Opacity of the marks there: plotly draws what is not solid last, so that they keep their color.
"""
PAGE = 900
"""The width for which a scene is shaped whose picture has the size of its page."""


def slice_surface(
    cut: Slice, *, lift: bool = False, theme: str = "light", width: int | None = 700
) -> go.Figure:
    """Draw a slice as a surface, with the paths on it at the losses that it shows.

    With `lift` each point stands at its true loss instead, and drop lines lead from points to the
    surface: their length is what the slice adds or hides. The words, the legend and the height are
    laid out for a picture of `width` pixels; None leaves out words and height.
    """
    check_kind(cut, Slice, "slice_surface draws a Slice", "a SheetSlice is for sheet_contour")
    check_kind(lift, (bool, np.bool_), "lift must be True or False")
    check_width(width)
    grid = make_grid(cut)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    # The surface keeps its own colors; the height goes on to the true losses.
    height = include_losses(scale, [each.true for each in cut.shadows]) if lift else scale
    looks = style_of([each.kind for each in cut.shadows])
    pairs = list(zip(cut.shadows, looks, strict=True))
    drops = [draw_drops(*pair, grid, height) for pair in pairs] if lift else []
    lines = [draw_line(*pair, grid, height, lift) for pair in pairs]
    ends = [draw_end(*pair, grid, height, lift) for pair in pairs]
    keys = [explain("drop lines: from the true loss to the surface", {})] if lift else []
    if lift and any(each.statistics for each in cut.shadows):
        keys[0]["name"] = "drop lines: from the loss at the point to the surface"
    for each in keys:
        each |= {"type": "scatter3d", "z": [None], "mode": "lines", "line": {"color": GRAY}}
    named = [*mark_starts(cut, grid, height, lift), *ends, *keys]
    surface = draw_surface(grid, scale).update(opacity=THIN if lift else 1)
    # In the air edges would cover the lines where the camera looks along them.
    edges = [] if lift else draw_casings3d(lines, height)
    traces = [surface, *drops, *edges, *lines, *named]
    layout: dict[str, Any] = {"uirevision": f"{grid.name} {grid.window}"}
    wide = width or PAGE
    tall = min(max(TALL * wide, LEAST), 560)
    layout["scene"] = build_scene(cut, grid, height, (wide - BESIDE, tall))
    share = (
        "" if cut.plane.share is None else f", {spell_share(cut.plane.share, 1)} of their variance"
    )
    words = f"The plane: {cut.plane.how}{share}. {cut.words()}"
    if width is not None:
        add_caption(layout, cut.about, words, named, width, plot=tall)
    layout["margin"] = {**layout.get("margin", {}), "l": 16}
    return make_figure(traces, theme=theme, title=cut.about, **layout)


def build_scene(cut: Slice, grid: Grid, scale: Scale, room: tuple[float, float]) -> dict[str, Any]:
    """Return the axes, the box and the camera of the scene."""
    bottom = scale.low - ROOM * (scale.high - scale.low)
    box = shape_box(*room)
    names = [name or f"axis {i}" for i, name in enumerate(cut.plane.names, 1)]
    axes = {
        f"{axis}axis": {"title": {"text": name, "font": {"size": 12}}, "range": ends}
        for axis, name, ends in zip("xy", names, grid.window, strict=True)
    }
    height = {"range": [bottom, scale.high], **clear_corner(scale, bottom)}
    return {
        **axes,
        "zaxis": {"title": {"text": "loss"}, **height},
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", box, strict=True)),
        "camera": place_camera(box, *room),
    }


def place_points(shadow: Shadow, grid: Grid, scale: Scale, lift: bool) -> np.ndarray:
    """Return the places of a path's points in the scene, (points, 3), NaN outside the window."""
    points = clip_points(shadow.coords, grid)
    losses = shadow.true if lift else shadow.shown
    heights = np.clip(scale.transform(losses), scale.low, scale.high)
    return np.column_stack([points, np.where(np.isfinite(points[:, 0]), heights, np.nan)])


def describe_points(shadow: Shadow) -> dict[str, Any]:
    """Return the numbers of the points of a path and the template of their hover text."""
    columns = [shadow.step, keep_finite(shadow.shown), keep_finite(shadow.true), 100 * shadow.off]
    return {
        "customdata": np.stack(columns, axis=1),
        "hovertemplate": "step %{customdata[0]}<br>loss on this slice %{customdata[1]:.4g}<br>"
        f"{shadow.loss_name} %{{customdata[2]:.4g}}<br>"
        "%{customdata[3]:.0f} % of its displacement is off the plane"
        f"<extra>{shadow.label}</extra>",
    }


def draw_line(shadow: Shadow, style: Style, grid: Grid, scale: Scale, lift: bool) -> dict[str, Any]:
    """Return the line of a path at the losses shown, or at the true ones."""
    x, y, z = place_points(shadow, grid, scale, lift).T
    return {
        **{"type": "scatter3d", "x": x, "y": y, "z": z, "mode": "lines"},
        **{"line": {"color": style.color, "dash": style.dash, "width": 5}},
        **{"name": shadow.label, "legendgroup": shadow.label, "showlegend": False},
        **describe_points(shadow),
    }


def draw_end(shadow: Shadow, style: Style, grid: Grid, scale: Scale, lift: bool) -> dict[str, Any]:
    """Return the mark at the end of a path; its legend entry gives the losses there."""
    x, y, z = place_points(shadow, grid, scale, lift)[-1]
    symbol = style.symbol if style.symbol in SOLID else "circle"
    true, shown = spell_loss(shadow.true[-1]), spell_loss(shadow.shown[-1])
    about = describe_points(shadow)
    return {
        **{"type": "scatter3d", "x": [x], "y": [y], "z": [z], "mode": "markers"},
        **{"marker": {"color": style.color, "symbol": symbol, "size": 6}},
        **{"name": f"{name_end(shadow)}: {shadow.loss_name} {true}, slice {shown}"},
        **{"legendgroup": shadow.label, **about, "customdata": about["customdata"][-1:]},
        **({"opacity": OVER} if lift else {}),
    }


def draw_drops(shadow: Shadow, style: Style, grid: Grid, scale: Scale) -> dict[str, Any]:
    """Return the lines between the true losses of some points and the losses shown for them."""
    count = len(shadow.step)
    rows = np.unique(np.linspace(0, count - 1, min(count, LINES)).round().astype(int))
    tops, feet = (place_points(shadow, grid, scale, lift)[rows] for lift in (True, False))
    gaps = np.full_like(tops, np.nan)
    x, y, z = np.stack([tops, feet, gaps], axis=1).reshape(-1, 3).T
    return {
        **{"type": "scatter3d", "x": x, "y": y, "z": z, "mode": "lines", "hoverinfo": "skip"},
        **{"line": {"color": style.color, "width": 2}, "name": f"{shadow.label}: drop lines"},
        **{"legendgroup": shadow.label, "showlegend": False, "meta": {"part": "drops"}},
    }


def mark_starts(cut: Slice, grid: Grid, scale: Scale, lift: bool) -> list[dict[str, Any]]:
    """Return the marks at the starts of the paths; starts at one place are marked once."""
    if not cut.shadows:
        return []
    points = np.array([place_points(each, grid, scale, lift)[0] for each in cut.shadows])
    points = np.unique(points.round(12), axis=0)
    marks = draw_marks("start", points[:, :2], "circle", 5)
    return [marks | {"type": "scatter3d", "z": points[:, 2], "hoverinfo": "name"}]
