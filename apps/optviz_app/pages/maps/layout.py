"""The Maps page as it opens: controls beside the maps, which are drawn by callbacks."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.maps import MapExperiment, list_numbers
from optviz.problems.surfaces import SURFACES
from optviz.specs import format_value, unwrap_rule
from optviz.views.sweeps import SHOWN
from optviz_app.components import long_work
from optviz_app.components.fields import (
    SCROLLS,
    aria,
    build_opening,
    link_alert,
    number_field,
    section,
    select,
)
from optviz_app.components.figures import build_graph
from optviz_app.components.long_work import Work
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.surface_fields import formula_field, parameter_fields, surface_choice
from optviz_app.components.surface_state import TYPED
from optviz_app.components.take import build_take_menu
from optviz_app.pages.maps.map_task import make_map_request
from optviz_app.pages.maps.state import explain_choice, find_start

WORK = Work("maps", "map", "Drawing the map", "Draw map", make_map_request)
ROLE = "map-parameter"
CHARTS = {"basin": "Starts", "sweep": "Hyperparameters"}
STORES = ("figure", "opened")
NOTES = {
    "basin": "The color of a start is the minimum that its run reaches: strong where it arrives "
    "early, pale where late. Press a point to open its run on Surfaces.",
    "sweep": "Each cell is a run of one optimizer at two of its hyperparameters. Press a cell to "
    "open its run, of the first seed, on Surfaces.",
}


def layout(experiment: MapExperiment, sentences: list[str]) -> Any:
    """Build the page that shows an experiment."""
    stores = [dcc.Store(id=f"maps-{name}") for name in STORES]
    return html.Div(
        [
            html.H1("Maps of optimizers", className="hidden"),
            dcc.Store(id="maps-query", data=experiment.to_query()),
            *stores,
            *long_work.build_stores("maps"),
            link_alert(sentences),
            html.Div([build_controls(experiment), build_pictures(experiment)], className="page"),
        ],
        className="long-work",
    )


def build_controls(experiment: MapExperiment) -> Any:
    """Build the controls."""
    data = [{"value": name, "label": title} for name, title in CHARTS.items()]
    looks: Any = {"size": "sm", "fullWidth": True, **aria("map over")}
    chart = dmc.SegmentedControl(id="maps-chart", data=data, value=experiment.chart, **looks)
    typed = experiment.problem not in SURFACES
    surface = section(
        "Surface",
        surface_choice(TYPED if typed else experiment.problem, "maps-surface"),
        formula_field("maps-formula", experiment.problem),
        html.Div(parameter_fields(experiment.surface(), ROLE), id="maps-parameters"),
        html.Div(id="maps-parameters-said", className="page-said", role="alert"),
    )
    parts = [
        section("Map over", chart),
        html.Div(id="maps-page-said", className="page-said", role="alert"),
        html.Div(build_axes(experiment), id="maps-axes"),
        surface,
        build_runs(experiment),
        cards.panel("maps", list(experiment.rules)),
    ]
    return long_work.build_settings(WORK, *parts)


def build_runs(experiment: MapExperiment) -> Any:
    """Build the fields of the runs."""
    x, y = find_start(experiment)
    shared = [
        number_field("maps-size", "size", experiment.size, "points on each side, at most 201"),
        number_field("maps-steps", "steps", experiment.steps),
        number_field("maps-noise", "gradient noise", experiment.noise, "standard deviation"),
    ]
    basin = number_field("maps-seed", "seed", experiment.seed, "of the noise")
    sweep = [
        number_field("maps-repeats", "seeds", experiment.repeats, "of the noise, at each pair"),
        number_field("maps-start-x", "start x", x),
        number_field("maps-start-y", "start y", y),
    ]
    is_basin = experiment.chart == "basin"
    return section(
        "Runs",
        html.Div(shared, className="fields"),
        html.Div(basin, id="maps-basin-fields", className="fields", hidden=not is_basin),
        html.Div(sweep, id="maps-sweep-fields", className="fields", hidden=is_basin),
    )


def build_axes(experiment: MapExperiment) -> Any:
    """Build the choice of two hyperparameters and their ranges, hidden on a map of starts."""
    is_sweep = experiment.chart == "sweep"
    names, rows = {"": "–"}, []
    ranges: Any = (("", "", ""), ("", "", ""))
    title = "Hyperparameters"
    if is_sweep:
        spec = experiment.list_on()[0]
        names = {name: name for name in list_numbers(spec.rule)}
        ranges = experiment.list_ranges()
        title = f"Hyperparameters of {type(unwrap_rule(spec.rule)).__name__}"
    for side, (name, low, high) in zip(("across", "up"), ranges, strict=True):
        chosen = select(f"maps-{side}", names, name, label=side)
        ends = [
            dmc.TextInput(
                id=f"maps-{side}-{end}",
                value=format_value(value) if is_sweep else "",
                debounce=True,
                size="xs",
                label=word,
                **aria(f"{word} {side}"),
            )
            for end, word, value in (("low", "from", low), ("high", "to", high))
        ]
        rows.append(html.Div([chosen, *ends], className="fields"))
    show = select("maps-show", SHOWN, experiment.show, label="color")
    choice = html.P(explain_choice(experiment), className="note choice")
    return html.Div(section(title, choice, *rows, show), hidden=not is_sweep)


def build_pictures(experiment: MapExperiment) -> Any:
    """Build the status, and the places of the maps, of their table, and of what opens a run."""
    parts = [
        long_work.build_status(WORK, build_take_menu("maps", "maps-map")),
        html.P(NOTES[experiment.chart], id="maps-note", className="note"),
        html.P(id="maps-coarse", className="notice", role="status", hidden=True),
        html.Div(
            [build_opening("Drawing …"), build_graph("maps-map", "map-picture", "the map")],
            id="maps-part",
        ),
        html.Div(id="maps-empty", className="empty", hidden=True),
        html.Div(build_opener(experiment), id="maps-opener"),
        section("Numbers", html.Div(id="maps-table", className="wide", **SCROLLS)),
    ]
    return html.Div(parts, className="pictures")


def build_opener(experiment: MapExperiment) -> Any:
    """Build the fields and the button that open a run by keyboard."""
    if experiment.chart == "basin":
        names, values = ("start x", "start y"), find_start(experiment)
    else:
        ranges = experiment.list_ranges()
        names = tuple(each.name for each in ranges)
        rule = experiment.list_on()[0].rule
        values = tuple(read_number(rule, each.name) for each in ranges)
    fields = [
        number_field(f"maps-open-{side}", name, value)
        for side, name, value in zip("xy", names, values, strict=True)
    ]
    button = dmc.Button("Open this run on Surfaces", id="maps-open", size="xs", variant="default")
    said = html.Div(id="maps-open-said", className="page-said", role="alert")
    return html.Div([html.Div([*fields, button], className="opener"), said])


def read_number(rule: Any, name: str) -> float:
    """Return a number of a rule, or of what is wrapped around it."""
    while name not in getattr(rule, "__dataclass_fields__", {}):
        rule = rule.rule
    return getattr(rule, name)
