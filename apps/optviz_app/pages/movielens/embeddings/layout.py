"""The Embeddings tab as it opens: how to look at the map, and the places of its pictures."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.components.fields import SCROLLS, aria, build_opening, section
from optviz_app.components.figures import build_figure
from optviz_app.components.film import build_film_bar
from optviz_app.pages.movielens.empty_tab import READING, build_empty_tab
from optviz_app.pages.movielens.pickers import build_picker

EMBEDDED = ("map", "drift", "biases", "spectra")
"""The figures of the tab."""
CLICK = "Click a point, or search its title, to see its neighbors in the full space."


def build_embeddings_tab(experiment: RatingsExperiment) -> Any:
    """Build the tab."""
    stores = [dcc.Store(id=f"{name}-figure") for name in EMBEDDED]
    stores.append(dcc.Store(id="embeddings-drawn"))
    dims = dmc.SegmentedControl(
        id="dims",
        data=[{"value": "2", "label": "2-D"}, {"value": "3", "label": "3-D"}],
        value=str(experiment.dims),
        size="xs",
        fullWidth=True,
        **aria("dimensions of the map"),
    )
    more = {"label": "find a movie", "placeholder": "part of a title", "clearable": True}
    spot = build_picker("spot", "movie", experiment.spot, **more)
    about = html.P(id="map-words", className="note", role="status")
    parts = [section("The map", dims, spot, html.P(CLICK, className="note"), about)]
    parts.append(section("Genres", html.P(id="genre-words", className="note")))
    controls = dmc.Stack(parts, gap="md", className="controls")
    body = html.Div([controls, build_pictures()], className="page first")
    hidden = html.Div(body, id="embeddings-body", hidden=True)
    return html.Div([*stores, build_opening(READING), build_empty_tab("embeddings"), hidden])


def build_pictures() -> Any:
    """Build the places of the pictures and of the list of neighbors."""
    table: dict[str, Any] = {"className": "wide", **SCROLLS}
    film = build_film_bar("drift", "the drift of the embeddings")
    near = [
        dmc.Title("Nearest in the full space", order=2, className="section", id="near-title"),
        html.Div(id="neighbors", **table),
    ]
    parts = [
        html.Div(id="embeddings-wrong"),
        build_figure("map", "tall", "Movies by their embeddings"),
        html.Div(near, id="near-part", hidden=True),
        build_figure("drift", "", "Drift over the training", film, build_words("drift")),
        build_figure("biases", "", "Best and worst biases", build_words("biases")),
        build_figure("spectra", "", "Singular values, one line a rule", build_words("spectra")),
    ]
    return html.Div(parts, className="pictures")


def build_words(name: str) -> Any:
    """Build the place of the words below a figure."""
    return html.P(id=f"{name}-words", className="hides")
