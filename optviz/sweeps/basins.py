"""Basin maps: which minimum each start of a grid reaches, and after how many steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.landscapes.grid import check_window
from optviz.landscapes.minima import find_minima
from optviz.problems.base import Problem, check_problem, find_title
from optviz.rules import Rule
from optviz.runs.loop import check_whole
from optviz.runs.outcomes import DIVERGED as LEFT
from optviz.runs.outcomes import STOPPED, reduce_runs
from optviz.specs import OptimizerSpec, Racer, format_label, format_spec, to_spec, unwrap_rule

ELSEWHERE, DIVERGED, NO_LOSS = -1, -2, -3
"""The ends of a run that is near no minimum."""
WORDS = {
    ELSEWHERE: "near no minimum",
    DIVERGED: "diverged",
    NO_LOSS: "no loss or derivative on its way",
}
NEAR = 0.04
"""The part of the window's shorter side within which a run has arrived."""
MOST_SIDE = 2001
"""Starts on each side of a grid, at most."""
APART = 0.45
"""The part of the least distance of two minima within which it is nearer to one of them."""


@dataclass(frozen=True, eq=False)
class BasinMap:
    """The minimum that an optimizer reaches from each start of a grid.

    Shapes: x (columns,), y (rows,); end, arrived and final (rows, columns); minima (k, 2).
    """

    label: str
    rule: str
    """The optimizer as links write it."""
    kind: str
    problem: str
    names: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    minima: np.ndarray
    within: float
    """A run is near a minimum that is at most so far away."""
    steps: int
    seed: int
    end: np.ndarray
    """The place in `minima` of the one near which the run ends; else -1, -2 where it diverged, -3
    where it met a point without a loss or a derivative."""
    arrived: np.ndarray
    """The step from which on the run stays near that minimum; -1 where there is none."""
    final: np.ndarray
    """The loss after the last step: inf where it diverged, nan without a loss."""
    bytes: int = 0
    """The memory that the runs took at once."""

    def share(self, end: int) -> float:
        """Return the share of the starts with an end: the place of a minimum, or -1, -2, -3."""
        return float((self.end == end).mean())

    def shares(self) -> dict[str, float]:
        """Return the share of each end that occurs, and of each minimum, in words."""
        rows = {
            f"minimum {i + 1} at {self.spell(i)}": self.share(i) for i in range(len(self.minima))
        }
        return rows | {word: self.share(end) for end, word in WORDS.items() if self.share(end)}

    def spell(self, place: int) -> str:
        """Return a minimum in words: (3, 2)."""
        return f"({', '.join(f'{each:.4g}' for each in self.minima[place] + 0.0)})"

    def to_text(self) -> str:
        """Return the shares as text for a terminal."""
        head = f"{self.label} on {self.problem}: {self.steps} steps from {self.end.size:,} starts"
        lines = [f"{share:>7.1%}  {word}" for word, share in self.shares().items()]
        steps = self.arrived[self.arrived >= 0]
        late = (
            f"\nhalf of those that arrive do so by step {np.median(steps):.0f}"
            if steps.size
            else ""
        )
        if not len(self.minima):
            late = "\nthere is no local minimum in the window"
        return f"{head}, arrived within {self.within:.3g}\n" + "\n".join(lines) + late

    def __repr__(self) -> str:
        rows, columns = self.end.shape
        return f"BasinMap({self.label!r} on {self.problem!r}: {columns} x {rows} starts)"

    def _repr_html_(self) -> str:
        """Return the picture's shares for a notebook."""
        from html import escape

        return "<pre>" + escape(self.to_text()) + "</pre>"


def basin_maps(
    problem: Problem,
    rules: str | Rule | Sequence[Racer],
    steps: int | Sequence[int] = 500,
    *,
    window: tuple[tuple[float, float], ...] | None = None,
    size: int = 101,
    minima: Any = None,
    within: float | None = None,
    seed: int = 0,
    on_step: Callable[[int, int], Any] | None = None,
) -> list[BasinMap]:
    """Return for each optimizer which minimum every start of a grid reaches.

    All starts of an optimizer are made in one run, with the same noise, and no path is kept.
    `steps` is one number or one for each optimizer. `minima` are the points to arrive at; None
    looks for them in the window. `within` is how near a run is that has arrived; None is 4 % of the
    window's shorter side, or less where two minima are close. `on_step(done, total)` is told the
    steps; what it raises stops the runs.

        from optviz import surface
        from optviz.sweeps import basin_maps

        for each in basin_maps(surface("himmelblau"), ["sgd:lr=0.01", "momentum:lr=0.01"]):
            print(each.to_text())

    Shapes: minima (k, 2)
    Raises: ValueError: a basin map needs 2 parameters, ratings has 133875
    """
    if (count := np.size(check_problem(problem).start)) != 2:
        raise ValueError(f"a basin map needs 2 parameters, {problem.name} has {count}")
    racers: list[Any] = [rules] if isinstance(rules, (str, Rule)) else list(rules)
    counts = [steps] * len(racers) if isinstance(steps, int) else list(steps)
    if len(counts) != len(racers):
        raise ValueError(f"steps must be one for each of {len(racers)} rules, got {len(counts)}")
    counts = [check_whole("steps", each) for each in counts]
    size = check_whole("size", size, low=2, high=MOST_SIDE)
    (left, right), (low, high) = check_window(problem, window)
    goals = find_minima(problem, window) if minima is None else read_points(minima)
    near = choose_radius(goals, min(right - left, high - low)) if within is None else float(within)
    x, y = np.linspace(left, right, size), np.linspace(low, high, size)
    settings = (problem, x, y, goals, near, check_whole("seed", seed, low=0))
    total, maps = sum(counts), []
    for place, (racer, each) in enumerate(zip(racers, counts, strict=True)):
        done = sum(counts[:place])
        tell = on_step and (lambda step, done=done: on_step(done + step, total))
        maps.append(make_basin_map(racer, each, *settings, tell))
    return maps


def make_basin_map(
    racer: Racer,
    steps: int,
    problem: Problem,
    x: np.ndarray,
    y: np.ndarray,
    minima: np.ndarray,
    within: float,
    seed: int,
    on_step: Callable[[int], Any] | None,
) -> BasinMap:
    """Return the map of one optimizer, all of its starts in one run."""
    rule, schedule, _ = to_spec(racer)
    made = reduce_runs(
        problem,
        rule,
        steps,
        start=np.stack(np.meshgrid(x, y)),
        seed=seed,
        schedule=schedule,
        losses=False,
        minima=minima,
        within=within,
        on_step=on_step,
    )
    near = np.full(made.ended.shape, ELSEWHERE) if made.minimum is None else made.minimum
    end = np.where(made.end == STOPPED, NO_LOSS, np.where(made.end == LEFT, DIVERGED, near))
    return BasinMap(
        label=format_label(OptimizerSpec(rule, schedule)),
        rule=format_spec(rule, schedule),
        kind=type(unwrap_rule(rule)).__name__.lower(),
        problem=find_title(problem),
        names=tuple(problem.names) or ("x", "y"),
        x=x,
        y=y,
        minima=minima,
        within=within,
        steps=steps,
        seed=seed,
        end=end,
        arrived=np.full(end.shape, -1) if made.arrived is None else made.arrived,
        final=made.final,
        bytes=made.bytes,
    )


def read_points(minima: Any) -> np.ndarray:
    """Return points as an array.

    Raises: ValueError: minima must be points (x, y), got 5
    """
    try:
        points = np.atleast_2d(np.array(minima, float))
    except (TypeError, ValueError):
        points = np.empty((0, 0))
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"minima must be points (x, y), got {minima!r:.60}")
    return points


def choose_radius(minima: np.ndarray, side: float) -> float:
    """Return how near a run is that has arrived: nearer to its minimum than to any other one."""
    if len(minima) < 2:
        return NEAR * side
    away = np.hypot(*(minima[:, None] - minima[None]).transpose(2, 0, 1))
    return min(NEAR * side, APART * float(away[np.triu_indices(len(minima), 1)].min()))
