"""A found tab against the formulas: over the whole chain of rows, and each row by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optviz.workbook.checker.package import WorkbookError
from optviz.workbook.checker.placement import FoundTab
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import FIRST, Tab, shift_rows

TOLERANCE = 1e-9
"""Largest relative difference of equal numbers."""
NOISE = 1e-6
"""Floor of a column, relative to the unit of its numbers: below it, rounding in subtractions shows
and a relative difference says nothing."""
HUGE = 1e100
"""A size that b and a reach only in a run that diverges."""

UNITS = {"a": (-1, 1), "new_a": (-1, 1), "est_b": (0, 2), "est_a": (0, 2)}
UNITS |= dict.fromkeys(("b", "new_b", "pred", "root_sum"), (0, 1))
UNITS |= dict.fromkeys(("grad_b", "grad_avg_b", "norm_b", "mean_norm_b"), (0, 1))
UNITS |= dict.fromkeys(("grad_a", "grad_avg_a", "norm_a", "mean_norm_a"), (1, 1))
"""Unit of a quantity: the powers of the largest x and of the largest y."""
SQUARES = {"err2": "pred", "errb1": "pred", "erra1": "pred", "sqr_avg_b": "grad_b"} | {
    "sqr_avg_a": "grad_a"
}
"""Columns of squares, and what is squared."""

RULE_INPUTS = {
    "new": ("grad_{}", "grad_avg_{}", "sqr_avg_{}", "rate_{}", "new_d"),
    "grad_avg": ("grad_{}", "rest_beta1"),
    "sqr_avg": ("grad_{}", "rest_beta2"),
}
"""Inputs of the columns whose formulas are the rule's."""


@dataclass(frozen=True)
class Difference:
    """A cell that differs from the formulas."""

    cell: str
    """Its address in the file."""
    found: float | None
    """Its number; None where it is empty."""
    expected: float
    """nan where the formulas give no finite number."""
    size: float
    """The difference relative to the larger number, or to the column's floor."""
    alone: bool
    """True if it differs even when computed from the file's own cells above and beside it."""
    text: str = ""
    """What it holds instead of a number, such as #DIV/0!."""


@dataclass(frozen=True)
class Comparison:
    """The result of comparing a tab."""

    compared: int
    """The number of cells that were compared: all computed ones."""
    largest: float
    """The largest relative difference of all cells, including equal ones."""
    where: str
    """The address in the file of that cell."""
    wrong: tuple[Difference, ...]
    """The cells that differ, row by row."""

    @property
    def alone(self) -> tuple[Difference, ...]:
        """The cells that are wrong by themselves; the others follow from them."""
        return tuple(each for each in self.wrong if each.alone)


def fill_sheet(found: FoundTab, **options: Any) -> Sheet:
    """Return the sheet with the given cells and samples of a found tab.

    The options are those of `Sheet.of`.

    Raises: WorkbookError: sheet "adam": beta1 must be at least 0 and below 1, got 1.5
    """
    x, y = found.column("A"), found.column("B")
    try:
        return Sheet.from_entry(found.tab.name, found.entry, x, y, **options)
    except ValueError as error:
        raise WorkbookError(f'sheet "{found.sheet}": {error}') from None


def compare_cells(found: FoundTab, sheet: Sheet, tolerance: float = TOLERANCE) -> Comparison:
    """Compare every computed cell of a found tab with those of a sheet with the same entries.

    An error such as #DIV/0! agrees where the formulas give no finite number either.
    """
    expected: dict[str, Any] = sheet.cells()
    end = find_divergence(found, sheet) or np.inf
    sizes = {
        where: measure_difference(found.numbers.get(where), expected.get(where), floor)
        for where, floor in compute_floors(found).items()
        if where in expected or where not in found.errors
        if not end <= split_address(where)[0] < FIRST + found.count
    }
    wrong = [where for where, size in sizes.items() if not size <= tolerance]
    alone = find_causes(found, sheet, set(wrong), tolerance) if wrong else set()
    top = max(sizes, key=lambda where: sizes[where], default="")
    differences = []
    for where in sorted(wrong, key=split_address):
        both = found.numbers.get(where), expected.get(where, np.nan)
        text = found.errors.get(where, "")
        differences.append(
            Difference(found.places[where], *both, sizes[where], where in alone, text)
        )
    largest, place = sizes.get(top, 0.0), found.places.get(top, "")
    return Comparison(len(sizes), largest, place, tuple(differences))


def find_divergence(found: FoundTab, sheet: Sheet) -> int:
    """Return the tab's first row without b or a, both in the run and in the file; 0 if none.

    Spreadsheets count on until a cell cannot hold the number.
    """
    row = FIRST + len(sheet.rows())
    spots = [f"{col.letter}{row}" for col in found.tab.columns if col.quantity in ("b", "a")]
    lost = any(each in found.errors or abs(found.numbers.get(each, 0)) > HUGE for each in spots)
    return row if lost else 0


def compute_floors(found: FoundTab) -> dict[str, float]:
    """Return the floor of the relative difference of each computed cell, by its address."""
    scales = (max(map(abs, found.column("A"))) or 1.0, max(map(abs, found.column("B"))) or 1.0)
    out: dict[str, float] = {}
    for column in found.tab.columns:
        if column.quantity not in ("x", "y") and f"{column.letter}{FIRST}" in found.places:
            floor = compute_floor(column.quantity, *scales)
            out |= {f"{column.letter}{FIRST + i}": floor for i in range(found.count)}
    seen: set[str] = set()
    for cell in found.tab.around:
        where = shift_rows(cell.address, found.count)
        is_filled = where in found.numbers or where in found.errors
        if cell.quantity and is_filled and (cell.formula or cell.quantity in seen):
            out[where] = compute_floor(cell.quantity, *scales) if cell.quantity in UNITS else 0.0
        if not cell.formula and where in found.numbers:
            seen.add(cell.quantity)
    return out


def compute_floor(quantity: str, x: float, y: float) -> float:
    """Return the floor of a column for samples of this size."""
    if quantity in SQUARES:
        return compute_floor(SQUARES[quantity], x, y) ** 2
    powers = UNITS.get(quantity, (0, 0))
    estimate = 100.0 if quantity.startswith("est") else 1.0
    return NOISE * estimate * x ** powers[0] * y ** powers[1]


def measure_difference(found: float | None, expected: float | None, floor: float) -> float:
    """Return the relative difference of two numbers; infinite where one is missing."""
    if found is None or expected is None:
        return np.inf
    return abs(found - expected) / max(abs(found), abs(expected), floor, 1e-300)


def split_address(where: str) -> tuple[int, int, str]:
    """Split an address so that addresses sort row by row: (row, letters' length, letters)."""
    letters = where.rstrip("0123456789")
    return int(where[len(letters) :]), len(letters), letters


def find_causes(found: FoundTab, sheet: Sheet, wrong: set[str], tolerance: float) -> set[str]:
    """Return the cells that differ from what the file's own cells above and beside them give.

    A cell whose inputs in its own row are wrong as well is taken to follow from them.
    """
    own, floors = compute_own_cells(found, sheet), compute_floors(found)
    off = {
        where
        for where in own.keys() & floors.keys()
        if not measure_difference(found.numbers.get(where), own[where], floors[where]) <= tolerance
    }
    inputs = list_inputs(found.tab, found.count)
    out = set()
    for where in off:
        rest = inputs[where[0]]
        if not any(each in wrong if each[1:] else each + where[1:] in off for each in rest):
            out.add(where)
    for cell in found.tab.around:
        where = shift_rows(cell.address, found.count)
        formula = shift_rows(cell.formula, found.count)
        inputs_here = {*re.findall(r"[A-Z]\d+", formula)}
        for letter, low, high in re.findall(r"([A-Z])(\d+):[A-Z](\d+)", formula):
            inputs_here |= {f"{letter}{row}" for row in range(int(low), int(high) + 1)}
        if where in wrong and inputs_here.isdisjoint(wrong):
            out.add(where)
    return out


def compute_own_cells(found: FoundTab, sheet: Sheet) -> dict[str, float]:
    """Compute each cell of the rows from the file's row above and its own b, a, x and y."""
    letters = {column.quantity: column.letter for column in found.tab.columns}
    columns = {key: found.column(letter) for key, letter in letters.items()}
    out: dict[str, float] = {}
    b, a, state = sheet.b, sheet.a, sheet.state
    for i in range(found.count):
        here = {key: values[i] for key, values in columns.items()}
        x, y = np.array([here["x"]]), np.array([here["y"]])
        row = replace(sheet, b=here["b"], a=here["a"], x=x, y=y, state=state)
        computed = {key: value[0] for key, value in row.columns().items() if len(value)}
        computed |= {"b": b, "a": a}
        for key, letter in letters.items():
            out[f"{letter}{FIRST + i}"] = float(computed.get(key, np.nan))
        b, a = here["new_b"], here["new_a"]
        changes: dict[str, Any] = {
            each: np.array([here[f"{each}_b"], here[f"{each}_a"]])
            for each in state._fields
            if f"{each}_b" in here
        }
        if "count" in state._fields:
            changes["count"] = i + 1
        state = state._replace(**changes)
    return out


def list_inputs(tab: Tab, samples: int) -> dict[str, list[str]]:
    """Return the inputs of each column except b, a, x and y: letters of columns, and cells."""
    given = ("b", "a", "x", "y")
    inputs = {each.quantity: each.letter for each in tab.columns if each.quantity not in given}
    computed = (cell for cell in tab.around if cell.formula)
    inputs |= {cell.quantity: shift_rows(cell.address, samples) for cell in computed}
    out = {}
    for column in tab.columns:
        name, _, which = column.quantity.rpartition("_")
        names = re.findall(r"{(\w+)}", column.formula)
        names += [text.format(which) for text in RULE_INPUTS.get(name, ())]
        out[column.letter] = [inputs[each] for each in names if each in inputs]
    return out
