"""The explanations of terms, and the dialog that lists keys and words."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, html

from optviz_app.parts import aria
from optviz_app.words import KEYS, WORDS, Key, Word, word_id

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


CLOSE: Any = {"aria-label": "close"}
"""The name of a dialog's closing button for screen readers."""


def words() -> Any:
    """The explanations, hidden until their term is pressed; assets/keys.js shows them."""
    return html.Div(
        [
            html.Div(
                [html.P(word.says, id=f"{word_id(name)}-says"), *more(name, word)],
                id=word_id(name),
                className="word",
                hidden=True,
                role="note",
                **aria(name),
            )
            for name, word in WORDS.items()
        ],
        id="words",
    )


def more(name: str, word: Word) -> list[Any]:
    """The button that opens the docstring behind a word, where there is one."""
    if not word.doc:
        return []
    about = aria(f"Read more about {name}")
    identity = {"role": "doc", "name": word.doc, "word": name}
    return [html.Button("Read more", id=identity, type="button", className="link", **about)]


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
                    html.H3("Keys"),
                    html.Table(html.Tbody(keys), className="keys"),
                    html.H3("Words"),
                    html.Dl(terms, className="words"),
                    dmc.Button("Start the tour", id="tour-again", variant="default", size="xs"),
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
    """The button that opens the dialog."""
    app.clientside_callback(
        ClientsideFunction("look", "open"),
        Output("help-dialog", "opened"),
        Input("help", "n_clicks"),
        prevent_initial_call=True,
    )
