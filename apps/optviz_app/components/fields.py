"""Small pieces that both pages are built of."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from optviz.specs import spell_value
from optviz.views import Style
from optviz_app.components.glossary import WORDS, word_id, word_of

MODEBAR: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage", "sendChartToCloud"],
}
"""The buttons of a figure: none that selects, and none that sends the figure to anybody."""


def aria(text: str, kind: str = "label") -> dict[str, Any]:
    """The keyword that gives an element an ARIA attribute."""
    return {f"aria-{kind}": text}


SCROLLS: dict[str, Any] = {"tabIndex": 0, "role": "region", "aria-label": "table"}
"""What lets the keyboard scroll a table that is wider than its place."""


def section(title: str, *children: Any) -> Any:
    """A titled part of a page."""
    return html.Section(
        [dmc.Title(title, order=2, className="section"), *children], className="part"
    )


def term(text: str, word: str | None = None) -> Any:
    """The text, which explains itself when pressed if WORDS knows it (or the given word)."""
    word = word or word_of(text)
    if word not in WORDS:
        return html.Span(text)
    about: Any = {"data-word": word_id(word), "aria-describedby": f"{word_id(word)}-says"}
    return html.Button(text, type="button", className="term", **about)


def unfolding(identity: str, title: str, content: list[Any]) -> Any:
    """A button that unfolds a list of links or buttons below it; glossary.js folds it again."""
    inside = html.Div(content, className="unfolded", role="group", **aria(title))
    return html.Details([html.Summary(title), inside], id=identity, className="unfolds")


def number_field(identity: str, label: str, value: float, hint: str = "") -> Any:
    """A field for a number, as text so that 1e-3 can be typed, under a label that explains."""
    explained = word_of(label) is not None
    field = dmc.TextInput(
        id=identity,
        label=None if explained else label,
        value=spell_value(value),
        debounce=True,
        size="xs",
        inputProps={"inputMode": "decimal", "title": hint or label},
        **(aria(label) if explained else {}),
    )
    return html.Div([term(label), field], className="field") if explained else field


def link_alert(sentences: list[str]) -> Any:
    """What of a link was not understood, in sentences."""
    if not sentences:
        return html.Div()
    return dmc.Alert(
        [html.P(sentence, className="note") for sentence in sentences],
        title="Part of the link was not understood; the rest is shown",
        color="orange",
        className="said",
        withCloseButton=True,
    )


def small_field(identity: dict, label: str, value: Any, hint: str) -> Any:
    """A short number field whose label stands to its left."""
    return dmc.TextInput(
        id=identity,
        value="" if value is None else spell_value(value),
        leftSection=html.Span(term(label), className="inline-label"),
        leftSectionWidth=16 + 7 * len(label),
        leftSectionPointerEvents="all",
        placeholder="run" if label == "length" else "",
        size="xs",
        debounce=True,
        className="small-field",
        **aria(f"{label} ({hint})"),
    )


def swatch(style: Style) -> Any:
    """The line and the end mark that stand for an optimizer in every picture."""
    return html.Span(
        className=f"swatch {style.dash} {style.symbol}",
        style={"color": style.color},
        title="its line in the pictures",
    )
