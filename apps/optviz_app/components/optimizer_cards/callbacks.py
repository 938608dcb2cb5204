"""The callbacks of the optimizer cards: values in, sentences beside the fields out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx

from optviz_app.components import source_dialog
from optviz_app.components.optimizer_cards.state import (
    BUTTONS,
    ROLES,
    Values,
    gather_values,
    read_cards,
)

FIELDS = ("hyper", "wd", "setting")
REDRAWING = ("rule", "decay", "schedule", "on", *BUTTONS)
"""The controls after which the cards have other controls, and so after `cycle_momentum`."""


def changes_controls(touched: Sequence[Any]) -> bool:
    """Check that the cards have other controls after these were touched."""
    ids = [each for each in touched if isinstance(each, dict)]
    return any(i["role"] in REDRAWING or i.get("field") == "cycle_momentum" for i in ids)


def match_all(owner: str, role: str) -> dict[str, Any]:
    """Return the pattern that matches one role of all cards of a page."""
    return {"role": role, "owner": owner, "card": ALL, "field": ALL}


def list_controls(owner: str, kind: type[Input] | type[State]) -> list[Any]:
    """Return the values of all cards as inputs or states, for `gather_values`."""
    names = ["checked" if role in ("on", "flag") else "value" for role in ROLES]
    return [kind(match_all(owner, role), name) for role, name in zip(ROLES, names, strict=True)]


def list_inputs(owner: str) -> dict[str, Any]:
    """Return what a callback must listen to, so that it learns of every value and button."""
    buttons = [Input(match_all(owner, role), "n_clicks") for role in BUTTONS]
    return {"values": list_controls(owner, Input), "buttons": buttons}


def list_outputs(owner: str) -> list[Any]:
    """Return where a callback writes what is wrong with a field."""
    return [Output(match_all(owner, role), "error") for role in FIELDS]


def place_errors(wrong: dict[Any, str], groups: list[Any]) -> list[list[Any]]:
    """Return the sentence for each field of `list_outputs`, from the callback's context."""
    places = [[(i["id"]["role"], i["id"]["card"], i["id"]["field"]) for i in g] for g in groups]
    return [[wrong.get(place) for place in group] for group in places]


def register_cards(app: Dash, owner: str) -> None:
    """Let sliders and fields follow each other, cards fold, and their rules be explained."""
    one = {"owner": owner, "card": MATCH, "field": MATCH}
    register_slider(app, {"role": "hyper", **one}, {"role": "slide", **one})
    app.clientside_callback(
        ClientsideFunction("common", "foldCards"),
        Output(match_all(owner, "fold"), "hidden"),
        Output(match_all(owner, "more"), "aria-expanded"),
        Input(match_all(owner, "more"), "n_clicks"),
        State(match_all(owner, "fold"), "hidden"),
    )

    @app.callback(
        output=source_dialog.list_outputs(),
        inputs={
            "clicks": Input(match_all(owner, "source"), "n_clicks"),
            "values": list_controls(owner, State),
        },
        prevent_initial_call=True,
    )
    def explain(clicks, **_):
        values = gather_values(ctx.args_grouping["values"])  # type: ignore[call-overload]
        return explain_card(ctx.triggered_id, any(clicks), values)


def register_slider(app: Dash, field: dict[str, Any], slider: dict[str, Any]) -> None:
    """Let a slider and the field beside it show one value; the field has the exact one."""
    app.clientside_callback(
        ClientsideFunction("common", "followSlider"),
        Output(field, "value"),
        Output(slider, "value"),
        Input(field, "value"),
        Input(slider, "value"),
        State(slider, "min"),
        State(slider, "max"),
        prevent_initial_call=True,
    )


def explain_card(trigger: Any, is_pressed: bool, values: Values) -> Any:
    """Return the dialog on the optimizer whose button was pressed; nothing if none was."""
    if not is_pressed or not isinstance(trigger, dict):
        return source_dialog.NOTHING
    own = [(role, 0, field, value) for role, at, field, value in values if at == trigger["card"]]
    rule = next((value for role, _, _, value in own if role == "rule"), "")
    try:
        return source_dialog.describe_optimizer(read_cards([f"{rule}:"], own)[0][0])
    except ValueError:
        return source_dialog.NOTHING


def find_touched() -> list[Any]:
    """Return the ids of what was touched since the last answer that the page has.

    None as the page opens, or where new controls appear.
    """
    ids = ctx.triggered_prop_ids
    return [ids[each["prop_id"]] for each in ctx.triggered if each["value"] is not None]
