"""The memory of a rule and the effective learning rate, parameter by parameter over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import choose_styles, is_extra_start
from optviz.views.drawing.frames import frame_panel, needs_log_axis, write_exits
from optviz.views.drawing.panels import (
    build_empty_parts,
    draw_over_steps,
    lay_out_panels,
    name_axes,
    name_number,
    name_parameters,
)
from optviz.views.drawing.paths import keep_drawable, keep_finite, list_runs
from optviz.views.drawing.theme import build_figure

WORDS = {
    "grad_avg": "average gradient",
    "sqr_avg": "average square",
    "sqr_sum": "sum of squares",
    "sqr_max": "largest average square",
    "sqr_step_avg": "average squared step",
    "move_avg": "average move",
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
        words = "SGD has no memory to show."
        if any(each.grad is None for each in runs):
            words = "The memory of these runs was not recorded."
        return build_empty_parts("Memory", words)
    names, more = name_parameters(runs[0])
    words = [WORDS.get(each, each) for each in columns]
    is_high = len(columns) > 2  # rows too low for a title along their axis
    layout = {
        "title": {"text": f"Memory{more}" if is_high else f"Memory{more}: {', '.join(words)}"}
        | {"font": {"size": 14}, "x": 0.02, "xref": "container"},  # it fits a phone
        "uirevision": "averages",
        "margin": {"t": 76},
    }
    axes, traces, notes = [], [], []
    for row, column in enumerate(columns):
        values = {
            i: keep_finite(run.state[column]) for i, run in enumerate(runs) if column in run.state
        }
        frame = frame_panel(runs, values)
        axes.append(make_axis("" if is_high else column) | frame.axis)
        notes += write_exits(runs, frame.exits, **name_domain((row + 1) * len(names)))
        traces += draw_row(runs, dict(zip(values, frame.curves, strict=True)), column, names, row)
    panels = lay_out_panels(axes, names)
    if is_high:
        panels["grid"]["ygap"] = 0.35
        heads = [each | {"yshift": 14} for each in panels["annotations"]]
        panels["annotations"] = heads + [
            head_row(each, row * len(names) + 1) for row, each in enumerate(words)
        ]
    panels["annotations"] = [*panels["annotations"], *notes]
    return {"data": traces, "layout": panels | layout}


def head_row(words: str, number: int) -> dict[str, Any]:
    """Return the heading above a row of plots, at the left of its first one."""
    place = name_number(number)
    at = {"x": 0, "xref": f"x{place} domain", "xanchor": "left"}
    at |= {"y": 1, "yref": f"y{place} domain", "yanchor": "bottom"}
    return at | {"text": words, "font": {"size": 11}, "showarrow": False}


def name_domain(number: int) -> dict[str, str]:
    """Return the axes of a plot as the place of a note: shares of its width and height."""
    place = name_number(number)
    return {"xref": f"x{place} domain", "yref": f"y{place} domain"}


def draw_row(
    runs: list[Trajectory], values: dict[int, np.ndarray], column: str, names: list[str], row: int
) -> list[dict[str, Any]]:
    """Return the curves of one column of the runs that keep it, a plot a parameter."""
    traces, styles = [], choose_styles(runs)
    for place, drawn in values.items():
        each, style = runs[place], styles[place]
        first = column == list_columns([each])[0] and not is_extra_start(each)
        for col, name in enumerate(names):
            what = f"{column} {name}"
            trace = draw_over_steps(each, place, style, each.step[1:], drawn[:, col], what)
            trace["showlegend"] = first and col == 0
            traces.append(trace | name_axes(row, col, len(names)))
    return traces


def list_columns(runs: list[Trajectory]) -> list[str]:
    """Return the columns that hold one value a parameter, in the order first met."""
    names = [name for each in runs for name, column in each.state.items() if column.ndim > 1]
    return list(dict.fromkeys(names))


def rates(trajectories: Any, *, theme: str = "light") -> go.Figure:
    """Draw the effective learning rate of each coordinate at each step, one row a coordinate.

    It is |change of the parameter| / |gradient| as recorded; for plain SGD, the learning rate
    itself. A gap where the gradient is 0.
    """
    return build_figure(build_rate_parts(trajectories), theme)


def build_rate_parts(trajectories: Any) -> dict[str, Any]:
    """Return the data and layout of `rates`, as plain data without a theme."""
    runs = list_runs(trajectories)
    if all(each.grad is None for each in runs):
        words = "No gradient was recorded: a thinned record keeps none." if runs else "No runs yet."
        return build_empty_parts("Effective learning rate", words)
    names, more = name_parameters(runs[0])
    ratios = [keep_drawable(measure_rate(each)) for each in runs]
    log = needs_log_axis([ratio.ravel() for ratio in ratios])
    axes, traces, notes, styles = [], [], [], choose_styles(runs)
    for row, name in enumerate(names):
        what = f"|Δ{name}| / |gradient|"
        frame = frame_panel(runs, dict(enumerate(ratio[:, row] for ratio in ratios)), log)
        scale = frame.axis if log or frame.exits else {"rangemode": "tozero"}
        axes.append(make_axis(f"|Δ{name}| / |∂loss/∂{name}|") | scale)
        notes += write_exits(runs, frame.exits, **name_domain(row + 1))
        for place, (each, values) in enumerate(zip(runs, frame.curves, strict=True)):
            if each.grad is None:
                continue
            trace = draw_over_steps(each, place, styles[place], each.step[:-1], values, what)
            trace["showlegend"] = row == 0 and not is_extra_start(each)
            traces.append(trace | name_axes(row, 0, 1))
    panels = lay_out_panels(axes, [""])
    panels["annotations"] = [*panels["annotations"], *notes]
    layout = {
        "title": {"text": f"Effective learning rate{more}: |change| / |gradient|"},
        "uirevision": "effective rates",
    }
    return {"data": traces, "layout": panels | layout}


def measure_rate(trajectory: Trajectory) -> np.ndarray:
    """Return |change of the parameter| / |gradient| of each step; NaN where the gradient is 0.

    Shapes: (rows, n). The gradient is the one recorded: the problem's own, before any decay.
    """
    if trajectory.grad is None:
        return np.full_like(trajectory.update, np.nan)
    with np.errstate(all="ignore"):
        ratio = np.abs(trajectory.update) / np.abs(trajectory.grad)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def make_axis(words: str) -> dict[str, Any]:
    """Return the vertical axis of a row of plots."""
    return {"title": {"text": words}, "tickformat": "~g", "nticks": 5}
