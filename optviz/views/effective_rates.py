"""The effective learning rate of each coordinate: its change divided by its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import choose_styles, is_extra_start
from optviz.views.drawing.panels import (
    build_empty_parts,
    draw_over_steps,
    lay_out_panels,
    name_axes,
    name_parameters,
)
from optviz.views.drawing.paths import keep_drawable, list_runs
from optviz.views.drawing.theme import build_figure
from optviz.views.loss_curves import needs_log_axis


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
    traces = []
    rows = zip(runs, ratios, choose_styles(runs), strict=True)
    for place, (each, ratio, style) in enumerate(rows):
        for row, name in enumerate(names if each.grad is not None else []):
            what = f"|Δ{name}| / |gradient|"
            trace = draw_over_steps(each, place, style, each.step[:-1], ratio[:, row], what)
            trace["showlegend"] = row == 0 and not is_extra_start(each)
            traces.append(trace | name_axes(row, 0, 1))
    log = needs_log_axis([ratio.ravel() for ratio in ratios])
    axes = [make_axis(name, log) for name in names]
    layout = {
        "title": {"text": f"Effective learning rate{more}: |change| / |gradient|"},
        "uirevision": "effective rates",
    }
    return {"data": traces, "layout": lay_out_panels(axes, [""]) | layout}


def measure_rate(trajectory: Trajectory) -> np.ndarray:
    """Return |change of the parameter| / |gradient| of each step; NaN where the gradient is 0.

    Shapes: (rows, n). The gradient is the one recorded: the problem's own, before any decay.
    """
    if trajectory.grad is None:
        return np.full_like(trajectory.update, np.nan)
    with np.errstate(all="ignore"):
        ratio = np.abs(trajectory.update) / np.abs(trajectory.grad)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def make_axis(name: str, log: bool) -> dict[str, Any]:
    """Return the axis of one coordinate's rate, of the same kind for all coordinates."""
    scale: dict[str, Any] = {"type": "log"} if log else {"rangemode": "tozero"}
    words = f"|Δ{name}| / |∂loss/∂{name}|"
    return {"title": {"text": words}, "tickformat": "~g", "nticks": 5, **scale}
