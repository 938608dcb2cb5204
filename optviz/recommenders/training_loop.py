"""The training loop: a problem, a judge and a rule in, points and losses out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from optviz.recommenders.baseline import Baseline
from optviz.recommenders.curves import TrainingCurve
from optviz.recommenders.dot_problem import spans
from optviz.recommenders.trained import Trained
from optviz.recommenders.training import Training
from optviz.rules import RULES, Rule
from optviz.runs.loop import points_kept, whole
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Schedule
from optviz.specs import innermost

CHUNK = 32768
"""Parameters updated at once: a rule's temporaries then stay in cache."""
POINTS = 40
"""Points of the thin path, besides the start, unless `keep` says otherwise."""
REPORTS = 200
"""Times that progress is told."""
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


class Run:
    """A training under way: the loop, and what it has seen so far."""

    def __init__(
        self,
        problem: Any,
        judge: Any,
        rule: Rule,
        schedule: Schedule,
        steps: int,
        epochs: int,
        keep: int | None,
        baseline: Baseline,
    ):
        self.problem, self.judge, self.rule, self.schedule = problem, judge, rule, schedule
        self.steps, self.epochs, self.baseline = steps, epochs, baseline
        self.report = max(1, steps // REPORTS)
        self.params = np.array(problem.start)
        keep = max(1, steps // POINTS) if keep is None else whole("keep", keep)
        self.kept = points_kept(range(steps), keep, self.params)
        self.step, self.ended, self.seconds = 0, f"ran all {steps} steps", 0.0
        self.points: list[tuple[int, np.ndarray, float, float]] = []
        self.recent: list[float] = []
        self.train: list[tuple[int, float]] = []
        self.valid: list[float] = []
        self.about: dict[str, Any] = {}

    def go(self, seed: int, listeners: list[Callable], cancel: Callable | None) -> None:
        """Train until the last step, a divergence, Ctrl-C or a cancel."""
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            try:
                for news in self.all_steps(seed):
                    if news:
                        self.tell(listeners)
                    if cancel is not None and cancel():
                        self.ended = f"canceled at step {self.step}"
                        break
            except KeyboardInterrupt:
                self.ended = f"canceled at step {self.step}"
            if not np.isfinite(self.params).all():
                self.ended = f"diverged at step {self.step}: the params are not finite"
            elif not self.points or self.points[-1][0] != self.step:
                self.point(self.lr())
        self.seconds = time.perf_counter() - began

    def all_steps(self, seed: int) -> Iterator[bool]:
        """Make every step, pausing now and then: with True where there is something to report."""
        stepper = Stepper(self.rule, self.params)
        epoch_steps = self.steps // self.epochs
        for sample in self.problem.samples(self.steps, seed):
            rule = self.rule.with_lr(self.lr())
            if self.step in self.kept:
                self.point(rule.lr)
            loss, grad = self.problem.loss_and_grad(self.params, sample)
            if not np.isfinite(loss):
                self.ended = f"diverged at step {self.step}: the loss is not finite"
                return
            # In one assignment: Ctrl-C must not come between the two.
            self.params, self.step = stepper.moved(rule, grad), self.step + 1
            self.recent.append(loss)
            if self.step % epoch_steps == 0:
                self.valid.append(float(self.judge.loss(self.params)))
            if self.step % self.report == 0 or self.step == self.steps:
                self.train.append((self.step, float(np.mean(self.recent))))
                self.recent = []
                yield True
            elif self.step % ASK == 0:
                yield False

    def lr(self) -> Any:
        """The learning rate of the next step."""
        return self.rule.lr * self.schedule(self.step)

    def point(self, lr: Any) -> None:
        """Record where the run is, and the loss over all training ratings there."""
        loss = float(self.problem.loss(self.params))
        self.points.append((self.step, self.params.astype(np.float32), loss, lr))

    def tell(self, listeners: list[Callable]) -> None:
        """Tell the listeners how far the training is."""
        epoch = min(self.epochs, 1 + self.step * self.epochs // self.steps)
        now = Progress(epoch, self.step, self.steps, self.curve(), self.baseline.mse)
        for listener in listeners:
            listener(now)

    def curve(self) -> TrainingCurve:
        """Return the losses so far."""
        step, train = zip(*self.train, strict=True) if self.train else ((), ())
        return TrainingCurve(self.about["label"], self.about["kind"], self.valid, train, step)

    def record(self, trained: Trained) -> Training:
        """What the training did."""
        step, path, losses, lr = zip(*self.points, strict=True)
        trajectory = Trajectory(
            names=(),
            step=np.array(step),
            path=np.array(path),
            losses=np.array(losses),
            lr=np.array(lr[:-1]),
            about=trained.about,
            ended=self.ended,
        )
        return Training(
            trained=trained,
            trajectory=trajectory,
            curve=self.curve(),
            baseline=self.baseline.mse,
            baseline_strength=self.baseline.strength,
            seconds=self.seconds,
        )


class Stepper:
    """A rule applied to one vector, in chunks that fit the cache."""

    def __init__(self, rule: Rule, params: np.ndarray):
        # Our rules treat each parameter by itself; another may need the whole vector at once.
        size = CHUNK if type(innermost(rule)) in RULES.values() else len(params)
        self.params, self.spare = params, np.empty_like(params)
        self.spans = list(spans(len(params), size))
        self.states = [rule.init(params[span]) for span in self.spans]

    def moved(self, rule: Rule, grad: np.ndarray) -> np.ndarray:
        """The params after one more step; those before it stay whole until the next."""
        for i, span in enumerate(self.spans):
            new, self.states[i] = rule.update(self.params[span], grad[span], self.states[i])
            self.spare[span] = new
        self.params, self.spare = self.spare, self.params
        return self.params


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread for the length of a block: fastest here, and the same bytes everywhere."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
