"""The tour of a first visit: four cards, each at a corner of what it explains."""

from __future__ import annotations

from typing import Any, NamedTuple

from dash import html

from optviz_app.components.fields import aria


class Stop(NamedTuple):
    """What a card stands at, as a selector, and what it says there."""

    at: str
    title: str
    says: str


STOPS = (
    Stop(
        "#stage, #contour",
        "A race on a landscape",
        "Every line is an optimizer on its way down from the same start. "
        "Click somewhere to start there instead.",
    ),
    Stop(
        ".optimizer",
        "Change one of them",
        "Move its lr and watch the path. A dotted word explains itself when you press it; "
        "the arrow opens all settings.",
    ),
    Stop(
        ".transport, #scrub",
        "Watch it step by step",
        "Play the race or drag along it. The space bar plays, the arrow keys step.",
    ),
    Stop(
        "#stories",
        "Begin with a story",
        "Six races that each show one thing. The ? at the right lists all keys and words.",
    ),
)
"""At most four; assets/tour.js leaves out those whose place is not on the page."""


def card() -> Any:
    """The card of the tour and the ring around what it explains, hidden until it begins."""
    stops = [
        html.Div([html.H2(stop.title), html.P(stop.says)], hidden=True, **place(stop))
        for stop in STOPS
    ]
    steps = [
        html.Span(id="tour-place"),
        html.Button("Skip", id="tour-end", type="button", className="plain"),
        html.Button("Next", id="tour-next", type="button", className="plain main"),
    ]
    return html.Div(
        [
            html.Div(id="tour-ring", className="tour-ring", hidden=True),
            html.Aside(
                [
                    html.Div(stops, id="tour-stops", **aria("polite", "live")),
                    html.Div(steps, className="steps"),
                ],
                id="tour",
                className="tour",
                hidden=True,
                **aria("tour"),
            ),
        ]
    )


def place(stop: Stop) -> dict[str, Any]:
    """The attribute that tells the browser where a card stands."""
    return {"data-at": stop.at}
