"""The cells of a workbook file: numbers, texts and errors as they are stored, nothing else.

Macros, links, charts and styles are not even unpacked, and no formula is calculated.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from math import isfinite
from pathlib import Path

from optviz.workbook.checker.package import (
    MOST_CELLS,
    MOST_SHEETS,
    MOST_TEXT,
    Package,
    WorkbookError,
    loaded,
    shown,
)

Value = float | str | None
"""What a cell holds: a number, text or an error such as #DIV/0!, or None for a formula whose
value was not stored."""
Cells = dict[tuple[int, int], Value]
"""The filled cells of a sheet by row and column, both counted from 1."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")

DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""What reading a zip file of random bytes has raised."""


def read_cells(source: str | Path | bytes) -> dict[str, Cells]:
    """The filled cells of each worksheet by its name, in the order of the file.

    Raises: WorkbookError: notes.txt is not an .xlsx or .xlsm file
    """
    name, data = loaded(source)
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return sheets(Package(name, packed))
    except WorkbookError:
        raise
    except DAMAGE as error:
        raise WorkbookError(f"{name} is damaged ({error}): get or save it again") from None


def sheets(package: Package) -> dict[str, Cells]:
    """The filled cells of each sheet by its name: none where it is a chart, or missing.

    Raises: WorkbookError: notes.zip is a zip file, but no .xlsx or .xlsm workbook
    """
    book = next(iter(package.targets("", "officeDocument").values()), "xl/workbook.xml")
    if book.lower() not in package.parts or book.endswith(".bin"):
        other = "mimetype" in package.parts or book.endswith(".bin")
        hint = " (save an .ods or .xlsb as .xlsx)" if other else ""
        raise WorkbookError(f"{package.name} is a zip file, but no .xlsx workbook{hint}")
    listed: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            listed.append((shown(attributes.get("name", "")), attributes.get("id", "")))
            package.limit(len(listed) <= MOST_SHEETS, f"has more than {MOST_SHEETS} sheets")

    package.walk(book, start)
    targets = package.targets(book, "worksheet")
    strings = strings_of(package, next(iter(package.targets(book, "sharedStrings").values()), ""))
    return {
        sheet: cells_of(package, part, strings) if part.lower() in package.parts else {}
        for sheet, part in ((sheet, targets.get(id, "")) for sheet, id in listed)
    }


def strings_of(package: Package, part: str) -> list[str]:
    """The texts that the sheets share, without their formats and phonetic hints."""
    texts: list[str] = []
    hints = 0

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal hints
        if tag == "si":
            texts.append("")
        hints += tag == "rPh"

    def end(tag: str, text: str) -> None:
        nonlocal hints
        if tag == "t" and not hints and texts:
            texts[-1] = (texts[-1] + text)[:MOST_TEXT]
        hints -= tag == "rPh"

    if part.lower() in package.parts:
        package.walk(part, start, end)
    return texts


def cells_of(package: Package, part: str, strings: list[str]) -> Cells:
    """The filled cells of a worksheet."""
    cells: Cells = {}
    row = column = 0
    cell: dict[str, str] = {}
    parts: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, cell, parts
        if tag == "row":
            row, column = whole(attributes.get("r"), row + 1), 0
        elif tag == "c":
            cell, parts = attributes, {}
            at = _ADDRESS.fullmatch(cell.get("r", ""))
            row, column = (int(at[2]), number_of(at[1])) if at else (row, column + 1)

    def end(tag: str, text: str) -> None:
        if tag in ("v", "f", "t"):
            parts[tag] = parts.get(tag, "") + text
        elif tag == "c" and parts:
            value = value_of(cell.get("t", "n"), parts, strings)
            if value != "":
                cells[row, column] = value
                package.cells += 1
                package.limit(
                    package.cells <= MOST_CELLS, f"has more than {MOST_CELLS:,} filled cells"
                )

    package.walk(part, start, end)
    return cells


def value_of(kind: str, parts: dict[str, str], strings: list[str]) -> Value:
    """What a cell of a kind holds, from the texts of its `v`, `f` and `t` elements."""
    text = parts.get("v", "")
    if kind == "inlineStr":
        return number_or_text(parts.get("t", ""))
    if kind == "s":
        index = whole(text, -1)
        return number_or_text(strings[index]) if 0 <= index < len(strings) else ""
    if kind == "b":
        return "TRUE" if text.strip() == "1" else "FALSE"
    if not text and "f" in parts:
        return "" if kind == "str" else None
    return number_or_text(text)


def number_or_text(text: str) -> float | str:
    """The number that a text spells, also where it is stored as text, or the text."""
    text = text.strip()
    finite = _NUMBER.fullmatch(text) and isfinite(float(text))
    return float(text) if finite else text


def whole(text: str | None, otherwise: int) -> int:
    """The whole number that a text spells, or another."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def number_of(letters: str) -> int:
    """The number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number
