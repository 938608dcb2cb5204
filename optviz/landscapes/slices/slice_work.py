"""The losses of a slice as pieces of work: here or by any executor, in memory that is there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from optviz.landscapes.memory import (
    check_memory,
    estimate_worker,
    measure_travel,
    read_free_memory,
    read_peak_memory,
)
from optviz.landscapes.refusals import check_calls, check_executor
from optviz.landscapes.slices.grounds import Ground, Mixture
from optviz.landscapes.slices.loss_pieces import (
    NUMBERS,
    PathPoints,
    Setting,
    compute_losses,
    has_shortcut,
    name_process,
    take_at_points,
    take_on_ground,
)
from optviz.problems.base import Problem
from optviz.problems.batches import split_range
from optviz.runs.luggage import Luggage, Piece
from optviz.runs.work import Here, WorkCanceledError, is_at_home, perform_pieces

CELL_BYTES = 100
"""What a point takes in the making besides its parameters: coordinates, losses, marks, order."""
FEW = 16
"""Points in a piece of work where each takes long."""
SHORTCUT_POINTS = 1400
"""Points taken at once by a problem's own shortcut where the work may be ended between."""
LONG_S = 8.0
"""Work that takes longer than this goes to processes, which take seconds to start."""
MANY = 100
"""Points from which on a shortcut is worth comparing with one direct evaluation."""
Work = tuple[Callable[..., dict[str, np.ndarray]], Any]
"""A function, and the coordinates or points that it takes the losses at."""


class SliceWork:
    """The computation of losses for one slice: where it is done, how far it is, what it took.

    Raises: ValueError: this work needs about 12 GB, 8 GB are free: give ...
    """

    def __init__(
        self,
        problem: Problem,
        ground: Ground,
        mixture: Mixture | None,
        total: int,
        *,
        executor: Executor | None = None,
        on_progress: Callable[[int, int], Any] | None = None,
        cancel: Callable[[], bool] | None = None,
        check: Callable[[], Any] | None = None,
    ):
        check_executor(executor)
        check_calls(on_progress=on_progress, cancel=cancel, check=check)
        self.setting = Setting(problem, ground, mixture, name_process())
        self.total, self.done, self.direct, self.alone = total, 0, 0.0, 0.0
        self.last = 0.0
        """Seconds of each point in the last piece: the first one warms up what it needs."""
        self.on_progress, self.cancel, self.check = on_progress, cancel, check
        self.has_shortcut = has_shortcut(problem, mixture)
        numbers = np.size(problem.start) + (mixture.size if mixture else 0)
        self.few = count_points(problem, numbers)
        self.is_whole = self.has_shortcut and not (executor or on_progress or cancel or check)
        self.executor, self.luggage = executor, None
        self.peak, self.batch = read_peak_memory(), estimate_batch(problem, ground, numbers)
        check_memory(estimate_memory(problem, ground, executor, numbers), executor)
        check_memory(CELL_BYTES * total, hint="give a smaller size")
        self.begun = time.monotonic()
        self.tell()

    def choose_executor(self) -> Executor | None:
        """Return who does the rest of the work; None stands for processes.

        Starting them takes seconds, and not every problem can travel to them or fits several times.
        """
        left = self.last * (self.total - self.done)
        problem = self.setting.problem
        if self.has_shortcut or left < LONG_S or getattr(problem, "device", "cpu") != "cpu":
            return Here()
        travel, grown = measure_travel(self.setting), read_peak_memory() - self.peak
        need = (os.cpu_count() or 1) * estimate_worker(travel or 0, self.batch + grown)
        return Here() if travel is None or need > (read_free_memory() or np.inf) else None

    def take(self, coords: np.ndarray, paths: Sequence[PathPoints] = ()) -> list[np.ndarray]:
        """Return the losses at coordinates of the ground, then those at the points of each path.

        Shapes: coords (points, d)
        Raises: WorkCanceledError: canceled after 120 of 2601 points
        """
        step = self.few
        if self.has_shortcut:
            step = max(1, len(coords)) if self.is_whole else SHORTCUT_POINTS
        # Those of one place along the first axis together: on a sheet they lie on one line.
        order = np.argsort(coords[:, 0], kind="stable")
        work: list[Work] = [
            (take_on_ground, coords[order[part]]) for part in split_range(len(coords), step)
        ]
        work += [(take_at_points, part) for each in paths for part in self.cut(each)]
        counts = [len(coords), *(len(each.points) for each in paths)]
        on_ground, *at_points = np.split(self.perform(work), np.cumsum(counts)[:-1])
        losses = np.empty(len(coords))
        losses[order] = on_ground
        return [losses, *at_points]

    def cut(self, path: PathPoints) -> Iterator[PathPoints]:
        """Yield the points of a path in pieces: a long one in a file is never read whole."""
        for rows in split_range(len(path.points), self.few):
            buffers = path.buffers and {name: each[rows] for name, each in path.buffers.items()}
            yield PathPoints(path.points[rows], buffers)

    def perform(self, work: list[Work]) -> np.ndarray:
        """Return the losses of all work, in its order."""
        if self.executor is not None:
            outcomes = self.spread(work, self.executor)
        else:
            outcomes = self.spread(work[:2], Here())
            outcomes += self.spread(work[2:], self.choose_executor())
        return np.concatenate([np.empty(0), *(each["losses"] for each in outcomes)])

    def spread(self, work: list[Work], executor: Executor | None) -> list[Any]:
        """Return the outcomes of work that an executor, or None for processes, performs."""
        setting: Any = self.setting
        if not is_at_home(executor):
            self.luggage = setting = self.luggage or Luggage(
                self.setting, self.setting.problem.name
            )
        try:
            return perform_pieces(
                [Piece(function, (setting, part)) for function, part in work],
                executor=executor,
                on_outcome=self.note,
                cancel=self.is_canceled,
                quick_s=-1.0,
            )
        except WorkCanceledError as error:
            raise WorkCanceledError(f"canceled after {self.done} of {self.total} points") from error

    def note(self, _place: int, outcome: dict[str, np.ndarray]) -> None:
        """Note what a piece of work took."""
        self.done += len(outcome["losses"])
        self.direct += float(outcome["seconds"])
        self.alone = float(outcome.get("alone", self.alone))
        self.last = float(outcome["seconds"]) / max(1, len(outcome["losses"]))
        self.tell()

    def tell(self) -> None:
        """Tell how many points are done."""
        if self.on_progress is not None:
            self.on_progress(self.done, self.total)

    def is_canceled(self) -> bool:
        """Check whether to end; an exception of `check` ends the work as well."""
        if self.check is not None:
            self.check()
        return self.cancel is not None and bool(self.cancel())

    def estimate_left(self) -> float:
        """Return about how many seconds the rest of the work takes."""
        return (time.monotonic() - self.begun) / max(1, self.done) * (self.total - self.done)

    def finish(self) -> str:
        """Say how long the work took, and about how long it would take point by point."""
        seconds = time.monotonic() - self.begun
        words = f"{self.done:,} points, {say_seconds(seconds)}"
        if self.on_progress is not None and self.done < self.total:
            self.on_progress(self.done, self.done)
        if self.total < MANY:
            return words
        each = self.alone if self.has_shortcut else self.direct / self.done
        if not each:
            begun = time.perf_counter()
            compute_losses(self.setting.problem, np.asarray(self.setting.problem.start)[None])
            each = time.perf_counter() - begun
        return f"{words}; point by point about {say_seconds(each * self.total)}"


def move_problem(problem: Any, device: str | None) -> Problem:
    """Return a problem whose losses are computed on a device.

    Raises: ValueError: ratings is computed by numpy: leave out device=
    """
    if device is None:
        return problem
    if not hasattr(problem, "move"):
        raise ValueError(f"{problem.name} is computed by numpy: leave out device=")
    return problem.move(device)


def count_points(problem: Problem, numbers: int) -> int:
    """Return the points in a piece of work, each of which takes some numbers."""
    few = max(1, NUMBERS // numbers)
    return few if problem.is_vectorized else min(few, FEW)


def estimate_batch(problem: Problem, ground: Ground, numbers: int) -> int:
    """Return the bytes of the points of a piece of work: as made, in the dtype of the problem."""
    each = ground.copies * np.dtype(float).itemsize + 2 * np.asarray(problem.start).itemsize
    return count_points(problem, numbers) * numbers * each


def estimate_memory(
    problem: Problem, ground: Ground, executor: Executor | None = None, numbers: int | None = None
) -> int:
    """Return the bytes that a slice needs besides problem and ground, in all processes together.

    What the problem itself takes to compute one loss is not part of it. Of an executor that does
    not tell its workers, such as a cluster elsewhere, one is counted.
    """
    batch = estimate_batch(problem, ground, numbers or np.size(problem.start))
    if executor is None or is_at_home(executor):
        return batch
    travel = measure_travel((problem, ground)) or 0
    return getattr(executor, "_max_workers", 1) * estimate_worker(travel, batch)


def say_seconds(seconds: float) -> str:
    """Return a time in words: 0.8 s, 12 s, 5 min."""
    if seconds >= 120:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
