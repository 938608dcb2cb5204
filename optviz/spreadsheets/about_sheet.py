"""What the workbooks that go out have in common: how cells look, and the sheet that says it all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NUMBER = {"align": "right", "indent": 1}
"""How a cell of a number stands off from its neighbour."""
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
"""How cells look."""
WIDE = 110
"""The characters in a line of text."""


def formats_of(book: Any, looks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The formats of some looks, by their names."""
    return {name: book.add_format(look) for name, look in looks.items()}


def begin(about: Any, formats: dict[str, Any], title: str, width: int) -> None:
    """Set up a sheet of words, each with its text, under a title."""
    about.set_landscape()
    about.fit_to_pages(1, 0)
    about.set_column(0, 0, width)
    about.set_column(1, 1, WIDE)
    about.write_string(0, 0, title, formats["title"])


def write_pairs(
    about: Any, formats: dict[str, Any], row: int, pairs: Iterable[tuple[str, str]]
) -> int:
    """Rows of a word, if there is one, and its text, high enough for it; the row after them."""
    for word, text in pairs:
        if word:
            about.write_string(row, 0, word, formats["text"])
        about.write_string(row, 1, text, formats["formula" if "\n" in text else "text"])
        about.set_row(row, 15 * (1 + max(text.count("\n"), len(text) // (WIDE - 5))))
        row += 1
    return row
