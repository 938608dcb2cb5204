"""A picture of the loss around runs, as pages show it: its figure, its facts, its ends."""

from __future__ import annotations

import re
from typing import Any

from dash import html

from optviz.landscapes.pictures import Picture
from optviz.landscapes.sheets.sheet_slice import SheetSlice
from optviz.landscapes.slices.profiles import Profile
from optviz.landscapes.slices.slice import Shadow, Slice
from optviz.views.drawing.colors import style_of
from optviz.views.loss_pictures import draw_picture
from optviz_app.components.fields import build_table, swatch
from optviz_app.components.figures import pack_figure

LOSSES = re.compile(r": (?:true loss|loss at the point) [-\d]")
"""Where the losses begin in the name of an end, which the table has."""
NAMES = ["run", "true loss", "on the slice", "gap", "off the plane"]
"""The columns of the table of ends."""


def draw(picture: Picture, color: str, look: str, theme: str = "light") -> dict[str, Any]:
    """Draw a picture for the browser, without its title, which the page has."""
    figure = draw_picture(picture, color=color, look=look, theme=theme)
    if isinstance(picture, Slice):  # the tables have the plane and the true losses
        if look == "above":
            figure.update_xaxes(title_text="distance along axis 1")
            figure.update_yaxes(title_text="distance along axis 2")
        figure.for_each_trace(lambda t: t.update(name=LOSSES.split(t.name or "")[0]))
    if isinstance(picture, Profile):  # the words below name the ends, which no phone has room for
        figure.update_layout(showlegend=False, xaxis_title_text="from one end (0) to the other (1)")
    if isinstance(picture, SheetSlice) and picture.is_between:
        figure.update_layout(yaxis_title_text="from one run (0)<br>to the other (1)")
    figure.update_layout(title=None, margin_t=16, uirevision=str(list_facts(picture)))
    return pack_figure(figure)


def list_facts(picture: Picture) -> dict[str, str]:
    """Return what a picture shows and hides, as short texts by their names, its axes among them."""
    if not isinstance(picture, Slice):
        return getattr(picture, "facts", dict)()
    names = {f"axis {n}": name for n, name in enumerate(picture.plane.names, 1) if name}
    return names | picture.facts()


def build_facts(facts: dict[str, str], words: str) -> list[Any]:
    """Build the table of what a picture shows and hides, and what else is to be said of it."""
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
    gap = gap[1:] if gap[1:] == "0.000" else gap
    cells = [f"{true:.4g}", f"{shown:.4g}", gap, f"{shadow.off[-1]:.0%}"]
    heading = html.Th([swatch(style), shadow.label], scope="row")
    return html.Tr([heading, *[html.Td(each, className="number") for each in cells]])
