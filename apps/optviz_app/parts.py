"""Small pieces that both pages are built of."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from optviz.spelling import spell_value
from optviz.views import Style


def aria(text: str, kind: str = "label") -> dict[str, Any]:
    """The keyword that gives an element an ARIA attribute."""
    return {f"aria-{kind}": text}


def section(title: str, *children: Any) -> Any:
    """A titled part of a page."""
    return html.Section(
        [dmc.Title(title, order=2, className="section"), *children], className="part"
    )


def number_field(identity: str, label: str, value: float, hint: str = "") -> Any:
    """A labelled field for a number, as text so that 1e-3 can be typed."""
    return dmc.TextInput(
        id=identity,
        label=label,
        value=spell_value(value),
        debounce=400,
        size="xs",
        inputProps={"inputMode": "decimal", "title": hint or label},
    )


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
        leftSection=html.Span(label, className="inline-label"),
        leftSectionWidth=14 + 7 * len(label),
        placeholder="run" if label == "length" else "",
        size="xs",
        debounce=400,
        className="small-field",
        **aria(f"{label} ({hint})"),
    )


def swatch(style: Style) -> Any:
    """The line that stands for an optimizer in every picture."""
    return html.Span(
        className=f"swatch {style.dash}",
        style={"borderTopColor": style.color},
        title="its line in the pictures",
    )
