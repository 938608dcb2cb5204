"""The parts of the Surfaces page: surface and story, fields of the run, scrubber, results."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiment import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.spelling import spell_value
from optviz_app import figures
from optviz_app.parts import aria, number_field, section, swatch
from optviz_app.state import TYPED, shown_start

COLUMNS = ("final loss", "best loss", "steps to target", "distance to minimum", "outcome")
DEFAULT_FORMULA = "x**2 + a*y**2 + sin(3*x)"


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
                html.Th([swatch(row["style"]), row["optimizer"]], scope="row"),
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
