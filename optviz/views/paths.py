"""The traces that paths are drawn with: lines, their ends, the start and the minima."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.trajectory import Trajectory
from optviz.views.colors import Style, styles

MARK = {"start": "starts", "minimum": "minima"}
"""Names of the marks, and of several of them."""

FAR = 1e6
"""Windows away from which browsers misplace marks, as their coordinates need an exponent."""


def as_list(trajectories: Any) -> list[Trajectory]:
    """The trajectories of a mapping, of a sequence, or the only one.

    Raises: ValueError: a picture draws single runs, this trajectory has (101, 101): ...
    """
    if isinstance(trajectories, Trajectory):
        trajectories = [trajectories]
    values = getattr(trajectories, "values", None)
    out = list(values() if values else trajectories)
    for each in out:
        if each.losses.ndim != 1:
            raise ValueError(
                f"a picture draws single runs, this trajectory has {each.losses.shape[1:]}: "
                "run each start by itself"
            )
    return out


def finite(values: Any) -> np.ndarray:
    """The values as floats, with gaps (NaN) for what is not finite."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def drawable(values: Any, span: float = 1.0) -> np.ndarray:
    """The values with gaps for what no browser draws: 1e30 frames away, past 32-bit pixels."""
    values = finite(values)
    return np.where(np.abs(values) < 1e30 * span, values, np.nan)


def how_it_ended(trajectory: Trajectory) -> str:
    """A remark for a run that did not run all its steps, else nothing."""
    ended = str(trajectory.ended)
    return "" if not ended or ended.startswith("ran") else ended.partition(":")[0]


def path_traces(
    trajectories: Sequence[Trajectory],
    coords: Sequence[np.ndarray],
    names: tuple[str, str],
    *,
    hover: bool = True,
) -> list[go.Scatter]:
    """A line for each run; in the legend its end mark stands for it.

    Shapes: coords: one (points, 2) a trajectory.
    """
    rows = zip(trajectories, coords, styles(trajectories), strict=True)
    return [line_trace(each, drawable(xy), style, names, hover) for each, xy, style in rows]


def line_trace(
    trajectory: Trajectory, xy: np.ndarray, style: Style, names: tuple[str, str], hover: bool
) -> go.Scatter:
    """The visited points joined in order."""
    return go.Scatter(
        x=xy[:, 0],
        y=xy[:, 1],
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        name=trajectory.label,
        legendgroup=trajectory.label,
        showlegend=False,
        **(point_hover(trajectory, names) if hover else {"hoverinfo": "skip"}),
    )


def point_hover(trajectory: Trajectory, names: tuple[str, str]) -> dict[str, Any]:
    """What a point says of itself: step, params and loss."""
    return {
        "customdata": np.stack([trajectory.step, finite(trajectory.losses)], axis=1),
        "hovertemplate": f"step %{{customdata[0]}}<br>{names[0]} %{{x:.5g}}<br>"
        f"{names[1]} %{{y:.5g}}<br>loss %{{customdata[1]:.5g}}"
        "<extra>%{fullData.name}</extra>",
    }


def end_traces(
    trajectories: Sequence[Trajectory],
    coords: Sequence[np.ndarray],
    window: Any,
    *,
    hover: bool = True,
) -> list[go.Scatter]:
    """A mark at the end of each run, which stands for the run in the legend."""
    rows = zip(trajectories, coords, styles(trajectories), strict=True)
    return [end_trace(each, finite(xy), style, window, hover) for each, xy, style in rows]


def end_trace(
    trajectory: Trajectory, xy: np.ndarray, style: Style, window: Any, hover: bool
) -> go.Scatter:
    """The last point; its legend entry says so where the run diverged or ends out of sight."""
    last = end_point(trajectory, xy)
    shown = last if windows_away(last, window) < FAR else np.full(2, np.nan)
    return go.Scatter(
        x=shown[:1],
        y=shown[1:],
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        marker={
            "color": style.color,
            "symbol": style.symbol,
            "size": 11,
            "line": {"color": "#ffffff", "width": 1.5},
        },
        name=legend_name(trajectory, last, window),
        legendgroup=trajectory.label,
        hoverinfo="name" if hover else "skip",
    )


def end_point(trajectory: Trajectory, xy: np.ndarray) -> np.ndarray:
    """Where a run was last seen: the last of its points xy whose params are all finite."""
    seen = np.flatnonzero(np.isfinite(trajectory.path).all(axis=1))
    return xy[seen[-1] if seen.size else 0]


def windows_away(point: np.ndarray, window: Any) -> float:
    """How far a point is from the middle of the window, in widths; above 0.5 it is outside."""
    low, high = np.array(window, dtype=float).T
    return float(np.max(np.abs(point - (low + high) / 2) / (high - low)))


def legend_name(trajectory: Trajectory, last: np.ndarray, window: Any) -> str:
    """What the legend calls a run, with a remark where its end is not in the picture."""
    remark = how_it_ended(trajectory)
    if not remark and not windows_away(last, window) <= 0.5:
        remark = "ends outside"
    return f"{trajectory.label} ({remark})" if remark else trajectory.label


def start_trace(points: Iterable[np.ndarray]) -> go.Scatter:
    """A circle at each start, drawn once where several runs share it."""
    starts = np.unique(np.array([finite(each) for each in points]).reshape(-1, 2), axis=0)
    return mark_trace("start", starts, "circle", 10)


def minimum_trace(minima: Any) -> go.Scatter:
    """A star at each known minimum."""
    return mark_trace("minimum", np.array(minima, dtype=float).reshape(-1, 2), "star", 16)


def mark_trace(name: str, points: np.ndarray, symbol: str, size: int) -> go.Scatter:
    """The same mark at each of some points, (marks, 2)."""
    return go.Scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker=mark_look(symbol, size),
        name=name if len(points) == 1 else MARK[name],
        legendrank=1001,
        hoverinfo="skip",
    )


def mark_look(symbol: str, size: int) -> dict[str, Any]:
    """A mark filled white and outlined dark: it shows on every color, in both themes."""
    outline = {"color": "#212529", "width": 1.5}
    return {"color": "#ffffff", "symbol": symbol, "size": size, "line": outline}
