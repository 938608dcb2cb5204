"""The MovieLens page: optimizers training a rating model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx
from flask import request

from optviz.experiments.ratings import LANDSCAPE
from optviz_app.components.optimizer_cards import callbacks as cards
from optviz_app.components.optimizer_cards.state import gather_values
from optviz_app.jobs.endpoint import find_jobs, parse_address
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.embeddings.callbacks import EMBEDDED, register_embeddings
from optviz_app.pages.movielens.empty_tab import BUTTONS, EMPTY
from optviz_app.pages.movielens.landscape.callbacks import register_landscape
from optviz_app.pages.movielens.layout import layout
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.recommendations.callbacks import register_recommendations
from optviz_app.pages.movielens.respond import list_options, predict, read_page, show_result
from optviz_app.pages.movielens.results import is_model_shown, list_models
from optviz_app.pages.movielens.state import LISTS
from optviz_app.pages.movielens.studies.callbacks import register_studies
from optviz_app.pages.movielens.studies.layout import FIGURES

__all__ = ["layout", "register"]

TYPED = ("epochs", "batch", "weights-seed", "least", "solver-rate")
"""The fields that one types into."""
SETTINGS: dict[str, Any] = {
    "query": Output("ratings-query", "data"),
    "model_note": Output("model-note", "children"),
    "model_error": Output("model", "error"),
    "data_note": Output("data-note", "children"),
    "cards": Output("ratings-cards", "children"),
    "errors": [Output(name, "error") for name in TYPED],
    "rate": Output("solver-rate", "value"),
    "card_errors": cards.list_outputs("ratings"),
}
CONTROLS: dict[str, Any] = {
    **{name: Input(name, "value") for name in ("data", "model", "epochs", "batch")},
    **{
        name: Input(name, "value")
        for name in (*LISTS, "panel", "optimizer", "who", "least", "dims", "spot", "study")
    },
    **{name: Input(name, "value") for name in (*LANDSCAPE, "color", "look")},
    "seed": Input("weights-seed", "value"),
    "rated": Input("rated", "data"),
    "solver": Input("solver", "value"),
    "rate": Input("solver-rate", "value"),
    "cards": cards.list_inputs("ratings"),
    "add": Input("ratings-add", "n_clicks"),
    "query": State("ratings-query", "data"),
    "result": State("result", "data"),
}
TRAIN = ("train", *BUTTONS)
"""The buttons that train."""
TRAINING: dict[str, Any] = {
    "run": Output("run", "data"),
    "said": Output("said", "children"),
    "announced": Output("announced", "children"),
    "progress": Output("progress", "value"),
    "unknown": Output("progress", "animated"),
    "idle": (Output("poll", "disabled"), Output("progress-box", "hidden")),
    "cancel": Output("cancel", "className"),
    "busy": [Output(name, "disabled") for name in TRAIN],
    "train": Output("train", "children"),
    "filled": [Output(name, "hidden") for name in ("empty", *EMPTY)],
    "live": Output("live-figure", "data"),
    "no_curves": Output("live-part", "hidden"),
    "result": Output("result", "data"),
}
PRESSES: dict[str, Any] = {
    "buttons": [Input(name, "n_clicks") for name in TRAIN],
    "cancel": Input("cancel", "n_clicks"),
    "tick": Input("tick", "data"),
    "query": Input("ratings-query", "data"),
    **{name: State(name, "data") for name in ("run", "result", "browser")},
}
PARTS = ("validation-part", "result-part", "pick", "evaluation-part")
PICTURES: dict[str, Any] = {
    "hidden": [Output(name, "hidden") for name in PARTS],
    "validation": Output("validation-figure", "data"),
    "results": Output("ratings-results", "children"),
    "evaluation": Output("evaluation", "children"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page."""
    jobs = find_jobs(app)
    cards.register_cards(app, "ratings")
    register_lists(app)
    register_models(app, jobs)
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

    register_landscape(app, jobs)
    register_embeddings(app, jobs)
    register_recommendations(app, jobs)
    register_studies(app, jobs)

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
    triggered = ["train" if each in TRAIN else each for each in triggered]
    presses = (each for each in ("cancel", "train") if each in triggered)
    return next(presses, triggered[0] if triggered else None)


def register_lists(app: Dash) -> None:
    """Register the lists of users and movies, which are searched here."""
    for kind in LISTS:

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


def register_models(app: Dash, jobs: Jobs) -> None:
    """Register the choice of a trained model."""

    @app.callback(
        Output("optimizer", "data"),
        Output("optimizer-box", "hidden"),
        Input("result", "data"),
        Input("panel", "value"),
        prevent_initial_call=True,
    )
    def offer_models(result, panel):
        return list_models(jobs, result), not is_model_shown(jobs, result, panel)


def register_client(app: Dash) -> None:
    """Register what the browser does by itself."""
    studies = [f"study-{place}" for place in range(FIGURES)]
    for name in ("live", "validation", *EMBEDDED, "path", "narrowing", *studies):
        app.clientside_callback(
            ClientsideFunction("common", "themeFigure"),
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
        ClientsideFunction("common", "identifyBrowser"),
        Output("browser", "data"),
        Input("browser", "id"),
    )
