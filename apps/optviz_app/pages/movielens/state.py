"""What the MovieLens page's controls mean, and what they can choose from, without Dash."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.defaults import RATERS
from optviz.specs import number

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings

FIELDS = ("data", "model", "epochs", "batch", "seed", "rules", "user", "movie")
SHOWN = 50
"""Users or movies in a list at once; the rest is found by typing."""

DATA = {
    "ml-100k": "100,000 ratings of 1,682 movies by 943 users, collected in 1997 and 1998",
    "ml-latest-small": "100,836 ratings of 9,724 movies by 610 users, collected from 1996 to 2018",
}
MODELS = {"dot": "Dot product", "dot_bias": "Dot product and biases", "net": "Mini net"}
STORIES = {
    "dot": "A rating is the dot product of a user's vector and a movie's vector, 50 numbers each. "
    "Nothing else tells who rates high and which movies all people like, so the vectors must.",
    "dot_bias": "A bias for each user and each movie tells who rates high and which movies all "
    "people like; the dot product is left for taste. A sigmoid keeps the sum within the stars.",
    "net": "A user's vector and a movie's vector go side by side through one hidden layer of 10 "
    "units, with dropout. A sigmoid keeps the result within the stars.",
}
"""What each model is, in plain words."""


def data_note(name: str) -> str:
    """What a data set is, and whether it is here."""
    from optviz.movielens.cache import cache_folder, cached
    from optviz.movielens.catalog import SETS

    here = cached(name, cache_folder()) is not None
    size = f"{SETS[name].bytes / 1e6:.0f} MB"
    where = "On this machine." if here else f"Train fetches them first ({size} at most)."
    return f"{DATA[name]}. {where}"


def read_ratings(
    before: RatingsExperiment, controls: dict[str, Any]
) -> tuple[RatingsExperiment, dict[str, str]]:
    """The experiment that the controls mean, and a sentence for each wrong field.

    What is wrong keeps its value from before. A new model brings optimizers that suit it, unless
    they were changed; new data has other users and movies.
    """
    after, errors = before, {}
    for name in FIELDS:
        try:
            after = replace(after, **{name: typed_value(name, controls[name])})
        except ValueError as error:
            errors[name] = str(error)
    if after.model != before.model and after.rules == RATERS[before.model]:
        after = replace(after, rules=())
    if after.data != before.data:
        after = replace(after, user=None, movie=None)
    return after, errors


def typed_value(name: str, value: Any) -> Any:
    """A control's value, what was typed turned into a number.

    Raises: ValueError: epochs must be a number, got "many"
    """
    if name in ("user", "movie"):
        return None if value in (None, "") else number(name, str(value))
    if name == "rules":
        listed = value if isinstance(value, (list, tuple)) else ()
        return tuple(each for each in listed if isinstance(each, str))
    return str(value) if name in ("data", "model") else number(name, str(value))


class Asked(NamedTuple):
    """A user and a movie of some ratings, as published ids and as indexes."""

    user: int
    movie: int
    row: int
    column: int


def asked(data: Ratings, user: int | None = None, movie: int | None = None) -> Asked:
    """The user and the movie of these ids.

    Left out, or unknown to these ratings, they are the first user and the movie rated most often.
    """
    row = place(data.user_ids, user, 0)
    column = place(data.movie_ids, movie, int(counts(data)[1].argmax()))
    return Asked(int(data.user_ids[row]), int(data.movie_ids[column]), row, column)


def shortened(experiment: RatingsExperiment, data: Ratings) -> RatingsExperiment:
    """The experiment without a user and a movie that are asked for anyway."""
    usual, wanted = asked(data), asked(data, experiment.user, experiment.movie)
    user = None if wanted.user == usual.user else experiment.user
    return replace(
        experiment, user=user, movie=None if wanted.movie == usual.movie else experiment.movie
    )


def place(ids: np.ndarray, wanted: int | None, otherwise: int) -> int:
    """The index of a published id."""
    found = np.flatnonzero(ids == wanted)
    return int(found[0]) if wanted is not None and len(found) else otherwise


@lru_cache(maxsize=4)
def counts(data: Ratings) -> tuple[np.ndarray, np.ndarray]:
    """How many ratings each user gave and each movie got: (users,), (movies,)."""
    return np.bincount(data.user, minlength=data.users), np.bincount(
        data.movie, minlength=data.movies
    )


Options = list[dict[str, Any]]


def movie_options(data: Ratings, search: str | None, chosen: int) -> Options:
    """Movies whose titles hold every word that was typed, those rated most often first.

    The one of index `chosen` is always among them, so that the list can show it. A whole title is
    what the list itself writes once a movie is chosen: then nothing was typed.
    """
    if search in data.titles:
        search, chosen = "", data.titles.index(search)
    words = [plain(word) for word in (search or "").split()]
    order = np.argsort(-counts(data)[1], kind="stable")
    titles = plain_titles(data.titles)
    found = [int(i) for i in order if all(word in titles[i] for word in words)][:SHOWN]
    return options(data.movie_ids, data.titles, found, chosen)


def user_options(data: Ratings, search: str | None, chosen: int) -> Options:
    """Users whose ids begin with what was typed; the one of index `chosen` among them."""
    labels = user_labels(data)
    if search in labels:
        search, chosen = "", labels.index(search)
    typed = (search or "").strip()
    found = [i for i, each in enumerate(data.user_ids) if str(each).startswith(typed)][:SHOWN]
    return options(data.user_ids, labels, found, chosen)


@lru_cache(maxsize=4)
def user_labels(data: Ratings) -> tuple[str, ...]:
    """Each user as the list shows one."""
    given = counts(data)[0]
    return tuple(f"{each} ({n} ratings)" for each, n in zip(data.user_ids, given, strict=True))


def options(ids: np.ndarray, labels: Sequence[str], found: list[int], chosen: int) -> Options:
    """The options of some indexes; the chosen one is added, and marked as such, if missing."""
    made: Options = [{"value": str(ids[i]), "label": labels[i]} for i in found]
    if chosen not in found:
        made.append({"value": str(ids[chosen]), "label": labels[chosen], "added": True})
    return made


def plain(text: str) -> str:
    """The text as titles are compared: lower case, without accents."""
    import unicodedata

    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"\s+", " ", "".join(c for c in letters if not unicodedata.combining(c)))


@lru_cache(maxsize=4)
def plain_titles(titles: tuple[str, ...]) -> list[str]:
    """All titles as they are compared."""
    return [plain(title) for title in titles]


@lru_cache(maxsize=4)
def held_back(data: Ratings, split: int, share: float) -> Ratings:
    """The ratings that no training saw."""
    return data.split(split, share)[1]


def given(data: Ratings, held: Ratings, row: int, column: int) -> tuple[float, bool] | None:
    """The rating in the data and whether it was held back from the training, or None."""
    rated = data.rating[(data.user == row) & (data.movie == column)]
    if not len(rated):
        return None
    return float(rated[-1]), bool(((held.user == row) & (held.movie == column)).any())
