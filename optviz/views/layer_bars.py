"""The curvature of each layer of a model, as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.curvature.layers import Layers
from optviz.landscapes.refusals import check_kind
from optviz.views.drawing.captions import add_caption
from optviz.views.drawing.colors import GROUPS
from optviz.views.drawing.theme import GRAY, make_figure

NOTE = 20
"""Pixels of the note above the bars."""


def layer_figure(found: Layers, *, theme: str = "light", width: int | None = 700) -> go.Figure:
    """Draw the largest eigenvalue and the trace of each layer's own block of the Hessian.

    The dashed line is the largest eigenvalue of the whole; the thin lines are the standard errors
    of the traces. The words and the height are laid out for a picture of `width` pixels; None
    leaves out the words.
    """
    check_kind(found, Layers, "layer_figure draws Layers", "see curvature_by_layer")
    rows, names = found.rows(), list(found.names)
    panels = (
        ("largest eigenvalue", "share of largest", "of the whole", None),
        ("trace", "share of trace", "of the sum", found.errors),
    )
    traces = [draw_bars(rows, place, *each) for place, each in enumerate(panels)]
    note = {"x": found.top, "y": 1, "xref": "x", "yref": "y domain", "yanchor": "bottom"}
    note |= {"text": f"whole {found.top:.3g}", "showarrow": False, "font": {"size": 12}}
    line = {"type": "line", "x0": found.top, "x1": found.top, "y0": 0, "y1": 1}
    line |= {"xref": "x", "yref": "y domain", "line": {"color": GRAY, "dash": "dash"}}
    title = f"Curvature by layer: {found.name}" if found.name else "Curvature by layer"
    layout: dict[str, Any] = {
        "showlegend": False,
        "annotations": [note],
        "shapes": [line],
        "grid": {"rows": 1, "columns": 2, "pattern": "independent", "xgap": 0.06},
        "xaxis": {"title": {"text": "largest eigenvalue of its block"}},
        "xaxis2": {"title": {"text": "trace of its block"}},
        "yaxis": {"autorange": "reversed", "type": "category"},
        "yaxis2": {"matches": "y", "showticklabels": False},
        "margin": {"t": 80},
        "height": 180 + 26 * len(names),
    }
    if width is not None:
        add_caption(layout, title, found.words(), [], width, plot=max(200, 26 * len(names)))
        layout["margin"]["t"] += NOTE
        layout["height"] += NOTE
    return make_figure(traces, theme=theme, title=title, **layout)


def draw_bars(
    rows: list[dict[str, Any]], place: int, what: str, share: str, of: str, errors: Any
) -> dict[str, Any]:
    """Return one bar for each layer, its share in the hover text."""
    number = "" if place == 0 else str(place + 1)
    shares = np.array([[row[share], row["parameters"]] for row in rows])
    bars = {
        **{"type": "bar", "orientation": "h", "xaxis": f"x{number}", "yaxis": f"y{number}"},
        **{"y": [row["layer"] for row in rows], "x": [row[what] for row in rows]},
        **{"marker": {"color": GROUPS[place]}, "customdata": shares},
        "hovertemplate": f"%{{y}}, %{{customdata[1]:,}} parameters<br>{what} %{{x:.4g}}, "
        f"%{{customdata[0]:.1%}} {of}<extra></extra>",
    }
    if errors is not None and errors.any():
        bars["error_x"] = {"type": "data", "array": errors, "color": GRAY, "thickness": 1.5}
    return bars
