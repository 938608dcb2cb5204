"""A check of somebody's copy of the workbook: the cells that differ from the formulas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optviz.workbook.checker.comparison import (
    TOLERANCE,
    Comparison,
    Difference,
    compare_cells,
    fill_sheet,
    find_divergence,
    split_address,
)
from optviz.workbook.checker.package import WorkbookError, clean_text
from optviz.workbook.checker.placement import FoundTab
from optviz.workbook.checker.tabs import find_tabs
from optviz.workbook.tab import Slip
from optviz.workbook.tabs import TABS

MOST_NAMED = 8
"""Cells wrong by themselves that the report names."""


@dataclass(frozen=True)
class TabReport(Comparison):
    """The result of checking one tab."""

    sheet: str
    """The sheet's name in the file."""
    tab: str
    note: str
    """The way to the tab, if not by its name; and the part of it that is not compared."""
    slip: Slip | None
    """The known error of the original file that explains the first difference, if one does."""
    other: str
    """The result the other way round: with the known errors reproduced, or not."""

    @property
    def ok(self) -> bool:
        """True if all cells agree."""
        return not self.wrong

    @property
    def first(self) -> Difference | None:
        """The first cell that differs."""
        return self.wrong[0] if self.wrong else None

    @property
    def largest_text(self) -> str:
        """The largest difference and its cell."""
        return f"{self.largest:.1e}" + (f" in {self.where}" if self.where else "")

    @property
    def details(self) -> list[str]:
        """The first difference, its known cause, and the cells wrong by themselves, in words."""
        if not self.first:
            return []
        known = [f"known error: {self.slip}"] if self.slip else []
        first = f"first: {describe_difference(self.first)}"
        return [first, *known, describe_causes(self), *filter(None, [self.other])]

    def __str__(self) -> str:
        name = self.tab if self.sheet == self.tab else f'{self.tab} (sheet "{self.sheet}")'
        note = f", {self.note}" if self.note else ""
        differ = "1 differs" if len(self.wrong) == 1 else f"{len(self.wrong)} differ"
        count = differ if self.wrong else "all agree"
        head = f"{name}{note}: {self.compared} cells compared, {count}"
        head += f"; largest difference {self.largest_text}"
        return "\n  ".join([head, *self.details])


@dataclass(frozen=True)
class Report:
    """The result of checking a file."""

    tabs: tuple[TabReport, ...]
    others: dict[str, str]
    """The sheets that are not one of the tabs, and why."""
    refused: tuple[str, ...] = ()
    """The cells that kept a sheet from being compared, such as a text in a number's place."""

    @property
    def ok(self) -> bool:
        """True if all cells of all tabs agree, and every sheet named after a tab is one."""
        return all(tab.ok for tab in self.tabs) and not self.unread and not self.refused

    @property
    def unread(self) -> tuple[str, ...]:
        """The sheets that are named after a tab but cannot be compared with it."""
        return tuple(name for name in self.others if name.casefold() in TABS)

    @property
    def other_lines(self) -> list[str]:
        """The sheets that are not compared, and why, in words."""
        return [f"not compared: {each}" for each in self.refused] + [
            f'"{name}" {"cannot be compared" if name in self.unread else "is not one of the tabs"}'
            f": {why}"
            for name, why in self.others.items()
        ]

    def __str__(self) -> str:
        return "\n".join([*map(str, self.tabs), *self.other_lines])


def check(
    source: str | Path | bytes, *, as_shipped: bool = False, tolerance: float = TOLERANCE
) -> Report:
    """Compare every computed cell of every tab in a file with the formulas.

    Each tab is computed from its own entry cells and samples. With `as_shipped` the known errors of
    the first edition (`SLIPS`) are expected in the file; by default they are differences.

    Raises: WorkbookError: course.pdf is not an .xlsx or .xlsm file
            ValueError: tolerance must be a number above 0 and below 1, got -1
    """
    check_tolerance(tolerance)
    found, refused, others = find_tabs(source)
    tabs, errors = [], list(refused.values())
    for each in found.values():
        try:
            tabs.append(check_tab(each, as_shipped, tolerance))
        except WorkbookError as error:  # an entry that makes no sheet, such as beta1 of 1.5
            errors.append(error)
    return Report(tuple(tabs), others, tuple(map(str, errors)))


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is none.

    Raises: ValueError: tolerance must be a number above 0 and below 1, got -1
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be a number above 0 and below 1, got {tolerance:g}")


def check_tab(found: FoundTab, as_shipped: bool, tolerance: float) -> TabReport:
    """Check one found tab."""
    sheet = fill_sheet(found, as_shipped=as_shipped)
    result = compare_cells(found, sheet, tolerance)
    slip, other = None, ""
    if result.wrong and found.tab.slips:
        turned = compare_cells(found, fill_sheet(found, as_shipped=not as_shipped), tolerance)
        slip = None if as_shipped else find_slip(found, result.wrong[0], tolerance)
        other = describe_turned(turned, as_shipped) if len(turned.wrong) < len(result.wrong) else ""
    notes = [found.note] if found.note else []
    if row := find_divergence(found, sheet):
        letter = next(col.letter for col in found.tab.columns if col.quantity == "b")
        first = split_address(found.places[f"{letter}{row}"])[0]
        notes.append(f"rows from {first} on not compared, as it diverges")
    about: dict[str, Any] = {"sheet": found.sheet, "tab": found.tab.name, "note": ", ".join(notes)}
    return TabReport(**vars(result), **about, slip=slip, other=other)


def find_slip(found: FoundTab, first: Difference, tolerance: float) -> Slip | None:
    """Return the known error of the tab that explains a difference."""
    for slip in found.tab.slips:
        result = compare_cells(found, fill_sheet(found, slips=(slip.name,)), tolerance)
        if first.cell not in {each.cell for each in result.wrong}:
            return slip
    return None


def describe_turned(turned: Comparison, as_shipped: bool) -> str:
    """Describe the result of the other mode."""
    how = "without the errors of the first edition" if as_shipped else "with this error reproduced"
    if turned.wrong:
        return f"{how}, {len(turned.wrong)} of {turned.compared} cells differ"
    return f"{how}, all {turned.compared} cells agree (largest difference {turned.largest:.1e})"


def describe_difference(first: Difference) -> str:
    """Name a cell with both values."""
    holds = "is empty" if first.found is None else f"holds {first.found!r}"
    if first.text:
        holds = f'holds "{clean_text(first.text)}"'
    return f"{first.cell} {holds}, the formulas give {first.expected!r}"


def describe_causes(tab: TabReport) -> str:
    """Name the cells that are wrong by themselves."""
    names = [each.cell for each in tab.alone]
    if not names:
        return "no cell is wrong by itself: small differences add up from row to row"
    listed = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
    is_one = len(names) == 1
    says = "1 cell is wrong by itself" if is_one else f"{len(names)} cells are wrong by themselves"
    rest = len(tab.wrong) - len(names)
    follow = f"; the other {rest} follow from {'it' if is_one else 'them'}" if rest else ""
    return f"{says}: {listed}{follow}"
