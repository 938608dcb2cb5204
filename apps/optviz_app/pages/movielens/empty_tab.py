"""The text that stands in a tab until there is something to look at, and its button."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

HOW = (
    "Train runs the optimizers of the tab Train with its settings, in the background: from a few "
    "seconds to a minute. Its progress is shown above, in every tab."
)
READING = "Reading the result …"
"""The words of a tab until it is known whether there is a result."""
TITLES = {
    "landscape": "Nothing trained yet",
    "embeddings": "The map needs trained models",
    "recommend": "Recommendations need trained models",
}
PROMISES = {
    "landscape": "Here will be the exact loss on a plane through tens of thousands of weights, the "
    "paths of the optimizers on it, and how much the picture hides.",
    "embeddings": "Here will be a map of the movies as the model sees them, with genres in color: "
    "the nearest movies of each, how far the map can be trusted, and how it came about during the "
    "training. The example result comes without its models.",
    "recommend": "Here you rate a few movies, watch an optimizer find your vector on its own "
    "surface, and see what the model recommends to you and why. The example result comes without "
    "its models.",
}
"""What each tab will show once there is a result that it can show."""
BUTTONS = [f"train-{name}" for name in PROMISES]
"""The buttons that train, beside the one of the tab Train."""
EMPTY = [f"{name}-empty" for name in PROMISES]
"""The places of what stands there until then."""


def build_empty_tab(name: str) -> Any:
    """Build what stands in a tab until there is a result that it can show."""
    parts = [
        dmc.Title(TITLES[name], order=2, className="section"),
        html.P(PROMISES[name], className="note"),
        html.P(HOW, className="note"),
        dmc.Button("Train", id=f"train-{name}", disabled=True),
    ]
    return html.Div(html.Div(parts, className="empty"), id=f"{name}-empty", hidden=True)
