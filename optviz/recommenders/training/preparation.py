"""All that a training needs before its first step: split, model, problem, a record of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.random import SeedSequence

from optviz.extras import require_torch
from optviz.movielens.ratings import RatingRows, Ratings, check_ratings, check_share, check_split
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.initial_weights import FACTORS, draw_weights
from optviz.recommenders.trained import CLOSED, Trained, describe_model
from optviz.recommenders.training.record import Training
from optviz.recommenders.training.settings import Settings, use_threads
from optviz.recommenders.training.training_loop import TrainingLoop
from optviz.recommenders.training.versions import find_versions, hash_array, hash_ratings
from optviz.runs.loop import check_whole, describe_run

if TYPE_CHECKING:
    from torch import nn


class Preparation(NamedTuple):
    """A training that is ready to begin."""

    loop: TrainingLoop
    trained: Trained
    """The model before its first step."""
    order: int
    """The seed of the order of batches and of the dropout."""


@contextmanager
def prepare_training(
    model: str | nn.Module,
    data: Ratings,
    settings: Settings,
    seed: int,
    split: int | str,
    valid: float,
    start: Any = None,
    *,
    is_judged: bool = True,
) -> Iterator[Preparation]:
    """Make a training ready, and yield it with its number of torch threads set.

    The baseline that judges it is left out without `is_judged`: on much data it takes long.
    """
    seed = check_whole("seed", seed, low=0)
    training, held = split_ratings(data, split, valid)
    weights, order = (int(each.generate_state(1)[0]) for each in SeedSequence(seed).spawn(2))
    trained, module = build_untrained(model, data, weights)
    is_given = start is not None or not isinstance(model, str)
    if start is not None:
        trained = read_start(start, trained)
    needs_torch = settings.needs_torch or trained.model not in CLOSED
    with use_threads(settings.threads, torch_is_used=needs_torch):
        if module is not None and start is not None:
            module = trained.module(blank=copy.deepcopy(module)).train()
        if module is not None and settings.device is not None:
            module = copy.deepcopy(module).to(settings.device)
        name = f"{trained.model} on {len(training):,} training ratings of {data.name}"
        how: Any = {"module": module, "batch": settings.batch}
        problem, validation = (
            place_problem(trained.problem(part, name=name, **how), settings)
            for part in (training, held)
        )
        steps = settings.epochs * -(-len(training) // settings.batch)
        about = describe_training(data, trained, settings, split, valid)
        about |= describe_run(problem, settings.rule, settings.schedule, steps, seed)
        about |= {"weights": "given" if is_given else "seed"}
        about |= {"start": hash_array(trained.params), "versions": find_versions(needs_torch)}
        baseline = bias_only(training, held) if is_judged else None
        loop = TrainingLoop(problem, validation, settings, about, baseline)
        yield Preparation(loop, trained, order)


def split_ratings(data: Ratings, split: int | str, valid: float) -> tuple[RatingRows, RatingRows]:
    """Return the rows of the training ratings and of those held back.

    Raises: ValueError: too few ratings (1) for both parts of a split at 0.2
    """
    split, valid = check_split("split", split), check_share("valid", valid)
    training, held = RatingRows(check_ratings(data)).split(split, valid)
    if not len(training) or not len(held):
        raise ValueError(f"too few ratings ({len(data)}) for both parts of a split at {valid}")
    return training, held


def place_problem(problem: Any, settings: Settings) -> Any:
    """Return a closed form on the settings' device; another problem is there already.

    Without a device it stays on numpy, whose gradient is faster than torch's on a processor.
    """
    from optviz.recommenders.problems.dot_problem import DotBias

    if settings.device is None or not isinstance(problem, DotBias):
        return problem
    import torch

    from optviz.recommenders.problems.torch_dot import TorchDot

    return TorchDot(problem, torch.device(settings.device))


def describe_training(
    data: Ratings, trained: Trained, settings: Settings, split: int | str, valid: float
) -> dict[str, Any]:
    """Return what a training is made of, as JSON can hold it."""
    return {
        "data": data.name,
        "checksum": data.checksum,
        "ratings": hash_ratings(data, split),
        "split": split,
        "valid": valid,
        "model": trained.model,
        "settings": trained.settings,
        "epochs": settings.epochs,
        "batch": settings.batch,
        "keep": settings.keep,
        "engine": settings.engine,
        "device": settings.device,
        "threads": settings.threads,
        "patience": settings.patience,
    }


def build_untrained(
    model: str | nn.Module, data: Ratings, seed: int
) -> tuple[Trained, nn.Module | None]:
    """Return the model before its first step, as weights and, but for a closed form, as a module.

    Raises: ValueError: model must be dot, dot_bias or net, got "dots"
        MissingPackageError: the mini net needs torch: pip install "optviz[torch]"
    """
    if isinstance(model, str) and model in CLOSED:
        weights = draw_weights(model, data.users, data.movies, seed)
        settings: dict[str, Any] = {"factors": FACTORS}
        if model == "dot_bias":
            settings |= {"scale": list(data.scale), "pad": 0.0}
        return Trained(model, settings, weights, data.user_ids, data.movie_ids), None
    if isinstance(model, str) and model != "net":
        raise ValueError(f'model must be dot, dot_bias or net, got "{model}"')
    require_torch(describe_model(model))
    from torch import nn

    from optviz.recommenders.models import build_model

    if isinstance(model, str):
        model = build_model(model, data.users, data.movies, seed, scale=data.scale)
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be dot, dot_bias, net or a torch module, got {model!r:.60}")
    return read_module(model, data), model


def read_module(module: nn.Module, data: Ratings) -> Trained:
    """Return a module's weights as a model before its first step.

    Raises: ValueError: train cannot move a module's buffers (BatchNorm): leave such layers out
    """
    from optviz.recommenders.models import MODELS

    if next(module.buffers(), None) is not None:
        raise ValueError("train cannot move a module's buffers (BatchNorm): leave such layers out")
    free = [each for each in module.parameters() if each.requires_grad]
    names = [name for name, each in MODELS.items() if type(module) is each]
    # With a frozen part the closed form, which moves every weight, would not be this model.
    is_ours = names and len(free) == len(list(module.parameters()))
    return Trained(
        model=names[0] if is_ours else type(module).__name__,
        settings=getattr(module, "settings", {}),
        params=np.concatenate([each.detach().numpy().ravel() for each in free]),
        user_ids=data.user_ids,
        movie_ids=data.movie_ids,
    )


def read_start(start: Any, blank: Trained) -> Trained:
    """Return a model with the weights to start from, of a model, a training, a file or a vector.

    Raises: ValueError: start must be the 133875 weights of a dot_bias, got 20
    """
    if isinstance(start, (str, Path)):
        start = Trained.load(start)
    if isinstance(start, Training):
        start = start.trained
    if isinstance(start, Trained):
        if (start.model, start.settings) != (blank.model, blank.settings):
            made, wanted = (f"{each.model} with {each.settings}" for each in (start, blank))
            raise ValueError(f"start must be a {wanted}, got a {made}")
        start = start.params
    params = np.array(start, blank.params.dtype)
    if params.shape != blank.params.shape:
        wanted = f"the {len(blank.params)} weights of a {blank.model}"
        raise ValueError(f"start must be {wanted}, got {params.size}")
    if not np.isfinite(params).all():
        raise ValueError("start must be finite, got NaN or infinity")
    return Trained(**{**vars(blank), "params": params})
