"""Finished pieces of work in one SQLite file, found again by their content."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any
from zipfile import BadZipFile

import numpy as np

import optviz
from optviz.code_text import read_code
from optviz.extras import load_package

Arrays = dict[str, np.ndarray]
"""The outcome of a piece of work."""
CACHED = "trials.sqlite"
"""The name of the store in a cache folder."""
MARK = 0x6F707476
"""The number by which SQLite knows a store of trials."""
TABLE = "CREATE TABLE IF NOT EXISTS trials (key TEXT PRIMARY KEY, arrays BLOB NOT NULL)"
LIBRARIES = {"optviz", "numpy", "torch", *sys.stdlib_module_names} - {"__main__"}
PATIENCE_S = 30.0
"""Time for which another process may hold the file."""


class NoStoreError(ValueError):
    """A file is there that is no store of trials; its text says why."""


class StoreFullError(OSError):
    """A finished piece of work could not be written; its text says why."""


class TrialStore:
    """Arrays by key in one SQLite file; each is there whole or not at all, after a kill too.

    Raises: NoStoreError: notes.txt is no store of trials (file is not a database): name another
        file; ValueError: no/kept.sqlite cannot be opened as a store of trials: unable to open ...
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self.connection = sqlite3.connect(self.path, timeout=PATIENCE_S)
            with self.connection:
                self._claim_file()
        except sqlite3.OperationalError as error:
            raise ValueError(
                f"{self.path} cannot be opened as a store of trials: {error}"
            ) from None
        except sqlite3.Error as error:
            said = f"{self.path.name} is no store of trials ({error}): name another file"
            raise NoStoreError(said) from None

    def _claim_file(self) -> None:
        """Make a new file a store; refuse a database of another kind."""
        (mark,) = self.connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mark != MARK and tables:
            raise sqlite3.DatabaseError("it is a database of another kind")
        self.connection.execute(f"PRAGMA application_id = {MARK}")
        self.connection.execute(TABLE)

    def get(self, key: str) -> Arrays | None:
        """Return the arrays of a key; None where there are none, or damaged ones."""
        query = "SELECT arrays FROM trials WHERE key = ?"
        try:
            row = self.connection.execute(query, (key,)).fetchone()
            if row is None:
                return None
            with closing(np.load(io.BytesIO(row[0]), allow_pickle=False)) as file:
                return {name: file[name] for name in file.files}
        except (sqlite3.Error, BadZipFile, ValueError, OSError, EOFError, TypeError):
            return None

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep arrays under a key.

        Raises: StoreFullError: race.sqlite cannot take more trials (database or disk is full)
        """
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)  # type: ignore[arg-type]
        try:
            with self.connection:
                row = key, buffer.getvalue()
                self.connection.execute("INSERT OR REPLACE INTO trials VALUES (?, ?)", row)
        except sqlite3.Error as error:
            raise StoreFullError(f"{self.path.name} cannot take more trials ({error})") from None

    def __len__(self) -> int:
        return self.connection.execute("SELECT count(*) FROM trials").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> TrialStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find_cached_store(folder: Path) -> Path:
    """Return the store of a cache folder; a broken one is set aside, as trials.broken.sqlite."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CACHED
    try:
        TrialStore(path).close()
    except NoStoreError:
        path.replace(path.with_name(f"{path.stem}.broken{path.suffix}"))
    return path


def make_key(*parts: Any) -> str:
    """Return a text that names the content of some values, the same in every process.

    Values are those that can travel to another process. Torch modules count by their numbers,
    functions and classes from elsewhere by their own text. The key is another one after any change
    of optviz, so that nothing is found that it would make otherwise now.
    Source: joblib.hash, with tensors as arrays: what torch writes of them differs each time.
    Raises: MissingPackageError: a store of trials needs joblib: pip install "optviz[app]"
    """
    hashing = load_package("joblib.hashing", "a store of trials", "app")
    tensor: Any = getattr(sys.modules.get("torch"), "Tensor", ())

    class ContentHasher(hashing.NumpyHasher):
        def save(self, obj: Any) -> None:
            if tensor and isinstance(obj, tensor):
                obj = type(obj).__name__, obj.requires_grad, obj.detach().cpu().numpy()
            elif isinstance(obj, (type, FunctionType)) and is_own(obj):
                obj = list_code(obj)
            super().save(obj)

    return ContentHasher(hash_name="sha1").hash((hash_code(), np.__version__, parts))


def is_own(thing: Any) -> bool:
    """Return True for a function or a class of the user's."""
    return thing.__module__.partition(".")[0] not in LIBRARIES


def list_code(thing: Any) -> tuple[str, ...]:
    """Return the text of a function, or of a class and its bases; a name where there is none."""
    every = thing.__mro__ if isinstance(thing, type) else (thing,)
    texts = []
    for each in every:
        texts.append(f"{each.__module__}.{each.__qualname__}")
        if is_own(each):
            with suppress(OSError, TypeError):  # such as a class of an interactive session
                texts.append(read_code(each))
    return tuple(texts)


@cache
def hash_code() -> str:
    """Return the checksum of optviz's own code."""
    code, folder = sha256(), Path(optviz.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        code.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return code.hexdigest()
