"""The loop of a run: a problem and a rule in, a record of every step out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from itertools import islice
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.base import ALL, Problem, check_problem
from optviz.rules import Rule
from optviz.runs.endings import explain_stop, is_all_finite
from optviz.runs.hyper_arrays import HyperArray
from optviz.runs.part_steps import open_parts
from optviz.runs.recorder import Recorder
from optviz.runs.step_choice import choose_step
from optviz.runs.trajectory import FINISHED, Trajectory
from optviz.schedules import Constant, Schedule, fit_schedule, set_rule
from optviz.specs import OptimizerSpec, format_label, format_spec, unwrap_rule


def run(
    problem: Problem,
    rule: Rule,
    steps: int = 100,
    *,
    start: Any = None,
    seed: Any = 0,
    schedule: Schedule | None = None,
    state: Any = None,
    buffers: Any = None,
    first: int = 0,
    keep: str | int = "path",
    on_step: Callable[[int], Any] | None = None,
) -> Trajectory:
    """Make `steps` steps of a rule on a problem and return their trajectory.

    A single run stops at its first value that is not finite and says so. Many at once (start
    (n, *runs), or array hyperparameters or seeds of shape (*runs,)) all run on to the end; with one
    seed they share the noise, with an array of them each has the noise of its own seed.
    `keep` is "path" (every point), "ends" (first and last steps) or k (every k-th point, as
    float32, for problems of many parameters). `state` replaces the rule's initial averages,
    `buffers` what the problem's points have besides their params, such as running averages.
    With `first` the run goes on from a start that it has reached after that many steps, at the
    learning rates and with the noise of the steps from there.
    `on_step(step)` is called before each step, for progress; what it raises stops the run.

    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    keep = keep if isinstance(keep, str) else check_whole("keep", keep)
    prepared = prepare_run(
        problem,
        rule,
        steps,
        start=start,
        seed=seed,
        schedule=schedule,
        state=state,
        buffers=buffers,
        first=first,
    )
    recorder = Recorder(
        range(first, steps), keep, prepared.params, prepared.state, prepared.problem.buffers
    )
    ended: Any = prepared.make_steps(recorder, on_step)
    if prepared.params.ndim > 1:
        ended = np.where(np.isfinite(recorder.points[-1][1]).all(axis=0), ended, "diverged")
    about = describe_run(prepared.problem, prepared.rule, schedule, steps, prepared.seed)
    return recorder.to_trajectory(problem.names, about, ended)


class PreparedRun(NamedTuple):
    """Runs before their first step: all arguments checked, params and rule of the same shape."""

    problem: Problem
    rule: Rule
    factor: Schedule
    params: np.ndarray
    state: Any
    steps: int
    first: int
    seed: Any

    def make_steps(self, recorder: Any, on_step: Callable[[int], Any] | None = None) -> str:
        """Make the steps, record them and return how the run ended, in words."""

        def begin_step(step: int) -> Rule:
            if on_step is not None:
                on_step(step)
            rule, factor = self.rule, self.factor
            return rule if isinstance(factor, Constant) else set_rule(rule, factor, step)

        samples = self.problem.samples(self.steps, self.seed)
        each = enumerate(islice(samples, self.first, None), self.first)
        with np.errstate(all="ignore"):
            return make_steps(self.problem, begin_step, self.params, self.state, each, recorder)


def prepare_run(
    problem: Problem,
    rule: Rule,
    steps: int,
    *,
    start: Any = None,
    seed: Any = 0,
    schedule: Schedule | None = None,
    state: Any = None,
    buffers: Any = None,
    first: int = 0,
) -> PreparedRun:
    """Check what `run` is given, and return the runs before their first step.

    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    steps = check_whole("steps", steps)
    if check_whole("first", first, low=0) >= steps:
        raise ValueError(f"first must be below steps ({steps}), got {first}")
    seed = check_seeds(problem, seed)
    params, cast = prepare_params(problem, rule, start, np.shape(seed))
    if np.ndim(seed):
        seed = np.broadcast_to(seed, params.shape[1:])
    problem = problem.begin_run(params, buffers)
    factor = fit_schedule(schedule, steps)
    with np.errstate(all="ignore"):
        state = set_rule(cast, factor, first).init(params) if state is None else state
    return PreparedRun(problem, cast, factor, params, state, steps, first, seed)


def check_seeds(problem: Problem, seed: Any) -> Any:
    """Return the seed of all runs, or an array of one for each run.

    Raises: ValueError: seeds of their own are for runs with gradient noise, line draws its samples
    """
    if not np.ndim(seed):
        return check_whole("seed", seed, low=0)
    seeds = np.asarray(seed)
    if seeds.dtype.kind not in "iu" or seeds.size == 0 or seeds.min() < 0:
        raise ValueError("seeds must be whole numbers of at least 0, in an array")
    if not check_problem(problem).has_seeds:
        raise ValueError(
            f"seeds of their own are for runs with gradient noise, {problem.name} draws its samples"
        )
    return seeds


def make_steps(
    problem: Problem,
    rules: Callable[[int], Rule],
    params: np.ndarray,
    state: Any,
    samples: Iterable[tuple[int, Any]],
    recorder: Recorder,
) -> str:
    """Make the steps, record them and return how the run ended, in words."""
    step, single, kept, make_step = 0, params.ndim == 1, recorder.kept, None
    samples = iter(samples)
    for step, sample in samples:
        rule = rules(step)
        is_kept = step in kept
        if is_kept and recorder.needs_losses:
            buffers = problem.buffers
            loss, grad = problem.full_loss_and_grad(params, sample)
        else:
            loss, buffers, grad = None, None, problem.grad(params, sample)
        is_first = make_step is None
        if make_step is None:
            check_grad(problem, params, grad)
            make_step = choose_step(rule, params, state)
        new, state = make_step(rule, params, grad, state)
        if not recorder.points:
            check_step(rule, params, new)
        if loss is not None:
            if single and not isfinite(loss):
                recorder.add(step, params, loss, buffers=buffers)
                return f"diverged at step {step}: the loss is not finite"
            own = None if sample is ALL else problem.sample_loss(params, sample)
            lr = getattr(rule, "lr", np.nan)
            recorder.add(step, params, loss, lr, grad, state, own, buffers)
        elif is_kept:
            recorder.add(step, params, None, grad=grad)
        params = new
        if single and not is_all_finite(params):
            recorder.add(step + 1, params, problem.loss(params), buffers=problem.buffers)
            return explain_stop(step, grad)
        grad = None  # its memory may serve for the next
        parts = open_parts(problem, rule, params, state, recorder) if is_first else None
        if parts is not None:
            return parts.make_steps(rules, samples, step)
    recorder.add(step + 1, params, problem.loss(params), buffers=problem.buffers)
    return FINISHED


def check_grad(problem: Problem, params: np.ndarray, grad: Any) -> None:
    """Refuse a gradient that has not the shape of the params."""
    if np.shape(grad) != params.shape:
        raise ValueError(
            f"a gradient has the shape of the params, {params.shape}, {problem.name} gave "
            f"{np.shape(grad)}"
        )


def check_step(rule: Rule, params: np.ndarray, new: np.ndarray) -> None:
    """Refuse a rule that changes what params are."""
    if new.shape != params.shape or new.dtype != params.dtype:
        raise ValueError(
            f"a step must keep the params' shape {params.shape} and dtype {params.dtype}, "
            f"{type(rule).__name__} gave {new.shape} {new.dtype}"
        )


def prepare_params(
    problem: Problem, rule: Rule, start: Any, more: tuple[int, ...] = ()
) -> tuple[np.ndarray, Rule]:
    """Return the starting params, broadcast to (n, *runs), and the rule with arrays of their dtype.

    `more` is a shape to which the runs are broadcast besides.

    Raises: ValueError: start must be 2 numbers (x, y), got 3
    """
    if not isinstance(rule, Rule):
        raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
    check_problem(problem)
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
    if not is_all_finite(params):
        raise ValueError(f"start must be finite, got {np.array2string(params, threshold=6)}")
    shapes: list[tuple[int, ...]] = [more]
    rule = cast_rule(rule, params.dtype, shapes)
    runs = np.broadcast_shapes(params.shape[1:], *shapes)
    params = params.reshape(params.shape + (1,) * (len(runs) - params.ndim + 1))
    return np.array(np.broadcast_to(params, (count, *runs))), rule


def cast_rule(rule: Rule, dtype: Any, shapes: list[tuple[int, ...]]) -> Rule:
    """Return the rule with array hyperparameters of a dtype; their shapes are added to `shapes`."""
    changes = {}
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            changes[spec.name] = cast_rule(value, dtype, shapes)
        elif np.ndim(value):
            changes[spec.name] = np.array(value, dtype).view(HyperArray)
            shapes.append(np.shape(value))
    if not changes:
        return rule
    copy = object.__new__(type(rule))
    copy.__dict__.update(rule.__dict__, **changes)
    return copy


def describe_run(
    problem: Problem, rule: Rule, schedule: Schedule | None, steps: int, seed: Any
) -> dict:
    """Return the settings of a run, as JSON can hold them."""
    schedule = None if isinstance(schedule, Constant) else schedule
    return {
        "label": format_label(OptimizerSpec(rule, schedule)),
        "rule": format_spec(rule, schedule),
        "kind": type(unwrap_rule(rule)).__name__.lower(),
        "problem": problem.name,
        "steps": steps,
        "seed": seed if isinstance(seed, int) else np.asarray(seed).tolist(),
        **({"statistics": problem.statistics} if problem.statistics else {}),
    }


def check_whole(name: str, value: Any, low: int = 1, high: int = 2**53) -> int:
    """Return a whole number as an int from `low` to `high`.

    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")
    if value > high:
        raise ValueError(f"{name} must be at most {high}, got {value}")
    return int(value)
