"""Where each cell of a tab stands on a sheet that somebody may have changed.

The headings tell the columns, the labels above them the settings, those below them the sums.
"""

from __future__ import annotations

from dataclasses import dataclass

from optviz.workbook.addresses import FIRST, LAST, moved
from optviz.workbook.checker.package import WorkbookError, shown
from optviz.workbook.checker.table import (
    FAR,
    LABELS,
    NUMBERS,
    RATES,
    Table,
    address,
    is_error,
    key_of,
)
from optviz.workbook.tab import Cell, Tab

MOST = 1e30
"""The largest number that may be typed in: the square of the first gradient is finite then."""
SETTINGS = {
    "lr": "learning rate (a cell beside or under the label learn)",
    "beta1": "beta above its averages (or beside the label beta1)",
    "beta2": "beta above its averages of squares (or beside the label beta2)",
    "scale_b": "scale of b (F1 in the course's file)",
    "scale_a": "scale of a (G1 in the course's file)",
    "f1": "loss of the epoch before (a cell beside the label ft-1)",
    "f2": "loss of the epoch before that (a cell beside the label ft-2)",
    "d": "d of the epoch before (a cell beside the label dt-1)",
}
"""The numbers that a tab cannot do without, where it has them, and what they are called."""


@dataclass(frozen=True, eq=False)
class Found:
    """A tab that was found in a file: its numbers, by the addresses that the tab itself uses."""

    sheet: str
    """The sheet's name in the file."""
    tab: Tab
    numbers: dict[str, float]
    places: dict[str, str]
    """Each of the tab's addresses with the one in the file, also where that cell is empty."""
    count: int
    """How many samples there are."""
    errors: dict[str, str]
    """The computed cells that hold an error such as #DIV/0!, by the tab's addresses."""
    note: str = ""
    """How the tab was told, where it was not by its name; and which of its columns are absent."""

    @property
    def entry(self) -> dict[str, float]:
        """The numbers of the given cells by their quantities; an empty average counts as 0."""
        out: dict[str, float] = {}
        for cell in self.tab.around:
            where = moved(cell.address, self.count)
            if cell.quantity and not cell.formula and where in self.numbers:
                out.setdefault(cell.quantity, self.numbers[where])
        averages = (column.quantity for column in self.tab.columns if not column.heading)
        return dict.fromkeys(averages, 0.0) | out

    def column(self, letter: str) -> list[float]:
        """The numbers of a column; an empty cell counts as 0, as it does in a spreadsheet."""
        rows = range(FIRST, FIRST + self.count)
        return [self.numbers.get(f"{letter}{row}", 0.0) for row in rows]


def fits(table: Table, tab: Tab) -> bool:
    """Whether a table has as many columns of averages as a tab."""
    carried = [column for column in table.bare if table.over(column) != ""]
    needed = sum(not column.heading for column in tab.columns)
    return len(carried or table.bare) == needed


def placed(table: Table, tab: Tab, sheet: str, note: str = "") -> Found | str:
    """The tab's numbers out of a table, or what it lacks.

    Raises: WorkbookError: sheet "adam", cell J7 holds "#DIV/0!" where a number belongs
    """
    letters = lettered(table, tab)
    if any(not column.heading and column.letter not in letters for column in tab.columns):
        return f"it has not the columns of averages that {tab.name} has, without a heading"
    spots = {
        f"{column.letter}{FIRST + i}": (row, letters[column.letter])
        for column in tab.columns
        if column.letter in letters
        for i, row in enumerate(table.rows)
    }
    spots |= around(table, tab, letters)
    numbers: dict[str, float] = {}
    errors: dict[str, str] = {}
    given = given_addresses(tab, len(table.rows))
    for where, spot in spots.items():
        if where not in given and is_error(table.cells.get(spot)):
            errors[where] = str(table.cells[spot])
        elif (value := number_at(table, spot, sheet)) is not None:
            if where in given and abs(value) > MOST:
                place = f'sheet "{sheet}", cell {address(*spot)}'
                raise WorkbookError(f"{place} holds {value:g}, expected at most {MOST:g}")
            numbers[where] = value
    names = {where: address(*spot) for where, spot in spots.items()}
    absent = [column.heading for column in tab.columns if column.letter not in letters]
    notes = [note] * bool(note) + [f"no column {heading}" for heading in absent]
    found = Found(sheet, tab, numbers, names, len(table.rows), errors, ", ".join(notes))
    return lacks(found) or found


def given_addresses(tab: Tab, samples: int) -> set[str]:
    """The tab's addresses of what is typed in: x, y, and the given cells around the rows."""
    out = {moved(cell.address, samples) for cell in tab.around if not cell.formula}
    return out | {f"{letter}{FIRST + i}" for letter in "AB" for i in range(samples)}


def check_rows(table: Table, sheet: str) -> None:
    """Refuse rows of samples that do not hold numbers or errors, whichever tab they are.

    Raises: WorkbookError: sheet "adam", cell A7 is empty where a number belongs
    """
    columns = [table.columns[key] for key in NUMBERS if key in table.columns]
    given = [table.columns["x"], table.columns["y"]]
    for row in table.rows:
        for column in columns:
            spot = (row, column)
            if column in given and spot not in table.cells:
                place = address(*spot)
                raise WorkbookError(
                    f'sheet "{sheet}", cell {place} is empty where a number belongs'
                )
            if column in given or not is_error(table.cells.get(spot)):
                number_at(table, spot, sheet)


def lacks(found: Found) -> str:
    """Which setting a found tab cannot do without and has not; nothing where all are there."""
    missing = [key for key in SETTINGS if key in found.tab.entry and key not in found.entry]
    return f"it has no {SETTINGS[missing[0]]}" if missing else ""


def number_at(table: Table, spot: tuple[int, int], sheet: str) -> float | None:
    """The number in a cell, or None where it is empty.

    Raises: WorkbookError: sheet "adam", cell J7 holds "#DIV/0!" where a number belongs
    """
    if spot not in table.cells:
        return None
    value = table.cells[spot]
    where = f'sheet "{sheet}", cell {address(*spot)}'
    if value is None:
        raise WorkbookError(
            f"{where} has a formula without its value: open the file in Excel or LibreOffice, "
            "let it calculate, and save it"
        )
    if isinstance(value, str):
        raise WorkbookError(f'{where} holds "{shown(value)}" where a number belongs')
    return value


def lettered(table: Table, tab: Tab) -> dict[str, int]:
    """The file's column for each letter of the tab; one beyond its columns keeps its distance."""
    needed = [column.letter for column in tab.columns if not column.heading]
    spare = (table.bare + table.odd)[: len(needed)]
    out = dict(zip(needed, sorted(spare), strict=False))
    for column in tab.columns:
        if (key := key_of(column.heading)) in table.columns:
            out[column.letter] = table.columns[key]
    beyond = {cell.address[0] for cell in tab.around} - {column.letter for column in tab.columns}
    for letter in sorted(beyond):
        left = chr(ord(letter) - 1)
        if left in out and out[left] + 1 not in out.values():
            out[letter] = out[left] + 1
    return out


def around(table: Table, tab: Tab, letters: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Where the tab's cells above and below the samples stand, by the tab's addresses."""
    above = rows_above(table)
    below = rows_below(table, tab, letters)
    out = {}
    for cell in tab.around:
        letter, row = cell.address[0], int(cell.address[1:])
        there = above.get(row) if row < FIRST else below.get(row)
        spot = (there, letters[letter]) if there and letter in letters else None
        if row < FIRST and not cell.formula:
            spot = given_spot(table, tab, cell, spot)
        if cell.quantity and spot and key_of(table.cells.get(spot, "")) not in LABELS:
            out[moved(cell.address, len(table.rows))] = spot
    return out


def rows_above(table: Table) -> dict[int, int]:
    """The file's rows for the tab's rows 1 to 3: those of the labels b and a, and the headings."""
    b, a = table.labels.get("b"), table.labels.get("a")
    return {1: b[0] if b else table.head - 2, 2: a[0] if a else table.head - 1, 3: table.head}


def given_spot(
    table: Table, tab: Tab, cell: Cell, spot: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Where a given number above the samples stands: by its label, else where it is expected."""
    if cell.quantity in ("b", "a"):
        return start_spot(table, cell.quantity)
    if cell.quantity == "lr":
        return rate_spot(table)
    if cell.quantity.startswith("beta") and spot:
        column = [spot, *((row, spot[1]) for row in range(table.head - 1, 0, -1))]
        return table.first_filled(column) or beta_spot(table, tab, cell.quantity)
    return spot


def beta_spot(table: Table, tab: Tab, name: str) -> tuple[int, int] | None:
    """Where a beta stands that is not above its averages: beside or under its label."""
    others = [key for key in tab.entry if key in ("beta1", "beta2") and key != name]
    key = name if name in table.labels or others else "beta"
    row, column = table.labels.get(key, (0, 0))
    return table.first_number([(row, column + 1), (row + 1, column)]) if row else None


def start_spot(table: Table, which: str) -> tuple[int, int]:
    """Where the b or a stands that the samples begin with: beside its label, else in their row."""
    row = rows_above(table)[1 if which == "b" else 2]
    spots = [(row, table.columns["b"])]
    if label := table.labels.get(which):
        spots += [(row, label[1] + i) for i in range(1, FAR)]
    return table.first_filled(spots) or (table.rows[0], table.columns[which])


def rate_spot(table: Table) -> tuple[int, int] | None:
    """Where the learning rate stands: a number under its label or beside it."""
    label = next((table.labels[key] for key in RATES if key in table.labels), None)
    if label is None:
        return None
    row, column = label
    under = [(each, column) for each in range(row + 1, table.head)]
    right = [(row, column + i) for i in range(1, FAR)]
    found = table.first_number(under) or table.first_number(right[:1]) or table.first_filled(under)
    return found or table.first_number(right) or table.first_filled(right[:1])


def rows_below(table: Table, tab: Tab, letters: dict[str, int]) -> dict[int, int]:
    """The file's rows for the tab's rows below its samples: by their labels, else by order."""
    after: dict[int, list[Cell]] = {}
    for cell in tab.around:
        if int(cell.address[1:]) > LAST:
            after.setdefault(int(cell.address[1:]), []).append(cell)
    out: dict[int, int] = {}
    last = table.rows[-1]
    for row in sorted(after):
        texts = (text for cell in after[row] for text in (cell.label, cell.shipped) if text)
        label = next(filter(None, (table.labels_below.get(key_of(text)) for text in texts)), None)
        columns = {letters.get(cell.address[0]) for cell in after[row] if cell.quantity}
        near = range(last + 1, last + 1 + FAR)
        filled = (each for each in near if any((each, one) in table.cells for one in columns))
        there = label or next(filled, None)
        if there:
            out[row] = last = there
    return out
