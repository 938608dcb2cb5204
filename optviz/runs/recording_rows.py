"""The rows of a recording under way: their number stays within a limit, evenly spaced."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from optviz.runs.recording_files import Layout, Prefix, find_moves


class MemoryRows:
    """Rows in memory that is taken from the system only as they are filled, each in its slot."""

    def __init__(self, layout: Layout, capacity: int):
        self.layout, self.prefix = layout, Prefix()
        self.raw = np.empty((capacity, layout.size), np.uint8)

    def mark(self, prefix: Prefix) -> None:
        """Note the steps between two points."""
        self.prefix = prefix

    def name_log(self, index: int, name: str) -> None:
        """Leave the names of logged values to the recorder."""

    def choose_place(self, slot: int, taken: Collection[int] = ()) -> int:
        """Return the index in `raw` at which the row of a slot is to be filled: the slot itself."""
        return slot

    def write(self, slot: int, place: int) -> None:
        """Leave a row where it was filled."""

    write_rest = write

    def close(self, slots: list[int], end: int) -> None:
        """Put the rows of these slots in order."""
        held = self.raw[0]
        for target, slot in find_moves(slots):
            if target < 0:
                held = self.raw[slot].copy()
            else:
                self.raw[target] = held if slot < 0 else self.raw[slot]
        self.raw, self.prefix = self.raw[: len(slots)], self.prefix._replace(end=end)


class Thinning:
    """The choice of the rows that stay: every k-th step, and k doubles when all places are taken.

    The rows that are dropped lie between others; their places are taken by later rows, so that no
    row is moved while a training waits.
    """

    def __init__(self, every: int, capacity: int):
        self.every, self.capacity = every, capacity
        self.slots: list[int] = []
        """The slots of the rows that stay, in the order of their steps."""
        self.steps: list[int] = []
        """The steps of those rows."""
        self._free: list[int] = []

    def is_due(self, step: int) -> bool:
        """Return True for a step whose point is to be recorded; drop rows where none is free."""
        while step % self.every == 0:
            if self._free or len(self.slots) < self.capacity:
                return True
            self._free = self.slots[1::2]
            self.slots, self.steps, self.every = self.slots[::2], self.steps[::2], 2 * self.every
        return False

    def choose_slot(self) -> int:
        """Return the slot that the next row is to be filled for."""
        return self._free[0] if self._free else len(self.slots)

    def add(self, step: int) -> None:
        """Count the slot as taken by the row of a step."""
        self.slots.append(self._free.pop(0) if self._free else len(self.slots))
        self.steps.append(step)

    def cut(self, step: int) -> None:
        """Drop the rows from a step on, which could not be written."""
        kept = sum(each < step for each in self.steps)
        self.slots, self.steps = self.slots[:kept], self.steps[:kept]


def find_free_memory() -> float | None:
    """Return the bytes of memory that are free; None where the system does not tell.

    Source: the Linux manual page proc_meminfo(5)
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = next(each for each in lines if each.startswith("MemAvailable"))
        return 1024.0 * int(found.split()[1])
    except (OSError, StopIteration, ValueError, IndexError):
        return None
