"""The Your model page: a person's own recordings and pictures."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from flask import Response, jsonify, request

from optviz_app.pages.models.files import FileError, store_dropped
from optviz_app.pages.models.layout import FIGURES, build_boxes, layout
from optviz_app.pages.models.respond import answer, show_files
from optviz_app.server.heavy import find_places
from optviz_app.server.security import DROP

__all__ = ["layout", "register"]

LISTS = {"picture": "which", "value": "value", "run": "run"}
"""The lists whose options are those of the files, and their controls."""
CONTROLS: dict[str, Any] = {
    "files": Input("model-files", "value"),
    **{name: Input(f"model-{place}", "value") for name, place in LISTS.items()},
    **{name: Input(f"model-{name}", "value") for name in ("shade", "color", "look")},
}
ANSWER: dict[str, Any] = {
    "query": Output("model-query", "data"),
    "said": Output("model-files-said", "children"),
    "files": Output("model-files", "value"),
    "choices": Output("model-files", "children"),
}
SHOWN: dict[str, Any] = {
    "wrong": Output("model-wrong", "children"),
    "no_empty": Output("model-empty", "hidden"),
    "no_look": Output("model-look-part", "hidden"),
    "table": Output("model-table", "children"),
    "no_table": Output("model-table-part", "hidden"),
    "which": Output("model-which", "data"),
    "which_value": Output("model-which", "value"),
    "no_which": Output("model-which-box", "hidden"),
    "no_looks": Output("model-look-box", "hidden"),
    "no_color": Output("model-color-box", "hidden"),
    "no_shade": Output("model-shade-box", "hidden"),
    "picture": Output("model-picture-figure", "data"),
    "picture_words": Output("model-picture-words", "children"),
    "no_picture": Output("model-picture-part", "hidden"),
    "ends": Output("model-ends", "children"),
    "no_ends": Output("model-ends-part", "hidden"),
    "values": Output("model-value", "data"),
    "value": Output("model-value", "value"),
    "no_values": Output("model-value-box", "hidden"),
    "runs": Output("model-run", "data"),
    "run": Output("model-run", "value"),
    "no_runs": Output("model-run-box", "hidden"),
    "paths": Output("model-paths-figure", "data"),
    "paths_words": Output("model-paths-words", "children"),
    "no_paths": Output("model-paths-part", "hidden"),
    "logged": Output("model-logged-figure", "data"),
    "logged_title": Output("model-logged-title", "children"),
    "no_logged": Output("model-logged-part", "hidden"),
    "moved": Output("model-moved-figure", "data"),
    "moved_title": Output("model-moved-title", "children"),
    "no_moved": Output("model-moved-part", "hidden"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page, and the address that takes its files."""
    server: Any = app.server
    server.add_url_rule(DROP, "model-file", answer_file, methods=["POST"])

    @app.callback(
        output=ANSWER,
        inputs={
            **CONTROLS,
            "dropped": Input("model-dropped", "data"),
            "query": State("model-query", "data"),
        },
        prevent_initial_call=True,
    )
    def read(query, dropped, **controls):
        is_dropped = "model-dropped" in ctx.triggered_prop_ids.values()
        made = answer(query, controls, dropped if is_dropped else None)
        choices = made["choices"]
        return made | {"choices": build_boxes(choices) if choices is not no_update else no_update}

    @app.callback(
        output=SHOWN,
        inputs={"query": Input("model-query", "data"), "scheme": State("scheme-now", "data")},
    )
    def show(query, scheme):
        return show_files(query, "dark" if scheme == "dark" else "light")

    for name in FIGURES:
        app.clientside_callback(
            ClientsideFunction("common", "themeFigure"),
            Output(name, "figure"),
            Input(f"{name}-figure", "data"),
            Input("scheme-now", "data"),
            State("templates", "data"),
        )
    app.clientside_callback(
        ClientsideFunction("models", "prepareDrop"),
        Output("model-drop", "className"),
        Input("model-drop", "id"),
    )
    app.clientside_callback(
        ClientsideFunction("common", "writeLink"),
        Input("model-query", "data"),
        State("shown", "data"),
        prevent_initial_call=True,
    )


def answer_file() -> Response:
    """Keep the file in the request's body, and answer with its name, or why it is refused."""
    try:
        with find_places().take():
            made = store_dropped(request.stream.read, request.args.get("name", "file"))
    except FileError as error:
        return jsonify({"refused": f"{error}."})
    return jsonify({"name": made.name, "title": made.title})
