"""The traces that paths are drawn with: lines, their ends, the start and the minima."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, further_start, group_of, styles

MARK = {"start": "starts", "fork": "forks", "minimum": "minima"}
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
    return "" if trajectory.is_finished else str(trajectory.ended).partition(":")[0]


def path_dicts(
    trajectories: Sequence[Trajectory],
    coords: Sequence[np.ndarray],
    names: tuple[str, str],
    *,
    hover: bool = True,
) -> list[dict[str, Any]]:
    """A line for each run; in the legend its end mark stands for it.

    Plain data, as every trace here: a go.Figure takes it, and an app without the wait for
    plotly's validation. `meta` says which run a trace belongs to.
    Shapes: coords: one (points, 2) a trajectory.
    """
    rows = zip(trajectories, coords, styles(trajectories), strict=True)
    return [
        line_dict(each, drawable(xy), style, names, hover) | {"meta": {"run": place}}
        for place, (each, xy, style) in enumerate(rows)
    ]


def line_dict(
    trajectory: Trajectory, xy: np.ndarray, style: Style, names: tuple[str, str], hover: bool
) -> dict[str, Any]:
    """The visited points joined in order."""
    return {
        "type": "scatter",
        "x": xy[:, 0],
        "y": xy[:, 1],
        "mode": "lines",
        "line": line_look(style, 2.5),
        "name": trajectory.label,
        "legendgroup": group_of(trajectory),
        "showlegend": False,
        **(point_hover(trajectory, names) if hover else {"hoverinfo": "skip"}),
    }


def line_look(style: Style, width: float) -> dict[str, Any]:
    """The line of a run, `width` pixels wide but for pinned runs, which are thinner."""
    return {"color": style.color, "dash": style.dash, "width": width * style.weight}


def point_hover(trajectory: Trajectory, names: tuple[str, str]) -> dict[str, Any]:
    """What a point says of itself: step, params and loss."""
    return {
        "customdata": np.stack([trajectory.step, finite(trajectory.losses)], axis=1),
        "hovertemplate": f"step %{{customdata[0]}}<br>{names[0]} %{{x:.5g}}<br>"
        f"{names[1]} %{{y:.5g}}<br>loss %{{customdata[1]:.5g}}"
        "<extra>%{fullData.name}</extra>",
    }


def end_dicts(
    trajectories: Sequence[Trajectory],
    coords: Sequence[np.ndarray],
    window: Any,
    *,
    hover: bool = True,
) -> list[dict[str, Any]]:
    """A mark at the end of each run, which stands for the run in the legend."""
    rows = zip(trajectories, coords, styles(trajectories), strict=True)
    return [
        end_dict(each, finite(xy), style, window, hover) | {"meta": {"run": place, "part": "end"}}
        for place, (each, xy, style) in enumerate(rows)
    ]


def end_dict(
    trajectory: Trajectory, xy: np.ndarray, style: Style, window: Any, hover: bool
) -> dict[str, Any]:
    """The last point; its legend entry says so where the run diverged or ends out of sight."""
    last = end_point(trajectory, xy)
    shown = last if windows_away(last, window) < FAR else np.full(2, np.nan)
    return {
        "type": "scatter",
        "x": shown[:1],
        "y": shown[1:],
        "mode": "lines+markers",
        "line": line_look(style, 2.5),
        "marker": {
            "color": style.color,
            "symbol": style.symbol,
            "size": 11 if style.weight == 1 else 8,
            "line": {"color": "#ffffff", "width": 1.5},
        },
        "name": legend_name(trajectory, last, window),
        "legendgroup": group_of(trajectory),
        "showlegend": not further_start(trajectory),
        "hoverinfo": "name" if hover else "skip",
    }


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


def origin_dicts(
    trajectories: Sequence[Trajectory], coords: Sequence[np.ndarray]
) -> list[dict[str, Any]]:
    """A circle at each start and a triangle at each fork, once where several runs share it."""
    first = {"start": [], "fork": []}
    for each, xy in zip(trajectories, coords, strict=True):
        first["fork" if each.step[0] > 0 else "start"].append(finite(xy[:1]))
    looks = {"start": ("circle", 10), "fork": ("triangle-up", 11)}
    return [
        mark_dict(name, np.unique(np.concatenate(points), axis=0), *looks[name])
        for name, points in first.items()
        if points
    ]


def start_dict(points: Iterable[np.ndarray]) -> dict[str, Any]:
    """A circle at each start, drawn once where several runs share it."""
    starts = np.unique(np.array([finite(each) for each in points]).reshape(-1, 2), axis=0)
    return mark_dict("start", starts, "circle", 10)


def minimum_dict(minima: Any) -> dict[str, Any]:
    """A star at each known minimum."""
    return mark_dict("minimum", np.array(minima, dtype=float).reshape(-1, 2), "star", 16)


def mark_dict(name: str, points: np.ndarray, symbol: str, size: int) -> dict[str, Any]:
    """The same mark at each of some points, (marks, 2)."""
    return {
        "type": "scatter",
        "x": points[:, 0],
        "y": points[:, 1],
        "mode": "markers",
        "marker": mark_look(symbol, size),
        "name": name if len(points) == 1 else MARK[name],
        "legendrank": 1001,
        "hoverinfo": "skip",
    }


def mark_look(symbol: str, size: int) -> dict[str, Any]:
    """A mark filled white and outlined dark: it shows on every color, in both themes."""
    outline = {"color": "#212529", "width": 1.5}
    return {"color": "#ffffff", "symbol": symbol, "size": size, "line": outline}
