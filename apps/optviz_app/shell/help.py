"""The explanations of terms, and the dialog that lists keys and terms."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, html

from optviz_app.components.fields import CLOSE
from optviz_app.components.glossary import KEYS, WORDS, Key, word_id

LEAD = (
    "Each line is an optimizer on its way down from the same start. Change its lr and watch the "
    "path, or begin with a lesson. A dotted term explains itself when you press it."
)
SPELLED = {"ArrowRight": "→", "ArrowLeft": "←", "Escape": "Esc", "+": " + "}


def write_words() -> str:
    """Return the explanations as HTML, hidden until the browser shows that of a pressed term.

    They are no components, since each change of the page would visit all of them.
    """
    notes = ""
    for name, word in WORDS.items():
        identity, label, more = word_id(name), escape(name), ""
        if word.doc:
            about = f'data-doc="{word.doc}" aria-label="Read more about {label}"'
            more = f'<button type="button" class="link" {about}>Read more</button>'
        notes += f'<div id="{identity}" class="word" role="note" aria-label="{label}" hidden>'
        notes += f'<p id="{identity}-says">{escape(word.says)}</p>{more}</div>'
    return f'<div id="words">{notes}</div>'


def dialog() -> Any:
    """Build a dialog of keys and words; the browser reads its table of keys from here."""
    data: Any = {"data-keys": json.dumps(list_keys())}
    keys = [html.Tr([html.Th(build_caps(key), scope="row"), html.Td(key.says)]) for key in KEYS]
    terms = [pair for name, word in WORDS.items() for pair in (html.Dt(name), html.Dd(word.says))]
    parts = [
        html.P(LEAD, className="lead"),
        html.H3("Keys"),
        html.Table(html.Tbody(keys), className="keys"),
        html.H3("Words"),
        html.Dl(terms, className="words"),
    ]
    looks = {"title": "Keys and words", "size": "lg", "closeButtonProps": CLOSE}
    modal = dmc.Modal(parts, id="help-dialog", **looks)
    return html.Div([html.Div(id="keys", hidden=True, **data), modal])


def list_keys() -> list[dict[str, str]]:
    """Return KEYS for the browser: one row a key."""
    return [{"key": each, "press": key.press} for key in KEYS for each in key.keys]


def build_caps(key: Key) -> list[Any]:
    """Build the caps of a row of keys, such as `Ctrl + Z`; of a range of digits, its ends."""
    if key.keys[0].isdigit():
        return [html.Kbd(key.keys[0]), " to ", html.Kbd(key.keys[-1])]
    caps = []
    for each in key.keys:
        text = each[:-1] + each[-1].upper() if each.startswith("Ctrl") else each
        for part, spelled in SPELLED.items():
            text = text.replace(part, spelled)
        caps += [" or ", html.Kbd(text)]
    return caps[1:]


def register(app: Dash) -> None:
    """Add the explanations, and the button that opens the dialog."""
    app.index_string = app.index_string.replace("{%app_entry%}", "{%app_entry%}" + write_words())
    app.clientside_callback(
        ClientsideFunction("common", "openHelp"),
        Output("help-dialog", "opened"),
        Input("help", "n_clicks"),
        prevent_initial_call=True,
    )
