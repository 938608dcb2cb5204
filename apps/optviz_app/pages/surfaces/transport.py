"""The transport bar under the surface: play, pause, and a slider over the steps.

All of it happens in the browser, without the server: the slider follows each race that is drawn.
The page gives a store "view"; it may read the store "at" (the step where the scrubber came to rest,
None at the end of the run).
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from optviz_app.components.fields import aria, select

SPEEDS = ("0.25", "0.5", "1", "2", "4", "8")
"""How many times as fast as a whole run in about eight seconds."""

BUTTONS = {
    "to-start": "to the first step",
    "step-back": "one step back",
    "play": "play",
    "step-on": "one step forward",
    "to-end": "to the last step",
}

HINT = (
    "Click the surface to set the start, or drag the start marker; "
    "double-click the marker to reset it. Click a path to highlight its run. "
    "Elsewhere, drag to zoom and double-click to show the whole surface again."
)
"""How the mouse works on the surface; the page shows it near the start's fields."""

ARROWS = {
    "step": "step (true length)",
    "gradient": "negative gradient (direction only)",
    "average": "average gradient (direction only)",
}
"""The key of the arrows at a step, shown while they are drawn."""


def bar(steps: int, at: int) -> Any:
    """Build the buttons, the slider over the steps, the step `at` it shows, speed and loop."""
    buttons = html.Div(
        [button(name, label) for name, label in BUTTONS.items()],
        className="transport-buttons",
        role="group",
        **aria("playback"),
    )
    slider = dmc.Slider(
        id="scrub",
        min=0,
        max=steps,
        value=at,
        step=1,
        label=None,
        thumbLabel="step shown",
        className="grow",
    )
    # Silent while it plays, which the browser sees to.
    readout = [
        html.Span(f"step {at}", id="readout", className="readout", **aria("polite", "live")),
        html.Span(f" of {steps}", id="readout-of", className="readout-of"),
    ]
    arrows = [
        html.Span([html.Span(className=f"arrow-line {name}"), text], className="arrow-entry")
        for name, text in ARROWS.items()
    ]
    key = ["Arrows in each optimizer's color:", *arrows]
    speeds = {speed: f"{speed}×" for speed in SPEEDS}
    settings = [
        select("speed", speeds, "1", checkIconPosition="right", w=84, **aria("speed")),
        dmc.Switch(id="loop", label="loop", size="xs", checked=False),
    ]
    ends = [html.Div(readout, className="readouts")]
    ends.append(html.Div(settings, className="transport-settings"))
    rows = [
        dcc.Store(id="at"),
        html.Div([buttons, slider, *ends], className="transport"),
        html.Div(key, id="arrow-key", className="arrow-key", hidden=True),
        html.Div(id="said", className="hidden", role="status"),
    ]
    return html.Div(rows)


def button(name: str, label: str) -> Any:
    """Build one button of the bar; its picture is in the style sheet."""
    return dmc.ActionIcon(
        html.Span(className=f"transport-icon {name}"),
        id=name,
        variant="filled" if name == "play" else "subtle",
        color=None if name == "play" else "gray",
        size="lg",
        radius="xl" if name == "play" else "sm",
        **aria(label),
    )


def register(app: Dash) -> None:
    """Register the callbacks of the bar, all of them in the browser."""
    for name, *ends in (
        ("setClock", Input("speed", "value"), Input("loop", "checked")),
        ("setView", Output("arrow-key", "hidden"), Input("view", "data")),
    ):
        app.clientside_callback(ClientsideFunction("surfaces", name), *ends)
