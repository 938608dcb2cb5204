"""A training made again from its capsule, and checked to the byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.movielens.ratings import Ratings, check_ratings
from optviz.recommenders.trained import CLOSED
from optviz.recommenders.training.capsules import (
    Capsule,
    Difference,
    find_differences,
    read_capsule,
)
from optviz.recommenders.training.preparation import build_untrained
from optviz.recommenders.training.record import Training
from optviz.recommenders.training.trainer import train
from optviz.recommenders.training.versions import hash_ratings
from optviz.rules import Rule
from optviz.schedules import Schedule

if TYPE_CHECKING:
    from torch import nn


class ReplayError(ValueError):
    """A training that did not come out as its capsule says; `training` is what came out."""

    training: Training


def replay(
    capsule: Capsule | Training | str | Path,
    data: Ratings | None = None,
    *,
    model: nn.Module | None = None,
    rule: Rule | None = None,
    schedule: Schedule | None = None,
    start: Any = None,
    progress: bool | None = None,
    on_progress: Callable[..., Any] | None = None,
) -> Training:
    """Make the training of a capsule again, and check that every byte is the same.

    Without `data` the published set of that name is loaded. A module, rule or schedule of your own
    is given again: a capsule knows their names alone. So is `start`, the weights to begin with,
    where they were given and not drawn by the seed.

    Raises: ReplayError: the replay has other bytes; the loss of step 3: 1f0c and 77b1
        ValueError: the weights at the start were given: pass them as start=
    """
    wanted = read_capsule(capsule)
    config, ended = wanted.config, wanted.result["ended"]
    if ended.startswith("canceled"):
        raise ValueError(f"this training was {ended}: only one that came to its end is replayed")
    if config["weights"] == "given" and start is None and model is None:
        raise ValueError("the weights at the start were given: pass them as start=")
    data = load_data(wanted) if data is None else data
    found = hash_ratings(check_ratings(data), config["split"])
    if found != wanted.data["ratings"]:
        raise ValueError(f"these are {Difference('other ratings', wanted.data['ratings'], found)}")
    names = ("epochs", "batch", "seed", "split", "valid", "keep")
    how: Any = {name: config[name] for name in (*names, "engine", "device", "threads", "patience")}
    how |= {"progress": progress, "on_progress": on_progress, "start": start}
    chosen = choose_model(wanted, data) if model is None else model
    text_or_rule = config["rule"] if rule is None else rule
    training = train(chosen, data, text_or_rule, schedule=schedule, **how)
    check_replay(wanted, training)
    return training


def check_replay(wanted: Capsule, training: Training) -> None:
    """Refuse a training that is not the capsule's to the bit; other versions alone are no fault.

    Raises: ReplayError: the replay has other bytes; the loss of step 3: 1f0c and 77b1
    """
    found = list(find_differences(wanted, Capsule.of(training)))
    changed = [each for each in found if each.what in wanted.versions]
    if others := [each for each in found if each not in changed]:
        versions = f" ({'; '.join(map(str, changed))})" if changed else ""
        error = ReplayError(f"the replay has other bytes; {others[0]}{versions}")
        error.training = training
        raise error


def choose_model(capsule: Capsule, data: Ratings) -> Any:
    """Return the name of a capsule's model, or where its settings are others than usual its module.

    Raises: ValueError: a Mine is no model of the lesson: pass it as model=
    """
    name, settings = capsule.config["model"], capsule.config["settings"]
    if name not in (*CLOSED, "net"):
        raise ValueError(f"a {name} is no model of the lesson: pass it as model=")
    usual, _ = build_untrained(name, data, 0)
    return name if usual.settings == settings else replace(usual, settings=settings).module()


def load_data(capsule: Capsule) -> Ratings:
    """Load the published set that a capsule names.

    Raises: ValueError: "mine" is no published data set: pass the ratings as data=
    """
    from optviz.movielens import load
    from optviz.movielens.catalog import SETS

    name = capsule.data["data"]
    if name not in SETS:
        raise ValueError(f'"{name}" is no published data set: pass the ratings as data=')
    return load(name)
