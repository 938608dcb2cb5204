"""Tabs as a workbook of live formulas, each number in the cell where the course's file has it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from optviz import __version__
from optviz.spreadsheets.about_sheet import LOOKS, NUMBER, begin, formats_of, write_pairs
from optviz.workbook.addresses import FIRST, moved
from optviz.workbook.export_formulas import (
    ERROR_HEADING,
    error_formulas,
    error_letter,
    named_cells,
    row_formulas,
)
from optviz.workbook.sheet import Sheet

BY_HAND = (
    "Averages in the row of the headings are carried in from the epoch before. The buttons of the "
    "course's file are macros and are not here. For another epoch by hand, copy as values to empty "
    "cells first, as each paste changes the rows, and from there into place: the last row's new b "
    "and new a (its b and a, to do that slip as the file) over the start; its averages over those "
    "in row 3 and below the rows (on the adagrads, F and G below the rows over F1 and G1)."
)
USE = (
    "Change a yellow cell, such as the learning rate, a sample, b or a: everything else follows.",
    "Rest the pointer on a heading or on a number around the rows to read what it is.",
    BY_HAND,
    "This workbook is made anew, with the cells in the same places; nothing is copied of the file.",
)
TAB_LOOKS = LOOKS | {
    "head": LOOKS["head"] | NUMBER,
    "label": NUMBER | {"bold": True},
    "note": LOOKS["note"] | NUMBER,
}
CAPTION = "formulas of gradient descent, one sample a row: y = a*x + b"


def tabs_to_xlsx(sheets: Sheet | Iterable[Sheet], file: str | Path | None = None) -> bytes:
    """The bytes of an .xlsx with a tab for each sheet, in the layout of the course's workbook.

    Every computed cell is a formula and shows this package's number until it is recalculated.
    With `file` the bytes are written there too. The same sheets give the same bytes.

    Raises: ValueError: a workbook needs at least one sheet; ... needs xlsxwriter: pip install ...
    """
    given = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    if not given:
        raise ValueError("a workbook needs at least one sheet, such as Sheet.of('adam')")
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise ValueError(f'a workbook needs {error.name}: pip install "optviz[xlsx]"') from None
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.set_properties({"title": "optviz tabs", "created": datetime(2000, 1, 1)})
    formats = formats_of(book, TAB_LOOKS)
    about = book.add_worksheet("about")
    names: list[str] = []
    for sheet in given:
        names.append(free_name(sheet.tab.name, names))
        write_tab(book, formats, names[-1], sheet)
    write_about(about, formats, dict(zip(names, given, strict=True)))
    book.close()
    if file is not None:
        Path(file).write_bytes(data.getvalue())
    return data.getvalue()


def free_name(name: str, taken: list[str]) -> str:
    """The name, with a number where it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} #{number}", number + 1
    return free


# -- a tab -----------------------------------------------------------------------------------------


def write_tab(book: Any, formats: dict[str, Any], name: str, sheet: Sheet) -> None:
    """Add a sheet with every cell of a tab."""
    page, cells = book.add_worksheet(name), sheet.cells()
    page.set_column("A:B", 7)
    page.set_column("C:U", 14)
    page.freeze_panes(FIRST - 1, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    for each, address in named_cells(sheet).items():
        book.define_name(f"'{name}'!{each}", f"='{name}'!{address}")
    write_around(page, formats, sheet, cells)
    write_rows(page, formats, sheet, cells)
    errors = error_formulas(sheet)
    for row, (formula, value) in enumerate(errors, FIRST):
        page.write_formula(f"{error_letter(sheet)}{row}", formula, formats["note"], shown(value))
    if errors:
        head = f"{error_letter(sheet)}{FIRST - 1}"
        page.write_string(head, ERROR_HEADING, formats["head"])
        page.write_comment(head, "squared error of the sample; only the chart needs this column")
    add_charts(book, page, name, sheet)


def write_around(page: Any, formats: dict[str, Any], sheet: Sheet, cells: dict) -> None:
    """The cells above and below the rows."""
    for cell in sheet.tab.around:
        address = moved(cell.address, len(sheet.x))
        value = cells.get(address)
        if not cell.quantity:
            page.write_string(address, value, formats["label"])
            continue
        if cell.formula:
            formula = "=" + moved(cell.formula, len(sheet.x))
            page.write_formula(address, formula, formats["number"], shown(value))
        elif value is not None:
            pasted = cell.address.endswith("33")  # a record of row 3, which no row depends on
            page.write_number(address, value, formats["note" if pasted else "input"])
        page.write_comment(address, cell.meaning)


def write_rows(page: Any, formats: dict[str, Any], sheet: Sheet, cells: dict) -> None:
    """The rows of the samples under their headings."""
    formulas = row_formulas(sheet)
    for column in sheet.tab.columns:
        head = f"{column.letter}{FIRST - 1}"
        if column.heading:
            page.write_string(head, column.heading, formats["head"])
            page.write_comment(head, column.meaning)
        for row in range(FIRST, FIRST + len(sheet.x)):
            address = f"{column.letter}{row}"
            if address in formulas:
                value = shown(cells.get(address))
                page.write_formula(address, formulas[address], formats["number"], value)
            else:
                page.write_number(address, cells[address], formats["input"])


def shown(value: Any) -> Any:
    """What a cell shows before it is recalculated."""
    return value if value is not None and isfinite(value) else "#NUM!"


def add_charts(book: Any, page: Any, name: str, sheet: Sheet) -> None:
    """The squared errors, and b and a, over the samples, right of the rows."""
    letters = {column.quantity: column.letter for column in sheet.tab.columns}
    letters.setdefault("err2", error_letter(sheet))
    place = chr(ord(max(letters.values())) + 2)
    last = FIRST + len(sheet.x) - 1

    def line(quantity: str, label: str, **more: Any) -> dict[str, Any]:
        area = f"='{name}'!${letters[quantity]}${FIRST}:${letters[quantity]}${last}"
        return {"name": label, "values": area, "line": {"width": 1.75}, **more}

    error = book.add_chart({"type": "line"})
    error.add_series(line("err2", "err^2"))
    error.set_title({"name": "Squared error of each sample", "name_font": {"size": 12}})
    error.set_legend({"none": True})
    both = book.add_chart({"type": "line"})
    both.add_series(line("b", "b"))
    both.add_series(line("a", "a (right axis)", y2_axis=True))
    both.set_title({"name": "b and a before each step", "name_font": {"size": 12}})
    both.set_legend({"position": "bottom"})
    error.set_y_axis({"name": "err^2"})
    both.set_y_axis({"name": "b"})
    both.set_y2_axis({"name": "a"})
    for top, each in ((3, error), (19, both)):
        each.set_x_axis({"name": "sample", "label_position": "low", "interval_unit": 5})
        each.set_size({"width": 470, "height": 290})
        page.insert_chart(f"{place}{top}", each)


# -- what it is ------------------------------------------------------------------------------------


def write_about(about: Any, formats: dict[str, Any], sheets: dict[str, Sheet]) -> None:
    """The sheet that says what the workbook is."""
    begin(about, formats, "Optimizers that compute themselves", 22)
    pairs = [("made by", f"optviz {__version__}"), ("what it is", CAPTION)]
    pairs += [("how to use it" if text is USE[0] else "", text) for text in USE]
    row = write_pairs(about, formats, 2, pairs) + 1
    for name, sheet in sheets.items():
        about.write_url(row, 0, f"internal:'{name}'!A1", formats["link"], name)
        also = moved(sheet.tab.by_hand, len(sheet.x))
        text = f"{sheet.tab.title}. {sheet.tab.about} {also}".rstrip()
        row = write_pairs(about, formats, row, [("", text)])
    row += 1
    about.write_string(row, 0, "Slips of the course's file", formats["title"])
    row += 1
    for name, sheet in sheets.items():
        slips = [(name, f"{slip}. {how(slip.name, sheet)}") for slip in sheet.tab.slips]
        row = write_pairs(about, formats, row, slips)


def how(slip: str, sheet: Sheet) -> str:
    """Which way this workbook goes about a slip."""
    if slip == "order":
        return "This workbook: as the file."
    return f"This workbook: as the {'file' if slip in sheet.slips else 'method'}."
