"""The learning rate at every step: that of a run, and the factors of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.schedules import Schedule, fit_schedule
from optviz.views.drawing.colors import DASHES, choose_styles
from optviz.views.drawing.panels import draw_over_steps
from optviz.views.drawing.paths import keep_finite, list_runs
from optviz.views.drawing.theme import GRAY, build_figure


def schedule(trajectories: Any, *, theme: str = "light") -> go.Figure:
    """Draw the learning rate that each run used at each step, as recorded."""
    return build_figure(build_schedule_parts(trajectories), theme)


def build_schedule_parts(trajectories: Any) -> dict[str, Any]:
    """Return the data and layout of `schedule`, as plain data without a theme."""
    runs = list_runs(trajectories)
    traces = []
    for place, (each, style) in enumerate(zip(runs, choose_styles(runs), strict=True)):
        trace = draw_over_steps(each, place, style, each.step[:-1], keep_finite(each.lr), "lr")
        traces.append(hold_steps(trace))
    return build_parts(traces, "Learning rate", "learning rate")


def schedule_factors(
    schedules: Mapping[str, Schedule | None], steps: int, *, theme: str = "light"
) -> go.Figure:
    """Draw the factor of the learning rate of each schedule at each of `steps` steps."""
    traces = []
    for place, (name, given) in enumerate(schedules.items()):
        factor = fit_schedule(given, steps)
        factors = keep_finite([factor(step) for step in range(steps)])
        line = {"color": GRAY, "dash": DASHES[place % len(DASHES)], "width": 2}
        trace = {"type": "scatter", "x": np.arange(steps), "y": factors, "mode": "lines"}
        traces.append(hold_steps(trace | {"line": line, "name": name}))
    return build_figure(build_parts(traces, "Schedule", "factor of the learning rate"), theme)


def hold_steps(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a curve whose every value holds for the whole of its step."""
    hover = "step %{x}<br>%{y:.5g}<extra>%{fullData.name}</extra>"
    return trace | {"line": trace["line"] | {"shape": "hv"}, "hovertemplate": hover}


def build_parts(traces: list[dict[str, Any]], title: str, what: str) -> dict[str, Any]:
    """Return the figure from zero up, or on a log axis where the highest are thirtyfold apart."""
    tops = [float(np.nanmax(each["y"])) for each in traces if np.isfinite(each["y"]).any()]
    log = bool(tops) and max(tops) >= 30 * min(tops) > 0
    axis: dict[str, Any] = {"rangemode": "tozero"}
    if log:
        values = np.concatenate([each["y"][each["y"] > 0] for each in traces])
        decades = float(np.log10(values.max()) - np.log10(values.min()))
        axis = {"type": "log", "dtick": max(1, round(decades / 8))}
    words = f"{what} (log scale)" if log else what
    layout = {
        "title": {"text": title},
        "xaxis": {"title": {"text": "step"}},
        "yaxis": {"title": {"text": words}, "tickformat": "~g", **axis},
        "showlegend": True,
        "uirevision": title,
    }
    return {"data": traces, "layout": layout}
