"""The loss on a plane through many parameters, and the distance of the paths from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid, find_floor, spans_decades
from optviz.landscapes.slices import Shadow, Slice
from optviz.views.contours import build_map_layout, draw_losses, equalize
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.equal import has_equal_scales
from optviz.views.drawing.paths import draw_casings, keep_finite, mark_starts
from optviz.views.drawing.theme import make_figure


def slice_contour(cut: Slice, *, theme: str = "light") -> go.Figure:
    """Draw a slice with the paths projected on it, and say in words what it hides.

    A filled mark lies on the plane, where the color below it is its true loss; a hollow one is
    the projection of a point off the plane, paler the farther off that point is, or a point that
    the slice takes with other buffers (running averages) than its own.
    """
    floor = find_floor(cut.losses)
    log = spans_decades(cut.losses, floor)
    grid = Grid(cut.alphas, cut.betas, cut.losses, ("axis 1", "axis 2"), (), log, floor, cut.about)
    losses = draw_losses(grid)
    traces: list[Any] = [losses]
    looks = style_of([each.kind for each in cut.shadows])
    lines = [draw_path(each, style) for each, style in zip(cut.shadows, looks, strict=True)]
    traces += draw_casings([each.to_plotly_json() for each in lines])
    traces += lines
    if cut.shadows:
        traces.append(mark_starts(each.coords[0] for each in cut.shadows))
    traces += [draw_end(each, style) for each, style in zip(cut.shadows, looks, strict=True)]
    share = "" if cut.plane.share is None else f", {cut.plane.share:.1%} of their variance"
    axes = f"distance along axis 1 ({cut.plane.how}{share})", "distance along axis 2"
    layout = build_map_layout(grid, axes, cut.words())
    if has_equal_scales(grid.window):  # the axes are perpendicular and of one unit
        equalize(losses, layout, grid.window)
    return make_figure(traces, theme=theme, title=cut.about, **layout)


def draw_path(shadow: Shadow, style: Style) -> go.Scatter:
    """Draw the projected points, joined in order."""
    marks = {"symbol": choose_symbols(shadow, "circle"), "size": 6, "opacity": 1 - 0.7 * shadow.off}
    return draw_points(shadow, style, slice(None), marks, name=shadow.label, showlegend=False)


def draw_end(shadow: Shadow, style: Style) -> go.Scatter:
    """Draw the last point; its legend entry gives the loss at the point and the one shown."""
    outline = {"color": "#ffffff" if shadow.exact[-1] else style.color, "width": 1.5}
    mark = {"symbol": choose_symbols(shadow, style.symbol)[-1], "size": 12, "line": outline}
    name = f"{shadow.label}: {shadow.loss_name} {shadow.true[-1]:.3g}, slice {shadow.shown[-1]:.3g}"
    return draw_points(shadow, style, slice(-1, None), mark, name=name)


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
