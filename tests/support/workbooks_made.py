"""Workbook files made for tests: the stored numbers, rearranged, and parts of files."""

import csv
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from optviz.workbook import Sheet

Grid = dict[tuple[int, int], float | str]
"""The filled cells of a sheet by row and column, both counted from 1."""

SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 10**6

TABS = ("basic", "momentum", "adagrad", "rmsprop", "adam", "eve", "adagrad_ann", "adam_ann")


def read_stored(reference: Path, tab: str) -> Grid:
    """Read the stored cells of a tab of the first edition."""
    with (reference / "workbook" / f"{tab}.csv").open(newline="") as stream:
        return {
            (row, column): parse_number(text)
            for row, line in enumerate(csv.reader(stream), 1)
            for column, text in enumerate(line, 1)
            if text
        }


def parse_number(text: str) -> float | str:
    """Return the number that a text spells, or the text."""
    try:
        return float(text)
    except ValueError:
        return text


def parse_address(where: str) -> tuple[int, int]:
    """Return the row and the column of an address."""
    letters, row = coordinate_from_string(where)
    return int(row), column_index_from_string(letters)


def insert_cells(
    grid: Grid, rows: dict[int, int] | None = None, columns: dict[int, int] | None = None
):
    """Insert rows and columns before others: {row: how many before it}."""
    return {
        (
            row + sum(n for before, n in (rows or {}).items() if row >= before),
            column + sum(n for before, n in (columns or {}).items() if column >= before),
        ): value
        for (row, column), value in grid.items()
    }


def swap_columns(grid: Grid, one: int, other: int) -> Grid:
    """Exchange two columns."""
    turn = {one: other, other: one}
    return {(row, turn.get(column, column)): value for (row, column), value in grid.items()}


def write_book(sheets: dict[str, Grid]) -> bytes:
    """Write an .xlsx file with these cells as values."""
    made = openpyxl.Workbook()
    del made[made.sheetnames[0]]
    for name, grid in sheets.items():
        sheet = made.create_sheet(name)
        for (row, column), value in grid.items():
            sheet.cell(row, column, value)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def write_shared_strings(sheets: dict[str, Grid]) -> bytes:
    """Write the same with XlsxWriter: texts in a part of their own, as Excel does."""
    file = BytesIO()
    with xlsxwriter.Workbook(file) as made:
        for name, grid in sheets.items():
            sheet = made.add_worksheet(name)
            for (row, column), value in grid.items():
                sheet.write(row - 1, column - 1, value)
    return file.getvalue()


def read_parts(data: bytes) -> dict[str, bytes]:
    """Read the parts of a file by their names."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def pack(parts: Mapping[str, bytes | int]) -> bytes:
    """Write a zip file of some parts; a number stands for that many zeros."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            if isinstance(data, bytes):
                out.writestr(name, data)
                continue
            with out.open(name, "w", force_zip64=True) as stream:
                for _ in range(0, data, MEGABYTE):
                    stream.write(bytes(MEGABYTE))
    return file.getvalue()


def replace_sheet(xml: bytes, more: Mapping[str, bytes | int] | None = None) -> bytes:
    """Write a workbook of one sheet with this XML."""
    return pack({**read_parts(write_shared_strings({"adam": {}})), SHEET: xml, **(more or {})})


def copy_sheets(*sheets: Sheet, **cells: Any) -> bytes:
    """Make an .xlsx with a tab for each sheet; `cells` replace cells of the first."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for sheet in sheets:
        page = made.create_sheet(sheet.tab.name)
        for address, value in (sheet.cells() | (cells if sheet is sheets[0] else {})).items():
            page[address] = value
    file = BytesIO()
    made.save(file)
    return file.getvalue()
