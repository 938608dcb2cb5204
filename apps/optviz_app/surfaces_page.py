"""The Surfaces page: optimizers racing on a loss surface."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from optviz.experiment import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.spelling import spell_value
from optviz_app import cards, figures
from optviz_app.parts import aria, link_alert, number_field, section
from optviz_app.state import TYPED, read_surface, shown_start

EXPERIMENT = Experiment
COLUMNS = ("final loss", "best loss", "steps to target", "distance to minimum", "outcome")
DEFAULT_FORMULA = "x**2 + a*y**2 + sin(3*x)"


def layout(experiment: Experiment, sentences: list[str]) -> Any:
    """The page that shows an experiment."""
    controls = dmc.Stack(
        [
            link_alert(sentences),
            surface_panel(experiment),
            run_panel(experiment),
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
            scrubber(experiment.steps),
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


def surface_panel(experiment: Experiment) -> Any:
    """The choice of a surface, or the formula field, with its LaTeX and its story."""
    typed = experiment.problem not in SURFACES
    options = [{"value": name, "label": each.title or name} for name, each in SURFACES.items()]
    return section(
        "Surface",
        dmc.Select(
            id="surface",
            data=[{"value": TYPED, "label": "Type a formula …"}, *options],
            value=TYPED if typed else experiment.problem,
            searchable=True,
            clearSearchOnFocus=True,
            selectFirstOptionOnChange=True,
            maxDropdownHeight=360,
            allowDeselect=False,
            nothingFoundMessage="no such surface",
            **aria("surface"),
        ),
        html.Div(
            dmc.TextInput(
                id="formula",
                value=experiment.problem if typed else DEFAULT_FORMULA,
                debounce=500,
                label="formula in x and y",
                description="such as x**2 + a*y**2; other letters become parameters",
                inputProps={"maxLength": 500, "autoCapitalize": "off"},
                spellCheck=False,
            ),
            id="formula-box",
            hidden=not typed,
        ),
        html.Div(story(experiment), id="story"),
        html.Div(parameter_fields(experiment), id="parameters"),
    )


def story(experiment: Experiment) -> list[Any]:
    """The formula in LaTeX and the teaching line of a surface."""
    surface = experiment.surface()
    minima = [f"({x:.5g}, {y:.5g})" for x, y in surface.minima]
    known = f"Minimum at {minima[0]}." if len(minima) == 1 else f"Minima at {', '.join(minima)}."
    lines = [
        surface.note,
        known if minima else "",
        f"Source: {surface.source}." if surface.source else "",
    ]
    return [
        dcc.Markdown(f"$f(x, y) = {surface.latex()}$", mathjax=True, className="latex"),
        html.P(" ".join(line for line in lines if line), className="note"),
    ]


def parameter_fields(experiment: Experiment) -> list[Any]:
    """A field for each named parameter of the surface."""
    values = experiment.surface().formula.parameters
    return [
        dmc.TextInput(
            id={"role": "parameter", "name": name},
            label=name,
            value=spell_value(value),
            size="xs",
            debounce=400,
            w=92,
        )
        for name, value in values.items()
    ]


def run_panel(experiment: Experiment) -> Any:
    """Start, steps, noise and seed."""
    x, y = shown_start(experiment)
    return section(
        "Run",
        html.Div(
            [
                number_field("start-x", "start x", x),
                number_field("start-y", "start y", y),
                number_field("steps", "steps", experiment.steps),
                number_field("noise", "gradient noise", experiment.noise, "standard deviation"),
                number_field("seed", "seed", experiment.seed, "of the noise"),
            ],
            className="fields",
        ),
        dmc.Text("Click the surface to set the start.", size="xs", c="dimmed"),
    )


def scrubber(steps: int) -> Any:
    """The slider over the steps, with what it stands on."""
    return html.Div(
        [
            html.Span(f"step {steps}", id="readout", className="readout", **aria("polite", "live")),
            dmc.Slider(
                id="scrub",
                min=0,
                max=steps,
                value=steps,
                step=1,
                updatemode="drag",
                label=None,
                thumbLabel="step shown",
                className="grow",
            ),
        ],
        className="scrubber",
    )


def results(query: str) -> Any:
    """The result table; its third column follows the scrubber."""
    if not any(entry.on for entry in Experiment.from_query(query)[0].entries):
        return dmc.Text("Every optimizer is switched off: switch one on.", c="dimmed")
    rows = figures.table_rows(query)
    target = f"steps to loss {figures.performed(query).target:.3g}"
    names = [target if name == "steps to target" else name for name in COLUMNS]
    head = ["optimizer", "loss at the step", *names]
    body = [
        html.Tr(
            [
                html.Th([cards.swatch(row["style"]), row["optimizer"]], scope="row"),
                html.Td(id={"role": "at-step", "run": index}, className="number"),
                *[
                    html.Td(
                        figures.readable(row[name]), className="" if name == "outcome" else "number"
                    )
                    for name in COLUMNS
                ],
            ]
        )
        for index, row in enumerate(rows)
    ]
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(name, scope="col") for name in head])),
            html.Tbody(body),
        ]
    )


def read(query: str, controls: dict[str, Any], trigger: Any) -> dict[str, Any]:
    """What the page's callback answers: the new query, errors, and fields to show anew."""
    before = Experiment.from_query(query)[0]
    after, errors = read_surface(before, controls)
    fresh = after.problem != before.problem
    x, y = shown_start(after)
    return {
        "query": after.to_query() if after != before else no_update,
        "formula_hidden": controls["choice"] != TYPED,
        "story": story(after) if fresh or trigger == "parameters" else no_update,
        "parameters": parameter_fields(after) if fresh else no_update,
        "start": (spell_value(x), spell_value(y)) if fresh else (no_update, no_update),
        "errors": [errors.get(name) for name in ("problem", "start", "steps", "noise", "seed")],
        "parameter_error": errors.get("parameters"),
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
        answer = read(query, controls, ctx.triggered_id)
        error = answer["parameter_error"]
        answer["parameter_error"] = [error] * len(named)
        return answer

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
        return surface, no_update if same else now, figures.race(query), results(query)

    client(app)


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
