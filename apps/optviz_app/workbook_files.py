"""The files of the Workbook page: the tab shown as .xlsx, and the check of one's own copy."""

from __future__ import annotations

from threading import Lock
from typing import Any

from dash import Dash
from flask import Response, jsonify, request

from optviz_app.workbook_state import Shown, sheet_of

MOST_BYTES = 10 * 1024 * 1024
"""The largest file that is checked."""
CHECK = "/workbook/check"
TOO_LARGE = "the file is larger than 10 MB: save a copy with the optimizer tabs alone"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ONE_AT_A_TIME = Lock()
"""Held while a file is checked: it may unpack to many times its size."""


def register(app: Dash) -> None:
    """The addresses of the files."""
    server: Any = app.server
    server.add_url_rule("/workbook/tab.xlsx", "workbook-tab", answer_file)
    server.add_url_rule(CHECK, "workbook-check", answer_check, methods=["POST"])


def answer_file() -> Response:
    """The tab that the address asks for, as a file; a sentence for what it does not understand."""
    from optviz.workbook import tabs_to_xlsx

    query = request.query_string.decode("utf-8", "replace")
    shown, sentences = Shown.from_query(query)
    if sentences:
        return Response(". ".join(sentences) + "\n", 400, mimetype="text/plain")
    response = Response(tabs_to_xlsx([sheet_of(shown)]), mimetype=XLSX)
    name = f"optviz-workbook-{shown.tab.replace('_', '-')}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def answer_check() -> Response:
    """How the file in the request's body compares with the tabs; nothing of it is kept."""
    from optviz.workbook import WorkbookError, check

    request.max_content_length = MOST_BYTES
    as_shipped = request.args.get("shipped") == "yes"
    try:
        with ONE_AT_A_TIME:
            report = check(request.get_data(cache=False), as_shipped=as_shipped)
    except WorkbookError as error:
        return Response(f"{error}\n", 400, mimetype="text/plain")
    return jsonify(told(report))


def told(report: Any) -> dict[str, Any]:
    """A report as the browser shows it."""
    return {"ok": report.ok, "text": str(report)}
