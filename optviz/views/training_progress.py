"""The errors of trainings under way: of the mini-batches as they come, and on ratings held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.paths import finite
from optviz.views.drawing.theme import figure
from optviz.views.loss_curves import add_level

WIDE = 6
"""Errors whose highest is so many times the lowest are drawn on a log axis."""
HIGHEST = 30.0
"""The top of the frame at most: to predict 0 stars for everything errs by less."""


class Live(NamedTuple):
    """What one training has said so far; losses are mean squared errors.

    Shapes: step, train (reports,): the mean over the mini-batches up to each step;
        valid (epochs,): after epoch 1, 2, ...
    """

    label: str
    kind: str
    """The name of its rule in RULES, which gives the color."""
    step: Sequence[float]
    train: Sequence[float]
    valid: Sequence[float]


def training(
    curves: Iterable[Live],
    epochs: int,
    steps: int,
    baseline: float | None = None,
    *,
    theme: str = "light",
) -> go.Figure:
    """The curves of trainings over their epochs, in a frame that does not move while they grow.

    Thin lines are the training, marks the validation. `steps` are those of all epochs together;
    `baseline` is the validation error of the bias-only model.
    """
    lives = list(curves)
    traces: list[go.Scatter] = []
    for live, style in zip(lives, style_of([each.kind for each in lives]), strict=True):
        traces += [train_trace(live, style, epochs / steps), valid_trace(live, style)]
    picture = figure(
        traces,
        theme=theme,
        title="Training (lines) and validation (marks)",
        xaxis={"title": {"text": "epoch"}, "range": [0, epochs * 1.01], "tickformat": "~g"},
        yaxis=error_axis(lives, baseline),
        showlegend=True,
        uirevision="training",
    )
    if baseline is not None:
        add_level(picture, baseline, f"bias only {baseline:.3f}")
    return picture


def error_axis(lives: list[Live], baseline: float | None) -> dict[str, Any]:
    """The axis of the errors; one that explodes leaves the frame, so that the others stay seen."""
    axis = {"title": {"text": "squared error (stars²)"}, "tickformat": "~g"}
    errors = [finite([*each.train, *each.valid]) for each in lives]
    errors = np.concatenate([*errors, finite([baseline])])
    errors = errors[np.isfinite(errors) & (errors > 0)]
    if not errors.size:
        return axis
    low, high = errors.min(), min(errors.max(), max(HIGHEST, errors.min()))
    log = high > WIDE * low
    ends = np.log10([low, high]) if log else np.array([low, high])
    pad = 0.05 * (ends[1] - ends[0]) or 0.1
    axis["range"] = [ends[0] - pad, ends[1] + pad]
    return axis | ({"type": "log", "dtick": "D2"} if log else {})


def train_trace(live: Live, style: Style, scale: float) -> go.Scatter:
    """The training errors of one optimizer."""
    return go.Scatter(
        x=np.asarray(live.step, dtype=float) * scale,
        y=finite(live.train),
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": 1.5},
        opacity=0.75,
        name=live.label,
        legendgroup=live.label,
        customdata=live.step,
        hovertemplate="step %{customdata}<br>training %{y:.4f}<extra>%{fullData.name}</extra>",
    )


def valid_trace(live: Live, style: Style) -> go.Scatter:
    """The validation errors of one optimizer, at the end of each epoch."""
    return go.Scatter(
        x=np.arange(1, len(live.valid) + 1),
        y=finite(live.valid),
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        marker={"color": style.color, "symbol": style.symbol, "size": 8},
        name=live.label,
        legendgroup=live.label,
        showlegend=False,
        hovertemplate="epoch %{x}<br>validation %{y:.4f}<extra>%{fullData.name}</extra>",
    )
