"""A recorded run that goes on from one of its steps, with another rule or the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.comparison import Racer, entry_of, labelled
from optviz.problems.base import Problem
from optviz.runs import run
from optviz.schedules import Schedule
from optviz.trajectory import Trajectory

KEPT, FRESH = "kept", "fresh"


def fork(
    problem: Problem,
    trajectory: Trajectory,
    step: int,
    rule: Racer,
    *,
    schedule: Schedule | None = None,
    seed: int | None = None,
) -> Trajectory:
    """The run that leaves a recorded one after `step` steps and goes on to the same last step.

    It stands where the recorded run stood, its schedule counts all steps, and its noise is that of
    the recorded run (unless another `seed` is given). Where the rule remembers the same columns
    as the recorded one it goes on with them (`about["memory"]` is "kept"), else with none
    ("fresh"). So a fork that changes nothing equals the rest of the run bit for bit.

    Raises: ValueError: a fork at step 600, but this run has steps 0 to 499 to fork at
    """
    place = row_of(trajectory, step)
    entry = entry_of(rule)
    params = trajectory.path[place]
    fresh = entry.rule.init(params)
    state = remembered(trajectory, place, fresh)
    forked = run(
        problem,
        entry.rule,
        trajectory.about["steps"],
        start=params,
        state=fresh if state is None else state,
        first=step,
        schedule=schedule or entry.schedule,
        seed=trajectory.about["seed"] if seed is None else seed,
    )
    label = f"{forked.label} from step {step}"
    return labelled(forked, label, fork=step, memory=FRESH if state is None else KEPT)


def row_of(trajectory: Trajectory, step: int) -> int:
    """The place of the row that makes the step after `step` steps.

    Raises: ValueError: a fork needs every step of the run: make it with keep="path"
    """
    if trajectory.grad is None:
        raise ValueError('a fork needs every step of the run: make it with keep="path"')
    rows = np.flatnonzero(trajectory.step[:-1] == step)
    if not rows.size:
        has = "none"
        if len(trajectory):
            has = f"steps {trajectory.step[0]} to {trajectory.step[-2]}"
        raise ValueError(f"a fork at step {step}, but this run has {has} to fork at")
    return int(rows[0])


def remembered(trajectory: Trajectory, place: int, fresh: Any) -> Any:
    """What the run remembered before a row, as the state of another rule; None if it does not fit.

    Before the first step of all nothing was remembered, which is what `fresh` holds.
    """
    if trajectory.step[place] == 0:
        return fresh
    if place == 0 or tuple(trajectory.state) != getattr(fresh, "_fields", ()):
        return None
    # A count is a Python int in a run: numpy's own would make other powers of beta.
    columns = (column[place - 1] for column in trajectory.state.values())
    return type(fresh)(*(each if np.ndim(each) else each.item() for each in columns))
