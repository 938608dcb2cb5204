"""The files of the Workbook page: the tab shown as .xlsx, and the check of one's own copy."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from dash import Dash
from flask import Response, jsonify, request

from optviz_app.components.downloads import XLSX, attach
from optviz_app.pages.workbook.history import sheet_of
from optviz_app.pages.workbook.link import Shown
from optviz_app.server.security import LARGER

if TYPE_CHECKING:
    from optviz.workbook import Report

(CHECK,) = LARGER
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

    shown, sentences = Shown.from_query(request.query_string.decode("utf-8", "replace"))
    if sentences:
        return sentence(". ".join(sentences))
    name = f"optviz-workbook-{shown.tab.replace('_', '-')}.xlsx"
    return attach(tabs_to_xlsx([sheet_of(shown)]), XLSX, name)


def answer_check() -> Response:
    """How the file in the request's body compares with the tabs; nothing of it is kept."""
    from optviz.workbook import WorkbookError, check

    data = request.get_data(cache=False)
    try:
        with ONE_AT_A_TIME:
            report = check(data, as_shipped=request.args.get("shipped") == "yes")
    except WorkbookError as error:
        return jsonify({"refused": capital(str(error))})
    return jsonify(told(report))


def sentence(text: str) -> Response:
    """A refusal in words."""
    return Response(f"{capital(text)}\n", 400, mimetype="text/plain")


def capital(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def told(report: Report) -> dict[str, Any]:
    """A report as the browser shows it: in a sentence, and a row of texts for each tab."""
    wrong = sum(not tab.ok for tab in report.tabs)
    tabs = "1 tab" if len(report.tabs) == 1 else f"{len(report.tabs)} tabs"
    verdict = f"{wrong} of them with cells that differ" if wrong else "every cell agrees"
    unread = "".join(f' "{name}" cannot be compared.' for name in report.unread)
    return {
        "ok": report.ok,
        "says": f"{tabs} compared: {verdict}.{unread}",
        "rows": [row_told(tab) for tab in report.tabs],
        "others": report.other_lines,
    }


def row_told(tab: Any) -> list[str]:
    """A tab's row: its name, how many cells were compared, how many differ, and how."""
    from optviz.workbook.checker.report import tab_lines

    _, *more = (line.strip() for line in tab_lines(tab))
    name = tab.tab if tab.sheet == tab.tab else f"{tab.tab} (sheet {tab.sheet})"
    largest = f"{tab.largest:.1e}" + (f" in {tab.where}" if tab.where else "")
    return [name, str(tab.compared), str(len(tab.wrong)), largest, ". ".join(more) or "all agree"]
