"""The memory of a rule over the steps: one row of plots a column of its state."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, choose_styles, is_extra_start
from optviz.views.drawing.panels import (
    build_empty_parts,
    draw_over_steps,
    lay_out_panels,
    name_axes,
    name_parameters,
)
from optviz.views.drawing.paths import keep_finite, list_runs
from optviz.views.drawing.theme import build_figure
from optviz.views.loss_curves import needs_log_axis

WORDS = {
    "grad_avg": "average gradient",
    "sqr_avg": "average square",
    "sqr_sum": "sum of squares",
    "sqr_step_avg": "average squared step",
}
"""What the title calls a column."""


def state(trajectories: Any, *, theme: str = "light") -> go.Figure:
    """Draw the state of some runs: a row of plots for each column, one plot a parameter.

    A run appears in the rows of the columns that its rule keeps. The plots of a row share one
    scale, so that parameters can be compared.
    """
    return build_figure(build_state_parts(trajectories), theme)


def build_state_parts(trajectories: Any) -> dict[str, Any]:
    """Return the data and layout of `state`, as plain data without a theme."""
    runs = list_runs(trajectories)
    columns = list_columns(runs)
    if not columns:
        words = "SGD has no memory to show, and a thinned record keeps none."
        return build_empty_parts("Memory", words)
    names, more = name_parameters(runs[0])
    styles = choose_styles(runs)
    traces = [
        trace
        for row, column in enumerate(columns)
        for trace in draw_row(runs, styles, column, names, row)
    ]
    layout = {
        "title": {"text": f"Memory{more}: {', '.join(WORDS.get(each, each) for each in columns)}"},
        "uirevision": "averages",
        "margin": {"t": 76},
    }
    axes = [make_axis(runs, column) for column in columns]
    return {"data": traces, "layout": lay_out_panels(axes, names) | layout}


def draw_row(
    runs: list[Trajectory], styles: list[Style], column: str, names: list[str], row: int
) -> list[dict[str, Any]]:
    """Return the curves of one column of the runs that keep it, a plot a parameter."""
    traces = []
    for place, (each, style) in enumerate(zip(runs, styles, strict=True)):
        if column not in each.state:
            continue
        first = column == list_columns([each])[0] and not is_extra_start(each)
        values = keep_finite(each.state[column])
        for col, name in enumerate(names):
            what = f"{column} {name}"
            trace = draw_over_steps(each, place, style, each.step[1:], values[:, col], what)
            trace["showlegend"] = first and col == 0
            traces.append(trace | name_axes(row, col, len(names)))
    return traces


def make_axis(runs: list[Trajectory], column: str) -> dict[str, Any]:
    """Return the axis of one column: on a log scale where the values of all runs span decades."""
    kept = [keep_finite(each.state[column]).ravel() for each in runs if column in each.state]
    scale = "log" if needs_log_axis(kept) else "linear"
    return {"type": scale, "tickformat": "~g", "nticks": 5, "title": {"text": column}}


def list_columns(runs: list[Trajectory]) -> list[str]:
    """Return the columns that hold one value a parameter, in the order first met."""
    names = [name for each in runs for name, column in each.state.items() if column.ndim > 1]
    return list(dict.fromkeys(names))
