"""The choice of settings for each side of a comparison, on other seeds than those that report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies.descent import (
    Halves,
    build_problem,
    choose_best,
    descend,
    draw_weights,
)
from optviz.recommenders.studies.kinds import StudyError
from optviz.recommenders.studies.table import Interval, Row
from optviz.recommenders.training.training_loop import ASK, Stepper
from optviz.rules import Rule
from optviz.schedules import Schedule, fit_schedule, set_rule

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

TUNING_SEEDS = (1000, 1001)
"""The seeds that settings are chosen on; a study that reports on them would flatter itself."""


def check_seeds(seeds: Sequence[int]) -> None:
    """Refuse to report on the seeds that settings are chosen on.

    Raises: StudyError: seed 1000 is one that settings are chosen on: report on others
    """
    for seed in seeds:
        if seed in TUNING_SEEDS:
            raise StudyError(f"seed {seed} is one that settings are chosen on: report on others")


def draw_trials(count: int, **ranges: tuple[float, float]) -> list[dict[str, float]]:
    """Return settings to try, spread evenly over the logarithms of their ranges.

    Source: Halton, 1960; scipy.stats.qmc, without its first point.
    """
    from scipy.stats.qmc import Halton

    shares = Halton(len(ranges), scramble=False).random(count + 1)[1:]
    lows, highs = np.log(list(ranges.values())).T
    values = np.exp(lows + shares * (highs - lows))
    return [
        dict(zip(ranges, (float(f"{each:.3g}") for each in row), strict=True)) for row in values
    ]


def tune_and_report(
    halves: tuple[Halves, Halves],
    seeds: Sequence[int],
    trials: Sequence[dict[str, Any]],
    fit: Callable[..., Row],
    tuning_seeds: Sequence[int] = TUNING_SEEDS,
    share: float = 1.0,
) -> list[Row]:
    """Return the rows of all trials, and those of the best trial on the seeds of the report.

    `halves` are the ratings for both; `fit(halves, seed, **trial)` trains once. The best trial has
    the lowest mean error after the last epoch. With a `share` below 1 each seed of the report
    chooses among so many trials of its own, drawn from all, so that an interval over the seeds
    carries the luck of the choice too.
    """
    check_seeds(seeds)
    tuning, report = halves
    tried = [
        {"part": "tuning", "trial": number, "seed": seed, **trial} | fit(tuning, seed, **trial)
        for number, trial in enumerate(trials)
        for seed in tuning_seeds
    ]
    chosen: list[Row] = []
    for seed in seeds:
        count = max(1, round(share * len(trials)))
        own = np.random.default_rng(seed).choice(len(trials), count, replace=False)
        best = choose_best([row for row in tried if row["trial"] in own], "trial", "last")
        row = {"part": "report", "trial": best, "seed": seed, **trials[best]}
        chosen.append(row | fit(report, seed, **trials[best]))
    return tried + chosen


def fit_dot(
    halves: Halves, rule: str, seed: int, watch: Watch, *, epochs: int, batch: int, **model: Any
) -> Row:
    """Train a dot product model from scratch and return its validation errors and its time.

    `model` are arguments of `DotBias`. Seconds are those of the processor, as other processes share
    the machine.
    """
    more = {"bounds": halves.train.scale} | model
    problem, valid = (build_problem(DotBias, each, batch, **more) for each in halves)
    problem.start = draw_weights(problem.size, seed)
    began = time.process_time()
    _, errors = descend(problem, valid, rule, epochs, seed, watch.check)
    return {
        "best": min(errors),
        "last": errors[-1],
        "seconds": round(time.process_time() - began, 3),
    }


def fit_steps(
    halves: Halves,
    rule: Rule,
    schedule: Schedule | None,
    steps: int,
    batch: int,
    seed: int,
    watch: Watch,
) -> Row:
    """Train the model with biases for a number of steps and return its error after the last.

    An error that is not finite counts as infinite.
    """
    problem, valid = (
        build_problem(DotBias, each, batch, bounds=halves.train.scale) for each in halves
    )
    params, factor = draw_weights(problem.size, seed), fit_schedule(schedule, steps)
    stepper, began = Stepper(set_rule(rule, factor, 0), params), time.process_time()
    with np.errstate(all="ignore"):
        for step, sample in enumerate(problem.samples(steps, seed)):
            if step % ASK == 0:
                watch.check()
            params = stepper.step(set_rule(rule, factor, step), problem.grad(params, sample))
        seconds, error = time.process_time() - began, float(valid.loss(params))
    return {"last": error if np.isfinite(error) else np.inf, "seconds": round(seconds, 3)}


def is_close(first: Interval, second: Interval) -> bool:
    """Check whether two intervals overlap, so that no difference is shown."""
    return not (first.high < second.low or second.high < first.low)


def spell_range(values: Iterable[float], form: str = ".2g") -> str:
    """Return the ends of some values as a text, or the one value that all have."""
    numbers = sorted(values)
    return " to ".join(dict.fromkeys(format(each, form) for each in (numbers[0], numbers[-1])))
