"""The drift of embeddings over a training, as a figure with a slider over its frames."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.recommenders.embeddings.drift import Drift
from optviz.views.contours import LINE
from optviz.views.drawing.theme import GRAY, template
from optviz.views.embedding_maps import (
    choose_genres,
    choose_labels,
    draw_marks,
    group_rows,
    shorten,
)

PACE = 120
"""Milliseconds that a frame stands while the film plays."""


def embedding_drift(
    film: Drift, *, frame: int = -1, genres: list[str] | None = None, theme: str = "light"
) -> go.Figure:
    """Draw the movies of a training, where they are at one of its frames, and all frames to play.

    Lines are the whole way of the movies with a title. As a file the figure takes at most 400 kB
    with 60 frames of 200 movies.
    """
    parts = build_drift_parts(film, frame=frame, genres=genres)
    layout = {"template": template(theme), **parts["layout"]}
    return go.Figure(parts["data"], layout, frames=parts["frames"])


def build_drift_parts(
    film: Drift, *, frame: int = -1, genres: list[str] | None = None
) -> dict[str, Any]:
    """Return the data, layout and frames of `embedding_drift`, as plain data without a theme."""
    count = len(film.step)
    if not -count <= frame < count:
        raise ValueError(f"frame must be a whole number from 0 to {count - 1}, got {frame}")
    titles = {row: shorten(title) for row, title in enumerate(film.vectors.titles)}
    labels = choose_labels(film.points[-1], titles)
    groups = group_rows(film.vectors, choose_genres(film.vectors, genres))
    ways = draw_ways(film, list(labels))
    hover = [describe_row(film, row) for row in range(len(titles))]
    traces = [
        draw_marks(name, style, True, 0.8)
        | place_points(film, rows, frame)
        | {"text": [hover[row] for row in rows], "customdata": rows.tolist()}
        for name, rows, style in groups
    ]
    words = {
        **place_points(film, np.array(list(labels)), frame),
        "type": "scatter",
        **{"mode": "markers+text", "marker": {"size": 12, "opacity": 0}, "hoverinfo": "skip"},
        **{"text": [titles[row] for row in labels], "textposition": list(labels.values())},
        **{"textfont": {"size": 11}, "showlegend": False},
    }
    moving = [*(rows for _, rows, _ in groups), np.array(list(labels))]
    frames = [
        {
            "name": str(step),
            "data": [place_points(film, rows, place) for rows in moving],
            "traces": list(range(1, len(moving) + 1)),
        }
        for place, step in enumerate(film.step)
    ]
    return {"data": [ways, *traces, words], "layout": lay_out_film(film, frame), "frames": frames}


def place_points(film: Drift, rows: np.ndarray, frame: int) -> dict[str, Any]:
    """Return where some rows are at a frame, in single precision to keep the file small."""
    x, y = film.points[frame, rows].T.astype(np.float32)
    return {"x": x, "y": y}


def draw_ways(film: Drift, rows: list[int]) -> dict[str, Any]:
    """Return the whole way of some movies as thin lines."""
    gap = np.full((1, len(rows), 2), np.nan)
    way = np.concatenate([film.points[:, rows], gap]).transpose(1, 0, 2).reshape(-1, 2)
    x, y = way.T.astype(np.float32)
    look = {"mode": "lines", "line": {"color": GRAY, "width": 1}, "opacity": 0.5}
    return {"type": "scatter", "x": x, "y": y, **look, "hoverinfo": "skip", "showlegend": False}


def describe_row(film: Drift, row: int) -> str:
    """Return the words at a point: title, genres, ratings."""
    vectors = film.vectors
    lines = [f"<b>{vectors.titles[row]}</b>", ", ".join(vectors.genres[row])]
    lines.append(f"{vectors.counts[row]:,} training ratings")
    return "<br>".join(line for line in lines if line)


def lay_out_film(film: Drift, frame: int) -> dict[str, Any]:
    """Return the layout: a frame that holds every point of the film, a slider and two buttons."""
    low, high = film.points.min(axis=(0, 1)), film.points.max(axis=(0, 1))
    pad = 0.06 * np.where(high > low, high - low, 1.0)
    ranges = np.stack([low - pad, high + pad], axis=1).tolist()
    lines = wrap(film.words()[:1].upper() + film.words()[1:], LINE)
    subtitle = {"text": "<br>".join(lines), "font": {"size": 12}}
    share = film.shares[-1]
    return {
        "title": {"text": f"{film.vectors.side.capitalize()} embeddings over the training"}
        | {"subtitle": subtitle},
        "xaxis": {"title": {"text": f"axis 1 of the end (both: {share:.0%})"}, "range": ranges[0]},
        "yaxis": {"title": {"text": "axis 2 of the end"}, "range": ranges[1], "scaleanchor": "x"},
        "uirevision": f"drift {film.vectors.side} {film.label}",
        "showlegend": True,
        "legend": {"itemsizing": "constant"},
        "margin": {"t": 60 + 17 * len(lines), "b": 160},
        "height": 720,
        "sliders": [build_slider(film, frame)],
        "updatemenus": [build_buttons()],
    }


def build_slider(film: Drift, frame: int) -> dict[str, Any]:
    """Return the slider over the frames, each with its step and loss."""
    still = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}}
    still |= {"transition": {"duration": 0}}
    steps = [
        {
            "label": f"{step:,}, loss {loss:.3f}",
            "value": str(step),
            "method": "animate",
            "args": [[str(step)], still],
        }
        for step, loss in zip(film.step, film.losses, strict=True)
    ]
    return {
        "active": frame % len(film.step),
        "steps": steps,
        "currentvalue": {"prefix": "step ", "font": {"size": 13, "color": GRAY}},
        **{"x": 0.28, "len": 0.72, "y": 0, "yanchor": "top", "pad": {"t": 44, "b": 0}},
        **{"ticklen": 0, "minorticklen": 0, "font": {"size": 1, "color": "rgba(0,0,0,0)"}},
        "transition": {"duration": 0},
    }


def build_buttons() -> dict[str, Any]:
    """Return the buttons that play the film from its beginning, and stop it."""
    play = {"mode": "immediate", "frame": {"duration": PACE, "redraw": False}}
    play |= {"transition": {"duration": 0}, "fromcurrent": False}
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}}
    return {
        "type": "buttons",
        "showactive": False,
        "direction": "right",
        **{"x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "pad": {"t": 66, "r": 8}},
        "font": {"size": 12, "color": "#212529"},
        "bgcolor": "#e9ecef",
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, play]},
            {"label": "❚❚", "method": "animate", "args": [[None], stop]},
        ],
    }
