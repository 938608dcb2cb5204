"""The terms that the pages explain, and the keyboard shortcuts: data alone."""

from __future__ import annotations

from typing import NamedTuple

from optviz.glossary import WORDS, Word, find_word

__all__ = ["KEYS", "WORDS", "Key", "Word", "find_word", "word_id"]


class Key(NamedTuple):
    """One key or several, their action in words, and the button they press."""

    keys: tuple[str, ...]
    says: str
    press: str = ""


KEYS = (
    Key(("Space",), "play or pause", "play"),
    Key(("ArrowRight",), "one step forward", "step-on"),
    Key(("ArrowLeft",), "one step back", "step-back"),
    Key(("Shift+ArrowRight",), "ten steps forward", "scrub+10"),
    Key(("Shift+ArrowLeft",), "ten steps back", "scrub-10"),
    Key(("Home",), "to the start", "to-start"),
    Key(("End",), "to the end", "to-end"),
    Key(("e",), "one epoch of the workbook", "epoch"),
    Key(("Shift+e",), "five epochs of the workbook", "five-epochs"),
    Key(("u", "Ctrl+z"), "undo", "undo"),
    Key(("Shift+u", "Ctrl+Shift+z", "Ctrl+y"), "redo", "redo"),
    Key(("f",), "fork a run at this step", "fork"),
    Key(("p",), "pin this run for comparison", "pin"),
    Key(("Shift+p",), "present: surface and loss alone, large", "present"),
    Key(("n",), "new noise", "new-sample"),
    Key(("v",), "switch between 2-D and 3-D", "view-3d"),
    Key(("l",), "switch the loss between log and linear scale", "loss-axis"),
    Key(("s",), "download and share", "take"),
    Key(tuple("123456789"), "show only the run of this row of the table", "run"),
    Key(("?",), "this list", "help"),
    Key(("Escape",), "close what is open"),
)
"""The one table of keys: the help dialog shows it, and the browser acts on it."""


def word_id(word: str) -> str:
    """Return the id of the element that holds a word's explanation."""
    return "word-" + word.replace(" ", "-").lower()
