"""The callbacks of the Embeddings tab."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State

from optviz_app.components.film import register_film
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.embeddings.layout import EMBEDDED
from optviz_app.pages.movielens.embeddings.respond import list_spots, read_click, show_embeddings

__all__ = ["EMBEDDED", "register_embeddings"]

OUTPUTS: dict[str, Any] = {
    "drawn": Output("embeddings-drawn", "data"),
    "body": Output("embeddings-body", "hidden"),
    "wrong": Output("embeddings-wrong", "children"),
    "map_words": Output("map-words", "children"),
    "genre_words": Output("genre-words", "children"),
    "near": Output("neighbors", "children"),
    "near_title": Output("near-title", "children"),
    "no_near": Output("near-part", "hidden"),
    **{name: Output(f"{name}-figure", "data") for name in EMBEDDED},
    **{f"no_{name}": Output(f"{name}-part", "hidden") for name in EMBEDDED},
    **{f"{name}_words": Output(f"{name}-words", "children") for name in EMBEDDED},
}


def register_embeddings(app: Dash, jobs: Jobs) -> None:
    """Register the callbacks."""
    register_film(app, "drift")

    @app.callback(
        output=OUTPUTS,
        inputs={
            "result": Input("result", "data"),
            "query": Input("ratings-query", "data"),
            "drawn": State("embeddings-drawn", "data"),
        },
        prevent_initial_call=True,
    )
    def show(result, query, drawn):
        return show_embeddings(jobs, result, query, drawn)

    @app.callback(
        Output("spot", "data"),
        Input("result", "data"),
        Input("spot", "searchValue"),
        Input("spot", "value"),
        prevent_initial_call=True,
    )
    def find_spots(result, search, value):
        return list_spots(result, search, value)

    @app.callback(
        Output("spot", "value"),
        Input("map", "clickData"),
        prevent_initial_call=True,
    )
    def choose_point(clicked):
        return read_click(clicked)
