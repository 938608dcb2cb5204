"""What moves in a film: the lines of a figure, with their places in pixels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.arrays import unpack_array

Box = tuple[int, int, int, int]
"""Left, upper, right and lower pixel."""


class Line(NamedTuple):
    """One line of a run in a plot.

    Shapes: pixels (points, 2), from the figure's upper left, NaN in gaps; steps (points,).
    """

    run: int
    pixels: np.ndarray
    steps: np.ndarray
    look: dict[str, Any]
    """Color, dash and width."""
    mark: dict[str, Any]
    """The mark at its head: color, symbol, size, and the line around it."""


class Plot(NamedTuple):
    """A plot's rectangle and the lines that move within."""

    box: Box
    lines: list[Line]
    clips: bool = True
    """True where a mark at the frame is cut there, as on a surface."""


def split_figure(
    figure: dict[str, Any], runs: list[Trajectory]
) -> tuple[dict[str, Any], list[Plot]]:
    """Return the figure without what moves, its legend whole, and what moves, plot by plot."""
    layout, marks = figure["layout"], find_marks(figure["data"])
    plots: dict[str, Plot] = {}
    still = []
    for trace in figure["data"]:
        if not is_moving(trace):
            still.append(trace)
            continue
        still.append(trace | {"x": [None], "y": [None]})
        name = trace.get("xaxis", "x")
        if name not in plots:
            on_surface = trace["meta"]["panel"] == "surface"
            plots[name] = Plot(find_box(layout, trace), [], on_surface)
        if not is_end(trace):
            plots[name].lines.append(make_line(trace, layout, runs, marks))
    return {"data": still, "layout": layout}, list(plots.values())


def is_moving(trace: dict[str, Any]) -> bool:
    """Return True for the line of a run and the mark at its end."""
    meta = trace.get("meta")
    return isinstance(meta, dict) and "run" in meta and trace["type"] == "scatter"


def is_end(trace: dict[str, Any]) -> bool:
    """Return True for the mark at the end of a run."""
    return (trace.get("meta") or {}).get("part") is not None


def find_marks(traces: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return the mark at the end of each run, where the figure has it."""
    return {
        each["meta"]["run"]: each["marker"]
        for each in traces
        if is_moving(each) and is_end(each) and "marker" in each
    }


def make_line(
    trace: dict[str, Any], layout: dict[str, Any], runs: list[Trajectory], marks: dict[int, Any]
) -> Line:
    """Return the line of a trace in pixels."""
    run = trace["meta"]["run"]
    x, y = (unpack_array(trace[key]) for key in "xy")
    steps = runs[run].step if trace["meta"]["panel"] == "surface" else x
    pixels = np.stack(
        [
            to_pixels(x, layout, trace.get("xaxis", "x")),
            to_pixels(y, layout, trace.get("yaxis", "y")),
        ],
        axis=1,
    )
    plain = {
        "color": trace["line"]["color"],
        "symbol": "circle",
        "size": 3 * trace["line"]["width"],
    }
    return Line(run, pixels, np.asarray(steps, float), trace["line"], marks.get(run, plain))


def find_axis(layout: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the axis that a trace names: x, y2, ..."""
    return layout[f"{name[0]}axis{name[1:]}"]


def to_pixels(values: np.ndarray, layout: dict[str, Any], name: str) -> np.ndarray:
    """Return where values stand in pixels from the figure's upper left."""
    axis, across = find_axis(layout, name), name[0] == "x"
    low, high = axis["range"]
    with np.errstate(all="ignore"):
        values = np.log10(values) if axis.get("type") == "log" else values
        share = (values - low) / (high - low)
    a, b = axis["domain"]
    if across:
        return (a + share * (b - a)) * layout["width"]
    return (1 - a - share * (b - a)) * layout["height"]


def find_box(layout: dict[str, Any], trace: dict[str, Any]) -> Box:
    """Return the rectangle of a trace's plot in whole pixels."""
    x = find_axis(layout, trace.get("xaxis", "x"))["domain"]
    y = find_axis(layout, trace.get("yaxis", "y"))["domain"]
    wide, high = layout["width"], layout["height"]
    ends = x[0] * wide, (1 - y[1]) * high, x[1] * wide, (1 - y[0]) * high
    left, top, right, bottom = (round(each) for each in ends)
    return left, top, right, bottom
