"""A learning rate at which an optimizer runs: found by short trials from the start of a race.

The browser finds the same one: optviz/javascript/trial.js.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from math import isfinite, isnan
from typing import Any

import numpy as np

from optviz.experiments.limits import Fork
from optviz.experiments.perform import build_surface, make_run
from optviz.experiments.surface import Experiment
from optviz.rules import Maximize
from optviz.runs.comparison import describe_outcome
from optviz.runs.loop import run
from optviz.specs import format_spec, parse_spec

RATES = tuple(float(f"{digit}e{power}") for power in range(-9, 3) for digit in (1, 2, 5))
"""The learning rates that are tried."""
FACTORS = (0.5, 2.0, 0.25, 4.0, 0.1, 10.0)
"""What a copy's learning rate is multiplied by: the first with which it runs."""
STEPS = 200
"""Steps of a trial at most."""
ROOM = 0.5
"""A run stays in the window and in so much of its size around it."""
SWING = 0.25
"""A run is calm whose last tenth goes up and down by no more than this part of its way."""
NEAR = 1.5
"""Learning rates closer than this factor count as the same."""
ENOUGH = 0.03
"""A loss so little of the way above the lowest is as good: the least learning rate is taken."""


def choose_lr(experiment: Experiment, text: str, taken: Collection[float] = ()) -> str:
    """Return an optimizer with a learning rate that brings it low; with the least if none runs.

    Of those that do nearly as well it is the least; it does not swing, and it runs with the next
    larger one too, so that it stands a little change. Those near the ones `taken` are left.
    """
    entry = parse_spec(text)
    found = try_rates(plan_trial(experiment, text), RATES)
    highest = [*found[0], np.inf]
    able = [
        (lr, loss)
        for lr, loss, is_calm, beyond in zip(RATES, *found, highest[1:], strict=True)
        if isfinite(loss) and is_calm and not isnan(beyond) and not is_near(lr, taken)
    ]
    losses = [loss for _, loss in able]
    enough = min(losses) + ENOUGH * (max(losses) - min(losses)) if able else 0.0
    chosen = next((lr for lr, loss in able if loss <= enough), RATES[0])
    return format_spec(entry.rule.with_lr(chosen), entry.schedule, entry.on)


def vary_lr(experiment: Experiment, text: str, taken: Collection[float] = ()) -> str:
    """Return an optimizer with half its learning rate, or another multiple with which it runs."""
    entry = parse_spec(text)
    rates = [factor * entry.rule.lr for factor in FACTORS]
    found, _ = try_rates(plan_trial(experiment, text), tuple(rates))
    for lr, loss in zip(rates, found, strict=True):
        if isfinite(loss) and not is_near(lr, taken):
            return format_spec(entry.rule.with_lr(lr), entry.schedule, entry.on)
    return choose_lr(experiment, text, taken)


def vary_fork(
    experiment: Experiment, optimizer: int, step: int, text: str = "", taken: Collection[float] = ()
) -> Fork:
    """Return a fork of an optimizer, counted from 0, that leaves its run: with another lr.

    `text` is what it goes on with, the optimizer itself if it is empty.

    Raises: ValueError: the runs end at step 500: fork at an earlier step
    """
    if step >= experiment.steps:
        raise ValueError(f"the runs end at step {experiment.steps}: fork at an earlier step")
    plan, window = experiment.plan_run(optimizer, experiment.start), experiment.surface().window
    parent = make_run(plan)
    if step >= int(parent.step[-1]):
        ended = parent.ended.partition(":")[0]
        raise ValueError(f"{parent.label} {ended}: fork it at an earlier step")
    rule, schedule, _ = parse_spec(text or experiment.rules[optimizer])
    rates = [factor * rule.lr for factor in FACTORS]
    forks = [
        Fork(optimizer + 1, step, format_spec(rule.with_lr(lr), schedule))
        for lr in rates
        if not is_near(lr, taken)
    ]
    for each in forks:
        outcome = describe_outcome(make_run(plan._replace(fork=each)), window)
        if not outcome.startswith(("diverged", "stopped")):
            return each
    return forks[0] if forks else Fork(optimizer + 1, step, format_spec(rule, schedule))


def runs_well(experiment: Experiment, text: str) -> bool:
    """Return True where an optimizer comes through a trial as it is."""
    lr = parse_spec(text).rule.lr
    return isfinite(try_rates(plan_trial(experiment, text), (lr,))[0][0])


def plan_trial(experiment: Experiment, text: str) -> tuple[Any, ...]:
    """Return what a trial depends on: the noise of gradients is left out."""
    entry = parse_spec(text)
    where = experiment.problem, experiment.parameters, experiment.start
    rule = format_spec(entry.rule.with_lr(1.0), entry.schedule)
    return (*where, min(experiment.steps, STEPS), rule)


@lru_cache(maxsize=256)
def try_rates(
    plan: tuple[Any, ...], rates: tuple[float, ...]
) -> tuple[Sequence[float], Sequence[bool]]:
    """Return the highest loss of the last tenth of a run at each learning rate, and if it is calm.

    NaN where it stops being finite, leaves the surroundings of the window, or ends above its
    start. Where the rule climbs, all losses count with the other sign.
    """
    problem, parameters, start, steps, text = plan
    surface, entry = build_surface(problem, parameters), parse_spec(text)
    rule = entry.rule.with_lr(np.array(rates))
    made = run(surface, rule, steps, start=start, schedule=entry.schedule)
    sign = -1.0 if isinstance(entry.rule, Maximize) else 1.0
    low, high = np.array(surface.window, dtype=float).T
    room, origin = ROOM * (high - low), made.path[0][:, 0]
    lowest, highest = np.minimum(low, origin) - room, np.maximum(high, origin) + room
    with np.errstate(all="ignore"):
        path, losses = made.path, sign * made.losses
        inside = (path >= lowest[:, None]) & (path <= highest[:, None])
        is_able = inside.all(axis=(0, 1)) & np.isfinite(losses).all(axis=0)
        last = losses[len(losses) - 1 - steps // 10 :]
        top, bottom = last.max(axis=0), last.min(axis=0)
        is_able &= top <= losses[0]
        is_calm = top - bottom <= SWING * (losses[0] - bottom)
    return tuple(np.where(is_able, top, np.nan).tolist()), tuple(is_calm.tolist())


def is_near(lr: float, taken: Collection[float]) -> bool:
    """Return True where a learning rate is within a factor of NEAR of another one."""
    return any(each / NEAR < lr < each * NEAR for each in taken)
