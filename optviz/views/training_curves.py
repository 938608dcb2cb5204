"""The error of trained models on ratings held back, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.paths import finite
from optviz.views.drawing.theme import figure
from optviz.views.loss_curves import add_level


class Curve(NamedTuple):
    """The mean squared errors of one training: after epoch 1, 2, ..."""

    label: str
    kind: str
    """The name of its rule in RULES, which gives the color."""
    valid: Sequence[float]
    train: Sequence[float] = ()


def validation(
    curves: Iterable[Curve], baseline: float | None = None, *, theme: str = "light"
) -> go.Figure:
    """The validation curves of some trainings, the best epoch of each marked.

    Training errors are dotted and thin. `baseline` is the error of the bias-only model on the
    same split: a model that stays above it has learned nothing about taste.
    """
    trainings = list(curves)
    traces: list[go.Scatter] = []
    for curve, style in zip(trainings, style_of([c.kind for c in trainings]), strict=True):
        traces.append(error_trace(curve, style))
        if len(curve.train):
            traces.append(train_trace(curve, style))
        if np.isfinite(finite(curve.valid)).any():
            traces.append(best_trace(curve, style))
    picture = figure(
        traces,
        theme=theme,
        title="Validation",
        xaxis={"title": {"text": "epoch"}, "tickformat": "d", "rangemode": "tozero"},
        yaxis={"title": {"text": "mean squared error (stars²)"}},
        showlegend=True,
        uirevision="validation",
    )
    if baseline is not None:
        add_level(picture, baseline, f"bias only {baseline:.3f}")
    return picture


def error_trace(curve: Curve, style: Style) -> go.Scatter:
    """The validation errors of one training."""
    return go.Scatter(
        x=np.arange(1, len(curve.valid) + 1),
        y=finite(curve.valid),
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        marker={"color": style.color, "symbol": style.symbol, "size": 6},
        name=curve.label,
        legendgroup=curve.label,
        hovertemplate="epoch %{x}<br>validation %{y:.4f}<extra>%{fullData.name}</extra>",
    )


def train_trace(curve: Curve, style: Style) -> go.Scatter:
    """The training errors of one training."""
    return go.Scatter(
        x=np.arange(1, len(curve.train) + 1),
        y=finite(curve.train),
        mode="lines",
        line={"color": style.color, "dash": "dot", "width": 1.5},
        name=f"{curve.label}, training",
        legendgroup=curve.label,
        hovertemplate="epoch %{x}<br>training %{y:.4f}<extra>%{fullData.name}</extra>",
    )


def best_trace(curve: Curve, style: Style) -> go.Scatter:
    """A mark at the epoch with the lowest validation error."""
    best = int(np.nanargmin(finite(curve.valid)))
    return go.Scatter(
        x=[best + 1],
        y=[curve.valid[best]],
        mode="markers+text",
        marker={
            "color": style.color,
            "symbol": "star",
            "size": 14,
            "line": {"color": "#ffffff", "width": 1},
        },
        text=[f"{curve.valid[best]:.3f}"],
        textposition="bottom center",
        name=f"{curve.label}, best",
        legendgroup=curve.label,
        showlegend=False,
        hovertemplate="best epoch %{x}<br>validation %{y:.4f}<extra></extra>",
    )
