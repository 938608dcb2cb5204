"""A set of MovieLens ratings as arrays, with a search of movies by title."""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from optviz.runs.loop import check_whole

_YEAR = re.compile(r"\s*\(\d{4}(?:[-–]\d{0,4})?\)\s*$")
_ARTICLE = re.compile(r"^(.+), (the|an|a)$")


OnProgress = Callable[[str, int, int | None], None]
"""Called with (what is being done, bytes done, bytes in all or None where unknown)."""


class MovieLensError(ValueError):
    """Data that cannot be found or read; its text says where and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Ratings:
    """Ratings as index arrays, with the titles of the movies.

    Users and movies are numbered in the order of their published ids. Only movies that somebody
    rated have an index: ml-latest-small lists 9,742 movies and has 9,724 here.

    Shapes: user, movie, rating (ratings,); user_ids (users,);
        movie_ids, titles, genres (movies,)
    Units: rating in stars, within `scale`
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
        return replace(self, user=self.user[rows], movie=self.movie[rows], rating=self.rating[rows])

    def split(self, seed: int, share: float = 0.2) -> tuple["Ratings", "Ratings"]:
        """Return (training, validation) ratings; validation is a random `share` of the rows.

        The generator is its own, so nothing else that is random depends on it or moves it.

        Raises: MovieLensError "share must be between 0 and 1, got 1.5"
        """
        seed, share = check_whole("seed", seed, low=0), check_share("share", share)
        order = np.random.default_rng(seed).permutation(len(self))
        cut = round(share * len(self))
        return self.take(np.sort(order[cut:])), self.take(np.sort(order[:cut]))

    def find_movie(self, text: str) -> int:
        """Return the index of the movie called `text`.

        Case, accents, a missing year and the place of "The" do not matter. A whole title comes
        before a part of one. A title that is listed twice means the listing with more ratings.

        Raises: MovieLensError 'no movie "Toy Stroy"; nearest: Toy Story (1995)'
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
        near = difflib.get_close_matches(wanted, without, n=1, cutoff=0.0)
        nearest = self.titles[without.index(near[0])] if near else "none"
        raise MovieLensError(f'no movie "{text}"; nearest: {nearest}')

    def _choose(self, text: str, found: list[int]) -> int:
        """Return the one movie among `found`, refusing different titles."""
        titles = sorted({self.titles[i] for i in found})
        if len(titles) > 1:
            shown = "; ".join(titles[:5]) + ("; …" if len(titles) > 5 else "")
            raise MovieLensError(f'"{text}" fits {len(titles)} movies: {shown}; give one in full')
        counts = np.bincount(self.movie, minlength=self.movies)
        return max(found, key=lambda i: counts[i])


def check_ratings(data: Any) -> Ratings:
    """Return the data, which must be ratings.

    Raises: MovieLensError: data must be ratings, got 'ml-100k': take them from load('ml-100k')
    """
    if isinstance(data, Ratings):
        return data
    hint = f"load({data!r:.40})" if isinstance(data, str) else "optviz.movielens.load"
    raise MovieLensError(f"data must be ratings, got {data!r:.40}: take them from {hint}")


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
