"""The callbacks of the Surfaces page: one to the server, the rest in the browser."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from optviz_app.components.optimizer_cards import callbacks as cards
from optviz_app.pages.surfaces import downloads, live, microscope, rates, transport
from optviz_app.pages.surfaces.layout import layout
from optviz_app.pages.surfaces.respond import answer
from optviz_app.pages.surfaces.state import CHOICES, gather_controls

__all__ = ["layout", "register"]

PARAMETERS = {"role": "parameter", "name": ALL, "log": ALL}
FIELDS = {"problem": "formula", "start": "start-x"}
FIELDS |= {name: name for name in ("steps", "noise", "seed", "also")}
"""The fields that may be wrong, and the control beside which that is said."""

RUN = ("start", "steps", "noise", "seed", "also")
"""Those that may be folded away, and open where one of them is wrong."""

OUTPUTS: dict[str, Any] = {
    "query": Output("surfaces-query", "data"),
    "formula_hidden": Output("formula-box", "hidden"),
    "notice": Output("notice", "children"),
    "story": Output("story", "children"),
    "parameters": Output("parameters", "children"),
    "start": (Output("start-x", "value"), Output("start-y", "value")),
    "seed": Output("seed", "value"),
    "also": Output("also", "value"),
    "target": Output("target", "data"),
    "cards": Output("surfaces-cards", "children"),
    "fork_cards": Output("forks-cards", "children"),
    "said": Output("page-said", "children"),
    "spoken": Output("spoken", "data"),
    "errors": [Output(name, "error") for name in FIELDS.values()],
    "parameter_error": Output(PARAMETERS, "error"),
    "card_errors": cards.list_outputs("surfaces"),
    "fork_errors": cards.list_outputs("forks"),
    "race": Output("race", "data"),
    "surface": Output("surface-figure", "data"),
    "landscape": Output("landscape-figure", "data"),
    **{name: Output(f"act-{name}", "data") for name in ("items", "seen", "done")},
}
INPUTS: dict[str, Any] = {
    "cards": {"values": cards.list_controls("surfaces", Input)},
    "forks": {"values": cards.list_controls("forks", Input)},
    "act": Input("act", "data"),
    "choice": Input("surface", "value"),
    **{name: Input(name, "value") for name in ("formula", "steps", "noise", "seed", "also")},
    **{name: Input(name, "value") for name in ("overlays", "against", "curve")},
    "rate_loss": Input("rate-loss", "value"),
    "parameters": Input(PARAMETERS, "value"),
    "start": (Input("start-x", "value"), Input("start-y", "value")),
    "drag": Input("drag-start", "data"),
    "target": Input("target", "data"),
    "height": Input("view-3d", "value"),
    "scales": Input("scales", "value"),
    "axis": Input("loss-axis", "value"),
    "kept": Input("microscope-kept", "data"),
    "explained": State("microscope-run", "value"),
    "items": State("act-items", "data"),
    "seen": State("act-seen", "data"),
    "query": State("surfaces-query", "data"),
    "known": State("known-runs", "data"),
    "spoken": State("spoken", "data"),
}


def register(app: Dash) -> None:
    """Register the callbacks of the page."""

    @app.callback(output=OUTPUTS, inputs=INPUTS)
    def respond(query, known, spoken, **values):
        grouped: Any = ctx.args_grouping
        touched = cards.find_touched()
        out = answer(query, touched, gather_controls(values, grouped, touched), known)
        return place_sentences(out, ctx.outputs_grouping, spoken)

    for owner in ("surfaces", "forks"):
        cards.register_cards(app, owner)
    for part in (transport, downloads, microscope, live, rates):
        part.register(app)
    app.clientside_callback(
        ClientsideFunction("surfaces", "drawRace"),
        Output("known-runs", "data"),
        Input("surface-figure", "data"),
        Input("landscape-figure", "data"),
        Input("race", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
    app.clientside_callback(ClientsideFunction("surfaces", "showDone"), Input("act-done", "data"))
    app.clientside_callback(
        ClientsideFunction("surfaces", "openRun"),
        *[Input(FIELDS[name], "error") for name in RUN],
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("surfaces", "joinWords"),
        Output("view", "data"),
        *[INPUTS[name] for name in ("overlays", *CHOICES)],
    )


def place_sentences(out: dict[str, Any], groups: Any, spoken: Any) -> dict[str, Any]:
    """Return the outputs with each sentence on what is wrong beside its field.

    Where nothing is wrong and nothing was, by `spoken`, the fields are left alone: the browser
    takes a millisecond for each that is written. So are new fields, which have no error yet.
    """
    wrong = out.pop("wrong")
    is_wrong = any(wrong.values())
    said = {
        "said": wrong.get("page", ""),
        "spoken": is_wrong,
        "errors": [wrong.get(name) for name in FIELDS],
        "parameter_error": [wrong.get("parameters")] * len(groups["parameter_error"]),
        "card_errors": cards.place_errors(wrong, groups["card_errors"]),
        "fork_errors": cards.place_errors(wrong.get("forks", {}), groups["fork_errors"]),
    }
    anew = {"card_errors": "cards", "fork_errors": "fork_cards", "parameter_error": "parameters"}
    for errors, redrawn in anew.items():
        if out[redrawn] is not no_update:
            said[errors] = leave(said[errors])
    return out | (
        said if is_wrong or spoken else {name: leave(each) for name, each in said.items()}
    )


def leave(outputs: Any) -> Any:
    """Return as many outputs, each left as it is."""
    return [leave(each) for each in outputs] if isinstance(outputs, list) else no_update
