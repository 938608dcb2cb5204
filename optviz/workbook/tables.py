"""Where a tab's cells stand on a sheet that was changed: rows and columns put in, moved, left out.

The heading row tells the columns, the labels above it tell the settings, and the rows of samples
are those that are filled. Nothing relies on an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from optviz.workbook.layout import FIRST, LAST, moved
from optviz.workbook.opening import WorkbookError
from optviz.workbook.stored import Cells, Value
from optviz.workbook.tab_parts import Cell, Tab

MOST_SAMPLES = 1_000
FAR = 10
"""How many empty cells or rows may lie between a label or the table and its number."""

SAME = {"intercept": "b", "slope": "a", "ypred": "pred", "prediction": "pred"}
NEEDED = ("x", "y", "b", "a", "newb", "newa")
"""Headings without which a sheet is no tab."""
RATES = ("learn", "lr", "learningrate", "learnrate")
LABELS = ("b", "a", "beta", *RATES)


def key_of(text: Value) -> str:
    """A heading or label without case, spaces and punctuation at its end, in its usual word."""
    if not isinstance(text, str):
        return ""
    word = re.sub(r"[\s_]+", "", text.casefold()).rstrip(":=.")
    new = word.startswith("new")
    word = word.removeprefix("new") if new else word
    return ("new" if new else "") + SAME.get(word, word)


def address(row: int, column: int) -> str:
    """The address of a cell, such as C4."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


@dataclass(frozen=True)
class Table:
    """The rows of samples on a sheet."""

    cells: Cells
    head: int
    """The row of the headings."""
    columns: dict[str, int]
    """The columns by their headings."""
    rows: list[int]
    """The rows of the samples."""

    @cached_property
    def bare(self) -> list[int]:
        """The columns of numbers without a heading, those of averages first to be believed."""
        inside = range(1, 1 + max((column for _, column in self.cells), default=0))
        found = [
            column
            for column in inside
            if not isinstance(self.cells.get((self.head, column)), str)
            and column not in self.columns.values()
            and 2 * sum((row, column) in self.cells for row in self.rows) > len(self.rows)
        ]
        return sorted(found, key=lambda column: (self.head, column) not in self.cells)

    def label(self, *keys: str) -> tuple[int, int] | None:
        """The last place above the headings at which one of some labels stands."""
        above = (spot for spot in self.cells if spot[0] < self.head)
        return max((spot for spot in above if key_of(self.cells[spot]) in keys), default=None)

    def first_filled(self, spots: list[tuple[int, int]]) -> tuple[int, int] | None:
        """The first of some places that holds something which is no label."""
        return next((spot for spot in spots if is_filled(self.cells.get(spot, ""))), None)


def is_filled(value: Value) -> bool:
    """Whether a cell with this value is neither empty nor a label."""
    return value != "" and key_of(value) not in LABELS


def find_table(cells: Cells) -> Table | str:
    """The table of samples on a sheet, or why there is none."""
    rows: dict[int, dict[str, int]] = {}
    for row, column in sorted(cells):
        if key := key_of(cells[row, column]):
            rows.setdefault(row, {}).setdefault(key, column)
    if not rows:
        return "it has no headings"
    head = max(rows, key=lambda row: (len(rows[row].keys() & set(NEEDED)), -row))
    if lacking := [key for key in NEEDED if key not in rows[head]]:
        shown = ", ".join(key.replace("new", "new ") for key in lacking)
        return f"no row has the headings x, y, b, a, new b, new a; the nearest lacks {shown}"
    core = [rows[head][key] for key in (*NEEDED, "pred") if key in rows[head]]
    filled: dict[int, int] = {}
    for row, column in cells:
        if row > head and column in core:
            filled[row] = filled.get(row, 0) + 1
    samples = sorted(row for row, count in filled.items() if 2 * count > len(core))
    again = [row for row in samples if rows.get(row, {}).keys() >= set(NEEDED)]
    samples = [row for row in samples if not again or row < again[0]]
    if not samples:
        return "it has no samples under its headings"
    if len(samples) > MOST_SAMPLES:
        return f"it has more than {MOST_SAMPLES} samples"
    return Table(cells, head, rows[head], samples)


@dataclass(frozen=True)
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
    note: str = ""
    """How the tab was told, where it was not by its name."""

    @property
    def entry(self) -> dict[str, float]:
        """The numbers of the given cells by their quantities."""
        out: dict[str, float] = {}
        for cell in self.tab.around:
            where = moved(cell.address, self.count)
            if cell.quantity and not cell.formula and where in self.numbers:
                out.setdefault(cell.quantity, self.numbers[where])
        return out

    def column(self, letter: str) -> list[float]:
        """The numbers of a column; an empty cell counts as 0, as it does in a spreadsheet."""
        rows = range(FIRST, FIRST + self.count)
        return [self.numbers.get(f"{letter}{row}", 0.0) for row in rows]


def fits(table: Table, tab: Tab) -> bool:
    """Whether a table has the columns without a heading that a tab needs."""
    return len(table.bare) >= sum(not column.heading for column in tab.columns)


def placed(table: Table, tab: Tab, sheet: str, note: str = "") -> Found | str:
    """The tab's numbers out of a table, or what it lacks.

    Raises: WorkbookError: sheet "adam", cell J7 holds "#DIV/0!" where a number belongs
    """
    letters = lettered(table, tab)
    spots = {
        f"{column.letter}{FIRST + i}": (row, letters[column.letter])
        for column in tab.columns
        if column.letter in letters
        for i, row in enumerate(table.rows)
    }
    spots |= around(table, tab, letters)
    numbers: dict[str, float] = {}
    for where, spot in spots.items():
        if (value := number_at(table, spot, sheet)) is not None:
            numbers[where] = value
    for i, row in enumerate(table.rows):
        if lacking := [letter for letter in "AB" if f"{letter}{FIRST + i}" not in numbers]:
            where = address(row, letters[lacking[0]])
            raise WorkbookError(f'sheet "{sheet}", cell {where} is empty where a number belongs')
    names = {where: address(*spot) for where, spot in spots.items()}
    found = Found(sheet, tab, numbers, names, len(table.rows), note)
    return lacks(found) or found


def lacks(found: Found) -> str:
    """Which setting a found tab cannot do without and has not; nothing where all are there."""
    entry = found.entry
    words = {"lr": "learning rate (a cell beside or under the label learn)"}
    needed = ("lr", "beta1", "beta2", "scale_b", "scale_a")
    missing = [key for key in needed if key in found.tab.entry and key not in entry]
    return f"it has no {words.get(missing[0], missing[0])}" if missing else ""


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
        raise WorkbookError(f'{where} holds "{value:.40}" where a number belongs')
    return value


def lettered(table: Table, tab: Tab) -> dict[str, int]:
    """The file's column for each letter of the tab; one beyond its columns keeps its distance."""
    needed = [column.letter for column in tab.columns if not column.heading]
    out = dict(zip(needed, sorted(table.bare[: len(needed)]), strict=False))
    for column in tab.columns:
        if (key := key_of(column.heading)) in table.columns:
            out[column.letter] = table.columns[key]
    for letter in sorted({cell.address[0] for cell in tab.around} - out.keys()):
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
            spot = given_spot(table, cell, spot)
        if cell.quantity and spot:
            out[moved(cell.address, len(table.rows))] = spot
    return out


def rows_above(table: Table) -> dict[int, int]:
    """The file's rows for the tab's rows 1 to 3: those of the labels b and a, and the headings."""
    b, a = table.label("b"), table.label("a")
    return {1: b[0] if b else table.head - 2, 2: a[0] if a else table.head - 1, 3: table.head}


def given_spot(table: Table, cell: Cell, spot: tuple[int, int] | None) -> tuple[int, int] | None:
    """Where a given number above the samples stands: by its label, else where it is expected."""
    if cell.quantity in ("b", "a"):
        return start_spot(table, cell.quantity)
    if cell.quantity == "lr":
        return rate_spot(table)
    if cell.quantity.startswith("beta") and spot and spot not in table.cells:
        return table.first_filled([(row, spot[1]) for row in range(table.head - 1, 0, -1)])
    return spot


def start_spot(table: Table, which: str) -> tuple[int, int]:
    """Where the b or a stands that the samples begin with: beside its label, else in their row."""
    row = rows_above(table)[1 if which == "b" else 2]
    spots = [(row, table.columns["b"])]
    if label := table.label(which):
        spots += [(row, label[1] + i) for i in range(1, FAR)]
    return table.first_filled(spots) or (table.rows[0], table.columns[which])


def rate_spot(table: Table) -> tuple[int, int] | None:
    """Where the learning rate stands: a number right of its label, else what is under it."""
    label = table.label(*RATES)
    if label is None:
        return None
    row, column = label
    if isinstance(table.cells.get((row, column + 1)), float):
        return row, column + 1
    under = [(each, column) for each in range(row + 1, table.head)]
    return table.first_filled(under + [(row, column + i) for i in range(1, FAR)])


def rows_below(table: Table, tab: Tab, letters: dict[str, int]) -> dict[int, int]:
    """The file's rows for the tab's rows below its samples: by their labels, else by order."""
    after: dict[int, list[Cell]] = {}
    for cell in tab.around:
        if int(cell.address[1:]) > LAST:
            after.setdefault(int(cell.address[1:]), []).append(cell)
    out: dict[int, int] = {}
    last = table.rows[-1]
    for row in sorted(after):
        label = row_of_label(table, after[row])
        columns = {letters.get(cell.address[0]) for cell in after[row] if cell.quantity}
        near = range(last + 1, last + 1 + FAR)
        filled = (each for each in near if any((each, one) in table.cells for one in columns))
        there = label or next(filled, None)
        if there:
            out[row] = last = there
    return out


def row_of_label(table: Table, cells: list[Cell]) -> int | None:
    """The row below the samples in which one of the cells' labels stands."""
    keys = {key_of(text) for cell in cells for text in (cell.label, cell.shipped) if text}
    for (row, _), value in sorted(table.cells.items(), key=lambda item: item[0]):
        if row > table.rows[-1] and key_of(value) in keys:
            return row
    return None
