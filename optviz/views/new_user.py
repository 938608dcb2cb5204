"""A new user: the surface on which the vector is found, and intervals that shrink per answer."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.grid import Grid, find_floor, spans_decades
from optviz.landscapes.slices.slice import Slice
from optviz.recommenders.new_users.asking import Narrowing, Question
from optviz.recommenders.new_users.new_user import NewUser
from optviz.views.contours import LINE, build_map_layout, draw_losses
from optviz.views.drawing.colors import COLORS, style_of
from optviz.views.drawing.paths import draw_casings, draw_marks
from optviz.views.drawing.theme import GRAY, build_figure
from optviz.views.slices import draw_end, draw_path

COLOR = COLORS["adam"]


def new_user_surface(someone: NewUser, cut: Slice, *, theme: str = "light") -> go.Figure:
    """Draw the slice of a new user's loss with the mean user, the path and the optimum.

    `cut` is that of `slice_new_user`. Below the title stands how much of the path is off the plane.
    """
    return build_figure(build_surface_parts(someone, cut), theme)


def build_surface_parts(someone: NewUser, cut: Slice) -> dict[str, Any]:
    """Return the data and layout of `new_user_surface`, as plain data without a theme."""
    floor = find_floor(cut.losses)
    log = spans_decades(cut.losses, floor)
    grid = Grid(cut.alphas, cut.betas, cut.losses, ("toward", "across"), (), log, floor, cut.about)
    coords = cut.plane.project(np.stack([someone.problem.mean, someone.optimum]))[0]
    looks = style_of([each.kind for each in cut.shadows])
    pairs = list(zip(cut.shadows, looks, strict=True))
    lines = [draw_path(*pair).to_plotly_json() for pair in pairs]
    traces = [draw_losses(grid).to_plotly_json(), *draw_casings(lines), *lines]
    traces.append(draw_marks("start", coords[:1], "circle", 11) | {"name": "the mean user"})
    traces.append(draw_marks("minimum", coords[1:], "star", 17) | {"name": "the optimum"})
    traces += [draw_end(*pair).to_plotly_json() for pair in pairs]
    axes = "from the mean user to the optimum", f"across: the direction {cut.plane.how}"
    layout = build_map_layout(grid, axes, describe_path(someone, cut))
    title = cut.about[:1].upper() + cut.about[1:]
    return {"data": traces, "layout": layout | {"title": {"text": title}, "showlegend": True}}


def describe_path(someone: NewUser, cut: Slice) -> str:
    """Return in sentences what the slice shows, and what it hides of the path."""
    count = len(someone.params)
    shown = f"A cut through {count} numbers of one user; the mean user and the optimum lie on it."
    if not cut.shadows:
        return f"{shown} The optimum was found by Newton's method."
    off, path = cut.shadows[0].off, someone.words()
    worst = int(off.argmax())
    hidden = (
        f"Of the path's displacement from the mean user {off[-1]:.0%} is off the plane at the end, "
        f"at most {off[worst]:.0%} (step {cut.shadows[0].step[worst]})."
    )
    return " ".join([shown, hidden, path])


def interval_widths(
    narrowing: Narrowing, questions: Sequence[Question] = (), *, theme: str = "light"
) -> go.Figure:
    """Draw the half width of the predictions' intervals after each answer, the mean over movies.

    `questions` are those asked next: dotted is what their answers will do, whatever they are.
    """
    return build_figure(build_width_parts(narrowing, questions), theme)


def build_width_parts(narrowing: Narrowing, questions: Sequence[Question] = ()) -> dict[str, Any]:
    """Return the data and layout of `interval_widths`, as plain data without a theme."""
    count = len(narrowing.answers)
    given = ["the mean user", *(f"{title}: {stars:g} stars" for title, stars in narrowing.answers)]
    traces = [draw_widths(np.arange(count + 1), narrowing.half, given, "after the answers given")]
    if questions:
        half = [narrowing.half[-1], *(each.after for each in questions)]
        asked = [given[-1], *(f"ask: {each.title}" for each in questions)]
        steps = np.arange(count, count + len(half))
        traces.append(draw_widths(steps, half, asked, "if the next are answered", dash="dot"))
    top, last = float(narrowing.half.max()), count + len(questions)
    room = 0.15 * (top - narrowing.noise)
    words = (
        f"{narrowing.level:.0%} of ratings are to lie so near their prediction. No answer takes it "
        "below the line: that is the noise of single ratings, as known users have it. Toward the "
        "middle of the scale the sigmoid is steeper: an answer that moves predictions there can "
        "widen some."
    )
    lines = wrap(words, LINE)
    layout = {
        "title": {"text": "Intervals of the predictions"},
        "title_subtitle": {"text": "<br>".join(lines), "font": {"size": 12}},
        "margin_t": 60 + 17 * len(lines),
        "xaxis": {"title": {"text": "answers"}, "tickformat": "d", "range": [-0.3, last + 0.3]},
        "yaxis": {
            "title": {"text": "half width (stars), mean over movies"},
            "range": [narrowing.noise - room, top + room],
        },
        "shapes": [draw_floor(narrowing.noise)],
        "showlegend": True,
        "uirevision": "interval widths",
    }
    return {"data": traces, "layout": layout}


def draw_widths(
    steps: np.ndarray, half: Any, texts: list[str], name: str, **line: Any
) -> dict[str, Any]:
    """Return the line of some half widths, each with the answer before it in its hover text."""
    return {
        "type": "scatter",
        "x": steps,
        "y": np.asarray(half, float),
        "mode": "lines+markers",
        "line": {"color": COLOR, "width": 2.5} | line,
        "marker": {"color": COLOR, "size": 8, "symbol": "circle-open" if line else "circle"},
        "name": name,
        "text": texts,
        "hovertemplate": "%{text}<br>±%{y:.3f} stars<extra></extra>",
    }


def draw_floor(noise: float) -> dict[str, Any]:
    """Return a line at the least half width, with its name."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": noise,
        "y1": noise,
        "line": {"color": GRAY, "dash": "dash", "width": 1.5},
        "label": {
            "text": f"all known of the user: ±{noise:.3f}",
            "textposition": "end",
            "yanchor": "bottom",
            "font": {"size": 12, "color": GRAY},
        },
    }


def interval_bars(narrowing: Narrowing, *, theme: str = "light") -> go.Figure:
    """Draw some movies' predictions with their intervals, before the first answer and now."""
    return build_figure(build_bar_parts(narrowing), theme)


def build_bar_parts(narrowing: Narrowing) -> dict[str, Any]:
    """Return the data and layout of `interval_bars`, as plain data without a theme."""
    order = np.argsort(narrowing.ratings[-1], kind="stable")
    count = len(narrowing.answers)
    now = f"after {count} answer{'' if count == 1 else 's'}"
    traces = [draw_bars(narrowing, 0, order, GRAY, 0.16, "the mean user, before any answer")]
    if count:
        traces.append(draw_bars(narrowing, -1, order, COLOR, -0.16, now))
    titles = [shorten(narrowing.movies[place]) for place in order]
    low, high = narrowing.scale
    layout = {
        "title": {"text": f"Predictions with their {narrowing.level:.0%} intervals"},
        "xaxis": {"title": {"text": "stars"}, "range": [low - 0.1, high + 0.1]},
        "yaxis": {"tickvals": list(range(len(titles))), "ticktext": titles, "title": {"text": ""}},
        "height": 150 + 40 * len(titles),
        "showlegend": True,
        "uirevision": "interval bars",
    }
    return {"data": traces, "layout": layout}


def draw_bars(
    narrowing: Narrowing, row: int, order: np.ndarray, color: str, shift: float, name: str
) -> dict[str, Any]:
    """Return the intervals of all movies after some answers, within the scale of ratings."""
    rating, half = narrowing.ratings[row][order], narrowing.halves[row][order]
    low, high = np.clip([rating - half, rating + half], *narrowing.scale)
    return {
        "type": "scatter",
        "x": rating,
        "y": np.arange(len(order)) + shift,
        "mode": "markers",
        "marker": {"color": color, "size": 9},
        "error_x": {
            "array": np.maximum(high - rating, 0),
            "arrayminus": np.maximum(rating - low, 0),
            "color": color,
            "thickness": 2.5,
            "width": 4,
        },
        "customdata": np.stack([low, high], axis=1),
        "text": [narrowing.movies[place] for place in order],
        "hovertemplate": "%{text}<br>%{x:.2f} stars, %{customdata[0]:.2f} to "
        "%{customdata[1]:.2f}<extra>%{fullData.name}</extra>",
        "name": name,
    }


def shorten(title: str) -> str:
    """Return a title that fits beside an axis."""
    return title if len(title) <= 34 else f"{title[:33]}…"
