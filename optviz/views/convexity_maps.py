"""The convexity of a loss over a slice of it, with its contour lines and paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import find_floor, spans_decades
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.convexity import ConvexityMap
from optviz.views.drawing.captions import add_caption
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.paths import draw_casings, keep_finite
from optviz.views.drawing.scale import fit_scale, to_single
from optviz.views.drawing.theme import make_figure

COLORS = ((0.0, "#1a75a8"), (0.25, "#5b6fa6"), (0.6, "#b0608a"), (1.0, "#f08c2e"))
"""From convex to the point of the map that curves down the most."""


def convexity_figure(
    found: ConvexityMap, *, theme: str = "light", width: int | None = 700
) -> go.Figure:
    """Draw the share of the strongest curvature that goes down, over a slice of the loss.

    It is 0 where the loss is convex, 1 where it curves down at least as strongly as up. The lines
    are contours of the loss. The words and the height are laid out for a picture of `width` pixels;
    None leaves both out.
    """
    check_kind(found, ConvexityMap, "convexity_figure draws a ConvexityMap", "see map_convexity")
    cut, first, second = found.cut, *(found.cut.plane.names)
    traces: list[Any] = [draw_shares(found), draw_loss_lines(found)]
    looks = style_of([each.kind for each in cut.shadows])
    paths = [
        {
            **{"type": "scatter", "x": keep_finite(each.coords[:, 0])},
            **{"y": keep_finite(each.coords[:, 1]), "mode": "lines", "name": each.label},
            **{"line": {"color": style.color, "dash": style.dash, "width": 2}},
            "hovertemplate": "%{fullData.name}<extra></extra>",
        }
        for each, style in zip(cut.shadows, looks, strict=True)
    ]
    title = f"Convexity: {cut.about}" if cut.about else "Convexity"
    across, up = first or f"axis 1 ({cut.plane.how})", second or "axis 2"
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": across}, "showgrid": False},
        "yaxis": {"title": {"text": up}, "showgrid": False},
    }
    if width is not None:
        add_caption(layout, title, found.words(), paths, width)
    return make_figure([*traces, *draw_casings(paths), *paths], theme=theme, title=title, **layout)


def draw_shares(found: ConvexityMap) -> dict[str, Any]:
    """Return the map as colored cells; hovering gives both eigenvalues."""
    title = {"text": "downward curvature,<br>share of the strongest", "side": "right"}
    most = max(0.05, float(np.nanmax(found.downward, initial=0)))
    return {
        **{"type": "heatmap", "x": found.alphas, "y": found.betas, "z": found.downward},
        **{"zmin": 0, "zmax": most, "colorscale": [list(each) for each in COLORS]},
        "colorbar": {"title": title, "tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
        "customdata": np.stack([found.low, found.high, found.ratio], axis=-1),
        "hovertemplate": "lowest eigenvalue %{customdata[0]:.4g}<br>highest %{customdata[1]:.4g}"
        "<br>|lowest / highest| %{customdata[2]:.3g}<extra></extra>",
    }


def draw_loss_lines(found: ConvexityMap) -> dict[str, Any]:
    """Return the contour lines of the loss on the slice."""
    cut, losses = found.cut, found.cut.losses
    floor = find_floor(losses)
    scale = fit_scale(losses, spans_decades(losses, floor), floor)
    return {
        **{"type": "contour", "x": cut.alphas, "y": cut.betas, "name": "loss"},
        "z": to_single(scale.transform(losses)),
        "contours": {"coloring": "none", **scale.choose_lines(losses)},
        **{"line": {"width": 1, "color": "rgba(255,255,255,.55)"}, "hoverinfo": "skip"},
        "showlegend": False,
    }
