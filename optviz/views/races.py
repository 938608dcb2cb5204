"""The outcome of a race: tuned losses with their intervals, workload by workload."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.specs import unwrap_rule
from optviz.sweeps.races import Race
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.scale import spell_number
from optviz.views.drawing.theme import make_figure

ROW = 26
"""The height of a rule's line in pixels."""


def race_figure(race: Race, *, theme: str = "light") -> go.Figure:
    """Draw the tuned loss of each rule on each workload, with its interval of 95 %.

    The losses are on a log scale, over the best median of the workload: 1 is the best. An end of an
    interval beyond what is drawn stands at the edge: there are runs that diverged.
    """
    kinds = [type(unwrap_rule(each.rule)).__name__.lower() for each in race.contestants]
    styles, count = style_of(kinds), len(race.contestants)
    traces: list[Any] = []
    names = [each.title for each in race.workloads]
    levels = [find_level(scores) for scores in race.scores]
    most = find_most(race, levels)
    for place, (rival, style) in enumerate(zip(race.contestants, styles, strict=True)):
        scores = [row[place] for row in race.scores]
        rows = [row + 0.7 * (place + 0.5) / count - 0.35 for row in range(len(names))]
        pairs = list(zip(scores, levels, strict=True))
        ratios = [clip(each.loss / level, most) for each, level in pairs]
        lows = [clip(each.interval[0] / level, most) for each, level in pairs]
        highs = [clip(each.interval[1] / level, most) for each, level in pairs]
        words = [
            f"{spell_number(each.loss, 4)} [{spell_number(each.interval[0], 4)}, "
            f"{spell_number(each.interval[1], 4)}]<br>{rival.describe(each.trial)}"
            for each in scores
        ]
        look: dict[str, Any] = {"color": style.color, "size": 9, "symbol": style.symbol}
        reach = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for high, value in zip(highs, ratios, strict=True)],
            "arrayminus": [value - low for low, value in zip(lows, ratios, strict=True)],
            "color": style.color,
        }
        traces.append(
            {
                **{"type": "scatter", "x": ratios, "y": rows, "mode": "markers", "marker": look},
                **{"error_x": reach, "name": rival.label, "text": words},
                "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
            }
        )
    height = 130 + max(60, ROW * count) * len(names)
    axis = {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "range": [len(names) - 0.5, -0.5],
    }
    return make_figure(
        traces,
        theme=theme,
        title=race.conclude(),
        height=height,
        xaxis={
            "type": "log",
            "title": {"text": "loss over the best (log scale)"},
            "exponentformat": "power",
            "dtick": max(1, round(log10(most) / 5)),
        },
        yaxis=axis | {"showgrid": False},
    )


def find_level(scores: Any) -> float:
    """Return the lowest median loss of a workload, above 0; 1 where there is none."""
    values = np.array([each.loss for each in scores])
    values = values[np.isfinite(values) & (values > 0)]
    return float(values.min()) if values.size else 1.0


def find_most(race: Race, levels: list[float]) -> float:
    """Return the largest ratio that is drawn: ten times the largest finite median."""
    found = [
        each.loss / level
        for scores, level in zip(race.scores, levels, strict=True)
        for each in scores
        if np.isfinite(each.loss)
    ]
    return 10 * max([1.0, *found])


def clip(ratio: float, most: float) -> float:
    """Return a ratio within what is drawn."""
    return float(np.clip(np.nan_to_num(ratio, nan=most, posinf=most), 1e-3, most))
