"""The MovieLens page: optimizers training a rating model."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State, ctx

from optviz_app.components.optimizer_cards.callbacks import register_rules
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.layout import layout
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import list_options, predict, read_page, show_result

__all__ = ["layout", "register"]


def register(app: Dash) -> None:
    """Register the callbacks of the page."""
    jobs = find_jobs(app)
    register_rules(app, "ratings")
    register_controls(app)
    register_trainings(app, jobs)
    register_pictures(app, jobs)
    register_predictions(app, jobs)
    register_client(app)


def register_controls(app: Dash) -> None:
    """Register the callback from controls to the query."""

    @app.callback(
        output={
            "query": Output("ratings-query", "data"),
            "model_note": Output("model-note", "children"),
            "data_note": Output("data-note", "children"),
            "rules": Output("ratings-rules", "data", allow_duplicate=True),
            "cards": Output("ratings-cards", "children", allow_duplicate=True),
            "errors": [Output(name, "error") for name in ("epochs", "batch", "weights-seed")],
        },
        inputs={
            "data": Input("data", "value"),
            "model": Input("model", "value"),
            "epochs": Input("epochs", "value"),
            "batch": Input("batch", "value"),
            "seed": Input("weights-seed", "value"),
            "rules": Input("ratings-rules", "data"),
            "user": Input("user", "value"),
            "movie": Input("movie", "value"),
            "query": State("ratings-query", "data"),
            "result": State("result", "data"),
        },
        prevent_initial_call=True,
    )
    def read_controls(query, result, **values):
        return read_page(query, result, values)


def register_trainings(app: Dash, jobs: Jobs) -> None:
    """Register the callback from Train, Cancel and the passing of time to status and curves."""

    @app.callback(
        output={
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
        },
        inputs={
            "train": Input("train", "n_clicks"),
            "cancel": Input("cancel", "n_clicks"),
            "tick": Input("tick", "data"),
            "query": Input("ratings-query", "data"),
            "run": State("run", "data"),
            "result": State("result", "data"),
            "browser": State("browser", "data"),
        },
    )
    def follow_training(query, run, result, browser, tick, **_):
        return follow(jobs, ctx.triggered_id, query, run, result, tick, browser)


def register_pictures(app: Dash, jobs: Jobs) -> None:
    """Register the callback from a result to its pictures and table."""

    @app.callback(
        output={
            "hidden": [
                Output(identity, "hidden")
                for identity in ("slice-part", "validation-part", "result-part", "pick")
            ],
            "slice": Output("slice-figure", "data"),
            "slice_hidden": Output("slice-box", "hidden"),
            "words": Output("slice-words", "children"),
            "validation": Output("validation-figure", "data"),
            "results": Output("ratings-results", "children"),
        },
        inputs={"result": Input("result", "data")},
    )
    def show(result):
        return show_result(jobs, result)


def register_predictions(app: Dash, jobs: Jobs) -> None:
    """Register the lists of users and movies, and the predictions for the chosen ones."""
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
            fresh = ctx.triggered_id == "result"
            typed = (None, None) if fresh else (search, value)
            return list_options(kind, result, query, *typed)

    @app.callback(
        Output("prediction", "children"),
        Input("result", "data"),
        Input("user", "value"),
        Input("movie", "value"),
        prevent_initial_call=True,
    )
    def predict_rating(result, user, movie):
        return predict(jobs, result, user, movie)


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
    app.clientside_callback(
        ClientsideFunction("movielens", "poll"),
        Output("tick", "data"),
        Output("gone", "hidden"),
        Input("poll", "n_intervals"),
        State("run", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("movielens", "watch"),
        Input("run", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("common", "writeLink"),
        Input("ratings-query", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("movielens", "identifyBrowser"),
        Output("browser", "data"),
        Input("browser", "id"),
    )
