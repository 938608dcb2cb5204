"""The tabs of a workbook file, found by their headings whatever they are called."""

from __future__ import annotations

import re
from pathlib import Path

from optviz.workbook.comparing import compare_cells, sheet_for
from optviz.workbook.opening import WorkbookError
from optviz.workbook.placing import Found, check_rows, fits, placed
from optviz.workbook.stored import read_cells
from optviz.workbook.tab_parts import Tab
from optviz.workbook.tables import Table, find_table
from optviz.workbook.tabs import TABS

MOST_WRONG = 0.15
"""The part of its numbers that may be wrong by themselves where the cells tell which tab it is."""

__all__ = ["Found", "WorkbookError", "find_tabs", "read_sheets"]


def read_sheets(source: str | Path | bytes) -> dict[str, Found]:
    """The tabs that a workbook file holds, by the names of their sheets.

    Only stored values are read: no macro is run, no link is followed, no formula is calculated.

    Raises: WorkbookError: notes.xlsx holds none of the tabs: "Sheet1": it has no headings
    """
    return find_tabs(source)[0]


def find_tabs(source: str | Path | bytes) -> tuple[dict[str, Found], dict[str, str]]:
    """The tabs of a file by the names of their sheets, and why the other sheets are none."""
    found: dict[str, Found] = {}
    others: dict[str, str] = {}
    for sheet, cells in read_cells(source).items():
        table = find_table(cells)
        told = table if isinstance(table, str) else told_tab(table, sheet)
        if isinstance(told, str):
            others[sheet] = told
        else:
            found[sheet] = told
    if not found:
        name = "this file" if isinstance(source, bytes) else source
        why = "; ".join(f'"{sheet}": {reason}' for sheet, reason in list(others.items())[:3])
        raise WorkbookError(f"{name} holds none of the tabs{': ' if why else ''}{why}")
    return found, others


def told_tab(table: Table, sheet: str) -> Found | str:
    """The tab that a table is, by the name of its sheet or else by its cells; or why it is none.

    Raises: WorkbookError: sheet "adam", cell F7 holds "#DIV/0!" where a number belongs
    """
    check_rows(table, sheet)
    named = tab_by_name(sheet)
    if named and fits(table, named):
        return placed(table, named, sheet)
    tried = [tried_as(table, tab, sheet) for tab in TABS.values() if fits(table, tab)]
    rated = [each for each in tried if isinstance(each, tuple)]
    if rated:
        return max(rated, key=lambda each: each[0])[1]
    for reason in tried:
        if isinstance(reason, WorkbookError):
            raise reason
    return placed(table, named, sheet) if named else "its cells are those of none of the tabs"


def tried_as(table: Table, tab: Tab, sheet: str) -> tuple[int, Found] | str | WorkbookError:
    """How well a table is a tab, by how many cells, with the tab found; or why it is not."""
    try:
        found = placed(table, tab, sheet, f"taken for {tab.name} by its cells")
        if isinstance(found, str):
            return found
        result = compare_cells(found, sheet_for(found))
    except WorkbookError as error:
        return error
    alone = sum(each.alone for each in result.wrong)
    if alone > MOST_WRONG * result.compared:
        return f"{alone} of its cells are not those of {tab.name}"
    return len(found.numbers) - alone, found


def tab_by_name(sheet: str) -> Tab | None:
    """The tab whose name a sheet's name is or contains; the longest, if several do."""
    plain = re.sub(r"[^a-z]+", "", sheet.casefold())
    names = sorted(TABS, key=lambda name: -len(name))
    return next((TABS[name] for name in names if name.replace("_", "") in plain), None)
