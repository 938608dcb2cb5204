"""Figures as the browser draws them, shared by the pages."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.views.drawing.arrays import pack_arrays
from optviz_app.components.fields import aria

MODEBAR: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage", "sendChartToCloud"],
}
"""The buttons of a figure: none that selects, and none that sends the figure to anybody."""

CLEAR = "rgba(0, 0, 0, 0)"
UNDRAWN: Any = {
    "data": [],
    "layout": {
        **{name: {"visible": False, "fixedrange": True} for name in ("xaxis", "yaxis")},
        **dict.fromkeys(("paper_bgcolor", "plot_bgcolor"), CLEAR),
    },
}
"""A figure without axes: an empty one would show some, with numbers that mean nothing."""


def pack_figure(figure: Any) -> dict[str, Any]:
    """Return a figure for the browser, without its template (the browser adds the scheme's)."""
    out = figure.to_dict()
    out.get("layout", {}).pop("template", None)
    return pack_arrays(out)


def graph(identity: str, height: str, label: str) -> Any:
    """Make the place of a figure that our own scripts draw; a dcc.Graph would draw it itself."""
    config: Any = {"data-config": json.dumps(MODEBAR)}
    looks = {"className": f"{height} figure", "role": "figure"}
    return html.Div(html.Div(), id=identity, **looks, **config, **aria(label))


def build_figure(identity: str, height: str, title: str, *below: Any) -> Any:
    """Build a titled figure that a callback fills, hidden until then; its box sets the height."""
    heading = dmc.Title(title, order=2, className="section", id=f"{identity}-title")
    box = build_graph(identity, height, title)
    return html.Div([heading, box, *below], id=f"{identity}-part", hidden=True)


def build_graph(identity: str, height: str, title: str) -> Any:
    """Build a figure that a callback fills, in a box that sets its height."""
    inside = dcc.Graph(id=identity, config=MODEBAR, responsive=True, figure=UNDRAWN)
    return html.Div(inside, id=f"{identity}-box", className=height, role="figure", **aria(title))


def hash_text(text: str) -> str:
    """Return a short name for a long text."""
    return sha256(text.encode()).hexdigest()[:16]
