"""Training a rating model with any rule, and the plane on which several trainings are drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings, check_ratings
from optviz.recommenders.training.checkpoints import load_checkpoint, save_checkpoint
from optviz.recommenders.training.estimates import Estimate, estimate_seconds
from optviz.recommenders.training.preparation import Preparation, prepare_training
from optviz.recommenders.training.record import Training
from optviz.recommenders.training.settings import choose_settings, use_one_thread
from optviz.recommenders.training.training_loop import Progress
from optviz.rules import Rule
from optviz.schedules import Schedule

if TYPE_CHECKING:
    from torch import nn

    from optviz.landscapes.slices.slice import Slice
    from optviz.recommenders.trained import Trained


def train(
    model: str | nn.Module,
    data: Ratings,
    rule: Rule | str | None = None,
    *,
    schedule: Schedule | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    split: int | str = 0,
    valid: float = 0.2,
    start: Trained | Training | np.ndarray | str | Path | None = None,
    engine: str = "rule",
    device: str | None = None,
    threads: int = 1,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool | str | Path = False,
    keep: int | None = None,
    progress: bool | None = None,
    on_progress: Callable[[Progress], Any] | None = None,
    cancel: Callable[[], Any] | None = None,
) -> Training:
    """Train a model on ratings with a rule and return the record.

    `model` is dot, dot_bias or net, or a module that maps user and movie indexes to stars; such a
    module starts from its own weights and holds the trained ones afterwards. `rule` is a Rule or a
    text such as "adam:lr=0.003,l2=0.0002"; what is left out comes from DEFAULTS.

    What is random: the share `valid` of the ratings is held back: at random with the seed `split`,
    or by time with split="time" or "last" (see `Ratings.split`). `seed` is that of the weights, the
    order of batches and the dropout, each with a generator of its own. `start`
    gives the weights instead: those of a trained model, of a file that it was saved to, or a
    vector (`training.start.save(file)` keeps those that a training began with).

    What computes: with engine="fused" the rule's twin in torch.optim makes the steps, in one kernel
    where torch has one; the path is the same to rounding. `device` ("cpu", "cuda", "mps") computes
    gradients and steps with torch on that device, where the bytes of a path are not promised to be
    the same again but for "cpu". `threads` is the number of torch threads, restored afterwards;
    dot and dot_bias need no torch without `engine` and `device`.

    Long trainings: with `patience` it ends after so many epochs without a lower validation loss,
    and gives the weights of the best epoch. `checkpoint` is a file that is written at the end of
    each epoch, whole or not at all; with `resume` the training goes on from it, bit for bit, where
    it exists (a path names another file to go on from). Ctrl-C, or `cancel()` being true, ends the
    training and returns what exists. `estimate` says before how long it takes.

    What is seen: the path is recorded every `keep` steps as float32, with the loss over all
    training ratings. `progress` shows a bar, which begins with the seconds that a dry run of a few
    steps promises (None: on a terminal); `on_progress` is told the same.

    Raises: ValueError: epochs must be a whole number of at least 1, got 0
        MissingPackageError: the mini net needs torch: pip install "optviz[torch]"
    """
    settings = choose_settings(
        *(model, rule, schedule, epochs, batch, keep, engine, device, threads, patience)
    )
    began_at = find_checkpoint(checkpoint, resume)
    with prepare_training(model, data, settings, seed, split, valid, start) as made:
        loop = made.loop
        if began_at is not None:
            load_checkpoint(began_at, loop)
        save = None if checkpoint is None else lambda: save_checkpoint(checkpoint, loop)
        with show_bar(progress, made) as show:
            loop.go(made.order, [show, *([on_progress] if on_progress else [])], cancel, save)
        training = loop.to_training(made.trained)
        if not isinstance(model, str):
            training.trained.module(blank=model)
        return training


def find_checkpoint(checkpoint: str | Path | None, resume: bool | str | Path) -> Path | None:
    """Return the file to go on from; None where the training begins.

    Raises: ValueError: resume=True needs checkpoint=, the file to go on from
        ValueError: there is no folder /nope to write the checkpoint /nope/x to
        ValueError: there is no checkpoint /nope to go on from
    """
    if checkpoint is not None and not Path(checkpoint).absolute().parent.is_dir():
        folder = Path(checkpoint).parent
        raise ValueError(f"there is no folder {folder} to write the checkpoint {checkpoint} to")
    if resume is False:
        return None
    if resume is not True:
        if not Path(resume).is_file():
            raise ValueError(f"there is no checkpoint {resume} to go on from")
        return Path(resume)
    if checkpoint is None:
        raise ValueError("resume=True needs checkpoint=, the file to go on from")
    return Path(checkpoint) if Path(checkpoint).exists() else None


def estimate(
    model: str | nn.Module,
    data: Ratings,
    rule: Rule | str | None = None,
    *,
    seed: int = 0,
    split: int | str = 0,
    valid: float = 0.2,
    **settings: Any,
) -> Estimate:
    """Return how long `train` with these arguments takes, by a dry run of a few steps.

    Nothing is changed: the steps are made on a copy. `settings` are schedule, epochs, batch, keep,
    engine, device and threads as in `train`.

    Raises: ValueError: epochs must be a whole number of at least 1, got 0
    """
    chosen = choose_settings(model, rule, **settings)
    with prepare_training(model, data, chosen, seed, split, valid, is_judged=False) as made:
        return estimate_seconds(made.loop)


def slice_trainings(
    trainings: Sequence[Training],
    data: Ratings,
    size: int = 51,
    module: nn.Module | None = None,
    check: Callable[[], Any] | None = None,
) -> Slice:
    """Take the loss over the training ratings on the plane of several trainings' paths.

    The plane runs along the principal axes of all paths together, through the end of the one with
    the lowest training loss. The mini net is taken without dropout. `module` is needed for a module
    of your own only. `check` is called now and then; an exception that it raises ends the work.

    Raises: ValueError: the trainings must share model, data and split to be drawn on one plane
    """
    from optviz.landscapes.planes.plane import Plane
    from optviz.landscapes.slices.slicing import slice_loss

    if isinstance(trainings, Training):
        raise ValueError("trainings to draw are a list: give [training]")
    if not trainings:
        raise ValueError("there is no training to draw: give at least one")
    check_ratings(data)
    shared = ("model", "checksum", "valid", "split")
    if len({tuple(str(each.about[key]) for key in shared) for each in trainings}) > 1:
        raise ValueError("the trainings must share model, data and split to be drawn on one plane")
    first = trainings[0]
    ratings, _ = data.split(first.about["split"], first.about["valid"])
    paths = [each.trajectory for each in trainings]
    with use_one_thread(first.trained.model):
        problem = first.trained.problem(ratings, name=first.about["problem"], module=module)
        return slice_loss(problem, Plane.pca(paths), paths, size=size, recorded=True, check=check)


@contextmanager
def show_bar(progress: bool | None, made: Preparation) -> Iterator[Callable]:
    """Show a progress bar where one is wanted, and yield the function that moves it."""
    loop = made.loop
    if progress is False or (progress is None and not sys.stderr.isatty()):
        yield lambda _now: None
        return
    from tqdm import tqdm

    label = f"{loop.about['label']} (about {estimate_seconds(loop).describe_time()})"
    with tqdm(total=loop.steps, initial=loop.step, desc=label, unit="step") as bar:

        def move(now: Progress) -> None:
            bar.update(now.step - bar.n)
            curve = now.curve
            best = f", best validation {min(curve.valid):.4f}" if curve.valid else ""
            bar.set_postfix_str(f"epoch {now.epoch}, loss {curve.train[-1]:.4f}{best}")

        yield move
