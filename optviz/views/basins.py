"""Basin maps: each start in the color of the minimum that it reaches, the sooner the stronger."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.sweeps.basins import DIVERGED, ELSEWHERE, NO_LOSS, WORDS, BasinMap
from optviz.views.drawing.colors import GROUPS
from optviz.views.drawing.theme import GRAY, THEMES, make_figure

SIDE = 360
"""The height of a map in pixels."""
GAP_X, GAP_Y = 0.09, 110
"""Between two maps: a part of the width, and pixels for their titles."""
PALE = 0.72
"""The share of the page's color in that of the latest arrivals."""
REST = {ELSEWHERE: GRAY, DIVERGED: "#343a40"}
"""Ends without a minimum; where there is no loss, the page is seen."""


def basin_figure(
    maps: BasinMap | Sequence[BasinMap], *, columns: int | None = None, theme: str = "light"
) -> go.Figure:
    """Draw basin maps side by side: `columns` of them, by default up to three.

    Each start has the color of the minimum near which its run ends, strong where it arrives soon
    and pale where it arrives late, on a log scale of the steps. Runs that end near no minimum are
    gray, diverged ones dark, and where there is no loss or derivative the page is seen.
    """
    listed = [maps] if isinstance(maps, BasinMap) else list(maps)
    across = columns or (2 if len(listed) == 4 else min(3, max(1, len(listed))))
    rows = ceil(len(listed) / across)
    height = rows * SIDE + (rows - 1) * GAP_Y
    traces: list[Any] = []
    layout: dict[str, Any] = {
        "annotations": [],
        "height": height + 190,
        "margin": {"t": 70, "b": 120},
    }
    width = (1 - (across - 1) * GAP_X) / across
    for place, each in enumerate(listed):
        row, column = divmod(place, across)
        suffix = "" if not place else str(place + 1)
        left, top = column * (width + GAP_X), 1 - row * (SIDE + GAP_Y) / height
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        traces += [paint_map(each, theme) | axes, mark_minima(each) | axes]
        span = (each.x[[0, -1]].tolist(), each.y[[0, -1]].tolist())
        titles = each.names
        layout[f"xaxis{suffix}"] = {
            "domain": [left, min(1.0, left + width)],
            "anchor": axes["yaxis"],
        }
        layout[f"yaxis{suffix}"] = {
            "domain": [max(0.0, top - SIDE / height), top],
            "anchor": axes["xaxis"],
        }
        for name, title, ends in zip("xy", titles, span, strict=True):
            layout[f"{name}axis{suffix}"] |= {
                "title": {"text": title},
                "range": ends,
                "showgrid": False,
            }
        words = f"<b>{each.label}</b><br>{describe_shares(each)}"
        where = {"xref": "paper", "yref": "paper", "x": left, "y": top, "xanchor": "left"}
        note = {"yanchor": "bottom", "align": "left", "text": words, "showarrow": False}
        layout["annotations"].append(where | note)
    traces += make_legend(listed, theme)
    title = f"Where {listed[0].problem} leads from each start" if listed else ""
    return make_figure(traces, theme=theme, title=title, **layout)


def paint_map(basins: BasinMap, theme: str) -> dict[str, Any]:
    """Return the starts of a map as a heat map of one color for each end."""
    count = len(basins.minima)
    kinds = [*range(count), ELSEWHERE, DIVERGED]
    late = np.log1p(np.maximum(basins.arrived, 0)) / np.log1p(basins.steps)
    heights = np.full(basins.end.shape, np.nan)
    for place, kind in enumerate(kinds):
        is_kind = basins.end == kind
        heights[is_kind] = place + (0.98 * (1 - late[is_kind]) if kind >= 0 else 0.5)
    scale = []
    for place, kind in enumerate(kinds):
        strong = GROUPS[kind % len(GROUPS)] if kind >= 0 else REST[kind]
        pale = mix(strong, THEMES[theme].page, PALE) if kind >= 0 else strong
        scale += [[place / len(kinds), pale], [(place + 1 - 1e-9) / len(kinds), strong]]
    scale[-1][0] = 1.0
    return {
        "type": "heatmap",
        "x": basins.x,
        "y": basins.y,
        "z": heights,
        "zmin": 0,
        "zmax": len(kinds),
        "colorscale": scale,
        "showscale": False,
        "text": describe_ends(basins),
        "hovertemplate": f"start ({basins.names[0]} %{{x:.4g}}, {basins.names[1]} %{{y:.4g}})"
        f"<br>%{{text}}<extra>{basins.label}</extra>",
    }


def describe_ends(basins: BasinMap) -> np.ndarray:
    """Return the end of each start in words."""
    words = np.empty(basins.end.shape, object)
    for kind in (*range(len(basins.minima)), *WORDS):
        is_kind = basins.end == kind
        if kind < 0:
            words[is_kind] = WORDS[kind]
            continue
        steps = basins.arrived[is_kind].tolist()
        words[is_kind] = [
            f"minimum {kind + 1} {basins.spell(kind)} after {each} steps" for each in steps
        ]
    return words


def describe_shares(basins: BasinMap) -> str:
    """Return the shares of a map's ends in a line, the largest first."""
    ends = [*range(len(basins.minima)), ELSEWHERE, DIVERGED, NO_LOSS]
    short = {ELSEWHERE: "none", DIVERGED: "diverged", NO_LOSS: "no loss"}
    found = sorted(((basins.share(end), end) for end in ends), key=lambda each: -each[0])
    shown = [(share, short.get(end, f"{end + 1}")) for share, end in found if share > 0]
    more = f", {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(f"{name}: {100 * share:.2g} %" for share, name in shown[:4]) + more


def mark_minima(basins: BasinMap) -> dict[str, Any]:
    """Return the minima of a map as their numbers."""
    return {
        "type": "scatter",
        "x": basins.minima[:, 0],
        "y": basins.minima[:, 1],
        "mode": "markers+text",
        "marker": {"size": 17, "color": "#ffffff", "line": {"color": "#212529", "width": 1.5}},
        "text": [str(place + 1) for place in range(len(basins.minima))],
        "textfont": {"color": "#212529", "size": 11},
        "hovertemplate": "minimum %{text}: (%{x:.5g}, %{y:.5g})<extra></extra>",
        "showlegend": False,
    }


def make_legend(maps: Sequence[BasinMap], theme: str) -> list[dict[str, Any]]:
    """Return an entry of the legend for each minimum, and for each other end that occurs."""
    if not maps:
        return []
    rows = [
        (f"minimum {place + 1} {maps[0].spell(place)}", GROUPS[place % len(GROUPS)])
        for place in range(len(maps[0].minima))
    ]
    colors = REST | {NO_LOSS: THEMES[theme].page}
    rows += [(WORDS[end], colors[end]) for end in WORDS if any(each.share(end) for each in maps)]
    look = {"symbol": "square", "size": 12, "line": {"color": GRAY, "width": 1}}
    return [
        {
            **{"type": "scatter", "x": [None], "y": [None], "mode": "markers"},
            **{"name": name, "marker": look | {"color": color}, "hoverinfo": "skip"},
        }
        for name, color in rows
    ]


def mix(color: str, other: str, share: float) -> str:
    """Return a color with a share of another one."""
    pairs = zip(bytes.fromhex(color[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + share * (b - a)) for a, b in pairs).hex()
