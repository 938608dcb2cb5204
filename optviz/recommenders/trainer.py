"""Training a rating model with any rule, and what it did."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.random import SeedSequence

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.trained import CLOSED, Trained
from optviz.recommenders.training import Training
from optviz.recommenders.training_loop import Progress, Run, one_thread
from optviz.rules import Rule
from optviz.runs.loop import about_run, whole
from optviz.schedules import Schedule, spanning
from optviz.specs import parse_entry

if TYPE_CHECKING:
    from torch import nn

    from optviz.landscapes.slices import Slice


class Default(NamedTuple):
    """Settings that train a model well: the rule as text, epochs, and ratings a step."""

    rule: str
    epochs: int
    batch: int


DEFAULTS = {
    "dot": Default("adam:lr=0.02,l2=0.00005,schedule=cosine", 6, 512),
    "dot_bias": Default("adam:lr=0.006,l2=0.0001,schedule=cosine", 5, 512),
    "net": Default("adam:lr=0.003,l2=0.00005,schedule=cosine", 4, 512),
}
"""What `train` does when it is told no more than the model."""


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
    weights, order = (int(each.generate_state(1)[0]) for each in SeedSequence(seed).spawn(2))
    with one_thread():
        trained, module = untrained(model, data, weights)
        parts = parted(data, split, valid)
        about = {"data": data.name, "checksum": data.checksum, "valid": valid, "split": split}
        about |= {"model": trained.model, "epochs": epochs, "batch": batch}
        run = prepared(trained, module, parts, rule, schedule, epochs, batch, keep)
        about |= about_run(run.problem, rule, schedule, run.steps, seed)
        run.about = about
        with bar(progress, run.steps, about["label"]) as show:
            run.go(order, [each for each in (show, on_progress) if each], cancel)
        trained = replace(trained, params=run.params, about=about)
        if not isinstance(model, str):
            trained.module(blank=model)
        return run.record(trained)


def parted(data: Ratings, split: int, valid: float) -> tuple[Ratings, Ratings]:
    """The ratings to train on and those held back, some of each."""
    training, held = data.split(split, valid)
    if not len(training) or not len(held):
        raise ValueError(f"{len(data)} ratings leave none for both parts of a split at {valid}")
    return training, held


def prepared(
    trained: Trained,
    module: nn.Module,
    parts: tuple[Ratings, Ratings],
    rule: Rule,
    schedule: Schedule | None,
    epochs: int,
    batch: int,
    keep: int | None,
) -> Run:
    """The training before its first step: its problem, its judge and its baseline."""
    training, held = parts
    name = f"{trained.model} on {len(training):,} training ratings of {training.name}"
    problem = trained.problem(training, batch=batch, name=name, module=module)
    judge = trained.problem(held, module=module)
    steps = epochs * -(-len(training) // batch)
    factor = spanning(schedule, steps)
    return Run(problem, judge, rule, factor, steps, epochs, keep, bias_only(training, held))


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
    from optviz.recommenders.models import MODELS, build

    if isinstance(model, str):
        settings = {} if model == "dot" else {"scale": data.scale}
        module = build(model, data.users, data.movies, seed, **settings)
    else:
        module = model
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


def slice_of(
    trainings: Sequence[Training],
    data: Ratings,
    size: int = 51,
    module: nn.Module | None = None,
    check: Callable[[], Any] | None = None,
) -> Slice:
    """The loss over the training ratings on the plane of several trainings' paths.

    The plane runs along the principal axes of all paths together, through the end of the one with
    the lowest training loss. The mini net is taken without dropout. `module` is needed for a module
    of your own only. `check` is called now and then; an exception that it raises ends the work.

    Raises: ValueError: the trainings must share model, data and split to be drawn on one plane
    """
    from optviz.landscapes.plane import Plane
    from optviz.landscapes.slices import slice_loss

    if not trainings:
        raise ValueError("there is no training to draw: give at least one")
    shared = ("model", "checksum", "valid", "split")
    if len({tuple(str(each.about[key]) for key in shared) for each in trainings}) > 1:
        raise ValueError("the trainings must share model, data and split to be drawn on one plane")
    first = trainings[0]
    ratings, _ = data.split(first.about["split"], first.about["valid"])
    paths = [each.trajectory for each in trainings]
    # The closed form needs no torch, whose import would take longer than the slice.
    with nullcontext() if first.trained.model in CLOSED else one_thread():
        problem = first.trained.problem(ratings, name=first.about["problem"], module=module)
        plane = Plane.pca(paths)
        return slice_loss(problem, plane, paths, size=size, recorded=True, check=check)


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
            curve = now.curve
            best = f", best validation {min(curve.valid):.4f}" if curve.valid else ""
            shown.set_postfix_str(f"epoch {now.epoch}, loss {curve.train[-1]:.4f}{best}")

        yield show
