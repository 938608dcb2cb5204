"""The explanations of terms, and the dialog that lists keys and words."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, html

from optviz_app.components.glossary import KEYS, WORDS, Key, Word, word_id

SPELLED = {
    "ArrowRight": "→",
    "ArrowLeft": "←",
    "Shift+ArrowRight": "Shift + →",
    "Shift+ArrowLeft": "Shift + ←",
    "Shift+e": "Shift + e",
    "Shift+u": "Shift + u",
    "Ctrl+z": "Ctrl + Z",
    "Ctrl+Shift+z": "Ctrl + Shift + Z",
    "Ctrl+y": "Ctrl + Y",
    "Escape": "Esc",
}


LEAD = (
    "Each line is an optimizer on its way down from the same start. Change its lr and watch the "
    "path, or begin with a story. A dotted word explains itself when you press it."
)

CLOSE: Any = {"aria-label": "close"}
"""The name of a dialog's closing button for screen readers."""


def words() -> str:
    """The explanations as HTML, hidden until their term is pressed, which glossary.js shows.

    They stand in the page itself: as components, each change of the page would visit them all.
    """
    told = "".join(
        f'<div id="{word_id(name)}" class="word" role="note" aria-label="{escape(name)}" hidden>'
        f'<p id="{word_id(name)}-says">{escape(word.says)}</p>{more(name, word)}</div>'
        for name, word in WORDS.items()
    )
    return f'<div id="words">{told}</div>'


def more(name: str, word: Word) -> str:
    """The button that opens the docstring behind a word, where there is one."""
    if not word.doc:
        return ""
    label = escape(f"Read more about {name}")
    about = f'data-doc="{word.doc}" aria-label="{label}"'
    return f'<button type="button" class="link" {about}>Read more</button>'


def dialog() -> Any:
    """The keys and the words, in a dialog; keys.js reads its table of keys from here."""
    data: Any = {"data-keys": json.dumps(table())}
    keys = [html.Tr([html.Th(caps(key), scope="row"), html.Td(key.says)]) for key in KEYS]
    terms = [pair for name, word in WORDS.items() for pair in (html.Dt(name), html.Dd(word.says))]
    return html.Div(
        [
            html.Div(id="keys", hidden=True, **data),
            dmc.Modal(
                [
                    html.P(LEAD, className="lead"),
                    html.H3("Keys"),
                    html.Table(html.Tbody(keys), className="keys"),
                    html.H3("Words"),
                    html.Dl(terms, className="words"),
                ],
                id="help-dialog",
                title="Keys and words",
                size="lg",
                closeButtonProps=CLOSE,
            ),
        ]
    )


def table() -> list[dict[str, str]]:
    """KEYS as the browser takes it: one row a key."""
    return [{"key": each, "press": key.press} for key in KEYS for each in key.keys]


def caps(key: Key) -> list[Any]:
    """The caps of a row of keys; a range of digits by its ends."""
    if key.keys[0].isdigit():
        return [html.Kbd(key.keys[0]), " to ", html.Kbd(key.keys[-1])]
    shown = [html.Kbd(SPELLED.get(each, each)) for each in key.keys]
    return [part for cap in shown for part in (" or ", cap)][1:]


def register(app: Dash) -> None:
    """The explanations, and the button that opens the dialog."""
    app.index_string = app.index_string.replace("{%app_entry%}", "{%app_entry%}" + words())
    app.clientside_callback(
        ClientsideFunction("common", "openHelp"),
        Output("help-dialog", "opened"),
        Input("help", "n_clicks"),
        prevent_initial_call=True,
    )
