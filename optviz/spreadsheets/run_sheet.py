"""One run on its sheet: settings and charts on the left, the table of its steps beside them."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.columns import Setting
from optviz.spreadsheets.workbook_file import WorkbookFile

HEAD, ABOVE, FIRST = 2, 3, 4
"""Rows (from 0) of the headings, of the state before the first step, of the first step."""
TABLE = 4
"""First column (from 0) of the table."""
PLACE = re.compile(r"\{(\^?)([^{}]*)\}")


class RunSheet:
    """The sheet of one run, and the places of its columns."""

    def __init__(self, out: WorkbookFile, run: Run, columns: list[Column]):
        self.out, self.formats, self.run = out, out.formats, run
        self.columns = columns
        self.place = {column.key: TABLE + i for i, column in enumerate(columns)}
        self.sheet = out.add_sheet(run.label)
        self.name: str = self.sheet.name
        self.last = FIRST + len(run.trajectory)
        """The row of the last point, from which no step was made."""

    def write(self, settings: list[Setting]) -> None:
        """Fill the sheet."""
        self.sheet.set_column(0, 1, 15)
        self.sheet.set_column(2, 2, 36)
        self.sheet.set_column(3, 3, 3)
        self.sheet.write_string(0, 0, self.run.label, self.formats["title"])
        self.sheet.write_string(1, 0, "Change a yellow cell: every row follows.")
        self.sheet.freeze_panes(FIRST - 1, 0)
        self.sheet.set_row(HEAD, 32)
        self.sheet.repeat_rows(HEAD)
        below = self.write_settings(settings)
        for column in self.columns:
            self.write_column(column)
        self.sheet.write_string(ABOVE, TABLE, "start", self.formats["start"])
        self.sheet.set_column(TABLE, TABLE + len(self.columns) - 1, 12)
        self.sheet.set_column(TABLE, TABLE, 8)
        helpers = [self.place[column.key] for column in self.columns if column.is_helper]
        if helpers:  # intermediate results are folded away
            fold = {"level": 1, "hidden": True}
            self.sheet.set_column(helpers[0], helpers[-1], 12, None, fold)
            self.sheet.set_column(helpers[-1] + 1, helpers[-1] + 1, 12, None, {"collapsed": True})
        if hasattr(self.run.bare, "x"):
            self.write_samples()
        self.add_charts(below)

    def write_settings(self, settings: list[Setting]) -> int:
        """Write the cells to change, each with a name, and return the first free row below."""
        self.sheet.write_row(HEAD, 0, ["setting", "", "what it is"], self.formats["head"])
        self.sheet.write_string(HEAD, 1, "value", self.formats["above"])
        for row, each in enumerate(settings, HEAD + 1):
            self.sheet.write_string(row, 0, each.name)
            self.sheet.write_number(row, 1, each.value, self.formats["input"])
            self.sheet.write_string(row, 2, each.note, self.formats["note"])
            self.out.define_name(self.name, each.name, xl_rowcol_to_cell(row, 1, True, True))
        return HEAD + 1 + len(settings) + 1

    def write_column(self, column: Column) -> None:
        """Write a column from its heading down."""
        place, look = self.place[column.key], self.formats["number"]
        self.sheet.write_string(HEAD, place, column.heading, self.formats["above"])
        self.sheet.write_comment(HEAD, place, column.note, {"x_scale": 2})
        if column.initial is not None:
            self.sheet.write_number(ABOVE, place, column.initial, self.formats["input"])
        text = "=" + PLACE.sub(self._write_reference, column.formula)
        for row, value in enumerate(column.values.tolist(), FIRST):
            if not column.formula or (row == FIRST and column.first is not None):
                self.sheet.write_number(row, place, value, look)
            else:
                formula = text.format(this=row + 1, above=row)
                value = value if isfinite(value) else "#NUM!"
                self.sheet.write_formula(row, place, formula, look, value)

    def _write_reference(self, match: re.Match) -> str:
        row = "above" if match[1] else "this"
        return f"{xl_col_to_name(self.place[match[2]])}{{{row}}}"

    def write_samples(self) -> None:
        """Write the samples of the line, right of the table."""
        for i, (name, values) in enumerate((("x", self.run.bare.x), ("y", self.run.bare.y))):
            place = TABLE + len(self.columns) + 1 + i
            self.sheet.write_string(HEAD, place, f"all {name}", self.formats["above"])
            for row, value in enumerate(values.tolist(), FIRST):
                self.sheet.write_number(row, place, value, self.formats["input"])
            area = xl_range_abs(FIRST, place, FIRST + len(values) - 1, place)
            self.out.define_name(self.name, f"sample_{name}", area)

    def make_series(self, across: str, up: str, name: str | list[Any]) -> dict[str, Any]:
        """Make a line of a chart from two columns; its name is a text or a cell."""
        x, y = self.place[across], self.place[up]
        return {
            "name": name,
            "categories": [self.name, FIRST, x, self.last, x],
            "values": [self.name, FIRST, y, self.last, y],
            "line": {"width": 1.5},
            "marker": {"type": "none"} if across == "step" else {"type": "circle", "size": 3},
        }

    def is_positive(self) -> bool:
        """Return True if every loss has a logarithm."""
        losses = self.run.trajectory.losses
        return bool(np.all(losses[np.isfinite(losses)] > 0))

    def add_charts(self, below: int) -> None:
        """Add charts of loss and parameters over the steps, and of the path."""
        first, second = self.run.problem.names
        loss = make_chart(self.out, "Loss", "step", "loss", log=self.is_positive())
        loss.add_series(self.make_series("step", "loss", "loss"))
        both = make_chart(self.out, "Parameters", "step", f"{first}, {second}")
        for name in (first, second):
            both.add_series(self.make_series("step", name, name))
        path = make_chart(self.out, "Path", first, second)
        path.add_series(self.make_series(first, second, "path"))
        for i, each in enumerate((loss, both, path)):
            if each is not both:
                each.set_legend({"none": True})
            self.sheet.insert_chart(below + 15 * i, 0, each, {"x_offset": 4, "y_offset": 4})


def make_chart(out: WorkbookFile, title: str, across: str, up: str, *, log: bool = False) -> Any:
    """Make an empty chart of lines."""
    chart = out.book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    # The axes cross at the low ends, so that their numbers stay at the edge.
    low: dict[str, Any] = {"label_position": "low", "major_gridlines": {"visible": True}}
    chart.set_x_axis(low | {"name": across})
    chart.set_y_axis(low | {"name": up} | ({"log_base": 10} if log else {}))
    chart.set_size({"width": 470, "height": 290})
    return chart
