"""Words below a picture, and the room that they, the legend and the axis titles take."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

LETTER = 7.0
"""Mean width of a letter of 12 pixels; of other sizes in proportion."""
SIDES = 76, 16
"""Pixels left of the plot, where the caption begins, and right of it."""
ROW, LINE, TICKS = 20, 16, 34
"""Heights in pixels of a row of the legend, of a line of the caption, and of the ticks of an axis
with the distance of its title."""
OVER = 60
"""Pixels that a title beside a plot may be longer than it: there is room above and below."""
LEAST = 200
"""The least width of a picture."""
CAPTION = "caption"
"""The name of the words among the notes of a figure."""
LEGEND = {
    **{"orientation": "v", "tracegroupgap": 0, "font": {"size": 12}},
    **{"x": 0, "xanchor": "left", "maxheight": 2000},
}
"""Below each other, as plotly clips a horizontal legend at the width of the plot."""


def wrap_text(text: str, width: float, size: float = 12) -> str:
    """Return a text in lines of at most so many pixels."""
    return "<br>".join(wrap(text, max(int(width * 12 / size / LETTER), 12)))


def count_lines(text: str) -> int:
    """Return the number of lines of a wrapped text; none of an empty one."""
    return text.count("<br>") + 1 if text else 0


def add_caption(
    layout: dict[str, Any],
    title: str,
    words: str,
    entries: Sequence[Any],
    width: int,
    *,
    plot: float | None = None,
    bar: int = 0,
) -> None:
    """Put words below a picture that is so wide, above the legend, and set its height.

    `entries` are the traces with an entry in the legend, whose names are wrapped. `plot` is the
    height of the plot if it has a natural one, `bar` that of the color bar of `coloraxis2`, which
    is put between title and plot.
    """
    check_width(width)
    inner = width - sum(SIDES)
    heading, text = wrap_text(title, width - 100, 16), wrap_text(words, inner)
    above = 0
    if "xaxis" in layout:
        title_of = layout["xaxis"]["title"]
        title_of["text"] = wrap_text(title_of["text"], inner - 40, 14)
        titles = [each["title"]["text"] for key, each in layout.items() if key[:5] == "xaxis"]
        above = TICKS + 18 * max(map(count_lines, titles))
    top = 26 + 21 * count_lines(heading) + bar
    bottom = above + LINE * count_lines(text) + wrap_names(entries, width) + 28
    height = min(max(0.62 * inner if plot is None else plot, 200), 560)
    layout["annotations"] = [*layout.get("annotations", ()), write_note(text, above + 4)]
    layout["title_text"] = heading
    # Plotly moves a title of several lines up by half of them.
    layout["title_pad_t"] = 12 + 10 * (count_lines(heading) - 1)
    layout["margin"] = {"l": SIDES[0], "r": SIDES[1], "t": top, "b": bottom}
    layout["height"] = round(top + height + bottom)
    layout["margin"]["l"] += 16 * wrap_side_titles(layout, height)
    if bar:
        place = 1 - (top - bar) / layout["height"]
        layout["coloraxis2"]["colorbar"] |= {"yref": "container", "y": place, "yanchor": "top"}
    layout["legend"] = LEGEND


def wrap_side_titles(layout: dict[str, Any], height: float) -> int:
    """Wrap the titles of vertical axes that are longer than their plots.

    Return the number of lines that have no room beside the plot.
    """
    beyond = 0
    for axis in (each for key, each in layout.items() if key[:5] == "yaxis"):
        title = axis.get("title", {})
        lines, size = title.get("text", "").split("<br>"), title.get("font", {}).get("size", 14)
        low, high = axis.get("domain", (0, 1))
        room = (high - low) * height + (OVER if (low, high) == (0, 1) else 0)
        if max(map(len, lines)) * LETTER * size / 12 > room:
            text = "<br>".join(wrap_text(each, room) for each in lines)
            title |= {"text": text, "font": {**title.get("font", {}), "size": 12}}
            beyond = max(beyond, count_lines(text) - 2)
    return beyond


def check_width(width: Any) -> None:
    """Refuse a width that no words fit in.

    Raises: ValueError: width must be 200 pixels or more, or None for no words, got 0
    """
    is_whole = isinstance(width, (int, np.integer)) and not isinstance(width, bool)
    if width is not None and not (is_whole and width >= LEAST):
        raise ValueError(
            f"width must be {LEAST} pixels or more, or None for no words, got {width!r:.40}"
        )


def write_note(text: str, below: float) -> dict[str, Any]:
    """Return a text so many pixels below the plot."""
    return {
        **{"name": CAPTION, "text": text, "font": {"size": 12}, "align": "left"},
        **{"x": 0, "xref": "paper", "xanchor": "left", "showarrow": False},
        **{"y": 0, "yref": "paper", "yanchor": "top", "yshift": -below},
    }


def wrap_names(entries: Sequence[Any], width: int) -> int:
    """Wrap the names of a legend's entries; return the height of the legend."""
    height = 0
    for each in entries:
        each["name"] = wrap_text(each["name"], width - 140)
        height += ROW + 16 * (count_lines(each["name"]) - 1)
    return height


def explain(name: str, marker: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of the legend that draws nothing."""
    return {
        **{"type": "scatter", "x": [None], "y": [None], "mode": "markers", "marker": marker},
        **{"name": name, "hoverinfo": "skip"},
    }


def take_caption(figure: go.Figure) -> tuple[go.Figure, str]:
    """Return a figure without the words below it, and the words, for a page that wraps them."""
    notes = figure.to_dict()["layout"].get("annotations", ())
    words = [each["text"] for each in notes if each.get("name") == CAPTION]
    if not words:
        return figure, ""
    room = LINE * count_lines(words[0])
    margin, height = figure.layout.margin.b - room, figure.layout.height - room
    plain = go.Figure(figure).update_layout(margin_b=margin, height=height)
    plain.layout.annotations = [each for each in notes if each.get("name") != CAPTION]
    return plain, words[0].replace("<br>", " ")
