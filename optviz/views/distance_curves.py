"""The distance of the runs to a known minimum, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.panels import build_empty_parts
from optviz.views.drawing.paths import list_runs
from optviz.views.drawing.theme import build_figure
from optviz.views.loss_curves import build_curve_parts


def distances(trajectories: Any, minima: Any, *, theme: str = "light") -> go.Figure:
    """Draw the distance of each run to the nearest known minimum, on a log axis over decades.

    `minima` are the points of a problem's `minima`, (n,) each; where none is known the picture
    says so.
    """
    return build_figure(build_distance_parts(trajectories, minima), theme)


def build_distance_parts(trajectories: Any, minima: Any) -> dict[str, Any]:
    """Return the data and layout of `distances`, as plain data without a theme."""
    runs, known = list_runs(trajectories), list(minima)
    if not known:
        words = "No minimum of this surface is known, so there is no distance to show."
        return build_empty_parts("Distance to the minimum", words)
    values = [measure_distance(each, known) for each in runs]
    where = "the nearest minimum" if len(known) > 1 else "the minimum"
    return build_curve_parts(runs, values, "distance", f"Distance to {where}")


def measure_distance(trajectory: Trajectory, minima: Any) -> np.ndarray:
    """Return the distance of each point of a run to the minimum nearest to it, (points,)."""
    points = np.asarray(minima, dtype=float)
    with np.errstate(all="ignore"):
        apart = np.linalg.norm(trajectory.path[:, None] - points, axis=2)
    return np.where(np.isfinite(apart), apart, np.nan).min(axis=1)
