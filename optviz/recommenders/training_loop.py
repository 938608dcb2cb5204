"""The loop of a training: problem, validation and rule in, points and losses out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.batches import split_range
from optviz.recommenders.baseline import Baseline
from optviz.recommenders.curves import TrainingCurve
from optviz.recommenders.trained import Trained
from optviz.recommenders.training import Training
from optviz.rules import RULES, Rule
from optviz.runs.recorder import Recorder
from optviz.runs.trajectory import FINISHED
from optviz.schedules import Schedule, fit_schedule, set_rule
from optviz.specs import unwrap_rule

CHUNK = 32768
"""Parameters updated at once: a rule's temporaries then stay in cache."""
POINTS = 40
"""Points of the thin path, besides the start, unless `keep` says otherwise."""
REPORTS = 200
"""Times that progress is reported."""
ASK = 25
"""Steps after which cancel is asked at the latest: reports of a long training lie seconds apart."""


class Progress(NamedTuple):
    """The state of a training under way; the first epoch is 1."""

    epoch: int
    step: int
    steps: int
    curve: TrainingCurve
    """The losses so far."""
    baseline: float
    """Validation loss of the bias-only model."""


@dataclass(frozen=True)
class Settings:
    """The choices of a training: rule and schedule, epochs, ratings a step, points kept."""

    rule: Rule
    schedule: Schedule | None
    epochs: int
    batch: int
    keep: int | None
    """The path is recorded every so many steps; None for about POINTS points."""


class TrainingLoop:
    """A training under way: the loop and the record of what it did so far."""

    def __init__(
        self,
        problem: Any,
        validation: Any,
        settings: Settings,
        about: dict[str, Any],
        baseline: Baseline,
    ):
        self.problem, self.validation, self.settings = problem, validation, settings
        self.about, self.baseline, self.steps = about, baseline, about["steps"]
        self.schedule = fit_schedule(settings.schedule, self.steps)
        self.params, self.step = np.array(problem.start), 0
        keep = max(1, self.steps // POINTS) if settings.keep is None else settings.keep
        self.recorder = Recorder(range(self.steps), keep, self.params)
        self.curve = TrainingCurve(about["label"], about["kind"], ())
        self.recent: list[float] = []
        self.ended, self.seconds = FINISHED, 0.0

    def go(self, seed: int, listeners: list[Callable], cancel: Callable | None) -> None:
        """Train until the last step, a divergence, Ctrl-C or a cancel."""
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            try:
                for has_news in self.make_steps(seed):
                    if has_news:
                        now = self.progress()
                        for listener in listeners:
                            listener(now)
                    if cancel is not None and cancel():
                        raise KeyboardInterrupt
            except KeyboardInterrupt:
                self.ended = f"canceled at step {self.step}"
            if not np.isfinite(self.params).all():
                self.ended = f"diverged at step {self.step}: the params are not finite"
            elif not self.recorder.points or self.recorder.points[-1][0] != self.step:
                self.record_point()
        self.seconds = time.perf_counter() - began

    def make_steps(self, seed: int) -> Iterator[bool]:
        """Make every step, pausing now and then: with True where there is something to report."""
        stepper = Stepper(set_rule(self.settings.rule, self.schedule, 0), self.params)
        epoch_steps, report = self.steps // self.settings.epochs, max(1, self.steps // REPORTS)
        for sample in self.problem.samples(self.steps, seed):
            rule = set_rule(self.settings.rule, self.schedule, self.step)
            if self.step in self.recorder.kept:
                self.record_point(rule.lr)
            loss, grad = self.problem.loss_and_grad(self.params, sample)
            if not np.isfinite(loss):
                self.ended = f"diverged at step {self.step}: the loss is not finite"
                return
            # In one assignment: Ctrl-C must not come between the two.
            self.params, self.step = stepper.step(rule, grad), self.step + 1
            self.recent.append(loss)
            if self.step % epoch_steps == 0:
                self.extend_curve(valid=float(self.validation.loss(self.params)))
            if self.step % report == 0 or self.step == self.steps:
                self.extend_curve(train=float(np.mean(self.recent)), step=self.step)
                self.recent = []
                yield True
            elif self.step % ASK == 0:
                yield False

    def extend_curve(self, **values: float) -> None:
        """Add values to the end of the curve's columns."""
        longer: Any = {key: (*getattr(self.curve, key), each) for key, each in values.items()}
        self.curve = replace(self.curve, **longer)

    def record_point(self, lr: Any = np.nan) -> None:
        """Record the params and the loss over all training ratings there."""
        loss = float(self.problem.loss(self.params))
        self.recorder.add(self.step, self.params, loss, lr)

    def progress(self) -> Progress:
        """Return how far the training is."""
        epochs = self.settings.epochs
        epoch = min(epochs, 1 + self.step * epochs // self.steps)
        return Progress(epoch, self.step, self.steps, self.curve, self.baseline.mse)

    def to_training(self, trained: Trained) -> Training:
        """Return the record of the training of a model."""
        return Training(
            trained=trained,
            trajectory=self.recorder.to_trajectory((), self.about, self.ended),
            curve=self.curve,
            baseline=self.baseline.mse,
            baseline_strength=self.baseline.strength,
            seconds=self.seconds,
        )


class Stepper:
    """A rule applied to one vector, in chunks that fit the cache."""

    def __init__(self, rule: Rule, params: np.ndarray):
        # Our rules treat each parameter by itself; another may need the whole vector at once.
        size = CHUNK if type(unwrap_rule(rule)) in RULES.values() else len(params)
        self.params, self.spare = params, np.empty_like(params)
        self.spans = list(split_range(len(params), size))
        self.states = [rule.init(params[span]) for span in self.spans]

    def step(self, rule: Rule, grad: np.ndarray) -> np.ndarray:
        """Return the params after one more step; those before it stay whole until the next."""
        for i, span in enumerate(self.spans):
            new, self.states[i] = rule.update(self.params[span], grad[span], self.states[i])
            self.spare[span] = new
        self.params, self.spare = self.spare, self.params
        return self.params
