"""The MovieLens page as it opens: controls, a status line, and the places of its pictures."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.components.fields import SCROLLS, aria, link_alert, number_field, section, select
from optviz_app.components.figures import MODEBAR
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.panels import build_welcome_panel
from optviz_app.pages.movielens.training_task import read_ratings

POLL_MS = 400
PAPER = "https://doi.org/10.1145/2827872"


def layout(experiment: RatingsExperiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    is_named = experiment.user is not None or experiment.movie is not None
    unknown = state.describe_unknown(experiment, read_ratings(experiment.data)) if is_named else []
    panels = [
        link_alert([*sentences, *unknown]),
        build_model_panel(experiment),
        build_training_panel(experiment),
        cards.panel("ratings", list(experiment.rules)),
    ]
    controls = dmc.Stack(panels, gap="md", className="controls")
    title = html.H1("Optimizers on MovieLens", className="hidden")
    return html.Div([title, controls, build_pictures(experiment)], className="page ratings")


def build_pictures(experiment: RatingsExperiment) -> Any:
    """Build the status line, the figures and the tables, empty until a result is there."""
    names = ("run", "tick", "result", "browser", "live-figure", "slice-figure", "validation-figure")
    hides = html.P(id="slice-words", className="hides")
    curves = [
        build_figure("live", "low", "Training error (thin), validation error (dots)"),
        build_figure("validation", "low", "Validation error"),
    ]
    pickers = [build_picker("user", experiment.user), build_picker("movie", experiment.movie)]
    pick = html.Div(pickers, id="pick", className="pick")
    result = [
        section("Results", html.Div(id="ratings-results", className="wide", **SCROLLS)),
        section("Predict a rating", pick, html.Div(id="prediction")),
    ]
    return html.Div(
        [
            dcc.Store(id="ratings-query", data=experiment.to_query()),
            *[dcc.Store(id=name) for name in names],
            dcc.Interval(id="poll", interval=POLL_MS, disabled=True),
            build_status_bar(),
            html.Div(build_welcome_panel(), id="empty", hidden=True),
            build_figure("slice", "tall", "Loss slice through the paths", hides),
            html.Div(curves, className="curves"),
            html.Div(result, id="result-part", hidden=True),
        ],
        className="pictures",
    )


def build_model_panel(experiment: RatingsExperiment) -> Any:
    """Build the choice of data and of the model, each with its description."""
    paper = html.A("The MovieLens Datasets", href=PAPER, target="_blank", rel="noreferrer")
    source = ["From GroupLens: F. M. Harper and J. A. Konstan, ", paper, ", ACM TiiS 5, 4 (2015)."]
    return section(
        "Ratings and model",
        select("data", {name: name for name in state.DATA}, experiment.data, label="ratings"),
        html.P(state.describe_data(experiment.data), id="data-note", className="note"),
        html.P(source, className="note"),
        select("model", state.MODELS, experiment.model, label="model"),
        html.P(state.STORIES[experiment.model], id="model-note", className="note"),
    )


def build_training_panel(experiment: RatingsExperiment) -> Any:
    """Build epochs, batch size, seed, and the button."""
    fields = [
        number_field("epochs", "epochs", experiment.epochs, "passes over the ratings"),
        number_field("batch", "batch size", experiment.batch, "ratings per step"),
        number_field("weights-seed", "seed", experiment.seed, "of weights and batches"),
    ]
    return section(
        "Training",
        html.Div(fields, className="fields"),
        dmc.Button("Train", id="train", fullWidth=True, disabled=True),
        html.P(
            "A random fifth of the ratings is the validation set, the same for every seed. "
            "Errors are mean squared errors, in stars².",
            className="note",
        ),
    )


def build_status_bar() -> Any:
    """Build the status of the training, its progress and the button that cancels it."""
    line = [
        html.Div(id="said", className="grow"),
        html.P(id="announced", className="hidden", role="status", **aria("polite", "live")),
        dmc.Button("Cancel", id="cancel", variant="default", size="xs", className="away"),
    ]
    progress = dmc.Progress(id="progress", value=0, size="sm", **aria("training progress"))
    gone = "The server does not respond. This page keeps trying; if optviz was stopped, start it "
    parts = [
        html.Div(line, className="status-line"),
        html.Div(progress, id="progress-box", hidden=True),
        html.Div(f"{gone}again.", id="gone", className="gone", role="alert", hidden=True),
    ]
    return html.Div(parts, className="status")


def build_figure(identity: str, height: str, title: str, *below: Any) -> Any:
    """Build a titled figure, hidden until the browser fills it; its box sets the height."""
    inside = dcc.Graph(id=identity, config=MODEBAR, responsive=True)
    box = html.Div(inside, id=f"{identity}-box", className=height, role="figure", **aria(title))
    heading = dmc.Title(title, order=2, className="section")
    return html.Div([heading, box, *below], id=f"{identity}-part", hidden=True)


def build_picker(kind: str, chosen: int | None) -> Any:
    """Build a list that is searched on the server, as thousands of options are too many to draw."""
    value = None if chosen is None else str(chosen)
    return select(
        kind,
        {value: value} if value else {},
        value,
        label=kind,
        searchable=True,
        filter={"function": "asFound"},
        nothingFoundMessage=f"no {kind} found",
        maxDropdownHeight=280,
        comboboxProps={"withinPortal": True},
    )
