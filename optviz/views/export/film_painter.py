"""The frames of a film: lines and marks painted over a still picture, as plotly draws them."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from optviz.views.export.film_plots import Line, Plot

FINE = 3
"""Pixels of a painting that make one of a frame, along each side."""
DASHES = {
    "dash": (3, 3),
    "dot": (1, 1),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
    "longdashdot": (5, 2, 1, 2),
}
"""Each of plotly's dashes: what is drawn and what is left, in turn, in widths of at least 3."""
EDGE = 16
"""Pixels around a plot into which a mark at its frame reaches."""
NEAR = 0.3
"""Points of a line within a square of this side, in pixels, count as one."""


def make_polygon(corners: int, turn: float, inner: float = 1.0) -> list[tuple[float, float]]:
    """Return the corners of a regular polygon or, with `inner`, of a star."""
    count = corners if inner == 1.0 else 2 * corners
    radii = [1.0 if place % 2 == 0 else inner for place in range(count)]
    angles = [turn + 2 * pi * place / count for place in range(count)]
    return [(r * sin(a), -r * cos(a)) for r, a in zip(radii, angles, strict=True)]


def make_cross(arm: float) -> list[tuple[float, float]]:
    """Return the corners of an upright cross."""
    a, b = 1.0, arm
    quarter = [(-b, -a), (b, -a), (b, -b)]
    turns = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))
    return [(p * x + q * y, r * x + s * y) for p, q, r, s in turns for x, y in quarter]


def turn_half(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points turned by an eighth of a circle."""
    r = 0.5**0.5
    return [((x - y) * r, (x + y) * r) for x, y in points]


SHAPES = {
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    "triangle-up": [(0, -1.15), (1.15, 0.58), (-1.15, 0.58)],
    "triangle-down": [(0, 1.15), (1.15, -0.58), (-1.15, -0.58)],
    "cross": make_cross(0.4),
    "x": turn_half(make_cross(0.4)),
    "pentagon": make_polygon(5, 0.0),
    "star": make_polygon(5, 0.0, 0.4),
}
"""The corners of plotly's marks of radius 1; every other mark is a circle."""


class Painter:
    """A still picture, and the plots that are painted over it step by step."""

    def __init__(self, still: Image.Image, plots: list[Plot], ink: str, words: Any = None):
        self.still, self.plots, self.ink = still.convert("RGB"), plots, ink
        self.words = words
        """(x, y, size): the right end of the words that tell the step; None for none."""
        self.font = ImageFont.load_default(words[2]) if words else None

    def paint(self, step: float, whole: bool = False) -> Image.Image:
        """Return the frame of a step; between two steps all is on its way, as on screen.

        `whole` paths are drawn to their end from the start, and a mark moves on them.
        """
        frame = self.still.copy()
        for plot in self.plots:
            paint_plot(frame, plot, step, whole)
        if self.words:
            x, y, _ = self.words
            pen = ImageDraw.Draw(frame)
            pen.text((x, y), f"step {int(step):,}", fill=self.ink, font=self.font, anchor="rt")
        return frame


def paint_plot(frame: Image.Image, plot: Plot, step: float, whole: bool) -> None:
    """Paint the lines of a plot and their heads over a frame, within the plot's rectangle."""
    left, top, right, bottom = plot.box
    layer = Image.new("RGBA", ((right - left) * FINE, (bottom - top) * FINE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    heads: list[tuple[np.ndarray, Line]] = []
    for line in plot.lines:
        points = (cut_line(line, np.inf if whole else step) - (left, top)) * FINE
        draw_line(pen, points, line.look, line.look["color"])
        heads += [((each - (left, top)) * FINE, line) for each in cut_line(line, step)[-1:]]
    if plot.clips:
        draw_heads(pen, heads)
    fine = layer.reduce(FINE)
    frame.paste(fine, (left, top), fine)
    if not plot.clips:
        wide, high = layer.size
        room = EDGE * FINE
        above = Image.new("RGBA", (wide + 2 * room, high + 2 * room), (0, 0, 0, 0))
        inside = [
            (point + room, line)
            for point, line in heads
            if -1 <= point[0] <= wide + 1 and -1 <= point[1] <= high + 1
        ]
        draw_heads(ImageDraw.Draw(above), inside)
        fine = above.reduce(FINE)
        frame.paste(fine, (left - EDGE, top - EDGE), fine)


def draw_heads(pen: Any, heads: list[tuple[np.ndarray, Line]]) -> None:
    """Draw the marks of some lines at their points."""
    for point, line in heads:
        if np.isfinite(point).all():
            draw_mark(pen, point, line.mark)


def cut_line(line: Line, step: float) -> np.ndarray:
    """Return a line as far as a step, on its way to the next point where that lies between two."""
    count = int(np.searchsorted(line.steps, step, side="right"))
    points = line.pixels[:count]
    if 0 < count < len(line.steps):
        before, after = line.steps[count - 1 : count + 1]
        part = (step - before) / (after - before)
        ends = line.pixels[count - 1 : count + 1]
        if part > 0 and np.isfinite(ends).all():
            points = np.concatenate([points, ends[:1] + part * (ends[1] - ends[0])])
    return points


def draw_line(pen: Any, points: np.ndarray, look: dict[str, Any], color: str) -> None:
    """Draw a line with its dashes, in parts between gaps."""
    width = max(1, round(look["width"] * FINE))
    for part in split_gaps(clip_far(points)):
        near = drop_near(part)
        if len(near) < 2:
            continue
        for piece in cut_dashes(near, look.get("dash", "solid"), look["width"] * FINE):
            pen.line([tuple(each) for each in piece], fill=color, width=width, joint="curve")


def clip_far(points: np.ndarray) -> np.ndarray:
    """Return points with those far outside any picture moved nearer, so that none overflows."""
    return np.clip(points, -1e5, 1e5)


def split_gaps(points: np.ndarray) -> list[np.ndarray]:
    """Return the runs of finite points."""
    good = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(good.astype(int))) + 1
    return [part for part in np.split(points, edges) if len(part) and np.isfinite(part[0]).all()]


def drop_near(points: np.ndarray) -> np.ndarray:
    """Return a line without points that share a fraction of a pixel, the last one kept."""
    cells = np.floor(points / (NEAR * FINE))
    moved = (np.diff(cells, axis=0) != 0).any(axis=1)
    kept = np.concatenate([[True], moved])
    kept[-1] = True
    return points[kept]


def cut_dashes(points: np.ndarray, dash: str, width: float) -> list[np.ndarray]:
    """Return the pieces of a line that a dash draws."""
    if dash not in DASHES:
        return [points]
    unit = max(3.0 * FINE, width)
    pattern = np.array(DASHES[dash]) * unit
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    turns = int(length[-1] // pattern.sum()) + 1
    if turns > 20_000:
        return [points]
    edges = np.concatenate([[0.0], np.cumsum(np.tile(pattern, turns))])
    pieces = []
    for start, end in zip(edges[0:-1:2], edges[1::2], strict=True):
        if start >= length[-1]:
            break
        end = min(end, length[-1])
        inside = (length > start) & (length < end)
        at = np.concatenate([[start], length[inside], [end]])
        pieces.append(np.stack([np.interp(at, length, points[:, i]) for i in (0, 1)], axis=1))
    return pieces


def draw_mark(pen: Any, point: np.ndarray, mark: dict[str, Any]) -> None:
    """Draw a mark with its outline, whose middle lies on the mark's edge."""
    radius = mark["size"] / 2 * FINE
    line = mark.get("line") or {"color": "#ffffff", "width": 1.5}
    half = line["width"] / 2 * FINE
    for size, color in ((radius + half, line["color"]), (radius - half, mark["color"])):
        draw_shape(pen, point, max(0.5, size), mark.get("symbol", "circle"), color)


def draw_shape(pen: Any, point: np.ndarray, radius: float, symbol: str, color: str) -> None:
    """Fill a mark's shape."""
    x, y = float(point[0]), float(point[1])
    if symbol in SHAPES:
        pen.polygon([(x + radius * a, y + radius * b) for a, b in SHAPES[symbol]], fill=color)
    else:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
