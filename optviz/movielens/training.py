"""Training a rating model with any rule, and what it did."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.movielens.baseline import Baseline, bias_only
from optviz.movielens.ratings import Ratings
from optviz.movielens.record import Training
from optviz.movielens.trained import Trained
from optviz.problems.ratings import spans
from optviz.rules import RULES, Decay, Rule
from optviz.runs import about_run, whole
from optviz.schedules import Schedule, spanning
from optviz.spelling import parse_entry
from optviz.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import nn

    from optviz.planes.slices import Slice


class Default(NamedTuple):
    """Settings that train a model well: the rule as text, epochs, and ratings a step."""

    rule: str
    epochs: int
    batch: int


DEFAULTS = {
    "dot": Default("adam:lr=0.003,l2=0.0002", 6, 256),
    "dot_bias": Default("adam:lr=0.003,l2=0.00015", 6, 256),
    "net": Default("adam:lr=0.003,l2=0.00015", 6, 256),
}
"""What `train` does when it is told no more than the model."""

CHUNK = 32768
"""Parameters updated at once: a rule's temporaries then stay in cache."""
POINTS = 40
"""Points of the thin path, besides the start, unless `keep` says otherwise."""
REPORTS = 200
"""Times that progress is told and cancel is asked."""


class Progress(NamedTuple):
    """How far a training is: epoch 1 is the first; losses so far.

    Units: train and valid are mean squared errors, in stars squared
    """

    epoch: int
    step: int
    steps: int
    train: list[float]
    """Mean loss of the mini-batches of each report so far."""
    valid: list[float]
    """Validation loss at the end of each epoch so far."""


def train(
    model: str | nn.Module,
    data: Ratings,
    rule: Rule | str | None = None,
    *,
    schedule: Schedule | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    split: int = 0,
    valid: float = 0.2,
    keep: int | None = None,
    progress: bool | None = None,
    on_progress: Callable[[Progress], Any] | None = None,
    cancel: Callable[[], Any] | None = None,
) -> Training:
    """The record of training a model on ratings with a rule.

    `model` is dot, dot_bias or net, or a module that maps user and movie indexes to stars; such a
    module starts from its own weights and holds the trained ones afterwards. `rule` is a Rule or a
    text such as "adam:lr=0.003,l2=0.0002"; what is left out comes from DEFAULTS.
    `split` seeds the random split, of which the share `valid` is held back; `seed` the weights,
    the order of batches and the dropout, each with a generator of its own.
    The path is recorded every `keep` steps as float32, with the loss over all training ratings.
    `progress` shows a bar (None: on a terminal). Ctrl-C, or `cancel()` being true, ends the
    training and returns what exists. One torch thread is used, and the number restored.

    Raises: ValueError: epochs must be a whole number of at least 1, got 0
    """
    rule, schedule, epochs, batch = chosen(model, rule, schedule, epochs, batch)
    weights, order = (
        int(each.generate_state(1)[0]) for each in np.random.SeedSequence(seed).spawn(2)
    )
    training, held = data.split(split, valid)
    about = {"data": data.name, "checksum": data.checksum, "valid": valid, "split": split}
    about |= {"epochs": epochs, "batch": batch}
    with one_thread():
        trained, module = untrained(model, data, weights)
        name = f"{trained.model} on {len(training):,} training ratings of {data.name}"
        problem = trained.problem(training, batch=batch, name=name, module=module)
        judge = trained.problem(held, module=module)
        steps = epochs * -(-len(training) // batch)
        schedule = spanning(schedule, steps)
        about |= {"model": trained.model} | about_run(problem, rule, schedule, steps, seed)
        under_way = Run(problem, judge, rule, schedule, steps, epochs, keep)
        with bar(progress, steps, about["label"]) as show:
            under_way.go(order, [each for each in (show, on_progress) if each], cancel)
        trained = replace(trained, params=under_way.params, about=about)
        if not isinstance(model, str):
            trained.module(blank=model)
        return under_way.record(trained, bias_only(training, held))


def chosen(
    model: Any, rule: Any, schedule: Any, epochs: int | None, batch: int | None
) -> tuple[Rule, Schedule | None, int, int]:
    """The settings, those left out filled in with the model's defaults."""
    default = DEFAULTS[model if model in DEFAULTS else "dot_bias"]
    if rule is None or isinstance(rule, str):
        entry = parse_entry(default.rule if rule is None else rule)
        rule, schedule = entry.rule, schedule or entry.schedule
    if not isinstance(rule, Rule):
        raise ValueError(f'rule must be a rule or a text such as "adam:lr=0.003", got {rule!r}')
    epochs = whole("epochs", default.epochs if epochs is None else epochs)
    return rule, schedule, epochs, whole("batch", default.batch if batch is None else batch)


def untrained(model: str | nn.Module, data: Ratings, seed: int) -> tuple[Trained, nn.Module]:
    """The model before its first step, as weights and as a module."""
    from optviz.movielens.models import MODELS, build

    module = build(model, data.users, data.movies, seed) if isinstance(model, str) else model
    if next(module.buffers(), None) is not None:
        raise ValueError("train cannot move a module's buffers (BatchNorm): leave such layers out")
    free = [each for each in module.parameters() if each.requires_grad]
    names = [name for name, each in MODELS.items() if type(module) is each]
    # With a frozen part the closed form, which moves every weight, would not be this model.
    whole_model = names and len(free) == len(list(module.parameters()))
    params = np.concatenate([each.detach().numpy().ravel() for each in free])
    trained = Trained(
        model=names[0] if whole_model else type(module).__name__,
        settings=getattr(module, "settings", {}),
        params=params,
        user_ids=data.user_ids,
        movie_ids=data.movie_ids,
    )
    return trained, module


def slice_of(trainings: Sequence[Training], data: Ratings, size: int = 51) -> Slice:
    """The loss over the training ratings on the plane of several trainings' paths.

    The plane runs along the principal axes of all paths together, through the end of the one with
    the lowest training loss. The mini net is taken without dropout.

    Raises: ValueError: the trainings must share model, data and split to be drawn on one plane
    """
    from optviz.planes.plane import Plane
    from optviz.planes.slices import slice_loss

    if not trainings:
        raise ValueError("there is no training to draw: give at least one")
    shared = ("model", "checksum", "valid", "split")
    if len({tuple(str(each.about[key]) for key in shared) for each in trainings}) > 1:
        raise ValueError("the trainings must share model, data and split to be drawn on one plane")
    first = trainings[0]
    ratings, _ = data.split(first.about["split"], first.about["valid"])
    paths = [each.trajectory for each in trainings]
    with one_thread():
        problem = first.trained.problem(ratings, name=first.about["problem"])
        return slice_loss(problem, Plane.pca(paths), paths, size=size, recorded=True)


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
    ):
        self.problem, self.judge, self.rule, self.schedule = problem, judge, rule, schedule
        self.steps, self.epochs = steps, epochs
        self.keep = max(1, steps // POINTS) if keep is None else whole("keep", keep)
        self.report = max(1, steps // REPORTS)
        self.params = np.array(problem.start)
        self.step, self.ended, self.seconds = 0, f"ran all {steps} steps", 0.0
        self.points: list[tuple[int, np.ndarray, float, float]] = []
        self.recent: list[float] = []
        self.train: list[tuple[int, float]] = []
        self.valid: list[float] = []

    def go(self, seed: int, listeners: list[Callable], cancel: Callable | None) -> None:
        """Train until the last step, a divergence, Ctrl-C or a cancel."""
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            try:
                for _ in self.all_steps(seed):
                    self.tell(listeners)
                    if cancel is not None and cancel():
                        self.ended = f"canceled at step {self.step}"
                        break
            except KeyboardInterrupt:
                self.ended = f"canceled at step {self.step}"
            if np.isfinite(self.params).all() and self.points[-1][0] != self.step:
                self.point(self.lr())
        self.seconds = time.perf_counter() - began

    def all_steps(self, seed: int) -> Iterator[None]:
        """Make every step, pausing at each report."""
        stepper = Stepper(self.rule, self.params)
        epoch_steps = self.steps // self.epochs
        for sample in self.problem.samples(self.steps, seed):
            rule = self.rule.with_lr(self.lr())
            if self.step % self.keep == 0:
                self.point(rule.lr)
            loss, grad = self.problem.loss_and_grad(self.params, sample)
            if not np.isfinite(loss):
                self.ended = f"diverged at step {self.step}: the loss is not finite"
                return
            stepper.move(rule, grad)
            self.step += 1
            self.recent.append(loss)
            if self.step % epoch_steps == 0:
                self.valid.append(float(self.judge.loss(self.params)))
            if self.step % self.report == 0 or self.step == self.steps:
                self.train.append((self.step, float(np.mean(self.recent))))
                self.recent = []
                yield

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
        losses = [loss for _, loss in self.train], list(self.valid)
        for listener in listeners:
            listener(Progress(epoch, self.step, self.steps, *losses))

    def record(self, trained: Trained, baseline: Baseline) -> Training:
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
        curve = np.array(self.train).reshape(-1, 2)
        return Training(
            trained=trained,
            trajectory=trajectory,
            train_step=curve[:, 0].astype(int),
            train_loss=curve[:, 1],
            valid_loss=np.array(self.valid),
            baseline=baseline.mse,
            baseline_strength=baseline.strength,
            seconds=self.seconds,
            ended=self.ended,
        )


class Stepper:
    """A rule applied in place to one vector, in chunks that fit the cache."""

    def __init__(self, rule: Rule, params: np.ndarray):
        inner: Any = rule
        while isinstance(inner, Decay):
            inner = inner.rule
        # Our rules treat each parameter by itself; another may need the whole vector at once.
        size = CHUNK if type(inner) in RULES.values() else len(params)
        self.params = params
        self.spans = list(spans(len(params), size))
        self.states = [rule.init(params[span]) for span in self.spans]

    def move(self, rule: Rule, grad: np.ndarray) -> None:
        """Make one step."""
        for i, span in enumerate(self.spans):
            new, self.states[i] = rule.update(self.params[span], grad[span], self.states[i])
            self.params[span] = new


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


@contextmanager
def bar(progress: bool | None, steps: int, label: str) -> Iterator[Callable | None]:
    """A function that moves a progress bar, or None where no bar is wanted."""
    if progress is False or (progress is None and not sys.stderr.isatty()):
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=steps, desc=label, unit="step") as shown:

        def show(now: Progress) -> None:
            shown.update(now.step - shown.n)
            best = f", best validation {min(now.valid):.4f}" if now.valid else ""
            shown.set_postfix_str(f"epoch {now.epoch}, loss {now.train[-1]:.4f}{best}")

        yield show
