"""The parts of a tab: its columns, the cells around its rows, and the known errors of the file.

Addresses and formulas are those of the first edition, whose 29 samples stand in rows 4 to 32;
`shift_rows` moves them for another number of samples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from optviz.rules import Rule

FIRST, LAST = 4, 32
"""Rows of the first and the last sample in the first edition."""

REFERENCE = re.compile(r"(\$?[A-Z]{1,2}\$?)(\d+)\b")


def shift_rows(text: str, samples: int) -> str:
    """Rewrite an address or a formula for another number of samples.

    Rows from the last sample on move; those above it stay.
    """
    shift = FIRST + samples - 1 - LAST

    def rewrite(match: re.Match) -> str:
        row = int(match[2])
        return match[1] + str(row + shift if row >= LAST else row)

    return REFERENCE.sub(rewrite, text)


@dataclass(frozen=True)
class Column:
    """A column of the rows: a quantity with a value for each sample."""

    letter: str
    heading: str
    """As on the sheet; empty where the sheet has none."""
    quantity: str
    """Its name here: x, y, b, a, pred, err2, grad_b, new_b, grad_avg_b, ..."""
    meaning: str
    formula: str = ""
    """Spreadsheet text over the row's other quantities; empty where the rule gives the value."""


@dataclass(frozen=True)
class Cell:
    """A cell above or below the rows: a label, a given number, or a number with a formula."""

    address: str
    quantity: str = ""
    label: str = ""
    formula: str = ""
    meaning: str = ""
    shipped: str = ""
    """The file's own label, where that is an error."""


@dataclass(frozen=True)
class Slip:
    """A known error of the original file: a place where it differs from the method it shows."""

    tab: str
    name: str
    """The switch that reproduces it: handover, row5 or words. The order of two columns has none:
    it changes no number and is kept, so that addresses agree."""
    cells: str
    file: str
    """The way of the file."""
    method: str
    """The way of the method, and of this package by default."""

    def __str__(self) -> str:
        return f"{self.cells}: in the file, {self.file}; in the method, {self.method}"


HANDED_OVER = ("basic", "momentum", "rmsprop", "adam", "eve", "adagrad_ann", "adam_ann")
ENTERED = (
    "the next epoch starts from the b and a that entered the last row (C32, D32), so only 28 of "
    "the 29 steps count, although the averages include all 29"
)
LEFT = "the next epoch starts from the b and a that left the last row"
ORDER = "new a stands before new b"
SAME = "b comes first, as on the other tabs; no number changes, so the file's order is kept here"

SLIPS: tuple[Slip, ...] = (
    *(Slip(tab, "handover", "C1, C2", ENTERED, LEFT) for tab in HANDED_OVER),
    Slip(
        "adam_ann",
        "row5",
        "J5",
        "the average of b's gradients reads an empty cell of another sheet: J5 is J1*J4, the "
        "gradient of row 5 is lost, and all rows below it change",
        "J5 is J1*J4 + K1*F5 like every other row, as in the 2023 edition",
    ),
    Slip(
        "basic",
        "words",
        "E33, C37",
        "the root of the sum of the squared errors is labeled rmse",
        "a root mean square error has the mean under the root; the label here is root of sum",
    ),
    Slip("basic", "order", "M, N", ORDER, SAME),
    Slip("adagrad_ann", "order", "H, I", ORDER, SAME),
)
"""The known errors of the original file, tab by tab."""


@dataclass(frozen=True, eq=False)
class Tab:
    """A tab of the workbook: the rule it runs, and the place of each number."""

    name: str
    title: str
    about: str
    """The optimizer in words, and its difference from the one of that name in papers."""
    rule: Rule
    """The rule with the settings stored in the first edition."""
    columns: tuple[Column, ...]
    around: tuple[Cell, ...]
    """The cells above and below the rows."""
    reset: dict[str, float] = field(default_factory=dict)
    """Learning rate and averages after a reset, where they differ from the rule's and from 0."""
    memory: dict[str, float] = field(default_factory=dict)
    """The other numbers that an epoch hands to the next, after a reset."""
    warmup: tuple[str, ...] = ()
    """The averages that a reset takes over from the last row, one recalculation after another."""
    by_hand: str = ""
    """The rest to copy for the next epoch without the buttons, for 29 samples."""

    @property
    def slips(self) -> tuple[Slip, ...]:
        """The known errors of this tab of the file."""
        return tuple(slip for slip in SLIPS if slip.tab == self.name)

    @property
    def entry(self) -> tuple[str, ...]:
        """The quantities of the single cells that hold given numbers."""
        names = [cell.quantity for cell in self.around if cell.quantity and not cell.formula]
        return tuple(dict.fromkeys(names))


WORDS = {"b": "intercept b", "a": "slope a"}
AVERAGES = {"grad_avg": "average of the gradients", "sqr_avg": "average of their squares"}

PRED, ERR2 = "({a}*{x}+{b})", "({pred}-{y})^2"
SAMPLE = (Column("A", "x", "x", "x of the sample"), Column("B", "y", "y", "y of the sample"))
IN_B, IN_A = "2*({a}*{x}+{b}-{y})", "{x}*{grad_b}"


def make_pair(letters: str, quantity: str, heading: str, meaning: str) -> tuple[Column, ...]:
    """Make the columns of b and a of a quantity, sorted; `heading` has a place for the name."""
    both = []
    for letter, each in zip(letters.split(), "ba", strict=True):
        name, about = f"{quantity}_{each}", f"{meaning}, {WORDS[each]}"
        formula = {"grad_b": IN_B, "grad_a": IN_A}.get(name, "")
        both.append(Column(letter, heading.format(each), name, about, formula))
    return tuple(sorted(both, key=lambda column: column.letter))


def make_columns(*averages: str, new: str = "H I", err2: bool = False) -> tuple[Column, ...]:
    """Make the columns of a tab other than `basic`; averages come last and have no heading."""
    letters = iter("EFGHIJKLMN")
    out = [
        *SAMPLE,
        Column("C", "b", "b", "intercept b before the step"),
        Column("D", "a", "a", "slope a before the step"),
        Column(next(letters), "pred", "pred", "prediction a*x + b", PRED),
    ]
    if err2:
        out.append(Column(next(letters), "err^2", "err2", "squared error of the sample", ERR2))
    out += make_pair(f"{next(letters)} {next(letters)}", "grad", "de/d{}", "gradient of the error")
    out += make_pair(new, "new", "new {}", "after the step")
    letters = iter("KLMN" if err2 else "JKLM")
    for average in averages:
        text = f"{AVERAGES[average]}, after the step"
        out += make_pair(f"{next(letters)} {next(letters)}", average, "", text)
    return tuple(out)


def make_start(label_b: str = "b", label_a: str = "a") -> tuple[Cell, ...]:
    """Make C1 and C2, the b and a that row 4 starts from, with their labels."""
    return (
        Cell("B1", label=label_b),
        Cell("C1", "b", meaning="intercept b that row 4 starts from"),
        Cell("B2", label=label_a),
        Cell("C2", "a", meaning="slope a that row 4 starts from"),
    )


HEAD = (*make_start(), Cell("D1", label="learn"), Cell("D2", "lr", meaning="learning rate"))
"""The cells above the rows that all tabs have but `basic`."""


def make_betas(first: str, *names: str, label: str = "") -> tuple[Cell, ...]:
    """Make the betas in row 1 from a column on, each with 1 - beta beside it."""
    letters = iter("JKLMN"["JKLMN".index(first) :])
    out = [Cell(label, label="beta")] if label else []
    for name in names:
        beta, rest = next(letters), next(letters)
        word = "gradient" if name == "beta1" else "square"
        out.append(Cell(f"{beta}1", name, meaning=f"memory of {word}s, beta"))
        text = f"1 - beta, the weight of the new {word}"
        out.append(Cell(f"{rest}1", f"rest_{name}", formula=f"1-{beta}1", meaning=text))
    return tuple(out)


def make_averages(columns: tuple[Column, ...]) -> tuple[Cell, ...]:
    """Make the averages that enter row 4: in row 3, and once more below the rows."""
    rows = {3: "carried over from the previous epoch", 33: "copied here when the epoch began"}
    cells = []
    for column in columns:
        for row, words in rows.items() if column.quantity[:-2] in AVERAGES else ():
            meaning = column.meaning.replace("after the step", words)
            cells.append(Cell(f"{column.letter}{row}", column.quantity, meaning=meaning))
    return tuple(cells)
