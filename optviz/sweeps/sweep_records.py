"""The record of a sweep of two hyperparameters, and the reductions that fill it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.runs.outcomes import FINISHED, NEVER, Reducer
from optviz.runs.store import Arrays

REGIMES = MONOTONE, RIPPLES, OSCILLATING, DIVERGING = (
    "monotone",
    "ripples",
    "oscillating",
    "diverging",
)
DONE = 1e-12
"""A run has converged where the gap to the lowest loss is this part of the first one."""


@dataclass(frozen=True, eq=False)
class SweepMap:
    """The outcome of an optimizer at each pair of values of two hyperparameters.

    Shapes: x (columns,), y (rows,); final, best and reached (seeds, rows, columns); rate, regime
    and diverged (rows, columns); border (points, 2) in x and y.
    """

    label: str
    kind: str
    problem: str
    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    steps: int
    seeds: tuple[int, ...]
    target: float
    """The loss of `reached`."""
    final: np.ndarray
    """The loss after the last step: inf where the run ended before, nan without a derivative."""
    best: np.ndarray
    """The lowest of the losses that were taken: those of all steps unless `every` is above 1."""
    reached: np.ndarray
    """The first step with a loss of at most the target, of those with a loss; -1 where none is."""
    rate: np.ndarray
    """The mean factor of a step on the gap to the lowest loss, of the first seed: up to the step at
    which the gap is at most 1e-12 of the first one; above 1 where it grew, nan where unknown."""
    regime: np.ndarray
    """The place in REGIMES of the first seed's run: the loss never rises; it rises at times; most
    steps turn back against the step before; it is above the first loss at the end."""
    diverged: np.ndarray
    """The share of the seeds whose run ends above its first loss, or before its last step."""
    border: np.ndarray | None
    """The largest stable lr by theory, on quadratics; None where it knows none, or where
    neither hyperparameter is lr."""
    bytes: int = 0
    """The memory that the runs took at once."""
    every: int = 1
    """The loss is taken after every so many steps, and at the end."""

    @property
    def median(self) -> np.ndarray:
        """The median over the seeds of the final loss, inf where half of them diverged."""
        return np.median(np.where(np.isnan(self.final), np.inf, self.final), axis=0)

    @property
    def steps_to_target(self) -> np.ndarray:
        """The median over the seeds of the steps to the target, inf where half of them miss it."""
        return np.median(np.where(self.reached == NEVER, np.inf, self.reached), axis=0)

    def find_best(self) -> tuple[float, float]:
        """Return the pair of values with the lowest median of the final loss."""
        row, column = np.unravel_index(np.argmin(self.median), self.median.shape)
        return float(self.x[column]), float(self.y[row])

    def to_text(self) -> str:
        """Return what the map says as text for a terminal."""
        x, y = self.find_best()
        share = float((self.diverged > 0.5).mean())
        return (
            f"{self.label} on {self.problem}: {self.steps} steps at {self.x.size} x {self.y.size} "
            f"values of {self.x_name} and {self.y_name}, {len(self.seeds)} seed"
            f"{'s' * (len(self.seeds) > 1)}\n"
            f"lowest median of the final loss {self.median.min():.6g} at {self.x_name}={x:.4g}, "
            f"{self.y_name}={y:.4g}\n{share:.1%} of the pairs diverge for most seeds"
        )

    def __repr__(self) -> str:
        size = f"{self.x.size} x {self.y.size}"
        return (
            f"SweepMap({self.label!r} on {self.problem!r}: {size} of {self.x_name}, {self.y_name})"
        )


class SweepReducer(Reducer):
    """The reductions of a sweep: those of many runs, and how the runs of the first seed move."""

    def __init__(self, prepared: Any, targets: list[float], floor: float, every: int = 1):
        super().__init__(prepared, targets, (), 0.0, every)
        self.floor, runs = floor, prepared.params.shape[2:]
        self.counted, self.flips, self.gap_step = (np.zeros(runs, np.int32) for _ in range(3))
        self.has_risen = np.zeros(runs, bool)
        self.has_converged, self.last_gap = np.zeros(runs, bool), np.full(runs, np.nan)
        self.update: np.ndarray | None = None
        self.spare: np.ndarray | None = None
        """The room of the update before the last."""
        self.loss: np.ndarray | None = None

    def add(self, step: int, params: np.ndarray, loss: Any, *rest: Any, **more: Any) -> None:
        """Take in the point after `step` steps."""
        if loss is not None and np.shape(loss) != params.shape[1:]:
            loss = np.broadcast_to(loss, params.shape[1:])
        own = None if loss is None else loss[0]
        is_open = self.runs_on[0] > self.has_converged
        if own is not None:
            is_open &= np.isfinite(own)
        if self.before is not None:
            update = np.subtract(params[:, 0], self.before[0][:, 0], out=self.spare)
            self.counted += is_open
            if self.update is not None:
                products = np.multiply(update, self.update, out=self.update)
                self.flips += is_open & (products.sum(axis=0) < 0)
            self.spare, self.update = self.update, update
        if own is not None:
            self._take_loss(own, is_open)
        super().add(step, params, loss, *rest, **more)

    def _take_loss(self, own: np.ndarray, is_open: np.ndarray) -> None:
        gap = own - self.floor
        if self.loss is None:
            self.first_gap, self.done_gap = gap, DONE * gap
        else:
            self.has_risen |= is_open & (own > self.loss)
            np.copyto(self.last_gap, gap, where=is_open)
            np.copyto(self.gap_step, self.counted, where=is_open)
            self.has_converged |= is_open & (gap <= self.done_gap)
        self.loss = own

    def describe(self) -> Arrays:
        """Return what became of each run; of those of the first seed the rate and the regime."""
        made = self.finish(0)
        assert made.best is not None
        assert made.reached is not None
        rose = (made.end != FINISHED) | ~(made.final <= made.first)
        with np.errstate(all="ignore"):
            part = np.where(self.last_gap <= 0, DONE, self.last_gap / self.first_gap)
            rate = np.where(self.gap_step > 0, part ** (1 / np.maximum(self.gap_step, 1)), np.nan)
        rate = np.where(made.end[0] == FINISHED, rate, np.inf)
        turns = 2 * self.flips > np.maximum(self.counted - 1, 1)
        quiet = ~self.has_risen & ~turns
        regime = np.where(turns, REGIMES.index(OSCILLATING), REGIMES.index(RIPPLES))
        regime = np.where(quiet, REGIMES.index(MONOTONE), regime)
        return {
            "final": made.final,
            "best": made.best,
            "reached": made.reached[0],
            "rose": rose,
            "rate": rate,
            "regime": np.where(rose[0], REGIMES.index(DIVERGING), regime),
        }
