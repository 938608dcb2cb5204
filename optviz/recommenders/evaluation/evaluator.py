"""The evaluation of trained models on the ratings that their training held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.evaluation.arguments import (
    check_level,
    check_word,
    choose_threshold,
    find_split,
    name_models,
)
from optviz.recommenders.evaluation.bootstrap import Estimate, make_estimate, resample_ratios
from optviz.recommenders.evaluation.ranking import rank_movies
from optviz.recommenders.evaluation.report import MEASURES, Counts, Evaluation
from optviz.recommenders.evaluation.scorers import (
    BiasScorer,
    PopularityScorer,
    Scorer,
    make_scorer,
)
from optviz.recommenders.trained import CLOSED, Trained
from optviz.recommenders.training.record import Training
from optviz.recommenders.training.settings import use_one_thread
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole

if TYPE_CHECKING:
    from torch import nn

BIAS, POPULARITY = "bias only", "popularity"
"""The names of the models that stand beside those evaluated."""


def evaluate(
    models: Training | Trained | Sequence[Training | Trained],
    data: Ratings,
    *,
    k: int = 10,
    threshold: float | None = None,
    users: str = "all",
    unknown: str = "own",
    beside: Mapping[str, Scorer] | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    module: nn.Module | None = None,
    check: Callable[[], Any] | None = None,
) -> Evaluation:
    """Evaluate one or several trained models on the ratings that their training held back.

    RMSE and MAE are over all ratings held back. Recall and NDCG of the first `k` are means over
    the users who gave `threshold` stars or more (4 of 5 unless said) to a movie held back; all
    movies are ranked that the user has not rated in training. users="known" takes those alone who
    have training ratings; with unknown="mean" the others have the mean user's vector and bias, not
    their own, which no rating moved. Popularity and the bias-only model stand beside, and what is
    in `beside`: any `Scorer` by its name, made from the same training ratings.
    Intervals come from `resamples` of the users; `module` is needed for a module of your own only.
    `check` is called now and then; an exception that it raises ends the work.

    Raises: MovieLensError: this model does not say which ratings its training held back
        ValueError: users must be "all" or "known", got "some"
    """
    named = name_models([*models] if isinstance(models, (list, tuple)) else [models])
    split, valid = find_split(list(named.values()), data)
    about = {"data": data.name, "checksum": data.checksum, "split": split, "valid": valid}
    about |= {"users": check_word("users", users, "all", "known")}
    about |= {"unknown": check_word("unknown", unknown, "own", "mean")}
    about |= {"k": check_whole("k", k), "threshold": choose_threshold(threshold, data.scale)}
    about |= {"resamples": check_whole("resamples", resamples), "level": check_level(level)}
    about |= {"seed": check_whole("seed", seed, low=0)}
    training, held = data.split(split, valid)
    baseline = bias_only(training, held)
    known = np.bincount(training.user, minlength=data.users) > 0
    if users == "known":
        held = held.take(known[held.user])
    if not len(held):
        raise MovieLensError("no user with training ratings has a rating held back")
    with pin_blas(), use_one_thread(find_slowest(named)):
        mean = known if unknown == "mean" else None
        scorers = {name: make_scorer(each, data, module, mean) for name, each in named.items()}
        scorers |= {BIAS: BiasScorer(baseline), POPULARITY: PopularityScorer(training)}
        if taken := [name for name in beside or {} if name in scorers]:
            raise ValueError(f'the name "{taken[0]}" is taken: give the model beside another')
        return measure(scorers | dict(beside or {}), training, held, about, check)


def find_slowest(models: Mapping[str, Trained]) -> str:
    """Return the kind of a model that needs torch, where there is one."""
    return min((each.model for each in models.values()), key=lambda kind: kind in CLOSED)


def measure(
    scorers: Mapping[str, Scorer],
    training: Ratings,
    held: Ratings,
    about: dict[str, Any],
    check: Callable[[], Any] | None = None,
) -> Evaluation:
    """Measure models on ratings held back; `about` has the settings of `evaluate`."""
    liked = held.take(np.flatnonzero(held.rating >= about["threshold"]))
    above, below = sum_by_user(scorers, training, held, liked, about["k"], check)
    shape = len(scorers), len(MEASURES)
    users = above.shape[-1]
    below = np.broadcast_to(below, above.shape).reshape(-1, users).T
    above = above.reshape(-1, users).T
    values, draws = resample_ratios(above, below, about["resamples"], about["seed"])
    values, draws = values.reshape(shape), draws.reshape(-1, *shape)
    for each in (values, draws):  # the root of the mean square
        np.sqrt(each[..., 0], out=each[..., 0])

    def estimate(value: np.ndarray, drawn: np.ndarray) -> dict[str, Estimate]:
        columns = zip(MEASURES, value, drawn.T, strict=True)
        return {key: make_estimate(each, column, about["level"]) for key, each, column in columns}

    names = list(enumerate(scorers))
    return Evaluation(
        {name: estimate(values[i], draws[:, i]) for i, name in names},
        {
            (first, second): estimate(values[i] - values[j], draws[:, i] - draws[:, j])
            for (i, first), (j, second) in combinations(names, 2)
        },
        count_support(training, held, liked),
        about,
    )


def sum_by_user(
    scorers: Mapping[str, Scorer],
    training: Ratings,
    held: Ratings,
    liked: Ratings,
    k: int,
    check: Callable[[], Any] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each user of `held` the sums whose ratios, over users, are the measures.

    Shapes: (models, measures, users), (measures, users)
    """
    people, place = np.unique(held.user, return_inverse=True)
    above = np.zeros((len(scorers), len(MEASURES), len(people)))
    below = np.zeros((len(MEASURES), len(people)))
    below[:2] = np.bincount(place)
    below[2:] = np.isin(people, liked.user)
    for row, scorer in zip(above, scorers.values(), strict=True):
        stars = scorer.predict(held.user, held.movie)
        error = np.full(len(held), np.nan) if stars is None else stars - held.rating.astype(float)
        row[0], row[1] = np.bincount(place, error**2), np.bincount(place, np.abs(error))
        if len(liked):
            ranking = rank_movies(scorer, training, liked, k, check)
            row[2:, np.searchsorted(people, ranking.users)] = ranking.recall, ranking.ndcg
    return above, below


def count_support(training: Ratings, held: Ratings, liked: Ratings) -> Counts:
    """Return what an evaluation stands on."""
    knows_user = np.bincount(training.user, minlength=training.users) > 0
    knows_movie = np.bincount(training.movie, minlength=training.movies) > 0
    people = np.unique(held.user)
    return Counts(
        training=len(training),
        held=len(held),
        users=len(people),
        ranked_users=len(np.unique(liked.user)),
        liked=len(liked),
        unknown_users=int(np.sum(~knows_user[people])),
        unknown_movies=int(np.sum(~knows_movie[np.unique(held.movie)])),
        held_of_unknown_users=int(np.sum(~knows_user[held.user])),
        liked_of_unknown_movies=int(np.sum(~knows_movie[liked.movie])),
    )
