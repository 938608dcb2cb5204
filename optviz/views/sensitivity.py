"""What the learning rate of a rule matters: the final loss of every trial of a race."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.specs import unwrap_rule
from optviz.sweeps.races import Race
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.scale import lay_powers
from optviz.views.drawing.theme import make_figure

MOST = 6
"""Workloads that are drawn at most, the first of the race."""
ROW, GAP = 260, 110
"""The height of a panel and of what stands between two, in pixels."""


def sensitivity_figure(race: Race, *, columns: int = 3, theme: str = "light") -> go.Figure:
    """Draw the median of the final loss of each trial against its learning rate.

    A panel a workload, at most six. The other numbers of a rule differ from trial to trial too. The
    losses have a log scale where all are positive. Trials that diverged, or ended far above those
    with the least learning rates, stand at the upper edge.
    """
    titles = [each.title for each in race.workloads][:MOST]
    across = max(1, min(columns, len(titles)))
    height = ceil(len(titles) / across) * (ROW + GAP) - GAP
    styles = style_of([type(unwrap_rule(each.rule)).__name__.lower() for each in race.contestants])
    rows, traces = race.trial_rows(), []
    layout: dict[str, Any] = {"annotations": [], "height": height + 170}
    layout["margin"] = {"t": 70, "b": 100}
    for place, title in enumerate(titles):
        suffix = "" if not place else str(place + 1)
        own = [each for each in rows if each["workload"] == title and "lr" in each]
        edge = find_edge(own)
        for label, style in zip(race.labels, styles, strict=True):
            mine = [each for each in own if each["rule"] == label]
            losses = np.array([each["median loss"] for each in mine])
            look = {"color": style.color, "symbol": style.symbol, "size": 8, "opacity": 0.85}
            traces.append(
                {
                    **{"type": "scatter", "mode": "markers", "marker": look, "name": label},
                    "x": [each["lr"] for each in mine],
                    "y": np.minimum(losses, edge),
                    "text": [f"{loss:.4g}" if loss <= edge else "diverged" for loss in losses],
                    **{"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legendgroup": label},
                    "showlegend": not place,
                    "hovertemplate": "lr %{x:.3g}: loss %{text}<extra>%{fullData.name}</extra>",
                }
            )
        is_log = bool(own) and min(each["median loss"] for each in own) > 0
        losses = [min(each["median loss"], edge) for each in own]
        scale = lay_powers(*np.log10([min(losses), max(losses)])) if is_log else {}
        layout |= place_panel(place, suffix, across, height, scale)
        layout["annotations"].append(name_panel(suffix, title))
    title = "Final loss of every trial against its learning rate"
    return make_figure(traces, theme=theme, title=title, **layout)


def find_edge(rows: list[dict[str, Any]]) -> float:
    """Return the largest loss that is drawn: ten times that of trials with the least lr.

    With the least learning rate of a slider a rule hardly moves: it ends about where it began.
    """
    ordered = sorted(rows, key=lambda each: each["lr"])
    least = [each["median loss"] for each in ordered[: max(1, len(ordered) // 10)]]
    finite = [abs(each) for each in least if np.isfinite(each)]
    return 10 * max(finite, default=0.1)


def place_panel(
    place: int, suffix: str, across: int, height: int, scale: dict[str, Any]
) -> dict[str, Any]:
    """Return the axes of a panel, the scale of its losses given where it is a log scale."""
    row, column = divmod(place, across)
    width = (1 - 0.09 * (across - 1)) / across
    left, top = column * (width + 0.09), 1 - row * (ROW + GAP) / height
    ends = [max(0.0, top - ROW / height), top]
    y_title = {"text": "loss (log scale)" if scale else "loss"}
    return {
        f"xaxis{suffix}": {
            **{"domain": [left, min(1.0, left + width)], "anchor": f"y{suffix}", "type": "log"},
            **{"exponentformat": "power", "dtick": 2},
            "title": {"text": "lr (log scale)"},
        },
        f"yaxis{suffix}": {
            **{"domain": ends, "anchor": f"x{suffix}", **scale},
            **({"title": y_title} if not column else {}),
        },
    }


def name_panel(suffix: str, title: str) -> dict[str, Any]:
    """Return the title of a panel, above it."""
    where = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain", "x": 0, "y": 1}
    look = {"xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return where | look | {"text": f"<b>{title}</b>"}
