"""The control side of the Surfaces page: surface and story, fields of the run, forks."""

from __future__ import annotations

import math
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.limits import Fork, parse_fork
from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.specs import label_of, spell_value
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import aria, number_field, section
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.optimizer_cards.state import TYPED, shown_start
from optviz_app.pages.surfaces import edits as branches
from optviz_app.pages.surfaces import transport as player

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
                debounce=True,
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
    """A slider and a field for each named parameter of the surface."""
    surface = experiment.surface()
    values = surface.formula.parameters
    return [parameter_row(name, value, surface.parameters[name]) for name, value in values.items()]


def parameter_row(name: str, value: float, known: tuple[float, float, float]) -> Any:
    """One parameter; its slider is on a log scale where its range spans decades."""
    _, low, high = known
    log = low > 0 and high >= 100 * low
    ends = (math.log10(low), math.log10(high)) if log else (low, high)
    at = math.log10(max(value, low)) if log else value
    same = {"name": name, "log": int(log)}
    return html.Div(
        [
            html.Label(name, className="hyper-label"),
            dmc.Slider(
                id={"role": "parameter-slide", **same},
                value=min(max(at, ends[0]), ends[1]),
                min=ends[0],
                max=ends[1],
                step=(ends[1] - ends[0]) / 200,
                updatemode="drag",
                label=None,
                size="xs",
                thumbSize=14,
                thumbLabel=name,
                className="grow",
            ),
            dmc.TextInput(
                id={"role": "parameter", **same},
                value=spell_value(value),
                size="xs",
                debounce=True,
                w=92,
                **aria(f"parameter {name}"),
            ),
        ],
        className="hyper",
    )


def run_panel(experiment: Experiment) -> Any:
    """Starts, steps, noise and seed."""
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
                dmc.Button("New sample", id="new-sample", size="xs", variant="default"),
            ],
            className="fields",
        ),
        dmc.TextInput(
            id="also",
            value=branches.spell_starts(experiment.also),
            label="further starts",
            placeholder="1,2; -1,0",
            debounce=True,
            size="xs",
        ),
        dmc.Text(player.HINT, size="xs", c="dimmed"),
    )


def forks_panel(experiment: Experiment) -> Any:
    """The optimizers that forks go on with."""
    return html.Div(
        html.Div(fork_cards(experiment), id="forks-cards"),
        className="forks",
        role="group",
        **aria("forks"),
    )


def fork_cards(experiment: Experiment) -> list[Any]:
    """A card for each fork, below the words for where it begins."""
    forks = list(map(parse_fork, experiment.forks))
    rules = zip(experiment.rules, experiment.entries, strict=True)
    on = [text for text, entry in rules if entry.on]
    kinds = [text.partition(":")[0] for text in (*on, *(fork.rule for fork in forks))]
    made = cards.cards(
        "forks", [fork.rule for fork in forks], style_of(kinds)[len(on) :], alone=False
    )
    titles = [
        dmc.Title(fork_title(experiment, fork), order=3, className="section") for fork in forks
    ]
    return [part for pair in zip(titles, made, strict=True) for part in pair]


def fork_title(experiment: Experiment, fork: Fork) -> str:
    """Where a fork begins, in words."""
    parent = label_of(experiment.entries[fork.optimizer - 1])
    return f"Fork of {parent} from step {fork.step}"
