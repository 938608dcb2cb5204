"""The one loop: a problem and a rule in, a record of every step out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np

from optviz.problems.base import ALL, Problem
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Constant, Schedule, spanning
from optviz.specs import Entry, innermost, label_of, spell_entry

MOST_BYTES = 4e9
"""A record above this size is refused, with the way to a smaller one."""


def run(
    problem: Problem,
    rule: Rule,
    steps: int = 100,
    *,
    start: Any = None,
    seed: int = 0,
    schedule: Schedule | None = None,
    state: Any = None,
    first: int = 0,
    keep: str | int = "path",
    on_step: Callable[[int], Any] | None = None,
) -> Trajectory:
    """The trajectory of `steps` steps of a rule on a problem.

    A single run stops at its first value that is not finite and says so. Many at once (start
    (n, *runs), or array hyperparameters of shape (*runs,)) all run on to the end.
    `keep` is "path" (every point), "ends" (first and last steps) or k (every k-th point, as
    float32, for problems of many parameters). `state` replaces the rule's initial averages.
    With `first` the run goes on from a start that it has reached after that many steps, at the
    learning rates and with the noise of the steps from there.
    `on_step(step)` is called before each step, for progress; what it raises stops the run.

    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    if not isinstance(rule, Rule):
        raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
    steps, keep = whole("steps", steps), keep if isinstance(keep, str) else whole("keep", keep)
    if whole("first", first, low=0) >= steps:
        raise ValueError(f"first must be below steps ({steps}), got {first}")
    params, given = prepared(problem, rule, start)
    kept = points_kept(range(first, steps), keep, params)
    state = given.init(params) if state is None else state
    record = Recorder(problem, rows=keep == "path", initial=state)
    rules = scheduled(given, spanning(schedule, steps))
    with np.errstate(all="ignore"):
        samples = enumerate(islice(problem.samples(steps, seed), first, None), first)
        stopped = walk(problem, rules, params, state, samples, kept, record, on_step)
    ended: Any = stopped or f"ran all {record.step[-1]} steps"
    if params.ndim > 1:
        ended = np.where(np.isfinite(record.path[-1]).all(axis=0), ended, "diverged")
    about = about_run(problem, given, schedule, steps, seed)
    return record.trajectory(problem, about, ended, thin=isinstance(keep, int))


def scheduled(rule: Rule, factor: Schedule) -> Callable[[int], Rule]:
    """The rule of each step: the same one, but for the learning rate of a schedule."""
    if isinstance(factor, Constant):
        return lambda _: rule
    return lambda step: rule.with_lr(rule.lr * factor(step))


def walk(
    problem: Problem,
    rules: Callable[[int], Rule],
    params: np.ndarray,
    state: Any,
    samples: Iterable[tuple[int, Any]],
    kept: range | set[int],
    record: Recorder,
    on_step: Callable[[int], Any] | None,
) -> str:
    """Make the steps and record them; why a single run stopped early, or nothing."""
    step, single = 0, params.ndim == 1
    for step, sample in samples:
        if on_step is not None:
            on_step(step)
        rule = rules(step)
        grad = problem.grad(params, sample)
        new, state = rule.update(params, grad, state)
        if not record.step:
            check_step(rule, params, new)
        if step in kept:
            loss = record.point(step, params)
            if single and not isfinite(loss):
                return f"diverged at step {step}: the loss is not finite"
            record.row(params, getattr(rule, "lr", np.nan), grad, state, sample)
        params = new
        if single and not all_finite(params):
            record.point(step + 1, params)
            return why_stopped(step, grad)
    record.point(step + 1, params)
    return ""


def check_step(rule: Rule, params: np.ndarray, new: np.ndarray) -> None:
    """Refuse a rule that changes what params are.

    Raises: ValueError: a step must keep the params' shape (2,) and dtype float32, ...
    """
    if new.shape != params.shape or new.dtype != params.dtype:
        raise ValueError(
            f"a step must keep the params' shape {params.shape} and dtype {params.dtype}, "
            f"{type(rule).__name__} gave {new.shape} {new.dtype}"
        )


class Recorder:
    """The lists that a run fills: cheap to append to, stacked once at the end."""

    def __init__(self, problem: Problem, rows: bool, initial: Any):
        self.problem, self.rows, self.initial = problem, rows, initial
        self.step: list[int] = []
        self.path: list[Any] = []
        self.losses: list[Any] = []
        self.lr: list[Any] = []
        self.grads: list[Any] = []
        self.states: list[Any] = []
        self.sample_losses: list[Any] = []

    def point(self, step: int, params: Any) -> Any:
        """Record a point and return its loss."""
        loss = self.problem.loss(params)
        self.step.append(step)
        self.path.append(params)
        self.losses.append(loss)
        return loss

    def row(self, params: Any, lr: Any, grad: Any, state: Any, sample: Any) -> None:
        """Record what a step was made of."""
        self.lr.append(lr)
        if self.rows:
            self.grads.append(grad)
            self.states.append(state)
        if sample is not ALL:
            self.sample_losses.append(self.problem.sample_loss(params, sample))

    def trajectory(self, problem: Problem, about: dict, ended: Any, thin: bool) -> Trajectory:
        """What was recorded."""
        begun = getattr(self.initial, "_asdict", dict) if self.rows else dict
        initial = {name: np.array(value) for name, value in begun().items()}
        state = {
            name: np.array([getattr(each, name) for each in self.states]).reshape(-1, *first.shape)
            for name, first in initial.items()
        }
        return Trajectory(
            names=tuple(problem.names),
            step=np.array(self.step),
            path=np.array(self.path, dtype=np.float32 if thin else None),
            losses=np.array(self.losses, dtype=float),
            lr=np.array(self.lr, dtype=float),
            grad=np.array(self.grads).reshape(-1, *self.path[0].shape) if self.rows else None,
            state=state,
            initial=initial,
            sample_loss=np.array(self.sample_losses) if self.sample_losses else None,
            about=about,
            ended=ended,
        )


def prepared(problem: Problem, rule: Rule, start: Any) -> tuple[np.ndarray, Rule]:
    """The starting params, broadcast to (n, *runs), and the rule with its arrays of their dtype.

    Raises: ValueError: start must be 2 numbers (x, y), got 3
    """
    if not isinstance(problem, Problem):
        raise ValueError(f'problem must be a problem such as SURFACES["bowl"], got {problem!r}')
    params = np.asarray(problem.start if start is None else start)
    if params.dtype not in (np.float32, np.float64):
        try:
            params = params.astype(float)
        except (TypeError, ValueError):
            raise ValueError(f"start must be numbers, got {start!r}") from None
    count = np.size(problem.start)
    if params.ndim == 0 or params.shape[0] != count:
        names = f" ({', '.join(problem.names)})" if problem.names else ""
        got = params.shape[0] if params.ndim else 1
        raise ValueError(f"start must be {count} numbers{names}, got {got}")
    if not all_finite(params):
        raise ValueError(f"start must be finite, got {np.array2string(params, threshold=6)}")
    shapes: list[tuple[int, ...]] = []
    rule = cast(rule, params.dtype, shapes)
    runs = np.broadcast_shapes(params.shape[1:], *shapes)
    params = params.reshape(params.shape + (1,) * (len(runs) - params.ndim + 1))
    return np.array(np.broadcast_to(params, (count, *runs))), rule


def cast(rule: Rule, dtype: Any, shapes: list[tuple[int, ...]]) -> Rule:
    """The rule with array hyperparameters of a dtype; their shapes are added to `shapes`."""
    changes = {}
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            changes[spec.name] = cast(value, dtype, shapes)
        elif np.ndim(value):
            changes[spec.name] = np.asarray(value, dtype)
            shapes.append(np.shape(value))
    if not changes:
        return rule
    copy = object.__new__(type(rule))
    copy.__dict__.update(rule.__dict__, **changes)
    return copy


def points_kept(steps: range, keep: str | int, params: np.ndarray) -> range | set[int]:
    """The steps whose point is recorded; the end is recorded besides.

    Raises: ValueError: keeping the path needs 6.7 GB: pass keep=50 or keep="ends"
    """
    if keep == "ends":
        return {steps[0], steps[-1]}
    if keep == "path":
        size = 4.0 * len(steps) * params.nbytes
        kept = steps
    elif isinstance(keep, int):
        size = len(steps) / keep * params.size * 4
        kept = steps[::keep]
    else:
        raise ValueError(f'keep must be "path", "ends" or a whole number, got {keep!r}')
    if size > MOST_BYTES:
        raise ValueError(
            f'keeping the path needs {size / 1e9:.3g} GB: pass a larger k as keep=k or keep="ends"'
        )
    return kept


def all_finite(params: np.ndarray) -> bool:
    """Whether every value is finite; for a few of them floats are ten times faster than numpy."""
    if params.ndim == 1 and params.size <= 8:
        return all(map(isfinite, params.tolist()))
    return bool(np.isfinite(params).all())


def why_stopped(step: int, grad: np.ndarray) -> str:
    """Why a step led to a value that is not finite, in words."""
    if np.isnan(grad).any():
        return f"stopped at step {step}: the loss is not differentiable there"
    return f"diverged at step {step + 1}: the params are not finite"


def about_run(
    problem: Problem, rule: Rule, schedule: Schedule | None, steps: int, seed: int
) -> dict:
    """What was run, as JSON can hold it."""
    shown = None if isinstance(schedule, Constant) else schedule
    return {
        "label": label_of(Entry(rule, shown)),
        "rule": spell_entry(rule, shown),
        "kind": type(innermost(rule)).__name__.lower(),
        "problem": problem.name,
        "steps": steps,
        "seed": seed,
    }


def whole(name: str, value: Any, low: int = 1) -> int:
    """The value as an int of at least `low`.

    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")
    return int(value)
