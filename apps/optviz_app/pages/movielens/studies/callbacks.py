"""The callbacks of the Studies tab."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx
from flask import request

from optviz_app.jobs.endpoint import parse_address
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.studies.layout import FIGURES, FORMATS
from optviz_app.pages.movielens.studies.respond import answer_study_file, follow_study

PLACES = range(FIGURES)
OUTPUTS: dict[str, Any] = {
    "run": Output("study-run", "data"),
    "said": Output("study-said", "children"),
    "announced": Output("study-announced", "children"),
    "progress": Output("study-progress", "value"),
    "unknown": Output("study-progress", "animated"),
    "idle": (Output("study-poll", "disabled"), Output("study-progress-box", "hidden")),
    "cancel": Output("study-cancel", "className"),
    "busy": Output("study-start", "disabled"),
    "question": Output("study-question", "children"),
    "words": Output("study-words", "children"),
    "titles": [Output(f"study-{place}-title", "children") for place in PLACES],
    "figures": [Output(f"study-{place}-figure", "data") for place in PLACES],
    "hidden": [Output(f"study-{place}-part", "hidden") for place in PLACES],
    "table": Output("study-table", "children"),
    "made": Output("study-made", "children"),
    "files": [Output(f"study-{kind}", "href") for kind in FORMATS],
}
INPUTS: dict[str, Any] = {
    "study": Input("study", "value"),
    "presses": [Input("study-start", "n_clicks"), Input("study-cancel", "n_clicks")],
    "tick": Input("study-tick", "data"),
    "run": State("study-run", "data"),
    "browser": State("browser", "data"),
}


def register_studies(app: Dash, jobs: Jobs) -> None:
    """Register the callbacks, and the address of the files."""

    @app.callback(output=OUTPUTS, inputs=INPUTS)
    def follow(study, run, browser, tick, **_):
        triggered = list(ctx.triggered_prop_ids.values())
        buttons = (each for each in ("study-cancel", "study-start") if each in triggered)
        address = parse_address(request.remote_addr)
        return follow_study(jobs, next(buttons, None), study, run, tick, browser, address)

    @app.server.get("/movielens/studies/<name>.<kind>")  # type: ignore[attr-defined]
    def study_file(name, kind):
        return answer_study_file(jobs, name, kind)

    poll = ClientsideFunction("movielens", "pollStudy")
    watch = ClientsideFunction("movielens", "watchStudy")
    app.clientside_callback(
        poll,
        Output("study-tick", "data"),
        Output("study-gone", "hidden"),
        Input("study-poll", "n_intervals"),
        State("study-run", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(watch, Input("study-run", "data"), prevent_initial_call=True)
