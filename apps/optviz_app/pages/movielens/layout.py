"""The MovieLens page as it opens: its tabs, and the status of a training above all of them."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import PANELS, RatingsExperiment
from optviz_app.components.fields import aria, link_alert, select
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.embeddings.layout import build_embeddings_tab
from optviz_app.pages.movielens.landscape.layout import build_landscape_tab
from optviz_app.pages.movielens.recommendations.layout import build_recommend_tab
from optviz_app.pages.movielens.studies.layout import build_studies_tab
from optviz_app.pages.movielens.training_tab import build_training_tab
from optviz_app.pages.movielens.training_task import read_ratings

POLL_MS = 400
STORES = ("run", "tick", "result", "browser", "live-figure", "slice-figure", "validation-figure")
TABS = {
    "train": build_training_tab,
    "landscape": build_landscape_tab,
    "embeddings": build_embeddings_tab,
    "recommend": build_recommend_tab,
    "studies": build_studies_tab,
}
"""What builds each tab, given the experiment."""


def layout(experiment: RatingsExperiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    is_named = experiment.user is not None or experiment.movie is not None
    unknown = state.describe_unknown(experiment, read_ratings(experiment.data)) if is_named else []
    names = [dmc.TabsTab(name.capitalize(), value=name) for name in PANELS]
    tabs = [dmc.TabsPanel(build(experiment), value=name) for name, build in TABS.items()]
    listed = dmc.TabsList(names, **aria("parts of the page"))
    parts = [listed, build_status_bar(), build_model_choice(experiment), *tabs]
    return html.Div(
        [
            html.H1("Optimizers on MovieLens", className="hidden"),
            dcc.Store(id="ratings-query", data=experiment.to_query()),
            *[dcc.Store(id=name) for name in STORES],
            dcc.Interval(id="poll", interval=POLL_MS, disabled=True),
            link_alert([*sentences, *unknown]),
            dmc.Tabs(parts, id="panel", value=experiment.panel, keepMounted=True),
        ],
        className="ratings",
    )


def build_model_choice(experiment: RatingsExperiment) -> Any:
    """Build the choice of a trained model, for the tabs that look at one."""
    chosen = str(experiment.optimizer)
    choice = select("optimizer", {chosen: "the best"}, chosen, label="the model trained by")
    return html.Div(choice, id="optimizer-box", className="model-choice", hidden=True)


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
