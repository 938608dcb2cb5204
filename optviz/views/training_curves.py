"""Training and validation errors of trainings, under way or done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.recommenders.training.curves import TrainingCurve
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.paths import keep_finite
from optviz.views.drawing.theme import make_figure
from optviz.views.loss_curves import make_level

LOG_RATIO = 6
"""Errors are drawn on a log axis where the highest is so many times the lowest."""
HIGHEST = 30.0
"""The largest top of the frame: predicting 0 stars for everything gives a smaller error."""


def validation(
    curves: Iterable[TrainingCurve], baseline: float | None = None, *, theme: str = "light"
) -> go.Figure:
    """Draw the validation errors of some trainings, the best epoch of each marked.

    Training errors are thin, and drawn where there is one an epoch. `baseline` is the error of the
    bias-only model on the same split: a model that stays above it has learned nothing about taste.
    """
    axes = {
        "xaxis": {"title": {"text": "epoch"}, "tickformat": "d", "rangemode": "tozero"},
        "yaxis": {"title": {"text": "mean squared error (stars²)"}},
    }
    curves = [replace(each, train=(), step=()) if each.step else each for each in curves]
    picture = draw_errors(curves, 1.0, baseline, title="Validation error", theme=theme, **axes)
    for curve, style in pair_styles(curves):
        if np.isfinite(curve.valid).any():
            outline = {"color": "#ffffff", "width": 1}
            star = draw_points(
                curve,
                [curve.best_epoch],
                [curve.best],
                "best epoch %{x}<br>validation",
                mode="markers+text",
                marker={"color": style.color, "symbol": "star", "size": 14, "line": outline},
                text=[f"{curve.best:.3f}"],
                textposition="bottom center",
                name=f"{curve.label}, best",
                showlegend=False,
            )
            picture.add_trace(star)
    return picture


def draw_training(
    curves: Iterable[TrainingCurve],
    epochs: int,
    steps: int,
    baseline: float | None = None,
    *,
    theme: str = "light",
) -> go.Figure:
    """Draw the errors of trainings over their epochs, in a frame that stays while they grow.

    `steps` are those of all epochs together; `baseline` is the validation error of the bias-only
    model.
    """
    curves = list(curves)
    axes = {
        "xaxis": {"title": {"text": "epoch"}, "range": [0, epochs * 1.01], "tickformat": "~g"},
        "yaxis": build_axis(curves, baseline),
    }
    title = "Training error (thin), validation error (dots)"
    return draw_errors(curves, epochs / steps, baseline, title=title, theme=theme, **axes)


def draw_errors(
    curves: list[TrainingCurve], step_size: float, baseline: float | None, **layout: Any
) -> go.Figure:
    """Draw both errors of each training over its epochs; a step is `step_size` of an epoch."""
    traces = []
    for curve, style in pair_styles(curves):
        look = {"color": style.color, "dash": style.dash}
        if curve.train:
            epochs = np.arange(1, len(curve.train) + 1)
            train = draw_points(
                curve,
                np.array(curve.step) * step_size if curve.step else epochs,
                curve.train,
                "%{customdata}<br>training",
                mode="lines",
                line=look | {"width": 1.5},
                opacity=0.75,
                showlegend=False,
                customdata=[f"step {each}" for each in curve.step]
                or [f"epoch {each}" for each in epochs],
            )
            traces.append(train)
        valid = draw_points(
            curve,
            np.arange(1, len(curve.valid) + 1),
            curve.valid,
            "epoch %{x}<br>validation",
            mode="lines+markers",
            line=look | {"width": 2.5},
            marker={"color": style.color, "symbol": style.symbol, "size": 7},
        )
        traces.append(valid)
    picture = make_figure(traces, showlegend=True, uirevision=layout["title"], **layout)
    if baseline is not None:
        picture.add_shape(make_level(baseline, f"bias-only baseline {baseline:.3f}"))
    return picture


def pair_styles(curves: list[TrainingCurve]) -> Iterable[tuple[TrainingCurve, Style]]:
    """Return each curve with its color, dash and mark."""
    return zip(curves, style_of([each.kind for each in curves]), strict=True)


def build_axis(curves: list[TrainingCurve], baseline: float | None) -> dict[str, Any]:
    """Return the axis of errors; one that explodes leaves the frame, the others stay visible."""
    axis = {"title": {"text": "squared error (stars²)"}, "tickformat": "~g"}
    values = [value for each in curves for value in (*each.train, *each.valid)]
    errors = keep_finite([*values, baseline])
    errors = errors[errors > 0]
    if not errors.size:
        return axis
    low, high = errors.min(), min(errors.max(), max(HIGHEST, errors.min()))
    log = high > LOG_RATIO * low
    ends = np.log10([low, high]) if log else np.array([low, high])
    pad = 0.05 * (ends[1] - ends[0]) or 0.1
    axis["range"] = [ends[0] - pad, ends[1] + pad]
    return axis | ({"type": "log", "dtick": "D2"} if log else {})


def draw_points(curve: TrainingCurve, x: Any, errors: Any, hover: str, **look: Any) -> go.Scatter:
    """Draw some errors of a training; all of them belong to one legend entry."""
    return go.Scatter(
        x=x,
        y=keep_finite(errors),
        legendgroup=curve.label,
        hovertemplate=f"{hover} %{{y:.4f}}<extra>%{{fullData.name}}</extra>",
        **{"name": curve.label, **look},
    )
