"""Timing that a slow or busy machine does not fool: two works in turn, compared within one run."""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

TRIES = 5
"""How often a ratio is taken until it keeps its limit: a burst of other work does not come back, a
slow step does."""


class Row(NamedTuple):
    """One line of the report. Only a ratio or a count with a limit can fail."""

    what: str
    found: str
    limit: str = ""
    ok: bool = True


def measure_seconds(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_work(work: Callable[[], object]) -> float:
    """Return the processor seconds that one call takes: other programs hardly add to them."""
    start = process_time()
    work()
    return process_time() - start


def measure_best_seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the seconds of the shortest of some calls, after one that does not count."""
    work()
    return min(measure_seconds(work) for _ in range(times))


def tell(what: str, found: float, asked: float, unit: str) -> Row:
    """Return a time beside what is asked of a quiet machine; it cannot fail."""
    kept = "kept" if found <= asked else "missed"
    return Row(what, f"{found:.3g} {unit}   asked: at most {asked:g} {unit}, {kept}")


def gate(what: str, found: float, limit: float, note: str = "") -> Row:
    """Return a ratio or a count that fails above its limit."""
    return Row(what, f"{found:.3g}{note}", f"at most {limit:g}", found <= limit)


def compare(
    what: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    limit: float,
    *,
    pairs: int = 15,
    by: Callable[[Any], float] = min,
    unit: str = "",
) -> Row:
    """Gate ours over theirs, two amounts measured in turn, which a unit has told too.

    `by` sums up the amounts of each: the least, as other programs only ever add, or the median
    where a disturbance is what is measured.
    """
    tried = []
    while not tried or (min(tried)[0] > limit and len(tried) < TRIES):
        amounts = [(ours(), theirs()) for _ in range(pairs)]
        first, second = (by(each) for each in zip(*amounts, strict=True))
        told = f"{first:.3g} {unit}, and {second:.3g} {unit}; " if unit else ""
        spread = sorted(a / b for a, b in amounts)
        note = f"  ({told}single pairs {spread[0]:.3f} to {spread[-1]:.3f})"
        tried.append((first / second, note))
    found, note = min(tried)
    return gate(what, found, limit, note)


def compare_work(
    what: str, ours: Callable, theirs: Callable, limit: float, *, pairs: int = 15
) -> Row:
    """Gate the processor time of one call over another's, after one of each that does not count."""
    for warm_up in (ours, theirs):
        warm_up()
    return compare(
        what, lambda: measure_work(ours), lambda: measure_work(theirs), limit, pairs=pairs
    )


def do_fixed_work() -> None:
    """Take 2,000 steps of Adam on Rosenbrock as any textbook writes them.

    It is the yardstick of what has no twin to be compared with: a mixture of Python and small
    arrays, as a server's, that knows nothing of optviz and so stays the same as optviz changes.
    """
    point, grad_avg, sqr_avg = np.array([-1.2, 1.0]), np.zeros(2), np.zeros(2)
    for step in range(1, 2001):
        x, y = point
        grad = np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])
        grad_avg = 0.9 * grad_avg + 0.1 * grad
        sqr_avg = 0.999 * sqr_avg + 0.001 * grad * grad
        unbiased = grad_avg / (1 - 0.9**step), sqr_avg / (1 - 0.999**step)
        point = point - 0.05 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)


def describe_machine() -> str:
    """Return what the figures were measured on."""
    name = platform.processor()
    with suppress(OSError), open("/proc/cpuinfo") as lines:
        models = (line.partition(":")[2] for line in lines if line.startswith("model name"))
        name = next(models, name).strip()
    return f"{os.cpu_count()} cores, {name}, Python {platform.python_version()}"
