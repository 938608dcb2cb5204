"""Schedules raced: the same rule with each, all tuned alike, and the losses over the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.rules import Rule
from optviz.runs.loop import run
from optviz.runs.store import TrialStore
from optviz.schedules import (
    Constant,
    Cosine,
    Exponential,
    LinearWarmup,
    OneCycle,
    Schedule,
    Step,
    fit_schedule,
    set_rule,
)
from optviz.specs import format_schedule, parse_schedule, parse_spec, unwrap_rule
from optviz.sweeps.contestants import name_rival
from optviz.sweeps.races import Race, race, read_workloads
from optviz.sweeps.trials import set_trials
from optviz.sweeps.workloads import BaseWorkload, Workload

BAND = 25.0, 75.0
"""The percentiles over the seeds between which the band of a curve lies."""


@dataclass(frozen=True, eq=False)
class ScheduleRace:
    """A race of schedules, with the curves of the tuned settings on the seeds that report.

    Shapes: curves (schedules, steps + 1, seeds), inf from the step on at which a run diverged;
    rates (schedules, steps).
    """

    race: Race
    names: tuple[str, ...]
    """The schedules as links write them."""
    curves: np.ndarray
    rates: np.ndarray
    """The learning rate of each step, at the tuned lr."""

    @property
    def winner(self) -> str | None:
        """The schedule that beats each other one, as sure as the intervals say."""
        place = self.race.standing.winner
        return None if place is None else self.names[place]

    @property
    def medians(self) -> np.ndarray:
        """The median loss at each step over the seeds that report, (schedules, steps + 1)."""
        return np.median(self.curves, axis=-1)

    @property
    def bands(self) -> np.ndarray:
        """The losses between which half of those seeds lie, (2, schedules, steps + 1)."""
        return np.percentile(self.curves, BAND, axis=-1, method="nearest")

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each schedule: its settings, its tuned loss and the interval."""
        return [
            {
                "schedule": name,
                "tuned loss": score.loss,
                "low": score.interval[0],
                "high": score.interval[1],
                "settings": contestant.describe(score.trial),
                "last lr": float(rates[-1]),
            }
            for name, contestant, score, rates in zip(
                self.names, self.race.contestants, self.race.scores[0], self.rates, strict=True
            )
        ]

    def conclude(self) -> str:
        """Return the one sentence that the intervals allow."""
        if self.race.unfair:
            return "No winner: the race is unfair."
        if self.winner is not None:
            return f"{self.winner} beats every other schedule here."
        return "No schedule beats every other one: the intervals do not allow a winner."

    def to_text(self) -> str:
        """Return the table and what may be said as text for a terminal."""
        import pandas as pd

        held, workload = self.race, self.race.workloads[0]
        rule = type(unwrap_rule(held.contestants[0].rule)).__name__
        head = (
            f"{rule} on {workload.title}, {workload.steps} steps, {len(self.names)} schedules: "
            f"{held.trials} trials each, chosen by {len(held.choosing)} seeds and reported by "
            f"{len(held.reporting)} others"
        )
        table = pd.DataFrame(self.rows()).to_string(index=False, float_format="{:.4g}".format)
        unfair = [f"unfair: {each}" for each in held.unfair]
        notes = [f"note: {each}" for each in held.edges]
        return "\n".join([head, table, *unfair, *notes, self.conclude()])

    def __repr__(self) -> str:
        return f"ScheduleRace({self.race.workloads[0].title}: {', '.join(self.names)})"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        from html import escape

        return "<pre>" + escape(self.to_text()) + "</pre>"


def list_schedules(steps: int) -> list[Schedule]:
    """Return every named schedule, its length fitted to a number of steps.

    Steps halve the rate at each quarter, the exponential one ends at a hundredth, a warm-up takes a
    tenth; those that are fitted to any run are as they are.
    """
    return [
        Constant(),
        Step(every=max(1, -(-steps // 4))),
        Exponential(factor=float(f"{0.01 ** (1 / steps):.5g}")),
        LinearWarmup(steps=max(1, steps // 10)),
        Cosine(),
        OneCycle(),
    ]


def race_schedules(
    workload: BaseWorkload | Problem,
    rule: str | Rule = "momentum",
    schedules: Sequence[str | Schedule] | None = None,
    *,
    trials: int = 20,
    choosing: int = 5,
    reporting: int = 20,
    space: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> ScheduleRace:
    """Race schedules of one rule: the same budget for each, the rule tuned with each of them alike.

    It is a `race` of the rule with each schedule, whose words and numbers mean the same here. None
    is every named schedule, fitted to the budget; `space` has the ranges of all. The tuned settings
    then run once more on the seeds that report, for the losses of every step.

        from optviz import Noisy, surface
        from optviz.sweeps import race_schedules

        made = race_schedules(Noisy(surface("ravine"), 1.0), "momentum", ["constant", "cosine"])
        print(made.to_text())

    Raises: ValueError: a race of schedules needs one rule without a schedule, got
        "sgd:schedule=cosine"
    """
    (given,) = read_workloads([workload])
    if not isinstance(given, Workload):
        raise ValueError(f"schedules race on a surface or a formula, got {given.title}")
    plain = read_rule(rule)
    raced = list_schedules(given.steps) if schedules is None else read_schedules(schedules)
    racers = [(plain, each) for each in raced]
    names = tuple(format_schedule(each) for each in raced)
    if len(set(names)) < len(names):
        raise ValueError(f"each schedule races once, got {', '.join(names)}")
    labels = [name_rival(plain, each) for each in raced]
    spaces = None if space is None else dict.fromkeys(labels, space)
    held = race(
        given,
        racers,
        trials=trials,
        choosing=choosing,
        reporting=reporting,
        spaces=spaces,
        seed=seed,
        executor=executor,
        store=store,
        on_progress=on_progress,
        cancel=cancel,
    )
    curves, rates = zip(*(draw_curves(held, place) for place in range(len(raced))), strict=True)
    return ScheduleRace(held, names, np.array(curves), np.array(rates))


def read_rule(rule: Any) -> Rule:
    """Return the rule of all schedules.

    Raises: ValueError: a race of schedules needs one rule without a schedule, got
        "sgd:schedule=cosine"
    """
    if isinstance(rule, Rule):
        return rule
    if isinstance(rule, str):
        found = parse_spec(rule)
        if found.schedule is None:
            return found.rule
    shown = f'"{rule}"' if isinstance(rule, str) else f"{rule!r:.60}"
    raise ValueError(f"a race of schedules needs one rule without a schedule, got {shown}")


def read_schedules(schedules: Any) -> list[Schedule]:
    """Return the schedules that were given, as they are: their open lengths stay open.

    Raises: ValueError: schedules must be a list of schedules such as ["constant", "cosine"], got
        "cosine"
    """
    if isinstance(schedules, str) or not isinstance(schedules, Sequence):
        shown = f'"{schedules}"' if isinstance(schedules, str) else f"{schedules!r:.60}"
        words = 'a list of schedules such as ["constant", "cosine"]'
        raise ValueError(f"schedules must be {words}, got {shown}")
    read = [parse_schedule(each) if isinstance(each, str) else each for each in schedules]
    for each in read:
        fit_schedule(each, 1)  # or a sentence, where it is no function of the step
    if len(read) < 2:
        raise ValueError(f"a race of schedules needs two, got {len(read)}")
    return read


def draw_curves(held: Race, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses of a tuned schedule at each step, and its learning rates.

    Shapes: (steps + 1, seeds that report), (steps,)
    """
    workload: Any = held.workloads[0]
    rival, trial = held.contestants[place], held.scores[0][place].trial
    values = {name: float(each[trial]) for name, each in rival.values.items()}
    rule = set_trials(rival.rule, values)
    made = run(
        workload.problem,
        rule,
        workload.steps,
        start=workload.draw_starts(held.reporting),
        seed=np.array(held.reporting),
        schedule=rival.schedule,
    )
    factor = fit_schedule(rival.schedule, workload.steps)
    rates = [float(set_rule(rule, factor, step).lr) for step in range(workload.steps)]
    is_over = np.logical_or.accumulate(~np.isfinite(made.losses), axis=0)
    return np.where(is_over, np.inf, made.losses), np.array(rates)
