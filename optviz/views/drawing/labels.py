"""The losses that are written on a few contour lines, as canvas/labels.js chooses them."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any, NamedTuple

import numpy as np

from optviz.landscapes.grid import Grid
from optviz.views.drawing.scale import Scale, format_number

MOST, ROWS = 7, 16
"""Lines that get a label, and rows of the grid that are searched for a place."""
EDGE, APART, ENOUGH = 0.08, 0.12, 0.3
"""Shares of the picture's sides: the free edge, and the least and best distance of two labels."""


class Label(NamedTuple):
    """A loss on a contour line; x and y are shares of the grid's sides."""

    x: float
    y: float
    text: str


def choose_labels(grid: Grid, scale: Scale, avoid: Iterable[Any] = ()) -> list[Label]:
    """Return a few labels of contour lines, far from each other, the minima and points to avoid."""
    heights, lines = scale.transform(grid.loss), scale.choose_lines(grid.loss)
    (left, right), (low, high) = grid.window
    points = [*grid.minima, *avoid]
    taken = [((x - left) / (right - left), (y - low) / (high - low)) for x, y in points]
    start, end, size = lines["start"], lines["end"], lines["size"]
    every = ceil((round((end - start) / size) + 1) / MOST)
    out: list[Label] = []
    for k in range(round(start / size), round(end / size) + 1):
        place = None if k % every else find_place(heights, k * size, taken)
        if place is not None:
            out.append(Label(*place, write_level(scale, k * size, size)))
            taken.append(place)
    return out


def write_level(scale: Scale, level: float, size: float) -> str:
    """Return the loss of a contour line as text."""
    loss = scale.offset + 10**level if scale.log else level
    digits = floor(log10(abs(loss) or 1.0) + 1e-9) + 1
    return format_number(
        loss, level if scale.log else log10(size), digits if digits in (3, 4) else 2
    )


def find_place(
    heights: np.ndarray, level: float, others: list[tuple[float, float]]
) -> tuple[float, float] | None:
    """Return where a line crosses one of the rows farthest from the places of others.

    It is None where the line comes near another place everywhere.
    """
    rows, columns = heights.shape
    across = range(ceil(EDGE * (columns - 1)), columns - 1)
    best, most = None, APART**2
    for row in (floor(j * (rows - 1) / ROWS) for j in range(2, ROWS - 1)):
        y, values = row / (rows - 1), heights[row]
        crossed = (values[:-1] < level) != (values[1:] < level)
        crossed &= np.isfinite(np.diff(values))
        for at in (at for at in across if crossed[at] and at < (1 - EDGE) * (columns - 1) - 1):
            x = float((at + (level - values[at]) / (values[at + 1] - values[at])) / (columns - 1))
            gaps = [(own - x) ** 2 + (other - y) ** 2 for own, other in others]
            away = min([ENOUGH**2, *gaps])
            if away > most + 1e-9:
                best, most = (x, y), away
    return best


def draw_labels(labels: list[Label], window: Any) -> list[dict[str, Any]]:
    """Return labels as annotations of plotly's over a window."""
    (left, right), (low, high) = window
    look = {"showarrow": False, "font": {"size": 11, "shadow": "auto"}, "captureevents": False}
    return [
        {"x": left + each.x * (right - left), "y": low + each.y * (high - low)}
        | {"text": each.text, "name": "loss", **look}
        for each in labels
    ]
