"""A found tab against the formulas: over the whole chain of rows, and each row by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from optviz.workbook.addresses import FIRST, moved
from optviz.workbook.checker.package import WorkbookError
from optviz.workbook.checker.placement import Found
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import Tab

TOLERANCE = 1e-9
"""How far apart two numbers may be, relative to the larger one or to the floor of its column."""
NOISE = 1e-6
"""The floor of a column, in units of what its numbers are differences of: below it, rounding in
the subtraction shows, and a relative difference says nothing."""
HUGE = 1e100
"""What no b or a is but in a run that diverges."""

UNITS = {
    "b": (0, 1),
    "a": (-1, 1),
    "new_b": (0, 1),
    "new_a": (-1, 1),
    "pred": (0, 1),
    "grad_b": (0, 1),
    "grad_a": (1, 1),
    "est_b": (0, 2),
    "est_a": (0, 2),
    "grad_avg_b": (0, 1),
    "grad_avg_a": (1, 1),
    "norm_b": (0, 1),
    "norm_a": (1, 1),
    "mean_norm_b": (0, 1),
    "mean_norm_a": (1, 1),
    "root_sum": (0, 1),
}
"""The powers of the largest x and y that are the unit of a column, or of a root of its squares."""
SQUARES = {"err2": "pred", "errb1": "pred", "erra1": "pred", "sqr_avg_b": "grad_b"} | {
    "sqr_avg_a": "grad_a"
}
"""Columns of squares, and of what."""

RULE_INPUTS = {
    "new": ("grad_{}", "grad_avg_{}", "sqr_avg_{}", "rate_{}", "new_d"),
    "grad_avg": ("grad_{}", "rest_beta1"),
    "sqr_avg": ("grad_{}", "rest_beta2"),
}
"""What the columns are computed from whose formulas are the rule's."""


@dataclass(frozen=True)
class Difference:
    """A cell that is not what the formulas give."""

    cell: str
    """Its address in the file."""
    found: float | None
    """Its number; None where it is empty."""
    expected: float
    """nan where the formulas give no finite number."""
    size: float
    """How far apart they are, relative to the larger one or to the column's floor."""
    alone: bool
    """Whether it differs even when computed from the file's own cells above and beside it."""


@dataclass(frozen=True)
class Comparison:
    """What comparing a tab gave."""

    compared: int
    largest: float
    """The largest relative difference of all cells, equal ones too."""
    where: str
    """The address in the file of that cell."""
    wrong: tuple[Difference, ...]
    """The cells that differ, row by row."""


def sheet_for(found: Found, *, as_shipped: bool = False, slips: tuple[str, ...] = ()) -> Sheet:
    """The sheet with the entry cells and samples of a found tab.

    Raises: WorkbookError: sheet "adam": beta1 must be at least 0 and below 1, got 1.5
    """
    x, y = found.column("A"), found.column("B")
    chosen = None if as_shipped else slips
    name, entry = found.tab.name, found.entry
    try:
        return Sheet.filled(name, entry, x, y, as_shipped=as_shipped, slips=chosen)
    except ValueError as error:
        raise WorkbookError(f'sheet "{found.sheet}": {error}') from None


def compare_cells(found: Found, sheet: Sheet, tolerance: float = TOLERANCE) -> Comparison:
    """Every computed cell of a found tab against those of a sheet with the same entries.

    An error such as #DIV/0! agrees where the formulas give no finite number either.
    """
    expected = sheet.cells()
    gone = diverged(found, sheet)
    sizes = {
        where: size_of(found.numbers.get(where), expected.get(where), floor)
        for where, floor in floors(found).items()
        if where in expected or where not in found.errors
        if not (gone and gone <= row_by_row(where)[0] < FIRST + found.count)
    }
    wrong = [where for where, size in sizes.items() if not size <= tolerance]
    alone = wrong_alone(found, sheet, set(wrong), tolerance) if wrong else set()
    top = max(sizes, key=lambda where: sizes[where], default="")
    return Comparison(
        compared=len(sizes),
        largest=sizes.get(top, 0.0),
        where=found.places.get(top, ""),
        wrong=tuple(
            Difference(
                found.places[where],
                found.numbers.get(where),
                number(expected.get(where)),
                sizes[where],
                where in alone,
            )
            for where in sorted(wrong, key=row_by_row)
        ),
    )


def diverged(found: Found, sheet: Sheet) -> int:
    """The tab's first row that a run does not reach and that has lost its b or a in the file too.

    0 where there is none. Spreadsheets count on until a cell cannot hold the number.
    """
    row = FIRST + len(sheet.rows())
    spots = [f"{col.letter}{row}" for col in found.tab.columns if col.quantity in ("b", "a")]
    lost = any(each in found.errors or abs(found.numbers.get(each, 0)) > HUGE for each in spots)
    return row if lost else 0


def floors(found: Found) -> dict[str, float]:
    """The addresses that are compared, with the floors of their relative differences.

    What is typed in (samples, entry cells) is left out: it would be compared with itself.
    """
    scales = (max(map(abs, found.column("A"))) or 1.0, max(map(abs, found.column("B"))) or 1.0)
    out: dict[str, float] = {}
    for column in found.tab.columns:
        if column.quantity not in ("x", "y") and f"{column.letter}{FIRST}" in found.places:
            floor = floor_of(column.quantity, *scales)
            out |= {f"{column.letter}{FIRST + i}": floor for i in range(found.count)}
    seen: set[str] = set()
    for cell in found.tab.around:
        where = moved(cell.address, found.count)
        if cell.quantity and where in found.numbers and (cell.formula or cell.quantity in seen):
            out[where] = floor_of(cell.quantity, *scales) if cell.quantity in UNITS else 0.0
        if not cell.formula and where in found.numbers:
            seen.add(cell.quantity)
    return out


def floor_of(quantity: str, x: float, y: float) -> float:
    """The floor of a column for samples of this size."""
    if quantity in SQUARES:
        return floor_of(SQUARES[quantity], x, y) ** 2
    powers = UNITS.get(quantity, (0, 0))
    estimate = 100.0 if quantity.startswith("est") else 1.0
    return NOISE * estimate * x ** powers[0] * y ** powers[1]


def size_of(found: float | None, expected: float | str | None, floor: float) -> float:
    """The relative difference of two numbers; infinite where one is missing."""
    if found is None or not isinstance(expected, float):
        return np.inf
    return abs(found - expected) / max(abs(found), abs(expected), floor, 1e-300)


def number(value: float | str | None) -> float:
    """The value where it is a number, else nan."""
    return value if isinstance(value, float) else np.nan


def row_by_row(where: str) -> tuple[int, int, str]:
    """What orders addresses row by row."""
    letters = where.rstrip("0123456789")
    return int(where[len(letters) :]), len(letters), letters


# -- each row by itself ----------------------------------------------------------------------------


def wrong_alone(found: Found, sheet: Sheet, wrong: set[str], tolerance: float) -> set[str]:
    """The cells that differ from what the file's own cells above and beside them give.

    A cell whose inputs in its own row are wrong as well is taken to follow from them.
    """
    own, floor = own_cells(found, sheet), floors(found)
    off = {
        where
        for where in own.keys() & floor.keys()
        if not size_of(found.numbers.get(where), own[where], floor[where]) <= tolerance
    }
    inputs = inputs_of(found.tab, found.count)
    out = {
        where
        for where in off
        if not any(
            each in wrong if each[1:] else each + where[1:] in off for each in inputs[where[0]]
        )
    }
    for cell in found.tab.around:
        where = moved(cell.address, found.count)
        if where in wrong and not any(used(cell.formula, found.count, each) for each in wrong):
            out.add(where)
    return out


def own_cells(found: Found, sheet: Sheet) -> dict[str, float]:
    """Each cell of the rows, computed from the file's row above and its own b, a, x and y."""
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
        state = state_after(state, here, i + 1)
    return out


def state_after(state, row: dict[str, float], count: int):
    """The averages that a row of the file leaves."""
    changes = {
        each: np.array([row[f"{each}_b"], row[f"{each}_a"]])
        for each in state._fields
        if f"{each}_b" in row
    }
    return state._replace(**changes | ({"count": count} if "count" in state._fields else {}))


def inputs_of(tab: Tab, samples: int) -> dict[str, list[str]]:
    """What each column is computed from, but for b, a, x and y: letters of columns, and cells."""
    letters = {column.quantity: column.letter for column in tab.columns}
    letters |= {each.quantity: moved(each.address, samples) for each in tab.around if each.formula}
    out = {}
    for column in tab.columns:
        name, _, which = column.quantity.rpartition("_")
        names = re.findall(r"{(\w+)}", column.formula)
        names += [text.format(which) for text in RULE_INPUTS.get(name, ())]
        given = ("b", "a", "x", "y")
        out[column.letter] = [letters[each] for each in names if each in letters.keys() - given]
    return out


def used(formula: str, samples: int, where: str) -> bool:
    """Whether a formula of the tab refers to a cell, by itself or in a column."""
    text = moved(formula, samples)
    ranges = re.findall(r"([A-Z])(\d+):[A-Z](\d+)", text)
    letter, row = where[0], int(where[1:])
    inside = any(letter == each and int(low) <= row <= int(high) for each, low, high in ranges)
    return inside or where in re.findall(r"[A-Z]\d+", text)
