"""The learning rate at every step: what a run used, and what a schedule would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.schedules import Schedule, spanning
from optviz.views.colors import DASHES, styles
from optviz.views.paths import as_list, finite
from optviz.views.theme import GRAY, figure


def schedule(trajectories: Any, *, theme: str = "light") -> go.Figure:
    """The learning rate that each run used at each step, as recorded."""
    runs = as_list(trajectories)
    traces = [
        rate_trace(
            each.step[:-1],
            finite(each.lr),
            each.label,
            {"color": style.color, "dash": style.dash},
        )
        for each, style in zip(runs, styles(runs), strict=True)
    ]
    return rates_figure(traces, "Learning rate", "learning rate", theme)


def schedule_factors(
    schedules: Mapping[str, Schedule | None], steps: int, *, theme: str = "light"
) -> go.Figure:
    """What each schedule multiplies the learning rate by at each of `steps` steps."""
    traces = []
    for place, (name, given) in enumerate(schedules.items()):
        line = {"color": GRAY, "dash": DASHES[place % len(DASHES)]}
        factor = spanning(given, steps)
        factors = finite([factor(step) for step in range(steps)])
        traces.append(rate_trace(np.arange(steps), factors, name, line))
    return rates_figure(traces, "Schedule", "factor of the learning rate", theme)


def rate_trace(step: np.ndarray, rates: np.ndarray, name: str, line: dict[str, Any]) -> go.Scatter:
    """One curve; a rate holds for the whole of its step."""
    return go.Scatter(
        x=step,
        y=rates,
        mode="lines",
        line={"width": 2, "shape": "hv", **line},
        name=name,
        hovertemplate="step %{x}<br>%{y:.5g}<extra>%{fullData.name}</extra>",
    )


def rates_figure(traces: list[go.Scatter], title: str, what: str, theme: str) -> go.Figure:
    """The curves from zero up, or on a log axis where their highest are thirtyfold apart."""
    rates = [np.asarray(trace["y"], dtype=float) for trace in traces]
    tops = [float(np.nanmax(each)) for each in rates if np.isfinite(each).any()]
    log = bool(tops) and max(tops) >= 30 * min(tops) > 0
    axis = {"type": "log", "dtick": 1} if log else {"rangemode": "tozero"}
    return figure(
        traces,
        theme=theme,
        title=title,
        xaxis={"title": {"text": "step"}},
        yaxis={
            "title": {"text": f"{what} (log scale)" if log else what},
            "tickformat": "~g",
            **axis,
        },
        showlegend=True,
        uirevision=title,
    )
