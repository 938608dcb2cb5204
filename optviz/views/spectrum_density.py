"""The density of a Hessian's eigenvalues, as counts on a log axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.curvature.estimates import Density
from optviz.landscapes.refusals import list_records
from optviz.views.drawing.colors import GROUPS
from optviz.views.drawing.theme import make_figure

POINTS = 801
WIDTH = 0.005
"""The width that each eigenvalue is spread to, as a share of the range."""
FEWEST = 0.1
"""The lowest count drawn."""


def density_figure(found: Density | Sequence[Density], *, theme: str = "light") -> go.Figure:
    """Draw how many eigenvalues of a Hessian lie near each value, on a log axis.

    A single eigenvalue far out is a hill one high; most lie in the bulk near 0. Negative ones are
    directions in which the loss curves down.
    """
    every = list_records(found, Density, "density_figure draws a Density, or several")
    values = np.concatenate([each.values for each in every] or [np.zeros(1)])
    span = float(np.ptp(values)) or max(1.0, abs(float(values[0])))
    line = np.linspace(values.min() - 0.04 * span, values.max() + 0.04 * span, POINTS)
    traces = [
        draw_counts(each, line, WIDTH * span, GROUPS[place % len(GROUPS)])
        for place, each in enumerate(every)
    ]
    most = max((each.size for each in every), default=1)
    return make_figure(
        traces,
        theme=theme,
        title="Eigenvalues of the Hessian",
        height=400,
        margin={"b": 80},
        showlegend=len(every) > 1,
        xaxis={"title": {"text": "eigenvalue"}, "zeroline": True},
        yaxis={
            "type": "log",
            "range": [np.log10(FEWEST), np.log10(2 * max(most, 1))],
            "dtick": 1,
            "tickformat": "~g",
            "title": {"text": "eigenvalues near it"},
        },
    )


def draw_counts(found: Density, line: np.ndarray, width: float, color: str) -> dict[str, Any]:
    """Return the counts near each value as a line over a shade; a lone eigenvalue peaks at 1."""
    counts = max(found.size, 1) * found.smooth(line, width) * width * np.sqrt(2 * np.pi)
    low = float(found.weights[found.values < -1e-3 * np.abs(found.values).max()].sum())
    name = f"{found.name or 'Hessian'}, {found.size:,} eigenvalues, {low:.0%} of them below 0"
    return {
        **{"type": "scatter", "x": line, "y": np.maximum(counts, FEWEST / 10), "mode": "lines"},
        **{"name": name, "line": {"color": color, "width": 2}, "fill": "tozeroy"},
        "fillcolor": f"rgba({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))}, 0.15)",
        "hovertemplate": "about %{y:.2g} eigenvalues near %{x:.4g}<extra>%{fullData.name}</extra>",
    }
