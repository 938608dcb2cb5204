"""Quantities over the steps as plain data: the line of a run, and plots in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, further_start, group_of
from optviz.views.drawing.paths import line_look

GAP = {"x": 0.03, "y": 0.06}
"""Between plots, as a share of all."""


def time_dict(
    trajectory: Trajectory, place: int, style: Style, step: np.ndarray, values: np.ndarray
) -> dict[str, Any]:
    """The line of one quantity of a run over its steps; see `path_dicts`."""
    return {
        "type": "scatter",
        "x": step,
        "y": values,
        "mode": "lines",
        "line": line_look(style, 2),
        "name": trajectory.label,
        "legendgroup": group_of(trajectory),
        "showlegend": not further_start(trajectory),
        "meta": {"run": place},
    }


def axes_of(row: int, column: int, columns: int) -> dict[str, str]:
    """The axes that a trace of a plot is drawn on, rows and columns counted from 0."""
    number = row * columns + column + 1
    return {"xaxis": axis_name("x", number), "yaxis": axis_name("y", number)}


def axis_name(letter: str, number: int) -> str:
    """What plotly calls an axis: x, x2, x3, ..."""
    return letter if number == 1 else f"{letter}{number}"


def panels(rows: Sequence[dict[str, Any]], heads: Sequence[str]) -> dict[str, Any]:
    """The layout of plots over the steps: a row for each y axis given, a column for each head.

    Plots of a row share their y axis, and all share the steps, so that zooming one zooms all.
    """
    layout: dict[str, Any] = {}
    wide, high = len(heads), len(rows)
    for row, axis in enumerate(rows):
        for column in range(wide):
            number = row * wide + column + 1
            x, y = axis_name("x", number), axis_name("y", number)
            last = row == high - 1
            layout[f"xaxis{x[1:]}"] = {
                "anchor": y,
                "domain": part(column, wide, GAP["x"]),
                **({"matches": "x"} if number > 1 else {}),
                "showticklabels": last,
                "title": {"text": "step" if last else ""},
            }
            layout[f"yaxis{y[1:]}"] = axis | {
                "anchor": x,
                "domain": part(high - 1 - row, high, GAP["y"]),
                **({"matches": axis_name("y", row * wide + 1)} if column else {}),
                "showticklabels": column == 0,
                "title": axis["title"] if column == 0 else {"text": ""},
            }
    layout["annotations"] = [head_note(text, place, wide) for place, text in enumerate(heads)]
    return layout


def part(place: int, count: int, gap: float) -> list[float]:
    """The share of the whole, from and to, of one of `count` plots with gaps between them."""
    size = (1 - gap * (count - 1)) / count
    start = place * (size + gap)
    return [start, min(start + size, 1.0)]


def head_note(text: str, place: int, count: int) -> dict[str, Any]:
    """The title of a column, above its uppermost plot."""
    low, high = part(place, count, GAP["x"])
    where = {"x": (low + high) / 2, "y": 1, "xref": "paper", "yref": "paper"}
    return {"text": text, **where, "xanchor": "center", "yanchor": "bottom", "showarrow": False}


def nothing(title: str, words: str) -> dict[str, Any]:
    """The data and layout of a picture with nothing to draw, which says why."""
    where = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    note = {"text": "<br>".join(wrap(words, 48)), "showarrow": False, "font": {"size": 14}, **where}
    hidden = {"visible": False}
    layout = {"title": {"text": title}, "annotations": [note], "xaxis": hidden, "yaxis": hidden}
    return {"data": [], "layout": layout | {"uirevision": f"no {title}"}}
