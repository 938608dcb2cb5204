"""The Surfaces page: optimizers racing on a loss surface."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from optviz.experiment import Experiment
from optviz.spelling import spell_value
from optviz_app import cards, figures, surfaces_panels
from optviz_app.parts import link_alert, section
from optviz_app.state import TYPED, read_surface, shown_start

EXPERIMENT = Experiment


def layout(experiment: Experiment, sentences: list[str]) -> Any:
    """The page that shows an experiment."""
    controls = dmc.Stack(
        [
            link_alert(sentences),
            surfaces_panels.surface_panel(experiment),
            surfaces_panels.run_panel(experiment),
            cards.panel("surfaces", list(experiment.rules)),
        ],
        gap="md",
        className="controls",
    )
    pictures = html.Div(
        [
            dcc.Store(id="surfaces-query", data=experiment.to_query()),
            dcc.Store(id="surface-key"),
            dcc.Store(id="surface-figure"),
            dcc.Store(id="race"),
            dcc.Loading(
                dcc.Graph(id="contour", config=CONFIG, className="tall", responsive=True),
                delay_show=500,
                type="dot",
            ),
            surfaces_panels.scrubber(experiment.steps),
            dcc.Graph(id="losses", config=CONFIG, className="low", responsive=True),
            section("Results", html.Div(id="results", className="wide")),
        ],
        className="pictures",
    )
    title = html.H1("Optimizers on a surface", className="hidden")
    return html.Div([title, controls, pictures], className="page")


CONFIG: Any = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}


def read(query: str, controls: dict[str, Any]) -> dict[str, Any]:
    """What the page's callback answers: the new query, errors, and fields to show anew."""
    before = Experiment.from_query(query)[0]
    after, errors = read_surface(before, controls)
    fresh, moved = after.problem != before.problem, after.parameters != before.parameters
    x, y = shown_start(after)
    return {
        "query": after.to_query() if after != before else no_update,
        "formula_hidden": controls["choice"] != TYPED,
        "story": surfaces_panels.story(after) if fresh or moved else no_update,
        "parameters": surfaces_panels.parameter_fields(after) if fresh else no_update,
        "start": (spell_value(x), spell_value(y)) if fresh else (no_update, no_update),
        "errors": [errors.get(name) for name in ("problem", "start", "steps", "noise", "seed")],
        "parameter_error": [errors.get("parameters")] * len(controls["parameters"]),
    }


def register(app: Dash) -> None:
    """The callbacks of the page."""

    @app.callback(
        output={
            "query": Output("surfaces-query", "data"),
            "formula_hidden": Output("formula-box", "hidden"),
            "story": Output("story", "children"),
            "parameters": Output("parameters", "children"),
            "start": (Output("start-x", "value"), Output("start-y", "value")),
            "errors": [
                Output(name, "error") for name in ("formula", "start-x", "steps", "noise", "seed")
            ],
            "parameter_error": Output({"role": "parameter", "name": ALL}, "error"),
        },
        inputs={
            "choice": Input("surface", "value"),
            "formula": Input("formula", "value"),
            "parameters": Input({"role": "parameter", "name": ALL}, "value"),
            "start": (Input("start-x", "value"), Input("start-y", "value")),
            "steps": Input("steps", "value"),
            "noise": Input("noise", "value"),
            "seed": Input("seed", "value"),
            "rules": Input("surfaces-rules", "data"),
            "query": State("surfaces-query", "data"),
        },
        prevent_initial_call=True,
    )
    def read_controls(choice, formula, parameters, query, rules, start, **numbers):
        grouped: Any = ctx.args_grouping
        named = [each["id"]["name"] for each in grouped["parameters"]]
        controls = {
            "choice": choice,
            "problem": formula if choice == TYPED else choice,
            "parameters": tuple(zip(named, parameters, strict=True)),
            "start": start,
            "rules": tuple(rules),
            **numbers,
        }
        return read(query, controls)

    drawing(app)
    client(app)


def drawing(app: Dash) -> None:
    """The query to pictures and table."""

    @app.callback(
        Output("surface-figure", "data"),
        Output("surface-key", "data"),
        Output("race", "data"),
        Output("results", "children"),
        Input("surfaces-query", "data"),
        State("surface-key", "data"),
    )
    def draw(query, key):
        experiment = Experiment.from_query(query)[0]
        now = [experiment.problem, [list(pair) for pair in experiment.parameters]]
        same = key == now
        surface = (
            no_update if same else figures.surface_figure(experiment.problem, experiment.parameters)
        )
        return (
            surface,
            no_update if same else now,
            figures.race(query),
            surfaces_panels.results(query),
        )


def client(app: Dash) -> None:
    """What the browser does by itself."""
    scheme = Input("scheme-now", "data"), State("templates", "data")
    app.clientside_callback(
        ClientsideFunction("optviz", "themed"),
        Output("contour", "figure"),
        Input("surface-figure", "data"),
        Input("race", "data"),
        *scheme,
    )
    app.clientside_callback(
        ClientsideFunction("optviz", "lossFigure"),
        Output("losses", "figure"),
        Input("race", "data"),
        *scheme,
    )
    app.clientside_callback(
        ClientsideFunction("optviz", "fitScrubber"),
        Output("scrub", "max"),
        Output("scrub", "value"),
        Input("race", "data"),
        State("scrub", "value"),
        State("scrub", "max"),
    )
    app.clientside_callback(
        ClientsideFunction("optviz", "scrub"),
        Output("readout", "children"),
        Output({"role": "at-step", "run": ALL}, "children"),
        Input("scrub", "value"),
        Input("results", "children"),
        State("race", "data"),
        State({"role": "at-step", "run": ALL}, "id"),
    )
