"""Where each cell of a tab stands on a sheet that somebody may have changed.

The headings tell the columns, the labels above them the settings, those below them the sums.
"""

from __future__ import annotations

from dataclasses import dataclass

from optviz.workbook.layout import FIRST, LAST, moved
from optviz.workbook.opening import WorkbookError
from optviz.workbook.tab_parts import Cell, Tab
from optviz.workbook.tables import FAR, NUMBERS, RATES, Table, address, key_of


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
    note: str = ""
    """How the tab was told, where it was not by its name; and which of its columns are absent."""

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
    for where, spot in spots.items():
        if (value := number_at(table, spot, sheet)) is not None:
            numbers[where] = value
    names = {where: address(*spot) for where, spot in spots.items()}
    absent = [column.heading for column in tab.columns if column.letter not in letters]
    notes = [note] * bool(note) + [f"no column {heading}" for heading in absent]
    found = Found(sheet, tab, numbers, names, len(table.rows), ", ".join(notes))
    return lacks(found) or found


def check_rows(table: Table, sheet: str) -> None:
    """Refuse rows of samples that do not hold numbers, whichever tab they are.

    Raises: WorkbookError: sheet "adam", cell A7 is empty where a number belongs
    """
    columns = [table.columns[key] for key in NUMBERS if key in table.columns]
    for row in table.rows:
        for column in columns:
            number_at(table, (row, column), sheet)
        for key in ("x", "y"):
            if (row, table.columns[key]) not in table.cells:
                where = address(row, table.columns[key])
                raise WorkbookError(
                    f'sheet "{sheet}", cell {where} is empty where a number belongs'
                )


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
            spot = given_spot(table, cell, spot)
        if cell.quantity and spot:
            out[moved(cell.address, len(table.rows))] = spot
    return out


def rows_above(table: Table) -> dict[int, int]:
    """The file's rows for the tab's rows 1 to 3: those of the labels b and a, and the headings."""
    b, a = table.labels.get("b"), table.labels.get("a")
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
