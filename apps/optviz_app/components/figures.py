"""Figures as the browser draws them, shared by the pages."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from dash import html

from optviz.views.drawing.arrays import pack_arrays
from optviz_app.components.fields import aria

MODEBAR: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage", "sendChartToCloud"],
}
"""The buttons of a figure: none that selects, and none that sends the figure to anybody."""


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


def hash_text(text: str) -> str:
    """Return a short name for a long text."""
    return sha256(text.encode()).hexdigest()[:16]
