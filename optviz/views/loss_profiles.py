"""The loss along the line between two points, several lines in one picture, barriers marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.refusals import check_kind, list_records
from optviz.landscapes.slices.profiles import EVEN, Profile, find_size
from optviz.views.drawing.captions import add_caption
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.frames import needs_log_axis
from optviz.views.drawing.paths import keep_finite
from optviz.views.drawing.scale import lay_log_axis
from optviz.views.drawing.theme import make_figure

MOST_WORDS = 3
"""Profiles whose words are written below the picture; more would leave no room for the picture."""


def line_profiles(
    profiles: Profile | Sequence[Profile],
    *,
    log: bool | None = None,
    theme: str = "light",
    width: int | None = 700,
) -> go.Figure:
    """Draw the loss along the lines between points: 0 is the first point of each, 1 the second.

    A large mark is the loss of a point itself, with its own buffers, hollow where that is another
    than the line shows or not known; the dotted line is the straight one between the two losses,
    and the bar on it the barrier. On a log axis, by default where the losses span two decades, the
    straight line is bent. The words and the height are laid out for a picture of `width` pixels;
    None leaves both out.

    Raises: ValueError: there is no profile to draw: give at least one
    """
    given = list_records(profiles, Profile, "line_profiles draws a Profile, or several")
    check_kind(log, (bool, np.bool_, type(None)), "log must be True, False or None")
    if not given:
        raise ValueError("there is no profile to draw: give at least one")
    values = [keep_finite(each.losses) for each in given]
    is_log = needs_log_axis(values) if log is None else log
    traces: list[Any] = []
    for profile, style in zip(given, style_of([each.kinds[1] for each in given]), strict=True):
        traces += draw_profile(profile, style)
    one = len(given) == 1
    across = "from {} (0) to {} (1)".format(*given[0].labels) if one else "from 0 to 1 of each line"
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": f"share of the way {across}"}},
        "yaxis": {"title": {"text": "loss" + " (log scale)" * is_log}, "tickformat": "~g"},
        "showlegend": True,
        "uirevision": f"profile {is_log}",
    }
    layout["yaxis"] |= lay_log_axis(values) if is_log else {}
    if width is not None:
        words = [each.words() for each in given] if len(given) <= MOST_WORDS else []
        named = [each for each in traces if each["showlegend"]]
        add_caption(layout, given[0].about, " ".join(words), named, width)
    return make_figure(traces, theme=theme, title=given[0].about, **layout)


def draw_profile(profile: Profile, style: Style) -> list[dict[str, Any]]:
    """Return the line of a profile, the straight one between its ends, its barrier and its ends."""
    first, second = profile.labels
    name = f"{first} to {second}"
    chord = profile.losses - profile.rise
    inside = (profile.places >= 0) & (profile.places <= 1)
    common = {"type": "scatter", "legendgroup": name, "showlegend": False}
    color, thin = {"color": style.color}, {"color": style.color, "dash": "dot", "width": 1.5}
    line = {
        **common,
        **{"x": profile.places, "y": keep_finite(profile.losses), "mode": "lines"},
        "line": color | {"dash": style.dash, "width": 2.5},
        "customdata": keep_finite(profile.rise),
        "hovertemplate": "%{x:.3g} of the way: loss %{y:.5g}<br>%{customdata:.3g} above the "
        f"straight line<extra>{name}</extra>",
        **{"name": describe_profile(profile, name), "showlegend": True},
    }
    straight = {
        **common,
        **{"x": profile.places[inside], "y": keep_finite(chord[inside]), "mode": "lines"},
        **{"line": thin, "hoverinfo": "skip"},
    }
    return [straight, *draw_barrier(profile, chord, common, style), line, draw_ends(profile, style)]


def describe_profile(profile: Profile, name: str) -> str:
    """Return the name of a profile with its barrier, for the legend."""
    is_high = profile.barrier > EVEN * find_size(profile.losses)
    return f"{name}: " + (f"barrier {profile.barrier:.3g}" if is_high else "no barrier")


def draw_barrier(
    profile: Profile, chord: np.ndarray, common: dict[str, Any], style: Style
) -> list[dict[str, Any]]:
    """Return the bar from the straight line up to the loss where it rises most above it."""
    if not EVEN * find_size(profile.losses) < profile.barrier < np.inf:
        return []
    top = int(np.argmin(np.abs(profile.places - profile.barrier_place)))
    bar = {
        **common,
        **{"x": [profile.places[top]] * 2, "y": [chord[top], profile.losses[top]]},
        **{"mode": "lines+markers", "line": {"color": style.color, "width": 1.5}},
        "marker": {"symbol": "line-ew-open", "size": 10, "color": style.color},
        "hoverinfo": "skip",
    }
    return [bar]


def draw_ends(profile: Profile, style: Style) -> dict[str, Any]:
    """Return the marks of the two points at their own losses; hollow where the line has others."""
    is_shown = [not each for each in profile.find_doubts()]
    symbols = [style.symbol if each else f"{style.symbol}-open" for each in is_shown]
    names = ["loss at the point" if each else "true loss" for each in profile.unknown]
    lines = np.where(is_shown, "#ffffff", style.color).tolist()
    return {
        **{"type": "scatter", "x": [0.0, 1.0], "y": keep_finite(profile.ends), "mode": "markers"},
        "marker": {
            **{"symbol": symbols, "size": 12, "color": style.color},
            "line": {"color": lines, "width": 1.5},
        },
        **{"legendgroup": " to ".join(profile.labels), "showlegend": False},
        "customdata": list(zip(profile.labels, names, strict=True)),
        "hovertemplate": "%{customdata[0]}: %{customdata[1]} %{y:.5g}<extra></extra>",
    }
