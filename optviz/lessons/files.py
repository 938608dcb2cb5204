"""The file of a lesson: TOML of a decent size and depth, or a sentence on what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

SIZE = 200_000
"""The largest file of a lesson, in bytes."""
DEPTH = 8
"""The most arrays and tables within each other."""


def load_table(source: str | Path) -> dict[str, Any]:
    """Return the table of a file (a Path) or of the text of one.

    Raises: ValueError: it is not TOML: Expected '=' after a key (at line 1, column 5)
    """
    too_deep = f"arrays and tables are nested more than {DEPTH} deep"
    try:
        table = tomllib.loads(read_bytes(source).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8: save it as UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from None
    except RecursionError:
        raise ValueError(too_deep) from None
    except OSError as error:
        raise ValueError(f"it cannot be read: {(error.strerror or str(error)).lower()}") from None
    if measure_depth(table) > DEPTH:
        raise ValueError(too_deep)
    return table


def read_bytes(source: str | Path) -> bytes:
    """Return the bytes of a file or text, as many as a lesson may have.

    Raises: ValueError: it is longer than 200 kB, the most that a lesson may have
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            data = file.read(SIZE + 1)
    else:
        data = source.encode()
    if len(data) > SIZE:
        raise ValueError(f"it is longer than {SIZE // 1000} kB, the most that a lesson may have")
    return data


def measure_depth(value: Any) -> int:
    """Return how deep arrays and tables stand within each other, looking no deeper than allowed."""
    depth, level = 0, [value]
    while level and depth <= DEPTH:
        depth += 1
        tables = (list(each.values()) if isinstance(each, dict) else each for each in level)
        level = [one for each in tables for one in each if isinstance(one, (dict, list))]
    return depth
