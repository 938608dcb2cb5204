"""A check of somebody's copy of the workbook: which cells are not what the formulas give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optviz.workbook.checker.comparison import (
    TOLERANCE,
    Comparison,
    Difference,
    compare_cells,
    diverged,
    row_by_row,
    sheet_for,
)
from optviz.workbook.checker.package import WorkbookError, shown
from optviz.workbook.checker.placement import Found
from optviz.workbook.checker.tabs import find_tabs
from optviz.workbook.sheet import Sheet
from optviz.workbook.slips import Slip
from optviz.workbook.tabs import TABS

SHOWN = 8
"""How many cells that are wrong by themselves the report names."""


@dataclass(frozen=True)
class TabReport:
    """What the check of one tab found."""

    sheet: str
    """The sheet's name in the file."""
    tab: str
    note: str
    """How the tab was told, where it was not by its name; and what of it is not compared."""
    compared: int
    """How many cells were compared: all that are computed."""
    largest: float
    """The largest relative difference."""
    where: str
    """The cell in which it is."""
    wrong: tuple[Difference, ...]
    """The cells that differ, row by row."""
    slip: Slip | None
    """The known slip of the file that makes the first of them, if one does."""
    other: str
    """What is left when the slips are reproduced, or are not, the other way round."""

    @property
    def ok(self) -> bool:
        """Whether all cells agree."""
        return not self.wrong

    @property
    def first(self) -> Difference | None:
        """The first cell that differs."""
        return self.wrong[0] if self.wrong else None

    @property
    def alone(self) -> tuple[Difference, ...]:
        """The cells that are wrong by themselves; the other ones follow from them."""
        return tuple(each for each in self.wrong if each.alone)

    def __str__(self) -> str:
        return "\n".join(tab_lines(self))


@dataclass(frozen=True)
class Report:
    """What the check of a file found."""

    tabs: tuple[TabReport, ...]
    others: dict[str, str]
    """The sheets that are not one of the tabs, and why."""

    @property
    def ok(self) -> bool:
        """Whether all cells of all tabs agree, and all sheets that are called as tabs are some."""
        return all(tab.ok for tab in self.tabs) and not self.unread

    @property
    def unread(self) -> tuple[str, ...]:
        """The sheets that are called as a tab, but cannot be compared with it."""
        return tuple(name for name in self.others if name.casefold() in TABS)

    @property
    def other_lines(self) -> list[str]:
        """Which sheets are not compared, and why."""
        return [
            f'"{name}" {"cannot be compared" if name in self.unread else "is not one of the tabs"}'
            f": {why}"
            for name, why in self.others.items()
        ]

    def __str__(self) -> str:
        return "\n".join([*map(str, self.tabs), *self.other_lines])


def check(
    source: str | Path | bytes, *, as_shipped: bool = False, tolerance: float = TOLERANCE
) -> Report:
    """Compare every computed cell of every tab in a file with what the formulas give.

    Each tab is computed from its own entry cells and samples. With `as_shipped` the known slips of
    the first edition (`SLIPS`) are expected in the file; by default they are differences.

    Raises: WorkbookError: course.pdf is not an .xlsx or .xlsm file
            ValueError: tolerance must be a number above 0 and below 1, got -1
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be a number above 0 and below 1, got {tolerance:g}")
    found, others = find_tabs(source)
    tabs = tuple(check_tab(each, as_shipped, tolerance) for each in found.values())
    return Report(tabs, others)


def check_tab(found: Found, as_shipped: bool, tolerance: float) -> TabReport:
    """What the check of one found tab gives.

    Raises: WorkbookError: sheet "adam", cell F7 holds "#DIV/0!" where a number belongs
    """
    sheet = sheet_for(found, as_shipped=as_shipped)
    result = compare_cells(found, sheet, tolerance)
    if wrong := found.errors.keys() & sheet.cells().keys():
        where = min(wrong, key=row_by_row)
        place = f'sheet "{found.sheet}", cell {found.places[where]}'
        says = f'{place} holds "{shown(found.errors[where])}" where a number belongs'
        before = (each for each in result.wrong if each.alone and each.found is not None)
        cause = next((f"; {difference_words(each)}" for each in before), "")
        raise WorkbookError(says + cause)
    slip, other = None, ""
    if result.wrong and found.tab.slips:
        turned = compare_cells(found, sheet_for(found, as_shipped=not as_shipped), tolerance)
        slip = None if as_shipped else slip_behind(found, result.wrong[0], tolerance)
        other = turned_words(turned, as_shipped) if len(turned.wrong) < len(result.wrong) else ""
    return TabReport(
        sheet=found.sheet,
        tab=found.tab.name,
        note=", ".join(filter(None, (found.note, gone_words(found, sheet)))),
        compared=result.compared,
        largest=result.largest,
        where=result.where,
        wrong=result.wrong,
        slip=slip,
        other=other,
    )


def slip_behind(found: Found, first: Difference, tolerance: float) -> Slip | None:
    """The slip of the tab with which a difference is gone."""
    for slip in found.tab.slips:
        result = compare_cells(found, sheet_for(found, slips=(slip.name,)), tolerance)
        if first.cell not in {each.cell for each in result.wrong}:
            return slip
    return None


def gone_words(found: Found, sheet: Sheet) -> str:
    """Which rows are not compared, in words."""
    row = diverged(found, sheet)
    if not row:
        return ""
    letter = next(col.letter for col in found.tab.columns if col.quantity == "b")
    there = found.places[f"{letter}{row}"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f"rows from {there} on not compared, as it diverges"


def turned_words(turned: Comparison, as_shipped: bool) -> str:
    """What the other mode gives, in words."""
    how = "without the slips of the first edition" if as_shipped else "with this slip reproduced"
    if turned.wrong:
        return f"{how}, {len(turned.wrong)} of {turned.compared} cells differ"
    return f"{how}, all {turned.compared} cells agree (largest difference {turned.largest:.1e})"


def tab_lines(tab: TabReport) -> list[str]:
    """A tab's part of the report, line by line."""
    name = tab.tab if tab.sheet == tab.tab else f'{tab.tab} (sheet "{tab.sheet}")'
    note = f", {tab.note}" if tab.note else ""
    differ = "1 differs" if len(tab.wrong) == 1 else f"{len(tab.wrong)} differ"
    count = differ if tab.wrong else "all agree"
    place = f" in {tab.where}" if tab.where else ""
    lines = [f"{name}{note}: {tab.compared} cells compared, {count}"]
    lines[0] += f"; largest difference {tab.largest:.1e}{place}"
    if tab.first:
        lines.append(f"  first: {difference_words(tab.first)}")
        if tab.slip:
            lines.append(f"  known slip: {tab.slip}")
        lines.append(f"  {alone_words(tab)}")
    if tab.other:
        lines.append(f"  {tab.other}")
    return lines


def difference_words(first: Difference) -> str:
    """A cell with both values."""
    holds = "is empty" if first.found is None else f"holds {first.found!r}"
    return f"{first.cell} {holds}, the formulas give {first.expected!r}"


def alone_words(tab: TabReport) -> str:
    """Which cells are wrong by themselves."""
    names = [each.cell for each in tab.alone]
    if not names:
        return "no cell is wrong by itself: small differences add up from row to row"
    listed = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    one = len(names) == 1
    said = "1 cell is wrong by itself" if one else f"{len(names)} cells are wrong by themselves"
    rest = len(tab.wrong) - len(names)
    follow = f"; the other {rest} follow from {'it' if one else 'them'}" if rest else ""
    return f"{said}: {listed}{follow}"
