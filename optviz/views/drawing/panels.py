"""Quantities over the steps as plain data: the line of a run, and plots in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style
from optviz.views.drawing.paths import draw_line

MOST = 4
"""Parameters drawn side by side; a figure of more draws the first ones and says so."""


def draw_over_steps(
    trajectory: Trajectory,
    place: int,
    style: Style,
    step: np.ndarray,
    values: np.ndarray,
    what: str,
) -> dict[str, Any]:
    """Return the line of one quantity of a run over its steps, `what` in its hover text."""
    hover = f"step %{{x}}<br>{what} %{{y:.5g}}<extra>%{{fullData.name}}</extra>"
    line = draw_line(trajectory, style, step, values, 2)
    return line | {"meta": {"run": place}, "hovertemplate": hover}


def name_parameters(trajectory: Trajectory) -> tuple[list[str], str]:
    """Return the names of the parameters that are drawn, and words for a title if not all are."""
    count = trajectory.path.shape[1]
    names = [trajectory.names[i] if trajectory.names else f"p{i}" for i in range(min(count, MOST))]
    return names, f" of the first {MOST} of {count:,} parameters" if count > MOST else ""


def name_axes(row: int, column: int, columns: int) -> dict[str, str]:
    """Return the axes that a trace of a plot is drawn on, rows and columns counted from 0."""
    number = name_number(row * columns + column + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def name_number(number: int) -> str:
    """Return what plotly appends to the name of an axis: nothing, 2, 3, ..."""
    return "" if number == 1 else str(number)


def lay_out_panels(rows: Sequence[dict[str, Any]], heads: Sequence[str]) -> dict[str, Any]:
    """Return the layout of plots over the steps: a row for each y axis, a column for each head.

    Plots of a row share their y axis, and all share the steps, so that zooming one zooms all.
    """
    wide, high = len(heads), len(rows)
    grid = {"rows": high, "columns": wide, "pattern": "independent", "xgap": 0.1, "ygap": 0.12}
    layout: dict[str, Any] = {"grid": grid}
    for row, axis in enumerate(rows):
        for column in range(wide):
            number = name_number(row * wide + column + 1)
            last = row == high - 1
            layout[f"xaxis{number}"] = {
                **({"matches": "x"} if number else {}),
                "showticklabels": last,
                "title": {"text": "step" if last else ""},
            }
            layout[f"yaxis{number}"] = axis | {
                **({"matches": f"y{name_number(row * wide + 1)}"} if column else {}),
                "showticklabels": column == 0,
                "title": axis["title"] if column == 0 else {"text": ""},
            }
    above = {"x": 0.5, "y": 1, "yref": "y domain", "yanchor": "bottom", "showarrow": False}
    notes = [
        above | {"text": text, "xref": f"x{name_number(place)} domain"}
        for place, text in enumerate(heads, 1)
    ]
    return layout | {"annotations": notes, "height": 160 + 180 * high, "showlegend": True}


def build_empty_parts(title: str, words: str) -> dict[str, Any]:
    """Return the data and layout of a picture with nothing to draw, which says why."""
    note = {"text": "<br>".join(wrap(words, 48)), "font": {"size": 14}, "showarrow": False}
    note |= {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    hidden = {"visible": False}
    layout = {"title": {"text": title}, "annotations": [note], "xaxis": hidden, "yaxis": hidden}
    return {"data": [], "layout": layout | {"uirevision": f"no {title}"}}
