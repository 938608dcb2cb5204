"""What optviz keeps on disk: how much that is, its bounds, and its removal.

Only what optviz itself wrote is counted or removed: it is known by its name and its content. What
changed within a day belongs to work that may be under way.
"""

import logging
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from optviz.movielens.catalog import SETS
from optviz.movielens.ratings import MovieLensError
from optviz.movielens.verification import is_published

DATA_BYTES = 2 << 30
"""Bytes of data sets kept; those that GroupLens publishes make 0.7 GB together."""
IDLE_S = 86_400
"""Age at which what a process left half done belongs to one that was killed."""
COMMENT = b"packed by optviz"
"""The comment of a zip that optviz packed itself."""

_RANDOM = "[a-z0-9_]{8}"
_LEFT = (
    (r"\..+\.part", None),
    (rf"\.part-{_RANDOM}(-old)?", None),
    (rf"server-{_RANDOM}|optviz-jobs-{_RANDOM}", rf"stop|[a-z]+-[0-9a-f]{{16}}-{_RANDOM}"),
    (r"\.seen-[0-9a-f]{32}", None),
    (rf"optviz-pip-{_RANDOM}", r"pip\.txt|.*\.whl"),
)
"""Names of unfinished work, and of all that may be in its folder."""
_log = logging.getLogger("optviz")


class Kept(NamedTuple):
    """Something that optviz keeps: a data set, a result or a leftover."""

    kind: str
    path: Path
    bytes: int
    changed: float
    """The time of its last change, in seconds."""

    @property
    def name(self) -> str:
        """The name of a data set, the folder's of something else."""
        return self.path.stem if self.kind == "data set" else self.path.name


def list_kept(folder: Path) -> list[Kept]:
    """Return what is kept in the cache and, of unfinished work, in the temporary folder."""
    results = [each for inner in sorted(folder.glob("*")) for each in _list_results(inner)]
    return [*_list_data(folder), *results, *_list_leftovers(folder)]


def remove(kept: list[Kept]) -> list[Kept]:
    """Remove things and return those that are gone."""
    for each in kept:
        if each.path.is_dir():
            shutil.rmtree(each.path, ignore_errors=True)
        else:
            with suppress(OSError):
                each.path.unlink(missing_ok=True)
    return [each for each in kept if not each.path.exists()]


def make_room(folder: Path, name: str, size: int) -> None:
    """Make room for a data set: the oldest that can be fetched again go first.

    Raises: MovieLensError: no room for mine (0.4 GB): your data takes 1.9 GB of at most 2.1 GB; ...
    """
    others = [each for each in _list_data(folder) if each.name != name]
    own = sum(each.bytes for each in others if each.name not in SETS)
    if own + size > DATA_BYTES:
        most, taken = format_bytes(DATA_BYTES), format_bytes(own)
        raise MovieLensError(
            f"no room for {name} ({format_bytes(size)}): your data takes {taken} of at most {most}"
            "; `optviz data --clean` removes it, and load(path) needs no copy"
        )
    total = sum(each.bytes for each in others) + size
    for each in sorted(others, key=lambda kept: kept.changed):
        if total > DATA_BYTES and each.name in SETS and remove([each]):
            total -= each.bytes
            _log.warning("removed %s, the oldest data, to make room for %s", each.path, name)


def remove_leftovers(folder: Path) -> list[Kept]:
    """Remove what processes left that were killed."""
    return remove(list(_list_leftovers(folder)))


def format_bytes(count: int) -> str:
    """Return a number of bytes in words, such as 4.9 MB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _list_data(folder: Path) -> Iterator[Kept]:
    """Yield the data sets that optviz fetched or packed, and no other zip."""
    for path in sorted(folder.glob("*.zip")):
        if path.is_file() and not path.is_symlink() and _is_ours(path):
            yield _measure("data set", path)


def _is_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            if packed.comment == COMMENT:
                return True
        return path.stem in SETS and is_published(path, path.stem)
    except (OSError, zipfile.BadZipFile, MovieLensError):
        return False


def _list_results(folder: Path) -> Iterator[Kept]:
    """Yield the results in a folder, each in one that is named by a digest."""
    for path in sorted(folder.glob("*/result.json")):
        if re.fullmatch("[0-9a-f]{16}", path.parent.name) and not path.parent.is_symlink():
            yield _measure("result", path.parent)


def _list_leftovers(folder: Path) -> Iterator[Kept]:
    """Yield unfinished work of this user in which nothing has changed for a day."""
    temporary = Path(tempfile.gettempdir())
    own = os.getuid() if hasattr(os, "getuid") else None
    for path in [*folder.glob(".*"), *folder.glob("*/*"), *temporary.glob("optviz-*")]:
        for name, inner in _LEFT:
            if path.is_symlink() or not re.fullmatch(name, path.name):
                continue
            with suppress(OSError):
                entries = os.listdir(path) if inner else []
                is_own = own is None or path.stat().st_uid == own
                kept = _measure("leftover", path)
                known = all(re.fullmatch(str(inner), entry) for entry in entries)
                if is_own and known and time.time() - kept.changed > IDLE_S:
                    yield kept


def _measure(kind: str, path: Path) -> Kept:
    """Return how large a file or a folder is, and when it last changed."""
    size, changed = 0, 0.0
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        with suppress(OSError):  # it went meanwhile
            found = each.lstat()
            size += 0 if each.is_dir() else found.st_size
            changed = max(changed, found.st_mtime)
    return Kept(kind, path, size, changed)
