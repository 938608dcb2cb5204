"""The callbacks of the Recommend tab."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx

from optviz_app.components.film import register_film
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.recommendations.respond import (
    list_titles,
    rate,
    show_recommendations,
    skip,
)

OUTPUTS: dict[str, Any] = {
    "drawn": Output("recommend-drawn", "data"),
    "body": Output("recommend-body", "hidden"),
    "wrong": Output("recommend-wrong", "children"),
    "list": Output("rate-list", "children"),
    "known_box": Output("known-box", "hidden"),
    "rate_box": Output("rate-box", "hidden"),
    "path_box": Output("path-section", "hidden"),
    "path": Output("path-figure", "data"),
    "no_path": Output("path-part", "hidden"),
    "path_words": Output("path-words", "children"),
    "narrowing": Output("narrowing-figure", "data"),
    "no_narrowing": Output("narrowing-part", "hidden"),
    "recommendations": Output("recommendations", "children"),
    "similar": Output("similar", "children"),
}
INPUTS: dict[str, Any] = {
    "result": Input("result", "data"),
    "query": Input("ratings-query", "data"),
    "picked": Input("rate-pick", "value"),
    "presses": Input("ask", "n_clicks"),
    "skipped": Input("rate-skipped", "data"),
    "drawn": State("recommend-drawn", "data"),
}


def match_movies(role: str) -> dict[str, Any]:
    """Return the pattern of one control of every movie to rate."""
    return {"role": role, "movie": ALL}


def register_recommendations(app: Dash, jobs: Jobs) -> None:
    """Register the callbacks."""
    register_film(app, "path")

    @app.callback(output=OUTPUTS, inputs=INPUTS, prevent_initial_call=True)
    def show(**given):
        return show_recommendations(jobs, **given)

    @app.callback(
        Output("rate-pick", "data"),
        Input("result", "data"),
        Input("rate-pick", "searchValue"),
        prevent_initial_call=True,
    )
    def find_movies(result, search):
        return list_titles(result, search)

    @app.callback(
        Output("rated", "data"),
        Output("rate-said", "children"),
        Input(match_movies("stars"), "value"),
        Input(match_movies("unrate"), "n_clicks"),
        State("rated", "data"),
        prevent_initial_call=True,
    )
    def rate_movie(_stars, _presses, rated):
        return rate(rated, *find_rating())

    @app.callback(
        Output("rate-skipped", "data"),
        Input(match_movies("skip"), "n_clicks"),
        State("rate-skipped", "data"),
        prevent_initial_call=True,
    )
    def skip_movie(_presses, skipped):
        return skip(skipped, find_rating()[0])

    app.clientside_callback(
        ClientsideFunction("movielens", "keepPlace"),
        Input("rate-list", "children"),
        prevent_initial_call=True,
    )


def find_rating() -> tuple[Any, Any]:
    """Return the id of the control that was touched, and its value; None where rows appeared."""
    ids = ctx.triggered_prop_ids
    for each in ctx.triggered:
        if each["value"]:  # rows that appear have no press, and those not rated no star
            return ids[each["prop_id"]], each["value"]
    return None, None
