"""Records as npz files: arrays and words, checked when read, nothing pickled."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np


class RecordFileError(ValueError):
    """A file that is not the record it should be; its text says which file and what to do."""


def write_record(
    file: str | Path, kind: str, words: dict[str, Any], arrays: dict[str, np.ndarray]
) -> Path:
    """Write a record and return its path; the file appears whole or not at all.

    `words` is what JSON can hold. Arrays are stored as they are: paths of float32 hardly shrink.

    Raises: ValueError: cannot store array 'rule' of dtype object
    """
    path = Path(file)
    for name, array in arrays.items():
        if array.dtype.kind not in "biufcU":
            raise ValueError(f"cannot store array {name!r} of dtype {array.dtype}")
    text = json.dumps(words, sort_keys=True)
    head = {"kind": np.array(kind), "version": np.array(1), "words": np.array(text)}
    head["checksum"] = np.array(_checksum(kind, text, arrays))
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            np.savez(stream, **head, **{f"array_{name}": array for name, array in arrays.items()})  # type: ignore[arg-type]
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def read_kind(file: str | Path, most: int) -> str:
    """Return what `write_record` stored, by its name, without reading the arrays.

    Raises: RecordFileError: run.npz holds 3 GB, more than the 1 GB that are read
    """
    path = Path(file)
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(each.file_size for each in packed.infolist())
        if size > most:
            told = f"{path} holds {size / 1e9:.3g} GB, more than the {most / 1e9:.3g} GB"
            raise RecordFileError(f"{told} that are read")
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            return str(data["kind"]) if "kind" in data.files else ""
    except (zipfile.BadZipFile, EOFError, KeyError, OSError, ValueError) as error:
        if isinstance(error, (RecordFileError, FileNotFoundError, PermissionError)):
            raise
        raise RecordFileError(f"{path} is neither a recording nor a file of optviz") from None


def read_record(
    file: str | Path, kind: str, *, unchecked: bool = False
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the words and the arrays that `write_record` stored.

    With `unchecked` a file that has words and arrays only, as it was written before there were
    kind and checksum, is read too.

    Raises: FileNotFoundError where there is no such file
            RecordFileError: run.npz is broken (its checksum does not fit): make it again
    """
    path = Path(file)
    try:
        # np.load leaves a file open that turns out to be broken, unless it is handed a stream.
        with path.open("rb") as stream:
            data = np.load(stream, allow_pickle=False)
            names = set(data.files) if isinstance(data, np.lib.npyio.NpzFile) else set()
            if unchecked and "words" in names and "kind" not in names:
                arrays = {name: data[name] for name in data.files}
                return json.loads(str(arrays.pop("words"))), arrays
            if not {"kind", "version", "words", "checksum"} <= names:
                raise RecordFileError(f"{path} is not a file written by optviz, expected a {kind}")
            found, version, text = str(data["kind"]), int(data["version"]), str(data["words"])
            arrays = {name[6:]: data[name] for name in data.files if name.startswith("array_")}
            checksum = str(data["checksum"])
    except (zipfile.BadZipFile, EOFError, KeyError, OSError, ValueError) as error:
        if isinstance(error, (RecordFileError, FileNotFoundError, PermissionError)):
            raise
        is_other = "contains pickled" in str(error)  # so numpy calls what is no npz at all
        why = "" if is_other else f" ({error})"
        raise RecordFileError(f"{path} is broken or no npz file{why}: make it again") from None
    if found != kind:
        raise RecordFileError(f"{path} holds a {found}, expected a {kind}")
    if version != 1:
        raise RecordFileError(f"{path} has version {version}, this optviz reads 1: update optviz")
    if checksum != _checksum(found, text, arrays):
        raise RecordFileError(f"{path} is broken (its checksum does not fit): make it again")
    return json.loads(text), arrays


def _checksum(kind: str, text: str, arrays: dict[str, np.ndarray]) -> str:
    """Return the sha256 of everything a record holds, as hex."""
    digest = hashlib.sha256(f"{kind}\n{text}".encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
