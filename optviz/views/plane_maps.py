"""Maps of starts on a plane of a model: the color of a start is what the whole run comes to."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.sweeps.basins import DIVERGED, NO_LOSS, WORDS
from optviz.sweeps.plane_records import ENDS, ON_PLANE, PlaneMap
from optviz.views.drawing.equal import describe_scales, has_equal_scales
from optviz.views.drawing.scale import Scale, fit_scale, format_number, to_single
from optviz.views.drawing.theme import GRAY, THEMES, make_figure

SHOWN = {
    "final": "final loss",
    "best": "lowest loss",
    "distance": "distance of the end from the nearest goal",
    "off": "share of the way off the plane",
}
"""The kinds of maps, and the title of their colors."""
WILD = "#c2410c"
"""The color of starts whose runs diverge: none of those of losses, in light or dark."""
DECADE = 10
"""Losses that differ by this factor are drawn on a log scale."""
LINE = 100
"""Characters in a line of the words below the title."""


def plane_map_figure(made: PlaneMap, show: str = "final", *, theme: str = "light") -> go.Figure:
    """Draw a map of starts: `show` is final, best, distance or off.

    Losses that span a decade have a log scale. Starts whose runs diverge have a color of
    their own; where there is no loss, the page is seen. The numbers mark the goals, hollow where
    the mark is only the point of the plane nearest to the goal. What the plane does not show is
    said below the title.

    Raises: ValueError: show must be of final, best, distance, off, got "loss"
    """
    if show not in SHOWN:
        raise ValueError(f'show must be of {", ".join(SHOWN)}, got "{show}"')
    if show == "distance" and not len(made.goals):
        raise ValueError("a map of distances needs goals: write plane_map(..., goals=runs)")
    heat = paint_values(made, show, theme)
    layout = lay_out(made)
    window = layout["xaxis"]["range"], layout["yaxis"]["range"]
    if has_equal_scales(window):  # the axes are perpendicular and of one unit
        across, up, place = describe_scales(window)
        layout["xaxis"] |= across
        layout["yaxis"] |= up
        heat["colorbar"] |= {"x": place}
    traces = [paint_wild(made), heat, *mark_goals(made), *make_legend(made, theme)]
    title = f"{made.label} on {made.problem}: {SHOWN[show]}, {made.steps} steps"
    return make_figure(traces, theme=theme, title=title, **layout)


def paint_values(made: PlaneMap, show: str, theme: str) -> dict[str, Any]:
    """Return the numbers of the starts as a heat map, without those of runs that end early."""
    values = np.where((made.end == DIVERGED) | (made.end == NO_LOSS), np.nan, getattr(made, show))
    bar: dict[str, Any] = {"title": {"text": SHOWN[show], "side": "right"}, "thickness": 12}
    heat: dict[str, Any] = {"zmin": 0.0, "zmax": 1.0}
    if show == "off":
        bar |= {"tickformat": ".0%"}
    else:
        scale = choose_scale(values, is_loss=show != "distance")
        values = scale.transform(values)
        heat = {"zmin": scale.low, "zmax": scale.high}
        bar |= choose_ticks(scale, float(np.nanmax(values, initial=scale.low)))
        bar["title"]["text"] += scale.title.removeprefix("loss")
    losses = THEMES[theme].losses
    return heat | {
        "type": "heatmap",
        "x": made.x,
        "y": made.y,
        "z": to_single(values),
        "colorscale": [[i / (len(losses) - 1), color] for i, color in enumerate(losses)],
        "colorbar": bar,
        "text": describe_runs(made),
        "hovertemplate": "start (%{x:.4g}, %{y:.4g})<br>%{text}<extra></extra>",
    }


def choose_scale(values: np.ndarray, *, is_loss: bool) -> Scale:
    """Return the scale of the numbers: of losses that span a decade, none negative, in logarithms.

    It ends at the highest 2 % where these would take a third of it.
    """
    finite = values[np.isfinite(values)]
    above = finite[finite > 0]
    low, high = np.quantile(above, [0.02, 0.98]) if above.size else (1.0, 1.0)
    scale = fit_scale(values, is_loss and bool((finite >= 0).all() and high >= DECADE * low))
    heights = scale.transform(values)
    heights = heights[np.isfinite(heights)]
    top = float(np.quantile(heights, 0.98, method="lower")) if heights.size else scale.high
    is_far = scale.high - top > (top - scale.low) / 2 > 0
    return scale._replace(high=top) if is_far else scale


def choose_ticks(scale: Scale, most: float) -> dict[str, Any]:
    """Return the ticks of the color bar; the last one says that more is colored alike."""
    ticks = scale.choose_ticks()
    if most <= scale.high:
        return ticks
    room = 0.06 * (scale.high - scale.low)
    pairs = zip(ticks["tickvals"], ticks["ticktext"], strict=True)
    kept = [pair for pair in pairs if pair[0] < scale.high - room]
    last = scale.offset + 10**scale.high if scale.log else scale.high
    values, text = zip(*kept, (scale.high, f"≥ {format_number(last)}"), strict=True)
    return {"tickvals": list(values), "ticktext": list(text)}


def paint_wild(made: PlaneMap) -> dict[str, Any]:
    """Return the starts whose runs diverge, in a color of their own."""
    return {
        "type": "heatmap",
        "x": made.x,
        "y": made.y,
        "z": np.where(made.end == DIVERGED, 1.0, np.nan),
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, WILD], [1, WILD]],
        "showscale": False,
        "text": describe_runs(made),
        "hovertemplate": "start (%{x:.4g}, %{y:.4g})<br>%{text}<extra></extra>",
    }


def describe_runs(made: PlaneMap) -> np.ndarray:
    """Return in words what the run from each start comes to."""
    words = np.empty(made.end.shape, object)
    for place in np.ndindex(made.end.shape):
        end = int(made.end[place])
        if end in (DIVERGED, NO_LOSS):
            words[place] = WORDS[end]
            continue
        lines = [
            f"final loss {format_number(float(made.final[place]))}",
            f"lowest loss {format_number(float(made.best[place]))}",
            f"{made.off[place]:.0%} of the way is off the plane",
        ]
        if len(made.goals):
            since = f"near goal {end + 1} from step {made.arrived[place]} on"
            lines.append(since if end >= 0 else ENDS[end])
        words[place] = "<br>".join(lines)
    return words


def mark_goals(made: PlaneMap) -> list[dict[str, Any]]:
    """Return the goals as their numbers; faint where they lie off the plane."""
    marks = []
    rows = zip(made.goals, made.goals_off, made.goal_losses, strict=True)
    for place, ((x, y), off, loss) in enumerate(rows):
        fill = "#ffffff" if off < ON_PLANE else "rgba(255,255,255,.6)"
        where = "" if off < ON_PLANE else f", {off:.0%} of its displacement off the plane"
        if not (made.x[0] <= x <= made.x[-1] and made.y[0] <= y <= made.y[-1]):
            where += ", outside the window"
        name = f"goal {place + 1}: loss {format_number(loss)}{where}"
        line = {"color": "#212529", "width": 1.5}
        marks.append(
            {
                "type": "scatter",
                "x": [x],
                "y": [y],
                "mode": "markers+text",
                "marker": {"size": 17, "color": fill, "line": line},
                "text": [str(place + 1)],
                "textfont": {"color": "#212529", "size": 11},
                "hovertemplate": f"{name}<extra></extra>",
                "name": name,
            }
        )
    return marks


def make_legend(made: PlaneMap, theme: str) -> list[dict[str, Any]]:
    """Return an entry of the legend for each kind of start that has no loss to show."""
    look = {"symbol": "square", "size": 12, "line": {"color": GRAY, "width": 1}}
    colors = {DIVERGED: WILD, NO_LOSS: THEMES[theme].page}
    return [
        {
            **{"type": "scatter", "x": [None], "y": [None], "mode": "markers"},
            **{"name": WORDS[end], "marker": look | {"color": color}, "hoverinfo": "skip"},
        }
        for end, color in colors.items()
        if made.share(end)
    ]


def lay_out(made: PlaneMap) -> dict[str, Any]:
    """Return the layout: the grid's window to the edges of its cells, and words below the title."""
    layout: dict[str, Any] = {}
    titles = f"distance along axis 1 ({made.how})", "distance along axis 2"
    for name, title, values in zip("xy", titles, (made.x, made.y), strict=True):
        half = (values[1] - values[0]) / 2
        ends = [float(values[0] - half), float(values[-1] + half)]
        layout[f"{name}axis"] = {"title": {"text": title}, "range": ends, "showgrid": False}
    lines = wrap(made.describe(), LINE)
    layout["title_subtitle"] = {"text": "<br>".join(lines), "font": {"size": 12}}
    layout["margin_t"] = 60 + 17 * len(lines)
    return layout
