"""The traces that paths are drawn with: lines, their ends, the start and the minima."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.trajectory import Trajectory
from optviz.views.colors import Style, styles

OUTLINE = {"color": "#212529", "width": 1.5}
"""Marks filled white and outlined dark show on every color in both themes."""


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


def last_finite(trajectory: Trajectory) -> int:
    """The index of the last point whose params are all finite; 0 where none is."""
    ok = np.flatnonzero(np.isfinite(trajectory.path).all(axis=1))
    return int(ok[-1]) if ok.size else 0


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
    """A line for each run; its legend entry is its end mark's.

    Shapes: coords: one (points, 2) a trajectory.
    """
    rows = zip(trajectories, coords, styles(trajectories), strict=True)
    return [line_trace(each, finite(xy), style, names, hover) for each, xy, style in rows]


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


def line_trace(
    trajectory: Trajectory, xy: np.ndarray, style: Style, names: tuple[str, str], hover: bool
) -> go.Scatter:
    """The visited points joined in order."""
    shown: dict[str, Any] = {"hoverinfo": "skip"}
    if hover:
        shown = {
            "customdata": np.stack([trajectory.step, finite(trajectory.losses)], axis=1),
            "hovertemplate": f"step %{{customdata[0]}}<br>{names[0]} %{{x:.5g}}<br>"
            f"{names[1]} %{{y:.5g}}<br>loss %{{customdata[1]:.5g}}"
            "<extra>%{fullData.name}</extra>",
        }
    return go.Scatter(
        x=xy[:, 0],
        y=xy[:, 1],
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        name=trajectory.label,
        legendgroup=trajectory.label,
        showlegend=False,
        **shown,
    )


def end_trace(
    trajectory: Trajectory, xy: np.ndarray, style: Style, window: Any, hover: bool
) -> go.Scatter:
    """The last point; its legend entry says so where the run diverged or ends out of sight."""
    last = xy[last_finite(trajectory)]
    away = max(
        abs(v - (low + high) / 2) / (high - low)
        for v, (low, high) in zip(last, window, strict=True)
    )
    remark = how_it_ended(trajectory) or ("ends outside" if away > 0.5 else "")
    if not away < 1e6:
        # Browsers misplace marks whose coordinates need an exponent.
        last = np.full(2, np.nan)
    return go.Scatter(
        x=last[:1],
        y=last[1:],
        mode="lines+markers",
        line={"color": style.color, "dash": style.dash, "width": 2.5},
        marker={
            "color": style.color,
            "symbol": style.symbol,
            "size": 11,
            "line": {"color": "#ffffff", "width": 1.5},
        },
        name=f"{trajectory.label} ({remark})" if remark else trajectory.label,
        legendgroup=trajectory.label,
        hoverinfo="name" if hover else "skip",
    )


def start_trace(points: Iterable[np.ndarray]) -> go.Scatter:
    """A circle at each start, drawn once where several runs share it."""
    starts = np.unique(np.array([finite(each) for each in points]).reshape(-1, 2), axis=0)
    return mark_trace(starts, "start", "circle", 10)


def minimum_trace(minima: Any) -> go.Scatter:
    """A star at each known minimum."""
    points = np.array(minima, dtype=float).reshape(-1, 2)
    return mark_trace(points, "minimum" if len(points) == 1 else "minima", "star", 16)


def mark_trace(points: np.ndarray, name: str, symbol: str, size: int) -> go.Scatter:
    """White marks outlined in dark."""
    return go.Scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker={"color": "#ffffff", "symbol": symbol, "size": size, "line": OUTLINE},
        name=name,
        legendrank=1001,
        hoverinfo="skip",
    )
