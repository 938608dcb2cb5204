"""One run on its sheet: settings and charts at the left, the table of its steps beside them."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.columns import Settings

HEAD, ABOVE, FIRST = 2, 3, 4
"""The rows (from 0) of the headings, of what there was before the first step, of the first step."""
TABLE = 4
"""The column (from 0) where the table begins."""
PLACE = re.compile(r"\{(\^?)([^{}]*)\}")


class RunSheet:
    """The sheet of one run, and where its columns are."""

    def __init__(self, workbook: Any, formats: dict[str, Any], name: str, run: Run, columns: list):
        self.workbook, self.formats, self.name, self.run = workbook, formats, name, run
        self.columns: list[Column] = columns
        self.place = {column.key: TABLE + i for i, column in enumerate(columns)}
        self.sheet = workbook.add_worksheet(name)
        self.last = FIRST + len(run.trajectory)
        """The row of the last point, from which no step was made."""

    def write(self, settings: Settings) -> None:
        """Fill the sheet."""
        self.sheet.set_column(0, 1, 15)
        self.sheet.set_column(2, 2, 36)
        self.sheet.set_column(3, 3, 3)
        self.sheet.write_string(0, 0, self.run.label, self.formats["title"])
        self.sheet.write_string(1, 0, "Change a yellow cell: every row follows.")
        self.sheet.freeze_panes(FIRST - 1, 0)
        self.sheet.set_row(HEAD, 32)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEAD)
        below = self.write_settings(settings)
        for column in self.columns:
            self.write_column(column)
        self.sheet.write_string(ABOVE, TABLE, "start", self.formats["start"])
        self.fold_helpers()
        if hasattr(self.run.bare, "x"):
            self.write_samples()
        self.add_charts(below)

    def write_settings(self, settings: Settings) -> int:
        """The cells to change, each under a name of this sheet; the first free row below them."""
        self.sheet.write_row(HEAD, 0, ["setting", "", "what it is"], self.formats["head"])
        self.sheet.write_string(HEAD, 1, "value", self.formats["above"])
        for row, (name, value) in enumerate(settings.values.items(), HEAD + 1):
            self.sheet.write_string(row, 0, name)
            self.sheet.write_number(row, 1, value, self.formats["input"])
            self.sheet.write_string(row, 2, settings.notes[name], self.formats["note"])
            self.define(name, row, 1, row)
        return HEAD + 1 + len(settings.values) + 1

    def define(self, name: str, top: int, column: int, bottom: int) -> None:
        """Give a cell, or the cells of a column, a name that only this sheet knows."""
        first, last = (xl_rowcol_to_cell(row, column, True, True) for row in (top, bottom))
        area = first if top == bottom else f"{first}:{last}"
        self.workbook.define_name(f"'{self.name}'!{name}", f"='{self.name}'!{area}")

    def write_column(self, column: Column) -> None:
        """A column from its heading down."""
        place, look = self.place[column.key], self.formats["number"]
        self.sheet.write_string(HEAD, place, column.heading, self.formats["above"])
        self.sheet.write_comment(HEAD, place, column.note, {"x_scale": 2})
        if column.initial is not None:
            self.sheet.write_number(ABOVE, place, column.initial, self.formats["input"])
        values, text = column.values.tolist(), "=" + PLACE.sub(self._reference, column.formula)
        for row, value in enumerate(values, FIRST):
            if not column.formula or (row == FIRST and column.first is not None):
                self.sheet.write_number(row, place, value, look)
            else:
                shown = value if isfinite(value) else "#NUM!"
                formula = text.format(this=row + 1, above=row)
                self.sheet.write_formula(row, place, formula, look, shown)

    def _reference(self, match: re.Match) -> str:
        row = "above" if match[1] else "this"
        return f"{xl_col_to_name(self.place[match[2]])}{{{row}}}"

    def fold_helpers(self) -> None:
        """Set the columns' widths, and fold the intermediate results away."""
        self.sheet.set_column(TABLE, TABLE + len(self.columns) - 1, 12)
        self.sheet.set_column(TABLE, TABLE, 8)
        helpers = [self.place[column.key] for column in self.columns if column.helper]
        if helpers:
            fold = {"level": 1, "hidden": True}
            self.sheet.set_column(helpers[0], helpers[-1], 12, None, fold)
            self.sheet.set_column(helpers[-1] + 1, helpers[-1] + 1, 12, None, {"collapsed": True})

    def write_samples(self) -> None:
        """The samples of the line, right of the table."""
        for i, (name, values) in enumerate((("x", self.run.bare.x), ("y", self.run.bare.y))):
            place = TABLE + len(self.columns) + 1 + i
            self.sheet.write_string(HEAD, place, f"all {name}", self.formats["above"])
            for row, value in enumerate(values.tolist(), FIRST):
                self.sheet.write_number(row, place, value, self.formats["input"])
            self.define(f"sample_{name}", FIRST, place, FIRST + len(values) - 1)

    # -- charts ----------------------------------------------------------------------------

    def cells(self, key: str, last: int) -> list[Any]:
        """The cells of a column from the first step to a row, as a chart names them."""
        return [self.name, FIRST, self.place[key], last, self.place[key]]

    def series(self, across: str, up: str, name: str | list[Any]) -> dict[str, Any]:
        """A line of a chart; its name is a text or a cell."""
        line = {"width": 1.5}
        marks = {"type": "circle", "size": 3} if across != "step" else {"type": "none"}
        return {
            "name": name,
            "categories": self.cells(across, self.last),
            "values": self.cells(up, self.last),
            "line": line,
            "marker": marks,
        }

    def positive(self) -> bool:
        """Whether every loss has a logarithm."""
        losses = self.run.trajectory.losses
        return bool(np.all(losses[np.isfinite(losses)] > 0))

    def add_charts(self, below: int) -> None:
        """Loss and parameters over the steps, and the path."""
        first, second = self.run.problem.names
        loss = chart(self.workbook, "Loss", "step", "loss", log=self.positive())
        loss.add_series(self.series("step", "loss", "loss"))
        both = chart(self.workbook, "Parameters", "step", f"{first}, {second}")
        for name in (first, second):
            both.add_series(self.series("step", name, name))
        path = chart(self.workbook, "Path", first, second)
        path.add_series(self.series(first, second, "path"))
        for i, each in enumerate((loss, both, path)):
            if each is not both:
                each.set_legend({"none": True})
            self.sheet.insert_chart(below + 15 * i, 0, each, {"x_offset": 4, "y_offset": 4})


def chart(workbook: Any, title: str, across: str, up: str, *, log: bool = False) -> Any:
    """An empty chart of lines."""
    made = workbook.add_chart({"type": "scatter", "subtype": "straight"})
    made.set_title({"name": title, "name_font": {"size": 12}})
    # The axes cross at the low ends, so that their numbers stay at the edge.
    low: dict[str, Any] = {"label_position": "low", "major_gridlines": {"visible": True}}
    made.set_x_axis(low | {"name": across})
    made.set_y_axis(low | {"name": up} | ({"log_base": 10} if log else {}))
    made.set_size({"width": 470, "height": 290})
    return made
