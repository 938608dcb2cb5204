"""The memory that work needs, and that the computer has free."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from optviz.runs.luggage import write_packed

WORKER_BYTES = 300_000_000
"""What a process takes before its first piece of work: Python, numpy and torch."""
MEMINFO, GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


class Counter(io.RawIOBase):
    """A file that counts what is written to it and keeps nothing."""

    count = 0

    def write(self, data: Any) -> int:
        """Count bytes."""
        size = memoryview(data).nbytes
        self.count += size
        return size


def measure_travel(thing: Any) -> int | None:
    """Return the bytes that something takes on its way to another process; None if it cannot go."""
    with suppress(Exception):
        counter = Counter()
        write_packed(thing, counter)
        return counter.count
    return None


def read_free_memory() -> int | None:
    """Return the bytes that are free for this process; None where the system does not say."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        lines = MEMINFO.read_text().splitlines()
        line = next((each for each in lines if each.startswith("MemAvailable")), "")
        found.append(1024 * int(line.split()[1]))
    with suppress(OSError, ValueError):  # the limit of a container
        limit, used = (int((GROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        found.append(limit - used)
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES"))
    return max(0, min(found)) if found else None


def read_peak_memory() -> int:
    """Return the most bytes that this process has had; 0 where the system does not say."""
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    return 0


def estimate_worker(travel: int, batch: int) -> int:
    """Return the bytes of a process to which some travel, for pieces of work of a size."""
    # What travels is there three times: what is sent, what has come, and what is made of it.
    return WORKER_BYTES + 3 * travel + batch


def check_memory(need: int, executor: Any = None, hint: str = "") -> None:
    """Refuse work that needs more bytes than are free.

    Raises: ValueError: this work needs about 12 GB, 8 GB are free: give fewer workers or free some
    """
    free = read_free_memory()
    if free is None or need <= free:
        return
    way = "freeze a part of the model" if executor is None else "give fewer workers"
    raise ValueError(
        f"this work needs about {need / 1e9:.3g} GB, {free / 1e9:.3g} GB are free: {hint or way} "
        "or free some"
    )
