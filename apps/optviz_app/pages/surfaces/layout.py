"""The Surfaces page as it opens: controls beside pictures, which the browser fills."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.curves import CURVES, DEFAULT_CURVE
from optviz.experiments.surface import PLAY, Experiment
from optviz.views.loss_curves import AXES
from optviz_app.components.fields import aria, link_alert, section, text_button
from optviz_app.components.figures import graph
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.surfaces import (
    controls,
    downloads,
    first_steps,
    microscope,
    notices,
    transport,
)
from optviz_app.pages.surfaces.acts import name_items
from optviz_app.pages.surfaces.state import find_microscope

STORES = ("surface-figure", "landscape-figure", "race", "view", "drag-start", "known-runs")
STORES += ("act", "act-seen", "act-done", "spoken")
OVERLAYS = {
    "field": ("Downhill field", "the direction of steepest descent"),
    "arrows": ("Arrows", "gradient, momentum and step of each run at this step"),
    "curvature": ("Curvature", "Hessian ellipse and Newton step at the start"),
    "microscope": ("Microscope", "how this step was computed, number by number"),
}
SCALES = {"fit": "Auto", "equal": "1:1", "stretched": "Fill"}
SCALES_HINT = (
    "Scales of x and y. 1:1: descent is perpendicular to the contours. Fill: all of the stage. "
    "Auto: 1:1 where the window is neither narrow nor very wide."
)
BUTTONS = {
    "undo": ("Undo", "undo the last change (u)"),
    "redo": ("Redo", "redo the change (Shift+u)"),
    "fork": ("Fork", "continue from this step with another optimizer (f)"),
    "pin": ("Pin", "keep a run to compare with what you try next (p)"),
    "present": ("Present", "surface and loss alone, large, for a class (Shift+P)"),
}


def layout(experiment: Experiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    forks = html.Div(controls.fork_cards(experiment), id="forks-cards")
    panels = [
        controls.surface_panel(experiment),
        cards.panel("surfaces", list(experiment.rules)),
        html.Div(forks, className="forks", role="group", **aria("forks")),
        controls.run_panel(experiment),
    ]
    side = dmc.Stack(panels, gap="md", className="controls")
    work = html.Div([stage(experiment), side], className="work")
    parts = [above(experiment), work, below(experiment.view)]
    return html.Div(
        [
            dcc.Store(id="surfaces-query", data=experiment.to_query()),
            dcc.Store(id="target", data=experiment.target),
            dcc.Store(id="act-items", data=name_items(experiment)),
            *(dcc.Store(id=name) for name in STORES),
            html.H1("Optimizers on a surface", className="hidden"),
            link_alert(sentences),
            html.Div(parts, className="page race"),
        ]
    )


def above(experiment: Experiment) -> Any:
    """Build what stands above the stage: what to notice, the choice of the view, what is said."""
    parts = [
        html.P(notices.notice(experiment), id="notice", className="notice"),
        first_steps.hint(),
        toolbar(experiment.view),
        html.Div(id="page-said", className="page-said", role="status"),
    ]
    return html.Div(parts, className="above")


def stage(experiment: Experiment) -> Any:
    """Build the surface and the transport below it, empty until the browser fills them.

    On a phone they stay in sight while the controls below them are used, until they are let go.
    """
    figures = [
        graph("contour", "tall", "loss surface from above with the paths"),
        graph("landscape", "tall", "loss surface in three dimensions with the paths"),
    ]
    parts = [
        html.Div(figures, id="stage", className="stage waiting"),
        html.P(id="overlay-words", className="note"),
        html.Button("Let picture scroll", id="unpin", type="button", className="link"),
        transport.bar(experiment.steps, find_opening(experiment)),
    ]
    return html.Div(parts, className="shown")


def below(view: tuple[str, ...]) -> Any:
    """Build the microscope, the curves over the steps and the table of results."""
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
    parts = [
        rates_part(view),
        microscope.panel(view),
        html.Div(curves, className="curve-pair"),
        section("Results", html.Div(id="results", className="wide")),
    ]
    return html.Div(parts, className="below")


def rates_part(view: tuple[str, ...]) -> Any:
    """Build the place of the losses against the learning rate."""
    title = "Loss against the learning rate"
    losses = {"final": "final loss", "best": "best loss"}
    head = [
        dmc.Title(title, order=2, className="section rates-title"),
        switch("rate-loss", losses, view, title.lower()),
    ]
    parts = [html.Div(head, className="toolbar"), html.Div(html.Div(), id="rates")]
    return html.Div(parts, className="rates-part")


def find_opening(experiment: Experiment) -> int:
    """Return the step at which a page opens: the one it is told, else the first to play from."""
    end = 0 if PLAY in experiment.view else experiment.steps
    return end if experiment.at is None else experiment.at


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
            html.Span(switch("scales", SCALES, view, "scales of x and y"), title=SCALES_HINT),
            dmc.ChipGroup(chips, id="overlays", multiple=True, value=checked),
            html.Span(className="grow"),
            *buttons,
            downloads.menu(),
        ],
        id="surfaces-toolbar",
        className="toolbar",
        role="toolbar",
        **aria("picture"),
    )


def switch(identity: str, options: dict[str, str], view: Any, label: str) -> Any:
    """Build a choice of a few words: the first is what is shown without a word in `view`."""
    value = next((word for word in options if word in view), next(iter(options)))
    data = [{"value": word, "label": title} for word, title in options.items()]
    return dmc.SegmentedControl(id=identity, data=data, value=value, size="xs", **aria(label))
