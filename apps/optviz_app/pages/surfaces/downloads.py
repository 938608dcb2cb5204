"""Downloads of a race: its link, its script, the picture shown, its numbers, a page of its own.

Files come from addresses under /take/ whose query is the experiment's own, so that nothing is
computed for a menu that nobody opens.
"""

from __future__ import annotations

import re
from itertools import chain
from math import inf
from pkgutil import resolve_name
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html
from flask import Response, request

from optviz.experiments.surface import Experiment
from optviz_app.components.downloads import XLSX, attach
from optviz_app.components.fields import build_menu
from optviz_app.server.heavy import weigh

ITEMS = {
    "Copy": {"share": "Link to this race and step", "take-script": "Python script"},
    "Picture": {
        "take-png": "Surface (PNG)",
        "take-svg": "Surface (SVG)",
        "take-png-losses": "Loss (PNG)",
        "take-png-curves": "Curves beside it (PNG)",
    },
    "For papers and slides": {"take-figure": "Figure …", "take-film": "Film …"},
    "All runs": {
        "take-csv": "Table of every step (CSV)",
        "take-json": "All numbers (JSON)",
        "take-xlsx": "Spreadsheet with live formulas (.xlsx)",
        "take-page": "Offline page (HTML)",
    },
    "For a class": {
        "take-share": "Short link and QR code",
        "take-live": "Live page: everything moves, no server (HTML)",
    },
}
"""The parts of the menu, and in each the ids of the items and their words."""

FILES = {
    "runs.csv": ("optviz.runs.comparison:Comparison.to_csv", "text/csv"),
    "runs.json": ("optviz.runs.comparison:Comparison.to_json", "application/json"),
    "runs.xlsx": ("optviz.spreadsheets.export:comparison_to_xlsx", XLSX),
    "page.html": ("optviz.views.export.offline:render_page", "text/html"),
}
"""The files under /take/: the function that writes one of a race, loaded when used; the type."""
LIVE = {"live.html": ("optviz.views.live.page:render_live_page", "text/html")}
"""Those written of an experiment, which the browser performs."""


def menu() -> Any:
    """Build the menu, and the place that says what was done."""
    parts = []
    for title, items in ITEMS.items():
        parts.append(html.Div(title, className="label"))
        parts += [html.Button(text, id=i, type="button", n_clicks=0) for i, text in items.items()]
    said = html.Span(id="take-said", className="take-said", role="status")
    return html.Div([build_menu("take", "Download & share", parts), said], className="take")


def register(app: Dash) -> None:
    """Register the addresses of the files, and what the browser does by itself."""
    server: Any = app.server
    for name in ("script", *FILES, *LIVE):
        server.add_url_rule(f"/take/{name}", f"take-{name}", lambda name=name: answer_file(name))
    app.clientside_callback(
        ClientsideFunction("surfaces", "takeAway"),
        Output("take-said", "children"),
        *[Input(each, "n_clicks") for each in ("present", *chain(*ITEMS.values()))],
        State("surfaces-query", "data"),
        State("scrub", "value"),
        State("scrub", "max"),
        prevent_initial_call=True,
    )


def answer_file(name: str) -> Response:
    """Answer with a file of the race in the address, or a sentence on what is wrong with it."""
    from optviz.experiments.kinds import script

    try:
        query = request.query_string.decode("utf-8", "replace")
        experiment, sentences = Experiment.from_query(query)
        if sentences:
            raise ValueError(". ".join(sentences))
        if name == "script":
            weigh(experiment.work())
            return Response(script(experiment), mimetype="text/plain")
        weigh(inf)
        write, mimetype = (FILES | LIVE)[name]
        content = resolve_name(write)(experiment if name in LIVE else experiment.perform())
        problem = re.sub(r"[^a-z0-9]+", "-", experiment.surface().name.lower()).strip("-")[:40]
        tail = f"-{name}" if name in LIVE else f".{name.rpartition('.')[2]}"
        return attach(content, mimetype, f"optviz-{problem or 'formula'}{tail}")
    except ValueError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")
