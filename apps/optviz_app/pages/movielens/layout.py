"""The MovieLens page as it opens: controls, a status line, and the places of its pictures."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.components.fields import MODEBAR, SCROLLS, aria, link_alert, number_field, section
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.panels import welcome_panel

POLL_MS = 400
PAPER = "https://doi.org/10.1145/2827872"


def layout(experiment: RatingsExperiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    controls = dmc.Stack(
        [
            link_alert(sentences),
            model_panel(experiment),
            training_panel(experiment),
            cards.panel("ratings", list(experiment.rules)),
        ],
        gap="md",
        className="controls",
    )
    names = ("run", "tick", "result", "browser", "live-figure", "slice-figure", "validation-figure")
    stores = [dcc.Store(id="ratings-query", data=experiment.to_query())]
    stores += [dcc.Store(id=name) for name in names]
    pictures = html.Div(
        [
            *stores,
            dcc.Interval(id="poll", interval=POLL_MS, disabled=True),
            status_bar(),
            html.Div(welcome_panel(), id="empty", hidden=True),
            html.Div(slice_part(), id="slice-part", hidden=True),
            html.Div(curves_part(), className="curves"),
            html.Div(result_part(experiment), id="result-part", hidden=True),
        ],
        className="pictures",
    )
    title = html.H1("Optimizers on MovieLens", className="hidden")
    return html.Div([title, controls, pictures], className="page ratings")


def model_panel(experiment: RatingsExperiment) -> Any:
    """Build the choice of data and of the model, each with its description."""
    return section(
        "Ratings and model",
        dmc.Select(
            id="data",
            label="ratings",
            data=[{"value": name, "label": name} for name in state.DATA],
            value=experiment.data,
            allowDeselect=False,
            size="xs",
        ),
        html.P(state.describe_data(experiment.data), id="data-note", className="note"),
        html.P(
            [
                "From GroupLens: F. M. Harper and J. A. Konstan, ",
                html.A("The MovieLens Datasets", href=PAPER, target="_blank", rel="noreferrer"),
                ", ACM TiiS 5, 4 (2015).",
            ],
            className="note",
        ),
        dmc.Select(
            id="model",
            label="model",
            data=[{"value": name, "label": title} for name, title in state.MODELS.items()],
            value=experiment.model,
            allowDeselect=False,
            size="xs",
        ),
        html.P(state.STORIES[experiment.model], id="model-note", className="note"),
    )


def training_panel(experiment: RatingsExperiment) -> Any:
    """Build epochs, batch size, seed, and the button."""
    return section(
        "Training",
        html.Div(
            [
                number_field("epochs", "epochs", experiment.epochs, "passes over the ratings"),
                number_field("batch", "batch size", experiment.batch, "ratings per step"),
                number_field("weights-seed", "seed", experiment.seed, "of weights and batches"),
            ],
            className="fields",
        ),
        dmc.Button("Train", id="train", fullWidth=True, disabled=True),
        html.P(
            "A random fifth of the ratings is the validation set, the same for every seed. "
            "Errors are mean squared errors, in stars².",
            className="note",
        ),
    )


def status_bar() -> Any:
    """Build the status of the training, its progress and the button that cancels it."""
    return html.Div(
        [
            html.Div(
                [
                    html.Div(id="said", className="grow"),
                    html.P(
                        id="announced", className="hidden", role="status", **aria("polite", "live")
                    ),
                    dmc.Button(
                        "Cancel", id="cancel", variant="default", size="xs", className="away"
                    ),
                ],
                className="status-line",
            ),
            html.Div(
                dmc.Progress(id="progress", value=0, size="sm", **aria("training progress")),
                id="progress-box",
                hidden=True,
            ),
            html.Div(
                "The server does not respond. This page keeps trying; if optviz was stopped, start "
                "it again.",
                id="gone",
                className="gone",
                role="alert",
                hidden=True,
            ),
        ],
        className="status",
    )


def slice_part() -> list[Any]:
    """Build the loss slice and what it hides."""
    return [
        heading("Loss slice through the paths"),
        html.Div(graph("slice", "tall", "loss slice with the paths"), id="slice-box"),
        html.P(id="slice-words", className="hides"),
    ]


def curves_part() -> list[Any]:
    """Build the curves that grow during training, and the validation curves of what is done."""
    return [
        html.Div(
            [
                heading("Training error (thin), validation error (dots)"),
                graph("live", "low", "training curves"),
            ],
            id="live-part",
            hidden=True,
        ),
        html.Div(
            [
                heading("Validation error"),
                graph("validation", "low", "validation curves"),
            ],
            id="validation-part",
            hidden=True,
        ),
    ]


def heading(text: str) -> Any:
    """Build the title of a picture."""
    return dmc.Title(text, order=2, className="section")


def result_part(experiment: RatingsExperiment) -> list[Any]:
    """Build what is shown in words and numbers once something was trained."""
    pickers = [picker("user", "user", experiment.user), picker("movie", "movie", experiment.movie)]
    return [
        section("Results", html.Div(id="ratings-results", className="wide", **SCROLLS)),
        section(
            "Predict a rating",
            html.Div(pickers, id="pick", className="pick"),
            html.Div(id="prediction"),
        ),
    ]


def picker(identity: str, label: str, value: int | None) -> Any:
    """Build a list that is searched on the server, as thousands of options are too many to draw."""
    return dmc.Select(
        id=identity,
        label=label,
        data=[] if value is None else [{"value": str(value), "label": str(value)}],
        value=None if value is None else str(value),
        searchable=True,
        allowDeselect=False,
        filter={"function": "asFound"},
        nothingFoundMessage=f"no {label} found",
        size="xs",
        maxDropdownHeight=280,
        comboboxProps={"withinPortal": True},
    )


def graph(identity: str, height: str, label: str) -> Any:
    """Build a figure that the browser fills; as it is responsive, its parent sets the height."""
    inside = dcc.Graph(id=identity, config=MODEBAR, responsive=True)
    return html.Div(inside, className=height, role="figure", **aria(label))
