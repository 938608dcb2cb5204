"""The common look of all pictures.

Light and dark differ in the template alone, so an app switches a drawn figure by replacing
`layout.template`.
"""

from __future__ import annotations

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
    """Fill of the losses, from the lowest (near the page color, so that paths stand out) up."""


THEMES = {
    "light": Ink(
        "#ffffff",
        "#212529",
        "#dee2e6",
        "rgba(52,74,102,.3)",
        "#8a9bb0",
        ("#ffffff", "#e6edf4", "#cbd7e4", "#b0c0d2"),
    ),
    "dark": Ink(
        "#242424",
        "#dee2e6",
        "#424242",
        "rgba(190,208,230,.22)",
        "#67788c",
        ("#15171a", "#1f252b", "#2b343e", "#3a4754"),
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
    return go.layout.Template(layout=build_layout(ink), data=data)


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
    return go.Figure(traces, {"template": template(theme), "title": {"text": title}, **layout})


def build_figure(parts: dict[str, Any], theme: str) -> go.Figure:
    """Return the figure of plain data and layout, in the look of a theme."""
    return go.Figure(parts["data"], {"template": template(theme), **parts["layout"]})
