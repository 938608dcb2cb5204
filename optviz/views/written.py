"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def check_page(file: str | Path) -> Path:
    """Return the path of a page.

    Raises: ValueError: a page ends in .html, got "race.pdf"
    """
    path = Path(file)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f'a page ends in .html, got "{path.name}"')
    return path


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file whole, in place of an earlier one, or not at all; return its path."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        raise name_file(error, path) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def name_file(error: OSError, path: Path) -> OSError:
    """Return an error of a file's part as one of the file itself, whose name its reader knows."""
    return type(error)(error.errno, error.strerror, str(path))
