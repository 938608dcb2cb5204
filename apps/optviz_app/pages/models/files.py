"""The files that the page opens: those of a folder, and those that were dropped on it.

A file is opened by what its first bytes say, never unpickled, and never by a path from a browser:
a name must be that of a file right in one of the two folders.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from optviz.landscapes.pictures import open_file
from optviz.movielens.cache import cache_folder
from optviz_app.server.security import DROP, LARGER

FOLDER = "OPTVIZ_RECORDINGS"
"""The variable that names the folder whose files the page lists."""
DROPPED, PART = "dropped", ".part-"
MOST_BYTES = LARGER[DROP]
"""The largest file that can be dropped; of a folder any file is opened."""
KEPT_BYTES = 2 << 30
"""Dropped files are kept up to this size together, the newest longest."""
LISTED = 200
"""Files of a folder that are listed, the newest first."""
ENDINGS = (".optviz", ".npz")
CHUNK = 1 << 20
PREFIX = re.compile(r"^[0-9a-f]{16}-")
"""What the name of a dropped file begins with: a short name for its content."""


class FileError(ValueError):
    """A file that cannot be opened, in a sentence."""


class Opened(NamedTuple):
    """A file and what is in it."""

    name: str
    """Its name in a link."""
    title: str
    """Its name for a person."""
    record: Any
    """A Recording, or a picture of the loss."""


def find_folder() -> Path | None:
    """Return the folder that was named when the app was started."""
    named = os.environ.get(FOLDER, "")
    return Path(named) if named else None


def find_dropped() -> Path:
    """Return the folder of the files that were dropped on the page."""
    return cache_folder() / DROPPED


def list_files() -> list[str]:
    """Return the names of the folder's files that may be recordings or pictures, newest first."""
    folder = find_folder()
    if folder is None:
        return []
    found: list[tuple[float, str]] = []
    with suppress(OSError):
        for each in os.scandir(folder):
            if each.name.endswith(ENDINGS) and not each.name.startswith("."):
                with suppress(OSError):
                    if each.is_file():
                        found.append((-each.stat().st_mtime, each.name))
    return [name for _, name in sorted(found)[:LISTED]]


def name_files(names: Iterable[str]) -> dict[str, str]:
    """Return titles of files by their names; those of one title are told apart."""
    titles = {name: PREFIX.sub("", name) for name in names}
    counts, seen = Counter(titles.values()), Counter[str]()
    out = {}
    for name, title in titles.items():
        is_dropped = name != title
        seen[title] += is_dropped
        number = f" {seen[title]}" if seen[title] > 1 else ""
        where = f"dropped{number}" if is_dropped else "folder"
        out[name] = f"{title}, {where}" if counts[title] > 1 else title
    return out


def open_named(name: str) -> Opened:
    """Open a file by its name in a link.

    Raises: FileError: there is no file run.optviz here: drop it on the page
    """
    if not name or name != Path(name).name or name.startswith("."):
        raise FileError(f'"{name[:60]}" is no name of a file: choose one from the list')
    for folder in (find_folder(), find_dropped()):
        if folder is None:
            continue
        path = folder / name
        with suppress(OSError):
            if path.is_file():
                about = path.stat()
                return open_path(path, about.st_mtime_ns, about.st_size)
    raise FileError(f"there is no file {name[:60]} here: drop it on the page")


@lru_cache(maxsize=16)
def open_path(path: Path, _changed: int, _size: int) -> Opened:
    """Open a file, once for each state of it.

    Raises: FileError: run.optviz is broken (its header is cut off)
    """
    title = PREFIX.sub("", path.name)
    try:
        return Opened(path.name, title, open_file(path))
    except (ValueError, LookupError, TypeError, OSError, MemoryError) as error:
        why = str(error).replace(str(path), title) or type(error).__name__
        raise FileError(why) from error


def store_dropped(read: Callable[[int], bytes], name: str, folder: Path | None = None) -> Opened:
    """Store a file that was dropped, if it can be opened, and return it.

    `read` gives the next bytes, as the read of a stream does.

    Raises: FileError: the file is too large: at most 256 MB
    """
    folder = folder or find_dropped()
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name.replace("\\", "/")).name).strip(".-")[-80:]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=PART, dir=folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                digest = copy_stream(read, stream)
            open_path(Path(part), 0, os.stat(part).st_ino)  # refused before it is kept
            target = folder / f"{digest}-{clean or 'file'}"
            os.replace(part, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)
    except FileError as error:
        raise FileError(str(error).replace(Path(part).name, clean or "the file")) from error
    except OSError as error:
        raise FileError(
            f"the file cannot be kept ({error.strerror}): set OPTVIZ_CACHE to a folder with room"
        ) from error
    forget_oldest(folder)
    about = target.stat()
    return open_path(target, about.st_mtime_ns, about.st_size)


def copy_stream(read: Callable[[int], bytes], stream: BinaryIO) -> str:
    """Copy bytes to a file, and return a short name for them.

    Raises: FileError: the file is too large: at most 256 MB
    """
    found, size = blake2b(digest_size=8), 0
    while part := read(CHUNK):
        size += len(part)
        if size > MOST_BYTES:
            raise FileError(f"the file is too large: at most {MOST_BYTES >> 20} MB")
        found.update(part)
        stream.write(part)
    if not size:
        raise FileError("the file is empty")
    return found.hexdigest()


def forget_oldest(folder: Path) -> None:
    """Remove the oldest dropped files beyond KEPT_BYTES; the newest stays."""
    found = []
    with suppress(OSError):
        for each in folder.iterdir():
            with suppress(OSError):
                about = each.stat()
                found.append((about.st_mtime, about.st_size, each))
    total = 0
    for count, (_, size, path) in enumerate(sorted(found, key=lambda each: -each[0])):
        total += size
        if count and total > KEPT_BYTES:
            with suppress(OSError):
                path.unlink()
