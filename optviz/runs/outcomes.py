"""Outcomes of many runs: losses, targets, arrivals and ends, kept without their paths."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from optviz.problems.base import Problem
from optviz.rules import Rule
from optviz.runs.loop import PreparedRun, prepare_run
from optviz.runs.recorder import MOST_BYTES
from optviz.schedules import Schedule

NEVER = -1
"""The step of what did not happen."""
WORKING = 6
"""Arrays of the size of the params that a step needs besides them and the averages."""


Reduced = TypeVar("Reduced", bound="Reducer")
ENDS = FINISHED, DIVERGED, STOPPED = 0, 1, 2
"""Made all its steps; left the finite numbers; met a point without a loss or a derivative."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcome of each of many runs; a run ends at its first value that is not finite.

    Shapes: all but bytes (*runs,); reached (targets, *runs). A step of what did not happen is -1.
    """

    first: np.ndarray
    """The loss at the start; nan where only the ends were asked for."""
    final: np.ndarray
    """The loss after the last step; inf where the run ended before, nan where that was for want of
    a derivative."""
    end: np.ndarray
    """The kind of the end: one of ENDS."""
    ended: np.ndarray
    """The step at which it did; where the losses were not asked for a diverging run may go on for a
    step after its first infinite loss."""
    best: np.ndarray | None = None
    """The lowest loss of all steps; None unless it was asked for."""
    reached: np.ndarray | None = None
    """The first step at which the loss is at most each target."""
    minimum: np.ndarray | None = None
    """The place in the list of minima of the one near which the run ends."""
    arrived: np.ndarray | None = None
    """The step from which on it stays near that minimum."""
    bytes: int = 0
    """The memory that the runs took."""


def reduce_runs(
    problem: Problem,
    rule: Rule,
    steps: int = 100,
    *,
    start: Any = None,
    seed: Any = 0,
    schedule: Schedule | None = None,
    losses: bool = True,
    targets: Sequence[float] = (),
    minima: Any = (),
    within: float = 0.0,
    on_step: Callable[[int], Any] | None = None,
) -> Outcomes:
    """Make the runs of `run` without a record, and return what became of each.

    Start, array hyperparameters and seeds make many runs, as for `run`. With `losses` the loss of
    every step is computed, for `best` and `targets`; without, that of the ends alone. Near a
    minimum is nearer than `within`.

    Shapes: start (n, *runs); minima (k, n)
    Raises: ValueError: these runs need 12.3 GB: take fewer at once
    """
    prepared = prepare_run(problem, rule, steps, start=start, seed=seed, schedule=schedule)
    size = estimate_bytes(prepared.params, prepared.state)
    if size > MOST_BYTES:
        raise ValueError(f"these runs need {size / 1e9:.3g} GB: take fewer at once")
    reducer: Any = Reducer(prepared, targets if losses else None, minima, within)
    prepared.make_steps(reducer, on_step)
    return reducer.finish(size)


def reduce_alone(prepared: PreparedRun, make_reducer: Callable[[PreparedRun], Reduced]) -> Reduced:
    """Make a single run and return its reducer, for which it is many runs that are one.

    It ends where it leaves the finite numbers, while one of many would go on. Torch takes one
    thread, whose sums are the same on every machine.
    """
    reducer: Any = make_reducer(prepared._replace(params=prepared.params[:, None]))
    with use_one_thread():
        prepared.make_steps(Single(reducer))
    return reducer


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Give torch one thread within a block, where it is loaded at all."""
    torch: Any = sys.modules.get("torch")
    before = torch and torch.get_num_threads()
    try:
        if torch:
            torch.set_num_threads(1)
        yield
    finally:
        if torch:
            torch.set_num_threads(before)


def estimate_bytes(params: np.ndarray, state: Any) -> int:
    """Return the memory that runs need at once: params, averages and what a step computes."""
    return params.nbytes * (1 + WORKING) + sum(np.size(each) * params.itemsize for each in state)


class Reducer:
    """The reductions of runs under way, in the place of a recorder.

    It needs the loss of each `every`-th point, and without targets (None) that of the ends alone.
    """

    def __init__(
        self,
        prepared: PreparedRun,
        targets: Sequence[float] | None,
        minima: Any,
        within: float,
        every: int = 1,
    ):
        self.problem, runs = prepared.problem, prepared.params.shape[1:]
        self.kept, self.points = range(prepared.steps), 0
        self.every = every if targets is not None else None
        self.before: tuple[Any, Any] | None = None
        """The point before and the gradient of the step that left it."""
        self.has_loss = False
        """True where the loss of the point before was taken."""
        self.first, self.final = np.full(runs, np.nan), np.full(runs, np.nan)
        self.best, self.runs_on = np.full(runs, np.inf), np.ones(runs, bool)
        self.end, self.ended = np.full(runs, FINISHED), np.full(runs, NEVER)
        self.targets = np.asarray(targets or (), float)
        self.reached = np.full((len(self.targets), *runs), NEVER)
        self.minima, self.square = np.asarray(minima, float), float(within) ** 2
        code = np.min_scalar_type(-1 - len(self.minima))
        self.near, self.arrived = np.zeros(runs, code), np.zeros(runs, int)
        """The minimum nearby, counted from the last one (0: none), and since when."""
        self.room = np.empty(runs), np.empty(runs), np.empty(runs, bool), np.empty(runs, code)

    @property
    def needs_losses(self) -> bool:
        """True where the loss of the next point is wanted."""
        return self.every is not None and self.points % self.every == 0

    def add(
        self,
        step: int,
        params: np.ndarray,
        loss: Any,
        lr: Any = None,
        grad: Any = None,
        state: Any = None,
        sample_loss: Any = None,
        buffers: Any = None,
    ) -> None:
        """Take in the point after `step` steps; the loss is None where it was not computed."""
        # Most steps end no run: one sum tells so.
        if not (np.isfinite(params.sum()) and (loss is None or np.isfinite(np.sum(loss)))):
            self._take_ends(step, params, loss)
        if loss is not None:
            is_wide = np.shape(loss) == self.ended.shape
            self._take_losses(step, loss if is_wide else np.broadcast_to(loss, self.ended.shape))
        if len(self.minima):
            self._take_point(step, params)
        self.points += 1
        self.before, self.has_loss = (params, grad), loss is not None

    def _take_ends(self, step: int, params: np.ndarray, loss: Any) -> None:
        is_there = np.isfinite(params).all(axis=0)
        ends = self.runs_on & ~(is_there if loss is None else is_there & np.isfinite(loss))
        if not ends.any():
            return
        final, has_loss = np.where(ends, np.inf, self.final), np.ones(ends.shape, bool)
        if loss is not None:
            has_loss &= ~(is_there & np.isnan(loss))
        if self.before is not None:
            point, grad = self.before
            lacks = ends & ~is_there & np.isnan(grad).any(axis=0)
            before = np.zeros(ends.shape) if self.has_loss else self.problem.loss(point)
            has_loss &= ~(lacks & ~np.isposinf(before))
            final[lacks & np.isfinite(before)] = np.nan
        self.final = final
        self.end[ends] = np.where(has_loss, DIVERGED, STOPPED)[ends]
        self.ended[ends] = step
        self.runs_on &= ~ends

    def _take_losses(self, step: int, loss: np.ndarray) -> None:
        if not self.points:
            self.first = np.array(loss, float)
        np.copyto(self.final, loss, where=self.runs_on)
        np.minimum(self.best, loss, out=self.best, where=self.runs_on)
        for target, reached in zip(self.targets, self.reached, strict=True):
            hits = (loss <= target) & self.runs_on
            if hits.any():
                reached[hits & (reached == NEVER)] = step

    def _take_point(self, step: int, params: np.ndarray) -> None:
        square, away, is_near, code = self.room
        near = np.zeros_like(self.near)
        for place, minimum in enumerate(self.minima):
            for axis, (value, middle) in enumerate(zip(params, minimum, strict=True)):
                to = away if axis else square
                np.subtract(value, middle, out=to)
                np.multiply(to, to, out=to)
                if axis:
                    np.add(square, away, out=square)
            # Arithmetic is faster than a mask; of several minima the first listed counts.
            np.less_equal(square, self.square, out=is_near)
            np.multiply(is_near.view(np.int8), near.dtype.type(len(self.minima) - place), out=code)
            np.maximum(near, code, out=near)
        np.copyto(self.arrived, step, where=np.not_equal(near, self.near, out=is_near))
        self.near = near

    def finish(self, size: int) -> Outcomes:
        """Return what became of the runs."""
        has_minima, is_near = len(self.minima) > 0, self.near > 0
        minimum = np.where(is_near, len(self.minima) - self.near.astype(int), NEVER)
        return Outcomes(
            first=self.first,
            final=self.final,
            end=self.end,
            ended=self.ended,
            best=self.best if self.every is not None else None,
            reached=self.reached if len(self.targets) else None,
            minimum=minimum if has_minima else None,
            arrived=np.where(is_near, self.arrived, NEVER) if has_minima else None,
            bytes=size,
        )


class Single:
    """The recorder of a single run for a reducer of many, which is given one."""

    def __init__(self, reducer: Reducer):
        self.reducer, self.kept = reducer, reducer.kept

    @property
    def needs_losses(self) -> bool:
        """True where the loss of the next point is wanted."""
        return self.reducer.needs_losses

    @property
    def points(self) -> int:
        """The number of points so far."""
        return self.reducer.points

    def add(self, step: int, params: np.ndarray, loss: Any, *rest: Any, **more: Any) -> None:
        """Take in the point after `step` steps; of the rest, the gradient."""
        loss = None if loss is None else np.array([loss], float)
        grad = rest[1] if len(rest) > 1 else more.get("grad")
        self.reducer.add(step, params[:, None], loss, grad=None if grad is None else grad[:, None])
