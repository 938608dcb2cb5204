"""The Landscape tab of the MovieLens page: the loss around the paths, and what it hides."""

from __future__ import annotations

from typing import Any

from dash import html

from optviz.experiments.ratings import RatingsExperiment
from optviz.landscapes.slices import Shadow, Slice
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import SCROLLS, build_opening, build_table, section, swatch
from optviz_app.components.figures import build_figure
from optviz_app.pages.movielens.empty_tab import READING, build_empty_tab

NAMES = ["optimizer", "true loss", "on the slice", "gap", "off the plane"]
"""The columns of the table of ends."""
ABOUT = (
    "Each path ends at weights that mostly lie off the plane. The slice shows the loss below the "
    "end's nearest point on the plane; the true loss is that of the weights themselves, on all "
    "training ratings. Off the plane is the share of the way from the middle of the plane to the "
    "end that the picture does not show."
)


def build_landscape_tab(_: RatingsExperiment) -> Any:
    """Build the place of the slice, of its sentence and of the ends' true losses."""
    ends = section(
        "What the slice hides at the ends",
        html.Div(id="slice-ends", className="wide numbers", **SCROLLS),
        html.P(ABOUT, className="note"),
    )
    words = html.Div(id="slice-words", className="hides")
    parts = [
        build_opening(READING),
        build_empty_tab("landscape"),
        build_figure("slice", "tall", "Loss slice through the paths", words),
        html.Div(ends, id="slice-ends-part", hidden=True),
    ]
    return html.Div(parts, className="pictures")


def build_facts(facts: dict[str, str], words: str) -> list[Any]:
    """Build the table of what the slice shows and hides, and what else is to be said of it."""
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(text)]) for name, text in facts.items()]
    table = [html.Table(html.Tbody(rows), className="facts")] if rows else []
    return [*table, *([html.P(words)] if words else [])]


def build_ends_table(cut: Slice) -> Any:
    """Build the table of each path's end: its true loss, and what the slice shows for it."""
    styles = style_of([each.kind for each in cut.shadows])
    rows = [build_end(each, style) for each, style in zip(cut.shadows, styles, strict=True)]
    return build_table(NAMES, rows)


def build_end(shadow: Shadow, style: Any) -> Any:
    """Build the row of a path's end."""
    true, shown = float(shadow.true[-1]), float(shadow.shown[-1])
    gap = f"{shown - true:+.3f}".replace("-", "−")
    cells = [f"{true:.4g}", f"{shown:.4g}", gap, f"{shadow.off[-1]:.0%}"]
    heading = html.Th([swatch(style), shadow.label], scope="row")
    return html.Tr([heading, *[html.Td(each, className="number") for each in cells]])
