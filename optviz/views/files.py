"""Pictures as one HTML file that needs no network: plotly.js is inside."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import plotly.graph_objects as go

from optviz.views.theme import FONT

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 1100px; padding: 8px; font-family: {font};
  background: {page}; color: {text} }}
figure {{ margin: 0 }}
</style>
</head>
<body>
<main>
{figures}
</main>
</body>
</html>
"""


def save_html(
    figures: go.Figure | Iterable[go.Figure], file: str | Path, title: str = "optviz"
) -> Path:
    """Write one figure or several, one below the other, as a page; return its path."""
    pictures = [figures] if isinstance(figures, go.Figure) else list(figures)
    parts = [figure_html(each, first=place == 0) for place, each in enumerate(pictures)]
    look = pictures[0].to_dict()["layout"]["template"]["layout"]
    page = PAGE.format(
        title=escape(title),
        font=FONT,
        page=look["paper_bgcolor"],
        text=look["font"]["color"],
        figures="\n".join(parts),
    )
    path = Path(file)
    path.write_text(page, encoding="utf-8")
    return path


def figure_html(picture: go.Figure, first: bool) -> str:
    """A figure as HTML that a screen reader can name; the first one brings plotly.js."""
    layout = picture.to_dict()["layout"]
    name = escape(layout.get("title", {}).get("text") or "figure", quote=True)
    body = picture.to_html(
        full_html=False,
        include_plotlyjs=first,
        include_mathjax=False,
        default_height=f"{layout.get('height', 560)}px",
        config={"displaylogo": False, "responsive": True, "showSendToCloud": False},
    )
    return f'<figure role="group" aria-label="{name}">{body}</figure>'
