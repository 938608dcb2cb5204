"""Pieces of work: done here or by any executor, kept in a store, canceled without loss."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pickle import PicklingError
from typing import Any

from optviz.runs.luggage import Luggage, Piece, Trip, explain_stay, pack_shared, perform_alone
from optviz.runs.store import Arrays, StoreFullError, TrialStore

QUICK_S = 2.0
"""Work goes to processes once it has taken so long here."""
LOOK_S = 0.1
"""Time between two questions whether to cancel."""
TRIES = 3
"""How often processes are started where some are ended from outside."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class WorkCanceledError(RuntimeError):
    """The work was canceled; what was finished is in the store."""


class WorkersLostError(OSError):
    """Worker processes were ended from outside again and again."""


class Here(Executor):
    """An executor that does each piece at once in this thread."""

    def shutdown(self, wait: bool = True, **_: Any) -> None:
        """End, which needs nothing."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do the piece and return its outcome."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def perform_pieces(
    pieces: Sequence[Piece],
    *,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    on_outcome: Callable[[int, Arrays], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    quick_s: float | None = None,
) -> list[Arrays]:
    """Return the outcome of each piece, in their order.

    Without an executor the work is done here while it is quick, and by processes of one thread
    each after 2 s, or `quick_s`. Each outcome is kept in the store as soon as it is there; what the
    store has is not done again. `on_progress(done, total)` is told the pieces,
    `on_outcome(place, outcome)` each outcome; `cancel()` that returns True ends the work. A store
    that is full is told once, as a warning. Threads do one piece at a time; what goes to another
    process goes as bytes, so that no two of them share memory.

    Raises: WorkCanceledError: canceled after 3 of 8 pieces; WorkersLostError: worker processes were
        ended from outside 3 times, perhaps for want of memory: take smaller work
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ValueError(f"executor must be one of concurrent.futures, got {executor!r:.60}")
    with open_store(store) as kept:
        work = Work(pieces, kept, on_progress, on_outcome, cancel)
        work.find_kept()
        if executor is not None:
            work.spread_given(executor)
        else:
            work.perform_quick(QUICK_S if quick_s is None else quick_s)
            work.spread_processes()
        return work.outcomes


@contextmanager
def open_store(store: TrialStore | str | Path | None) -> Iterator[TrialStore | None]:
    """Open a store named by its path and close it in the end; one that is open stays so."""
    if store is None or isinstance(store, TrialStore):
        yield store
        return
    with TrialStore(store) as kept:
        yield kept


def start_processes() -> Executor:
    """Return processes of one thread each, one a core, that go on for the next work.

    They run scripts without a main guard, and functions that were typed in a notebook.
    """
    if not find_spec("joblib"):
        return Here()
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(os.cpu_count(), env=ONE_THREAD, timeout=60)


def is_at_home(executor: Any) -> bool:
    """Check whether an executor works in this process."""
    return isinstance(executor, (Here, ThreadPoolExecutor))


def submit(executor: Executor, piece: Piece, luggage: dict[int, Luggage]) -> Future[Arrays]:
    """Give a piece of work to an executor: to another process as bytes, to threads one by one."""
    if isinstance(executor, Here):
        return executor.submit(piece.perform, *piece.arguments)
    if is_at_home(executor):
        return executor.submit(perform_alone, piece)
    return executor.submit(Trip(piece, luggage))


def read_outcome(future: Future[Arrays]) -> Arrays:
    """Return the outcome of a piece of work.

    Raises: ValueError: the work cannot go to another process (...): define its classes and
        functions at the top of a file
    """
    try:
        return future.result()
    except (PicklingError, AttributeError, TypeError) as error:
        if "pickle" not in str(error).lower():
            raise
        raise ValueError(explain_stay("the work", error)) from error


class Work:
    """Pieces of work under way."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        store: TrialStore | None,
        on_progress: Callable[[int, int], Any] | None,
        on_outcome: Callable[[int, Arrays], Any] | None,
        cancel: Callable[[], bool] | None,
    ):
        self.pieces, self.store = pieces, store
        self.on_progress, self.on_outcome, self.cancel = on_progress, on_outcome, cancel
        self.outcomes: list[Any] = [None] * len(pieces)
        self.pending: dict[Future[Any], int] = {}

    @property
    def todo(self) -> list[int]:
        """The places of the pieces that are not done."""
        return [place for place, each in enumerate(self.outcomes) if each is None]

    def find_kept(self) -> None:
        """Take what the store has."""
        for place, piece in enumerate(self.pieces):
            found = self.store.get(piece.key) if self.store is not None and piece.key else None
            if found is not None:
                self.note(place, found)
        self.tell()

    def perform_quick(self, quick_s: float) -> None:
        """Do pieces here until that has taken too long."""
        begun = time.monotonic()
        for place in self.todo:
            if time.monotonic() - begun > quick_s:
                return
            self.check()
            piece = self.pieces[place]
            self.take(place, piece.perform(*piece.arguments))

    def spread_given(self, executor: Executor) -> None:
        """Let the executor that was given do what is left."""
        try:
            self.spread(executor)
        except BrokenExecutor as error:
            raise WorkersLostError(f"the executor lost its workers ({error})") from error

    def spread_processes(self) -> None:
        """Let processes do what is left, in the place of which others come where some are lost."""
        for _ in range(TRIES):
            if not self.todo:
                return
            executor: Any = start_processes()
            try:
                self.spread(executor)
            except BrokenExecutor:
                continue
            except BaseException:  # such as Ctrl-C: what runs is given up
                executor.shutdown(wait=False, kill_workers=True)
                raise
        if self.todo:
            raise WorkersLostError(
                f"worker processes were ended from outside {TRIES} times, perhaps for want of "
                "memory: take smaller work"
            )

    def spread(self, executor: Executor) -> None:
        """Let an executor do what is left."""
        todo = self.todo
        luggage = {} if is_at_home(executor) else pack_shared(self.pieces[at] for at in todo)
        try:
            for place in todo:
                self.check()
                self.pending[submit(executor, self.pieces[place], luggage)] = place
                self.collect(0.0)
            while self.pending:
                self.check()
                self.collect(LOOK_S)
        finally:
            for future in self.pending:
                future.cancel()
            self.pending.clear()

    def collect(self, timeout: float) -> None:
        """Take what has been finished within a time."""
        done = wait(self.pending, timeout, FIRST_COMPLETED).done
        for future in sorted(done, key=lambda each: each.exception() is not None):
            self.take(self.pending.pop(future), read_outcome(future))

    def take(self, place: int, outcome: Arrays) -> None:
        """Take the outcome of a piece and keep it."""
        self.note(place, outcome)
        if self.store is not None and self.pieces[place].key:
            try:
                self.store.put(self.pieces[place].key, outcome)
            except StoreFullError as error:
                self.store = None
                warnings.warn(f"{error}: the work goes on without it", stacklevel=2)
        self.tell()

    def note(self, place: int, outcome: Arrays) -> None:
        """Note an outcome."""
        self.outcomes[place] = outcome
        if self.on_outcome is not None:
            self.on_outcome(place, outcome)

    def tell(self) -> None:
        """Tell how many pieces are done."""
        if self.on_progress is not None:
            self.on_progress(len(self.pieces) - len(self.todo), len(self.pieces))

    def check(self) -> None:
        """End the work where it was canceled."""
        if self.cancel is not None and self.cancel():
            self.collect(0.0)
            total = len(self.pieces)
            raise WorkCanceledError(f"canceled after {total - len(self.todo)} of {total} pieces")
