"""The file of a recording: a header and rows of fixed size, which opens after a killed process.

A file begins with a prefix of 64 bytes, the names of the logged values and a header in JSON; raw
rows follow, one for each point. Every row carries its step before and after the point: half a row
is found out, and rows may lie in any order; and checksums, so that a byte that changed is found
out. What belongs to the step that leaves a point comes after it and is written when it is known. A
row that the thinning dropped is written over by a later one. Nothing is unpickled, and no number in
a file is believed that its size does not bear out.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zlib import crc32

import numpy as np

MAGIC = b"optviz recording"
VERSION = 2
"""Rows of version 1 have no rates and no checksum, and its prefix none: they are read as well."""
PREFIX = struct.Struct("<16sIIQQIII12x")
"""Magic, version, bytes of JSON, rows in use, steps between points, end, checksum of the JSON, and
one of these numbers and the names of the logged values."""
LOGS, NAME_BYTES = 16, 64
"""The most values that can be logged with a point, and the bytes for the name of one."""
JSON_AT = PREFIX.size + LOGS * NAME_BYTES
MOST_JSON = 16_000_000
RUNNING, CLOSED, BROKEN_OFF = 0, 1, 2
"""The end of a recording: none yet, or its process was killed; closed; closed by an exception."""
DTYPES = ("<f2", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "|b1", "<c8", "<c16")
"""The dtypes that a buffer may have in a file."""
BLOCK = 512
"""The numbers of eight bytes that a checksum adds up before it is taken."""


class Prefix(NamedTuple):
    """The numbers at the start of a file that change while it is written."""

    used: int = 0
    """The number of rows once the file is closed; before, those that are there."""
    every: int = 1
    """The steps between two points."""
    end: int = RUNNING


@dataclass(frozen=True)
class Layout:
    """The places of a point's numbers in its row of bytes.

    Shapes: a row is step, buffers, values (width,), checksum, step again, logs (16,), rates (3,),
        each state (width,), checksum of the rest; the rates are the learning rate and beta1 of the
        step that leaves the point, and how many there are with it
    """

    width: int
    """The number of values of a point: its parameters, or those of its sketch."""
    buffers: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    """Name, dtype and shape of each buffer."""
    state: tuple[str, ...] = ()
    """The names of the optimizer's averages, each with a number for every parameter."""
    version: int = VERSION

    def list_columns(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Return key, dtype and shape of each column of a row, in order."""
        buffers = [(f"buffer {name}", dtype, shape) for name, dtype, shape in self.buffers]
        state = [(f"state {name}", "<f4", (self.width,)) for name in self.state]
        step, again, logs = ("step", "<i8", ()), ("again", "<i8", ()), ("logs", "<f8", (LOGS,))
        values = ("values", "<f4", (self.width,))
        if self.version == 1:
            return [step, logs, *buffers, values, *state, again]
        sums = ("checksum", "<u8", ()), ("rest", "<u8", ())
        point = [step, *buffers, values, sums[0], again]
        return [*point, logs, ("rates", "<f8", (3,)), *state, sums[1]]

    @cached_property
    def body(self) -> int:
        """The bytes of a row up to its second step; those after it are the rest."""
        rest = count_bytes("<f8", (LOGS + 4,)) + len(self.state) * count_bytes("<f4", (self.width,))
        return self.size - rest

    @cached_property
    def size(self) -> int:
        """The bytes of a row."""
        return sum(count_bytes(dtype, shape) for _, dtype, shape in self.list_columns())

    def view(self, raw: np.ndarray) -> dict[str, np.ndarray]:
        """Return the columns of rows of bytes (rows, size), each (rows, *shape), without a copy."""
        columns, start = {}, 0
        for key, dtype, shape in self.list_columns():
            kind, stop = np.dtype(dtype), start + count_bytes(dtype, shape)
            part = raw[:, start : start + math.prod(shape) * kind.itemsize]
            columns[key] = part.view(kind).reshape(len(raw), *shape)
            start = stop
        return columns


def count_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Return the bytes of a column in a row: those of its numbers, and a gap up to 8 bytes."""
    return -(-math.prod(shape) * np.dtype(dtype).itemsize // 8) * 8


def check_target(file: Any, overwrite: bool) -> Path:
    """Return the path of a file that can be made.

    Raises: FileExistsError: run.optviz exists: give another file, or pass overwrite=True
            FileNotFoundError: there is no folder runs: make it first
            ValueError: file must be the path of a file to write, got 3
    """
    if not isinstance(file, (str, os.PathLike)) or not str(file):
        raise ValueError(f"file must be the path of a file to write, got {file!r:.60}")
    path = Path(file)
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give the path of a file in it")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists: give another file, or pass overwrite=True")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first")
    return path


def sum_bytes(part: np.ndarray, start: int = 0) -> int:
    """Return the checksum of bytes in a row.

    Of many it is the CRC-32 of the sums of each 512 numbers of eight bytes: ten times as fast as
    that of all, and a change of one of them is always found.
    """
    if len(part) <= 8 * BLOCK:
        return crc32(part.data, start)
    numbers = part.view("<u8")
    return crc32(np.add.reduceat(numbers, np.arange(0, len(numbers), BLOCK)).data, start)


def sum_row(row: np.ndarray, body: int) -> int:
    """Return the checksum of a row's point (size,), up to where the checksum stands."""
    return sum_bytes(row[: body - 16])


def sum_rest(row: np.ndarray, body: int) -> int:
    """Return the checksum of the rest of a row, and of its step."""
    return sum_bytes(row[body:-8], int(row[:4].view("<u4")[0]))


class RowFile:
    """A file of rows while it is written.

    Rows are filled in `raw` (2, size), and then written to their slots.

    Raises: FileExistsError: run.optviz exists: give another file, or pass overwrite=True
    """

    def __init__(self, file: str | Path, header: dict[str, Any], layout: Layout, overwrite: bool):
        self.path, self.layout = check_target(file, overwrite), layout
        self.raw = np.zeros((2, layout.size), np.uint8)
        words = {"width": layout.width, "buffers": layout.buffers, "state": layout.state}
        text = json.dumps(header | words).encode()
        if len(text) > MOST_JSON:
            raise ValueError(f"the names of the tensors take {len(text)} bytes: record fewer")
        if overwrite:  # not cut off: a recording that is open may still read the file of this name
            self.path.unlink(missing_ok=True)
        self.stream: BinaryIO = self.path.open("x+b", buffering=0)
        self.words, self.prefix = (len(text), crc32(text)), Prefix()
        self.names = bytearray(LOGS * NAME_BYTES)
        self.start = find_rows(len(text))
        self._write(JSON_AT, text)
        self._write(JSON_AT + len(text), bytes(self.start - JSON_AT - len(text)))
        self.mark(self.prefix)

    def mark(self, prefix: Prefix) -> None:
        """Write the prefix and the names: at once, as its checksum is that of both."""
        size, checksum = self.words
        self.prefix = prefix
        names = bytes(self.names)
        self._write(0, pack_prefix(size, prefix, checksum, names) + names)

    def name_log(self, index: int, name: str) -> None:
        """Write the name of a logged value."""
        place = slice(index * NAME_BYTES, (index + 1) * NAME_BYTES)
        self.names[place] = name.encode().ljust(NAME_BYTES, b"\0")
        self.mark(self.prefix)

    def choose_place(self, slot: int, taken: Collection[int] = ()) -> int:
        """Return an index in `raw` at which a row may be filled: the first where it can be."""
        return int(0 in taken)

    def write(self, slot: int, place: int) -> None:
        """Write the row at a place of `raw` to a slot."""
        row, body = self.raw[place], self.layout.body
        row[body - 16 : body - 8].view("<u8")[0] = sum_row(row, body)
        row[-8:].view("<u8")[0] = sum_rest(row, body)
        self._write(self.start + slot * self.layout.size, row.data)

    def write_rest(self, slot: int, place: int) -> None:
        """Write the rest of the row at a place of `raw`, whose point is in its slot."""
        row, body = self.raw[place], self.layout.body
        row[-8:].view("<u8")[0] = sum_rest(row, body)
        self._write(self.start + slot * self.layout.size + body, row[body:].data)

    def read(self, slot: int) -> np.ndarray:
        """Return the row in a slot."""
        self.stream.seek(self.start + slot * self.layout.size)
        return np.frombuffer(self.stream.read(self.layout.size), np.uint8)

    def close(self, slots: list[int], end: int) -> None:
        """Put the rows of these slots in order, cut off the rest and close the file."""
        held = np.empty(0, np.uint8)
        for target, slot in find_moves(slots):
            row = self.read(slot) if slot >= 0 else held
            if target < 0:
                held = row
            else:
                self._write(self.start + target * self.layout.size, row.data)
        self.mark(self.prefix._replace(used=len(slots), end=end))
        self.stream.truncate(self.start + len(slots) * self.layout.size)
        self.stream.close()

    def _write(self, place: int, data: Any) -> None:
        """Write all of some bytes at a place."""
        self.stream.seek(place)
        rest = memoryview(data)
        while len(rest):
            rest = rest[self.stream.write(rest) :]


def pack_prefix(size: int, prefix: Prefix, checksum: int, names: bytes) -> bytes:
    """Return the prefix of a file whose JSON has a size and a checksum."""
    numbers = (MAGIC, VERSION, size, *prefix, checksum)
    return PREFIX.pack(*numbers, sum_prefix(PREFIX.pack(*numbers, 0), names))


def sum_prefix(packed: bytes, names: bytes) -> int:
    """Return the checksum of a prefix, of all that stands before it, and of the names after it."""
    return crc32(names, crc32(packed[: PREFIX.size - 16]))


def find_moves(slots: list[int]) -> list[tuple[int, int]]:
    """Return the moves (to, from) that bring the rows of slots to 0, 1, 2, ...; -1 is the hand.

    A place is written only when the row in it has been moved or is not wanted.
    """
    source, wanted, moves = dict(enumerate(slots)), set(slots), []
    free = [each for each in source if each not in wanted]
    for start in [*free, *source]:
        if source.get(start) == start:
            del source[start]
        if start not in source:
            continue
        place, is_cycle = start, start in wanted
        if is_cycle:
            moves.append((-1, start))
        while place in source:
            slot = source.pop(place)
            moves.append((place, -1 if is_cycle and slot == start else slot))
            place = slot
    return moves


def find_rows(size: int) -> int:
    """Return where the rows begin after that many bytes of JSON."""
    return -(-(JSON_AT + size) // 64) * 64
