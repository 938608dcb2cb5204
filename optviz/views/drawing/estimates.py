"""Marks of what was computed on a grid whose other cells are interpolated."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.views.drawing.captions import explain
from optviz.views.drawing.theme import GRAY

DOTS = 4000
"""Computed points of a partly interpolated grid are marked up to this count."""


def mark_estimated(
    losses: go.Contour, estimated: np.ndarray | None, errors: np.ndarray | None
) -> list[dict[str, Any]]:
    """Return dots at the computed cells of a grid that is interpolated elsewhere.

    Hovering an interpolated cell of the losses says so, with the estimated error of its loss.

    Shapes: estimated, errors (l, k), as the losses are
    """
    if estimated is None or not estimated.any():
        return []
    shares = np.full(estimated.shape, np.nan) if errors is None else np.expm1(errors)
    texts = np.full(estimated.shape, "", dtype=object)
    for row, column in zip(*np.nonzero(estimated), strict=True):
        error = shares[row, column]
        within = f", within {error:.1%} by an estimate" if np.isfinite(error) else ""
        texts[row, column] = f"<br>interpolated{within}"
    template = str(losses.hovertemplate).replace("<extra>", "%{text}<extra>")
    losses.update(text=texts, hovertemplate=template)
    rows, columns = np.nonzero(~estimated)
    every = -(-len(rows) // DOTS)
    dots = {"color": GRAY, "size": 2.5, "opacity": 0.7}
    key = explain("dots: computed; between them interpolated", dots | {"size": 5})
    x, y = np.asarray(losses.x), np.asarray(losses.y)
    return [key | {"x": x[columns[::every]], "y": y[rows[::every]], "marker": dots}]
