"""Tabs as a workbook of live formulas, each number in the cell where the course's file has it."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any

from optviz.formulas.cells import write_cell
from optviz.formulas.expressions import Expr
from optviz.spreadsheets.workbook_file import LOOKS, NUMBER, WorkbookFile
from optviz.tracing import trace
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import ERR2, FIRST, shift_rows

HAND = (
    "The averages in the row of the headings are carried over from the previous epoch. The buttons "
    "of the original file are macros and are not included. To run another epoch by hand, first "
    "copy the following as values to empty cells, because each paste changes the rows; then copy "
    "them from there into place: the last row's new b and new a (or its b and a, to reproduce the "
    "file's error) to the start; its averages to row 3 and below the rows (on the adagrad tabs, F "
    "and G below the rows to F1 and G1)."
)
USE = (
    "Change a yellow cell, such as the learning rate, a sample, b or a: everything else follows.",
    "Hold the pointer over a heading, or over a number around the rows, to read what it is.",
    HAND,
    "This workbook is written anew, with the cells in the same places; nothing is copied.",
)
TAB_LOOKS = LOOKS | {
    "head": LOOKS["head"] | NUMBER,
    "label": NUMBER | {"bold": True},
    "note": LOOKS["note"] | NUMBER,
}
NAMED = {"lr": "lr", "beta1": "beta1", "beta2": "beta2", "new_d": "d"}
"""The single quantities whose cells have a name on their sheet, and that name."""


def tabs_to_xlsx(sheets: Sheet | Iterable[Sheet], file: str | Path | None = None) -> bytes:
    """Return the bytes of an .xlsx with a tab for each sheet, laid out like the course's workbook.

    Every computed cell is a formula and shows this package's number until it is recalculated.
    With `file` the bytes are written there too. The same sheets give the same bytes.

    Raises: ValueError: a workbook needs at least one sheet; ... needs xlsxwriter: pip install ...
    """
    given = [sheets] if isinstance(sheets, Sheet) else list(sheets)
    if not given:
        raise ValueError("a workbook needs at least one sheet, such as Sheet.of('adam')")
    out = WorkbookFile(TAB_LOOKS, "optviz tabs", "Optimizers that compute themselves", 22)
    pages = [TabPage(out, sheet) for sheet in given]
    for page in pages:
        page.write()
    write_about(out, pages)
    return out.close(file)


def write_about(out: WorkbookFile, pages: list[TabPage]) -> None:
    """Write the first sheet: usage, the tabs, and the errors of the original file."""
    out.write_pairs([("contents", "formulas of gradient descent, one sample per row: y = a*x + b")])
    out.write_usage(USE)
    out.row += 1
    for page in pages:
        tab, also = page.sheet.tab, shift_rows(page.sheet.tab.by_hand, page.samples)
        by_hand = f" By hand: {also}" if also else ""
        out.write_sheet(page.name, f"{tab.title}. {tab.about}{by_hand}")
    out.row += 1
    out.about.write_string(out.row, 0, "Errors in the original file", out.formats["title"])
    out.row += 1
    for page in pages:
        for slip in page.sheet.tab.slips:
            follows = "file" if slip.name in (*page.sheet.slips, "order") else "method"
            out.write_pairs([(page.name, f"{slip}. This workbook follows the {follows}.")])


class TabPage:
    """A tab as a sheet of the workbook, with every cell in its place."""

    def __init__(self, out: WorkbookFile, sheet: Sheet):
        self.out, self.sheet = out, sheet
        self.page = out.add_sheet(sheet.tab.name)
        self.name: str = self.page.name
        self.samples = len(sheet.x)
        self.rows = range(FIRST, FIRST + self.samples)
        self.letters = {column.quantity: column.letter for column in sheet.tab.columns}
        self.singles = {
            cell.quantity: shift_rows(cell.address, self.samples) for cell in sheet.tab.around
        }

    def write(self) -> None:
        """Write the cells, their names and the charts."""
        self.page.set_column("A:B", 7)
        self.page.set_column("C:U", 14)
        self.page.freeze_panes(FIRST - 1, 0)
        for quantity, name in NAMED.items():
            if quantity in self.singles:
                address = self.singles[quantity]
                self.out.define_name(self.name, name, f"${address[0]}${address[1:]}")
        cells = self.sheet.cells()
        self.write_around(cells)
        self.write_rows(cells)
        if "err2" not in self.letters:
            self.write_errors()
        self.add_charts()

    def write_formula(self, address: str, text: str, value: Any, look: str = "number") -> None:
        """Write a formula with the value shown until it is recalculated."""
        value = value if value is not None and isfinite(value) else "#NUM!"
        self.page.write_formula(address, f"={text}", self.out.formats[look], value)

    def write_head(self, letter: str, heading: str, meaning: str) -> None:
        """Write the heading of a column, and its meaning as a comment."""
        self.page.write_string(f"{letter}{FIRST - 1}", heading, self.out.formats["head"])
        self.page.write_comment(f"{letter}{FIRST - 1}", meaning)

    def write_around(self, cells: dict[str, Any]) -> None:
        """Write the cells above and below the rows."""
        for cell in self.sheet.tab.around:
            address = shift_rows(cell.address, self.samples)
            value = cells.get(address)
            if not cell.quantity:
                self.page.write_string(address, value, self.out.formats["label"])
                continue
            if cell.formula:
                self.write_formula(address, shift_rows(cell.formula, self.samples), value)
            elif value is not None:
                is_copy = cell.address.endswith("33")  # of row 3; no row depends on it
                look = self.out.formats["note" if is_copy else "input"]
                self.page.write_number(address, value, look)
            self.page.write_comment(address, cell.meaning)

    def write_rows(self, cells: dict[str, Any]) -> None:
        """Write the rows of the samples under their headings."""
        formulas = self.make_row_formulas()
        for column in self.sheet.tab.columns:
            if column.heading:
                self.write_head(column.letter, column.heading, column.meaning)
            for row in self.rows:
                address = f"{column.letter}{row}"
                if address in formulas:
                    self.write_formula(address, formulas[address], cells.get(address))
                else:
                    self.page.write_number(address, cells[address], self.out.formats["input"])

    def write_errors(self) -> None:
        """Write the squared errors that the chart needs, where the tab has no column for them."""
        letter = chr(ord(self.sheet.tab.columns[-1].letter) + 2)
        values = self.sheet.columns()["err2"].tolist()
        values += [None] * (self.samples - len(values))
        for row, value in zip(self.rows, values, strict=True):
            self.write_formula(
                f"{letter}{row}", ERR2.format(**self.find_addresses(row)), value, "note"
            )
        text = "squared error of the sample; only the chart needs this column"
        self.write_head(letter, "squared error", text)
        self.letters["err2"] = letter

    def find_addresses(self, row: int) -> dict[str, str]:
        """Return the addresses of a row's cells by their quantities."""
        return {quantity: f"{letter}{row}" for quantity, letter in self.letters.items()}

    def make_row_formulas(self) -> dict[str, str]:
        """Return the formula of every computed cell of the rows, by its address."""
        out = {}
        for row in self.rows:
            here, above = self.find_addresses(row), self.find_addresses(row - 1)
            for i, each in enumerate("ba", 1):
                out[here[each]] = f"C{i}" if row == FIRST else above[f"new_{each}"]
                out |= self.make_rule_formulas(row, each)
            for column in self.sheet.tab.columns:
                if column.formula:
                    out[here[column.quantity]] = column.formula.format(**here)
        return out

    def make_rule_formulas(self, row: int, which: str) -> dict[str, str]:
        """Return the formulas of one row that the rule gives for b or for a."""
        rule, traced, out = self.sheet.rule, trace(self.sheet.rule), {}
        here, above = self.find_addresses(row), self.find_addresses(row - 1)
        names: dict[Any, str] = {name: name for name in NAMED.values()}
        names |= {"params": here[which], "grad": here[f"grad_{which}"]}
        for key, expr in traced.state.items():
            quantity = f"{key}_{which}"
            if quantity in here:
                names[key] = above[quantity]
                is_row5 = (row, quantity) == (FIRST + 1, "grad_avg_b")
                lost = {"grad": "0"} if is_row5 and "row5" in self.sheet.slips else {}
                out[here[quantity]] = write_cell(expr, names | lost)
                names[id(expr)] = here[quantity]
            elif quantity in self.singles:  # such as the scale of an epoch, above the rows
                names[key] = f"{self.singles[quantity][0]}${self.singles[quantity][1:]}"
        simplify(traced.new, names, no_eps=getattr(rule, "eps", 1) == 0)
        out[here[f"new_{which}"]] = write_cell(traced.new, names)
        return out

    def add_charts(self) -> None:
        """Add charts of the squared errors, and of b and a, right of the rows."""
        error = self.out.book.add_chart({"type": "line"})
        error.add_series(self.make_series("err2", "err^2"))
        error.set_title({"name": "Squared error of each sample", "name_font": {"size": 12}})
        error.set_legend({"none": True})
        error.set_y_axis({"name": "err^2"})
        params = self.out.book.add_chart({"type": "line"})
        params.add_series(self.make_series("b", "b"))
        params.add_series(self.make_series("a", "a (right axis)") | {"y2_axis": True})
        params.set_title({"name": "b and a before each step", "name_font": {"size": 12}})
        params.set_legend({"position": "bottom"})
        params.set_y_axis({"name": "b"})
        params.set_y2_axis({"name": "a"})
        letter = chr(ord(max(self.letters.values())) + 2)
        for top, each in ((3, error), (19, params)):
            each.set_x_axis({"name": "sample", "label_position": "low", "interval_unit": 5})
            each.set_size({"width": 470, "height": 290})
            self.page.insert_chart(f"{letter}{top}", each)

    def make_series(self, quantity: str, label: str) -> dict[str, Any]:
        """Make a line of a chart: a quantity over the samples."""
        letter = self.letters[quantity]
        area = f"='{self.name}'!${letter}${FIRST}:${letter}${self.rows[-1]}"
        return {"name": label, "values": area, "line": {"width": 1.75}}


def simplify(expr: Expr, names: dict[Any, str], *, no_eps: bool) -> None:
    """Make x stand for x/1, and for x + eps where eps is 0, in the text of an expression."""
    if id(expr) in names:
        return
    for each in expr.args:
        simplify(each, names, no_eps=no_eps)
    if len(expr.args) == 2:
        left, right = expr.args
        is_divided = expr.op == "/" and right.number == 1
        if is_divided or (no_eps and expr.op == "+" and right.name == "eps"):
            names[id(expr)] = write_cell(left, names)
