"""Three things to try, told to whom was never here: each leads to its place and is ticked off."""

from __future__ import annotations

from typing import Any

from dash import html

from optviz_app.components.fields import aria

STEPS = {
    "start": ("Drag the start", "the white dot from which all paths begin"),
    "lr": ("Move lr", "the learning rate, on each optimizer's card"),
    "play": ("Play", "the button below the surface"),
}
"""What to try: its words, and where it is."""


def hint() -> Any:
    """Build the line of things to try; the browser hides it once all are done, or when closed."""
    names: list[dict[str, Any]] = [{"data-step": name} for name in STEPS]
    steps = [
        html.Button(title, type="button", className="step", title=where, **name)
        for name, (title, where) in zip(names, STEPS.values(), strict=True)
    ]
    close = html.Button("×", type="button", className="close", **aria("close: nothing to try"))
    inside = [html.Span("Try:", className="label"), *steps, close]
    return html.Div(inside, id="first-steps", role="group", **aria("things to try"))
