"""A search at points one after another, each begun near the last, here or by an executor."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from typing import Any, Protocol

import numpy as np

from optviz.landscapes.curvature.lanczos import NUMBERS, EndsTracker, NotFiniteError
from optviz.landscapes.memory import check_memory, estimate_worker, measure_travel
from optviz.landscapes.refusals import check_calls, check_executor
from optviz.runs.luggage import Piece
from optviz.runs.outcomes import use_one_thread
from optviz.runs.work import WorkCanceledError, is_at_home, perform_pieces

BAND = 16
"""Points of one piece of work for an executor; its first takes two to four times as long."""
DEEP = 60
"""Vectors that a search keeps at most."""


class Search(Protocol):
    """A search for numbers at places, each begun where the last one ended."""

    tracker: EndsTracker

    def measure(self, place: Any) -> Sequence[float]:
        """Return the numbers at a place.

        Raises: NotFiniteError: the path is not finite at step 340
        """
        ...


def follow_points(
    search: Search,
    places: Sequence[Any],
    size: int,
    *,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[np.ndarray, str]:
    """Return what a search finds at places, and why it ends before the last; "" where it does not.

    An executor is given bands of places, each of which begins anew: what is found there differs
    from what one search finds by no more than its tolerance. `size` is the number of parameters.

    Shapes: the result is (places, numbers)
    Raises: WorkCanceledError: canceled after 30 of 225 points; ValueError: this work needs about
        12 GB, 8 GB are free: give fewer workers or free some
    """
    check_executor(executor)
    check_calls(on_progress=on_progress, cancel=cancel)
    check_memory(estimate_memory(search, size, executor), executor)
    total, done = len(places), 0

    def note(count: int) -> None:
        nonlocal done
        done += count
        if on_progress is not None and count:
            on_progress(done, total)

    if executor is None:
        outcome = measure_places(search, places, note, cancel)
        return outcome["rows"], outcome["ended"]
    bands = [places[cut : cut + BAND] for cut in range(0, total, BAND)]
    try:
        outcomes: list[Any] = perform_pieces(
            [Piece(measure_band, (search, each, os.getpid())) for each in bands],
            executor=executor,
            on_outcome=lambda _, each: note(len(each["rows"])),
            cancel=cancel,
        )
    except WorkCanceledError as error:
        raise WorkCanceledError(f"canceled after {done} of {total} points") from error
    search.tracker.products += sum(each["products"] for each in outcomes)
    ends = [place for place, each in enumerate(outcomes) if each["ended"]]
    outcomes = outcomes[: ends[0] + 1] if ends else outcomes
    found = [each["rows"] for each in outcomes if len(each["rows"])]
    return np.concatenate(found or [np.empty(0)]), outcomes[-1]["ended"]


def measure_band(search: Any, places: Sequence[Any], home: int) -> dict[str, Any]:
    """Return what a search that begins anew finds at places."""
    own = copy.copy(search)
    own.tracker = search.tracker.begin_anew()
    with nullcontext() if os.getpid() == home else use_one_thread():
        return measure_places(own, places)


def measure_places(
    search: Search,
    places: Sequence[Any],
    note: Callable[[int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Return what a search finds at places, how many products it took, and why it ends early."""
    rows: list[Any] = []
    ended = ""
    for place in places:
        if cancel is not None and cancel():
            raise WorkCanceledError(f"canceled after {len(rows)} of {len(places)} points")
        try:
            rows.append(search.measure(place))
        except NotFiniteError as error:
            ended = str(error)
            break
        if note is not None:
            note(1)
    return {"rows": np.array(rows), "products": search.tracker.products, "ended": ended}


def estimate_memory(search: Search, size: int, executor: Executor | None = None) -> int:
    """Return the bytes that the vectors of a search take, in all processes together."""
    vectors = 2 * np.dtype(float).itemsize * min(max(NUMBERS, 8 * size), DEEP * size)
    if executor is None or is_at_home(executor):
        return vectors
    travel = measure_travel(search) or 0
    return getattr(executor, "_max_workers", 1) * estimate_worker(travel, vectors)
