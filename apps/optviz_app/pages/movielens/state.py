"""The MovieLens page's controls as an experiment, and what they offer, without Dash.

What a browser sent is trusted no further than its type: anything else counts as nothing sent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.experiments.limits import check_length, format_rated, parse_rated
from optviz.experiments.ratings import LANDSCAPE, RatingsExperiment, check_rated
from optviz.recommenders.training.defaults import SUGGESTED_RULES
from optviz.specs import parse_number
from optviz_app.jobs.queue import ENDED
from optviz_app.pages.movielens.training_task import TrainingTask

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings

FIELDS = ("data", "model", "epochs", "batch", "seed", "rules", "user", "movie", "panel")
FIELDS += ("optimizer", "rated", "solver", "known", "like", "least", "dims", "spot", "study")
FIELDS += (*LANDSCAPE, "color", "look")
IDS = ("user", "movie", "known", "like", "spot")
"""Fields that name a user or a movie of the data, or none."""
LISTS = {"user": "user", "movie": "movie", "known": "user", "like": "movie"}
"""The searched lists of users and of movies."""
LISTED = 50
"""Users or movies in a list at once; the rest is found by typing."""

DATA = {
    "ml-100k": "100,000 ratings of 1,682 movies by 943 users, collected in 1997 and 1998",
    "ml-latest-small": "100,836 ratings of 9,724 movies by 610 users, collected from 1996 to 2018",
}
MODELS = {"dot": "Dot product", "dot_bias": "Dot product and biases", "net": "Mini net"}
STORIES = {
    "dot": "A rating is the dot product of a user vector and a movie vector, 50 numbers each. "
    "Without biases, the vectors also have to encode who rates high and which movies are popular.",
    "dot_bias": "Biases say which users rate high and which movies are popular; the dot product of "
    "a user vector and a movie vector models taste. A sigmoid maps the sum to the rating scale.",
    "net": "A user vector and a movie vector are concatenated and pass through one hidden layer of "
    "10 units, with dropout. A sigmoid maps the output to the rating scale.",
}
"""A description of each model."""
LONGEST = 20_000
"""Characters of a query that are read."""
UNDER_WAY = ("waiting", "starting", *TrainingTask.phases, "saving")


class Followed(NamedTuple):
    """The training that a page follows, as it said itself."""

    query: str | None = None
    phase: str = "none"
    version: str | int | None = None
    canceling: bool = False


def parse_text(value: Any, longest: int = LONGEST) -> str:
    """Return the text that was sent, none for anything else."""
    return value[:longest] if isinstance(value, str) else ""


def parse_whole(value: Any) -> int | None:
    """Return the whole number that a text or a number stands for, None where it is none."""
    digits = str(value) if type(value) is int else parse_text(value, 16)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None


def parse_followed(value: Any) -> Followed:
    """Return the training that a page said it follows."""
    sent = value if isinstance(value, dict) else {}
    query, phase, version = (sent.get(name) for name in ("query", "phase", "version"))
    return Followed(
        query=parse_text(query) if isinstance(query, str) else None,
        phase=phase if isinstance(phase, str) and phase in (*UNDER_WAY, *ENDED) else "none",
        version=version if isinstance(version, (str, int)) else None,
        canceling=sent.get("canceling") is True,
    )


def parse_shown(value: Any) -> str | None:
    """Return the query of the result that a page said it shows."""
    query = value.get("query") if isinstance(value, dict) else None
    return parse_text(query) if isinstance(query, str) else None


def describe_data(name: str) -> str:
    """Describe a data set, and say if it is here."""
    from optviz.movielens.cache import cache_folder, find_cached
    from optviz.movielens.catalog import SETS

    here = find_cached(name, cache_folder()) is not None
    size = f"{SETS[name].bytes / 1e6:.0f} MB"
    where = "On this machine." if here else f"Train downloads them first ({size} at most)."
    return f"{DATA[name]}. {where}"


def read_controls(
    before: RatingsExperiment, controls: dict[str, Any]
) -> tuple[RatingsExperiment, dict[str, str]]:
    """Return the experiment that the controls mean, and a sentence for each wrong field.

    What is wrong keeps its value from before. A new model brings optimizers that suit it, unless
    they were changed; new data has other users and movies.
    """
    after, errors = before, {}
    for name in FIELDS:
        try:
            after = replace(after, **{name: parse_control(name, controls[name])})
        except ValueError as error:
            errors[name] = str(error)
    if after.model != before.model and after.rules == SUGGESTED_RULES[before.model]:
        after = replace(after, rules=())
    if after.data != before.data:
        after = replace(after, **dict.fromkeys(IDS), rated=())
    return after, errors


def parse_control(name: str, value: Any) -> Any:
    """Return a control's value, with what was typed turned into a number."""
    if name in IDS:
        return None if value in (None, "") else parse_number(name, str(value))
    if name in ("rules", "rated"):
        return tuple(value) if isinstance(value, (list, tuple)) else ()
    is_text = RatingsExperiment.parsers[name] is str
    return str(value) if is_text else parse_number(name, str(value))


class Pair(NamedTuple):
    """A user and a movie of some ratings, as published ids and as indexes."""

    user: int
    movie: int
    row: int
    column: int


def find_pair(data: Ratings, user: int | None = None, movie: int | None = None) -> Pair:
    """Return the user and the movie of these ids.

    Left out, or unknown to these ratings, they are the first user and the movie rated most often.
    """
    row = find_index(data.user_ids, user, 0)
    column = find_index(data.movie_ids, movie, int(count_ratings(data)[1].argmax()))
    return Pair(int(data.user_ids[row]), int(data.movie_ids[column]), row, column)


def describe_unknown(experiment: RatingsExperiment, data: Ratings | None) -> list[str]:
    """Return a sentence for each user, movie and rating that these ratings do not have."""
    if data is None:
        return []
    said = []
    for name, kind in LISTS.items():
        wanted = getattr(experiment, name)
        there = getattr(find_pair(data, **{kind: wanted}), kind)
        if wanted not in (None, there):
            said.append(f"{data.name} has no {kind} {wanted}; {kind} {there} is shown.")
    return [*said, *drop_unknown(experiment, data)[1]]


def drop_unknown(
    experiment: RatingsExperiment, data: Ratings
) -> tuple[RatingsExperiment, list[str]]:
    """Return the experiment without ratings that nobody can give here, a sentence for each."""
    kept, said = [], []
    low, high = data.scale
    for text, (movie, stars) in zip(experiment.rated, experiment.stars.items(), strict=True):
        if find_index(data.movie_ids, movie, -1) < 0:
            said.append(f"{data.name} has no movie {movie}: its {stars:g} stars are left out.")
        elif not low <= stars <= high or (stars % find_star_step(data)):
            whole = "whole" if find_star_step(data) == 1 else "half"
            range_ = f"{low:g} to {high:g} in {whole} stars"
            said.append(f"{data.name} takes {range_}, got {stars:g} for movie {movie}: left out.")
        else:
            kept.append(text)
    return replace(experiment, rated=tuple(kept)), said


@lru_cache(maxsize=4)
def find_star_step(data: Ratings) -> float:
    """Return the step between two ratings: half a star where the data has such, else a whole."""
    return 0.5 if (data.rating % 1).any() else 1.0


def rate_movie(rated: Any, movie: int, stars: float | None) -> tuple[str, ...]:
    """Return the ratings of a new user with one more, another or, for None, one less.

    Raises: ValueError: rated must be a list of at most 60, got 61
    """
    known = dict(map(parse_rated, rated))
    if stars is None:
        known.pop(movie, None)
    else:
        known[movie] = stars
    texts = tuple(format_rated(*each) for each in known.items())
    return check_rated(check_length("rated", texts))


def drop_defaults(experiment: RatingsExperiment, data: Ratings) -> RatingsExperiment:
    """Return the experiment without users and movies that are the defaults anyway."""
    default, chosen = find_pair(data), {}
    for name in ("user", "movie", "like"):
        kind = LISTS[name]
        wanted = find_pair(data, **{kind: getattr(experiment, name)})
        if getattr(wanted, kind) == getattr(default, kind):
            chosen[name] = None
    return replace(experiment, **chosen)


def find_index(ids: np.ndarray, wanted: int | None, otherwise: int) -> int:
    """Return the index of a published id."""
    found = np.flatnonzero(ids == wanted)
    return int(found[0]) if wanted is not None and len(found) else otherwise


@lru_cache(maxsize=4)
def count_ratings(data: Ratings) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of ratings of each user and of each movie: (users,), (movies,)."""
    users = np.bincount(data.user, minlength=data.users)
    return users, np.bincount(data.movie, minlength=data.movies)


def find_options(data: Ratings, kind: str, search: str, chosen: int | None) -> list[Any]:
    """Return users whose ids begin with what was typed, or movies whose titles hold every word.

    Movies that are rated most stand first. The one of index `chosen`, if any, is always there,
    marked as added, so that the list can show it. A whole label is what the list itself writes once
    one is chosen: then nothing was typed.
    """
    by_user, by_movie = count_ratings(data)
    ids, labels = data.movie_ids, data.titles
    if kind == "user":
        ids = data.user_ids
        labels = [f"{each} ({n} ratings)" for each, n in zip(ids, by_user, strict=True)]
    if search in labels:
        search, chosen = "", labels.index(search)
    typed = search.strip()
    if kind == "user":
        found = [i for i, each in enumerate(ids) if str(each).startswith(typed)]
    else:
        titles, words = normalize_titles(data.titles), [normalize(word) for word in typed.split()]
        order = np.argsort(-by_movie, kind="stable")
        found = [int(i) for i in order if all(word in titles[i] for word in words)]
    made: list[Any] = [{"value": str(ids[i]), "label": labels[i]} for i in found[:LISTED]]
    if chosen is not None and chosen not in found[:LISTED]:
        made.append({"value": str(ids[chosen]), "label": labels[chosen], "added": True})
    return made


def normalize(text: str) -> str:
    """Return the text as titles are compared: lower case, without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"\s+", " ", "".join(c for c in letters if not unicodedata.combining(c)))


@lru_cache(maxsize=4)
def normalize_titles(titles: tuple[str, ...]) -> list[str]:
    """Return all titles as they are compared."""
    return [normalize(title) for title in titles]


@lru_cache(maxsize=4)
def select_validation(data: Ratings, split: int | str, share: float) -> Ratings:
    """Return the ratings that no training saw."""
    return data.split(split, share)[1]


def find_rating(
    data: Ratings, validation: Ratings, row: int, column: int
) -> tuple[float, bool] | None:
    """Return the rating in the data, and True if it is a validation rating; None without one."""
    rated = data.rating[(data.user == row) & (data.movie == column)]
    if not len(rated):
        return None
    return float(rated[-1]), bool(((validation.user == row) & (validation.movie == column)).any())
