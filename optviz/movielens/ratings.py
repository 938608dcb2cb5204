"""A set of MovieLens ratings as arrays, with a search of movies by title."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from optviz.problems.batches import count_rows, split_range
from optviz.runs.loop import check_whole

_YEAR = re.compile(r"\s*\(\d{4}(?:[-–]\d{0,4})?\)\s*$")
_ARTICLE = re.compile(r"^(.+), (the|an|a)$")


SPLITS = ("time", "last")
"""The splits by time: at one moment for all, or the latest ratings of each user."""

OnProgress = Callable[[str, int, int | None], None]
"""Called with (what is being done, bytes done, bytes in all or None where unknown)."""


class MovieLensError(ValueError):
    """Data that cannot be found or read; its text says where and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Ratings:
    """Ratings as index arrays, with the titles of the movies.

    Users and movies are numbered in the order of their published ids. Only movies that somebody
    rated have an index: ml-latest-small lists 9,742 movies and has 9,724 here.

    Shapes: user, movie, rating, time (ratings,); user_ids (users,);
        movie_ids, titles, genres (movies,)
    Units: rating in stars, within `scale`; time in seconds since 1970, as int32 where that holds
        them all (until 2038), else as int64
    """

    name: str
    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    user_ids: np.ndarray
    movie_ids: np.ndarray
    titles: tuple[str, ...]
    genres: tuple[tuple[str, ...], ...]
    scale: tuple[float, float]
    checksum: str  # sha256 of the ratings file, as hex
    source: str  # the folder or archive that was read
    problems: tuple[str, ...] = ()
    layout: str = ""  # what was found in the files, in words
    time: np.ndarray | None = None  # None where not every rating has one

    @property
    def users(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def movies(self) -> int:
        """Number of rated movies."""
        return len(self.movie_ids)

    def __len__(self) -> int:
        return len(self.rating)

    def __repr__(self) -> str:
        return (
            f"Ratings({self.name}: {len(self):,} ratings, {self.users:,} users, "
            f"{self.movies:,} movies, {self.scale[0]:g} to {self.scale[1]:g} stars)"
        )

    def take(self, rows: np.ndarray) -> "Ratings":
        """Return these rows alone; users, movies and titles keep their indexes."""
        time = None if self.time is None else self.time[rows]
        ratings = {"user": self.user[rows], "movie": self.movie[rows], "rating": self.rating[rows]}
        return replace(self, **ratings, time=time)

    def split(self, seed: int | str, share: float = 0.2) -> tuple["Ratings", "Ratings"]:
        """Return (training, validation) ratings; validation is a `share` of the rows.

        A number is the seed of a random split; its generator is its own, so nothing else that is
        random depends on it or moves it. "time" cuts at one moment for everybody: no training
        rating is later than a validation rating, and of many users and movies none may be left for
        training. "last" holds back the latest ratings of each user, so that all users stay known;
        of two users, one's training ratings may be later than the other's validation ratings.
        Ratings of one second keep the order of the file.

        Raises: MovieLensError "share must be between 0 and 1, got 1.5"
        """
        training, validation = self.split_rows(seed, share)
        return self.take(training), self.take(validation)

    def split_rows(self, seed: int | str, share: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the (training, validation) rows as `split` chooses them, sorted."""
        seed, share = check_split("seed", seed), check_share("share", share)
        if seed == "last":
            is_held = self._find_last(share)
            return np.flatnonzero(~is_held), np.flatnonzero(is_held)
        if isinstance(seed, str):
            cut = round(share * len(self))
            order = np.argsort(self.check_times(), kind="stable")[::-1]
            return np.sort(order[cut:]), np.sort(order[:cut])
        return split_at_random(len(self), seed, share)

    def _find_last(self, share: float) -> np.ndarray:
        """Return True for the latest `share` of the ratings of each user, rounded down."""
        order = np.lexsort([self.check_times(), self.user])
        counts = np.bincount(self.user, minlength=self.users)
        places = np.arange(len(self)) - np.repeat(np.cumsum(counts) - counts, counts)
        is_held = np.empty(len(self), bool)
        is_held[order] = places >= np.repeat(counts - np.floor(share * counts + 1e-9), counts)
        return is_held

    def check_times(self) -> np.ndarray:
        """Return the times of the ratings, which must differ.

        Raises: MovieLensError: made has no times to split by (ratings.csv: ...; no times): ...
        """
        way_out = "a seed such as 0 splits at random"
        if self.time is None:
            found = f" ({self.layout})" if self.layout else ""
            raise MovieLensError(f"{self.name} has no times to split by{found}; {way_out}")
        if len(self) and self.time.min() == self.time.max():
            raise MovieLensError(f"all ratings of {self.name} have the same time; {way_out}")
        return self.time

    def find_movie(self, text: str) -> int:
        """Return the index of the movie called `text`.

        Case, accents, a missing year and the place of "The" do not matter. A whole title comes
        before a part of one. A title that is listed twice means the listing with more ratings.

        Raises: MovieLensError 'no movie "Toy Stroy"; nearest: Toy Story (1995); Toy Story 2 (1999)'
        """
        if not isinstance(text, str):
            raise MovieLensError(f"a movie is found by its title, got {text!r:.40}")
        wanted = _normalize(text)
        with_year, without = _normalize_titles(self.titles)
        for keys in (with_year, without):
            if found := [i for i, key in enumerate(keys) if key == wanted]:
                return self._choose(text, found)
        if found := [i for i, key in enumerate(with_year) if wanted and wanted in key]:
            return self._choose(text, found)
        raise MovieLensError(f'no movie "{text}"; nearest: {self._find_nearest(wanted, without)}')

    def _find_nearest(self, wanted: str, titles: list[str]) -> str:
        """Return the titles most alike: up to three, or the one that is least unlike."""
        several = list(dict.fromkeys(titles))
        near = difflib.get_close_matches(wanted, several, n=3, cutoff=0.6)
        near = near or difflib.get_close_matches(wanted, several, n=1, cutoff=0.0)
        return "; ".join(self.titles[titles.index(each)] for each in near) or "none"

    def _choose(self, text: str, found: list[int]) -> int:
        """Return the one movie among `found`, refusing different titles."""
        titles = sorted({self.titles[i] for i in found})
        if len(titles) > 1:
            shown = "; ".join(titles[:5]) + ("; …" if len(titles) > 5 else "")
            raise MovieLensError(f'"{text}" fits {len(titles)} movies: {shown}; give one in full')
        counts = np.bincount(self.movie, minlength=self.movies)
        return max(found, key=lambda i: counts[i])


@dataclass(frozen=True, eq=False)
class RatingRows:
    """Some rows of ratings, by number: a part of them whose columns are not copied.

    Shapes: rows (count,), sorted; None for all
    """

    data: Ratings
    rows: Any = None

    def __len__(self) -> int:
        return len(self.data if self.rows is None else self.rows)

    def split(self, seed: int | str, share: float = 0.2) -> tuple["RatingRows", "RatingRows"]:
        """Return (training, validation) as `Ratings.split` chooses them."""
        if isinstance(seed, str):
            training, held = self.take().split_rows(seed, share)
        else:
            training, held = split_at_random(len(self), seed, share)
        if self.rows is not None:
            training, held = self.rows[training], self.rows[held]
        return RatingRows(self.data, training), RatingRows(self.data, held)

    def take(self) -> Ratings:
        """Return these rows as ratings of their own, copied."""
        return self.data if self.rows is None else self.data.take(self.rows)

    def chunks(self, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield user, movie and rating of at most `size` rows at a time."""
        data = self.data
        for span in split_range(len(self), size):
            rows = span if self.rows is None else self.rows[span]
            yield data.user[rows], data.movie[rows], data.rating[rows]


def split_at_random(count: int, seed: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the (training, validation) rows of a random split, sorted."""
    seed, share = check_whole("seed", seed, low=0), check_share("share", share)
    order, cut = count_rows(count), round(share * count)
    np.random.default_rng(seed).shuffle(order)
    training, validation = order[cut:], order[:cut]
    training.sort()
    validation.sort()
    return training, validation


def read_rows(data: Any) -> RatingRows:
    """Return ratings, or some rows of them, as rows.

    Raises: MovieLensError: data must be ratings, got 'ml-100k': take them from load('ml-100k')
    """
    return data if isinstance(data, RatingRows) else RatingRows(check_ratings(data))


def check_ratings(data: Any) -> Ratings:
    """Return the data, which must be ratings.

    Raises: MovieLensError: data must be ratings, got 'ml-100k': take them from load('ml-100k')
    """
    if isinstance(data, Ratings):
        return data
    hint = f"load({data!r:.40})" if isinstance(data, str) else "optviz.movielens.load"
    raise MovieLensError(f"data must be ratings, got {data!r:.40}: take them from {hint}")


def check_split(name: str, value: Any) -> int | str:
    """Return how ratings are split: the seed of a random split, or one of SPLITS.

    Raises: MovieLensError: split must be a whole number of at least 0, "time" or "last", got "x"
    """
    if not isinstance(value, str):
        return check_whole(name, value, low=0)
    if value not in SPLITS:
        expected = 'a whole number of at least 0, "time" or "last"'
        raise MovieLensError(f'{name} must be {expected}, got "{value:.40}"')
    return value


def check_share(name: str, value: Any) -> float:
    """Return a share of the ratings, between 0 and 1.

    Raises: MovieLensError: share must be between 0 and 1, got 1.5
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, np.number))
        or not 0 < value < 1
    ):
        raise MovieLensError(f"{name} must be between 0 and 1, got {value!r}")
    return float(value)


@lru_cache(maxsize=8)
def _normalize_titles(titles: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the titles as they are compared, with and without their years."""
    plain = [_YEAR.sub("", title) for title in titles]
    return [*map(_normalize, titles)], [*map(_normalize, plain)]


def _normalize(text: str) -> str:
    """Return the text as it is compared: lower case, no accents, "the matrix" for "Matrix, The"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    text = " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
    year = _YEAR.search(text)
    head = text[: year.start()] if year else text
    return _ARTICLE.sub(r"\2 \1", head) + (" " + year.group().strip() if year else "")


def search_titles(titles: tuple[str, ...], text: str) -> list[int]:
    """Return the places of the titles that have `text` in them, in order; none for no text.

    Case, accents and the place of "The" do not matter.
    """
    wanted = _normalize(text)
    return [i for i, key in enumerate(_normalize_titles(titles)[0]) if wanted and wanted in key]
