"""Taking a race away: its link, its script, the picture shown, its numbers, a page of its own.

The menu is small and its work is done when asked: files come from addresses under /take/ whose
query is the experiment's own, so that nothing is computed for a menu that nobody opens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple

from dash import ClientsideFunction, Dash, Input, Output, State, html
from flask import Response, request

from optviz.experiments.surface import Experiment
from optviz.runs.comparison import Comparison
from optviz_app.components.fields import unfolding

ITEMS = {
    "Copy": {"share": "Link to this race and step", "take-script": "Python script"},
    "Picture": {"take-png": "PNG", "take-svg": "SVG"},
    "All runs": {
        "take-csv": "Table of every step (CSV)",
        "take-json": "All numbers (JSON)",
        "take-xlsx": "Spreadsheet that computes itself (.xlsx)",
        "take-page": "Page that works offline (HTML)",
    },
}
"""The menu: its parts, and in each the ids of the items and their words."""


class Made(NamedTuple):
    """How a file of a race is made, and what kind it is."""

    write: Callable[[Comparison], str | bytes | None]
    mimetype: str


def page_of(comparison: Comparison) -> str:
    """The race as a page that scrubs offline."""
    from optviz.views.export.offline import scrubbable_page

    return scrubbable_page(comparison)


def workbook_of(comparison: Comparison) -> bytes:
    """The race as a workbook of live formulas."""
    from optviz.spreadsheets.export import comparison_to_xlsx

    return comparison_to_xlsx(comparison)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {
    "runs.csv": Made(Comparison.to_csv, "text/csv"),
    "runs.json": Made(Comparison.to_json, "application/json"),
    "runs.xlsx": Made(workbook_of, XLSX),
    "page.html": Made(page_of, "text/html"),
}
"""What is under /take/, by name."""

ONE_AT_A_TIME = Lock()
"""Held while a file is made: the longest race takes seconds and 400 MB, eight of them too much."""


def menu() -> Any:
    """The button that opens the menu, and where it is said what was done."""
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
    """The addresses of the files, and what the browser does by itself."""
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
    """The Python text that makes the race that the address asks for."""
    from optviz.experiments.kinds import script

    return answered(lambda experiment: Response(script(experiment), mimetype="text/plain"))


def answer_file(name: str) -> Response:
    """A file of the race that the address asks for, to be kept under a name that tells it."""
    return answered(lambda experiment: attachment(experiment, name))


def answered(make: Callable[[Experiment], Response]) -> Response:
    """What is made of the asked experiment, or a sentence for a query that asks for none."""
    try:
        experiment, sentences = Experiment.from_query(
            request.query_string.decode("utf-8", "replace")
        )
        if sentences:
            raise ValueError(". ".join(sentences))
        return make(experiment)
    except ValueError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")


def attachment(experiment: Experiment, name: str) -> Response:
    """One file of a race as a download."""
    made = FILES[name]
    with ONE_AT_A_TIME:
        content = made.write(experiment.perform())
    response = Response(content, mimetype=made.mimetype)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{file_name(experiment, name)}"'
    )
    return response


def file_name(experiment: Experiment, name: str) -> str:
    """What a file is called where it is saved: `optviz-rosenbrock.csv`."""
    problem = re.sub(r"[^a-z0-9]+", "-", experiment.surface().name.lower()).strip("-")[:40]
    return f"optviz-{problem or 'formula'}.{name.rpartition('.')[2]}"
