"""The common look of all pictures.

Light and dark differ in the template alone, so an app switches a drawn figure by replacing
`layout.template`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import plotly.graph_objects as go

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

GRAY = "#868e96"
"""The color of lines beside the data, visible in both themes."""


class Ink(NamedTuple):
    """The colors of a theme."""

    page: str
    text: str
    faint: str
    """Grid lines."""
    lines: str
    """Contour lines."""
    ridges: str
    """Contour lines in three dimensions, where plotly draws no translucent ones."""
    losses: tuple[str, ...]
    """Fill of the losses, from the lowest up, at equal distances as eyes see them (CIEDE2000).

    The heights fade to the page and the valley stands out from it, in light as the darkest, in dark
    as the brightest part, since most of a picture is height, on a log scale above all. Paths have
    an edge in the page's color, see `draw_casings`.
    """


THEMES = {
    "light": Ink(
        page="#ffffff",
        text="#212529",
        faint="#dee2e6",
        lines="rgba(10,30,60,.34)",
        ridges="#2d5170",
        losses=(
            *("#223f80", "#1f4d8c", "#1c5a97", "#1968a0", "#1a75a8", "#2281ae", "#2e8db3"),
            *("#3d9ab6", "#4ea6b9", "#5fb1ba", "#72bbb9", "#87c5ba", "#9fcfbc", "#b9dac1"),
            *("#d1e3cb", "#e5edd8", "#f7f7ea"),
        ),
    ),
    "dark": Ink(
        page="#242424",
        text="#dee2e6",
        faint="#424242",
        lines="rgba(225,240,255,.27)",
        ridges="#8fb0b8",
        losses=(
            *("#bad4a6", "#a3c9a1", "#8cbe9d", "#77b49b", "#64a999", "#549f98", "#479597"),
            *("#3d8a94", "#338090", "#2a758b", "#236a86", "#1e5e7f", "#1c5175", "#1e4569"),
            *("#22395a", "#232f48", "#212536"),
        ),
    ),
}


def describe_themes() -> dict[str, dict[str, Any]]:
    """Return the colors and the font of each theme as plain data, for what draws in a browser."""
    return {name: ink._asdict() | {"font": FONT} for name, ink in THEMES.items()}


@cache
def template(theme: str) -> go.layout.Template:
    """Return the template of a theme, "light" or "dark".

    Raises: ValueError: theme must be light or dark, got "blue"
    """
    if theme not in THEMES:
        raise ValueError(f'theme must be {" or ".join(THEMES)}, got "{theme}"')
    ink = THEMES[theme]
    scale = [[i / (len(ink.losses) - 1), color] for i, color in enumerate(ink.losses)]
    bar = {"outlinewidth": 0, "thickness": 12, "ticks": "outside", "tickcolor": ink.faint}
    losses = {"colorscale": scale, "colorbar": bar}
    data = {
        "contour": [losses | {"line": {"color": ink.lines}}],
        "surface": [losses | {"contours": {"z": {"color": ink.ridges}}}],
    }
    layout = build_layout(ink) | {"coloraxis": {"colorscale": scale}}
    return go.layout.Template(layout=layout, data=data)


def build_layout(ink: Ink) -> dict[str, Any]:
    """Return the layout part of a template."""
    axis = {
        "gridcolor": ink.faint,
        "linecolor": ink.faint,
        "zeroline": False,
        "automargin": True,
        "ticks": "outside",
        "tickcolor": ink.faint,
        "title": {"standoff": 8},
    }
    box = {"backgroundcolor": ink.page, "gridcolor": ink.faint, "zeroline": False}
    return {
        "font": {"family": FONT, "size": 13, "color": ink.text},
        "colorway": [ink.text],
        "title": {
            **{"x": 0, "xref": "paper", "xanchor": "left"},
            **{"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 12}},
            "font": {"size": 16},
        },
        "paper_bgcolor": ink.page,
        "plot_bgcolor": ink.page,
        "xaxis": axis,
        "yaxis": axis,
        "scene": {"xaxis": box, "yaxis": box, "zaxis": box},
        "hoverlabel": {"font": {"family": FONT, "size": 12}, "align": "left", "namelength": -1},
        "margin": {"l": 56, "r": 16, "t": 48, "b": 48},
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        "hovermode": "closest",
        "modebar": {"remove": ["select2d", "lasso2d"]},
    }


def make_figure(traces: list[Any], *, theme: str, title: str = "", **layout: Any) -> go.Figure:
    """Return a figure of some traces in the look of a theme."""
    about = {"template": template(theme), "title": {"text": title}}
    return go.Figure(dress_casings(traces, theme), about | layout)


def build_figure(parts: dict[str, Any], theme: str) -> go.Figure:
    """Return the figure of plain data and layout, in the look of a theme."""
    return go.Figure(
        dress_casings(parts["data"], theme), {"template": template(theme), **parts["layout"]}
    )


def is_casing(trace: Any) -> bool:
    """Return True for a trace that lies below a line, as its edge."""
    about = trace.get("meta") if isinstance(trace, dict) else None
    return isinstance(about, dict) and about.get("part") == "casing"


def dress_casings(traces: Iterable[Any], theme: str) -> list[Any]:
    """Return the traces, those below the paths in the color of the page."""
    color = THEMES[theme].page

    def dress(trace: Any) -> Any:
        if not is_casing(trace):
            return trace
        heads = {}
        if "marker" in trace:
            edge = trace["marker"]["line"] | {"color": color}
            heads = {"marker": trace["marker"] | {"color": color, "line": edge}}
        return trace | {"line": trace["line"] | {"color": color}} | heads

    return [dress(each) for each in traces]
