"""The work of a race, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from optviz.runs.luggage import Piece
from optviz.runs.store import Arrays, make_key
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.self_tuning import tune_itself
from optviz.sweeps.workloads import BaseWorkload, Levels, Trials, Workload

OUTSIDE, ITSELF = "outside", "self"
"""Who tunes a rule: the race, by seeds that do not report, or the rule, on its own clock."""


class Entry(NamedTuple):
    """A piece of work of a race: the places of its workload and rule, and the work."""

    where: tuple[int, int]
    piece: Piece


def plan_race(
    workloads: Sequence[BaseWorkload],
    levels: Sequence[Levels],
    rivals: Sequence[Contestant],
    seeds: Sequence[int],
    trials: int,
    tuning: str,
    is_kept: bool,
) -> list[Entry]:
    """Return the work of a race."""
    entries = []
    for row, (workload, own_levels) in enumerate(zip(workloads, levels, strict=True)):
        key = make_key(workload, seeds, own_levels) if is_kept else ""
        size = workload.piece or trials
        cuts: list[Any] = [range(at, min(at + size, trials)) for at in range(0, trials, size)]
        for place, rival in enumerate(rivals):
            for cut in cuts if tuning == OUTSIDE else [None]:
                own = make_key(key, tuning, *rival.describe_content(cut)) if is_kept else ""
                piece = Piece(perform_trials, (workload, rival, cut, tuple(seeds), own_levels), own)
                entries.append(Entry((row, place), piece))
    return entries


def perform_trials(
    workload: BaseWorkload,
    rival: Contestant,
    places: Sequence[int] | None,
    seeds: Sequence[int],
    levels: Levels,
) -> Arrays:
    """Make some trials of a rule, or let it tune itself, as a piece of work."""
    if places is None:
        made = tune_itself(workload, rival, seeds, levels)
    else:
        made = workload.make_trials(rival, places, seeds, levels)
    return {"final": made.final, "reached": made.reached}


def read_trials(outcomes: Sequence[Arrays]) -> Trials:
    """Return the trials of some pieces of work together."""
    names = "final", "reached"
    return Trials(*(np.concatenate([each[name] for each in outcomes], axis=-1) for name in names))


def read_workloads(workloads: Any) -> tuple[BaseWorkload, ...]:
    """Return what is raced on, problems with the usual budget.

    Raises: ValueError: a race needs a workload
    """
    is_many = isinstance(workloads, Sequence) and not isinstance(workloads, str)
    given: list[Any] = list(workloads) if is_many else [workloads]
    if not given:
        raise ValueError("a race needs a workload")
    listed = tuple(each if isinstance(each, BaseWorkload) else Workload(each) for each in given)
    titles = [each.title for each in listed]
    if len(set(titles)) < len(titles):
        raise ValueError(
            f"each problem is raced on once, got {', '.join(titles)}: name others by name="
        )
    return listed
