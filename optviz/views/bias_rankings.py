"""The best and the worst biases, with their intervals."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from optviz.recommenders.embeddings.bias_lists import Bias, BiasRanking
from optviz.views.contours import LINE
from optviz.views.drawing.colors import GROUPS
from optviz.views.drawing.theme import GRAY, build_figure
from optviz.views.embedding_maps import shorten

ROW = 24
"""Pixels of a row."""


def bias_lists(ranking: BiasRanking, *, theme: str = "light") -> go.Figure:
    """Draw the highest biases above the lowest, each with its interval and what its ratings ask.

    A row's customdata: published id, training ratings, their mean in stars.
    """
    return build_figure(build_bias_parts(ranking), theme)


def build_bias_parts(ranking: BiasRanking) -> dict[str, Any]:
    """Return the data and layout of `bias_lists`, as plain data without a theme."""
    worst = tuple(reversed(ranking.worst))
    lists = [("highest", ranking.best, GROUPS[0], "circle"), ("lowest", worst, GROUPS[1], "square")]
    lists = [each for each in lists if each[1]]
    traces = [draw_free([row for _, rows, _, _ in lists for row in rows])]
    traces += [draw_list(name, rows, color, symbol) for name, rows, color, symbol in lists]
    rows = [row for _, part, _, _ in lists for row in part]
    lines = wrap(ranking.words(), LINE)
    layout = {
        "title": {
            "text": f"{ranking.side.capitalize()} biases: best and worst",
            **{
                "x": 0.02,
                "xref": "container",
            },  # titles beside the rows leave little to their right
            "subtitle": {"text": "<br>".join(lines), "font": {"size": 12}},
        },
        "margin": {"t": 60 + 17 * len(lines)},
        "height": 200 + 17 * len(lines) + ROW * len(rows),
        "xaxis": {"title": {"text": "bias"}, "zeroline": True}
        | {"zerolinecolor": GRAY, "zerolinewidth": 1},
        "yaxis": {
            "type": "category",
            "tickmode": "array",
            "tickvals": [str(row.id) for row in rows],
            "ticktext": [f"{shorten(row.title)} · {row.count:,}" for row in rows],
            "autorange": "reversed",
            "title": {"text": ""},
        },
        "showlegend": True,
        "uirevision": f"biases {ranking.side}",
    }
    return {"data": traces, "layout": layout}


def draw_list(name: str, rows: tuple[Bias, ...], color: str, symbol: str) -> dict[str, Any]:
    """Return the biases of some rows with their intervals."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [row.bias for row in rows],
        "y": [str(row.id) for row in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row.high - row.bias for row in rows],
            "arrayminus": [row.bias - row.low for row in rows],
            **{"color": color, "thickness": 1.5, "width": 3},
        },
        "marker": {"color": color, "symbol": symbol, "size": 9},
        "text": [row.title for row in rows],
        "customdata": [[row.id, row.count, round(row.mean, 2), row.low, row.high] for row in rows],
        "hovertemplate": "<b>%{text}</b><br>bias %{x:+.3f} (%{customdata[3]:+.2f} to "
        "%{customdata[4]:+.2f})<br>%{customdata[1]:,} training ratings, mean %{customdata[2]} stars"
        "<extra></extra>",
    }


def draw_free(rows: list[Bias]) -> dict[str, Any]:
    """Return hollow marks at the biases that the ratings ask for."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "asked for by its own ratings",
        "x": [row.free for row in rows],
        "y": [str(row.id) for row in rows],
        "marker": {"color": GRAY, "symbol": "diamond-open", "size": 8, "line": {"width": 1.5}},
        "hovertemplate": "its ratings ask for %{x:+.3f}<extra></extra>",
        "legendrank": 1001,
    }
