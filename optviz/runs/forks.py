"""Forks: a recorded run continued from one of its steps, with another rule or the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.loop import describe_run, run
from optviz.runs.origin import relabel
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Schedule, fit_schedule, set_rule
from optviz.specs import OptimizerSpec, Racer, to_spec

KEPT = "goes on with what the run remembered"
FRESH = "starts with an empty memory"
NOT_BEGUN = "not begun"
"""The outcome of the fork of a run that ended before the step at which it would be left."""


def fork(
    problem: Problem,
    trajectory: Trajectory,
    step: int,
    rule: Racer,
    *,
    schedule: Schedule | None = None,
    seed: int | None = None,
) -> Trajectory:
    """Continue a recorded run after `step` steps with another rule, up to the same last step.

    The fork starts at the recorded point, its schedule counts all steps, and its noise is that of
    the recorded run (unless another `seed` is given). Where both rules remember the same columns
    the fork keeps their values, else it starts with none; `about["memory"]` says which. So a fork
    that changes nothing equals the rest of the run bit for bit.

    Of a run that ended before `step` the fork is the last point alone, without a loss.

    Raises: ValueError: a fork at step 600, but the last to fork at is 499
    """
    place = find_row(trajectory, step)
    entry, noise = to_spec(rule), trajectory.about["seed"] if seed is None else seed
    schedule = schedule or entry.schedule
    if place is None:
        unused = OptimizerSpec(entry.rule, schedule)
        return make_empty_fork(problem, trajectory, step, unused, noise)
    params = trajectory.path[place]
    factor = fit_schedule(schedule, trajectory.about["steps"])
    fresh = set_rule(entry.rule, factor, step).init(params)
    state = restore_state(trajectory, place, fresh)
    made = run(
        problem,
        entry.rule,
        trajectory.about["steps"],
        start=params,
        state=fresh if state is None else state,
        buffers=trajectory.buffers_at(place),
        first=step,
        schedule=schedule,
        seed=noise,
    )
    memory = FRESH if state is None else KEPT
    return relabel(made, f"{made.label} from step {step}", fork=step, memory=memory)


def find_row(trajectory: Trajectory, step: int) -> int | None:
    """Return the row of the step after `step` steps; None if the run ended before."""
    if trajectory.grad is None:
        raise ValueError('a fork needs every step of the run: make it with keep="path"')
    first, steps = int(trajectory.step[0]), trajectory.about["steps"]
    if not first <= step < steps:
        last = steps - 1
        raise ValueError(f"a fork at step {step}, but a run can be left at steps {first} to {last}")
    rows = np.flatnonzero(trajectory.step[:-1] == step)
    return int(rows[0]) if rows.size else None


def make_empty_fork(
    problem: Problem, parent: Trajectory, step: int, entry: OptimizerSpec, seed: int
) -> Trajectory:
    """Return the fork of a run that ended before: its last point, and why there is no more.

    The loss there is nan, for that is the other run's.
    """
    about = describe_run(problem, entry.rule, entry.schedule, parent.about["steps"], seed)
    label = f"{about['label']} from step {step}"
    return replace(
        parent,
        step=parent.step[-1:],
        path=parent.path[-1:],
        losses=np.full_like(parent.losses[-1:], np.nan),
        lr=parent.lr[:0],
        grad=parent.new[:0],
        state={},
        initial={},
        buffers=parent.buffers and {name: each[-1:] for name, each in parent.buffers.items()},
        sample_loss=None,
        about=about | {"label": label, "fork": step, "memory": FRESH},
        ended=f"{NOT_BEGUN}: the run that it leaves {parent.ended}",
    )


def restore_state(trajectory: Trajectory, place: int, fresh: Any) -> Any:
    """Return the run's state before a row as that of another rule; None if it does not fit."""
    before = trajectory.before(place)
    if tuple(before) != getattr(fresh, "_fields", ()):
        return fresh if trajectory.step[place] == 0 else None
    # A count is a Python int in a run: numpy's own would make other powers of beta.
    return type(fresh)(*(each if np.ndim(each) else each.item() for each in before.values()))
