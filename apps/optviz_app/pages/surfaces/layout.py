"""The Surfaces page as it opens: controls beside pictures, which the browser fills."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.curves import CURVES, DEFAULT_CURVE
from optviz.experiments.surface import Experiment
from optviz.views.loss_curves import AXES
from optviz_app.components.fields import aria, link_alert, section, text_button
from optviz_app.components.figures import graph
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.surfaces import controls, downloads, microscope, stories, transport
from optviz_app.pages.surfaces.state import find_microscope

STORES = ("surface-figure", "landscape-figure", "race", "view", "drag-start", "known-runs")
STORES += ("act", "spoken")
OVERLAYS = {
    "field": ("Downhill field", "the direction of steepest descent"),
    "arrows": ("Arrows", "gradient, momentum and step of each run at this step"),
    "curvature": ("Curvature", "Hessian ellipse and Newton step at the start"),
    "microscope": ("Microscope", "how this step was computed, number by number"),
}
BUTTONS = {
    "undo": ("Undo", "undo the last change (u)"),
    "redo": ("Redo", "redo the change (Shift+u)"),
    "fork": ("Fork", "continue from this step with another optimizer (f)"),
    "pin": ("Pin", "keep a run to compare with what you try next (p)"),
}


def layout(experiment: Experiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    forks = html.Div(controls.fork_cards(experiment), id="forks-cards")
    panels = [
        controls.surface_panel(experiment),
        controls.run_panel(experiment),
        cards.panel("surfaces", list(experiment.rules)),
        html.Div(forks, className="forks", role="group", **aria("forks")),
    ]
    sides = [dmc.Stack(panels, gap="md", className="controls"), pictures(experiment)]
    return html.Div(
        [
            dcc.Store(id="surfaces-query", data=experiment.to_query()),
            dcc.Store(id="target", data=experiment.target),
            *(dcc.Store(id=name) for name in STORES),
            html.H1("Optimizers on a surface", className="hidden"),
            *filter(None, [link_alert(sentences), stories.note(experiment)]),
            html.Div(sides, className="page"),
        ]
    )


def pictures(experiment: Experiment) -> Any:
    """Build everything that is drawn, empty until the browser fills it."""
    view = experiment.view
    axes = [
        switch("loss-axis", {"log": "log scale (auto)", "linear": "linear"}, view, "loss axis"),
        switch("against", {word: word for word in AXES}, view, "horizontal axis"),
    ]
    words = [DEFAULT_CURVE, *(word for word in CURVES if word != DEFAULT_CURVE)]
    kinds = switch("curve", {word: CURVES[word].title for word in words}, view, "curves")
    curves = [
        html.Div([html.Div(choices, className="toolbar"), graph(name, "low over-steps", label)])
        for name, choices, label in (
            ("losses", axes, "loss of each run over the steps"),
            ("curves", kinds, "curves of each run over the steps"),
        )
    ]
    stage = [
        graph("contour", "tall", "loss surface from above with the paths"),
        graph("landscape", "tall", "loss surface in three dimensions with the paths"),
    ]
    return html.Div(
        [
            toolbar(view),
            html.Div(id="page-said", className="page-said", role="status"),
            html.Div(stage, id="stage", className="stage waiting"),
            html.P(id="overlay-words", className="note"),
            transport.bar(experiment.steps),
            microscope.panel(view),
            html.Div(curves, className="curve-pair"),
            section("Results", html.Div(id="results", className="wide")),
        ],
        className="pictures",
    )


def toolbar(view: tuple[str, ...]) -> Any:
    """Build the choice of the view, what is drawn on it, and the buttons for the whole race."""
    opened = {"microscope"} if find_microscope(view) is not None else set()
    chips = [
        html.Span(dmc.Chip(title, value=name, size="xs"), title=hint)
        for name, (title, hint) in OVERLAYS.items()
    ]
    buttons = [text_button(name, title, hint) for name, (title, hint) in BUTTONS.items()]
    checked = [name for name in OVERLAYS if name in opened.union(view)]
    return html.Div(
        [
            switch("view-3d", {"contour": "From above", "3d": "3-D"}, view, "view"),
            dmc.ChipGroup(chips, id="overlays", multiple=True, value=checked),
            html.Span(className="grow"),
            *buttons,
            downloads.menu(),
        ],
        className="toolbar",
        role="toolbar",
        **aria("picture"),
    )


def switch(identity: str, options: dict[str, str], view: Any, label: str) -> Any:
    """Build a choice of a few words: the first is what is shown without a word in `view`."""
    value = next((word for word in options if word in view), next(iter(options)))
    data = [{"value": word, "label": title} for word, title in options.items()]
    return dmc.SegmentedControl(id=identity, data=data, value=value, size="xs", **aria(label))
