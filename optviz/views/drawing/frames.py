"""The frame of curves over the steps: its range, its scale, and a note on each run that leaves it.

A run that diverges does not flatten the others: the frame is that of the others, and a note at its
edge names the run. Every chart of runs takes its range from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.paths import describe_end, keep_drawable

WIDE = 1000.0
"""A run whose values spread so many times as wide as the others' would flatten them."""
MOST_NOTES = 4
"""Lines of a note; more runs than this are counted in the last one."""


class Exit(NamedTuple):
    """A run that leaves the frame: its place among the runs, through which edge, and its remark."""

    place: int
    is_down: bool
    remark: str


class Panel(NamedTuple):
    """The frame of one plot: its axis, the runs that leave it, and the values that are drawn."""

    axis: dict[str, Any]
    exits: list[Exit]
    curves: list[np.ndarray]


def needs_log_axis(curves: Sequence[np.ndarray]) -> bool:
    """Return True where no value is negative and they span two decades."""
    values = np.concatenate([*curves, [np.nan]])
    positive = values[values > 0]
    if not positive.size or (values < 0).any():
        return False
    return bool(positive.max() >= 100 * positive.min())


def find_wild(runs: Sequence[Trajectory], curves: Sequence[np.ndarray]) -> list[bool]:
    """Return which runs would flatten the others: they stopped early, or went far and spread wide.

    A run went far where its losses or its params spread wide, or where its loss ends above its
    start. A healthy run stays in the frame, however wide it spreads.
    """
    calm = [not describe_end(run) and not is_climbing(run.losses) for run in runs]
    wide = find_wide(runs, curves, calm)
    if any(wide):
        far = [
            find_wide(runs, each, calm) for each in ([run.losses for run in runs], list_paths(runs))
        ]
        wide = [
            each and (any(how) or not quiet)
            for each, quiet, *how in zip(wide, calm, *far, strict=True)
        ]
    return [bool(describe_end(run)) or each for run, each in zip(runs, wide, strict=True)]


def list_paths(runs: Sequence[Trajectory]) -> list[np.ndarray]:
    """Return the params of each run less those it began with, (rows, n)."""
    with np.errstate(all="ignore"):
        return [run.path - run.path[0] for run in runs]


def is_climbing(losses: np.ndarray) -> bool:
    """Return True where the last finite loss is above the first one."""
    finite = losses[np.isfinite(losses)]
    return bool(finite.size and finite[-1] > finite[0])


def find_wide(
    runs: Sequence[Trajectory], curves: Sequence[np.ndarray], calm: Sequence[bool]
) -> list[bool]:
    """Return which curves spread WIDE times as wide as is usual, by the calm ones where any is."""
    spreads = [measure_spread(curve) for curve in curves]
    quiet = sorted(each for each, is_calm in zip(spreads, calm, strict=True) if is_calm)
    judges = quiet or sorted(spreads)
    usual = judges[(len(judges) - 1) // 2] if judges else 0.0
    pairs = zip(runs, curves, strict=True)
    begin = max((measure_first(curve) for run, curve in pairs if run.step[0] == 0), default=0.0)
    usual = max(usual, begin / 10) if quiet else usual  # a run that rests judges nobody
    return [each / WIDE > usual > 0 for each in spreads]


def measure_spread(curve: np.ndarray) -> float:
    """Return half of the way from the lowest to the highest finite value; 0 where there is none."""
    finite = curve[np.isfinite(curve)]
    # Halves, as the distance between two finite values may be infinite.
    return float(finite.max() / 2 - finite.min() / 2) if finite.size else 0.0


def measure_first(curve: np.ndarray) -> float:
    """Return the largest size of a curve's first values that is finite, or 0."""
    finite = np.abs(curve[:1][np.isfinite(curve[:1])])
    return float(finite.max()) if finite.size else 0.0


def find_range(
    runs: Sequence[Trajectory], curves: Sequence[np.ndarray], wild: Sequence[bool]
) -> tuple[float, float]:
    """Return the lowest and highest value in the frame: of all runs but the wild, and the starts.

    Where all are wild, they show ten times the start at most.
    """
    tame = [curve.ravel() for curve, out in zip(curves, wild, strict=True) if not out]
    # The fork of a wild run begins where that one is.
    firsts = [
        curve[:1].ravel() for run, curve in zip(runs, curves, strict=True) if run.step[0] == 0
    ]
    starts = firsts if tame or firsts else [curve[:1].ravel() for curve in curves]
    values = np.concatenate([*tame, *starts, [np.nan]])
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.1, 1.0
    low, high = float(values.min()), float(values.max())
    if not tame:
        every = np.concatenate([curve.ravel() for curve in curves])
        low = max(float(np.nanmin(every)), low - 9 * abs(low))
        high = min(float(np.nanmax(every)), high + 9 * abs(high))
    return low, high


def find_exits(
    runs: Sequence[Trajectory], curves: Sequence[np.ndarray], low: float, high: float
) -> list[Exit]:
    """Return the runs that leave a frame, with what is said of them."""
    exits = []
    for place, (run, curve) in enumerate(zip(runs, curves, strict=True)):
        rows = curve.reshape(-1, 1) if curve.ndim == 1 else curve
        with np.errstate(invalid="ignore"):
            outside = (rows > high) | (rows < low)
        if outside.any():
            first = rows[np.flatnonzero(outside.any(axis=1))[0]]
            is_down = not bool((first > high).any())
            exits.append(Exit(place, is_down, describe_end(run) or "off the chart"))
    return exits


def write_exits(
    runs: Sequence[Trajectory], exits: Sequence[Exit], **at: Any
) -> list[dict[str, Any]]:
    """Return a note at the right of each edge that runs leave through, a line a run.

    `at` are the axes that the note stands at: xref and yref.
    """
    styles, notes = choose_styles(runs), []
    for is_down in (False, True):
        own = [each for each in exits if each.is_down is is_down]
        mark = "▼" if is_down else "▲"
        count = len(own) if len(own) <= MOST_NOTES else MOST_NOTES - 1
        lines = [
            f'<span style="color:{styles[place].color}">{mark}</span> {runs[place].label}: {remark}'
            for place, _, remark in own[:count]
        ]
        if len(own) > count:
            lines.append(f"{mark} {len(own) - count} more runs leave the chart")
        if lines:
            place = {"y": 0, "yanchor": "bottom"} if is_down else {"y": 1, "yanchor": "top"}
            text = {"text": "<br>".join(lines), "align": "right", "showarrow": False}
            notes.append({"x": 1, "xanchor": "right", **place, **at, **text})
    return notes


def frame_panel(
    runs: Sequence[Trajectory], values: Mapping[int, np.ndarray], log: bool | None = None
) -> Panel:
    """Return the frame of a plot of some runs' values, by the places of the runs.

    It has a range where a run would flatten the others, and no exits elsewhere: there the range is
    that of all values.
    """
    own, curves = [runs[place] for place in values], list(values.values())
    is_log = needs_log_axis([each.ravel() for each in curves]) if log is None else log
    axis: dict[str, Any] = {"type": "log" if is_log else "linear"}
    drawn = [np.where(each > 0, each, np.nan) for each in curves] if is_log else curves
    wild = find_wild(own, curves)
    low, high = find_range(own, drawn, wild)
    exits = find_exits(own, drawn, low, high) if any(wild) else []
    if not exits:
        return Panel(axis, [], curves)
    places = list(values)
    exits = [each._replace(place=places[each.place]) for each in exits]
    seen = curves if is_log else [keep_drawable(each, high - low or 1.0) for each in curves]
    return Panel(axis | {"range": pad_range(low, high, is_log)}, exits, seen)


def pad_range(low: float, high: float, is_log: bool) -> list[float]:
    """Return the ends of an axis, with a little room; of a log axis their powers of ten."""
    ends = [float(each) for each in np.log10([low, high])] if is_log else [low, high]
    pad = 0.04 * (ends[1] - ends[0]) or 0.5
    return [ends[0] - pad, ends[1] + pad]
