"""Singular values of embedding matrices and their gradients, and effective ranks over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.recommenders.embeddings.spectra import Spectra, measure_rank
from optviz.recommenders.embeddings.vectors import SIDES
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.panels import build_empty_parts, lay_out_panels, name_axes
from optviz.views.drawing.theme import build_figure

SMALLEST = 1e-12
"""Singular values below this share of the largest are rounding, and not drawn."""
WHATS = {"weights": "singular value", "grads": "of its gradient"}


def spectra(each: Sequence[Spectra], *, theme: str = "light") -> go.Figure:
    """Draw the singular values at the end of some trainings, on a log axis.

    Below them are those of the gradient there. A straight fall means few directions; a level line
    means that all count alike.
    """
    return build_figure(build_spectra_parts(each), theme)


def build_spectra_parts(each: Sequence[Spectra]) -> dict[str, Any]:
    """Return the data and layout of `spectra`, as plain data without a theme."""
    title = "Singular values at the end"

    def draw(one: Spectra, what: str, side: str) -> tuple[np.ndarray, np.ndarray]:
        values = getattr(one, what)[side][-1]
        floor = SMALLEST * values.max(initial=0.0)
        return np.arange(1, len(values) + 1), np.where(values > floor, values, np.nan)

    hover = "value %{x}: %{y:.4g}"
    scale = {"type": "log", "dtick": "D2", "tickformat": "~g"}
    return draw_panels(list(each), title, draw, hover, scale)


def effective_ranks(each: Sequence[Spectra], *, theme: str = "light") -> go.Figure:
    """Draw the effective rank of each matrix, and of its gradient, over the steps of trainings."""
    return build_figure(build_rank_parts(each), theme)


def build_rank_parts(each: Sequence[Spectra]) -> dict[str, Any]:
    """Return the data and layout of `effective_ranks`, as plain data without a theme."""

    def draw(one: Spectra, what: str, side: str) -> tuple[np.ndarray, np.ndarray]:
        return one.step, np.array([measure_rank(values) for values in getattr(one, what)[side]])

    hover = "step %{x}: effective rank %{y:.1f}"
    return draw_panels(list(each), "Effective rank", draw, hover, {"rangemode": "tozero"})


def draw_panels(
    each: list[Spectra], title: str, draw: Any, hover: str, scale: dict[str, Any]
) -> dict[str, Any]:
    """Return four plots, weights above gradients, movies beside users, a line a training."""
    if not each:
        return build_empty_parts(title, "No trainings to compare.")
    looks = style_of([one.kind for one in each])
    traces = [
        draw_line(one, style, draw(one, what, side), hover, (row, column))
        for one, style in zip(each, looks, strict=True)
        for row, what in enumerate(WHATS)
        for column, side in enumerate(SIDES)
    ]
    is_rank = scale.get("type") != "log"
    words = ("effective rank", "of its gradient") if is_rank else tuple(WHATS.values())
    axes = [scale | {"title": {"text": text}} for text in words]
    layout = lay_out_panels(axes, [f"{side}s" for side in SIDES])
    names = "step" if is_rank else "nth value"
    for number in ("3", "4"):
        layout[f"xaxis{number}"]["title"] = {"text": names}
    # Plots of weights and of gradients share their steps, not their heights.
    layout |= {"title": {"text": title}, "uirevision": title, "height": 620}
    return {"data": traces, "layout": layout | {"margin": {"t": 84}}}


def draw_line(
    one: Spectra,
    style: Style,
    points: tuple[np.ndarray, np.ndarray],
    hover: str,
    place: tuple[int, int],
) -> dict[str, Any]:
    """Return the line of one training in one plot."""
    return name_axes(*place, 2) | {
        "type": "scatter",
        "mode": "lines+markers" if len(points[0]) < 20 else "lines",
        "x": points[0],
        "y": points[1],
        "line": {"color": style.color, "dash": style.dash, "width": 2},
        "marker": {"symbol": style.symbol, "size": 6, "color": style.color},
        "name": one.label,
        "legendgroup": one.label,
        "showlegend": place == (0, 0),
        "hovertemplate": f"{hover}<extra>%{{fullData.name}}</extra>",
    }
