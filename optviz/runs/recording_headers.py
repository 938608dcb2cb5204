"""The header of a recording's file, read with nothing in it believed unchecked."""

from __future__ import annotations

import json
import math
import os
import time
import warnings
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from optviz.runs.npz import RecordFileError
from optviz.runs.recording_files import (
    BROKEN_OFF,
    DTYPES,
    JSON_AT,
    LOGS,
    MAGIC,
    MOST_JSON,
    NAME_BYTES,
    PREFIX,
    RUNNING,
    VERSION,
    Layout,
    Prefix,
    find_rows,
    sum_prefix,
    sum_rest,
    sum_row,
)
from optviz.runs.sketches import Sketch

MOST_NAME, MOST_DIMS, MOST_NUMBERS = 1000, 64, 2**50


def make_header(
    blocks: tuple[tuple[str, tuple[int, ...]], ...], about: dict[str, Any], sketch: Sketch | None
) -> dict[str, Any]:
    """Return the header of a file, without the layout of its rows."""
    rest = dict(about)
    words = {key: str(rest.pop(key, "")) for key in ("label", "kind", "frozen")}
    dtypes = rest.get("dtypes", {})
    listed = [(name, shape, dtypes.get(name, "float32")) for name, shape in blocks]
    return words | {
        "blocks": listed,
        "seed": None if sketch is None else sketch.seed,
        "about": rest,
    }


def read_rows(
    file: str | Path, check: bool = True
) -> tuple[dict[str, Any], list[str], Prefix, Layout, np.ndarray]:
    """Return header, log names, prefix, layout and the raw rows (rows, size), a memmap.

    Raises: FileNotFoundError: there is no file run.optviz: give the file= of a recording
            RecordFileError: runs is a folder: give the file of a recording in it
            RecordFileError: run.optviz is no recording of optviz
            RecordFileError: run.optviz is broken (its header is cut off): record again
    """
    path = check_file(file)
    first, logs = read_start(path)
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if first[: len(MAGIC)] != MAGIC:
            raise RecordFileError(f"{path} is no recording of optviz: give a file of record()")
        if len(first) < PREFIX.size:
            raise make_error(path, "its header is cut off")
        _, version, length, used, every, end, checksum, own = PREFIX.unpack(first)
        if version not in (1, VERSION):
            hint = f"this optviz reads those up to {VERSION}: update optviz"
            raise RecordFileError(f"{path} has version {version}, {hint}")
        if length > MOST_JSON:
            raise make_error(path, f"its header claims {length} bytes")
        stream.seek(JSON_AT)
        text = stream.read(length)
    if len(text) < length or crc32(text) != checksum:
        raise make_error(path, "its header is cut off or changed")
    if every < 1 or every > 2**62 or end > BROKEN_OFF:
        raise make_error(path, f"it claims {every} steps between points and the end {end}")
    header, layout = read_header(path, text, version)
    names = read_log_names(path, logs)
    if check and version > 1 and own != sum_prefix(first, logs):
        why = f"{path} has changed at its start since it was written"
        raise RecordFileError(f"{why}: Recording.open(file, check=False) reads it as it is")
    rows = max(0, size - find_rows(length)) // layout.size
    rows = rows if version > 1 and end == RUNNING else min(used, rows)
    shape, start = (rows, layout.size), find_rows(length)
    # Copy on write: torch warns of arrays that cannot be written to, and the file must stay.
    raw = np.memmap(path, np.uint8, "c", start, shape) if rows else np.empty(shape, np.uint8)
    return header, names, Prefix(used, every, end), layout, raw


def read_start(path: Path) -> tuple[bytes, bytes]:
    """Return the prefix of a file and the names of its logged values, as bytes.

    While the file is written they may be read half old and half new: then they are read again.
    """
    first, logs = b"", b""
    for wait in (0, 1, 3, 10):
        time.sleep(wait / 1000)
        with path.open("rb") as stream:
            first, logs = stream.read(PREFIX.size), stream.read(LOGS * NAME_BYTES)
        if len(first) < PREFIX.size or PREFIX.unpack(first)[-1] == sum_prefix(first, logs):
            break
    return first, logs


def check_file(file: str | Path) -> Path:
    """Return the path of a file that is there."""
    if not isinstance(file, (str, os.PathLike)):
        raise ValueError(f"a recording is opened by the path of its file, got {file!r:.60}")
    path = Path(file)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}: give the file= of a recording")
    if path.is_dir():
        raise RecordFileError(f"{path} is a folder: give the file of a recording in it")
    return path


def read_header(path: Path, text: bytes, version: int) -> tuple[dict[str, Any], Layout]:
    """Return the header and the layout that the JSON of a file holds, all of it checked."""
    try:
        header = json.loads(text)
        for name in ("label", "kind", "frozen"):
            check_name(header[name])
        blocks = [(check_name(n), check_shape(s), check_name(d)) for n, s, d in header["blocks"]]
        buffers = [(check_name(n), check_dtype(d), check_shape(s)) for n, d, s in header["buffers"]]
        state = [check_name(name) for name in header["state"]]
        for names in ([n for n, *_ in blocks], [n for n, *_ in buffers], state):
            if len(set(names)) != len(names):
                raise ValueError("a name comes twice")
        count, width = sum(math.prod(shape) for _, shape, _ in blocks), header["width"]
        seed = header["seed"]
        if type(width) is not int or not (seed is None or type(seed) is int):
            raise ValueError("width and seed must be whole numbers")
        fits = width == count if seed is None else 0 < width < count and seed >= 0
        notes = header["about"].get("notes", [])
        if type(notes) is not list or not all(type(each) is str for each in notes):
            raise ValueError("its notes are no sentences")
        if not fits or not 0 < count <= MOST_NUMBERS:
            raise ValueError(f"{width} numbers of {count} parameters")
        layout = Layout(width, tuple(buffers), tuple(state), version)
        if layout.size > 8 * MOST_NUMBERS:
            raise ValueError(f"a row of {layout.size} bytes")
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise make_error(path, f"its header makes no sense: {str(error)[:80]}") from None
    return header | {"blocks": tuple(blocks)}, layout


def read_log_names(path: Path, logs: bytes) -> list[str]:
    """Return the names of the logged values."""
    cuts = range(0, len(logs), NAME_BYTES)
    try:
        names = [logs[cut : cut + NAME_BYTES].rstrip(b"\0").decode() for cut in cuts]
    except UnicodeDecodeError:
        raise make_error(path, "the name of a logged value is no text") from None
    names = names[: names.index("")] if "" in names else names
    if len(set(names)) != len(names):
        raise make_error(path, "two logged values have one name")
    return names


def check_name(name: Any) -> str:
    """Return a name of a header, refused if it is no short text."""
    if not isinstance(name, str) or len(name) > MOST_NAME:
        raise ValueError(f"a name must be a short text, got {name!r:.40}")
    return name


def check_dtype(dtype: Any) -> str:
    """Return a dtype of a header, refused if it is not one of plain numbers."""
    if dtype not in DTYPES:
        raise ValueError(f"a dtype must be one of {', '.join(DTYPES)}, got {dtype!r:.40}")
    return dtype


def check_shape(shape: Any) -> tuple[int, ...]:
    """Return a shape of a header, refused if it is negative or too large for any computer."""
    if not isinstance(shape, list) or len(shape) > MOST_DIMS:
        raise ValueError(f"a shape must be a list of numbers, got {shape!r:.40}")
    if not all(type(each) is int and 0 <= each <= MOST_NUMBERS for each in shape):
        raise ValueError(f"a shape must be a list of whole numbers, got {shape!r:.40}")
    if math.prod(shape) > MOST_NUMBERS:
        raise ValueError(f"the shape {shape!r:.40} is too large")
    return tuple(shape)


def choose_rows(step: np.ndarray, again: np.ndarray, every: int, end: int) -> np.ndarray:
    """Return the rows that are whole, one for each step in order.

    Of a recording that was not closed, those that its last thinning dropped are left out too.
    """
    whole = (step == again) & (step >= 0)
    if end == RUNNING and whole.any():
        whole &= (step % every == 0) | (step == step[whole].max())
    rows = np.flatnonzero(whole)
    return rows[np.unique(step[rows], return_index=True)[1]]


def drop_damaged(
    path: Path, raw: np.ndarray, layout: Layout, rows: np.ndarray, prefix: Prefix
) -> tuple[np.ndarray, list[str]]:
    """Return the rows whose checksum is theirs, and a sentence about the others.

    Where only the rest of a row is not as it was written, that is lost. In a recording that is not
    closed, that of the row under way may be half written.
    """
    columns, body = layout.view(raw), layout.body
    step, halves = columns["step"], find_halves(raw, layout, rows, prefix)
    is_right = np.array([sum_row(raw[i], body) == columns["checksum"][i] for i in rows], bool)
    bad = [f"row {row} (step {step[row]:,})" for row in rows[~is_right]]
    bad += [f"row {row}" for row in halves]
    if bad and not is_right.any():
        raise make_error(path, "no point is as it was written")
    notes, lost, rows = [], [], rows[is_right]
    has_rest = np.array([sum_rest(raw[i], body) == columns["rest"][i] for i in rows], bool)
    # The rest of a point is written after its step: only at every step two points wait for it.
    is_waiting = has_rest[-1:].all() and np.isnan(columns["rates"][rows[-1:], 2]).all()
    two = prefix.every == 1 and is_waiting
    latest = rows[-2 if two else -1 :] if prefix.end == RUNNING else ()
    for row, has_own in zip(rows, has_rest, strict=True):
        if not has_own:
            for name in ("logs", "rates", *(f"state {each}" for each in layout.state)):
                columns[name][row] = np.nan  # in memory: the file stays as it is
            lost += [] if row in latest else [f"row {row} (step {step[row]:,})"]
    for what, found in (("", bad), ("what was logged with ", lost)):
        if found:
            which = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if found[3:] else "")
            notes.append(f"{path.name} changed after it was written: {what}{which} is left out.")
            warnings.warn(notes[-1], stacklevel=3)
    return rows, notes


def find_halves(raw: np.ndarray, layout: Layout, rows: np.ndarray, prefix: Prefix) -> list[int]:
    """Return the rows with two steps that have changed: none of a recording has them.

    In one that is not closed a row may be half written, over one that the thinning had dropped, or
    while the rows were put in order: its first step is new, and its second not wanted any more.
    """
    columns = layout.view(raw)
    step, again, known = columns["step"], columns["again"], set(columns["step"][rows].tolist())
    found = []
    for row in np.flatnonzero(step != again):
        is_new = step[row] > max(known, default=-1) or int(step[row]) in known
        is_free = again[row] % prefix.every != 0 or int(again[row]) in known
        is_whole = sum_row(raw[row], layout.body) == columns["checksum"][row]
        if prefix.end != RUNNING or is_whole or not (is_new and is_free):
            found.append(int(row))
    return found


def forget_unknown(
    step: np.ndarray, rates: np.ndarray | None, state: dict[str, np.ndarray]
) -> list[str]:
    """Mark the averages of steps that were not recorded as unknown; return a sentence on them.

    Of a recording that is not closed the row of a point may be there, and in it no count: the step
    that leaves it was not made or not written, and the averages are those of an earlier point.
    """
    unknown = np.flatnonzero(np.isnan(rates[:, 2])) if rates is not None else ()
    if not len(unknown):
        return []
    for each in state.values():
        each[unknown] = np.nan  # in memory: the file stays as it is
    what = "learning rate and the optimizer's averages are" if state else "learning rate is"
    which = " and ".join(f"{each:,}" for each in step[unknown[-2:]])
    return [f"The {what} not known at step {which}: what followed is not in the file."]


def make_error(path: Path, why: str) -> RecordFileError:
    """Return the error of a broken file."""
    return RecordFileError(f"{path} is broken ({why}): record the training again")
