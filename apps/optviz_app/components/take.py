"""What one takes from a page of long work: link, script, table, numbers, its figure as a file.

Files come from addresses below the page's own, whose query is the page's, so that nothing is
computed for a menu that nobody opens.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html
from flask import Response, request

from optviz_app.components.downloads import attach
from optviz_app.components.fields import build_menu
from optviz_app.server.heavy import weigh

ITEMS = {
    "Copy": {"link": "Link to this page", "script": "Python script"},
    "Picture": {"png": "As seen (PNG)", "svg": "As seen (SVG)", "pdf": "Figure (PDF)"},
    "Files": {
        "csv": "Table (CSV)",
        "json": "All numbers (JSON)",
        "html": "Offline page (HTML)",
    },
}
"""The parts of the menu, and in each the items and their words."""
MIMES = {"script": "text/plain", "csv": "text/csv", "json": "application/json"}
MIMES |= {"html": "text/html", "pdf": "application/pdf"}
WIDE = 1100
"""The width of a PDF's page in pixels."""


def build_take_menu(name: str, graph: str) -> Any:
    """Build the menu of a page; `graph` is the id of the figure that is taken as it is seen."""
    parts: list[Any] = []
    for title, items in ITEMS.items():
        parts.append(html.Div(title, className="label"))
        for kind, text in items.items():
            parts.append(html.Button(text, id=f"{name}-take-{kind}", type="button", n_clicks=0))
    menu = build_menu(f"{name}-take", "Download & share", parts)
    said = html.Span(id=f"{name}-take-said", className="take-said", role="status")
    data: Any = {"data-graph": graph}
    return html.Div([menu, said], className="take", **data)


def register_take(
    app: Dash, name: str, path: str, write: Callable[[str, str], tuple[Any, str]]
) -> None:
    """Register the addresses of the files, and what the browser does by itself.

    `write(kind, query)` returns what a file has (figures for a page or a PDF, text for others) and
    what its name says; ValueError is a sentence on why there is none.
    """
    server: Any = app.server
    for kind in MIMES:
        address = f"{path}/file.{kind}"
        view = lambda kind=kind: answer_file(write, kind)  # noqa: E731
        server.add_url_rule(address, f"{name}-{kind}", view)
    buttons = [f"{name}-take-{kind}" for items in ITEMS.values() for kind in items]
    app.clientside_callback(
        ClientsideFunction("common", "takePage"),
        Output(f"{name}-take-said", "children"),
        *[Input(each, "n_clicks") for each in buttons],
        State(f"{name}-query", "data"),
        prevent_initial_call=True,
    )


def answer_file(write: Callable[[str, str], tuple[Any, str]], kind: str) -> Response:
    """Answer with a file of the page in the address, or a sentence on why there is none."""
    query = request.query_string.decode("utf-8", "replace")
    try:
        if kind != "script":
            weigh(inf)
        made, title = write(kind, query)
        if kind == "script":
            return Response(made, mimetype=MIMES[kind])
        if kind in ("html", "pdf"):
            made = write_figures(made, kind)
    except ValueError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40]
    return attach(made, MIMES[kind], f"optviz-{words or 'formula'}.{kind}")


def write_figures(figures: Sequence[Any], kind: str) -> bytes:
    """Return figures as an offline page, or the first one as a PDF.

    Raises: ValueError: an image needs kaleido: pip install "optviz[image]"
    """
    from optviz.views import save_html, save_image

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"figure.{kind}"
        if kind == "html":
            save_html(list(figures), file)
            return file.read_bytes()
        height = int(figures[0].to_dict()["layout"].get("height") or 700)
        try:
            save_image(figures[0], file, WIDE, height)
        except RuntimeError as error:
            raise ValueError(str(error)) from None
        return file.read_bytes()
