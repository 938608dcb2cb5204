"""The Maps page: basin maps, and maps of two hyperparameters."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from optviz_app.components.long_work import register_work
from optviz_app.components.optimizer_cards import callbacks as cards
from optviz_app.components.optimizer_cards.state import gather_values
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.pages.maps import downloads
from optviz_app.pages.maps.layout import ROLE, WORK, layout
from optviz_app.pages.maps.respond import answer, find_pressed, open_point, show_map

__all__ = ["layout", "register"]

PARAMETERS = {"role": ROLE, "name": ALL, "log": ALL}
FIELDS = ("formula", "steps", "noise", "seed", "size", "repeats", "start-x")
"""The fields beside which it is said that they are wrong."""
NUMBERS = ("steps", "noise", "seed", "size", "repeats", "show", "chart", "formula")
ENDS = ("", "-low", "-high")
CONTROLS: dict[str, Any] = {
    **{name: Input(f"maps-{name}", "value") for name in NUMBERS},
    "choice": Input("maps-surface", "value"),
    "parameters": Input(PARAMETERS, "value"),
    "start": (Input("maps-start-x", "value"), Input("maps-start-y", "value")),
    "across": tuple(Input(f"maps-across{end}", "value") for end in ENDS),
    "up": tuple(Input(f"maps-up{end}", "value") for end in ENDS),
    "cards": cards.list_inputs("maps"),
    "add": Input("maps-add", "n_clicks"),
    "query": State("maps-query", "data"),
}
SETTINGS: dict[str, Any] = {
    "query": Output("maps-query", "data"),
    "chart": Output("maps-chart", "value"),
    "formula_hidden": Output("maps-formula-box", "hidden"),
    "parameters": Output("maps-parameters", "children"),
    "start": (Output("maps-start-x", "value"), Output("maps-start-y", "value")),
    "axes": Output("maps-axes", "children"),
    "opener": Output("maps-opener", "children"),
    "note": Output("maps-note", "children"),
    "hidden": (Output("maps-basin-fields", "hidden"), Output("maps-sweep-fields", "hidden")),
    "cards": Output("maps-cards", "children"),
    "errors": [Output(f"maps-{name}", "error") for name in FIELDS],
    "said": Output("maps-page-said", "children"),
    "parameter_said": Output("maps-parameters-said", "children"),
    "axis_errors": [Output(f"maps-{name}-low", "error") for name in ("across", "up")],
    "card_errors": cards.list_outputs("maps"),
}
PICTURES: dict[str, Any] = {
    "figure": Output("maps-figure", "data"),
    "style": Output("maps-map-box", "style"),
    "table": Output("maps-table", "children"),
    "coarse": Output("maps-coarse", "children"),
    "no_coarse": Output("maps-coarse", "hidden"),
    "no_map": Output("maps-part", "hidden"),
    "empty": Output("maps-empty", "children"),
    "filled": Output("maps-empty", "hidden"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page."""
    jobs = find_jobs(app)
    cards.register_cards(app, "maps")
    register_work(app, WORK, "maps")
    downloads.register(app)

    @app.callback(output=SETTINGS, inputs=CONTROLS, prevent_initial_call=True)
    def read_controls(query, **values):
        grouped: Any = ctx.args_grouping
        groups: Any = ctx.outputs_grouping
        names = [each["id"]["name"] for each in grouped["parameters"]]
        values["parameters"] = tuple(zip(names, values["parameters"], strict=True))
        values["cards"] = gather_values(grouped["cards"]["values"])
        return answer(query, values, cards.find_touched(), groups["card_errors"])

    @app.callback(
        output=PICTURES, inputs={"asked": Input("maps-asked", "data")}, prevent_initial_call=True
    )
    def show(asked):
        return show_map(jobs, asked)

    @app.callback(
        Output("maps-opened", "data"),
        Output("maps-open-said", "children"),
        Input("maps-map", "clickData"),
        Input("maps-open", "n_clicks"),
        State("maps-open-x", "value"),
        State("maps-open-y", "value"),
        State("maps-query", "data"),
        prevent_initial_call=True,
    )
    def open_run(clicked, presses, x, y, query):
        place = find_pressed(clicked) if ctx.triggered_id == "maps-map" else (x, y)
        if place is None or not (ctx.triggered_id == "maps-map" or presses):
            return no_update, no_update
        return open_point(query, *place)

    app.clientside_callback(
        ClientsideFunction("common", "themeFigure"),
        Output("maps-map", "figure"),
        Input("maps-figure", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("common", "openSurfaces"),
        Input("maps-opened", "data"),
        prevent_initial_call=True,
    )
