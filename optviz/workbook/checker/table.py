"""The table of samples on a sheet, found by its headings wherever it stands.

Rows and columns may have been put in, moved or left out: nothing relies on an address.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from optviz.workbook.checker.cells import Cells, Value

MOST_SAMPLES = 1_000
FAR = 10
"""How many empty cells or rows may lie between a label or the table and its number."""

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


def key_of(text: Value) -> str:
    """A heading or label without case, spaces and punctuation, in its usual word: newb, err2."""
    if not isinstance(text, str):
        return ""
    text = unicodedata.normalize("NFKC", text).casefold().translate(SIGNS)
    word = re.sub(r"[\s_^()]+", "", text).rstrip(":=.")
    bare = word.removeprefix("new").removesuffix("new")
    return ("new" if bare != word else "") + SAME.get(bare, bare)


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
        """The columns of numbers without a heading, those that carry averages in before others."""
        found = [column for column in self.filled if not is_heading(self.over(column))]
        return sorted(found, key=lambda column: self.over(column) == "")

    @cached_property
    def odd(self) -> list[int]:
        """The columns of numbers whose heading is one that no tab has."""
        return [column for column in self.filled if is_heading(self.over(column))]

    @cached_property
    def filled(self) -> list[int]:
        """The columns with an unknown heading or none that are filled for most samples."""
        rows, known = set(self.rows), set(self.columns.values())
        counts = Counter(column for row, column in self.cells if row in rows)
        return sorted(each for each in counts.keys() - known if 2 * counts[each] > len(rows))

    def over(self, column: int) -> Value:
        """What stands over a column, in the row of the headings."""
        return self.cells.get((self.head, column), "")

    @cached_property
    def labels(self) -> dict[str, tuple[int, int]]:
        """The place of each label above the headings: the leftmost, and there the lowest."""
        above = (spot for spot in self.cells if spot[0] < self.head)
        above = sorted(above, key=lambda spot: (-spot[1], spot[0]))
        return {key_of(self.cells[spot]): spot for spot in above}

    @cached_property
    def labels_below(self) -> dict[str, int]:
        """The first row below the samples of each label."""
        last = self.rows[-1]
        below = sorted((spot for spot in self.cells if 0 < spot[0] - last <= 5 * FAR), reverse=True)
        return {key_of(self.cells[spot]): spot[0] for spot in below}

    def first_number(self, spots: list[tuple[int, int]]) -> tuple[int, int] | None:
        """The first of some places that holds a number."""
        return next((spot for spot in spots if isinstance(self.cells.get(spot), float)), None)

    def first_filled(self, spots: list[tuple[int, int]]) -> tuple[int, int] | None:
        """The first of some places that holds something which is no label."""
        return next((spot for spot in spots if is_filled(self.cells.get(spot, ""))), None)


def is_error(value: Value) -> bool:
    """Whether a value is an error such as #DIV/0!."""
    return isinstance(value, str) and value.startswith("#")


def is_heading(value: Value) -> bool:
    """Whether a value is text and no error."""
    return isinstance(value, str) and value != "" and not is_error(value)


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
        return NO_TABLE
    head = max(rows, key=lambda row: (len(rows[row].keys() & set(NEEDED)), -row))
    if lacking := [key.replace("new", "new ") for key in NEEDED if key not in rows[head]]:
        few = len(lacking) > len(NEEDED) / 2
        return NO_TABLE if few else f"its row {head} of headings lacks {', '.join(lacking)}"
    core = [rows[head][key] for key in NUMBERS if key in rows[head]]
    filled: dict[int, int] = {}
    for row, column in cells:
        if row > head and column in core:
            filled[row] = filled.get(row, 0) + 1
    samples = sorted(row for row, count in filled.items() if 2 * count > len(core))
    again = [row for row in samples if rows.get(row, {}).keys() >= set(NEEDED)]
    samples = [row for row in samples if not again or row < again[0]]
    samples = without_sums(cells, rows[head], samples)
    if not samples:
        return "it has no samples under its headings"
    if len(samples) > MOST_SAMPLES:
        return f"it has more than {MOST_SAMPLES} samples"
    columns = {key: column for key, column in rows[head].items() if key in HEADINGS}
    return Table(cells, head, columns, samples)


def without_sums(cells: Cells, columns: dict[str, int], rows: list[int]) -> list[int]:
    """The rows without those at the end that hold means or sums of the samples.

    They have neither x nor y, or stand apart and do not go on from the row above.
    """

    def at(row: int, key: str) -> Value:
        return cells.get((row, columns[key]), "")

    def sample(row: int) -> bool:
        return any(at(row, key) != "" and not is_heading(at(row, key)) for key in "xy")

    def goes_on(above: int, row: int) -> bool:
        pairs = [(at(above, f"new{key}"), at(row, key)) for key in "ba"]
        apart = (isinstance(a, float) and isinstance(b, float) and a != b for a, b in pairs)
        return row == above + 1 or not all(apart)

    kept = list(rows)
    while kept and not (sample(kept[-1]) and (len(kept) == 1 or goes_on(*kept[-2:]))):
        kept.pop()
    return kept
