"""Downloads of a race: its link, its script, the picture shown, its numbers, a page of its own.

Files come from addresses under /take/ whose query is the experiment's own, so that nothing is
computed for a menu that nobody opens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pkgutil import resolve_name
from threading import Lock
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html
from flask import Response, request

from optviz.experiments.surface import Experiment
from optviz_app.components.downloads import XLSX, attach
from optviz_app.components.fields import unfolding

ITEMS = {
    "Copy": {"share": "Link to this race and step", "take-script": "Python script"},
    "Picture": {"take-png": "PNG", "take-svg": "SVG"},
    "All runs": {
        "take-csv": "Table of every step (CSV)",
        "take-json": "All numbers (JSON)",
        "take-xlsx": "Spreadsheet with live formulas (.xlsx)",
        "take-page": "Offline page (HTML)",
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

ONE_AT_A_TIME = Lock()
"""Held while a file is made: the longest race takes seconds and 400 MB, eight of them too much."""


def menu() -> Any:
    """The menu, and the place that says what was done."""
    parts = [
        part
        for title, items in ITEMS.items()
        for part in (
            html.Div(title, className="label"),
            *(
                html.Button(words, id=identity, type="button", n_clicks=0)
                for identity, words in items.items()
            ),
        )
    ]
    return html.Div(
        [
            unfolding("take", "Download & share", parts),
            html.Span(id="take-said", className="take-said", role="status"),
        ],
        className="take",
    )


def register(app: Dash) -> None:
    """Register the addresses of the files, and what the browser does by itself."""
    server: Any = app.server
    server.add_url_rule("/take/script", "take-script", answer_script)
    for name in FILES:
        server.add_url_rule(f"/take/{name}", f"take-{name}", lambda name=name: answer_file(name))
    app.clientside_callback(
        ClientsideFunction("surfaces", "takeAway"),
        Output("take-said", "children"),
        *[Input(identity, "n_clicks") for items in ITEMS.values() for identity in items],
        State("surfaces-query", "data"),
        State("scrub", "value"),
        State("scrub", "max"),
        prevent_initial_call=True,
    )


def answer_script() -> Response:
    """Answer with the Python script that makes the race that the address asks for."""
    from optviz.experiments.kinds import script

    return answer_race(lambda experiment: Response(script(experiment), mimetype="text/plain"))


def answer_file(name: str) -> Response:
    """Answer with a file of the race that the address asks for."""

    def make(experiment: Experiment) -> Response:
        write, mimetype = FILES[name]
        with ONE_AT_A_TIME:
            content = resolve_name(write)(experiment.perform())
        return attach(content, mimetype, name_file(experiment, name))

    return answer_race(make)


def answer_race(make: Callable[[Experiment], Response]) -> Response:
    """Answer with what is made of the asked experiment, or a sentence on what is wrong with it."""
    try:
        query = request.query_string.decode("utf-8", "replace")
        experiment, sentences = Experiment.from_query(query)
        if sentences:
            raise ValueError(". ".join(sentences))
        return make(experiment)
    except ValueError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")


def name_file(experiment: Experiment, name: str) -> str:
    """Return the name under which a file is saved: `optviz-rosenbrock.csv`."""
    problem = re.sub(r"[^a-z0-9]+", "-", experiment.surface().name.lower()).strip("-")[:40]
    return f"optviz-{problem or 'formula'}.{name.rpartition('.')[2]}"
