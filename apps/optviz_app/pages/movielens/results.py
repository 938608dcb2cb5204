"""The result that the page shows, and the trained models in it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.training_task import (
    TrainingResult,
    make_training_request,
    read_ratings,
)

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.recommender import Recommender

MODEL_TABS = ("embeddings", "recommend")
"""The tabs that look at one of the trained models."""


class Chosen(NamedTuple):
    """One of the trained models, and the question to it."""

    experiment: RatingsExperiment
    """What the page asks, without users and movies that these ratings do not have."""
    recommender: Recommender
    stamp: str
    """A text that is another one for each other model."""
    place: int
    """The model's place among the trained ones."""
    films: dict[str, Any]
    """What was drawn of the embeddings along the trainings."""


def read_query(query: str) -> RatingsExperiment:
    """Return the experiment of a query that this page wrote."""
    return RatingsExperiment.from_query(query)[0]


def find_shown(jobs: Jobs, shown: str | None) -> TrainingResult | None:
    """Return the result that a page shows, if it is still there."""
    try:
        request = None if shown is None else make_training_request(read_query(shown))
    except ValueError:  # every optimizer is off
        return None
    found = request and jobs.find_result(request)
    return found if isinstance(found, TrainingResult) else None


def find_chosen(jobs: Jobs, result: Any, query: Any) -> Chosen | None:
    """Return the trained model that a page looks at, and what it asks; None without models."""
    shown = state.parse_shown(result)
    found, data = find_shown(jobs, shown), read_ratings(read_query(shown or "").data)
    if found is None or found.is_bundled or data is None:
        return None
    asked = read_query(state.parse_text(query))
    trained = found.words["trainings"]
    place = choose_model(trained, asked.optimizer)
    try:
        model = open_recommender(found.folder, found.stamp, place, data)
    except (OSError, ValueError, LookupError):  # removed or damaged meanwhile
        return None
    if asked.data != read_query(shown or "").data:
        asked = replace(asked, **dict.fromkeys(state.IDS), rated=())
    asked = state.drop_unknown(asked, data)[0]
    stamp = f"{found.folder} {found.stamp} {place}"
    return Chosen(asked, model, stamp, place, read_films(found.folder, found.stamp))


def choose_model(trained: list[dict[str, Any]], optimizer: int) -> int:
    """Return the place of the model that is looked at: the best, unless another one is chosen."""
    if 0 < optimizer <= len(trained):
        return optimizer - 1
    errors = [inf if each["best"] is None else each["best"] for each in trained]
    return errors.index(min(errors))


def list_models(jobs: Jobs, result: Any) -> list[dict[str, str]]:
    """Return the trained models to choose from, for a list: first the best, then each."""
    found = find_shown(jobs, state.parse_shown(result))
    labels = [each["label"] for each in found.words["trainings"]] if found else []
    best = f" ({labels[choose_model(found.words['trainings'], 0)]})" if found else ""
    names = [f"the best{best}", *labels]
    return [{"value": str(i), "label": label} for i, label in enumerate(names)]


def is_model_shown(jobs: Jobs, result: Any, panel: Any) -> bool:
    """Return True where a tab looks at one of the trained models."""
    found = find_shown(jobs, state.parse_shown(result))
    return panel in MODEL_TABS and found is not None and not found.is_bundled


@lru_cache(maxsize=4)
def open_recommender(folder: Path, _stamp: str, place: int, data: Ratings) -> Recommender:
    """Open one of the trained models of a result, once for each stamp."""
    from optviz.recommenders.recommender import Recommender
    from optviz.recommenders.trained import Trained

    return Recommender(Trained.load(folder / f"model-{place}.npz"), data)


@lru_cache(maxsize=4)
def read_films(folder: Path, stamp: str) -> dict[str, Any]:
    """Read what was drawn of the embeddings along the trainings of a result."""
    return TrainingResult(folder, {}, stamp).read_films()
