"""The pictures of a study: points, lines and bars with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log10
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

from optviz.recommenders.studies.picture import Axis, Level, Picture, Series
from optviz.recommenders.studies.study import Study
from optviz.views.drawing.colors import COLORS, DASHES, SPARE, SYMBOLS, choose_colors
from optviz.views.drawing.scale import choose_log_ticks
from optviz.views.drawing.theme import GRAY, build_figure
from optviz.views.loss_curves import make_level

ORDER = ("adam", "nesterov", "momentum", "rmsprop", "sgd", "adadelta", "adagrad")
"""The colors of series that are no rule's, in the order in which they are taken."""
MANY = 100
"""More points than these are drawn small and pale."""

LONGEST = 36
"""Letters in a line of an axis' title: more do not fit beside a low picture."""


def draw_study(study: Study, *, theme: str = "light") -> list[go.Figure]:
    """Draw the pictures of a study."""
    return [build_figure(build_study_parts(each), theme) for each in study.pictures()]


def build_study_parts(picture: Picture) -> dict[str, Any]:
    """Return the data and layout of one picture, as plain data without a theme."""
    pairs = list(zip(picture.series, choose_series_colors(picture.series), strict=True))
    traces = [
        trace for place, pair in enumerate(pairs) for trace in build_series(*pair, place, picture)
    ]
    return {
        "data": traces,
        "layout": {
            "title": {"text": picture.title},
            "xaxis": build_axis(picture.x, list_values(picture, "x"))
            | ({"tickangle": -30} if picture.steep else {}),
            "yaxis": build_axis(picture.y, list_values(picture, "y", "low", "high")),
            "showlegend": len(pairs) > 1,
            "shapes": [build_level(each, picture) for each in picture.levels],
        },
    }


def build_level(level: Level, picture: Picture) -> dict[str, Any]:
    """Return a line across; its name stands below where the frame would cut it off above."""
    made = make_level(level.y, level.label)
    if level.y >= max(list_values(picture, "y", "high"), default=level.y):
        made["label"] = made["label"] | {"yanchor": "top"}
    return made


def list_values(picture: Picture, *fields: str) -> list[Any]:
    """Return the values of all series of a picture in some of their fields."""
    return [value for each in picture.series for field in fields for value in getattr(each, field)]


def choose_series_colors(series: tuple[Series, ...]) -> list[str]:
    """Return a color for each series: that of its rule, or the next that no series has."""
    rules = choose_colors([each.kind for each in series if each.kind])
    free = [COLORS[name] for name in ORDER if COLORS[name] not in rules.values()] + [*SPARE, GRAY]
    others = iter(range(len(series)))
    return [rules[each.kind] if each.kind else free[next(others) % len(free)] for each in series]


def build_axis(axis: Axis, values: Iterable[Any]) -> dict[str, Any]:
    """Return an axis; a log one over many decades has its ticks further apart."""
    made: dict[str, Any] = {"title": {"text": "<br>".join(wrap(axis.title, LONGEST))}}
    values = list(values)
    if any(isinstance(value, str) for value in values):
        return made | {"type": "category"}  # or plotly would take "10" for a number
    if not axis.log:
        return made
    ends = [log10(value) for value in values if value > 0]
    ticks = choose_log_ticks(min(ends, default=0), max(ends, default=1))
    return made | {"type": "log", **ticks, "tickformat": "~g"}


def build_series(
    series: Series, color: str, place: int, picture: Picture
) -> Iterator[dict[str, Any]]:
    """Yield the traces of a series: the band or the bars of its intervals with the points."""
    names, values = (each.title for each in (picture.x, picture.y))
    points = {
        "type": "scatter",
        "x": list(series.x),
        "y": list(series.y),
        "mode": series.mode,
        "name": series.label,
        "line": {"color": color, "dash": DASHES[place // len(ORDER) % len(DASHES)], "width": 2},
        "marker": {"color": color, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8}
        | ({"size": 5, "opacity": 0.6} if len(series.x) > MANY else {}),
        "hovertemplate": f"{series.label}<br>{names} %{{x}}<br>{values} %{{y:.4g}}<extra></extra>",
    }
    if len(series.low) and series.mode == "markers":
        above = [high - y for high, y in zip(series.high, series.y, strict=True)]
        below = [y - low for low, y in zip(series.low, series.y, strict=True)]
        bars = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        points["error_y"] = bars | {"color": color, "thickness": 1.5, "width": 5}
    elif len(series.low):
        yield {
            "type": "scatter",
            "x": [*series.x, *reversed(series.x)],
            "y": [*series.high, *reversed(series.low)],
            "mode": "lines",
            "fill": "toself",
            "fillcolor": "rgba({},{},{},.18)".format(*hex_to_rgb(color)),
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            "legendgroup": series.label,
        }
        points["legendgroup"] = series.label
    yield points
