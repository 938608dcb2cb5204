"""The Workbook page: the eight tabs of the spreadsheet, row by row."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from optviz_app.pages.workbook import downloads
from optviz_app.pages.workbook.layout import layout
from optviz_app.pages.workbook.panels import row_panels
from optviz_app.pages.workbook.respond import ERRORS, answer

__all__ = ["layout", "register"]

OUTPUTS: dict[str, Any] = {
    "query": Output("workbook-query", "data"),
    "seen": Output("workbook-seen", "data"),
    "values": [Output(f"workbook-{name}", "value") for name in ERRORS],
    "errors": [Output(f"workbook-{name}", "error") for name in ERRORS],
    "hidden": [Output(f"workbook-{name}-box", "hidden") for name in ("beta1", "beta2")],
    "said": Output("workbook-said", "children"),
    "file": Output("workbook-file", "href"),
    **{name: Output(f"workbook-{name}", "children") for name in ("about", "slips", "readout")},
    **{name: Output(f"workbook-{name}", "data") for name in ("sheet", "bowl", "picture", "now")},
}
INPUTS: dict[str, Any] = {
    "tab": Input("workbook-tab", "value"),
    "shipped": Input("workbook-shipped", "checked"),
    **{name: Input(f"workbook-{name}", "value") for name in ERRORS},
    "pressed": Input("workbook-pressed", "data"),
    "query": State("workbook-query", "data"),
    "seen": State("workbook-seen", "data"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page, and its files."""

    @app.callback(output=OUTPUTS, inputs=INPUTS)
    def respond(query, seen, **controls):
        return answer(query, seen, controls)

    @app.callback(
        Output("workbook-chain", "children"),
        Output("workbook-microscope", "children"),
        Output("workbook-numbers", "data"),
        Input("workbook-asked", "data"),
        prevent_initial_call=True,
    )
    def explain_row(asked):
        return row_panels(**asked) if asked else (no_update,) * 3

    app.clientside_callback(
        ClientsideFunction("workbook", "drawLesson"),
        Output("workbook-drawn", "data"),
        Input("workbook-sheet", "data"),
        Input("workbook-bowl", "data"),
        Input("workbook-picture", "data"),
        Input("workbook-now", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
    stop, fill = (ClientsideFunction("workbook", name) for name in ("stopPlaying", "fillRow"))
    app.clientside_callback(stop, Input("workbook-said", "children"))
    app.clientside_callback(fill, Input("workbook-numbers", "data"))
    downloads.register(app)
