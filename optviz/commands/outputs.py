"""The file that a command writes, checked before its work begins."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

PICTURES = ".html", ".htm", ".png", ".svg", ".pdf"


def read_output(text: str | None, what: str, endings: Sequence[str]) -> Path | None:
    """Return the path of a file that can be written; None where none is asked for.

    Raises: ValueError: a map ends in .html, .png, .svg or .pdf, got "map.gif"; FileNotFoundError,
        PermissionError: no/folder: no such file or directory
    """
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() not in endings:
        *most, last = [each for each in endings if each != ".htm"]
        raise ValueError(f'{what} ends in {", ".join(most)} or {last}, got "{path.name}"')
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such folder", str(folder))
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise PermissionError(13, "permission denied", str(path))
    return path
