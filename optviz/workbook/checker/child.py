"""A check in a process of its own, which is ended where it needs too much time or memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from optviz.workbook.checker.comparison import TOLERANCE
from optviz.workbook.checker.package import WorkbookError, load_file
from optviz.workbook.checker.report import Report, check, check_tolerance

try:
    import resource
except ImportError:  # Windows, where time alone is limited
    resource = None

MOST_SECONDS = 30
"""Processor time of one check; the course's workbook takes half a second."""
MOST_WAIT = 4
"""Times that as long by the clock, on a machine that has other work."""
MOST_MEMORY = 1_000_000_000
"""Bytes of memory of one check; the course's workbook takes 80 MB."""
LOOK_S = 0.05
"""Time between two looks at the memory, where the system does not limit it."""
TOO_LONG = f"takes more than {MOST_SECONDS} s: too much for a check"
TOO_MUCH = f"needs more than {MOST_MEMORY // 10**6} MB of memory: too much for a check"


def check_apart(
    source: str | Path | bytes,
    *,
    as_shipped: bool = False,
    tolerance: float = TOLERANCE,
    nice: int = 0,
) -> Report:
    """Check a file as `check` does, in a process of its own with limits of time and memory.

    `nice` lowers the priority of that process, where there are priorities.

    Raises: WorkbookError: course.xlsx takes more than 30 s: too much for a check
            ValueError: tolerance must be a number above 0 and below 1, got -1
    """
    check_tolerance(tolerance)
    name, _ = load_file(source)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=answer_check, args=(theirs, nice), daemon=True)
    child.start()
    theirs.close()
    try:
        with suppress(OSError):  # it has ended already
            ours.send((source, as_shipped, tolerance))
        if ours.poll(MOST_WAIT * MOST_SECONDS):
            answer = ours.recv()
        else:
            answer = WorkbookError(f"{name} {TOO_LONG}")
    except EOFError:
        child.join()
        is_late = child.exitcode == -getattr(signal, "SIGXCPU", 0)
        answer = WorkbookError(f"{name} {TOO_LONG if is_late else TOO_MUCH}")
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(answer, Exception):
        raise answer
    return answer


def answer_check(line: Connection, nice: int) -> None:
    """Check the file that the parent sends; answer with the report, or with why there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    if hasattr(os, "nice"):
        os.nice(nice)
    limit_process()
    source, as_shipped, tolerance = line.recv()
    name = "this file" if isinstance(source, bytes) else str(source)
    answer: Any
    try:
        answer = check(source, as_shipped=as_shipped, tolerance=tolerance)
    except MemoryError:
        answer = WorkbookError(f"{name} {TOO_MUCH}")
    except (ValueError, OSError) as error:
        answer = error
    line.send(answer)


def limit_process() -> None:
    """Limit time and memory of this process: by the system, memory by a look now and then too."""
    if resource is None:
        return
    for what, size in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with suppress(OSError, ValueError):  # a lower limit is there already, or none can be set
            resource.setrlimit(what, (size, resource.getrlimit(what)[1]))
    threading.Thread(target=watch_memory, daemon=True).start()


def watch_memory() -> None:
    """End this process once it uses too much memory: not every system heeds its limit."""
    while read_memory() < MOST_MEMORY:
        time.sleep(LOOK_S)
    os._exit(1)


def read_memory() -> int:
    """Return the bytes that this process holds in memory.

    Linux tells the largest size of a process from before it became one: that of its parent.
    """
    assert resource is not None
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
