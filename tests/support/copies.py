"""Copies of the workbook made for tests: tabs as files that hold values."""

from io import BytesIO
from typing import Any

import openpyxl

from optviz.workbook import Sheet


def copy_of(*sheets: Sheet, **cells: Any) -> bytes:
    """An .xlsx with a tab for each sheet, and some cells of the first that hold something else."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for sheet in sheets:
        page = made.create_sheet(sheet.tab.name)
        for address, value in (sheet.cells() | (cells if sheet is sheets[0] else {})).items():
            page[address] = value
    file = BytesIO()
    made.save(file)
    return file.getvalue()
