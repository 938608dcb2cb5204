"""LibreOffice as an oracle: it recalculates a workbook from its formulas."""

import io
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SOFFICE = os.environ.get("OPTVIZ_SOFFICE") or shutil.which("soffice") or ""
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
"""Recalculate always on load: values stored with formulas are never trusted."""

Values = dict[str, dict[str, Any]]
"""Sheet -> address -> value; an error is its text, such as "#DIV/0!"."""
Recalculate = Callable[[bytes], Values]


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory) -> Recalculate:
    """Return a function from the bytes of an .xlsx to the values that LibreOffice computes.

    Each call starts LibreOffice, which takes a second or more: put many sheets in one workbook.
    It saves 15 digits of a number, and its + and - round results within 2**-48 to 0.
    """
    from tests.support.requirements import missing

    if not SOFFICE:
        missing("there is no LibreOffice on this machine: apt-get install libreoffice-calc")
    folder = tmp_path_factory.mktemp("libreoffice")
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS)
    return lambda data: recalculate(data, folder)


SHEETS_AS_TEXT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
"""Every sheet as UTF-8, numbers whole and in quotation marks. As .xlsx it takes twice as long."""
CELL = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)([,\n])')


def recalculate(data: bytes, folder: Path) -> Values:
    """Open a workbook in LibreOffice and return every filled cell by sheet and address."""
    import openpyxl

    given, made = folder / "book.xlsx", folder / "out"
    given.write_bytes(data)
    shutil.rmtree(made, ignore_errors=True)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--norestore", "--convert-to", SHEETS_AS_TEXT]
    command += ["--outdir", str(made), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    names = openpyxl.load_workbook(io.BytesIO(data), read_only=True).sheetnames
    files = {each.name: each.read_text("utf-8") for each in made.glob("*.csv")}
    assert len(files) == len(names), f"LibreOffice made no file: {done.stdout}{done.stderr}"
    return {name: read_cells(files[f"book-{name}.csv"]) for name in names}


def read_cells(text: str) -> dict[str, Any]:
    """Return the filled cells of a sheet by address."""
    from openpyxl.utils import get_column_letter

    cells, row, column = {}, 1, 1
    for word, end in CELL.findall(text):
        if word:
            cells[f"{get_column_letter(column)}{row}"] = read_cell(word)
        row, column = (row, column + 1) if end == "," else (row + 1, 1)
    return cells


def read_cell(word: str) -> Any:
    """Return the number in a cell, or its text: in quotation marks only where they are needed."""
    if not word.startswith('"'):
        return word
    try:
        return float(word[1:-1])
    except ValueError:
        return word[1:-1].replace('""', '"')


def read_values(data: bytes) -> Values:
    """Return every filled cell of a workbook by sheet and address."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {
        sheet.title: {
            cell.coordinate: cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


HEAD = 3
"""The row of the headings on a run's sheet; the next one holds the state before the first step."""


def read_table(cells: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the columns of a run's sheet by heading; NaN for a blank or an error.

    Row 0 is the state before the first step, row 1 the first step.
    """
    rows = {each: int(re.sub("[A-Z]", "", each)) for each in cells}
    last = max(rows.values())
    heads = {re.sub("[0-9]", "", each): cells[each] for each in cells if rows[each] == HEAD}
    read = {}
    for letters, head in heads.items():
        column = [cells.get(f"{letters}{row}") for row in range(HEAD + 1, last + 1)]
        numbers = [value if isinstance(value, (int, float)) else math.nan for value in column]
        read[head] = np.array(numbers, float)
    steps = np.flatnonzero(np.isfinite(read["step"]))
    return {head: column[: steps[-1] + 1] for head, column in read.items()}


def type_values(data: bytes, changes: dict[str, dict[str, float]]) -> bytes:
    """Type values into given cells: sheet -> address, or the cell's name -> value."""
    import openpyxl

    opened = openpyxl.load_workbook(io.BytesIO(data))
    for title, values in changes.items():
        sheet = opened[title]
        for name, value in values.items():
            address = name
            if name in sheet.defined_names:
                address = sheet.defined_names[name].attr_text.rpartition("!")[2].replace("$", "")
            assert not str(sheet[address].value).startswith("=")
            sheet[address] = value
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()
