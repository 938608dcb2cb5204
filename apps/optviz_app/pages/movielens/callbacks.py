"""The MovieLens page: optimizers training a rating model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx
from flask import request

from optviz_app.components.optimizer_cards import callbacks as cards
from optviz_app.components.optimizer_cards.state import gather_values
from optviz_app.jobs.endpoint import find_jobs, parse_address
from optviz_app.pages.movielens.layout import layout
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import list_options, predict, read_page, show_result

__all__ = ["layout", "register"]

SETTINGS: dict[str, Any] = {
    "query": Output("ratings-query", "data"),
    "model_note": Output("model-note", "children"),
    "data_note": Output("data-note", "children"),
    "cards": Output("ratings-cards", "children"),
    "errors": [Output(name, "error") for name in ("epochs", "batch", "weights-seed")],
    "card_errors": cards.list_outputs("ratings"),
}
CONTROLS: dict[str, Any] = {
    **{name: Input(name, "value") for name in ("data", "model", "epochs", "batch")},
    **{name: Input(name, "value") for name in ("user", "movie")},
    "seed": Input("weights-seed", "value"),
    "cards": cards.list_inputs("ratings"),
    "add": Input("ratings-add", "n_clicks"),
    "query": State("ratings-query", "data"),
    "result": State("result", "data"),
}
TRAINING: dict[str, Any] = {
    "run": Output("run", "data"),
    "said": Output("said", "children"),
    "announced": Output("announced", "children"),
    "progress": Output("progress", "value"),
    "unknown": Output("progress", "animated"),
    "idle": (Output("poll", "disabled"), Output("progress-box", "hidden")),
    "cancel": Output("cancel", "className"),
    "busy": Output("train", "disabled"),
    "train": Output("train", "children"),
    "begun": Output("empty", "hidden"),
    "live": Output("live-figure", "data"),
    "no_curves": Output("live-part", "hidden"),
    "result": Output("result", "data"),
}
PRESSES: dict[str, Any] = {
    "train": Input("train", "n_clicks"),
    "cancel": Input("cancel", "n_clicks"),
    "tick": Input("tick", "data"),
    "query": Input("ratings-query", "data"),
    **{name: State(name, "data") for name in ("run", "result", "browser")},
}
PARTS = ("slice-part", "validation-part", "result-part", "pick")
PICTURES: dict[str, Any] = {
    "hidden": [Output(name, "hidden") for name in PARTS],
    "slice": Output("slice-figure", "data"),
    "slice_hidden": Output("slice-box", "hidden"),
    "words": Output("slice-words", "children"),
    "validation": Output("validation-figure", "data"),
    "results": Output("ratings-results", "children"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page."""
    jobs = find_jobs(app)
    cards.register_cards(app, "ratings")
    register_lists(app)
    register_client(app)

    @app.callback(output=SETTINGS, inputs=CONTROLS, prevent_initial_call=True)
    def read_controls(query, result, **values):
        grouped: Any = ctx.args_grouping
        groups: Any = ctx.outputs_grouping
        values["cards"] = gather_values(grouped["cards"]["values"])
        return read_page(query, result, values, cards.find_touched(), groups["card_errors"])

    @app.callback(output=TRAINING, inputs=PRESSES)
    def follow_training(query, run, result, browser, tick, **_):
        trigger = find_press(ctx.triggered_prop_ids.values())
        address = parse_address(request.remote_addr)
        return follow(jobs, trigger, query, run, result, tick, browser, address)

    @app.callback(output=PICTURES, inputs={"result": Input("result", "data")})
    def show(result):
        return show_result(jobs, result)

    @app.callback(
        Output("prediction", "children"),
        Input("result", "data"),
        Input("user", "value"),
        Input("movie", "value"),
        prevent_initial_call=True,
    )
    def predict_rating(result, user, movie):
        return predict(jobs, result, user, movie)


def find_press(triggered: Iterable[Any]) -> Any:
    """Return what to act on of all that triggered a request: a button before the passing of time.

    Dash makes one request of a press and a poll that waits to be sent.
    """
    triggered = list(triggered)
    presses = (each for each in ("cancel", "train") if each in triggered)
    return next(presses, triggered[0] if triggered else None)


def register_lists(app: Dash) -> None:
    """Register the lists of users and movies, which are searched here."""
    for kind in ("user", "movie"):

        @app.callback(
            Output(kind, "data"),
            Output(kind, "value"),
            Input("result", "data"),
            Input(kind, "searchValue"),
            State(kind, "value"),
            State("ratings-query", "data"),
            prevent_initial_call=True,
        )
        def find_options(result, search, value, query, kind=kind):
            typed = (None, None) if ctx.triggered_id == "result" else (search, value)
            return list_options(kind, result, query, *typed)


def register_client(app: Dash) -> None:
    """Register what the browser does by itself."""
    for name in ("live", "slice", "validation"):
        app.clientside_callback(
            ClientsideFunction("movielens", "themeFigure"),
            Output(name, "figure"),
            Input(f"{name}-figure", "data"),
            Input("scheme-now", "data"),
            State("templates", "data"),
        )
    tick, gone = Output("tick", "data"), Output("gone", "hidden")
    for function, outputs, inputs in (
        (("movielens", "poll"), (tick, gone), (Input("poll", "n_intervals"), State("run", "data"))),
        (("movielens", "watch"), (), (Input("run", "data"),)),
        (("common", "writeLink"), (), (Input("ratings-query", "data"), State("shown", "data"))),
    ):
        call = ClientsideFunction(*function)
        app.clientside_callback(call, *outputs, *inputs, prevent_initial_call=True)
    app.clientside_callback(
        ClientsideFunction("movielens", "identifyBrowser"),
        Output("browser", "data"),
        Input("browser", "id"),
    )
