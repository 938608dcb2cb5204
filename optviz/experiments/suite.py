"""The suite of a race: all surfaces, the rating model on two sets, and a small net on digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from optviz.experiments.limits import check_count
from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.sweeps.workloads import BaseWorkload, Workload

SUITE = "suite"
RATING_SETS = "ml-100k", "ml-latest-small"


def list_workloads(
    problems: Sequence[str],
    steps: int = 200,
    noise: float = 0.0,
    *,
    cache: Path | None = None,
    progress: Callable[..., Any] | None = None,
) -> list[BaseWorkload]:
    """Return the workloads that are named: surfaces, formulas, sets of ratings, "digits".

    "suite" is all of them, the digits where torch and scikit-learn are installed; each is
    there once. `steps` and
    `noise` are those of the surfaces; trainings have their own.
    """
    listed: list[BaseWorkload] = []
    steps = check_count("steps", steps)
    parts = (list_suite() if each == SUITE else [each] for each in problems)
    for name in dict.fromkeys(chain.from_iterable(parts)):
        if name in RATING_SETS:
            listed.append(make_rating_workload(name, cache, progress))
        elif name == "digits":
            from optviz.pytorch.training_workload import digits_net

            listed.append(digits_net())
        else:
            made = Experiment(problem=name, noise=noise)
            title = made.surface().title or name
            listed.append(Workload(made.build(), steps, name=title))
    return listed


def list_suite() -> list[str]:
    """Return the names of the suite's workloads that can run here."""
    has_digits = all(map(find_spec, ("torch", "sklearn")))
    return [*SURFACES, *RATING_SETS, *(["digits"] if has_digits else [])]


def make_rating_workload(
    name: str, cache: Path | None, progress: Callable[..., Any] | None
) -> BaseWorkload:
    """Return the training of the rating model on a set of ratings, which is fetched if need be."""
    from optviz.movielens import load
    from optviz.recommenders.rating_workload import RatingWorkload

    return RatingWorkload(load(name, cache=cache, progress=progress))
