"""Pictures as files: images, and HTML pages that hold plotly.js and need no network."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from optviz.experiments.curves import CURVES
from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.rates import measure_comparison
from optviz.views.contours import contour
from optviz.views.drawing.captions import take_caption
from optviz.views.drawing.theme import FONT, build_figure
from optviz.views.learning_rates import rate_curves
from optviz.views.loss_curves import losses
from optviz.views.result_table import table
from optviz.views.surfaces import surface3d
from optviz.views.written import check_page, write_whole

NO_MARGIN = "<style>@page { margin: 0 } img { display: block }</style>"
"""For a PDF, which kaleido else draws a tenth of an inch from its edges, and that much smaller."""
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
figcaption {{ font-size: 14px; line-height: 1.4; max-width: 75ch }}
</style>
</head>
<body>
<main>
{figures}
</main>
</body>
</html>
"""


def comparison_figures(comparison: Comparison, *, theme: str = "light") -> list[go.Figure]:
    """Draw a comparison: paths, losses, every other curve that has something to show, the table.

    The losses against the learning rate are those of runs made for it, see `learning_rates`.
    """
    problem, runs = comparison.problem, list(comparison.trajectories.values())
    figures = []
    if problem.start.size == 2 and problem.window is not None:
        grid = loss_grid(problem)
        figures += [contour(grid, runs, theme=theme), surface3d(grid, runs, theme=theme)]
    figures.append(losses(runs, target=comparison.target, theme=theme))
    for kind in CURVES.values():
        parts = kind.build_parts(runs, problem) if kind.is_exported(runs) else {"data": []}
        figures += [build_figure(parts, theme)] if parts["data"] else []
    curves = measure_comparison(comparison)
    figures += [rate_curves(curves, theme=theme)] if curves else []
    return [*figures, table(comparison, theme=theme)]


def save_html(
    figures: go.Figure | Iterable[go.Figure], file: str | Path, title: str = "optviz"
) -> Path:
    """Write one figure or several, one below the other, as a page; return its path.

    Raises: ValueError: a page ends in .html, got "race.pdf"
    """
    path = check_page(file)
    pictures = [figures] if isinstance(figures, go.Figure) else list(figures)
    parts: list[str] = []
    for picture in pictures:
        each, words = take_caption(picture)
        layout = each.to_dict()["layout"]
        heading = layout.get("title", {}).get("text") or "figure"
        name = escape(heading.replace("<br>", " "), quote=True)
        body = each.to_html(
            full_html=False,
            include_plotlyjs=not parts,
            include_mathjax=False,
            default_height=f"{layout.get('height', 560)}px",
            config={"displaylogo": False, "responsive": True, "showSendToCloud": False},
        )
        body += f"<figcaption>{escape(words, quote=False)}</figcaption>" if words else ""
        parts.append(f'<figure role="group" aria-label="{name}">{body}</figure>')
    look = pictures[0].to_dict()["layout"]["template"]["layout"]
    page = PAGE.format(
        title=escape(title),
        font=FONT,
        page=look["paper_bgcolor"],
        text=look["font"]["color"],
        figures="\n".join(parts),
    )
    return write_whole(path, page)


def save_image(
    figure: go.Figure, file: str | Path, width: int = 1000, height: int = 700, scale: float = 2
) -> Path:
    """Write a figure as PNG, SVG or PDF, by the file's ending; return its path.

    Chromium draws it, without the network. `scale` multiplies the pixels of a PNG.

    Raises: ValueError: an image ends in .png, .svg or .pdf, got "race.gif"
        RuntimeError: images need kaleido: pip install "optviz[image]"
    """
    path = Path(file)
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValueError(f'an image ends in .png, .svg or .pdf, got "{path.name}"')
    return write_whole(path, render_image(figure.to_dict(), kind, width, height, scale))


def render_image(
    figure: dict[str, Any], kind: str, width: float, height: float, scale: float = 1
) -> bytes:
    """Return a figure, as plain data, drawn by Chromium as PNG, SVG or PDF.

    Raises: RuntimeError: images need kaleido: pip install "optviz[image]"
    """
    try:
        import kaleido
    except ImportError:
        raise RuntimeError('images need kaleido: pip install "optviz[image]"') from None
    if not hasattr(kaleido, "calc_fig_sync"):
        raise RuntimeError('images need a newer kaleido: pip install "optviz[image]"')
    logging.getLogger("choreographer.channels.pipe").setLevel(logging.CRITICAL)  # ignored messages
    size: Any = {"format": kind, "width": width, "height": height, "scale": scale}
    # kaleido asks a web server for MathJax unless told not to; no figure here needs it.
    page = kaleido.PageGenerator(mathjax=False)
    page.header += NO_MARGIN
    try:
        return kaleido.calc_fig_sync(figure, opts=size, kopts={"page_generator": page})
    except RuntimeError as error:
        if type(error).__name__ != "ChromeNotFoundError":
            raise
        raise RuntimeError(
            "images need Chromium or Chrome: install it, or name it in BROWSER_PATH"
        ) from None
