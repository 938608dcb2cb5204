"""Rules that tune themselves: what trials cost is on their clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log2
from typing import Any

import numpy as np

from optviz.sweeps.contestants import Contestant
from optviz.sweeps.workloads import BaseWorkload, Levels, Trials

CLOCK = 3
"""The budget of a rule that tunes itself, in budgets of one that is tuned from outside."""


def plan_rounds(trials: int, steps: int) -> tuple[list[tuple[int, int]], int]:
    """Return the trials and the steps of each round, and the steps of the last run.

    Half of the budget goes to rounds, equally; each leaves the better half of its trials. Where a
    round has fewer steps than trials, the first ones are tried.
    Source: successive halving, Jamieson and Talwalkar, 2016.
    """
    if trials == 1:
        return [], CLOCK * steps
    rounds = max(min(int(log2(trials)), CLOCK * steps // 2), 1)
    each = CLOCK * steps // (2 * rounds)
    counts = [min(-(-trials // 2**place), each) for place in range(rounds)]
    plan = [(count, each // count) for count in counts]
    return plan, CLOCK * steps - sum(count * length for count, length in plan)


def tune_itself(
    workload: BaseWorkload, rival: Contestant, seeds: Sequence[int], levels: Levels
) -> Trials:
    """Return what a rule reaches with each seed when it chooses by short runs of that seed.

    Shapes: final (seeds, 1); reached (targets, seeds, 1), in steps on the clock: those of all
        trials, one after the other.
    """
    trials = len(next(iter(rival.values.values())))
    plan, last = plan_rounds(trials, workload.steps)
    counts = [*(count for count, _ in plan), 1]
    left = np.tile(np.arange(counts[0]), (len(seeds), 1))
    reached, spent = np.full((len(workload.parts), len(seeds)), np.inf), 0
    for (count, steps), following in zip(plan, counts[1:], strict=True):
        made = make_left(workload, rival, left, steps, seeds, levels)
        clock = spent + steps * np.arange(count) + made.reached
        reached = np.minimum(reached, clock.min(axis=-1))
        best = np.argsort(made.final, axis=1, kind="stable")[:, :following]
        left, spent = np.take_along_axis(left, best, axis=1), spent + count * steps
    made = make_left(workload, rival, left, last, seeds, levels)
    reached = np.minimum(reached, spent + made.reached[..., 0])
    return Trials(made.final, reached[..., None])


def make_left(
    workload: BaseWorkload,
    rival: Contestant,
    left: np.ndarray,
    steps: int,
    seeds: Sequence[int],
    levels: Levels,
) -> Trials:
    """Make the trials that are left, others for each seed, (seeds, trials)."""
    places, where = np.unique(left, return_inverse=True)
    short: Any = replace(workload, steps=steps)  # type: ignore[type-var]
    made = short.make_trials(rival, places.tolist(), seeds, levels)
    where = where.reshape(left.shape)
    picks = np.broadcast_to(where, (len(made.reached), *left.shape))
    final = np.take_along_axis(made.final, where, axis=1)
    return Trials(final, np.take_along_axis(made.reached, picks, axis=2))
