"""Movies (or users) as points in two or three dimensions, their genres in color."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.recommenders.embeddings.maps import EmbeddingMap
from optviz.recommenders.embeddings.vectors import Vectors
from optviz.views.contours import LINE
from optviz.views.drawing.colors import GROUPS, Style, style_groups
from optviz.views.drawing.paths import style_mark
from optviz.views.drawing.theme import GRAY, build_figure

OTHER = "other genres"
LABELS = 12
"""Titles that are written beside points, at most."""
LETTER = (0.0115, 0.034)
"""The share of the picture that a letter of a title takes, across and down."""
SIDES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
}
"""Where a title may stand beside its point, the best place first."""
SHORT = 28
"""Letters of a title on the picture; hovering shows the whole."""
SOLID = ("circle", "square", "diamond", "cross")
"""The filled marks that stay clear in three dimensions."""
RING = "#e01568"
CAMERA = {"eye": {"x": 1.15, "y": 1.15, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.15}}
"""Near: the box has room around the points."""


def embedding_map(
    shown: EmbeddingMap,
    *,
    genres: Sequence[str] | None = None,
    find: str = "",
    select: int | None = None,
    theme: str = "light",
) -> go.Figure:
    """Draw a map of embeddings, in two dimensions or three.

    `genres` are those in color, by default the ten most frequent; a movie of several has the color
    of the rarest of them. `find` rings the movies whose title has this text; `select` (a row of
    the map) marks a movie and lines to its nearest neighbors in the full space. A point's
    customdata: its row, published id, training ratings, the rows of its neighbors, their
    cosines, and the share of them that the picture keeps near.
    """
    return build_figure(build_map_parts(shown, genres=genres, find=find, select=select), theme)


def build_map_parts(
    shown: EmbeddingMap,
    *,
    genres: Sequence[str] | None = None,
    find: str = "",
    select: int | None = None,
) -> dict[str, Any]:
    """Return the data and layout of `embedding_map`, as plain data without a theme."""
    found = shown.find(find)
    if select is not None and not 0 <= select < len(shown.points):
        raise ValueError(f"select must be a row from 0 to {len(shown.points) - 1}, got {select}")
    is_dim = bool(found) or select is not None
    traces = [
        draw_group(shown, name, rows, style, 0.25 if is_dim else 0.8)
        for name, rows, style in group_rows(shown.vectors, choose_genres(shown.vectors, genres))
    ]
    if select is not None:
        near = [int(other) for other in shown.neighbors[select]]
        traces += [draw_lines(shown, select, near), draw_rings(shown, near, "its nearest")]
        traces += [draw_selected(shown, select), draw_titles(shown, [select, *near])]
    if found:
        traces.append(draw_rings(shown, found, f'"{find.strip()}": {len(found)} found'))
        traces.append(draw_titles(shown, found))
    if not is_dim:
        traces.append(draw_titles(shown, range(len(shown.points))))
    return {"data": traces, "layout": lay_out_map(shown, describe_selected(shown, select))}


def choose_genres(vectors: Vectors, genres: Sequence[str] | None) -> list[str]:
    """Return the genres in color, those most frequent first."""
    counts = Counter(genre for each in vectors.genres for genre in each)
    if genres is None:
        return [genre for genre, _ in counts.most_common(len(GROUPS))]
    if unknown := [genre for genre in genres if genre not in counts]:
        raise ValueError(f"no movie here has the genre {unknown[0]}: there are {', '.join(counts)}")
    return sorted(genres, key=lambda genre: -counts[genre])


def group_rows(vectors: Vectors, genres: list[str]) -> list[tuple[str, np.ndarray, Style]]:
    """Return the groups of rows by the rarest of their genres in color, those without one first."""
    if vectors.side == "user":
        return [("users", np.arange(len(vectors)), Style(GROUPS[0]))]
    own = [
        max((genres.index(each) for each in movie if each in genres), default=-1)
        for movie in vectors.genres
    ]
    styles = [Style(GRAY), *style_groups(genres).values()]
    groups = zip([OTHER, *genres], range(-1, len(genres)), styles, strict=True)
    rows = [(name, np.flatnonzero(np.equal(own, place)), style) for name, place, style in groups]
    return [each for each in rows if len(each[1])]


def draw_group(
    shown: EmbeddingMap, name: str, rows: np.ndarray, style: Style, opacity: float
) -> dict[str, Any]:
    """Return the points of a group; hovering tells title, genres, ratings and neighbors."""
    look = draw_marks(name, style, shown.projection.dims == 2, opacity)
    return place_points(shown, rows) | {
        **look,
        "text": [describe_row(shown, row) for row in rows],
        "customdata": [list_data(shown, row) for row in rows],
        "meta": {"part": "points"},
    }


def draw_marks(name: str, style: Style, is_flat: bool, opacity: float) -> dict[str, Any]:
    """Return the look of a group's points, on a plane or in space, without their places."""
    symbol = style.symbol if is_flat or style.symbol in SOLID else "circle"
    marker = {"color": style.color, "symbol": symbol, "size": 8 if is_flat else 4}
    edge = {"color": "rgba(255,255,255,.6)", "width": 0.5}
    return {
        "type": "scatter" if is_flat else "scatter3d",
        "mode": "markers",
        "marker": marker | {"line": edge, "opacity": opacity},
        "name": name,
        "legendrank": 1001 if name == OTHER else 1000,
        "hovertemplate": "%{text}<extra></extra>",
    }


def place_points(shown: EmbeddingMap, rows: Sequence[int] | np.ndarray) -> dict[str, Any]:
    """Return the trace of some rows, in two dimensions or three."""
    points = shown.points[np.asarray(rows, int)]
    kind = "scatter" if points.shape[1] == 2 else "scatter3d"
    return {"type": kind, **dict(zip("xyz", points.T, strict=False))}


def describe_row(shown: EmbeddingMap, row: int) -> str:
    """Return the words at a point: title, genres, ratings, bias, nearest neighbors."""
    vectors = shown.vectors
    lines = [f"<b>{vectors.titles[row]}</b>"]
    if vectors.genres[row]:
        lines.append(", ".join(vectors.genres[row]))
    bias = "" if vectors.biases is None else f", bias {vectors.biases[row]:+.2f}"
    lines.append(f"{vectors.counts[row]:,} training ratings{bias}")
    near = zip(shown.neighbors[row][:3], shown.cosines[row][:3], strict=True)
    lines.append("nearest in the full space:")
    lines += [f"  {vectors.titles[other]} ({cosine:.2f})" for other, cosine in near]
    return "<br>".join(lines)


def list_data(shown: EmbeddingMap, row: int) -> list[Any]:
    """Return what a page needs of a point: see `embedding_map`."""
    return [
        int(row),
        int(shown.vectors.ids[row]),
        int(shown.vectors.counts[row]),
        shown.neighbors[row].tolist(),
        np.round(shown.cosines[row], 3).tolist(),
        round(float(shown.trust.kept[row]), 3),
    ]


def draw_lines(shown: EmbeddingMap, row: int, near: list[int]) -> dict[str, Any]:
    """Return lines from a movie to its neighbors in the full space."""
    ends = np.full((3 * len(near), shown.projection.dims), np.nan)
    ends[0::3], ends[1::3] = shown.points[row], shown.points[near]
    lines = place_points(shown, []) | dict(zip("xyz", ends.T, strict=False))
    look = {"mode": "lines", "line": {"color": GRAY, "width": 1.5}, "hoverinfo": "skip"}
    return lines | look | {"showlegend": False}


def draw_selected(shown: EmbeddingMap, row: int) -> dict[str, Any]:
    """Return the mark of the selected movie."""
    symbol, size = ("star", 16) if shown.projection.dims == 2 else ("diamond", 8)
    look = {"mode": "markers", "marker": style_mark(symbol, size), "hoverinfo": "skip"}
    name = shorten(shown.titles[row])
    return place_points(shown, [row]) | look | {"name": name, "meta": {"part": "selected"}}


def draw_rings(shown: EmbeddingMap, rows: list[int], name: str) -> dict[str, Any]:
    """Return rings around some points."""
    size = 13 if shown.projection.dims == 2 else 7
    ring = {"symbol": "circle-open", "size": size, "color": RING, "line": {"width": 2}}
    look = {"mode": "markers", "marker": ring, "name": name, "hoverinfo": "skip"}
    return place_points(shown, rows) | look | {"meta": {"part": "rings"}}


def draw_titles(shown: EmbeddingMap, rows: Sequence[int]) -> dict[str, Any]:
    """Return the titles of the points that have room for one, from the first on."""
    titles = {row: shorten(shown.titles[row]) for row in rows}
    chosen = choose_labels(flatten_points(shown.points), titles)
    # An invisible mark keeps the words off the point's own.
    return place_points(shown, list(chosen)) | {
        "mode": "markers+text",
        "marker": {"size": 12 if shown.projection.dims == 2 else 6, "opacity": 0},
        "text": [titles[row] for row in chosen],
        "textposition": list(chosen.values()),
        "textfont": {"size": 11},
        "showlegend": False,
        "hoverinfo": "skip",
        "meta": {"part": "titles"},
    }


def flatten_points(points: np.ndarray) -> np.ndarray:
    """Return where points lie on the screen, (rows, 2), those in space as first seen."""
    if points.shape[1] == 2:
        return points
    eye = np.array([CAMERA["eye"][axis] for axis in "xyz"])
    right = np.cross([0.0, 0.0, 1.0], eye)
    up = np.cross(eye, right)
    return np.stack([points @ each / np.linalg.norm(each) for each in (right, up)], axis=1)


def choose_labels(flat: np.ndarray, titles: dict[int, str]) -> dict[int, str]:
    """Return where titles stand beside their points: row -> position, those first before others.

    A title without room, beside the others and the marks of few, is left out.

    Shapes: flat (rows, 2)
    """
    size = np.ptp(flat, axis=0)
    place = {row: (flat[row] - flat.min(axis=0)) / np.where(size > 0, size, 1.0) for row in titles}
    boxes = [(at, np.array([0.01, 0.015])) for at in place.values()] if len(titles) < 40 else []
    chosen: dict[int, str] = {}
    for row, title in titles.items():
        half = np.array([len(title), 1]) * LETTER / 2
        for side, direction in SIDES.items():
            center = place[row] + direction * (half + 0.014)
            if all((np.abs(center - at) > half + other).any() for at, other in boxes):
                boxes.append((center, half))
                chosen[row] = side
                break
        if len(chosen) == LABELS:
            break
    return chosen


def shorten(title: str) -> str:
    """Return a title without its year, and cut where it is long."""
    plain = title.rpartition(" (")[0] or title
    return plain if len(plain) <= SHORT else f"{plain[: SHORT - 1].rstrip()}…"


def describe_selected(shown: EmbeddingMap, row: int | None) -> str:
    """Return in a sentence how many neighbors of the selected movie the picture keeps near."""
    if row is None:
        return ""
    nearest = shown.trust.nearest
    kept = round(shown.trust.kept[row] * nearest)
    return f" {shorten(shown.titles[row])}: {kept} of its {nearest} nearest are near here too."


def lay_out_map(shown: EmbeddingMap, more: str = "") -> dict[str, Any]:
    """Return the layout: axes of one scale, words on variance and trust below the title."""
    projection, lines = shown.projection, wrap(shown.words() + more, LINE)
    shares = projection.shares
    names = [f"{projection.how} {axis + 1}" for axis in range(projection.dims)]
    if shares is not None:
        words = " of the variance" if projection.dims == 2 else ""
        names = [f"axis {i} ({share:.0%}{words})" for i, share in enumerate(shares, 1)]
    subtitle = {"text": "<br>".join(lines), "font": {"size": 12}}
    key = f"{projection.how} {shown.side} {shown.vectors.model} {projection.dims}"
    layout: dict[str, Any] = {
        "title": {
            "text": f"{shown.side.capitalize()} embeddings ({projection.how})",
            "subtitle": subtitle,
        },
        "margin": {"t": 60 + 17 * len(lines)},
        "uirevision": key,
        "showlegend": True,
        "legend": {"itemsizing": "constant"},
    }
    # Distances are drawn alike along all axes, else a neighborhood would be stretched.
    if projection.dims == 2:
        plain = {"showticklabels": shares is not None, "zeroline": False}
        layout["xaxis"] = plain | {"title": {"text": names[0]}}
        layout["yaxis"] = plain | {"title": {"text": names[1]}, "scaleanchor": "x"}
        return layout
    axes = {
        f"{axis}axis": {"title": {"text": name}} for axis, name in zip("xyz", names, strict=True)
    }
    return layout | {"scene": axes | {"aspectmode": "data", "camera": CAMERA}}
