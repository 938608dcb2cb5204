"""The loop of a training: problem, validation and rule in, points and losses out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from optviz.recommenders.baseline import Baseline
from optviz.recommenders.trained import Trained
from optviz.recommenders.training.curves import TrainingCurve
from optviz.recommenders.training.record import Training
from optviz.recommenders.training.settings import Settings
from optviz.recommenders.training.steppers import (
    Stepper,
    TwinStepper,
    copy_vector,
    make_stepper,
    to_array,
)
from optviz.runs.recorder import Recorder
from optviz.runs.trajectory import FINISHED
from optviz.schedules import fit_schedule, set_rule

POINTS = 40
"""Points of the thin path, besides the start, unless `keep` says otherwise."""
PATH_BYTES = 100e6
"""The size above which that path has fewer points: a model of millions of parameters fills it."""
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
    left: float | None = None
    """The seconds that are left, by those that the steps took so far; None at first."""


class TrainingLoop:
    """A training under way: the loop and the record of what it did so far."""

    def __init__(
        self,
        problem: Any,
        validation: Any,
        settings: Settings,
        about: dict[str, Any],
        baseline: Baseline | None = None,
    ):
        self.problem, self.validation, self.settings = problem, validation, settings
        self.about, self.steps = about, about["steps"]
        self.baseline = baseline or Baseline(np.nan, np.nan, np.nan, np.empty(0), np.empty(0))
        self.schedule = fit_schedule(settings.schedule, self.steps)
        self.params, self.step = copy_vector(problem.start), 0
        rule = set_rule(settings.rule, self.schedule, 0)
        self.stepper: Stepper | TwinStepper = make_stepper(settings.engine, rule, self.params)
        self.recorder = Recorder(range(self.steps), self._choose_keep(), to_array(self.params))
        self.curve = TrainingCurve(about["label"], about["kind"], ())
        self.recent: list[float] = []
        self.best: Any = None
        """The params of the epoch with the lowest validation loss, where it may stop early."""
        self.ended, self.seconds = FINISHED, 0.0
        self.began = (0, 0.0)
        """The step and the time at which the steps of this process began."""

    def _choose_keep(self) -> int:
        """Return the number of steps from one point of the path to the next."""
        if self.settings.keep is not None:
            return self.settings.keep
        size = 4 * len(self.params)
        return max(1, self.steps // max(1, min(POINTS, int(PATH_BYTES / size))))

    def go(
        self,
        seed: int,
        listeners: list[Callable],
        cancel: Callable | None,
        save: Callable[[], Any] | None = None,
    ) -> None:
        """Train until the last step, a divergence, an early stop, Ctrl-C or a cancel.

        `save()` is called at the end of each epoch.
        """
        self.began = (self.step, time.perf_counter())
        before = self.seconds
        with np.errstate(all="ignore"):
            try:
                for has_news in self.make_steps(seed, save):
                    if has_news:
                        now = self.progress()
                        for listener in listeners:
                            listener(now)
                    if cancel is not None and cancel():
                        raise KeyboardInterrupt
            except KeyboardInterrupt:
                self.ended = f"canceled at step {self.step}"
            if not np.isfinite(to_array(self.params)).all():
                self.ended = f"diverged at step {self.step}: the params are not finite"
            elif not self.recorder.points or self.recorder.points[-1][0] != self.step:
                self.record_point()
        self.seconds = before + time.perf_counter() - self.began[1]

    def make_steps(self, seed: int, save: Callable[[], Any] | None = None) -> Iterator[bool]:
        """Make every step, pausing now and then: with True where there is something to report."""
        epoch_steps, report = self.steps // self.settings.epochs, max(1, self.steps // REPORTS)
        if self.is_stalled():
            return
        for sample in islice(self.problem.samples(self.steps, seed), self.step, None):
            rule = set_rule(self.settings.rule, self.schedule, self.step)
            if self.step in self.recorder.kept:
                self.record_point(rule.lr)
            loss, grad = self.problem.loss_and_grad(self.params, sample)
            if not np.isfinite(loss):
                self.ended = f"diverged at step {self.step}: the loss is not finite"
                return
            # In one assignment: Ctrl-C must not come between the two.
            self.params, self.step = self.stepper.step(rule, grad), self.step + 1
            self.recent.append(loss)
            is_epoch, is_last = self.step % epoch_steps == 0, self.step == self.steps
            has_news = self.step % report == 0 or is_last
            if is_epoch:
                self.end_epoch()
            if has_news:
                self.extend_curve(train=float(np.mean(self.recent)), step=self.step)
                self.recent = []
            if is_epoch and save is not None:
                save()
            if has_news or self.step % ASK == 0:
                yield has_news
            if is_epoch and not is_last and self.is_stalled():
                return

    def end_epoch(self) -> None:
        """Take the validation loss, and keep the params where they are the best so far."""
        self.extend_curve(valid=float(self.validation.loss(self.params)))
        if self.settings.patience is not None and self.curve.best_epoch == len(self.curve.valid):
            self.best = copy_vector(self.params)

    def is_stalled(self) -> bool:
        """Check, and say, that the validation loss has not fallen for `patience` epochs."""
        patience, epochs = self.settings.patience, len(self.curve.valid)
        if patience is None or epochs - self.curve.best_epoch < patience:
            return False
        waited = "1 epoch" if patience == 1 else f"{patience} epochs"
        self.ended = (
            f"stopped early at step {self.step}: no lower validation loss for {waited}, "
            f"so the weights are those of epoch {self.curve.best_epoch}"
        )
        return True

    def extend_curve(self, **values: float) -> None:
        """Add values to the end of the curve's columns."""
        longer: Any = {key: (*getattr(self.curve, key), each) for key, each in values.items()}
        self.curve = replace(self.curve, **longer)

    def record_point(self, lr: Any = np.nan) -> None:
        """Record the params and the loss over all training ratings there."""
        loss = float(self.problem.loss(self.params))
        self.recorder.add(self.step, to_array(self.params), loss, lr)

    def progress(self) -> Progress:
        """Return how far the training is."""
        epochs, (first, began) = self.settings.epochs, self.began
        epoch = min(epochs, 1 + self.step * epochs // self.steps)
        seconds = time.perf_counter() - began
        left = seconds * (self.steps - self.step) / (self.step - first) if seconds > 0.5 else None
        return Progress(epoch, self.step, self.steps, self.curve, self.baseline.mse, left)

    def to_training(self, trained: Trained) -> Training:
        """Return the record of the training of a model, whose weights are filled in."""
        params = to_array(self.params if self.best is None else self.best)
        return Training(
            trained=replace(trained, params=params, about=self.about),
            trajectory=self.recorder.to_trajectory((), self.about, self.ended),
            curve=self.curve,
            baseline=self.baseline.mse,
            baseline_strength=self.baseline.strength,
            seconds=self.seconds,
        )
