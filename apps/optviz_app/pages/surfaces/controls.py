"""The control side of the Surfaces page: the surface and its note, fields of the run, forks."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.limits import parse_fork
from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.specs import format_label, format_value
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import SCROLLS, aria, number_field, section
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.surface_fields import formula_field, parameter_fields, surface_choice
from optviz_app.components.surface_state import TYPED
from optviz_app.pages.surfaces import transport
from optviz_app.pages.surfaces.state import find_start, spell_starts


def surface_panel(experiment: Experiment) -> Any:
    """Build the choice of a surface, or the formula field, with its LaTeX and its note."""
    typed = experiment.problem not in SURFACES
    return section(
        "Surface",
        surface_choice(TYPED if typed else experiment.problem),
        formula_field("formula", experiment.problem),
        html.Div(story(experiment), id="story"),
        html.Div(parameter_fields(experiment.surface()), id="parameters"),
    )


def story(experiment: Experiment) -> list[Any]:
    """Build the formula in LaTeX, and a note on the minima of a surface and its source."""
    surface = experiment.surface()
    minima = ", ".join(f"({x:.5g}, {y:.5g})" for x, y in surface.minima)
    is_known = experiment.problem in SURFACES
    lines = [] if is_known else [surface.note]
    if minima:
        lines.append(f"{'Minimum' if len(surface.minima) == 1 else 'Minima'} at {minima}.")
    if surface.source and is_known:
        lines.append(f"Source: {surface.source}.")
    formula = dcc.Markdown(f"$f(x, y) = {surface.latex()}$", mathjax=True)
    return [
        html.Div(formula, className="latex", **SCROLLS | aria("formula")),
        html.P(" ".join(filter(None, lines)), className="note"),
    ]


def run_panel(experiment: Experiment) -> Any:
    """Build the starting points, steps, noise and seed, folded to a line that tells them."""
    x, y = find_start(experiment)
    fields = [
        number_field("start-x", "start x", x),
        number_field("start-y", "start y", y),
        number_field("steps", "steps", experiment.steps),
        number_field("noise", "gradient noise", experiment.noise, "standard deviation"),
        number_field("seed", "seed", experiment.seed, "of the noise"),
        dmc.Button("New noise", id="new-sample", size="xs", variant="default"),
    ]
    told = html.Span(summarize_run(experiment), id="run-summary", className="note")
    title = [dmc.Title("Run", order=2, className="section"), told]
    content = [
        html.Div(fields, className="fields"),
        dmc.TextInput(
            id="also",
            value=spell_starts(experiment.also),
            label="more starting points",
            placeholder="1,2; -1,0",
            debounce=True,
            size="xs",
        ),
        dmc.Text(transport.HINT, size="xs", c="dimmed"),
    ]
    inside = html.Div(content, className="part")
    return html.Details([html.Summary(title), inside], id="run", className="run")


def summarize_run(experiment: Experiment) -> str:
    """Return the values of the run in a line, without what is at its default."""
    x, y = map(format_value, find_start(experiment))
    parts = [f"start ({x}, {y})", f"{experiment.steps:,} steps"]
    if experiment.also:
        count = len(experiment.also)
        parts.insert(1, f"{count} more start{'s' if count > 1 else ''}")
    if experiment.noise:
        parts.append(f"noise {format_value(experiment.noise)}")
    return ", ".join(parts).replace("-", "−")


def fork_cards(experiment: Experiment) -> list[Any]:
    """Build a card for each fork, below the words for where it begins."""
    entries = experiment.entries
    forks = list(map(parse_fork, experiment.forks))
    on = [text for text, entry in zip(experiment.rules, entries, strict=True) if entry.on]
    rules = [fork.rule for fork in forks]
    styles = style_of([text.partition(":")[0] for text in (*on, *rules)])[len(on) :]
    drawn = cards.cards("forks", rules, styles, alone=False)
    out = []
    for fork, card in zip(forks, drawn, strict=True):
        title = f"Fork of {format_label(entries[fork.optimizer - 1])} from step {fork.step}"
        out += [dmc.Title(title, order=3, className="section"), card]
    return out
