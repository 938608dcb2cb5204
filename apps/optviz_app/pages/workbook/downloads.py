"""The files of the Workbook page: the current tab as .xlsx, and the check of one's own copy."""

from __future__ import annotations

from typing import Any

from dash import Dash
from flask import Response, jsonify, request

from optviz.workbook.checker.child import check_apart
from optviz.workbook.checker.package import WorkbookError
from optviz.workbook.export import tabs_to_xlsx
from optviz_app.components.downloads import XLSX, attach
from optviz_app.jobs.worker import NICE
from optviz_app.pages.workbook.state import WorkbookState
from optviz_app.server.heavy import find_places
from optviz_app.server.security import CHECK


def register(app: Dash) -> None:
    """Register the addresses of the files."""
    server: Any = app.server
    server.add_url_rule("/workbook/tab.xlsx", "workbook-tab", answer_file)
    server.add_url_rule(CHECK, "workbook-check", answer_check, methods=["POST"])


def answer_file() -> Response:
    """Answer with the tab of the address as a file, or with sentences about a wrong address."""
    query = request.query_string.decode("utf-8", "replace")
    state, sentences = WorkbookState.from_query(query)
    if text := capitalize(". ".join(sentences)):
        return Response(f"{text}\n", 400, mimetype="text/plain")
    name = f"optviz-workbook-{state.tab.replace('_', '-')}.xlsx"
    return attach(tabs_to_xlsx(state.sheet), XLSX, name)


def answer_check() -> Response:
    """Answer with the check of the file in the request's body, which is not kept.

    The answer is a verdict, and a row of texts for each tab.
    """
    data = request.get_data(cache=False)
    try:
        with find_places().take():
            as_shipped = request.args.get("shipped") == "yes"
            report = check_apart(data, as_shipped=as_shipped, nice=NICE)
    except WorkbookError as error:
        return jsonify({"refused": capitalize(str(error))})
    wrong = sum(not tab.ok for tab in report.tabs)
    rows = []
    for tab in report.tabs:
        name = tab.tab if tab.sheet == tab.tab else f"{tab.tab} (sheet {tab.sheet})"
        details = ". ".join(tab.details) or "all agree"
        rows.append([name, str(tab.compared), str(len(tab.wrong)), tab.largest_text, details])
    tabs = "1 tab" if len(report.tabs) == 1 else f"{len(report.tabs)} tabs"
    verdict = f"cells differ in {wrong} of them" if wrong else "every cell agrees"
    verdict = verdict if report.tabs else "nothing to agree"
    unread = "".join(f' "{name}" cannot be compared.' for name in report.unread)
    unread += "".join(f" Not compared: {each}." for each in report.refused)
    says = f"{tabs} compared: {verdict}.{unread}"
    return jsonify(ok=report.ok, says=says, rows=rows, others=report.other_lines)


def capitalize(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]
