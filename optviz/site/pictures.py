"""Small pictures of a race without a browser: bands of the loss as a PNG, paths as SVG above it.

The bands are one ink at more or less opacity, so that one picture suits light and dark pages.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np

from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views.drawing.colors import Style, choose_styles
from optviz.views.drawing.scale import fit_scale

WIDTH, HEIGHT = 480, 360
HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
BANDS = 24
INK = (84, 112, 148)
OPACITY = 120
"""That of the highest band, of 255."""
DASHES = {"dash": "9 6", "dot": "3 5", "dashdot": "9 5 3 5", "longdash": "14 6"}
STAR = "0,-9 2.6,-3 9,-2.8 4,1.3 5.6,8 0,4.2 -5.6,8 -4,1.3 -9,-2.8 -2.6,-3"
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
    return f"{HEAD}<title>{escape(title)}</title>{''.join(parts)}</svg>\n"


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
    return f"{HEAD}<title>{escape(title)}</title>{axes}{line}{''.join(words)}</svg>\n"


def draw_run(run: Trajectory, style: Style, place) -> list[str]:
    """Draw one path, the point where it begins, and the one where it ends."""
    path = run.path[np.isfinite(run.path).all(axis=1)]
    if not len(path):
        return []
    points = thin_path(place(path))
    dash = DASHES.get(style.dash)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    (x, y), (a, b) = points[0], points[-1]
    line = f'fill="none" stroke="{style.color}" stroke-width="2.4" stroke-linejoin="round"{dashed}'
    return [
        f'<polyline points="{text}" {line}/>',
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#fff" stroke="#212529"/>',
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="{style.color}" stroke="#fff"/>',
    ]


def thin_path(points: np.ndarray) -> np.ndarray:
    """Return a path without points that no eye could tell from the one before."""
    kept = [0]
    for index in range(1, len(points)):
        if np.abs(points[index] - points[kept[-1]]).max() >= NEAR:
            kept.append(index)
    return points[[*kept, len(points) - 1]]


def shade_losses(heights: np.ndarray) -> np.ndarray:
    """Return the band of each height, from 1, and their edges, from BANDS + 1; 0 is a gap.

    Shapes: heights and the result (rows, columns)
    """
    low, high = np.nanmin(heights, initial=np.inf), np.nanmax(heights, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num((heights - low) / ((high - low) or 1.0), nan=-1.0)
    bands = np.where(share < 0, 0, np.minimum(share * BANDS, BANDS - 1).astype(int) + 1)
    edge = np.zeros(bands.shape, dtype=bool)
    edge[1:] |= bands[1:] != bands[:-1]
    edge[:, 1:] |= bands[:, 1:] != bands[:, :-1]
    return np.where(edge & (bands > 0), bands + BANDS, bands).astype(np.uint8)


def write_png(bands: np.ndarray) -> bytes:
    """Return a PNG file of bands, each one ink at an opacity of its own."""
    height, width = bands.shape
    fills = [round(OPACITY * place / (BANDS - 1)) for place in range(BANDS)]
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
