"""Small pictures of a race without a browser, as SVG: paths above bands of the loss, loss curves.

The bands are one ink at more or less opacity, and letters are gray, so that one picture suits light
and dark pages.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from optviz.landscapes.grid import loss_grid, spans_decades
from optviz.problems.base import Problem
from optviz.runs.comparison import Comparison, describe_outcome
from optviz.runs.rates import RateCurve
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, choose_styles, style_of
from optviz.views.drawing.scale import Scale, fit_scale
from optviz.views.drawing.theme import FONT

WIDTH, HEIGHT = 480, 360
BANDS = 24
INK = (84, 112, 148)
OPACITY = 120
"""That of the highest band, of 255."""
DASHES = {"dash": "9 6", "dot": "3 5", "dashdot": "9 5 3 5", "longdash": "14 6"}
STAR = "0,-9 2.6,-3 9,-2.8 4,1.3 5.6,8 0,4.2 -5.6,8 -4,1.3 -9,-2.8 -2.6,-3"
LETTERS = "#78808a"
"""Gray with a contrast of at least 3.9 with a white and with a dark page."""
LEFT, TOP, BELOW = 76, 16, 48
"""Room beside loss curves, above and below them."""
NEAR = 0.7
"""Points of a path nearer than this to the last one, in pixels, are left out."""


def draw_race(race: Comparison, title: str) -> str:
    """Draw the paths of a race over its losses as the text of an SVG file."""
    problem = race.problem
    grid = loss_grid(problem, size=WIDTH)
    (left, right), (low, high) = grid.window
    runs = list(race.trajectories.values())

    def place(points: np.ndarray) -> np.ndarray:
        x = (points[:, 0] - left) / (right - left) * WIDTH
        y = (high - points[:, 1]) / (high - low) * HEIGHT
        return np.clip(np.stack([x, y], axis=1), -9999, 9999)

    rows = np.linspace(WIDTH - 1, 0, HEIGHT).round().astype(int)
    bands = shade_losses(fit_scale(grid.loss, grid.log, grid.floor).transform(grid.loss)[rows])
    image = b64encode(write_png(bands)).decode()
    parts = [f'<image width="{WIDTH}" height="{HEIGHT}" href="data:image/png;base64,{image}"/>']
    for run, style in zip(runs, choose_styles(runs), strict=True):
        parts += draw_run(run, style, place)
    stars = place(np.array(grid.minima)) if grid.minima else []
    for x, y in stars:
        parts.append(
            f'<polygon points="{STAR}" transform="translate({x:.1f} {y:.1f})" '
            'fill="#fff" stroke="#212529" stroke-width="1.4"/>'
        )
    return write_svg(parts, title)


def draw_icon(problem: Problem, size: int = 56) -> bytes:
    """Draw the losses of a surface as a small PNG file for a list: the higher, the darker."""
    grid = loss_grid(problem, size=size)
    rows = np.linspace(size - 1, 0, 3 * size // 4).round().astype(int)
    heights = fit_scale(grid.loss, grid.log, grid.floor).transform(grid.loss)[rows]
    return write_png(shade_losses(heights, has_edges=False), most=255)


def draw_curve(values: Sequence[float], title: str) -> str:
    """Draw values from 0 up, each for its step, as the text of an SVG file."""
    left, top, right, bottom = 44, 24, WIDTH - 24, HEIGHT - 36
    high = max(*values, 1.0)
    points = []
    for step, value in enumerate(values):
        y = bottom - value / high * (bottom - top)
        for end in (step, step + 1):  # a value holds for the whole of its step
            points.append(f"{left + end / len(values) * (right - left):.1f},{y:.1f}")
    style = 'fill="#868e96" font-family="system-ui, sans-serif" font-size="14"'
    texts = [
        (left - 10, bottom + 5, "end", "0"),
        (left - 10, top + 5, "end", f"{high:g}"),
        (right, bottom + 24, "end", f"step {len(values)}"),
    ]
    words = [f'<text x="{x}" y="{y}" text-anchor="{a}" {style}>{t}</text>' for x, y, a, t in texts]
    axes = f'<path d="M{left},{top}V{bottom}H{right}" fill="none" stroke="#868e96"/>'
    line = f'<polyline points="{" ".join(points)}" fill="none" stroke="#4c6ef5" stroke-width="3"/>'
    return write_svg([axes, line, *words], title)


def draw_losses(race: Comparison, title: str) -> str:
    """Draw the loss of each run over its steps as the text of an SVG file.

    The axis is that of the runs that do not diverge, if there are any.
    """
    runs = list(race.trajectories.values())
    words = [describe_outcome(run, race.problem.window) for run in runs]
    calm = [run for run, end in zip(runs, words, strict=True) if not end.startswith("diverged")]
    every = np.concatenate([run.losses for run in calm or runs])
    height = fit_scale(every, spans_decades(every, 0.0) and not (every < 0).any())
    width = Scale(False, 0.0, 0.0, float(max(max(run.step[-1] for run in runs), 1)))
    lines = [
        (run.step, run.losses, look) for run, look in zip(runs, choose_styles(runs), strict=True)
    ]
    return draw_lines(lines, width, height, "step", title)


def draw_rates(curve: RateCurve, title: str) -> str:
    """Draw the final loss of an optimizer against its learning rate as the text of an SVG file.

    Losses above ten times the first one, as of runs that diverged, lie beyond the upper edge.
    """
    order, is_log = np.argsort(curve.rates), bool((curve.rates > 0).all())
    rates, losses = curve.rates[order], curve.final[order]
    most = 10 * abs(curve.first) if np.isfinite(curve.first) else np.inf
    low = losses[np.isfinite(losses) & (losses <= most)]
    every = np.append(low, curve.first)
    every = every[np.isfinite(every)] if np.isfinite(every).any() else np.zeros(1)
    height = fit_scale(every, spans_decades(every, 0.0) and not (every < 0).any())
    ends = np.log10(rates[[0, -1]]) if is_log else rates[[0, -1]]
    width = Scale(is_log, 0.0, *map(float, ends))
    losses = np.where(losses > most, 1e3 * most, losses)
    lines = [(rates, losses, style_of([curve.kind])[0])]
    return draw_lines(lines, width, height, f"learning rate lr{' (log scale)' * is_log}", title)


def draw_lines(
    lines: Iterable[tuple[np.ndarray, np.ndarray, Style]],
    width: Scale,
    height: Scale,
    below: str,
    title: str,
) -> str:
    """Draw lines of losses above axes as the text of an SVG file; `below` is the title of x."""

    def place(scale: Scale, values: np.ndarray, start: float, end: float) -> np.ndarray:
        share = (scale.transform(values) - scale.low) / ((scale.high - scale.low) or 1.0)
        return np.clip(start + share * (end - start), -9999, 9999)

    def place_x(values: np.ndarray) -> np.ndarray:
        return place(width, values, LEFT, WIDTH - 16)

    def place_y(values: np.ndarray) -> np.ndarray:
        return place(height, values, HEIGHT - BELOW, TOP)

    ticks = width.choose_ticks(), height.choose_ticks()
    x, y = (
        10.0 ** np.array(each["tickvals"], float)
        if scale.log
        else np.array(each["tickvals"], float)
        for scale, each in zip((width, height), ticks, strict=True)
    )
    columns = zip(place_x(x), [each.lstrip("≤ ") for each in ticks[0]["ticktext"]], strict=True)
    parts = draw_axes(columns, zip(place_y(y), ticks[1]["ticktext"], strict=True), below)
    for across, losses, style in lines:
        points = np.stack([place_x(across), place_y(losses)], axis=1)
        points = points[np.isfinite(points).all(axis=1)]
        parts += [write_line(thin_path(points), style)] if len(points) else []
    return write_svg(parts, title)


def draw_axes(
    columns: Iterable[tuple[float, str]], rows: Iterable[tuple[float, str]], below: str
) -> list[str]:
    """Draw lines across at places of both axes, and what they stand for."""
    right, low = WIDTH - 16, HEIGHT - BELOW
    parts = [f'<g font-family="{escape(FONT)}" font-size="15" fill="{LETTERS}" stroke-width="1">']
    for x, text in columns:
        parts.append(f'<path d="M{x:.1f} {TOP}V{low}" stroke="{LETTERS}" opacity=".25"/>')
        parts.append(f'<text x="{x:.1f}" y="{low + 20}" text-anchor="middle">{text}</text>')
    for y, text in rows:
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{LETTERS}" opacity=".25"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{text}</text>')
    middle = (LEFT + right) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{below}</text></g>')
    return parts


def write_svg(parts: Iterable[str], title: str) -> str:
    """Return the text of a picture's file."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>\n"


def draw_run(run: Trajectory, style: Style, place) -> list[str]:
    """Draw one path, the point where it begins, and the one where it ends."""
    path = run.path[np.isfinite(run.path).all(axis=1)]
    if not len(path):
        return []
    points = thin_path(place(path))
    (x, y), (a, b) = points[0], points[-1]
    return [
        write_line(points, style),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#fff" stroke="#212529"/>',
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="{style.color}" stroke="#fff"/>',
    ]


def write_line(points: np.ndarray, style: Style) -> str:
    """Write a line in the look of a run."""
    dash = DASHES.get(style.dash)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'fill="none" stroke="{style.color}" stroke-width="2.4" stroke-linejoin="round"{dashed}'
    return f'<polyline points="{text}" {line}/>'


def thin_path(points: np.ndarray) -> np.ndarray:
    """Return a path without points that no eye could tell from the one before."""
    kept = [0]
    for index in range(1, len(points)):
        if np.abs(points[index] - points[kept[-1]]).max() >= NEAR:
            kept.append(index)
    return points[[*kept, len(points) - 1]]


def shade_losses(heights: np.ndarray, has_edges: bool = True) -> np.ndarray:
    """Return the band of each height, from 1, and their edges, from BANDS + 1; 0 is a gap.

    Shapes: heights and the result (rows, columns)
    """
    low, high = np.nanmin(heights, initial=np.inf), np.nanmax(heights, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num((heights - low) / ((high - low) or 1.0), nan=-1.0)
    bands = np.where(share < 0, 0, np.minimum(share * BANDS, BANDS - 1).astype(int) + 1)
    if not has_edges:
        return bands.astype(np.uint8)
    edge = np.zeros(bands.shape, dtype=bool)
    edge[1:] |= bands[1:] != bands[:-1]
    edge[:, 1:] |= bands[:, 1:] != bands[:, :-1]
    return np.where(edge & (bands > 0), bands + BANDS, bands).astype(np.uint8)


def write_png(bands: np.ndarray, most: int = OPACITY) -> bytes:
    """Return a PNG file of bands, each one ink at an opacity of its own, the highest at `most`."""
    height, width = bands.shape
    fills = [round(most * place / (BANDS - 1)) for place in range(BANDS)]
    opacity = bytes([0, *fills, *(min(255, each + 34) for each in fills)])
    rows = np.concatenate([np.zeros((height, 1), np.uint8), bands], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", header),
        (b"PLTE", bytes(INK) * len(opacity)),
        (b"tRNS", opacity),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_write_chunk(*each) for each in chunks)


def _write_chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
