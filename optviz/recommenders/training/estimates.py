"""The time that a training takes: a dry run of a few steps on a copy, before it begins."""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from optviz.recommenders.training.steppers import copy_vector, make_stepper
from optviz.recommenders.training.training_loop import TrainingLoop
from optviz.schedules import set_rule

STEPS, SECONDS = 20, 0.2
"""The most steps of a dry run, and the seconds after which it makes no more than three."""
FEW = 20_000
"""Ratings on which the time of a loss is taken."""


class Estimate(NamedTuple):
    """The time that a training will take, by a dry run.

    Units: seconds of wall time, as busy as the machine is now
    """

    seconds: float
    steps: int
    step_seconds: float
    """The time of one step."""
    loss_seconds: float
    """The time of all losses over all ratings: validation and the recorded path."""

    def describe_time(self) -> str:
        """Return the time in words, such as "3.2 s" or "1 h 20 min"."""
        if self.seconds < 100:
            return f"{self.seconds:.2g} s"
        minutes = round(self.seconds / 60)
        return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

    def words(self) -> str:
        """Return the estimate as a sentence."""
        step = f"{self.step_seconds * 1000:.2g} ms each"
        return (
            f"about {self.describe_time()}: {self.steps:,} steps of {step}, and "
            f"{self.loss_seconds:.2g} s for the losses over all ratings."
        )


def estimate_seconds(loop: TrainingLoop) -> Estimate:
    """Return what the steps that a training has yet to make will take; it stays as it is."""
    left, epochs = loop.steps - loop.step, loop.settings.epochs
    rule = set_rule(loop.settings.rule, loop.schedule, loop.step)
    params = copy_vector(loop.params)
    stepper = make_stepper(loop.settings.engine, rule, params)
    began = perf_counter()
    samples = iter(loop.problem.samples(min(STEPS + 1, loop.steps), 0))
    times = []
    with np.errstate(all="ignore"):
        for sample in samples:
            grad = loop.problem.loss_and_grad(params, sample)[1]
            params = stepper.step(rule, grad)
            times.append(perf_counter())
            if len(times) > 3 and times[-1] - times[0] > SECONDS:
                break
        shuffle = times[0] - began
        steps = np.diff(times)
        step_seconds = float(np.median(steps)) if len(steps) else shuffle
        points = sum(1 for step in loop.recorder.kept if step >= loop.step) + 1
        losses = epochs * left / loop.steps * time_loss(loop.validation, loop.params)
        losses += points * time_loss(loop.problem, loop.params)
    total = left * step_seconds + losses + max(0.0, shuffle - step_seconds) * epochs
    return Estimate(total, left, step_seconds, losses)


def time_loss(problem: Any, params: Any) -> float:
    """Return the seconds of a loss over all ratings, by those of a few."""
    few = min(FEW, problem.count)
    began = perf_counter()
    problem.limit(few).loss(params)
    return (perf_counter() - began) * problem.count / few
