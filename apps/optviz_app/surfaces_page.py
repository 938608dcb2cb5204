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

from optviz.experiment import Experiment
from optviz_app import (
    card_controls,
    cards,
    player,
    presets,
    surfaces_panels,
    surfaces_pictures,
    take,
)
from optviz_app.parts import link_alert
from optviz_app.surfaces_answers import answer, controls_of

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
    kept |= dict.fromkeys(names)
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
    "query": State("surfaces-query", "data"),
    "known": State("known-runs", "data"),
}


def register(app: Dash) -> None:
    """The callbacks of the page: one to the server, the rest in the browser."""

    @app.callback(output=OUTPUTS, inputs=INPUTS)
    def respond(query, known, **values):
        grouped: Any = ctx.args_grouping
        out = answer(query, touched(), controls_of(values, grouped, touched()), known)
        return with_errors(out, ctx.outputs_grouping)

    for owner in ("surfaces", "forks"):
        card_controls.follow_sliders(app, owner)
    one = {"name": MATCH, "log": MATCH}
    card_controls.follow(app, {"role": "parameter", **one}, {"role": "parameter-slide", **one})
    player.register(app)
    take.register(app)

    client(app)


def touched() -> Any:
    """The id of what was touched; None as the page opens, or where new controls appear."""
    ids = ctx.triggered_prop_ids
    return next((ids[e["prop_id"]] for e in ctx.triggered if e["value"] is not None), None)


def with_errors(out: dict[str, Any], groups: Any) -> dict[str, Any]:
    """The outputs, each sentence on what is wrong beside its field; new fields have none yet."""
    errors = out.pop("wrong")
    for name, cards_of in (("card_errors", "cards"), ("fork_errors", "fork_cards")):
        fresh = out[cards_of] is not no_update
        wrong = errors if name == "card_errors" else errors.get("forks", {})
        said = card_controls.told(wrong, groups[name])
        out[name] = [[no_update] * len(group) if fresh else group for group in said]
    out["errors"] = [errors.get(name) for name in FIELDS]
    out["parameter_error"] = [errors.get("parameters")] * len(groups["parameter_error"])
    return out


def client(app: Dash) -> None:
    """What the browser does by itself."""
    app.clientside_callback(
        ClientsideFunction("surfaces", "draw"),
        Output("known-runs", "data"),
        Input("surface-figure", "data"),
        Input("landscape-figure", "data"),
        Input("race", "data"),
        Input("scheme-now", "data"),
        State("templates", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("surfaces", "words"),
        Output("view", "data"),
        *[
            Input(name, "value")
            for name in ("view-3d", "overlays", "loss-axis", "against", "curve")
        ],
    )
