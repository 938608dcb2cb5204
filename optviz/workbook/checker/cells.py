"""The cells of a workbook file: numbers, texts and errors as they are stored, nothing else.

Macros, links, charts and styles are not even unpacked, and no formula is calculated.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from functools import reduce
from io import BytesIO
from math import isfinite
from pathlib import Path

from optviz.workbook.checker.package import (
    MOST_CELLS,
    MOST_KEPT,
    MOST_SHEETS,
    Package,
    WorkbookError,
    clean_text,
    load_file,
)

Value = float | str | None
"""The content of a cell: a number, a text or an error such as #DIV/0!; None for a formula whose
value was not stored."""
Spot = tuple[int, int]
"""A row and a column, both counted from 1."""
Cells = dict[Spot, Value]
"""The filled cells of a sheet."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")

DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""The errors that reading a zip file of random bytes has raised."""


def read_cells(source: str | Path | bytes) -> dict[str, Cells]:
    """Return the filled cells of each worksheet by its name, in the order of the file.

    Raises: WorkbookError: notes.txt is not an .xlsx or .xlsm file
    """
    name, data = load_file(source)
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return read_package(Package(name, packed))
    except WorkbookError:
        raise
    except DAMAGE as error:
        raise WorkbookError(f"{name} is damaged ({error}): get or save it again") from None


def read_package(package: Package) -> dict[str, Cells]:
    """Return the filled cells of each sheet by its name: none if it is a chart, or missing."""
    book = next(iter(package.find_targets("", "officeDocument").values()), "xl/workbook.xml")
    if book.lower() not in package.parts or book.endswith(".bin"):
        is_other = "mimetype" in package.parts or book.endswith(".bin")
        hint = " (save an .ods or .xlsb as .xlsx)" if is_other else ""
        raise WorkbookError(f"{package.name} is a zip file, but no .xlsx workbook{hint}")
    listed: list[tuple[str, str]] = []
    for tag, attributes, text in package.read_elements(book):
        if tag == "sheet" and text is None:
            listed.append((clean_text(attributes.get("name", "")), attributes.get("id", "")))
            fits = len(listed) <= MOST_SHEETS
            package.check_limit(fits, f"has more than {MOST_SHEETS} sheets")
    targets = package.find_targets(book, "worksheet")
    shared = next(iter(package.find_targets(book, "sharedStrings").values()), "")
    strings = read_strings(package, shared) if shared.lower() in package.parts else []
    return {
        sheet: read_worksheet(package, part, strings) if part.lower() in package.parts else {}
        for sheet, part in ((sheet, targets.get(id, "")) for sheet, id in listed)
    }


def read_strings(package: Package, part: str) -> list[float | str]:
    """Return the texts that cells share, each parsed once, whatever number of cells has it."""
    values: list[float | str] = []
    kept, hints = "", 0  # phonetic ones, whose texts are left out
    for tag, _, text in package.read_elements(part):
        if tag == "rPh":
            hints += 1 if text is None else -1
        elif tag == "si":
            if text is not None:
                values.append(parse_text(kept))
                package.count_letters(len(kept))
            kept = ""
        elif tag == "t" and text and not hints:
            kept = join_text(kept, text)
    return values


def read_worksheet(package: Package, part: str, strings: list[float | str]) -> Cells:
    """Return the filled cells of a worksheet."""
    cells: Cells = {}
    row = column = 0
    cell: dict[str, str] = {}
    parts: dict[str, str] = {}
    for tag, attributes, text in package.read_elements(part):
        if text is not None and tag in ("v", "f", "t"):
            parts[tag] = join_text(parts.get(tag, ""), text)
        elif text is None and tag == "row":
            row, column = parse_whole(attributes.get("r"), row + 1), 0
        elif text is None and tag == "c":
            cell, parts = attributes, {}
            at = _ADDRESS.fullmatch(cell.get("r", ""))
            row, column = row, column + 1
            if at:
                letters = (ord(letter) - 64 for letter in at[1].upper())
                row, column = int(at[2]), reduce(lambda number, each: 26 * number + each, letters)
        elif tag == "c" and parts and (value := parse_value(cell, parts, strings)) != "":
            cells[row, column] = value
            package.cells += 1
            package.count_letters(len(value) if isinstance(value, str) else 0)
            fits = package.cells <= MOST_CELLS
            package.check_limit(fits, f"has more than {MOST_CELLS:,} filled cells")
    return cells


def parse_value(cell: dict[str, str], parts: dict[str, str], strings: list[float | str]) -> Value:
    """Parse a cell's content from its attributes and the texts of its `v`, `f`, `t` elements."""
    kind, text = cell.get("t", "n"), parts.get("v", "")
    if kind == "inlineStr":
        return parse_text(parts.get("t", ""))
    if kind == "s":
        index = parse_whole(text, -1)
        return strings[index] if 0 <= index < len(strings) else ""
    if kind == "b":
        return "TRUE" if text.strip() == "1" else "FALSE"
    if not text and "f" in parts:
        return "" if kind == "str" else None
    return parse_text(text)


def join_text(kept: str, more: str) -> str:
    """Add a piece to a text, up to one character more than is kept, which tells a longer one."""
    return kept if len(kept) > MOST_KEPT else (kept + more)[: MOST_KEPT + 1]


def parse_text(text: str) -> float | str:
    """Return the number that a text spells, also where it is stored as text, or the text."""
    text = text.strip()
    is_number = len(text) <= MOST_KEPT and _NUMBER.fullmatch(text) and isfinite(float(text))
    return float(text) if is_number else text[:MOST_KEPT]


def parse_whole(text: str | None, default: int) -> int:
    """Return the whole number that a text spells, or a default."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
