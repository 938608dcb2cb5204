"""Readers of published MovieLens files, in a folder or a zip."""

import csv
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from optviz.movielens.archive import Archive, open_archive
from optviz.movielens.ratings import MovieLensError, OnProgress, Ratings
from optviz.movielens.rows import BadRows, Block, RowFormat, RowReader, decode

OnBad = Literal["raise", "report"]

_MOVIES = 64 << 20  # bytes of a movies file; ml-32m's has 4 MB

Movie = tuple[str, str, tuple[str, ...]]
"""(published id as text, title with year, genres)"""


@dataclass(frozen=True)
class Layout:
    """A published pair of files and how their lines are read; both begin with names, or neither."""

    ratings: str
    movies: str
    rows: RowFormat
    movie: Callable[[str], Movie]  # raises ValueError with the sentence about the line


def _split_fields(text: str, sep: str, count: int) -> list[str]:
    fields = text.split(sep)
    if len(fields) != count:
        raise ValueError(f"{len(fields)} fields, expected {count}")
    return fields


def _parse_csv(text: str) -> Movie:
    try:
        fields = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise ValueError(f"not a CSV line ({error})") from None
    if len(fields) != 3:
        raise ValueError(f"{len(fields)} fields, expected 3 (movieId, title, genres)")
    number, title, genres = fields
    return number, title, _split_genres(genres)


def _parse_dat(text: str) -> Movie:
    number, title, genres = _split_fields(text, "::", 3)
    return number, title, _split_genres(genres)


def _parse_pipe(text: str) -> Movie:
    fields = _split_fields(text, "|", 24)
    flags = zip(_GENRES, fields[5:], strict=True)
    return fields[0], fields[1], tuple(genre for genre, flag in flags if flag == "1")


def _parse_typed(text: str) -> Movie:
    number, title, year, genres = _split_fields(text, "\t", 4)
    if title and re.fullmatch(r"\d{4}", year):
        title = f"{title} ({year})"
    return number, title, tuple(genres.split())


def _split_genres(text: str) -> tuple[str, ...]:
    return () if text in ("", "(no genres listed)") else tuple(text.split("|"))


# The flags of u.item, in its order; published in u.genre beside it.
_GENRES = _split_genres(
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|"
    "Film-Noir|Horror|Musical|Mystery|Romance|Sci-Fi|Thriller|War|Western"
)
_CSV = ("userId,movieId,rating,timestamp", "userId,movieId,rating")
_TYPED = ("user_id:token\titem_id:token\trating:float\ttimestamp:float",)
LAYOUTS = (
    # ml-latest-small, 20m, 25m, 32m; ml-100k as GroupLens publishes it, and in recbole's wheel; 1m
    Layout("ratings.csv", "movies.csv", RowFormat(",", _CSV, "utf-8", (0.5, 5.0)), _parse_csv),
    Layout("u.data", "u.item", RowFormat("\t", None, "latin-1", (1.0, 5.0)), _parse_pipe),
    Layout(
        "ml-100k.inter", "ml-100k.item", RowFormat("\t", _TYPED, "utf-8", (1.0, 5.0)), _parse_typed
    ),
    Layout("ratings.dat", "movies.dat", RowFormat("::", None, "latin-1", (1.0, 5.0)), _parse_dat),
)


def read(path: Path, *, on_bad: OnBad = "raise", progress: OnProgress | None = None) -> Ratings:
    """Return the ratings in a folder or zip of published MovieLens files.

    A bad row is never dropped in silence. With on_bad="raise" (the default) any bad row is an
    error that names the first ones. With "report" the good rows are kept, every bad one is a
    sentence in `problems`, and one warning is given. A movie line whose id can be read keeps the
    id, so that its ratings are not lost with a bad title.

    Raises: MovieLensError "3 bad rows: ratings.csv:17: rating 'five' is not a number; …"
    """
    if on_bad not in ("raise", "report"):
        raise MovieLensError(f'on_bad must be "raise" or "report", got {on_bad!r}')
    with open_archive(path) as archive:
        layout = find_layout(archive)
        bad = BadRows(layout.ratings)
        movies, bad_movies = _read_movies(archive, layout)
        ids = np.array(sorted(movies), np.int64)
        reader = RowReader(layout.ratings, layout.rows, ids, layout.movies, bad)
        with archive.open(layout.ratings) as stream:
            rows, checksum = reader.read(stream, archive.size(layout.ratings), progress)
    problems = (*bad_movies.sentences(), *bad.sentences())
    if problems:
        count = bad_movies.count + bad.count
        number = "1 bad row" if count == 1 else f"{count:,} bad rows"
        listed = "; ".join(problems[:5]) + ("; …" if len(problems) > 5 else "")
        if on_bad == "raise":
            way_out = 'on_bad="report" keeps the good rows'
            raise MovieLensError(f"{number} in {path}: {listed} ({way_out})")
        warnings.warn(f"{number} left out or repaired in {path}: {listed}", stacklevel=3)
    if not len(rows.rating):
        why = problems[-1] if problems else "it holds none"
        raise MovieLensError(f"{layout.ratings}: no rating could be read in {path}: {why}")
    about: dict[str, Any] = {"name": archive.name, "scale": layout.rows.scale, "source": str(path)}
    return _make_ratings(rows, movies, **about, checksum=checksum, problems=problems)


def find_layout(archive: Archive) -> Layout:
    """Return the layout of the files in an archive.

    Raises: MovieLensError where a file of the pair is missing, or both
    """
    found = [layout for layout in LAYOUTS if layout.ratings in archive.files]
    if not found:
        pairs = "; ".join(f"{layout.ratings} and {layout.movies}" for layout in LAYOUTS)
        raise MovieLensError(f"no MovieLens ratings in {archive.path}; expected {pairs}")
    layout = found[0]
    if layout.movies not in archive.files:
        beside = f"beside {layout.ratings} in {archive.path}"
        raise MovieLensError(f"{layout.movies} is missing {beside}")
    return layout


def _read_movies(archive: Archive, layout: Layout) -> tuple[dict[int, Movie], BadRows]:
    """Return id -> movie, and the bad rows of the movies file."""
    bad = BadRows(layout.movies)
    if archive.size(layout.movies) > _MOVIES:
        raise MovieLensError(f"{layout.movies}: more than {_MOVIES:,} bytes, refused")
    with archive.open(layout.movies) as stream:
        data = stream.read().removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise MovieLensError(f"{layout.movies}: the file is empty, expected one movie a line")
    movies: dict[int, Movie] = {}
    first: dict[int, int] = {}
    for line, raw in enumerate(data.split(b"\n"), 1):
        raw = raw.rstrip(b"\r")
        if not raw.strip() or (line == 1 and layout.rows.header):
            continue
        text, wrong = decode(raw, layout.rows.encoding)
        if wrong:
            bad.add(line, wrong)
        if not (found := _read_movie(text, layout, line, bad)):
            continue
        number, movie = found
        if number in first:
            bad.add(line, f"movie {number} is already in line {first[number]}")
        else:
            movies[number], first[number] = movie, line
    return movies, bad


def _read_movie(text: str, layout: Layout, line: int, bad: BadRows) -> tuple[int, Movie] | None:
    """Return (id, movie) of a line: None where the id is bad; a bad title is made up."""
    try:
        number, title, genres = layout.movie(text)
        if not title.strip():
            raise ValueError("title is missing")
    except ValueError as error:
        bad.add(line, str(error))
        number, title, genres = re.split(r"[,|:\t]", text, maxsplit=1)[0], "", ()
        if not re.fullmatch(r"\d{1,18}", number):
            return None
    if not re.fullmatch(r"\d{1,18}", number):
        bad.add(line, f"movie id {number!r} is not a whole number")
        return None
    return int(number), (number, title or f"movie {number}", genres)


def _make_ratings(rows: Block, movies: dict[int, Movie], **about: Any) -> Ratings:
    """Return the ratings; users and movies numbered by their ids, rated movies only."""
    import pandas as pd

    user, user_ids = pd.factorize(rows.user, sort=True)
    listed = sorted(movies)
    has_rating = np.bincount(rows.movie, minlength=len(listed)) > 0
    movie_ids = np.array(listed, np.int64)[has_rating]
    movie = (np.cumsum(has_rating) - 1)[rows.movie]
    rated = [movies[int(number)] for number in movie_ids]
    return Ratings(
        user=user.astype(np.int32),
        movie=movie.astype(np.int32),
        rating=rows.rating,
        user_ids=np.asarray(user_ids),
        movie_ids=movie_ids,
        titles=tuple(title for _, title, _ in rated),
        genres=tuple(genres for _, _, genres in rated),
        **about,
    )
