"""The runs of a sweep: all of them at once, or of a model one for each pair and seed."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.rules import Rule
from optviz.runs.loop import PreparedRun, prepare_run
from optviz.runs.luggage import Piece
from optviz.runs.outcomes import estimate_bytes, reduce_alone
from optviz.runs.recorder import MOST_BYTES
from optviz.runs.store import Arrays, make_key
from optviz.runs.work import WorkCanceledError, perform_pieces
from optviz.schedules import Schedule
from optviz.sweeps.sweep_records import SweepReducer


def make_at_once(
    problem: Problem,
    varied: Rule,
    schedule: Schedule | None,
    steps: int,
    *,
    start: Any,
    seeds: Sequence[int],
    target: float | None,
    lowest: float,
    on_step: Callable[[int], Any],
) -> dict[str, Any]:
    """Return the fields of a sweep whose runs are all made at once.

    `varied` has arrays for its hyperparameters, which broadcast to (seeds, rows, columns).
    """
    noise: Any = np.array(seeds).reshape(-1, 1, 1) if problem.has_seeds else 0
    if len(seeds) > 1 and not problem.has_seeds:
        raise ValueError(f"several seeds are for gradient noise, {problem.name} draws its samples")
    prepared = prepare_run(problem, varied, steps, start=start, seed=noise, schedule=schedule)
    size = estimate_bytes(prepared.params, prepared.state)
    if size > MOST_BYTES:
        raise ValueError(f"these runs need {size / 1e9:.3g} GB: take fewer values or seeds")
    first = float(np.ravel(problem.loss(prepared.params))[0])
    goal, floor = choose_target(first, lowest, target)
    reducer = SweepReducer(prepared, [goal], floor)
    prepared.make_steps(reducer, on_step)
    return finish_fields(reducer.describe()) | {"target": goal, "bytes": size}


def watch_steps(
    steps: int,
    on_step: Callable[[int], Any] | None,
    on_progress: Callable[[int, int], Any] | None,
    cancel: Callable[[], bool] | None,
) -> Callable[[int], None]:
    """Return what is done before each step of many runs at once."""

    def begin_step(step: int) -> None:
        if cancel is not None and cancel():
            raise WorkCanceledError(f"canceled after {step} of {steps} steps")
        if on_step is not None:
            on_step(step)
        if on_progress is not None:
            on_progress(step, steps)

    return begin_step


def train_pairs(
    problem: Problem,
    rules: Sequence[Sequence[Rule]],
    schedule: Schedule | None,
    steps: int,
    *,
    start: Any,
    seeds: Sequence[int],
    target: float | None,
    lowest: float,
    every: int,
    **work: Any,
) -> dict[str, Any]:
    """Return the fields of a sweep of trainings, one for each pair and seed.

    `rules` has one for each pair, in rows; `work` is what `perform_pieces` is given.

    Raises: ValueError: start must be 97 numbers, or for 3 seeds 97 x 3, got 97 x 2
    """
    starts = spread_start(problem, start, seeds)
    if len(seeds) > 1 and start is None:
        check_samples(problem, steps, seeds)
    goal, floor = choose_target(float(problem.loss(starts[0])), lowest, target)
    shared = (problem, schedule, steps, starts, tuple(seeds), goal, floor, every)
    content = make_key("sweep", *shared) if work.get("store") is not None else ""
    pieces = [
        Piece(train_pair, (rule, *shared), content and make_key(content, rule))
        for row in rules
        for rule in row
    ]
    parts = perform_pieces(pieces, **work)
    fields = {
        name: np.stack([each[name] for each in parts], axis=-1).reshape(
            *parts[0][name].shape, len(rules), len(rules[0])
        )
        for name in parts[0]
    }
    return finish_fields(fields) | {"target": goal, "every": every}


def train_pair(
    rule: Rule,
    problem: Problem,
    schedule: Schedule | None,
    steps: int,
    starts: np.ndarray,
    seeds: Sequence[int],
    goal: float,
    floor: float,
    every: int,
) -> Arrays:
    """Return what becomes of an optimizer with each seed.

    Shapes: starts (seeds, n); final, best, reached and rose (seeds,); rate and regime ()
    """

    def make_reducer(prepared: PreparedRun) -> SweepReducer:
        return SweepReducer(prepared, [goal], floor, every)

    parts = []
    for seed, start in zip(seeds, starts, strict=True):
        run = prepare_run(problem, rule, steps, start=start, seed=seed, schedule=schedule)
        parts.append(reduce_alone(run, make_reducer).describe())
    many = {name: np.concatenate([each[name] for each in parts]) for name in SEEDED}
    return many | {name: parts[0][name] for name in ("rate", "regime")}


SEEDED = "final", "best", "reached", "rose"
"""The fields of a sweep with a value for each seed."""


def finish_fields(made: Arrays) -> dict[str, Any]:
    """Return the fields of a sweep from what became of its runs, (seeds, rows, columns)."""
    fields: dict[str, Any] = dict(made)
    return fields | {"diverged": fields.pop("rose").mean(axis=0)}


def choose_target(first: float, lowest: float, target: float | None) -> tuple[float, float]:
    """Return the target, and the lowest loss that is known; nan where none is."""
    floor = min(lowest, first) if np.isfinite(lowest) else np.nan
    usual = floor + 1e-3 * (first - floor) if np.isfinite(floor) else first
    return float(usual if target is None else target), floor


def spread_start(problem: Problem, start: Any, seeds: Sequence[int]) -> np.ndarray:
    """Return a start for each seed, (seeds, n).

    Raises: ValueError: start must be 97 numbers, or for 3 seeds 97 x 3, got 97 x 2
    """
    given = np.asarray(problem.start if start is None else start)
    columns = given[:, None] if given.ndim == 1 else given
    count, many = np.size(problem.start), len(seeds)
    if columns.shape not in ((count, 1), (count, many)):
        got = " x ".join(map(str, given.shape))
        several = f", or for {many} seeds {count} x {many}" if many > 1 else ""
        raise ValueError(f"start must be {count} numbers{several}, got {got}")
    return np.ascontiguousarray(np.broadcast_to(columns, (count, many)).T)


def check_samples(problem: Problem, steps: int, seeds: Sequence[int]) -> None:
    """Refuse several seeds where they change nothing.

    Raises: ValueError: several seeds are for gradient noise, net takes the same data with each
    """
    drawn = {pickle.dumps(list(problem.samples(steps, seed))) for seed in seeds[:2]}
    if len(drawn) == 1:
        raise ValueError(
            f"several seeds are for gradient noise, {problem.name} takes the same data with each: "
            "give start a point for each seed"
        )
