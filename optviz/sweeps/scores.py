"""The scores of a race: medians, intervals by the bootstrap, ranks and performance profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 2000
"""Resamples of the seeds."""
LEVEL = 2.5, 97.5
"""The percentiles of an interval."""
MOST = 4.0
"""The end of a performance profile, in multiples of the fewest steps."""


@dataclass(frozen=True, eq=False)
class Score:
    """The score of a tuned rule on a workload.

    Shapes: steps (targets,); losses (seeds that report,); draws (DRAWS,).
    """

    trial: int
    """The trial that the seeds that choose chose."""
    loss: float
    """The median over the seeds that report of its loss at the end."""
    interval: tuple[float, float]
    """Of 95 %; the trial is chosen anew in each resample."""
    steps: tuple[float, ...]
    """The median of its steps to each target; a miss counts as infinity."""
    luckiest: float
    """The lowest loss of any single run: what should never be quoted."""
    losses: np.ndarray
    draws: np.ndarray
    """The median loss of each resample."""
    wins: np.ndarray
    """The losses of the seeds that report in each resample, (DRAWS, seeds)."""


@dataclass(frozen=True, eq=False)
class Standing:
    """The standing of the rules of a race over all workloads."""

    beats: tuple[tuple[tuple[float, tuple[float, float]], ...], ...]
    """The probability that a rule (row) beats another one (column) with the same seed, averaged
    over the workloads, with its interval."""
    ranks: tuple[float, ...]
    """The mean rank of each rule, 1 is the best; equal losses share a rank."""
    rank_intervals: tuple[tuple[float, float], ...]
    profiles: tuple[float, ...]
    """The area under the performance profile up to 4 times the fewest steps, from 0 to 1."""
    winner: int | None
    """The rule whose probability of beating each other one is above a half, intervals included."""


def score_workload(
    results: Sequence[tuple[np.ndarray, np.ndarray]], choosing: int, seed: int = 0
) -> tuple[Score, ...]:
    """Return the score of each rule on a workload.

    `results` are the final losses (seeds, trials) and the steps to the targets (targets, seeds,
    trials) of each rule; the first `choosing` seeds choose, the others report; without any that
    choose there is one trial. All rules share the resamples, so that differences are paired.
    """
    count = results[0][0].shape[0]
    rng = np.random.default_rng([seed, 11])
    chosen = rng.integers(0, max(choosing, 1), (DRAWS, choosing))
    reported = rng.integers(choosing, count, (DRAWS, count - choosing))
    return tuple(score_rule(*each, choosing, chosen, reported) for each in results)


def score_rule(
    final: np.ndarray,
    reached: np.ndarray,
    choosing: int,
    chosen: np.ndarray,
    reported: np.ndarray,
) -> Score:
    """Return the score of one rule."""
    final = np.where(np.isnan(final), np.inf, final)
    trial, picks = 0, np.zeros(DRAWS, int)
    if choosing:
        trial = int(np.argmin(np.median(final[:choosing], axis=0)))
        picks = np.argmin(np.median(final[chosen], axis=1), axis=1)
    wins = final[reported, picks[:, None]]
    draws = np.median(wins, axis=1)
    losses = final[choosing:, trial]
    return Score(
        trial=trial,
        loss=float(np.median(losses)),
        interval=find_interval(draws),
        steps=tuple(np.median(reached[:, choosing:, trial], axis=1).tolist()),
        luckiest=float(final.min()),
        losses=losses,
        draws=draws,
        wins=wins,
    )


def find_interval(draws: np.ndarray) -> tuple[float, float]:
    """Return the percentile interval; an end may be infinite."""
    low, high = np.percentile(draws, LEVEL, method="nearest")
    return float(low), float(high)


def rank_rules(scores: Sequence[Sequence[Score]]) -> Standing:
    """Return how rules stand, given the scores of each workload."""
    count = len(scores[0])
    beats = [[compare_rules(scores, one, other) for other in range(count)] for one in range(count)]
    losses = np.array([[each.loss for each in row] for row in scores])
    draws = np.array([[each.draws for each in row] for row in scores])
    ranks = rank_losses(losses).mean(axis=0)
    drawn = rank_losses(draws.swapaxes(1, 2)).mean(axis=0)
    winners = [
        one
        for one in range(count)
        if all(beats[one][other][1][0] > 0.5 for other in range(count) if other != one)
    ]
    steps = np.array([[each.steps for each in row] for row in scores])
    return Standing(
        beats=tuple(map(tuple, beats)),
        ranks=tuple(ranks.tolist()),
        rank_intervals=tuple(find_interval(each) for each in drawn.T),
        profiles=tuple(measure_profiles(steps.swapaxes(1, 2).reshape(-1, count)).tolist()),
        winner=winners[0] if winners else None,
    )


def compare_rules(
    scores: Sequence[Sequence[Score]], one: int, other: int
) -> tuple[float, tuple[float, float]]:
    """Return the probability that a rule beats another one, and its interval."""
    pairs = [(row[one], row[other]) for row in scores]
    value = np.mean([count_wins(a.losses, b.losses) for a, b in pairs])
    draws = np.mean([count_wins(a.wins, b.wins) for a, b in pairs], axis=0)
    return float(value), find_interval(draws)


def count_wins(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the share of seeds with a lower loss; equal ones, and two misses, count half."""
    return ((one < other) + 0.5 * (one == other)).mean(axis=-1)


def rank_losses(losses: np.ndarray) -> np.ndarray:
    """Return the rank of each loss along the last axis, 1 for the lowest; equal ones share."""
    below = (losses[..., None] > losses[..., None, :]).sum(axis=-1)
    equal = (losses[..., None] == losses[..., None, :]).sum(axis=-1)
    return below + (equal + 1) / 2


def measure_profiles(steps: np.ndarray) -> np.ndarray:
    """Return the area under each rule's performance profile, given steps (problems, rules).

    The profile at t is the share of problems that a rule solves within t times the fewest steps;
    the area is taken from 1 to 4 and divided by 3. Problems that no rule solves count as missed.
    Source: Dolan and More, 2002; Dahl et al., 2023 (AlgoPerf).
    """
    fewest = steps.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(np.isfinite(steps), np.maximum(steps, 1) / np.maximum(fewest, 1), np.inf)
    return np.clip((MOST - ratios) / (MOST - 1), 0.0, 1.0).mean(axis=0)
