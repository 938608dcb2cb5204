"""What tabs are made of: columns, cells around the rows, and the shapes that most tabs share.

Addresses and formulas are those of the first edition's 29 samples in rows 4 to 32; with more or
fewer samples, rows from 32 on move.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optviz.rules import Rule
from optviz.workbook.slips import SLIPS, Slip


@dataclass(frozen=True)
class Column:
    """A column of the rows: a quantity that has a value for each sample."""

    letter: str
    heading: str
    """As on the sheet; empty where the sheet has none."""
    quantity: str
    """Its name here: x, y, b, a, pred, err2, grad_b, new_b, grad_avg_b, ..."""
    meaning: str
    formula: str = ""
    """The spreadsheet's text over the row's other quantities, where it is not the rule's."""


@dataclass(frozen=True)
class Cell:
    """A cell above or below the rows: a label, a number that is given, or one with a formula."""

    address: str
    quantity: str = ""
    label: str = ""
    formula: str = ""
    meaning: str = ""
    shipped: str = ""
    """The file's own label, where that is a slip."""


@dataclass(frozen=True, eq=False)
class Tab:
    """A tab of the workbook: which rule it runs, and where each number stands."""

    name: str
    title: str
    about: str
    """What the optimizer does, and how it differs from the one of that name in papers."""
    rule: Rule
    """The rule at the settings that are stored in the first edition."""
    columns: tuple[Column, ...]
    around: tuple[Cell, ...]
    """The cells above and below the rows."""
    reset: dict[str, float] = field(default_factory=dict)
    """What the reset puts into single cells, besides b = a = 1 and zero averages."""
    warmup: tuple[str, ...] = ()
    """Which averages the reset takes over from the last row, one recalculation after another."""
    by_hand: str = ""
    """What else goes into the next epoch where its buttons are not at hand, for 29 samples."""

    @property
    def slips(self) -> tuple[Slip, ...]:
        """What this tab of the file does otherwise than the method."""
        return tuple(slip for slip in SLIPS if slip.tab == self.name)

    @property
    def entry(self) -> tuple[str, ...]:
        """The quantities of the single cells that hold given numbers."""
        names = [cell.quantity for cell in self.around if cell.quantity and not cell.formula]
        return tuple(dict.fromkeys(names))


# -- columns ---------------------------------------------------------------------------------------

WORDS = {"b": "intercept b", "a": "slope a"}
AVERAGES = {"grad_avg": "average of the gradients", "sqr_avg": "average of their squares"}

PRED, ERR2 = "({a}*{x}+{b})", "({pred}-{y})^2"
IN_B, IN_A = "2*({a}*{x}+{b}-{y})", "{x}*{grad_b}"


def pair(letters: str, quantity: str, heading: str, meaning: str) -> tuple[Column, ...]:
    """The columns of b and a of a quantity, sorted; `heading` has a place for the name."""
    order = zip(letters.split(), ("b", "a"), strict=True)
    both = [
        Column(
            letter,
            heading.format(each),
            f"{quantity}_{each}",
            f"{meaning}, {WORDS[each]}",
            {"grad_b": IN_B, "grad_a": IN_A}.get(f"{quantity}_{each}", ""),
        )
        for letter, each in order
    ]
    return tuple(sorted(both, key=lambda column: column.letter))


def columns(*averages: str, new: str = "H I", err2: bool = False) -> tuple[Column, ...]:
    """The columns of every tab but `basic`: those of the averages come last, without a heading."""
    letters = iter("EFGHIJKLMN")
    out = [
        Column("A", "x", "x", "x of the sample"),
        Column("B", "y", "y", "y of the sample"),
        Column("C", "b", "b", "intercept b before the step"),
        Column("D", "a", "a", "slope a before the step"),
        Column(next(letters), "pred", "pred", "prediction a*x + b", PRED),
    ]
    if err2:
        out.append(Column(next(letters), "err^2", "err2", "squared error of the sample", ERR2))
    out += pair(f"{next(letters)} {next(letters)}", "grad", "de/d{}", "gradient of the error")
    out += pair(new, "new", "new {}", "after the step")
    letters = iter("KLMN" if err2 else "JKLM")
    for average in averages:
        text = f"{AVERAGES[average]}, after the step"
        out += pair(f"{next(letters)} {next(letters)}", average, "", text)
    return tuple(out)


# -- cells around the rows -------------------------------------------------------------------------


def start(label_b: str = "b", label_a: str = "a") -> tuple[Cell, ...]:
    """Where row 4 begins, in C1 and C2."""
    return (
        Cell("B1", label=label_b),
        Cell("C1", "b", meaning="intercept b that row 4 begins with"),
        Cell("B2", label=label_a),
        Cell("C2", "a", meaning="slope a that row 4 begins with"),
    )


LEARN = (Cell("D1", label="learn"), Cell("D2", "lr", meaning="learning rate"))


def memories(first: str, *names: str, label: str = "") -> tuple[Cell, ...]:
    """The betas in row 1 from a column on, each with 1 - beta beside it."""
    letters, out = iter("JKLMN"["JKLMN".index(first) :]), []
    if label:
        out.append(Cell(label, label="beta"))
    for name in names:
        here, there = next(letters), next(letters)
        words = "gradients" if name == "beta1" else "squares"
        out.append(Cell(f"{here}1", name, meaning=f"memory of {words}, beta"))
        text = f"1 - beta, the weight of the new among the {words}"
        out.append(Cell(f"{there}1", f"rest_{name}", formula=f"1-{here}1", meaning=text))
    return tuple(out)


def carried(found: tuple[Column, ...]) -> tuple[Cell, ...]:
    """The averages that enter row 4, in row 3 and once more below the rows."""
    out = []
    for column in found:
        if column.quantity.rpartition("_")[0] in AVERAGES:
            text = column.meaning.replace("after the step", "carried in from the epoch before")
            out.append(Cell(f"{column.letter}3", column.quantity, meaning=text))
            text = column.meaning.replace("after the step", "pasted when the epoch began")
            out.append(Cell(f"{column.letter}33", column.quantity, meaning=text))
    return tuple(out)
