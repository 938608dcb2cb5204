"""A bench for rules: the size of the steps that each makes of the same gradients, with theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.sweeps.benches import GradientBench
from optviz.sweeps.gradients import GRADIENTS
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.panels import name_axes, name_number
from optviz.views.drawing.scale import lay_powers
from optviz.views.drawing.theme import make_figure

COLUMNS = 3
PANEL = 260
"""The height of a panel in pixels."""
THEORY = {"dash": "dot", "width": 1.8}
"""The look of theory: the color is that of letters, which stands out from the line it lies on."""
SMALL = 1e-12
"""Steps below it are as good as none: a log axis does not reach there."""


def gradient_bench_figure(bench: GradientBench, *, theme: str = "light") -> go.Figure:
    """Draw the size of the steps of each rule, a panel for each kind of gradients.

    The dotted lines are the sizes that theory gives once the averages have settled; SGD's noisy
    steps, which are lr times the gradient, have none. Sizes have a log scale; a step of 0 is left
    out. Axes differ from panel to panel.

    Raises: ValueError: theme must be light or dark, got "blue"
    """
    columns = min(COLUMNS, len(bench.gradients))
    rows = -(-len(bench.gradients) // columns)
    traces: list[Any] = []
    for place, kind in enumerate(bench.gradients):
        axes = name_axes(place // columns, place % columns, columns)
        for row, style in enumerate(style_of(bench.kinds)):
            line = draw_steps(bench, row, place, style) | axes
            traces.append(line | {"showlegend": place == 0})
        if kind != "noisy":
            traces += [draw_theory(bench, row, place) | axes for row in range(len(bench.labels))]
    if any(len(each["x"]) for each in traces if each["line"] is THEORY):
        key = {"x": [None], "y": [None], "mode": "lines", "name": "theory, once settled"}
        traces.append({"type": "scatter", "line": THEORY} | key)
    made = bench.settings
    return make_figure(
        traces,
        theme=theme,
        title=f"Steps made of the same gradients, of size {made.size:g}",
        height=150 + PANEL * rows,
        showlegend=True,
        margin={"t": 84},
        **lay_out(bench, columns, rows),
    )


def draw_steps(bench: GradientBench, row: int, place: int, style: Style) -> dict[str, Any]:
    """Return the line of a rule's steps."""
    label, is_sparse = bench.labels[row], bench.gradients[place] == "sparse"
    # Lines that lie on each other are all seen: those drawn first are wider.
    width = 1.6 + 0.5 * (len(bench.labels) - 1 - row)
    look = {"color": style.color, "width": 1.2 if bench.gradients[place] == "noisy" else width}
    return {
        "type": "scatter",
        "mode": "lines+markers" if is_sparse else "lines",
        "x": np.arange(1, bench.settings.steps + 1),
        "y": drop_none(np.abs(bench.steps[row, place])),
        "line": look,
        "marker": {"color": style.color, "size": 4},
        "connectgaps": True,
        "name": label,
        "legendgroup": label,
        "hovertemplate": "step %{x}<br>size of the step %{y:.4g}<extra>%{fullData.name}</extra>",
    }


def draw_theory(bench: GradientBench, row: int, place: int) -> dict[str, Any]:
    """Return the line of the settled sizes; between sparse gradients it is held."""
    sizes = bench.theory[row, place]
    known = np.flatnonzero(np.isfinite(sizes))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": known + 1,
        "y": drop_none(sizes[known]),
        "line": THEORY,
        "name": f"{bench.labels[row]}, theory",
        "legendgroup": bench.labels[row],
        "showlegend": False,
        "hovertemplate": "step %{x}<br>theory %{y:.4g}<extra>%{fullData.name}</extra>",
    }


def drop_none(sizes: np.ndarray) -> np.ndarray:
    """Return the sizes without those for which a log axis has no place."""
    return np.where(np.isfinite(sizes) & (sizes > SMALL), sizes, np.nan)


def lay_out(bench: GradientBench, columns: int, rows: int) -> dict[str, Any]:
    """Return the axes of the panels, and their heads."""
    layout: dict[str, Any] = {
        "grid": {
            **{"rows": rows, "columns": columns, "pattern": "independent"},
            **{"xgap": 0.16, "ygap": 0.34},
        }
    }
    notes, count = [], len(bench.gradients)
    for place, kind in enumerate(bench.gradients):
        number = name_number(place + 1)
        is_last = place + columns >= count
        layout[f"xaxis{number}"] = {
            "title": {"text": "step" if is_last else ""},
            "range": [1, bench.settings.steps],
            **({"matches": "x"} if number else {}),
        }
        is_first = place % columns == 0
        layout[f"yaxis{number}"] = {
            **find_scale(bench, place),
            "title": {"text": "size of the step (log scale)" if is_first else ""},
        }
        notes.append(
            {
                **{"text": f"<b>{kind}</b><br>{GRADIENTS[kind]}", "showarrow": False},
                **{"x": 0, "xref": f"x{number} domain", "xanchor": "left"},
                **{"y": 1, "yref": f"y{number} domain", "yanchor": "bottom"},
                **{"font": {"size": 12}, "align": "left"},
            }
        )
    return layout | {"annotations": notes}


def find_scale(bench: GradientBench, place: int) -> dict[str, Any]:
    """Return a log axis around all steps and their theory, with ticks at powers of ten."""
    both = np.concatenate([np.abs(bench.steps[:, place]), bench.theory[:, place]]).ravel()
    powers = np.log10(both[np.isfinite(both) & (both > SMALL)])
    low, high = (powers.min(), powers.max()) if powers.size else (-3.0, 0.0)
    return lay_powers(low, high)
