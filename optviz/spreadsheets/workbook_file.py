"""The parts that exported workbooks share: the file, its cell formats, its first sheet."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from optviz import __version__
from optviz.extras import describe_missing

NUMBER = {"align": "right", "indent": 1}
"""Room between a number and the next column."""
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "bg_color": "#E8EDF3"},
    "number": NUMBER,
    "input": NUMBER | {"bg_color": "#FFF3B0"},
    "note": {"font_color": "#595959"},
    "text": {"text_wrap": True, "valign": "top"},
    "formula": {"text_wrap": True, "valign": "top", "font_name": "Consolas"},
    "link": {"font_color": "#0B5394", "underline": 1, "valign": "top"},
}
"""The cell formats."""
WIDE = 110
"""Characters in a line of text."""


def load_xlsxwriter() -> Any:
    """Import the package that writes workbooks.

    Raises: ValueError: a workbook needs xlsxwriter: pip install "optviz[xlsx]"
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise ValueError(describe_missing("a workbook", str(error.name), "xlsx")) from None
    return xlsxwriter


def cut(text: str, most: int) -> str:
    """Cut a text to a number of characters as Excel counts them: an emoji is two."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


class WorkbookFile:
    """An .xlsx file in the making whose first sheet, `about`, explains the others.

    `properties` is the title in the file's properties, `title` the one of the first sheet, `width`
    the characters in that sheet's first column. The same content gives the same bytes.
    """

    def __init__(self, looks: dict[str, dict[str, Any]], properties: str, title: str, width: int):
        self.data = io.BytesIO()
        self.book: Any = load_xlsxwriter().Workbook(self.data, {"in_memory": True})
        self.book.set_properties({"title": properties, "created": datetime(2000, 1, 1)})
        self.formats = {name: self.book.add_format(look) for name, look in looks.items()}
        self.about = self.add_sheet("about")
        self.about.set_column(0, 0, width)
        self.about.set_column(1, 1, WIDE)
        self.about.write_string(0, 0, title, self.formats["title"])
        self.row = 2
        """The next free row of the first sheet."""

    def add_sheet(self, label: str) -> Any:
        """Add a sheet that prints one page wide, with a legal name of its own from a label."""
        taken = {"history", "true", "false", *(name.casefold() for name in self.book.sheetnames)}
        plain = cut(re.sub(r"[\[\]:*?/\\'!\x00-\x1f]+", " ", label).strip(), 31).strip() or "run"
        name, number = plain, 2
        while name.casefold() in taken:
            tail = f" #{number}"
            name, number = cut(plain, 31 - len(tail)) + tail, number + 1
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def define_name(self, sheet: str, name: str, area: str) -> None:
        """Give cells of a sheet a name that only this sheet knows."""
        self.book.define_name(f"'{sheet}'!{name}", f"='{sheet}'!{area}")

    def write_usage(self, texts: Iterable[str]) -> None:
        """Write what made the workbook and how to use it."""
        self.write_pairs([("made by", f"optviz {__version__}")])
        self.write_pairs((("" if i else "how to use it"), text) for i, text in enumerate(texts))

    def write_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Write rows of a word, which may be empty, and a text, high enough for the text."""
        for word, text in pairs:
            if word:
                self.about.write_string(self.row, 0, word, self.formats["text"])
            look = self.formats["formula" if "\n" in text else "text"]
            self.about.write_string(self.row, 1, text, look)
            height = 1 + max(text.count("\n"), len(text) // (WIDE - 5))
            self.about.set_row(self.row, 15 * height)
            self.row += 1

    def write_sheet(self, name: str, text: str) -> None:
        """Write a row with a link to a sheet, and a text about it."""
        link = f"internal:'{name}'!A1"
        self.about.write_url(self.row, 0, link, self.formats["link"], name)
        self.write_pairs([("", text)])

    def close(self, file: str | Path | None = None) -> bytes:
        """Finish the workbook and return its bytes; with `file` write them there too."""
        self.book.close()
        if file is not None:
            Path(file).write_bytes(self.data.getvalue())
        return self.data.getvalue()
