"""The table of samples on a sheet, found by its headings wherever it stands.

Rows and columns may have been inserted, moved or left out: nothing relies on an address.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from optviz.workbook.checker.cells import Cells, Spot, Value
from optviz.workbook.checker.package import WorkbookError, clean_text

MOST_SAMPLES = 1_000
MOST_HEADING = 40
"""Characters of the longest text that is read as a heading or label."""
FAR = 10
"""Empty cells or rows that may lie between a label or the table and its number."""

SAME = {"intercept": "b", "slope": "a"} | dict.fromkeys(
    ("ypred", "prediction", "predicted", "yhat"), "pred"
)
SIGNS = str.maketrans({"α": "alpha", "β": "beta", "η": "eta", "∂": "d", "ŷ": "yhat"})
NEEDED = ("x", "y", "b", "a", "newb", "newa")
"""Headings without which a sheet is no tab."""
HEADINGS = {"err2", "errb1", "erra1", "estde/db", "estde/da"} | {*NEEDED, "pred", "de/db", "de/da"}
NO_TABLE = "no row has the headings x, y, b, a, new b, new a"
NUMBERS = (*NEEDED, "pred", "de/db", "de/da")
RATES = ("learn", "lr", "learningrate", "learnrate", "learning", "stepsize", "alpha", "eta")
LABELS = ("b", "a", "beta", "beta1", "beta2", *RATES)


def normalize(text: Value) -> str:
    """Reduce a heading or label to its usual word: no case, spaces or punctuation (newb, err2)."""
    if not isinstance(text, str) or len(text) > MOST_HEADING:
        return ""
    text = unicodedata.normalize("NFKC", text)[:MOST_HEADING].casefold().translate(SIGNS)
    word = re.sub(r"[\s_^()]+", "", text).rstrip(":=.")
    bare = word.removeprefix("new").removesuffix("new")
    return ("new" if bare != word else "") + SAME.get(bare, bare)


def format_address(spot: Spot) -> str:
    """Return the address of a cell, such as C4."""
    row, column = spot
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


@dataclass(frozen=True)
class Table:
    """The rows of samples on a sheet."""

    sheet: str
    """The sheet's name in the file."""
    cells: Cells
    head: int
    """The row of the headings."""
    columns: dict[str, int]
    """The columns by their headings."""
    rows: list[int]
    """The rows of the samples."""

    @cached_property
    def bare(self) -> list[int]:
        """The columns of numbers without a heading; those with a number above come first."""
        found = [column for column in self.filled if not is_heading(self.above(column))]
        return sorted(found, key=lambda column: self.above(column) == "")

    @cached_property
    def odd(self) -> list[int]:
        """The columns of numbers whose heading no tab has."""
        return [column for column in self.filled if is_heading(self.above(column))]

    @cached_property
    def filled(self) -> list[int]:
        """The columns without a known heading that are filled for most samples."""
        rows, known = set(self.rows), set(self.columns.values())
        counts = Counter(column for row, column in self.cells if row in rows)
        return sorted(each for each in counts.keys() - known if 2 * counts[each] > len(rows))

    @cached_property
    def labels(self) -> dict[str, Spot]:
        """The place of each label above the headings: the leftmost, and there the lowest."""
        above = (spot for spot in self.cells if spot[0] < self.head)
        above = sorted(above, key=lambda spot: (-spot[1], spot[0]))
        return {normalize(self.cells[spot]): spot for spot in above}

    @cached_property
    def labels_below(self) -> dict[str, int]:
        """The first row below the samples of each label."""
        last = self.rows[-1]
        below = sorted((spot for spot in self.cells if 0 < spot[0] - last <= 5 * FAR), reverse=True)
        return {normalize(self.cells[spot]): spot[0] for spot in below}

    def above(self, column: int) -> Value:
        """Return the content of a column in the row of the headings."""
        return self.cells.get((self.head, column), "")

    def find_number(self, spots: Iterable[Spot]) -> Spot | None:
        """Return the first of some places that holds a number."""
        return next((spot for spot in spots if isinstance(self.cells.get(spot), float)), None)

    def find_filled(self, spots: Iterable[Spot]) -> Spot | None:
        """Return the first of some places that is neither empty nor a label."""
        filled = (spot for spot in spots if self.cells.get(spot, "") != "")
        return next((spot for spot in filled if not self.is_label(spot)), None)

    def is_label(self, spot: Spot) -> bool:
        """Return True if a cell holds the label of a setting."""
        return normalize(self.cells.get(spot, "")) in LABELS

    def read_number(self, spot: Spot) -> float | None:
        """Return the number in a cell, or None if it is empty.

        Raises: WorkbookError: sheet "adam", cell J7 holds "#DIV/0!" where a number belongs
        """
        if spot not in self.cells:
            return None
        value = self.cells[spot]
        if value is None:
            way = "open the file in Excel or LibreOffice, let it calculate, and save it"
            raise self.refuse(spot, f"has a formula without its value: {way}")
        if isinstance(value, str):
            raise self.refuse(spot, f'holds "{clean_text(value)}" where a number belongs')
        return value

    def refuse(self, spot: Spot, why: str) -> WorkbookError:
        """Return the error that a cell is wrong, for the caller to raise."""
        return WorkbookError(f'sheet "{self.sheet}", cell {format_address(spot)} {why}')

    def check_rows(self) -> None:
        """Refuse samples without numbers, whichever tab they belong to.

        Raises: WorkbookError: sheet "adam", cell A7 is empty where a number belongs
        """
        for row in self.rows:
            for key in NUMBERS:
                spot = (row, self.columns.get(key, 0))
                if key in ("x", "y") and spot not in self.cells:
                    raise self.refuse(spot, "is empty where a number belongs")
                if key in ("x", "y") or not is_error(self.cells.get(spot)):
                    self.read_number(spot)


def is_error(value: Value) -> bool:
    """Return True for an error such as #DIV/0!."""
    return isinstance(value, str) and value.startswith("#")


def is_heading(value: Value) -> bool:
    """Return True for a text that is no error."""
    return isinstance(value, str) and value != "" and not is_error(value)


def find_table(sheet: str, cells: Cells) -> Table | str:
    """Return the table of samples on a sheet, or the reason why there is none."""
    rows: dict[int, dict[str, int]] = {}
    for row, column in sorted(cells):
        if (key := normalize(cells[row, column])) in HEADINGS:
            rows.setdefault(row, {}).setdefault(key, column)
    if not rows:
        return NO_TABLE
    head = max(rows, key=lambda row: (len(rows[row].keys() & set(NEEDED)), -row))
    if lacking := [key.replace("new", "new ") for key in NEEDED if key not in rows[head]]:
        few = len(lacking) > len(NEEDED) / 2
        return NO_TABLE if few else f"its row {head} of headings lacks {', '.join(lacking)}"
    core = {rows[head][key] for key in NUMBERS if key in rows[head]}
    counts = Counter(row for row, column in cells if row > head and column in core)
    samples = sorted(row for row, count in counts.items() if 2 * count > len(core))
    again = [row for row in samples if rows.get(row, {}).keys() >= set(NEEDED)]
    samples = [row for row in samples if not again or row < again[0]]
    samples = drop_sums(cells, rows[head], samples)
    if not samples:
        return "it has no samples under its headings"
    if len(samples) > MOST_SAMPLES:
        return f"it has more than {MOST_SAMPLES} samples"
    columns = {key: column for key, column in rows[head].items() if key in HEADINGS}
    return Table(sheet, cells, head, columns, samples)


def drop_sums(cells: Cells, columns: dict[str, int], rows: list[int]) -> list[int]:
    """Drop the rows at the end that hold means or sums of the samples.

    They have neither x nor y, or stand apart and do not continue the row above.
    """

    def read(row: int, key: str) -> Value:
        return cells.get((row, columns[key]), "")

    for count in range(len(rows), 0, -1):
        row, above = rows[count - 1], rows[count - 2]
        is_sample = any(read(row, key) != "" and not is_heading(read(row, key)) for key in "xy")
        pairs = [(read(above, f"new{key}"), read(row, key)) for key in "ba"]
        differ = all(isinstance(a, float) and isinstance(b, float) and a != b for a, b in pairs)
        if is_sample and (count == 1 or row == above + 1 or not differ):
            return rows[:count]
    return []
