"""Recorded trainings without the loss around them: paths, logged values, how far layers move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.recorded_paths import RecordedPaths
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.shadows import Shadow
from optviz.runs.recordings import Recording
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.frames import Exit, write_exits
from optviz.views.drawing.paths import FAR, keep_finite, mark_starts
from optviz.views.drawing.theme import make_figure
from optviz.views.loss_curves import frame_curves

COLORINGS = ("run", "logged value", "off the plane")
SCALES = {"logged value": "Viridis", "off the plane": "YlOrRd"}
LAYERS = 12
"""The layers that are drawn: those that move most."""
LETTERS = 34
"""The most letters of a name in a legend: a phone has room for these."""
BRIEF = 20
"""The most letters of a name beside the end of a path."""
ROOM = (0.3, 0.07)
"""The shares of the frame beside the end of a path in which no other may lie, to write its name."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Numbers over the steps of a recording, as the common frame of curves takes a run."""

    label: str
    step: np.ndarray
    losses: np.ndarray
    about: dict[str, Any]
    """The kind of its rule, for its color."""
    ended: str = ""
    """Why it stopped before its end; empty where it did not."""

    @property
    def path(self) -> np.ndarray:
        """The numbers themselves (points, 1): by them it is judged whether a run went far."""
        return self.losses[:, None]

    @property
    def is_finished(self) -> bool:
        """True where it did not stop before its end."""
        return not self.ended


def recorded_path_figure(
    made: RecordedPaths, *, color_by: str = "run", theme: str = "light"
) -> go.Figure:
    """Draw recorded paths on the plane along which they vary most.

    A mark is colored by its run, by the value that was logged with it, or by the share of its
    displacement from the end of the first path that lies off the plane.

    Raises: ValueError: color_by must be run, logged value or off the plane, got "loss"
    """
    check_kind(made, RecordedPaths, "recorded_path_figure draws RecordedPaths", "place_recordings")
    if color_by not in COLORINGS:
        *most, last = COLORINGS
        raise ValueError(f'color_by must be {", ".join(most)} or {last}, got "{color_by!s:.40}"')
    is_logged = bool(made.value)
    color_by = "run" if color_by == "logged value" and not is_logged else color_by
    styles = style_of([each.kind for each in made.shadows])
    wild = made.wild or (False,) * len(made.shadows)
    tame = [each.coords for each, out in zip(made.shadows, wild, strict=True) if not out]
    low, high = frame_paths(tame)
    rows = [
        (replace(each, coords=clip_far(each.coords, low, high)), style)
        for each, style in zip(made.shadows, styles, strict=True)
    ]
    traces: list[Any] = [draw_path(*each, made.value, color_by) for each in rows]
    traces.append(mark_starts(each.coords[0] for each, _ in rows))
    traces += [draw_end(*each) for each in rows]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "distance along axis 1"}, "range": [low[0], high[0]]},
        "yaxis": {"title": {"text": "distance along axis 2"}, "range": [low[1], high[1]]},
        "annotations": [*note_exits(rows, low, high), *name_ends(rows, low, high)],
    }
    layout["yaxis"]["scaleanchor"] = "x"
    if color_by != "run":
        title = made.value if color_by == "logged value" else "share off the plane"
        form = {"tickformat": ".0%"} if color_by == "off the plane" else {}
        bar = {"title": {"text": title, "side": "right"}, **form}
        layout["coloraxis"] = {"colorscale": SCALES[color_by], "colorbar": bar}
    return make_figure(traces, theme=theme, title="Recorded paths", height=560, **layout)


def frame_paths(paths: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of the frame around paths (points, 2), with some room."""
    points = np.concatenate(paths)
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.08 * float((high - low).max()) or 1.0
    return low - room, high + room


def clip_far(coords: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return points with gaps for those so far out of the frame that browsers misplace them."""
    most = FAR * (high - low)
    is_near = (coords > low - most) & (coords < high + most)
    return np.where(is_near.all(axis=1, keepdims=True), coords, np.nan)


def note_exits(
    rows: Sequence[tuple[Shadow, Style]], low: np.ndarray, high: np.ndarray
) -> list[dict[str, Any]]:
    """Return the note that names the paths which leave the frame."""
    shadows = [each for each, _ in rows]
    runs: Any = [
        Curve(shorten(each.label), each.step, each.true, {"kind": each.kind}) for each in shadows
    ]
    exits = [
        Exit(place, False, "off the chart")
        for place, each in enumerate(shadows)
        if not ((each.coords >= low) & (each.coords <= high)).all()
    ]
    return write_exits(runs, exits, xref="paper", yref="paper")


def name_ends(
    rows: Sequence[tuple[Shadow, Style]], low: np.ndarray, high: np.ndarray
) -> list[dict[str, Any]]:
    """Return the names of several runs at their ends, where no other end is near."""
    if len(rows) < 2:
        return []
    ends = np.array([each.coords[-1] for each, _ in rows])
    places, notes = (ends - low) / (high - low), []
    for i, (each, _) in enumerate(rows):
        x, y = places[i]
        apart = np.abs(np.delete(places, i, axis=0) - places[i])
        if 0 <= x <= 1 and 0 <= y <= 1 and not (apart < ROOM).all(axis=1).any():
            before = each.coords[max(0, len(each.coords) - 4), 1]
            is_up = ends[i, 1] >= before
            at = {"xanchor": "left" if x < 0.2 else "right" if x > 0.8 else "center"}
            at |= {"yanchor": "bottom", "yshift": 8} if is_up else {"yanchor": "top", "yshift": -8}
            look = {"showarrow": False, "font": {"size": 12, "shadow": "auto"}}
            text = shorten(each.label, BRIEF)
            notes.append({"x": ends[i, 0], "y": ends[i, 1], "text": text, **at, **look})
    return notes


def shorten(name: str, most: int = LETTERS) -> str:
    """Return a name, without its middle where it is longer than a legend has room for."""
    return name if len(name) <= most else f"{name[: most * 2 // 3]}…{name[1 - most // 3 :]}"


def draw_path(shadow: Shadow, style: Style, value: str, color_by: str) -> dict[str, Any]:
    """Return the line of a path with a mark at each point."""
    marker: dict[str, Any] = {"size": 5, "color": style.color}
    if color_by != "run":
        values = shadow.true if color_by == "logged value" else shadow.off
        marker |= {"size": 8, "color": keep_finite(values), "coloraxis": "coloraxis"}
    logged = f"{value} %{{customdata[1]:.5g}}<br>" if value else ""
    return {
        "type": "scatter",
        "x": shadow.coords[:, 0],
        "y": shadow.coords[:, 1],
        "mode": "lines+markers",
        "line": {"color": style.color, "dash": style.dash, "width": 2},
        "marker": marker,
        "name": shadow.label,
        "legendgroup": shadow.label,
        "showlegend": False,
        "customdata": np.stack([shadow.step, keep_finite(shadow.true), 100 * shadow.off], axis=1),
        "hovertemplate": f"step %{{customdata[0]:,}}<br>{logged}%{{customdata[2]:.0f}} % of its "
        f"displacement is off the plane<extra>{shadow.label}</extra>",
    }


def draw_end(shadow: Shadow, style: Style) -> dict[str, Any]:
    """Return the mark of a path's end, which stands for it in the legend."""
    return {
        "type": "scatter",
        "x": shadow.coords[-1:, 0],
        "y": shadow.coords[-1:, 1],
        "mode": "lines+markers",
        "line": {"color": style.color, "dash": style.dash},
        "marker": {
            "symbol": style.symbol,
            "size": 13,
            "color": style.color,
            "line": {"color": "#ffffff", "width": 1.5},
        },
        "name": shorten(shadow.label),
        "legendgroup": shadow.label,
        "hoverinfo": "skip",
    }


def logged_value_figure(
    recordings: Sequence[Recording], value: str, *, theme: str = "light"
) -> go.Figure:
    """Draw a value that was logged along recorded trainings."""
    kinds = [str(each.about.get("kind", "")) for each in recordings]
    runs = [make_curve(*each, value) for each in zip(recordings, kinds, strict=True)]
    return draw_curves(runs, style_of(kinds), value, value, 340, theme)


def make_curve(recording: Recording, kind: str, value: str) -> Curve:
    """Return a logged value over the steps at which it was logged."""
    logged = recording.logs[value]
    kept = ~np.isnan(logged) | (np.arange(len(logged)) >= recording.finite)
    kept &= np.cumsum(~np.isnan(logged)) > 0
    step, ended = recording.step, ""
    if recording.finite < len(recording):
        ended = f"diverged at step {step[recording.finite]:,}"
    return Curve(recording.label, step[kept], logged[kept], {"kind": kind}, ended)


def draw_curves(
    runs: Sequence[Curve],
    styles: Sequence[Style],
    what: str,
    title: str,
    height: int,
    theme: str,
    log: bool | None = None,
) -> go.Figure:
    """Draw curves over the steps; those that would flatten the others leave the frame."""
    own: Any = [
        replace(each, label=shorten(each.label), step=each.step - each.step[:1]) for each in runs
    ]
    curves, axis, notes = frame_curves(own, [each.losses for each in runs], what, log)
    traces = draw_lines(
        [(each.label, run.step, y) for each, run, y in zip(own, runs, curves, strict=True)], styles
    )
    across = {"title": {"text": "step"}, "rangemode": "tozero"}
    about: dict[str, Any] = {"xaxis": across, "yaxis": axis, "annotations": notes}
    return make_figure(traces, theme=theme, title=title, height=height, showlegend=True, **about)


def movement_figure(
    moved: Mapping[str, np.ndarray], step: np.ndarray, label: str, *, theme: str = "light"
) -> go.Figure:
    """Draw how far the parameters of each layer are from their start, over the steps of a run."""
    names = sorted(moved, key=lambda name: -float(np.nan_to_num(moved[name][-1])))[:LAYERS]
    kinds = [f"layer {i}" for i in range(len(names))]
    pairs = zip(names, kinds, strict=True)
    runs = [Curve(name, step, moved[name], {"kind": kind}) for name, kind in pairs]
    what, title = "distance from the start (relative)", f"Movement of the layers: {label}"
    return draw_curves(runs, style_of(kinds), what, title, 380, theme, log=False)


def draw_lines(
    columns: Sequence[tuple[str, np.ndarray, np.ndarray]], styles: Sequence[Style]
) -> list[dict[str, Any]]:
    """Return a line for each column of values over steps."""
    return [
        {
            "type": "scatter",
            "x": x[np.isfinite(y)],
            "y": y[np.isfinite(y)],
            "mode": "lines",
            "line": {"color": style.color, "dash": style.dash, "width": 2},
            "name": name,
            "hovertemplate": "step %{x:,}: %{y:.5g}<extra>%{fullData.name}</extra>",
        }
        for (name, x, y), style in zip(columns, styles, strict=True)
    ]
