"""The picture side of the Surfaces page: what is drawn and how, and the result table."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
from dash import html

from optviz.experiments.surface import Experiment
from optviz_app.components.fields import MODEBAR, aria, section
from optviz_app.pages.surfaces import downloads as take
from optviz_app.pages.surfaces import microscope as microscope_follow
from optviz_app.pages.surfaces import transport as player

OVERLAYS = {
    "field": ("Downhill field", "which way the loss falls"),
    "arrows": ("Arrows", "gradient, momentum and step of each run at the step shown"),
    "curvature": ("Curvature", "Hessian ellipse and Newton step at the start"),
    "microscope": ("Microscope", "how the step shown was made, number by number"),
}
CURVES = {
    "state": "What rules remember",
    "distance": "Distance",
    "rates": "Effective lr",
    "schedule": "lr",
}


def pictures(experiment: Experiment) -> Any:
    """Everything that is drawn, empty until the browser fills it."""
    return html.Div(
        [
            toolbar(experiment),
            html.Div(id="page-said", className="page-said", role="status"),
            html.Div(
                [
                    graph("contour", "tall", "loss surface from above with the paths"),
                    graph("landscape", "tall", "loss surface in three dimensions with the paths"),
                ],
                id="stage",
                className="stage waiting",
            ),
            html.P(id="overlay-words", className="note"),
            player.bar(experiment.steps),
            microscope_follow.panel(experiment.view),
            html.Div([loss_part(experiment), curve_part(experiment)], className="curve-pair"),
            section("Results", html.Div(id="results", className="wide")),
        ],
        className="pictures",
    )


def graph(identity: str, height: str, label: str) -> Any:
    """The place of a figure that common/figures.js draws; a dcc.Graph would draw it itself."""
    config: Any = {"data-config": json.dumps(MODEBAR)}
    looks = {"className": f"{height} figure", "role": "figure"}
    return html.Div(html.Div(), id=identity, **looks, **config, **aria(label))


def toolbar(experiment: Experiment) -> Any:
    """How the surface is shown, what is drawn on it, and what can be done with the whole."""
    opened = {"microscope"} if microscope_follow.place_in(experiment.view) is not None else set()
    shown = [name for name in OVERLAYS if name in opened.union(experiment.view)]
    chips = [
        html.Span(dmc.Chip(title, value=name, size="xs"), title=hint)
        for name, (title, hint) in OVERLAYS.items()
    ]
    buttons = [
        ("undo", "Undo", "take back the last change (u)"),
        ("redo", "Redo", "make it again (Shift+u)"),
        ("fork", "Fork", "let an optimizer go on differently from the step shown (f)"),
        ("pin", "Pin", "keep a run to compare with what you try next (p)"),
    ]
    return html.Div(
        [
            switch("view-3d", {"contour": "From above", "3d": "3-D"}, experiment.view, "view"),
            dmc.ChipGroup(chips, id="overlays", multiple=True, value=shown),
            html.Span(className="grow"),
            *[
                dmc.Button(
                    title,
                    id=identity,
                    size="compact-xs",
                    variant="default",
                    attributes={"root": {"title": hint}},
                )
                for identity, title, hint in buttons
            ],
            take.menu(),
        ],
        className="toolbar",
        role="toolbar",
        **aria("picture"),
    )


def switch(identity: str, options: dict[str, str], view: Any, label: str) -> Any:
    """A choice of a few words: the first is what is shown without a word in `view`."""
    value = next((word for word in options if word in view), next(iter(options)))
    data = [{"value": word, "label": title} for word, title in options.items()]
    return dmc.SegmentedControl(id=identity, data=data, value=value, size="xs", **aria(label))


def loss_part(experiment: Experiment) -> Any:
    """The loss curves and the choice of their axes."""
    axes = [
        switch(
            "loss-axis", {"log": "log if it fits", "linear": "linear"}, experiment.view, "loss axis"
        ),
        switch(
            "against",
            {"steps": "steps", "evaluations": "evaluations"},
            experiment.view,
            "horizontal axis",
        ),
    ]
    figure = graph("losses", "low over-steps", "loss of each run over the steps")
    return html.Div([html.Div(axes, className="toolbar"), figure])


def curve_part(experiment: Experiment) -> Any:
    """The other curves, one kind at a time."""
    kinds = switch("curve", CURVES, experiment.view, "curves")
    figure = graph("curves", "low over-steps", "curves of each run over the steps")
    return html.Div([html.Div(kinds, className="toolbar"), figure])


def view_of(values: dict[str, Any]) -> tuple[str, ...]:
    """The words for what these controls show."""
    chosen = [values[name] for name in ("height", "axis", "against", "curve")]
    usual = ("contour", "log", "steps", "state")
    drawn = [word for word in values["overlays"] or () if word != "microscope"]
    opened = microscope_follow.words(values["overlays"], values["explained"])
    return (*(word for word in chosen if word not in usual), *drawn, *opened)
