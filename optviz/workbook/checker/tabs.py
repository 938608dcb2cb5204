"""The tabs of a workbook file, found by their headings whatever they are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from optviz.workbook.checker.cells import read_cells
from optviz.workbook.checker.comparison import compare_cells, sheet_for
from optviz.workbook.checker.package import WorkbookError
from optviz.workbook.checker.placement import Found, check_rows, fits, placed
from optviz.workbook.checker.table import Table, find_table, key_of
from optviz.workbook.tab import Tab
from optviz.workbook.tabs import TABS

MOST_WRONG = 0.15
"""The part of its numbers that may be wrong by themselves where the cells tell which tab it is."""

NONE = "its cells are those of none of the tabs: name the sheet after its tab, such as adam"

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


@dataclass(frozen=True)
class Tried:
    """A table read as a tab, and how many of its cells are wrong by themselves then."""

    found: Found
    compared: int
    alone: int

    @property
    def likely(self) -> bool:
        """Whether the cells are mostly those of the tab."""
        return self.alone <= MOST_WRONG * self.compared


def told_tab(table: Table, sheet: str) -> Found | str:
    """The tab that a table is, by the name of its sheet or else by its cells; or why it is none.

    Raises: WorkbookError: sheet "adam", cell F7 holds "#DIV/0!" where a number belongs
    """
    check_rows(table, sheet)
    named = tab_by_name(sheet)
    own = tried_as(table, named, sheet, "") if named and fits(table, named) else None
    if own and own.likely:
        return own.found
    if named:
        least = own.compared if own else 0
        tabs = [tab for tab in TABS.values() if tab is not named and holds_all(tab, table)]
        other = likeliest(tried_tabs(table, sheet, tabs), least)
        return other.found if other else placed(table, named, sheet)
    found = likeliest(tried_tabs(table, sheet, list(TABS.values())))
    return found.found if found else NONE


def tried_tabs(table: Table, sheet: str, tabs: list[Tab]) -> list[Tried]:
    """A table read as each of some tabs that has as many columns of averages."""
    tried = (tried_as(table, tab, sheet) for tab in tabs if fits(table, tab))
    return [each for each in tried if each]


def tried_as(
    table: Table, tab: Tab, sheet: str, note: str = "taken for {} by its cells"
) -> Tried | None:
    """A table read as a tab; None where it cannot be one."""
    try:
        found = placed(table, tab, sheet, note.format(tab.name))
        if isinstance(found, str):
            return None
        result = compare_cells(found, sheet_for(found))
    except WorkbookError:
        return None
    return Tried(found, result.compared, sum(each.alone for each in result.wrong))


def likeliest(tried: list[Tried], least: int = 0) -> Tried | None:
    """The one with the most cells that are right, of those that compare at least so many."""
    enough = [each for each in tried if each.likely and each.compared >= least]
    return max(enough, key=lambda each: len(each.found.numbers) - each.alone, default=None)


def holds_all(tab: Tab, table: Table) -> bool:
    """Whether a tab has every column that a table has a known heading for."""
    return table.columns.keys() <= {key_of(column.heading) for column in tab.columns}


def tab_by_name(sheet: str) -> Tab | None:
    """The tab whose name a sheet's name is or contains; the longest, if several do."""
    plain = re.sub(r"[^a-z]+", "", sheet.casefold())
    names = sorted(TABS, key=lambda name: -len(name))
    return next((TABS[name] for name in names if name.replace("_", "") in plain), None)
