"""Timing that a noisy machine does not fool: two things in turn, compared pair by pair."""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the report. Only a ratio with a limit can fail."""

    what: str
    found: str
    limit: str = ""
    ok: bool = True


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def best_seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some calls, after one that does not count."""
    work()
    return min(seconds(work) for _ in range(times))


def ratio(what: str, ours: Callable, theirs: Callable, limit: float, pairs: int = 15) -> Row:
    """Ours over theirs, the shortest of calls made in turn, and whether it keeps its limit.

    Other programs only ever add time, so the shortest is the truest. A ratio above the limit is
    taken again, at most four times: a burst of other work does not come back, a slow step does.
    """
    for warm_up in (ours, theirs):
        warm_up()
    found = float("inf")
    for _ in range(5):
        timed = [(seconds(ours), seconds(theirs)) for _ in range(pairs)]
        found = min(found, min(a for a, _ in timed) / min(b for _, b in timed))
        if found <= limit:
            break
    spread = sorted(a / b for a, b in timed)
    text = f"{found:.3f}  (single pairs {spread[0]:.3f} to {spread[-1]:.3f})"
    return Row(what, text, f"at most {limit:g}", found <= limit)


def machine() -> str:
    """What the figures were measured on."""
    name = platform.processor()
    with suppress(OSError), open("/proc/cpuinfo") as lines:
        models = (line.partition(":")[2] for line in lines if line.startswith("model name"))
        name = next(models, name).strip()
    return f"{os.cpu_count()} cores, {name}, Python {platform.python_version()}"
