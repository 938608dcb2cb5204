"""The loss on a plane through many parameters, and how far the paths are from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid, floor_of, spans_decades
from optviz.landscapes.slices import Shadow, Slice
from optviz.views.contours import build_map_layout, draw_losses
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.paths import finite, start_dict
from optviz.views.drawing.theme import figure


def slice_contour(cut: Slice, *, theme: str = "light") -> go.Figure:
    """The picture of a slice, with the paths projected on it and what it hides said in words.

    A filled mark lies on the plane, where the color below it is its true loss; a hollow one is
    the projection of a point off the plane, paler the farther off that point is.
    """
    floor = floor_of(cut.losses)
    log = spans_decades(cut.losses, floor)
    grid = Grid(cut.alphas, cut.betas, cut.losses, ("axis 1", "axis 2"), (), log, floor, cut.about)
    traces: list[Any] = [draw_losses(grid)]
    looks = style_of([each.kind for each in cut.shadows])
    traces += [line_trace(each, style) for each, style in zip(cut.shadows, looks, strict=True)]
    if cut.shadows:
        traces.append(start_dict(each.coords[0] for each in cut.shadows))
    traces += [end_trace(each, style) for each, style in zip(cut.shadows, looks, strict=True)]
    share = "" if cut.plane.share is None else f", {cut.plane.share:.1%} of their variance"
    axes = f"distance along axis 1 ({cut.plane.how}{share})", "distance along axis 2"
    layout = build_map_layout(grid, axes, cut.words())
    return figure(traces, theme=theme, title=cut.about, **layout)


def marks(shadow: Shadow, symbol: str) -> list[str]:
    """Filled marks for the points that lie on the plane, hollow ones for the others."""
    return [symbol if exact else f"{symbol}-open" for exact in shadow.exact]


def line_trace(shadow: Shadow, style: Style) -> go.Scatter:
    """The projected points joined in order."""
    return go.Scatter(
        x=finite(shadow.coords[:, 0]),
        y=finite(shadow.coords[:, 1]),
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2},
        marker={
            "color": style.color,
            "symbol": marks(shadow, "circle"),
            "size": 6,
            "opacity": 1 - 0.7 * shadow.off,
        },
        name=shadow.label,
        legendgroup=shadow.label,
        showlegend=False,
        **shadow_hover(shadow, slice(None)),
    )


def end_trace(shadow: Shadow, style: Style) -> go.Scatter:
    """The last point; its legend entry tells the true loss and the one shown."""
    outline = {"color": "#ffffff" if shadow.exact[-1] else style.color, "width": 1.5}
    return go.Scatter(
        x=finite(shadow.coords[-1:, 0]),
        y=finite(shadow.coords[-1:, 1]),
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2},
        marker={
            "color": style.color,
            "symbol": marks(shadow, style.symbol)[-1],
            "size": 12,
            "line": outline,
        },
        name=f"{shadow.label}: true {shadow.true[-1]:.3g}, here {shadow.shown[-1]:.3g}",
        legendgroup=shadow.label,
        **shadow_hover(shadow, slice(-1, None)),
    )


def shadow_hover(shadow: Shadow, points: slice) -> dict[str, Any]:
    """What a point says of itself: step, both losses, and how far off the plane it is."""
    columns = [shadow.step, finite(shadow.shown), finite(shadow.true), 100 * shadow.off]
    return {
        "customdata": np.stack(columns, axis=1)[points],
        "hovertemplate": "step %{customdata[0]}<br>loss on this slice %{customdata[1]:.4g}<br>"
        "true loss %{customdata[2]:.4g}<br>%{customdata[3]:.0f} % of its way is off the plane"
        f"<extra>{shadow.label}</extra>",
    }
