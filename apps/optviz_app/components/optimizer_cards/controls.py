"""What the optimizer cards tell a callback and are told by it: values in, sentences out."""

from __future__ import annotations

from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from optviz_app.components import source_dialog as source
from optviz_app.components.optimizer_cards.layout import cards
from optviz_app.components.optimizer_cards.state import ROLES, Changes, edited, read_cards


def every(owner: str, role: str) -> dict[str, Any]:
    """The pattern that matches one role of all cards of a page."""
    return {"role": role, "owner": owner, "card": ALL, "field": ALL}


PROPERTY = {"on": "checked", "flag": "checked"}
BUTTONS = ("duplicate", "remove")
FIELDS = ("hyper", "wd", "setting")


def inputs(owner: str) -> dict[str, Any]:
    """What a callback must listen to, so that `changes` and `pressed` can tell what happened."""
    return {
        "values": [Input(every(owner, role), PROPERTY.get(role, "value")) for role in ROLES],
        "buttons": [Input(every(owner, role), "n_clicks") for role in BUTTONS],
    }


def outputs(owner: str) -> list[Any]:
    """Where a callback writes what is wrong with a field."""
    return [Output(every(owner, role), "error") for role in FIELDS]


def changes(grouped: dict[str, Any]) -> Changes:
    """The values of `inputs`, from the callback's context."""
    return [
        (each["id"]["role"], each["id"]["card"], each["id"]["field"], each.get("value"))
        for group in grouped["values"]
        for each in group
    ]


def told(wrong: dict[Any, str], groups: list[Any]) -> list[list[Any]]:
    """The sentence for each field of `outputs`, from the callback's context."""
    places = [[(i["id"]["role"], i["id"]["card"], i["id"]["field"]) for i in g] for g in groups]
    return [[wrong.get(place) for place in group] for group in places]


def follow_sliders(app: Dash, owner: str) -> None:
    """Each slider and the field beside it show one value; a card's button folds it."""
    one = {"owner": owner, "card": MATCH, "field": MATCH}
    follow(app, {"role": "hyper", **one}, {"role": "slide", **one})
    app.clientside_callback(
        ClientsideFunction("common", "foldCards"),
        Output(every(owner, "fold"), "hidden"),
        Output(every(owner, "more"), "aria-expanded"),
        Input(every(owner, "more"), "n_clicks"),
        State(every(owner, "fold"), "hidden"),
    )

    @app.callback(
        output=source.outputs(),
        inputs={
            "clicks": Input(every(owner, "source"), "n_clicks"),
            "values": [State(every(owner, role), PROPERTY.get(role, "value")) for role in ROLES],
        },
        prevent_initial_call=True,
    )
    def tell(clicks, **_):
        return how_told(ctx.triggered_id, any(clicks), changes(ctx.args_grouping))  # type: ignore[arg-type]


def follow(app: Dash, field: dict[str, Any], slider: dict[str, Any]) -> None:
    """A slider and the field beside it show one value; the field has the exact one."""
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


def how_told(trigger: Any, pressed: bool, shown: Changes) -> Any:
    """What the dialog tells of the optimizer whose button was pressed; nothing if none was."""
    if not pressed or not isinstance(trigger, dict):
        return source.NOTHING
    own = [(role, 0, field, value) for role, at, field, value in shown if at == trigger["card"]]
    rule = next((value for role, _, _, value in own if role == "rule"), "")
    try:
        return source.optimizer_told(read_cards([f"{rule}:"], own)[0][0])
    except ValueError:
        return source.NOTHING


def register(app: Dash, owner: str) -> None:
    """The callbacks of a page's cards: controls to the store of rules, buttons to cards."""
    follow_sliders(app, owner)

    @app.callback(
        Output(f"{owner}-rules", "data"),
        Output(f"{owner}-cards", "children"),
        *[Output(every(owner, role), "error") for role in FIELDS],
        *[Input(every(owner, role), PROPERTY.get(role, "value")) for role in ROLES],
        *[Input(every(owner, role), "n_clicks") for role in BUTTONS],
        Input(f"{owner}-add", "n_clicks"),
        State(f"{owner}-rules", "data"),
        prevent_initial_call=True,
    )
    def read(*arguments):
        values = [each for group in ctx.inputs_list[: len(ROLES)] for each in group]
        return controls_to_cards(
            owner, arguments[-1], values, ctx.triggered_id, ctx.triggered, ctx.outputs_list[2:]
        )


def controls_to_cards(owner, rules, values, trigger, triggered, error_fields):
    """The answer of the cards' callback: rules, redrawn cards, and an error beside each field."""
    after, errors = read_cards(rules, changes({"values": [values]}))
    role = trigger["role"] if isinstance(trigger, dict) else "add"
    pressed = role in (*BUTTONS, "add") and bool(triggered and triggered[0]["value"])
    if pressed:
        after = edited(after, role, trigger["card"] if isinstance(trigger, dict) else 0)
    redraw = pressed or role in ("rule", "decay", "schedule", "on")
    said = told(errors, error_fields)
    if redraw:  # the fields are new ones
        said = [[no_update] * len(group) for group in said]
    return (
        after if after != rules else no_update,
        cards(owner, after) if redraw else no_update,
        *said,
    )
