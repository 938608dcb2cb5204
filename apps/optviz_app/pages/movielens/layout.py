"""The MovieLens page as it opens: controls, a status line, and the places of its pictures."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.components.fields import SCROLLS, aria, link_alert, number_field, section
from optviz_app.components.figures import MODEBAR
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.movielens import panels as ratings_panels
from optviz_app.pages.movielens import state as ratings_state

POLL_MS = 400
PAPER = "https://doi.org/10.1145/2827872"


def layout(experiment: RatingsExperiment, sentences: list[str]) -> Any:
    """The page that shows an experiment."""
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
            html.Div(ratings_panels.empty(), id="empty", hidden=True),
            html.Div(slice_part(), id="slice-part", hidden=True),
            html.Div(curves_part(), className="curves"),
            html.Div(result_part(experiment), id="result-part", hidden=True),
        ],
        className="pictures",
    )
    title = html.H1("Optimizers on MovieLens", className="hidden")
    return html.Div([title, controls, pictures], className="page ratings")


def model_panel(experiment: RatingsExperiment) -> Any:
    """The choice of data and of the model, each with its story."""
    return section(
        "Ratings and model",
        dmc.Select(
            id="data",
            label="ratings",
            data=[{"value": name, "label": name} for name in ratings_state.DATA],
            value=experiment.data,
            allowDeselect=False,
            size="xs",
        ),
        html.P(ratings_state.data_note(experiment.data), id="data-note", className="note"),
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
            data=[{"value": name, "label": title} for name, title in ratings_state.MODELS.items()],
            value=experiment.model,
            allowDeselect=False,
            size="xs",
        ),
        html.P(ratings_state.STORIES[experiment.model], id="model-note", className="note"),
    )


def training_panel(experiment: RatingsExperiment) -> Any:
    """Epochs, ratings a step, seed, and the button."""
    return section(
        "Training",
        html.Div(
            [
                number_field("epochs", "epochs", experiment.epochs, "passes over the ratings"),
                number_field("batch", "ratings a step", experiment.batch, "in each mini-batch"),
                number_field("weights-seed", "seed", experiment.seed, "of weights and batches"),
            ],
            className="fields",
        ),
        dmc.Button("Train", id="train", fullWidth=True, disabled=True),
        html.P(
            "A random fifth of the ratings is held back, the same for every seed; "
            "errors are mean squared, in stars².",
            className="note",
        ),
    )


def status_bar() -> Any:
    """What the training does, its progress and the button that cancels it."""
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
                dmc.Progress(id="progress", value=0, size="sm", **aria("progress of the training")),
                id="progress-box",
                hidden=True,
            ),
            html.Div(
                "The server does not answer. This page asks again from time to time; if optviz was "
                "stopped, start it again.",
                id="gone",
                className="gone",
                role="alert",
                hidden=True,
            ),
        ],
        className="status",
    )


def slice_part() -> list[Any]:
    """The loss around the paths, and how much of them it hides."""
    return [
        heading("The loss around the paths"),
        html.Div(graph("slice", "tall", "loss slice with the paths"), id="slice-box"),
        html.P(id="slice-words", className="hides"),
    ]


def curves_part() -> list[Any]:
    """Curves that grow while a training is under way, and the validation curves of what is done."""
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
                heading("Error on the ratings held back"),
                graph("validation", "low", "validation curves"),
            ],
            id="validation-part",
            hidden=True,
        ),
    ]


def heading(text: str) -> Any:
    """The title of a picture."""
    return dmc.Title(text, order=2, className="section")


def result_part(experiment: RatingsExperiment) -> list[Any]:
    """What is shown in words and numbers once something was trained."""
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
    """A list that is searched on the server, as thousands of options are too many to draw."""
    return dmc.Select(
        id=identity,
        label=label,
        data=[] if value is None else [{"value": str(value), "label": str(value)}],
        value=None if value is None else str(value),
        searchable=True,
        allowDeselect=False,
        filter={"function": "asFound"},
        nothingFoundMessage=f"no such {label}",
        size="xs",
        maxDropdownHeight=280,
        comboboxProps={"withinPortal": True},
    )


def graph(identity: str, height: str, label: str) -> Any:
    """A figure that the browser fills; as it is responsive, what is around it has the height."""
    inside = dcc.Graph(id=identity, config=MODEBAR, responsive=True)
    return html.Div(inside, className=height, role="figure", **aria(label))
