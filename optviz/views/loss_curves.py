"""The loss at every step, or the distance to a minimum: one curve an optimizer."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.frames import (
    Exit,
    find_exits,
    find_range,
    find_wild,
    needs_log_axis,
    pad_range,
    write_exits,
)
from optviz.views.drawing.panels import build_empty_parts, draw_over_steps
from optviz.views.drawing.paths import describe_end, keep_drawable, keep_finite, list_runs
from optviz.views.drawing.scale import choose_log_ticks
from optviz.views.drawing.theme import GRAY, build_figure

AXES = {"steps": "step", "evaluations": "gradient evaluations (one a step)"}
"""The horizontal axes and their titles. Every rule takes one gradient a step."""


def losses(
    trajectories: Any,
    *,
    log: bool | None = None,
    against: Literal["steps", "evaluations"] = "steps",
    target: float | None = None,
    theme: str = "light",
) -> go.Figure:
    """Draw the loss curves of some runs, on a log axis where `log` says so.

    By default it is one where no loss is negative and they span at least two decades.
    `target` is drawn as a line.

    Raises: ValueError: against must be steps or evaluations, got "time"
    """
    parts = build_loss_parts(trajectories, log=log, against=against, target=target)
    return build_figure(parts, theme)


def build_loss_parts(
    trajectories: Any,
    *,
    log: bool | None = None,
    against: str = "steps",
    target: float | None = None,
) -> dict[str, Any]:
    """Return the data and layout of `losses`, as plain data without a theme."""
    if against not in AXES:
        raise ValueError(f'against must be {" or ".join(AXES)}, got "{against}"')
    runs = list_runs(trajectories)
    values = [keep_finite(each.losses) for each in runs]
    parts = build_curve_parts(runs, values, "loss", "Loss", log, target)
    parts["layout"]["xaxis"] = {"title": {"text": AXES[against]}}
    return parts


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
    points, values = np.asarray(known, dtype=float), []
    for each in runs:
        with np.errstate(all="ignore"):
            apart = np.linalg.norm(each.path[:, None] - points, axis=2)
        values.append(np.where(np.isfinite(apart), apart, np.nan).min(axis=1))
    where = "the nearest minimum" if len(known) > 1 else "the minimum"
    return build_curve_parts(runs, values, "distance", f"Distance to {where}")


def build_curve_parts(
    runs: list[Trajectory],
    values: list[np.ndarray],
    what: str,
    title: str,
    log: bool | None = None,
    target: float | None = None,
) -> dict[str, Any]:
    """Return the data and layout of a curve a run, given `what` at each of its points."""
    curves, axis, notes = frame_curves(runs, values, what, log, target)
    ends = np.array(axis["range"])
    low, high = 10.0**ends if axis.get("type") == "log" else ends
    levels = [target] if target is not None and low <= target <= high else []
    layout = {
        "title": {"text": title},
        "xaxis": {"title": {"text": "step"}},
        "yaxis": axis,
        "showlegend": True,
        "uirevision": f"{what} {axis.get('type', '')}",
        "shapes": [
            make_level(each, f"target {each:.4g}", is_left=meets_note(each, axis, notes))
            for each in levels
        ],
        "annotations": notes,
    }
    lines = [
        draw_over_steps(each, place, style, each.step, curve, what)
        for place, (each, curve, style) in enumerate(
            zip(runs, curves, choose_styles(runs), strict=True)
        )
    ]
    return {"data": lines, "layout": layout}


def frame_curves(
    runs: list[Trajectory],
    curves: list[np.ndarray],
    what: str,
    log: bool | None = None,
    target: float | None = None,
) -> tuple[list[np.ndarray], dict[str, Any], list[dict[str, Any]]]:
    """Return what is drawn of some curves, the axis that frames them, and a note where one leaves.

    A near `target` widens the frame.
    """
    log = (
        needs_log_axis(curves) if log is None else log and any((each > 0).any() for each in curves)
    )
    drawn = [np.where(curve > 0, curve, np.nan) for curve in curves] if log else curves
    low, high = find_range(runs, drawn, find_wild(runs, curves))
    if target is not None and (target > 0 if log else abs(target - low) <= 3 * (high - low)):
        low, high = min(low, target), max(high, target)
    exits = find_exits(runs, drawn, low, high)
    seen = {each.place for each in exits}
    exits += [
        Exit(place, False, describe_end(run))
        for place, run in enumerate(runs)
        if place not in seen and describe_end(run)
    ]
    notes = write_exits(runs, sorted(exits), xref="paper", yref="paper")
    if log:
        return drawn, make_log_axis(low, high, what, np.concatenate(curves)), notes
    lines = [keep_drawable(curve, high - low or 1.0) for curve in curves]
    axis = {"title": {"text": what}, "range": pad_range(low, high, False), "tickformat": "~g"}
    return lines, axis, notes


def make_log_axis(low: float, high: float, what: str, values: np.ndarray) -> dict[str, Any]:
    """Return the logarithmic axis from low to high; its title says which values it omits."""
    gaps = ", without 0" if (values == 0).any() else ""
    gaps = ", without values below 0" if (values < 0).any() else gaps
    return {
        "title": {"text": f"{what} (log scale{gaps})"},
        "type": "log",
        "range": pad_range(low, high, True),
        "tickformat": "~g",
        **choose_log_ticks(*map(float, np.log10([low, high]))),
    }


def meets_note(level: float, axis: dict[str, Any], notes: list[dict[str, Any]]) -> bool:
    """Return True where the name of a level at the right would stand behind a note there."""
    low, high = axis["range"]
    place = (np.log10(level) if axis.get("type") == "log" else level) - low
    share = place / (high - low)
    rooms = [(each["y"], 0.12 * (each["text"].count("<br>") + 2)) for each in notes]
    return any(abs(edge - share) < room for edge, room in rooms)


def make_level(y: float, text: str, is_left: bool = False) -> dict[str, Any]:
    """Return a dotted line across the frame, with its name at the right or left."""
    end = "start" if is_left else "end"
    return {
        "type": "line",
        **{"xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y},
        "line": {"color": GRAY, "dash": "dot", "width": 1.5},
        "label": {"text": text, "textposition": end, "font": {"size": 12}},
    }
