"""The Race page: which optimizer, and how sure, at equal budgets."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from optviz.experiments.races import MODES
from optviz_app.components.long_work import register_work
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.pages.races import downloads
from optviz_app.pages.races.layout import WORK, layout
from optviz_app.pages.races.outcome import TITLES
from optviz_app.pages.races.respond import answer, show_race
from optviz_app.pages.races.state import FIELDS

__all__ = ["layout", "register"]

PLACES = {name: name for name in (*FIELDS, "tuning", "mode")} | {"claim": "statement"}
"""The control of each value."""
CONTROLS: dict[str, Any] = {
    **{name: Input(f"races-{place}", "value") for name, place in PLACES.items()},
    "query": State("races-query", "data"),
}
SETTINGS: dict[str, Any] = {
    "query": Output("races-query", "data"),
    "problems": Output("races-problems", "value"),
    "rules": Output("races-rules", "value"),
    "errors": [Output(f"races-{PLACES[name]}", "error") for name in FIELDS],
    "parts": [Output(f"races-{name}-fields", "hidden") for name in MODES],
    "about": Output("races-about", "children"),
}
OUTCOME: dict[str, Any] = {
    **{name: Output(f"races-{name}", "children") for name in ("conclusion", "table", "ranks")},
    "figures": [Output(f"races-{name}-figure", "data") for name in TITLES],
    "heights": [Output(f"races-{name}-box", "style") for name in TITLES],
    "hidden": [Output(f"races-{name}-part", "hidden") for name in TITLES],
    "notice": Output("races-notice", "children"),
    "no_notice": Output("races-notice", "hidden"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page."""
    jobs = find_jobs(app)
    register_work(app, WORK, "races")
    downloads.register(app)

    @app.callback(output=SETTINGS, inputs=CONTROLS, prevent_initial_call=True)
    def read_controls(query, **values):
        return answer(query, values)

    @app.callback(
        output=OUTCOME, inputs={"asked": Input("races-asked", "data")}, prevent_initial_call=True
    )
    def show(asked):
        return show_race(jobs, asked)

    for name in TITLES:
        app.clientside_callback(
            ClientsideFunction("common", "themeFigure"),
            Output(f"races-{name}", "figure"),
            Input(f"races-{name}-figure", "data"),
            Input("scheme-now", "data"),
            State("templates", "data"),
        )
