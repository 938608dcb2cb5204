"""Small pieces that the pages are built of."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html

from optviz.specs import format_value
from optviz.views import Style
from optviz_app.components.glossary import WORDS, find_word, word_id

CLOSE: Any = {"aria-label": "close"}
"""The name of a dialog's closing button for screen readers."""


def aria(text: str, kind: str = "label") -> dict[str, Any]:
    """Return the keyword that gives an element an ARIA attribute."""
    return {f"aria-{kind}": text}


SCROLLS: dict[str, Any] = {"tabIndex": 0, "role": "region", "aria-label": "table"}
"""The attributes with which the keyboard can scroll a table that is too wide."""


def section(title: str, *children: Any) -> Any:
    """Build a titled part of a page."""
    heading = dmc.Title(title, order=2, className="section")
    return html.Section([heading, *children], className="part")


def term(text: str, word: str | None = None) -> Any:
    """Build a text, as a button that opens its explanation if WORDS has it (or `word`)."""
    word = word or find_word(text)
    if word not in WORDS:
        return html.Span(text)
    about: Any = {"data-word": word_id(word), "aria-describedby": f"{word_id(word)}-says"}
    return html.Button(text, type="button", className="term", **about)


def build_menu(identity: str, title: str, content: list[Any]) -> Any:
    """Build a button that unfolds a list of links or buttons until one presses elsewhere."""
    inside = html.Div(content, className="unfolded", role="group", **aria(title))
    return html.Details([html.Summary(title), inside], id=identity, className="unfolds")


def select(identity: Any, options: dict[str, str], value: Any, **more: Any) -> Any:
    """Build a list to choose one value from, each with its title."""
    data = [{"value": each, "label": title} for each, title in options.items()]
    return dmc.Select(id=identity, data=data, value=value, allowDeselect=False, size="xs", **more)


def number_field(identity: str, label: str, value: float, hint: str = "") -> Any:
    """Build a field for a number (as text, so that 1e-3 can be typed) under its label."""
    explained = find_word(label) is not None
    field = dmc.TextInput(
        id=identity,
        label=None if explained else label,
        value=format_value(value),
        debounce=True,
        size="xs",
        inputProps={"inputMode": "decimal", "title": hint or label},
        **(aria(label) if explained else {}),
    )
    return html.Div([term(label), field], className="field") if explained else field


def link_alert(sentences: list[str]) -> Any:
    """Build a note on the parts of a link that were not understood."""
    if not sentences:
        return html.Div()
    return dmc.Alert(
        [html.P(sentence, className="note") for sentence in sentences],
        title="Part of the link was not understood; the rest is shown",
        color="orange",
        className="said",
        withCloseButton=True,
    )


class Scale(NamedTuple):
    """The value of a slider, its ends, and its steps; on a log scale these are in decades."""

    value: float
    low: float
    high: float
    log: bool
    step: float


def slider_row(
    label: Any, slider: Any, field: Any, scale: Scale, name: str, thumb: str = ""
) -> Any:
    """Build a slider and a field for its exact value; `name` and `thumb` are read aloud."""
    low, high, at = scale.low, scale.high, min(max(scale.value, scale.low), scale.high)
    if scale.log:
        low, high, at = (math.log10(each) for each in (low, high, at))
    track = dmc.Slider(
        id=slider,
        value=at,
        min=low,
        max=high,
        step=scale.step,
        updatemode="drag",
        label=None,
        size="xs",
        thumbSize=14,
        thumbLabel=thumb or name,
        className="grow",
        attributes={"root": {"data-step": scale.step}},
    )
    exact = dmc.TextInput(
        id=field,
        value=format_value(scale.value),
        size="xs",
        debounce=True,
        className="value",
        **aria(name),
    )
    return html.Div([label, track, exact], className="hyper")


def text_button(identity: str, title: str, hint: str, press: str = "") -> Any:
    """Build a small button with a hint; `press` is its name in keys.js."""
    about = {"title": hint, **({"data-press": press} if press else {})}
    return dmc.Button(
        title, id=identity, size="compact-xs", variant="default", attributes={"root": about}
    )


def small_field(identity: dict, label: str, value: Any, hint: str) -> Any:
    """Build a short number field whose label stands to its left."""
    return dmc.TextInput(
        id=identity,
        value="" if value is None else format_value(value),
        leftSection=html.Span(term(label), className="inline-label"),
        leftSectionWidth=16 + 7 * len(label),
        leftSectionPointerEvents="all",
        placeholder="run" if label == "length" else "",
        size="xs",
        debounce=True,
        className="small-field",
        **aria(f"{label} ({hint})"),
    )


def build_opening(words: str) -> Any:
    """Build the words that stand where something is on its way."""
    return html.P(words, className="opening", role="status")


def build_table(names: list[str], body: list[Any], **more: Any) -> Any:
    """Build a table of rows below the names of its columns."""
    heads = [html.Th(name, scope="col") if name else html.Td() for name in names]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], **more)


def swatch(style: Style) -> Any:
    """Build the line and the end mark that stand for an optimizer in every picture."""
    return html.Span(
        className=f"swatch {style.dash} {style.symbol}",
        style={"color": style.color},
        title="its line in the figures",
    )
