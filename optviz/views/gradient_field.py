"""The direction of steepest descent all over a surface."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.landscapes.grid import check_window
from optviz.problems.base import Problem
from optviz.views.drawing.paths import HEAD


def field(problem: Problem, window: Any = None, size: int = 20) -> dict[str, Any]:
    """Return arrows against the exact gradient on size x size points, as one plain trace.

    They have the color of the theme's text. All have one length, as they show only the direction.
    There is none where the gradient is 0 or not finite.
    """
    (x_low, x_high), (y_low, y_high) = check_window(problem, window)
    low, span = np.array([x_low, y_low]), np.array([x_high - x_low, y_high - y_low])
    ticks = (np.arange(size) + 0.5) / size
    points = low[:, None] + span[:, None] * np.stack(np.meshgrid(ticks, ticks)).reshape(2, -1)
    with np.errstate(all="ignore"):
        grad = np.broadcast_to(np.asarray(problem.grad(points), dtype=float), points.shape)
        # A formula such as log(x) has a slope in text also where it has no value.
        grad = np.where(np.isfinite(problem.loss(points)), grad, np.nan)
        # By the largest entry first: a square of a large gradient may not be finite.
        steps = -grad / np.abs(grad).max(axis=0) / span[:, None]
        half = 0.35 / size * (steps / np.hypot(*steps)) * span[:, None]
    # Each arrow is tail, tip and a gap.
    gap = np.full_like(points, np.nan)
    line = np.stack([points - half, points + half, gap], axis=2)[:, np.isfinite(half).all(axis=0)]
    x, y = line.reshape(2, -1)
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "line": {"width": 1},
        "marker": {"size": np.tile([0, 6, 0], len(x) // 3), **HEAD},
        "opacity": 0.75,
        "name": "downhill (direction only)",
        "legendrank": 1003,
        "hoverinfo": "skip",
    }
