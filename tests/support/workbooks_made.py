"""Workbook files made for tests: the stored figures, moved about, and files that are hostile."""

import csv
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

Grid = dict[tuple[int, int], float | str]
"""The filled cells of a sheet by row and column, both counted from 1."""

SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 10**6

TABS = ("basic", "momentum", "adagrad", "rmsprop", "adam", "eve", "adagrad_ann", "adam_ann")


def stored(reference: Path, tab: str) -> Grid:
    """The stored cells of a tab of the first edition."""
    with (reference / "workbook" / f"{tab}.csv").open(newline="") as stream:
        return {
            (row, column): number(text)
            for row, line in enumerate(csv.reader(stream), 1)
            for column, text in enumerate(line, 1)
            if text
        }


def number(text: str) -> float | str:
    """The number that a text spells, or the text."""
    try:
        return float(text)
    except ValueError:
        return text


def at(where: str) -> tuple[int, int]:
    """The row and the column of an address."""
    letters, row = coordinate_from_string(where)
    return int(row), column_index_from_string(letters)


def moved(grid: Grid, rows: dict[int, int] | None = None, columns: dict[int, int] | None = None):
    """The grid with some rows and columns put in before others: {row: how many before it}."""
    return {
        (
            row + sum(n for before, n in (rows or {}).items() if row >= before),
            column + sum(n for before, n in (columns or {}).items() if column >= before),
        ): value
        for (row, column), value in grid.items()
    }


def swapped(grid: Grid, one: int, other: int) -> Grid:
    """The grid with two columns exchanged."""
    turn = {one: other, other: one}
    return {(row, turn.get(column, column)): value for (row, column), value in grid.items()}


def book(sheets: dict[str, Grid]) -> bytes:
    """An .xlsx file that holds these cells as values."""
    made = openpyxl.Workbook()
    del made[made.sheetnames[0]]
    for name, grid in sheets.items():
        sheet = made.create_sheet(name)
        for (row, column), value in grid.items():
            sheet.cell(row, column, value)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def shared_strings_book(sheets: dict[str, Grid]) -> bytes:
    """The same as XlsxWriter writes it: texts in a part of their own, as Excel does."""
    file = BytesIO()
    with xlsxwriter.Workbook(file) as made:
        for name, grid in sheets.items():
            sheet = made.add_worksheet(name)
            for (row, column), value in grid.items():
                sheet.write(row - 1, column - 1, value)
    return file.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a file by their names."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts: Mapping[str, bytes | int]) -> bytes:
    """A zip file of some parts; a number stands for so many zeros."""
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


def with_sheet(xml: bytes, more: Mapping[str, bytes | int] | None = None) -> bytes:
    """A workbook of one sheet with this XML."""
    return packed({**parts_of(shared_strings_book({"adam": {}})), SHEET: xml, **(more or {})})
