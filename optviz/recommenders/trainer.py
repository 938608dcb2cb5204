"""Training a rating model with any rule, and the plane on which several trainings are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import SeedSequence

from optviz.movielens.ratings import Ratings, check_ratings, check_share
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.defaults import DEFAULTS
from optviz.recommenders.trained import CLOSED, Trained
from optviz.recommenders.training import Training
from optviz.recommenders.training_loop import Progress, Settings, TrainingLoop
from optviz.rules import Rule
from optviz.runs.loop import check_whole, describe_run
from optviz.schedules import Schedule
from optviz.specs import parse_spec

if TYPE_CHECKING:
    from torch import nn

    from optviz.landscapes.slices import Slice


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
    """Train a model on ratings with a rule and return the record.

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
    seed = check_whole("seed", seed, low=0)
    settings = choose_settings(model, rule, schedule, epochs, batch, keep)
    training, held = split_ratings(data, split, valid)
    weights, order = (int(each.generate_state(1)[0]) for each in SeedSequence(seed).spawn(2))
    with use_one_thread():
        trained, module = build_untrained(model, data, weights)
        name = f"{trained.model} on {len(training):,} training ratings of {data.name}"
        problem = trained.problem(training, batch=settings.batch, name=name, module=module)
        steps = settings.epochs * -(-len(training) // settings.batch)
        about = {"data": data.name, "checksum": data.checksum, "valid": valid, "split": split}
        about |= {"model": trained.model, "epochs": settings.epochs, "batch": settings.batch}
        about |= describe_run(problem, settings.rule, settings.schedule, steps, seed)
        validation = trained.problem(held, module=module)
        loop = TrainingLoop(problem, validation, settings, about, bias_only(training, held))
        with show_bar(progress, steps, about["label"]) as show:
            loop.go(order, [show, *([on_progress] if on_progress else [])], cancel)
        trained = replace(trained, params=loop.params, about=about)
        if not isinstance(model, str):
            trained.module(blank=model)
        return loop.to_training(trained)


def split_ratings(data: Ratings, split: int, valid: float) -> tuple[Ratings, Ratings]:
    """Return the training ratings and those held back.

    Raises: ValueError: too few ratings (1) for both parts of a split at 0.2
    """
    split, valid = check_whole("split", split, low=0), check_share("valid", valid)
    training, held = check_ratings(data).split(split, valid)
    if not len(training) or not len(held):
        raise ValueError(f"too few ratings ({len(data)}) for both parts of a split at {valid}")
    return training, held


def choose_settings(
    model: Any, rule: Any, schedule: Any, epochs: int | None, batch: int | None, keep: int | None
) -> Settings:
    """Return the settings of a training, those left out filled in with the model's defaults."""
    default = DEFAULTS[model if isinstance(model, str) and model in DEFAULTS else "dot_bias"]
    if rule is None or isinstance(rule, str):
        entry = parse_spec(default.rule if rule is None else rule)
        rule, schedule = entry.rule, schedule or entry.schedule
    if not isinstance(rule, Rule):
        raise ValueError(f'rule must be a rule or a text such as "adam:lr=0.003", got {rule!r}')
    epochs = check_whole("epochs", default.epochs if epochs is None else epochs)
    batch = check_whole("batch", default.batch if batch is None else batch)
    keep = None if keep is None else check_whole("keep", keep)
    return Settings(rule, schedule, epochs, batch, keep)


def build_untrained(model: str | nn.Module, data: Ratings, seed: int) -> tuple[Trained, nn.Module]:
    """Return the model before its first step, as weights and as a module."""
    from torch import nn

    from optviz.recommenders.models import MODELS, build_model

    if not isinstance(model, (str, nn.Module)):
        raise ValueError(f"model must be dot, dot_bias, net or a torch module, got {model!r:.60}")
    if isinstance(model, str):
        settings = {} if model == "dot" else {"scale": data.scale}
        module = build_model(model, data.users, data.movies, seed, **settings)
    else:
        module = model
    if next(module.buffers(), None) is not None:
        raise ValueError("train cannot move a module's buffers (BatchNorm): leave such layers out")
    free = [each for each in module.parameters() if each.requires_grad]
    names = [name for name, each in MODELS.items() if type(module) is each]
    # With a frozen part the closed form, which moves every weight, would not be this model.
    is_ours = names and len(free) == len(list(module.parameters()))
    params = np.concatenate([each.detach().numpy().ravel() for each in free])
    trained = Trained(
        model=names[0] if is_ours else type(module).__name__,
        settings=getattr(module, "settings", {}),
        params=params,
        user_ids=data.user_ids,
        movie_ids=data.movie_ids,
    )
    return trained, module


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
    from optviz.landscapes.plane import Plane
    from optviz.landscapes.slices import slice_loss

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
    # The closed form needs no torch, whose import would take longer than the slice.
    with nullcontext() if first.trained.model in CLOSED else use_one_thread():
        problem = first.trained.problem(ratings, name=first.about["problem"], module=module)
        return slice_loss(problem, Plane.pca(paths), paths, size=size, recorded=True, check=check)


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Use one torch thread within a block: fastest here, and the same bytes everywhere."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def show_bar(progress: bool | None, steps: int, label: str) -> Iterator[Callable]:
    """Show a progress bar where one is wanted, and yield the function that moves it."""
    from tqdm import tqdm

    is_off = None if progress is None else not progress  # None: off but on a terminal
    with tqdm(total=steps, desc=label, unit="step", disable=is_off) as bar:

        def move(now: Progress) -> None:
            bar.update(now.step - bar.n)
            curve = now.curve
            best = f", best validation {min(curve.valid):.4f}" if curve.valid else ""
            bar.set_postfix_str(f"epoch {now.epoch}, loss {curve.train[-1]:.4f}{best}")

        yield move
