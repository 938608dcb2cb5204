"""The tabs of a workbook file, found by their headings whatever they are called."""

from __future__ import annotations

import re
from pathlib import Path

from optviz.workbook.comparing import compare_cells, sheet_for
from optviz.workbook.opening import WorkbookError
from optviz.workbook.stored import read_cells
from optviz.workbook.tab_parts import Tab
from optviz.workbook.tables import Found, Table, find_table, fits, placed
from optviz.workbook.tabs import TABS

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
        why = "; ".join(f'"{sheet:.40}": {reason}' for sheet, reason in list(others.items())[:3])
        raise WorkbookError(f"{name} holds none of the tabs{': ' if why else ''}{why}")
    return found, others


def told_tab(table: Table, sheet: str) -> Found | str:
    """The tab that a table is, by the name of its sheet or else by its cells; or why it is none."""
    named = tab_by_name(sheet)
    if named and fits(table, named):
        return placed(table, named, sheet)
    reasons: list[str] = []
    rated: list[tuple[float, Found]] = []
    for tab in TABS.values():
        if fits(table, tab):
            found = placed(table, tab, sheet, f"taken for {tab.name} by its cells")
            if isinstance(found, str):
                reasons.append(found)
            else:
                rated.append((agreement(found), found))
    best = max(rated, key=lambda pair: pair[0], default=None)
    if best is None or best[0] <= 0:
        return reasons[0] if reasons and not rated else "its cells are those of none of the tabs"
    return best[1]


def agreement(found: Found) -> float:
    """How many more cells agree with the tab's formulas than not, each by itself."""
    result = compare_cells(found, sheet_for(found))
    alone = sum(each.alone for each in result.wrong)
    unused = len(found.numbers)
    return result.compared - 2 * alone + unused / 1e6


def tab_by_name(sheet: str) -> Tab | None:
    """The tab whose name a sheet's name is or contains; the longest, if several do."""
    plain = re.sub(r"[^a-z]+", "", sheet.casefold())
    names = sorted(TABS, key=lambda name: -len(name))
    return next((TABS[name] for name in names if name.replace("_", "") in plain), None)
