"""The outcome of a learning-rate finder: the range test above, the trainings that try it below."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.sweeps.rate_search import RateSearch
from optviz.views.drawing.colors import GROUPS, SYMBOLS
from optviz.views.drawing.theme import make_figure

GAP = 0.06
"""Between the two pictures, as a part of the height."""
BAND = "rgba(64,93,248,.22)"


def rate_search_figure(search: RateSearch, *, theme: str = "light") -> go.Figure:
    """Draw a learning-rate search: the smoothed loss of the range test with its band over the seeds
    and the suggestions above, the loss at the end of short trainings below.

    Beyond the dashed line trainings do not survive.
    """
    is_there = np.isfinite(search.smooth).all(axis=0)
    rates, seen = search.rates[is_there], search.smooth[:, is_there]
    low, middle, high = np.percentile(seen, (0, 50, 100), axis=0)
    band = {"line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    line = {"type": "scatter", "mode": "lines", "x": rates}
    traces: list[Any] = [
        line | band | {"y": low},
        line | band | {"y": high, "fill": "tonexty", "fillcolor": BAND},
        line
        | {"y": middle, "name": "range test, smoothed", "line": {"color": GROUPS[0], "width": 2}},
    ]
    for place, (name, each) in enumerate(search.suggested.items(), 1):
        traces.append(mark_suggestion(name, each, rates, middle, place))
    ends = np.where(np.isfinite(search.sweep_losses), search.sweep_losses, np.nan)
    below = {"type": "scatter", "x": search.sweep_rates, "yaxis": "y2"}
    for row in ends:
        dots = {"mode": "markers", "marker": {"color": GROUPS[0], "size": 5, "opacity": 0.5}}
        traces.append(below | dots | {"y": row, "showlegend": False})
    median = np.median(np.where(np.isfinite(ends), ends, np.inf), axis=0)
    median = np.where(np.isfinite(median), median, np.nan)
    look = {"color": GROUPS[1], "width": 2}
    traces.append(below | {"y": median, "name": "short trainings, at the end", "line": look})
    edge = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    edge |= {
        "x0": search.largest,
        "x1": search.largest,
        "line": {"color": "#868e96", "dash": "dash"},
    }
    return make_figure(
        traces,
        theme=theme,
        title=write_title(search),
        height=640,
        shapes=[edge] if search.largest else [],
        xaxis={
            "type": "log",
            "title": {"text": "learning rate lr (log scale)"},
            "anchor": "y2",
            "exponentformat": "power",
        },
        yaxis={
            "title": {"text": "loss of the batch"},
            "domain": [0.5 + GAP / 2, 1],
            "range": find_range(middle),
        },
        yaxis2={"title": {"text": "loss at the end"}, "domain": [0, 0.5 - GAP / 2]},
    )


def write_title(search: RateSearch) -> str:
    """Return the warnings in a line: one as it is, several by what they have in common."""
    names = [name for name, each in search.suggested.items() if each.max() > search.largest]
    if len(names) > 1:
        return f"{', '.join(names)}: above {search.largest:.2g}, the largest rate that survives"
    return search.warnings[0] if search.warnings else f"{search.label}: no suggestion fails"


def find_range(middle: np.ndarray) -> list[float] | None:
    """Return the range of the losses of the test: its end, where it leaves, is cut."""
    if not middle.size:
        return None
    low, most = float(middle.min()), max(float(middle[0]), float(np.percentile(middle, 90)))
    room = 0.15 * (most - low) or 0.1 * abs(most) or 1.0
    return [low - room, most + 2 * room]


def mark_suggestion(
    name: str, suggested: np.ndarray, rates: np.ndarray, middle: np.ndarray, place: int
) -> dict[str, Any]:
    """Return the mark of a suggestion on the range test, with its spread over the seeds."""
    there = suggested[np.isfinite(suggested)]
    at = float(np.median(there)) if there.size else np.nan
    reach = [at - there.min(), there.max() - at] if there.size else [0.0, 0.0]
    color = GROUPS[(place + 1) % len(GROUPS)]
    return {
        "type": "scatter",
        "x": [at],
        "y": [float(np.interp(at, rates, middle)) if there.size else np.nan],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "arrayminus": reach[:1],
            "array": reach[1:],
            "color": color,
        },
        "mode": "markers",
        "marker": {"color": color, "size": 11, "symbol": SYMBOLS[place]},
        "name": name,
        "hovertemplate": f"{name}: lr %{{x:.3g}}<extra></extra>",
    }
