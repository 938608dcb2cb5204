"""The traces of paths: lines, their ends, starts and minima, and arrows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from optviz.runs.comparison import describe_outcome
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, is_extra_start, name_legend_group

MARK = {"start": "starts", "fork": "forks", "minimum": "minima"}
"""Names of the marks, singular and plural."""

FAR = 1e6
"""Window widths beyond which browsers misplace marks, as their coordinates need an exponent."""

EDGE = 1.25
"""Width of the edge of a path in the page's color, which parts it from any color below."""

HEAD = {"symbol": "arrow", "angleref": "previous", "line": {"width": 0}}
"""An arrow's head, turned as the line before it."""


def list_runs(trajectories: Any) -> list[Trajectory]:
    """Return the trajectories of a mapping, of a sequence, or the only one.

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


def keep_finite(values: Any) -> np.ndarray:
    """Return the values as floats, with gaps (NaN) for those that are not finite."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def keep_drawable(values: Any, span: float = 1.0) -> np.ndarray:
    """Return the values with gaps for those beyond 1e30 spans, which no browser draws."""
    values = keep_finite(values)
    return np.where(np.abs(values) < 1e30 * span, values, np.nan)


def describe_end(trajectory: Trajectory) -> str:
    """Return a remark for a run that stopped before its last step, "" for others."""
    return "" if trajectory.is_finished else str(trajectory.ended).partition(":")[0]


def draw_line(
    trajectory: Trajectory, style: Style, x: np.ndarray, y: np.ndarray, width: float
) -> dict[str, Any]:
    """Return a line of a run with its entry in the legend; that of a pinned run is thinner.

    All traces here are plain data: a go.Figure takes them, and an app avoids plotly's slow
    validation.
    """
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": style.color, "dash": style.dash, "width": width * style.weight},
        "name": trajectory.label,
        "legendgroup": name_legend_group(trajectory),
        "showlegend": not is_extra_start(trajectory),
    }


def draw_path(
    trajectory: Trajectory, xy: np.ndarray, style: Style, names: tuple[str, str], hover: bool
) -> dict[str, Any]:
    """Return the line through the points of a run; its end mark stands for it in the legend.

    Hovering a point tells step, params and loss.
    """
    line = draw_line(trajectory, style, xy[:, 0], xy[:, 1], 2.5) | {"showlegend": False}
    if not hover:
        return line | {"hoverinfo": "skip"}
    return line | {
        "customdata": np.stack([trajectory.step, keep_finite(trajectory.losses)], axis=1),
        "hovertemplate": f"step %{{customdata[0]}}<br>{names[0]} %{{x:.5g}}<br>"
        f"{names[1]} %{{y:.5g}}<br>loss %{{customdata[1]:.5g}}"
        "<extra>%{fullData.name}</extra>",
    }


def draw_casings(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what lies below all lines and is wider: one trace for the lines of each width.

    `make_figure` gives it the color of the page, so that each line has an edge on any surface and
    none cuts through another's.
    """
    traces = []
    for width in sorted({each["line"]["width"] for each in lines}):
        found = [each for each in lines if each["line"]["width"] == width]
        x, y = (
            np.concatenate([part for each in found for part in (each[name], [np.nan])])
            for name in ("x", "y")
        )
        traces.append(draw_casing({"x": x, "y": y, "line": {"width": width}}))
    return traces


def draw_casing(trace: dict[str, Any], edge: float = EDGE) -> dict[str, Any]:
    """Return what lies below a line, and below the heads of its arrows, and is wider."""
    marker = trace.get("marker", {})
    heads = {"marker": {**marker, "line": {"width": 2 * edge}}} if marker else {}
    return {
        **{"type": "scatter", "x": trace["x"], "y": trace["y"]},
        "mode": trace.get("mode", "lines"),
        "line": {"width": trace["line"].get("width", 2) + 2 * edge},
        **heads,
        "opacity": trace.get("opacity", 1),
        **{"hoverinfo": "skip", "showlegend": False, "meta": {"part": "casing"}},
    }


def draw_end(
    trajectory: Trajectory, xy: np.ndarray, style: Style, window: Any, hover: bool
) -> dict[str, Any]:
    """Return a mark at the last point; its legend entry tells whether it is off the chart."""
    last = find_end(trajectory, xy)
    low, high = np.array(window, dtype=float).T
    away = float(np.max(np.abs(last - (low + high) / 2) / (high - low)))
    visible = last if away < FAR else np.full(2, np.nan)
    outcome = describe_outcome(trajectory, window)
    remark = "" if away <= 0.5 else "ends off the chart"
    remark = outcome if outcome.startswith(("diverged", "stopped")) else remark
    return draw_line(trajectory, style, visible[:1], visible[1:], 2.5) | {
        "mode": "lines+markers",
        "marker": {
            "color": style.color,
            "symbol": style.symbol,
            "size": 11 if style.weight == 1 else 8,
            "line": {"color": "#ffffff", "width": 1.5},
        },
        "name": f"{trajectory.label} ({remark})" if remark else trajectory.label,
        "hoverinfo": "name" if hover else "skip",
    }


def find_end(trajectory: Trajectory, xy: np.ndarray) -> np.ndarray:
    """Return the last of a run's points xy whose params are all finite."""
    seen = np.flatnonzero(np.isfinite(trajectory.path).all(axis=1))
    return xy[seen[-1] if seen.size else 0]


def mark_origins(runs: Sequence[Trajectory]) -> list[dict[str, Any]]:
    """Return a circle at each start and a triangle at each fork, each point marked once."""
    starts = [each.path[0] for each in runs if each.step[0] == 0]
    forks = [each.path[0] for each in runs if each.step[0] > 0]
    return [
        *([mark_starts(starts)] if starts else []),
        *([draw_marks("fork", join_points(forks), "triangle-up", 11)] if forks else []),
    ]


def mark_starts(points: Iterable[np.ndarray]) -> dict[str, Any]:
    """Return a circle at each start; starts at the same point are marked once."""
    return draw_marks("start", join_points(points), "circle", 10)


def join_points(points: Iterable[np.ndarray]) -> np.ndarray:
    """Return the different points, (marks, 2)."""
    return np.unique(np.array([keep_drawable(each) for each in points]).reshape(-1, 2), axis=0)


def draw_marks(name: str, points: np.ndarray, symbol: str, size: int) -> dict[str, Any]:
    """Return the same mark at each of some points, (marks, 2)."""
    return {
        "type": "scatter",
        "x": points[:, 0],
        "y": points[:, 1],
        "mode": "markers",
        "marker": style_mark(symbol, size),
        "name": name if len(points) == 1 else MARK[name],
        "legendrank": 1001,
        "hoverinfo": "skip",
    }


def style_mark(symbol: str, size: int) -> dict[str, Any]:
    """Return a white mark with a dark outline, visible on every color in both themes."""
    outline = {"color": "#212529", "width": 1.5}
    return {"color": "#ffffff", "symbol": symbol, "size": size, "line": outline}


def draw_arrow(tail: np.ndarray, tip: np.ndarray, color: str, **line: Any) -> dict[str, Any]:
    """Return an arrow between two points, its head turned as its line."""
    x, y = np.stack([tail, tip], axis=1)
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "line": {"color": color} | line,
        "marker": {"color": color, "size": [0, 14], "opacity": 1, **HEAD},
    }
