"""The loss on a sheet that holds whole paths, and the barrier between two paths at each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid, find_floor, spans_decades
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.sheets.sheet_slice import SheetSlice, Track
from optviz.landscapes.slices.shadows import name_end
from optviz.views.contours import build_map_layout, draw_losses
from optviz.views.drawing.captions import add_caption
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.estimates import mark_estimated
from optviz.views.drawing.paths import draw_casings, keep_finite
from optviz.views.drawing.theme import GRAY, make_figure

MAP, PANEL = (0.34, 1.0), (0.0, 0.2)
"""The heights of the map and of the barriers below it, as shares of the figure's."""
MAP_HEIGHT = 360
"""The height of the map in pixels."""
TITLE = 34
"""Characters in a line of an axis' title."""
POINTS = 60
"""Recorded points up to which each has a mark of its own."""


def sheet_contour(cut: SheetSlice, *, theme: str = "light", width: int | None = 700) -> go.Figure:
    """Draw a sheet with the paths that lie on it, and below it the barrier at each time.

    A path is a straight line in this picture, at its true place; the color below a filled mark is
    the true loss of that point. A hollow mark is a point that the sheet takes with other buffers
    (running averages) than its own. Dots mark what was computed where other cells are interpolated.

    The words, the legend and the height are laid out for a picture of `width` pixels; None leaves
    out words and height.
    """
    check_kind(cut, SheetSlice, "sheet_contour draws a SheetSlice", "a Slice is for slice_contour")
    floor = find_floor(cut.losses)
    log = spans_decades(cut.losses, floor)
    grid = Grid(cut.s, cut.t, cut.losses, ("s", "t"), (), log, floor, cut.about)
    losses = draw_losses(grid).update(
        hovertemplate=f"{cut.axes[0]} %{{x:.4g}}<br>{cut.axes[1]}: %{{y:.4g}}<br>"
        f"loss %{{{'customdata' if log else 'z'}:.5g}}<extra></extra>"
    )
    dots = mark_estimated(losses, cut.estimated, cut.errors)
    looks = style_of([each.kind for each in cut.tracks])
    lines = [draw_track(each, style) for each, style in zip(cut.tracks, looks, strict=True)]
    ends = [draw_end(each, style) for each, style in zip(cut.tracks, looks, strict=True)]
    traces: list[Any] = [losses, *dots, *draw_casings(lines), *lines, *ends]
    layout = build_map_layout(grid, (cut.axes[0], split_title(cut.axes[1])))
    layout["yaxis"]["title"] |= {"font": {"size": 12}}
    layout["showlegend"] = True
    plot = MAP_HEIGHT
    if cut.barriers is not None:
        traces.append(draw_barriers(cut))
        add_panel(layout)
        losses.update(colorbar={"len": MAP[1] - MAP[0], "y": MAP[1], "yanchor": "top"})
        plot = MAP_HEIGHT / (MAP[1] - MAP[0])
    if width is not None:
        add_caption(layout, cut.about, cut.words(), [*dots, *ends], width, plot=plot)
    return make_figure(traces, theme=theme, title=cut.about, **layout)


def split_title(title: str) -> str:
    """Return a long title of an axis in two lines."""
    if len(title) <= TITLE:
        return title
    return title.replace(", along ", ",<br>along ", 1).replace(") to ", ")<br>to ", 1)


def draw_track(track: Track, style: Style) -> dict[str, Any]:
    """Return the line of a path, with a mark at each point where these are few."""
    mode = "lines+markers" if len(track.step) <= POINTS else "lines"
    marks = [style.symbol if exact else f"{style.symbol}-open" for exact in track.exact]
    return draw_points(track, slice(None)) | {
        "mode": mode,
        "line": {"color": style.color, "dash": style.dash, "width": 2.5},
        "marker": {"color": style.color, "symbol": marks, "size": 6},
        "showlegend": False,
    }


def draw_end(track: Track, style: Style) -> dict[str, Any]:
    """Return the mark of a path's last point; its legend entry gives the loss there."""
    is_exact = bool(track.exact[-1])
    mark = style.symbol if is_exact else f"{style.symbol}-open"
    outline = {"color": "#ffffff" if is_exact else style.color, "width": 1.5}
    name = f"{name_end(track)}: {track.loss_name} {track.true[-1]:.3g}"
    name += "" if is_exact else f", sheet {track.shown[-1]:.3g}"
    return draw_points(track, slice(-1, None)) | {
        "mode": "markers",
        "marker": {"color": style.color, "symbol": mark, "size": 12, "line": outline},
        "name": name,
        "cliponaxis": False,
    }


def draw_points(track: Track, points: slice) -> dict[str, Any]:
    """Return some points; hovering gives their step and their losses."""
    columns = [track.step, keep_finite(track.shown), keep_finite(track.true)]
    return {
        "type": "scatter",
        "x": track.coords[points, 0],
        "y": track.coords[points, 1],
        "legendgroup": track.label,
        "customdata": np.stack(columns, axis=1)[points],
        "hovertemplate": "step %{customdata[0]}<br>loss on this sheet %{customdata[1]:.4g}<br>"
        f"{track.loss_name} %{{customdata[2]:.4g}}<extra>{track.label}</extra>",
    }


def draw_barriers(cut: SheetSlice) -> dict[str, Any]:
    """Return the curve of the barrier between two paths, with a mark at each recorded time."""
    sizes = np.where(cut.recorded, 7 if cut.recorded.sum() <= POINTS else 0, 0)
    return {
        **{"type": "scatter", "x": cut.s, "y": keep_finite(cut.barriers), "yaxis": "y2"},
        **{"mode": "lines+markers", "line": {"color": GRAY, "width": 2}, "showlegend": False},
        "marker": {"color": GRAY, "size": sizes, "opacity": 1, "line": {"width": 0}},
        "hovertemplate": f"{cut.axes[0]} %{{x:.4g}}: barrier %{{y:.4g}}<extra></extra>",
        **{"name": "barrier", "cliponaxis": False},
    }


def add_panel(layout: dict[str, Any]) -> None:
    """Make room below a map for the barriers, over the same s."""
    layout["yaxis"] |= {"domain": list(MAP)}
    layout["yaxis2"] = {
        **{"domain": list(PANEL), "anchor": "x", "rangemode": "tozero", "tickformat": "~g"},
        **{"nticks": 5, "title": {"text": "barrier", "font": {"size": 12}}},
    }
    layout["xaxis"] |= {"anchor": "y2"}
