"""What rules race on, with a budget of steps: problems here, trainings of models elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.base import Problem, check_problem, find_title
from optviz.runs.loop import check_whole
from optviz.runs.outcomes import NEVER, reduce_runs
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.hyper_maps import find_lowest
from optviz.sweeps.sweep_records import DONE
from optviz.sweeps.trials import set_trials

TARGETS = "easy", "middle", "hard"
"""The targets of a workload, which says itself how much of the first loss they leave."""


class Levels(NamedTuple):
    """The losses between which a workload's targets lie."""

    lowest: float
    """The lowest loss that is known."""
    first: float
    """The median over the seeds of the loss of the starts."""


@dataclass(frozen=True, eq=False)
class Trials:
    """The results of trials of a rule on a workload.

    Shapes: final (seeds, trials), the seeds that choose before those that report; reached (targets,
    seeds, trials).
    """

    final: np.ndarray
    """The loss after the last step, inf where the run ended before; on problems whose lowest loss
    is known all losses within 1e-12 of the way from it to the first one count alike, as that one: a
    race is not about rounding."""
    reached: np.ndarray
    """The first step at which the loss is at most each target; inf where it never is."""


class BaseWorkload(ABC):
    """A kind of thing to race on: it makes trials, all with the same starts and noise."""

    steps: int
    """The budget of a run."""
    parts: tuple[float, float, float]
    """The targets: so much is left of the way from the lowest loss to the first one."""
    piece: int | None = None
    """Trials in one piece of work; None: all."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The name of the workload in a table."""

    @abstractmethod
    def find_levels(self, seeds: Sequence[int]) -> Levels:
        """Return the losses between which the targets lie."""

    @abstractmethod
    def make_trials(
        self, rival: Contestant, places: Sequence[int], seeds: Sequence[int], levels: Levels
    ) -> Trials:
        """Make some trials of a rule with all seeds.

        A seed gives every rule the same start and the same noise.
        """

    def find_floor(self, levels: Levels) -> float:
        """Return the loss below which all losses count alike."""
        return -np.inf

    def find_targets(self, levels: Levels) -> list[float]:
        """Return the losses that are the targets."""
        lowest, first = levels
        return [lowest + part * (first - lowest) for part in self.parts]


@dataclass(frozen=True, eq=False)
class Workload(BaseWorkload):
    """A problem to race on, with a budget of steps.

    Each seed has a start of its own, the same for every rule: drawn from the problem's window, or
    the problem's own where `starts` is "own" (then only its noise makes seeds differ).
    """

    problem: Problem
    steps: int = 200
    starts: str = "window"
    name: str = ""
    parts: tuple[float, float, float] = (1e-1, 1e-2, 1e-4)

    def __post_init__(self):
        check_problem(self.problem)
        check_whole("steps", self.steps)
        if self.starts not in ("window", "own"):
            raise ValueError(f'starts must be "window" or "own", got {self.starts!r:.40}')
        if self.starts == "window" and self.problem.window is None:
            raise ValueError(
                f"{self.problem.name} has no window to start in: "
                'give Workload(problem, starts="own")'
            )
        if not self.problem.has_seeds:
            raise ValueError(f"a race needs a seed for each run, {self.problem.name} draws samples")

    @property
    def title(self) -> str:
        """The name of the workload in a table."""
        return self.name or find_title(self.problem)

    def draw_starts(self, seeds: Sequence[int]) -> np.ndarray:
        """Return the start of each seed, (n, seeds)."""
        if self.starts == "own" or self.problem.window is None:
            return np.repeat(np.asarray(self.problem.start, float)[:, None], len(seeds), axis=1)
        low, high = np.array(self.problem.window, float).T
        points = [np.random.default_rng([seed, 7]).uniform(low, high) for seed in seeds]
        return np.array(points).T

    def find_levels(self, seeds: Sequence[int]) -> Levels:
        """Return the lowest loss that is known, and the median first one that is finite.

        Raises: ValueError: log(x) has no finite loss at any of its starts
        """
        lowest, losses = find_lowest(self.problem), self.problem.loss(self.draw_starts(seeds))
        if not np.isfinite(losses).any():
            raise ValueError(f"{self.title} has no finite loss at any of its starts")
        first = float(np.median(losses[np.isfinite(losses)]))
        return Levels(lowest if np.isfinite(lowest) else min(first, 0.0), first)

    def find_floor(self, levels: Levels) -> float:
        """Return the loss below which all losses count alike: what is left is rounding."""
        return levels.lowest + DONE * (levels.first - levels.lowest)

    def make_trials(
        self, rival: Contestant, places: Sequence[int], seeds: Sequence[int], levels: Levels
    ) -> Trials:
        """Make all trials with all seeds in one run."""
        values: Any = {name: each[None, :] for name, each in rival.take(places).items()}
        made = reduce_runs(
            self.problem,
            set_trials(rival.rule, values),
            self.steps,
            start=self.draw_starts(seeds)[:, :, None],
            seed=np.array(seeds)[:, None],
            schedule=rival.schedule,
            targets=self.find_targets(levels),
        )
        assert made.reached is not None
        final = np.where(np.isnan(made.final), np.inf, made.final)
        reached = np.where(made.reached == NEVER, np.inf, made.reached)
        return Trials(np.maximum(final, self.find_floor(levels)), reached)
