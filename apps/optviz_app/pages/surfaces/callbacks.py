"""The Surfaces page: optimizers racing on a loss surface."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import (
    ALL,
    MATCH,
    ClientsideFunction,
    Dash,
    Input,
    Output,
    State,
    ctx,
    dcc,
    html,
    no_update,
)

from optviz.experiments.surface import Experiment
from optviz_app.components.fields import link_alert
from optviz_app.components.optimizer_cards import controls as card_controls
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.pages.surfaces import controls as surfaces_panels
from optviz_app.pages.surfaces import downloads as take
from optviz_app.pages.surfaces import layout as surfaces_pictures
from optviz_app.pages.surfaces import microscope as microscope_follow
from optviz_app.pages.surfaces import stories as presets
from optviz_app.pages.surfaces import transport as player
from optviz_app.pages.surfaces.respond import answer, controls_of

EXPERIMENT = Experiment


def layout(experiment: Experiment, sentences: list[str]) -> Any:
    """The page that shows an experiment."""
    controls = dmc.Stack(
        [
            surfaces_panels.surface_panel(experiment),
            surfaces_panels.run_panel(experiment),
            cards.panel("surfaces", list(experiment.rules)),
            surfaces_panels.forks_panel(experiment),
        ],
        gap="md",
        className="controls",
    )
    head = [
        html.H1("Optimizers on a surface", className="hidden"),
        link_alert(sentences),
        presets.told(experiment),
    ]
    pictures = surfaces_pictures.pictures(experiment)
    return html.Div(
        [*stores(experiment), *filter(None, head), html.Div([controls, pictures], className="page")]
    )


def stores(experiment: Experiment) -> list[Any]:
    """What the page keeps in the browser."""
    names = (
        "surface-figure",
        "landscape-figure",
        "race",
        "view",
        "drag-start",
        "known-runs",
        "act",
    )
    kept = {"surfaces-query": experiment.to_query(), "target": experiment.target}
    kept |= dict.fromkeys((*names, "spoken"))
    return [dcc.Store(id=name, data=data) for name, data in kept.items()]


PARAMETERS = {"role": "parameter", "name": ALL, "log": ALL}
FIELDS = {"problem": "formula", "start": "start-x"}
FIELDS |= {name: name for name in ("steps", "noise", "seed", "also")}
"""The fields that may be wrong, and the control beside which that is said."""

OUTPUTS: dict[str, Any] = {
    "query": Output("surfaces-query", "data"),
    "formula_hidden": Output("formula-box", "hidden"),
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
    "card_errors": card_controls.outputs("surfaces"),
    "fork_errors": card_controls.outputs("forks"),
    "race": Output("race", "data"),
    "surface": Output("surface-figure", "data"),
    "landscape": Output("landscape-figure", "data"),
}
INPUTS: dict[str, Any] = {
    "cards": card_controls.inputs("surfaces"),
    "forks": card_controls.inputs("forks"),
    "add": Input("surfaces-add", "n_clicks"),
    "act": Input("act", "data"),
    "sample": Input("new-sample", "n_clicks"),
    "choice": Input("surface", "value"),
    "formula": Input("formula", "value"),
    "parameters": Input(PARAMETERS, "value"),
    "start": (Input("start-x", "value"), Input("start-y", "value")),
    "drag": Input("drag-start", "data"),
    "steps": Input("steps", "value"),
    "noise": Input("noise", "value"),
    "seed": Input("seed", "value"),
    "also": Input("also", "value"),
    "target": Input("target", "data"),
    "height": Input("view-3d", "value"),
    "overlays": Input("overlays", "value"),
    "axis": Input("loss-axis", "value"),
    "against": Input("against", "value"),
    "curve": Input("curve", "value"),
    "kept": Input("microscope-kept", "data"),
    "explained": State("microscope-run", "value"),
    "query": State("surfaces-query", "data"),
    "known": State("known-runs", "data"),
    "spoken": State("spoken", "data"),
}


def register(app: Dash) -> None:
    """The callbacks of the page: one to the server, the rest in the browser."""

    @app.callback(output=OUTPUTS, inputs=INPUTS)
    def respond(query, known, spoken, **values):
        grouped: Any = ctx.args_grouping
        out = answer(query, touched(), controls_of(values, grouped, touched()), known)
        return with_errors(out, ctx.outputs_grouping, spoken)

    for owner in ("surfaces", "forks"):
        card_controls.follow_sliders(app, owner)
    one = {"name": MATCH, "log": MATCH}
    card_controls.follow(app, {"role": "parameter", **one}, {"role": "parameter-slide", **one})
    player.register(app)
    take.register(app)
    microscope_follow.register(app)

    client(app)


def touched() -> Any:
    """The id of what was touched; None as the page opens, or where new controls appear."""
    ids = ctx.triggered_prop_ids
    return next((ids[e["prop_id"]] for e in ctx.triggered if e["value"] is not None), None)


def with_errors(out: dict[str, Any], groups: Any, spoken: Any) -> dict[str, Any]:
    """The outputs, each sentence on what is wrong beside its field; new fields have none yet.

    Where nothing is wrong and nothing was, by `spoken`, the fields are left alone: the browser
    takes a millisecond for each that is written.
    """
    wrong = out.pop("wrong")
    now = any(wrong.values())
    told = {"said": wrong.get("page", ""), "spoken": now, **beside_fields(wrong, groups)}
    for name, cards_of in (("card_errors", "cards"), ("fork_errors", "fork_cards")):
        if out[cards_of] is not no_update:
            told[name] = quiet(told[name])
    return out | (told if now or spoken else {name: quiet(each) for name, each in told.items()})


def beside_fields(wrong: dict[Any, Any], groups: Any) -> dict[str, Any]:
    """The sentence, or None, for each field that may be wrong."""
    return {
        "errors": [wrong.get(name) for name in FIELDS],
        "parameter_error": [wrong.get("parameters")] * len(groups["parameter_error"]),
        "card_errors": card_controls.told(wrong, groups["card_errors"]),
        "fork_errors": card_controls.told(wrong.get("forks", {}), groups["fork_errors"]),
    }


def quiet(outputs: Any) -> Any:
    """As many outputs, each left as it is."""
    return [quiet(each) for each in outputs] if isinstance(outputs, list) else no_update


def client(app: Dash) -> None:
    """What the browser does by itself."""
    app.clientside_callback(
        ClientsideFunction("surfaces", "drawRace"),
        Output("known-runs", "data"),
        Input("surface-figure", "data"),
        Input("landscape-figure", "data"),
        Input("race", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("surfaces", "joinWords"),
        Output("view", "data"),
        *[
            Input(name, "value")
            for name in ("view-3d", "overlays", "loss-axis", "against", "curve")
        ],
    )
