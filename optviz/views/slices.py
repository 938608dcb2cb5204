"""The loss on a plane through many parameters, and the distance of the paths from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid, find_floor, spans_decades
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.shadows import Shadow, name_end, spell_share
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.verdicts import spell_loss
from optviz.views.contours import build_map_layout, draw_losses, equalize
from optviz.views.drawing.captions import SIDES, add_caption, check_width, explain
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.equal import PAPER, has_equal_scales
from optviz.views.drawing.estimates import mark_estimated
from optviz.views.drawing.paths import draw_casings, keep_finite, mark_starts
from optviz.views.drawing.scale import SMALLEST, Scale, fit_scale
from optviz.views.drawing.theme import GRAY, make_figure

RUN, TRUE, OFF = COLORINGS = "run", "true loss", "off the plane"
"""What the points of paths may be colored by."""
FADE = 0.7
"""The part of its color that a mark loses whose displacement is all off the plane: it stays seen.
"""
WIDER = 1.0
"""True losses beyond the surface widen the colors by at most so many of its own ranges."""
SHARES = ((0.0, "#ffffff"), (0.35, "#ffd43b"), (0.7, "#e8590c"), (1.0, "#5c0a2e"))
"""The colors of shares off the plane; they darken, so that all eyes order them."""
BAR, BESIDE = 44, 80
"""Pixels that a color bar takes above a plot, and beside it."""
SPACE = 0.015
"""Marks that are colored are at least such a share of the window apart."""


def slice_contour(
    cut: Slice, *, color_by: str = RUN, theme: str = "light", width: int | None = 700
) -> go.Figure:
    """Draw a slice with the paths projected on it, and say below it what it hides.

    A filled mark lies on the plane, where the color below it is its true loss; a hollow one is
    the projection of a point off the plane, paler the farther off that point is, or a point that
    the slice takes with other buffers (running averages) than its own. With
    `color_by="true loss"` marks have the colors of the surface, so that one that differs from the
    ground around it shows the gap; with "off the plane" they show the share of the displacement
    that the plane hides. Dots mark what was computed where other cells are interpolated.

    The words, the legend and the height are laid out for a picture of `width` pixels; None leaves
    out words and height.

    Raises: ValueError: color_by must be run, true loss or off the plane, got "loss"
    """
    check_kind(cut, Slice, "slice_contour draws a Slice", "a SheetSlice is for sheet_contour")
    check_width(width)
    if color_by not in COLORINGS:
        raise ValueError(f'color_by must be {RUN}, {TRUE} or {OFF}, got "{color_by!s:.40}"')
    grid = make_grid(cut)
    losses = draw_losses(grid)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    if color_by == TRUE:
        scale = include_losses(scale, [each.true for each in cut.shadows])
        ticks = scale.choose_ticks()
        losses.update(zmin=scale.low, zmax=scale.high, colorbar=ticks)
    dots = mark_estimated(losses, cut.estimated, cut.errors)
    lines, starts, ends = draw_paths(cut, color_by, scale, grid.window)
    keys = explain_marks(cut, color_by, ends)
    casings = draw_casings([each.to_plotly_json() for each in lines])
    traces = [losses, *dots, *casings, *lines, *starts, *ends, *keys]
    layout = build_map_layout(grid, name_axes(cut))
    layout |= {"coloraxis": {"cmin": scale.low, "cmax": scale.high, "showscale": False}}
    if color_by == OFF:
        layout["coloraxis2"] = build_share_bar()
    room = PAPER
    # A page may have any width: there the color bar stands at the edge, never on the map.
    beside: dict[str, Any] = {} if width is not None else {"colorbar": {"x": 1.02}}
    if width is not None:
        named = [*dots, *starts, *keys, *(ends if color_by == RUN else ())]
        room = lay_out(named, layout, cut, width, color_by)
    if cut.plane.is_orthonormal and has_equal_scales(grid.window):
        equalize(losses, layout, grid.window, room).update(beside)
    return make_figure(traces, theme=theme, title=cut.about, **layout)


def make_grid(cut: Slice) -> Grid:
    """Return the losses of a slice as a grid, on the scale that shows most of them."""
    floor = find_floor(cut.losses)
    log = spans_decades(cut.losses, floor)
    return Grid(cut.alphas, cut.betas, cut.losses, ("axis 1", "axis 2"), (), log, floor, cut.about)


def name_axes(cut: Slice) -> tuple[str, str]:
    """Return the titles of the axes, which say how the plane was chosen and what it keeps."""
    share = (
        "" if cut.plane.share is None else f", {spell_share(cut.plane.share, 1)} of their variance"
    )
    first, second = cut.plane.names
    what = "distance along" if cut.plane.is_orthonormal else "along"
    across = f"{what} {first or 'axis 1'} ({cut.plane.how}{share})"
    return across, f"{what} {second or 'axis 2'}"


def include_losses(scale: Scale, losses: list[np.ndarray]) -> Scale:
    """Return a scale that holds some losses too, widened by at most `WIDER` of its range."""
    values = np.concatenate([*losses, np.empty(0)])
    heights = values[np.isfinite(values)]
    if scale.log:
        heights = np.log10(np.maximum(heights - scale.offset, SMALLEST))
    if not heights.size:
        return scale
    room = WIDER * (scale.high - scale.low)
    low = max(min(scale.low, float(heights.min())), scale.low - room)
    return scale._replace(
        low=low, high=min(max(scale.high, float(heights.max())), scale.high + room)
    )


def lay_out(
    entries: list[Any], layout: dict[str, Any], cut: Slice, width: int, color_by: str
) -> tuple[float, float]:
    """Lay a picture out for a width, with the words below it; return the size of its plot."""
    (left, right), (low, high) = (layout[f"{axis}axis"]["range"] for axis in "xy")
    wide = width - sum(SIDES) - BESIDE
    is_equal = cut.plane.is_orthonormal and has_equal_scales(((left, right), (low, high)))
    plot = min(max(wide * (high - low) / (right - left) if is_equal else 0.62 * wide, 200), 560)
    bar = BAR if color_by == OFF else 0
    add_caption(layout, cut.about, cut.words(), entries, width, plot=plot, bar=bar)
    return wide, plot


def draw_paths(cut: Slice, color_by: str, scale: Scale, window: Any) -> tuple[list[Any], ...]:
    """Return the paths, their starts and their ends."""
    looks = style_of([each.kind for each in cut.shadows])
    pairs = list(zip(cut.shadows, looks, strict=True))
    marks = [color_points(*pair, color_by, scale, window) for pair in pairs]
    lines = [draw_path(*pair, look) for pair, look in zip(pairs, marks, strict=True)]
    ends = [draw_end(*pair, look) for pair, look in zip(pairs, marks, strict=True)]
    starts = [mark_starts(each.coords[0] for each in cut.shadows)] if cut.shadows else []
    return lines, starts, ends


def draw_path(shadow: Shadow, style: Style, marks: dict[str, Any] | None = None) -> go.Scatter:
    """Draw the projected points, joined in order; `marks` replaces the look of its marks."""
    look = {"symbol": choose_symbols(shadow, "circle"), "size": 6, "opacity": 1 - FADE * shadow.off}
    look = look if marks is None else marks
    return draw_points(shadow, style, slice(None), look, name=shadow.label, showlegend=False)


def draw_end(shadow: Shadow, style: Style, marks: dict[str, Any] | None = None) -> go.Scatter:
    """Draw the last point; its legend entry gives the loss at the point and the one shown."""
    outline = {"color": "#ffffff" if shadow.exact[-1] else style.color, "width": 1.5}
    symbol = choose_symbols(shadow, style.symbol)[-1]
    look: dict[str, Any] = {"symbol": symbol, "size": 12, "line": outline}
    if marks is not None:
        outline = {"color": style.color, "width": 2}
        look = {**marks, "color": marks["color"][-1:], "symbol": style.symbol, "size": 14}
        look |= {"line": outline}
    true, shown = spell_loss(shadow.true[-1]), spell_loss(shadow.shown[-1])
    name = f"{name_end(shadow)}: {shadow.loss_name} {true}, slice {shown}"
    return draw_points(shadow, style, slice(-1, None), look, name=name)


def color_points(
    shadow: Shadow, style: Style, color_by: str, scale: Scale, window: Any
) -> dict[str, Any] | None:
    """Return the look of the points of a path by their true loss or their share off the plane.

    Their outline has the color of the run; None where the points have it.
    """
    if color_by == RUN:
        return None
    drawn = space_marks(shadow.coords, window)
    look: dict[str, Any] = {"size": np.where(drawn, 9, 0), "opacity": 1}
    look["line"] = {"color": style.color, "width": np.where(drawn, 1, 0)}
    if color_by == TRUE:
        return look | {"color": scale.transform(shadow.true), "coloraxis": "coloraxis"}
    return look | {"color": shadow.off, "coloraxis": "coloraxis2"}


def space_marks(coords: np.ndarray, window: Any) -> np.ndarray:
    """Return a mask of points of a path that are apart enough for their colors to be seen."""
    places = coords / np.diff(np.array(window, float), axis=1).T
    drawn = np.zeros(len(places), bool)
    last = np.full(2, np.inf)
    for place, each in enumerate(places):
        if np.hypot(*(each - last)) >= SPACE:
            drawn[place], last = True, each
    return drawn


def choose_symbols(shadow: Shadow, symbol: str) -> list[str]:
    """Return filled marks for the points on the plane, hollow ones for the others."""
    return [symbol if exact else f"{symbol}-open" for exact in shadow.exact]


def draw_points(
    shadow: Shadow, style: Style, points: slice, marker: dict[str, Any], **more: Any
) -> go.Scatter:
    """Draw some points; hovering gives step, both losses and the distance from the plane."""
    columns = [shadow.step, keep_finite(shadow.shown), keep_finite(shadow.true), 100 * shadow.off]
    return go.Scatter(
        x=keep_finite(shadow.coords[points, 0]),
        y=keep_finite(shadow.coords[points, 1]),
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2},
        marker={"color": style.color, **marker},
        legendgroup=shadow.label,
        customdata=np.stack(columns, axis=1)[points],
        hovertemplate="step %{customdata[0]}<br>loss on this slice %{customdata[1]:.4g}<br>"
        f"{shadow.loss_name} %{{customdata[2]:.4g}}<br>"
        "%{customdata[3]:.0f} % of its displacement is off the plane"
        f"<extra>{shadow.label}</extra>",
        **more,
    )


def explain_marks(cut: Slice, color_by: str, ends: list[Any]) -> list[dict[str, Any]]:
    """Return entries of the legend for the look of points off the plane.

    Where marks are colored by a number, those of the `ends` get entries in the color of their run.
    """
    if cut.lies_on_plane() and color_by == RUN:
        return []
    look = {"color": GRAY, "symbol": "circle-open", "size": 8, "opacity": 0.6}
    if color_by == RUN:
        return [explain("hollow: off the plane, the farther the fainter", look)]
    keys = []
    for each in ends:
        mark = {"color": each.line.color, "symbol": each.marker.symbol, "size": 10}
        keys.append(explain(each.name, mark) | {"legendgroup": each.legendgroup})
        each.update(showlegend=False)
    known = not any(each.statistics for each in cut.shadows)
    by_loss = f"fill: {TRUE if known else 'loss at the point'}, in the colors of the surface"
    by_share = "fill: share of the displacement off the plane"
    return [*keys, explain(by_loss if color_by == TRUE else by_share, look)]


def build_share_bar() -> dict[str, Any]:
    """Return the color axis of shares off the plane, its bar above the plot."""
    bar = {
        **{"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        **{"len": 0.45, "thickness": 8, "xpad": 0, "ypad": 4, "outlinewidth": 0},
        **{"tickvals": [0, 0.5, 1], "ticktext": ["0%", "50%", "100%"], "tickangle": 0},
    }
    return {"cmin": 0, "cmax": 1, "colorscale": [*map(list, SHARES)], "colorbar": bar}
