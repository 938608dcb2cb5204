"""What the workbook does otherwise than the methods that it shows, tab by tab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slip:
    """Something the file does otherwise than the method that it shows."""

    tab: str
    name: str
    """The switch that reproduces it: handover, row5 or words. There is none for the order of two
    columns, which changes no number and is kept so that addresses agree."""
    cells: str
    file: str
    """What the file does."""
    method: str
    """What the method does, and with it this package unless it is told otherwise."""

    def __str__(self) -> str:
        return f"{self.cells}: in the file {self.file}; by the method {self.method}"


HANDED_OVER = ("basic", "momentum", "rmsprop", "adam", "eve", "adagrad_ann", "adam_ann")
ENTERED = (
    "the next epoch begins with the b and a that entered the last row (C32, D32), so that of 29 "
    "steps 28 count, while the averages are those after 29"
)
LEFT = "the next epoch begins with the b and a that left the last row"
ORDER = "new a stands before new b"
SAME = "b comes first, as on the other tabs; the order is kept here, as it changes no number"

SLIPS: tuple[Slip, ...] = (
    *(Slip(tab, "handover", "C1, C2", ENTERED, LEFT) for tab in HANDED_OVER),
    Slip(
        "adam_ann",
        "row5",
        "J5",
        "the average of b's gradients reads the gradient from an empty cell of another sheet, so "
        "that J5 is J1*J4 and the gradient of row 5 is lost, with all rows below it changed",
        "J5 is J1*J4 + K1*F5 like every other row, as in the edition of 2023",
    ),
    Slip(
        "basic",
        "words",
        "E33, C37",
        "the root of the sum of the squared errors is called rmse",
        "a root mean square error has the mean under the root; here it is called a root of a sum",
    ),
    Slip("basic", "order", "M, N", ORDER, SAME),
    Slip("adagrad_ann", "order", "H, I", ORDER, SAME),
)
"""What the file does otherwise than the method, tab by tab."""
