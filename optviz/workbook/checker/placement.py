"""The place of each cell of a tab on a sheet that somebody may have changed.

Headings identify the columns, labels above them the settings, labels below them the sums.
"""

from __future__ import annotations

from dataclasses import dataclass

from optviz.workbook.checker.cells import Spot
from optviz.workbook.checker.table import FAR, RATES, Table, format_address, is_error, normalize
from optviz.workbook.tab import FIRST, LAST, Cell, Tab, shift_rows

MOST = 1e30
"""The largest given number: the square of the first gradient is finite up to it."""
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
"""The settings that a tab needs, where it has them, with their names in messages."""


@dataclass(frozen=True, eq=False)
class FoundTab:
    """A tab found in a file: its numbers, by the addresses that the tab itself uses."""

    sheet: str
    """The sheet's name in the file."""
    tab: Tab
    numbers: dict[str, float]
    places: dict[str, str]
    """The address in the file for each of the tab's addresses, also where that cell is empty."""
    count: int
    """The number of samples."""
    errors: dict[str, str]
    """The computed cells that hold an error such as #DIV/0!, by the tab's addresses."""
    note: str = ""
    """The way to the tab, if not by its name; and its missing columns."""

    @property
    def entry(self) -> dict[str, float]:
        """The numbers of the given cells by their quantities; an empty average counts as 0."""
        averages = (column.quantity for column in self.tab.columns if not column.heading)
        out = dict.fromkeys(averages, 0.0)
        for cell in reversed(self.tab.around):
            where = shift_rows(cell.address, self.count)
            if cell.quantity and not cell.formula and where in self.numbers:
                out[cell.quantity] = self.numbers[where]
        return out

    def column(self, letter: str) -> list[float]:
        """Return the numbers of a column; an empty cell counts as 0, as in a spreadsheet."""
        rows = range(FIRST, FIRST + self.count)
        return [self.numbers.get(f"{letter}{row}", 0.0) for row in rows]


def is_candidate(table: Table, tab: Tab) -> bool:
    """Return True if a table has as many columns of averages as a tab."""
    carried = [column for column in table.bare if table.above(column) != ""]
    return len(carried or table.bare) == sum(not column.heading for column in tab.columns)


def place_tab(table: Table, tab: Tab, note: str = "") -> FoundTab | str:
    """Read a tab's numbers from a table, or say what the table lacks."""
    place = Placement(table, tab)
    if any(not column.heading and column.letter not in place.letters for column in tab.columns):
        return f"it lacks the columns of averages, without a heading, that {tab.name} has"
    spots = place.find_cells()
    count = len(table.rows)
    given = {shift_rows(cell.address, count) for cell in tab.around if not cell.formula}
    given |= {f"{letter}{FIRST + i}" for letter in "AB" for i in range(count)}
    numbers: dict[str, float] = {}
    errors: dict[str, str] = {}
    for where, spot in spots.items():
        if where not in given and is_error(table.cells.get(spot)):
            errors[where] = str(table.cells[spot])
        elif (value := table.read_number(spot)) is not None:
            if where in given and abs(value) > MOST:
                raise table.refuse(spot, f"holds {value:g}, expected at most {MOST:g}")
            numbers[where] = value
    names = {where: format_address(spot) for where, spot in spots.items()}
    absent = [column.heading for column in tab.columns if column.letter not in place.letters]
    note = ", ".join([note] * bool(note) + [f"no column {heading}" for heading in absent])
    found = FoundTab(table.sheet, tab, numbers, names, count, errors, note)
    missing = [key for key in SETTINGS if key in tab.entry and key not in found.entry]
    return f"it has no {SETTINGS[missing[0]]}" if missing else found


class Placement:
    """The search for the cells of a tab in a table."""

    def __init__(self, table: Table, tab: Tab):
        self.table, self.tab = table, tab
        self.letters = self.find_columns()
        """The file's column for each letter of the tab."""
        b, a = table.labels.get("b"), table.labels.get("a")
        self.above = {3: table.head}
        """The file's rows for the tab's rows 1 to 3: those of the labels b and a, the headings."""
        self.above |= {1: b[0] if b else table.head - 2, 2: a[0] if a else table.head - 1}

    def find_columns(self) -> dict[str, int]:
        """Find the columns; a cell beyond the tab's columns keeps its distance to them."""
        table, tab = self.table, self.tab
        needed = [column.letter for column in tab.columns if not column.heading]
        spare = (table.bare + table.odd)[: len(needed)]
        out = dict(zip(needed, sorted(spare), strict=False))
        for column in tab.columns:
            if (key := normalize(column.heading)) in table.columns:
                out[column.letter] = table.columns[key]
        beyond = {cell.address[0] for cell in tab.around} - {each.letter for each in tab.columns}
        for letter in sorted(beyond):
            left = chr(ord(letter) - 1)
            if left in out and out[left] + 1 not in out.values():
                out[letter] = out[left] + 1
        return out

    def find_cells(self) -> dict[str, Spot]:
        """Find the cells of the rows and around them, by the tab's addresses."""
        out = {
            f"{column.letter}{FIRST + i}": (row, self.letters[column.letter])
            for column in self.tab.columns
            if column.letter in self.letters
            for i, row in enumerate(self.table.rows)
        }
        rows = self.above | self.find_rows_below()
        for cell in self.tab.around:
            letter, row = cell.address[0], int(cell.address[1:])
            found = row in rows and letter in self.letters
            spot = (rows[row], self.letters[letter]) if found else None
            if row < FIRST and not cell.formula:
                spot = self.find_given(cell, spot)
            if cell.quantity and spot and not self.table.is_label(spot):
                out[shift_rows(cell.address, len(self.table.rows))] = spot
        return out

    def find_given(self, cell: Cell, spot: Spot | None) -> Spot | None:
        """Find a given number above the samples: by its label, else where it is expected."""
        if cell.quantity in ("b", "a"):
            return self.find_start(cell.quantity)
        if cell.quantity == "lr":
            return self.find_rate()
        if cell.quantity.startswith("beta") and spot:
            column = [spot, *((row, spot[1]) for row in range(self.table.head - 1, 0, -1))]
            return self.table.find_filled(column) or self.find_beta(cell.quantity)
        return spot

    def find_beta(self, name: str) -> Spot | None:
        """Find a beta that is not above its averages: beside or under its label."""
        others = [key for key in self.tab.entry if key in ("beta1", "beta2") and key != name]
        key = name if name in self.table.labels or others else "beta"
        row, column = self.table.labels.get(key, (0, 0))
        return self.table.find_number([(row, column + 1), (row + 1, column)]) if row else None

    def find_start(self, which: str) -> Spot:
        """Find the b or a that the samples start from: beside its label, else in their row."""
        row = self.above[1 if which == "b" else 2]
        spots = [(row, self.table.columns["b"])]
        if label := self.table.labels.get(which):
            spots += [(row, label[1] + i) for i in range(1, FAR)]
        return self.table.find_filled(spots) or (self.table.rows[0], self.table.columns[which])

    def find_rate(self) -> Spot | None:
        """Find the learning rate: a number under its label or beside it."""
        table = self.table
        label = next((table.labels[key] for key in RATES if key in table.labels), None)
        if label is None:
            return None
        row, column = label
        under = [(each, column) for each in range(row + 1, table.head)]
        right = [(row, column + i) for i in range(1, FAR)]
        near = table.find_number([*under, right[0]]) or table.find_filled(under)
        return near or table.find_number(right) or table.find_filled(right[:1])

    def find_rows_below(self) -> dict[int, int]:
        """Find the tab's rows below its samples: by their labels, else by their order."""
        cells: dict[int, list[Cell]] = {}
        for cell in self.tab.around:
            if int(cell.address[1:]) > LAST:
                cells.setdefault(int(cell.address[1:]), []).append(cell)
        out: dict[int, int] = {}
        last = self.table.rows[-1]
        for row in sorted(cells):
            texts = (text for cell in cells[row] for text in (cell.label, cell.shipped) if text)
            labels = (self.table.labels_below.get(normalize(text)) for text in texts)
            columns = {self.letters.get(cell.address[0]) for cell in cells[row] if cell.quantity}
            near = range(last + 1, last + 1 + FAR)
            filled = (i for i in near if any((i, each) in self.table.cells for each in columns))
            if there := next(filter(None, labels), None) or next(filled, None):
                out[row] = last = there
        return out
