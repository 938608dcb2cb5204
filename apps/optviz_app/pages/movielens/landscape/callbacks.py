"""The callbacks of the Landscape tab."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from flask import request

from optviz.experiments.ratings import LANDSCAPE
from optviz_app.components.long_work import register_work
from optviz_app.jobs.endpoint import parse_address, parse_browser
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.landscape.layout import WORK
from optviz_app.pages.movielens.landscape.respond import (
    begin_picture,
    draw_ways,
    offer_choices,
    show_landscape,
    take_choices,
)

WAYS_TO_LOOK = ("color", "look")
"""The controls of how a plane is looked at."""
CHOICES: dict[str, Any] = {
    "picture_note": Output("picture-note", "children"),
    "axes_note": Output("axes-note", "children"),
    "hidden": [
        Output(f"{each}-box", "hidden")
        for each in ("axes", "first", "second", "grid", "look", "color")
    ],
    "runs": [Output(each, "data") for each in ("first", "second")],
    "disabled": [
        Output(each, "disabled") for each in ("picture", "axes", "first", "second", "grid")
    ],
    "query": Output("landscape-query", "data"),
    "no_body": Output("landscape-body", "hidden"),
    "sample": Output("landscape-sample", "children"),
}
PICTURE: dict[str, Any] = {
    "figure": Output("slice-figure", "data"),
    "state": Output("slice-box", "className"),
    "no_figure": Output("slice-box", "hidden"),
    "words": Output("slice-words", "children"),
    "ends": Output("slice-ends", "children"),
    "no_ends": Output("slice-ends-part", "hidden"),
    "title": Output("slice-title", "children"),
    "hidden": Output("slice-part", "hidden"),
    "drawn": Output("landscape-drawn", "data"),
}


def register_landscape(app: Dash, jobs: Jobs) -> None:
    """Register the callbacks."""
    register_work(app, WORK, "landscape")

    @app.callback(
        output=CHOICES,
        inputs={
            "result": Input("landscape-trained", "data"),
            "query": Input("ratings-query", "data"),
        },
    )
    def offer(result, query):
        return offer_choices(jobs, result, query)

    @app.callback(
        output=PICTURE,
        inputs={
            "result": Input("landscape-trained", "data"),
            "asked": Input("landscape-asked", "data"),
            "look": Input("landscape-look", "data"),
            "choices": {name: Input(name, "value") for name in LANDSCAPE},
            "ways": {name: State(name, "value") for name in WAYS_TO_LOOK},
            "query": State("ratings-query", "data"),
            "scheme": State("scheme-now", "data"),
            "browser": State("landscape-browser", "data"),
            "drawn": State("landscape-drawn", "data"),
        },
    )
    def show(result, query, choices, ways, scheme, browser, drawn, **_):
        theme = "dark" if scheme == "dark" else "light"
        chosen = take_choices(query, choices | ways)
        if ctx.triggered_id in LANDSCAPE:
            who = parse_browser(browser), parse_address(request.remote_addr)
            begin_picture(jobs, result, chosen, *who)
        return show_landscape(jobs, result, chosen, theme, drawn)

    @app.callback(
        Output("landscape-ways", "data"),
        Output("landscape-ready", "data"),
        Input("landscape-drawn", "data"),
        State("landscape-ready", "data"),
        State("landscape-trained", "data"),
        State("ratings-query", "data"),
        State("scheme-now", "data"),
        prevent_initial_call=True,
    )
    def look_ahead(drawn, ready, result, query, scheme):
        name = drawn.get("of") if isinstance(drawn, dict) else None
        if name == ready:
            return no_update, no_update
        theme = "dark" if scheme == "dark" else "light"
        return draw_ways(jobs, result, query, theme, drawn), name

    ways = [Input(name, "value") for name in WAYS_TO_LOOK]
    app.clientside_callback(
        ClientsideFunction("landscape", "look"),
        Output("landscape-look", "data"),
        *ways,
        State("landscape-drawn", "data"),
        State("landscape-ways", "data"),
        prevent_initial_call=True,
    )
    # Outside of Dash's graph: there all that follows would wait for how far a training is.
    app.clientside_callback(ClientsideFunction("landscape", "passResult"), Input("result", "data"))
    # Not a dcc.Graph: that forgets zoom and camera, and takes as long again to draw.
    app.clientside_callback(
        ClientsideFunction("landscape", "drawSlice"),
        Output("landscape-painted", "data"),
        Input("slice-figure", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
