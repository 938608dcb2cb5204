"""The Train tab of the MovieLens page: controls, live curves, results and a predicted rating."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.trained import describe_missing_package
from optviz_app.components.fields import SCROLLS, build_opening, number_field, section, select
from optviz_app.components.figures import build_figure
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.empty_tab import READING
from optviz_app.pages.movielens.panels import build_welcome_panel
from optviz_app.pages.movielens.pickers import build_picker

PAPER = "https://doi.org/10.1145/2827872"
HELD_BACK = "Stars and ranking on the ratings held back"


def build_training_tab(experiment: RatingsExperiment) -> Any:
    """Build the controls of a training, and the places of what it shows."""
    panels = [
        build_model_panel(experiment),
        build_training_panel(experiment),
        cards.panel("ratings", list(experiment.rules)),
    ]
    controls = dmc.Stack(panels, gap="md", className="controls")
    return html.Div([controls, build_pictures(experiment)], className="page")


def build_pictures(experiment: RatingsExperiment) -> Any:
    """Build the figures and the tables, empty until a result is there."""
    curves = [
        build_figure("live", "low", "Training error (thin), validation error (dots)"),
        build_figure("validation", "low", "Validation error"),
    ]
    pickers = [
        build_picker("user", "user", experiment.user),
        build_picker("movie", "movie", experiment.movie),
    ]
    pick = html.Div(pickers, id="pick", className="pick")
    result = [
        section("Results", html.Div(id="ratings-results", className="wide", **SCROLLS)),
        html.Div(section(HELD_BACK, html.Div(id="evaluation")), id="evaluation-part", hidden=True),
        section("Predict a rating", pick, html.Div(id="prediction")),
    ]
    return html.Div(
        [
            build_opening(READING),
            html.Div(build_welcome_panel(), id="empty", hidden=True),
            html.Div(curves, className="curves"),
            html.Div(result, id="result-part", hidden=True),
        ],
        className="pictures",
    )


def build_model_panel(experiment: RatingsExperiment) -> Any:
    """Build the choice of data and of the model, each with its description."""
    missing = describe_missing_package(experiment.model)
    paper = html.A("The MovieLens Datasets", href=PAPER, target="_blank", rel="noreferrer")
    source = ["From GroupLens: F. M. Harper and J. A. Konstan, ", paper, ", ACM TiiS 5, 4 (2015)."]
    return section(
        "Ratings and model",
        select("data", {name: name for name in state.DATA}, experiment.data, label="ratings"),
        html.P(state.describe_data(experiment.data), id="data-note", className="note"),
        html.P(source, className="note"),
        select("model", state.MODELS, experiment.model, label="model", error=missing),
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
