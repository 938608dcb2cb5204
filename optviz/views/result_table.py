"""The result table of a comparison as a figure."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from optviz.runs.comparison import Comparison
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.scale import spell_number
from optviz.views.drawing.theme import THEMES, make_figure


def table(comparison: Comparison, *, theme: str = "light") -> go.Figure:
    """Draw the results of a comparison, one row an optimizer, marked in its color."""
    rows = comparison.rows()
    heads = list(rows[0])
    cells = [[format_cell(row[head]) for row in rows] for head in heads]
    colors = [style.color for style in choose_styles(comparison.trajectories.values())]
    ink, numbers = THEMES[theme], len(heads) - 2
    look = {"height": 30, "line": {"color": ink.faint}, "fill": {"color": ink.page}}
    look["align"] = ["center", "left", *["right"] * numbers, "left"]
    columns = go.Table(
        columnwidth=[0.4, 3, *[1.5] * numbers, 2.4],
        header={"values": ["", *(f"<b>{each}</b>" for each in heads)], **look},
        cells={
            "values": [["■"] * len(rows), *cells],
            "font": {"color": [colors, *[ink.text] * len(heads)]},
            **look,
        },
    )
    target = f"Results (target loss {comparison.target:.4g})"
    return make_figure([columns], theme=theme, title=target, height=170 + 34 * len(rows))


def format_losses(row: dict[str, Any]) -> str:
    """Return the final loss of a row, and its best one where that is another."""
    final, best = (format_cell(row[name]) for name in ("final loss", "best loss"))
    return final if best == final else f"{final} (best {best})"


def format_cell(value: Any) -> str:
    """Return a value of the table as text; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return spell_number(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
