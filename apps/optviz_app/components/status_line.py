"""The status of long work: a line of text, in small print more of it, or what went wrong."""

from __future__ import annotations

from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html


class Status(NamedTuple):
    """The status line: what happens, more of it in small print, and the share that is done."""

    text: str
    detail: str = ""
    share: float | None = None
    """None where it is not known."""
    is_wrong: bool = False


def build_status_panel(status: Status, note: str = "") -> Any:
    """Build the status line; `note` tells how it relates to the controls."""
    if status.is_wrong:
        detail = html.P(status.detail, className="note")
        return dmc.Alert(detail, title=status.text, color="red", className="said")
    detail = html.Span(status.detail, className="detail")
    changed = html.Span(note, className="changed") if note else None
    return html.Div([html.Strong(status.text), detail, changed])


def spell_count(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count} {noun}{'s' if count != 1 else ''}"


def describe_fetching(state: dict[str, Any]) -> Status:
    """Describe ratings that are fetched or read."""
    done, total = state["done"], state["total"]
    size = f" ({done / 1e6:.1f} of {total / 1e6:.1f} MB)" if total else ""
    return Status("Loading the ratings", f"{state['what']}{size}", done / total if total else None)


def end_sentence(text: str) -> str:
    """Return the text with a capital first and a full stop last."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
