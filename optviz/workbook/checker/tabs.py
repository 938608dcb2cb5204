"""The tabs of a workbook file, found by their headings whatever their sheets are called."""

from __future__ import annotations

import re
from pathlib import Path

from optviz.workbook.checker.cells import read_cells
from optviz.workbook.checker.comparison import Comparison, compare_cells, fill_sheet
from optviz.workbook.checker.package import WorkbookError
from optviz.workbook.checker.placement import FoundTab, is_candidate, place_tab
from optviz.workbook.checker.table import Table, find_table, normalize
from optviz.workbook.tab import Tab
from optviz.workbook.tabs import TABS

MOST_WRONG = 0.15
"""The largest share of wrong cells with which the cells still identify a tab."""
UNKNOWN = "its cells are those of none of the tabs: name the sheet after its tab, such as adam"


def read_sheets(source: str | Path | bytes) -> dict[str, FoundTab]:
    """Return the tabs of a workbook file by the names of their sheets.

    Only stored values are read: no macro is run, no link is followed, no formula is calculated.

    Raises: WorkbookError: notes.xlsx holds none of the tabs: "Sheet1": it has no headings
    """
    found, refused, _ = find_tabs(source)
    for error in refused.values():
        raise error
    return found


def find_tabs(
    source: str | Path | bytes,
) -> tuple[dict[str, FoundTab], dict[str, WorkbookError], dict[str, str]]:
    """Return the sheets of a file by name: the tabs, those with a cell in the way, and the others.

    The second come with the error that names the cell, the others with why they are none.
    """
    found: dict[str, FoundTab] = {}
    refused: dict[str, WorkbookError] = {}
    others: dict[str, str] = {}
    for sheet, cells in read_cells(source).items():
        table = find_table(sheet, cells)
        try:
            tab = table if isinstance(table, str) else identify_tab(table)
        except WorkbookError as error:
            refused[sheet] = error
            continue
        if isinstance(tab, str):
            others[sheet] = tab
        else:
            found[sheet] = tab
    if not found and not refused:
        name = "this file" if isinstance(source, bytes) else source
        why = "; ".join(f'"{sheet}": {reason}' for sheet, reason in list(others.items())[:3])
        raise WorkbookError(f"{name} holds none of the tabs{': ' if why else ''}{why}")
    return found, refused, others


def identify_tab(table: Table) -> FoundTab | str:
    """Return the tab of a table, by its sheet's name or else by its cells, or why it is none."""
    table.check_rows()
    plain = re.sub(r"[^a-z]+", "", table.sheet.casefold())
    names = sorted(TABS, key=lambda name: -len(name))  # the longest of several counts
    named = next((TABS[name] for name in names if name.replace("_", "") in plain), None)
    own = try_tab(table, named, "") if named else None
    if own and is_likely(own[1]):
        return own[0]
    others = [tab for tab in TABS.values() if tab is not named]
    if named:  # a name counts more than the cells of a tab with fewer columns or cells
        headings = {tab.name: {normalize(each.heading) for each in tab.columns} for tab in others}
        others = [tab for tab in others if table.columns.keys() <= headings[tab.name]]
    least = own[1].compared if own else 0
    trials = (try_tab(table, tab, f"identified as {tab.name} by its cells") for tab in others)
    likely = [
        (len(found.numbers) - len(result.alone), found)
        for found, result in filter(None, trials)
        if is_likely(result) and result.compared >= least
    ]
    if likely:
        return max(likely, key=lambda each: each[0])[1]
    return place_tab(table, named) if named else UNKNOWN


def try_tab(table: Table, tab: Tab, note: str) -> tuple[FoundTab, Comparison] | None:
    """Read a table as a tab and compare its cells; return None if it cannot be that tab."""
    if not is_candidate(table, tab):
        return None
    try:
        found = place_tab(table, tab, note)
        return None if isinstance(found, str) else (found, compare_cells(found, fill_sheet(found)))
    except WorkbookError:
        return None


def is_likely(result: Comparison) -> bool:
    """Return True if most cells are those of the tab."""
    return len(result.alone) <= MOST_WRONG * result.compared
