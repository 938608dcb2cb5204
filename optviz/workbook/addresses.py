"""Where the cells of a filled tab stand."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optviz.workbook.sheet import Sheet

FIRST, LAST = 4, 32
"""The rows of the first and the last sample of the first edition."""

REFERENCE = re.compile(r"(\$?[A-Z]{1,2}\$?)(\d+)\b")


def moved(text: str, samples: int) -> str:
    """An address or a formula of the first edition, for another number of samples.

    Rows from the last sample's on move; those above stay.
    """
    by = FIRST + samples - 1 - LAST

    def there(match: re.Match) -> str:
        row = int(match[2])
        return match[1] + str(row + by if row >= LAST else row)

    return REFERENCE.sub(there, text)


def filled_cells(sheet: Sheet) -> dict[str, float | str]:
    """Every filled cell by its address; a number that is not finite leaves its cell empty."""
    out: dict[str, float | str] = {}
    columns, singles, samples = sheet.columns(), sheet.singles(), len(sheet.x)
    for column in sheet.tab.columns:
        if column.heading:
            out[f"{column.letter}{FIRST - 1}"] = column.heading
        given = {"x": sheet.x, "y": sheet.y}.get(column.quantity, columns[column.quantity])
        out |= {f"{column.letter}{FIRST + i}": float(value) for i, value in enumerate(given)}
    for cell in sheet.tab.around:
        label = cell.shipped if cell.shipped and "words" in sheet.slips else cell.label
        out[moved(cell.address, samples)] = label or singles[cell.quantity]
    return {key: value for key, value in out.items() if isinstance(value, str) or isfinite(value)}
