"""Readers of ratings files and the movies beside them, in a folder or an archive."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from optviz.movielens.archive import Archive, open_archives
from optviz.movielens.layout import (
    NotTextError,
    Table,
    find_movies_table,
    find_ratings_table,
    guess_ratings_table,
    read_sample,
)
from optviz.movielens.movies import Movie, read_movies
from optviz.movielens.ratings import MovieLensError, OnProgress, Ratings
from optviz.movielens.rows import ENCODINGS, BadRows, Block, RowReader

OnBad = Literal["raise", "report"]

PAIRS = {
    "ratings.csv": "movies.csv",
    "u.data": "u.item",
    "ml-100k.inter": "ml-100k.item",
    "ratings.dat": "movies.dat",
}
"""The published names, as a sentence tells them."""
_MAIN = re.compile(r"ratings?\.(csv|dat|tsv|txt)|u\.data|[^.]+\.inter", re.IGNORECASE)
_PARTNERS = (
    (r"(.*)ratings(.*)", r"\1movies\2"),
    (r"(.*)rating(.*)", r"\1movie\2"),
    (r"([^.]+)\..*inter", r"\1.item"),
    (r"u(\d|[ab])?\.(data|base|test)", "u.item"),
)
"""Names of ratings files, and of the movies that belong to them."""
MOST_BAD = 100_000
"""Bad rows after which a file that must have none is not read on."""
_LOOKED = 200
"""Files without a known name that are looked into."""


@dataclass(frozen=True)
class Layout:
    """A pair of files in one folder, and the name of the data."""

    archive: Archive
    name: str
    ratings: str
    movies: str
    table: Table
    movies_table: Table

    def describe(self, scale: tuple[float, float], times: str, encoding: str) -> str:
        """Return in words what was found."""
        stars = f"{'half' if scale[0] % 1 else 'whole'} stars from {scale[0]:g} to {scale[1]:g}"
        return (
            f"{self.ratings}: {self.table}, {stars}; "
            f"{self.movies}: {self.movies_table}, {ENCODINGS[encoding]}; {times}"
        )


def read(path: Path, *, on_bad: OnBad = "raise", progress: OnProgress | None = None) -> Ratings:
    """Return the ratings in a folder, an archive or a file, in any layout that its content tells.

    A bad row is never dropped in silence. With on_bad="raise" (the default) any bad row is an
    error that names the first ones. With "report" the good rows are kept, every bad one is a
    sentence in `problems`, and one warning is given. A movie line whose id can be read keeps the
    id, so that its ratings are not lost with a bad title.

    Raises: MovieLensError "3 bad rows: ratings.csv:17: rating 'five' is not a number; …"
    """
    if on_bad not in ("raise", "report"):
        raise MovieLensError(f'on_bad must be "raise" or "report", got {on_bad!r}')
    with open_archives(path) as archives:
        layout = find_layout(path, archives)
        archive, bad = layout.archive, BadRows(layout.ratings)
        movies, bad_movies, encoding = read_movies(archive, layout.movies, layout.movies_table)
        ids = np.array(sorted(movies), np.int64)
        most_bad = MOST_BAD if on_bad == "raise" else np.inf
        reader = RowReader(layout.ratings, layout.table, ids, layout.movies, bad, most_bad)
        with archive.open(layout.ratings) as stream:
            rows, checksum = reader.read(stream, archive.size(layout.ratings), progress)
    problems = (*bad_movies.sentences(), *bad.sentences())
    if problems:
        count = bad_movies.count + bad.count
        number = "1 bad row" if count == 1 else f"{count:,} bad rows"
        number = f"at least {number}" if bad.count > most_bad else number
        listed = "; ".join(problems[:5]) + ("; …" if len(problems) > 5 else "")
        if on_bad == "raise":
            way_out = 'on_bad="report" keeps the good rows'
            raise MovieLensError(f"{number} in {path}: {listed} ({way_out})")
        warnings.warn(f"{number} left out or repaired in {path}: {listed}", stacklevel=3)
    if not len(rows.rating):
        why = next(iter([*bad.sentences(), *problems]), "it holds none")
        raise MovieLensError(f"{layout.ratings}: no rating could be read in {path}: {why}")
    times = reader.times.describe(rows.time)
    about: dict[str, Any] = {"name": layout.name, "scale": reader.scale, "source": str(path)}
    about |= {"layout": layout.describe(reader.scale, times, encoding), "checksum": checksum}
    return _make_ratings(rows, movies, problems=problems, **about)


def find_layout(path: Path, archives: list[Archive]) -> Layout:
    """Return the layout of the one data set in some folders.

    Raises: MovieLensError where a file of the pair is missing, or there are several data sets
    """
    archive, file = find_ratings(path, archives)
    lines = _read_lines(archive, file)
    if not lines:
        raise MovieLensError(f"{file}: the file is empty, expected one rating a line")
    is_named = _MAIN.fullmatch(file) is not None
    table = find_ratings_table(lines)
    if table is None and not is_named:
        table = guess_ratings_table(lines, file, is_named)
    if (movies := find_movies(archive, file)) is None:
        partner = name_partners(file)[0]
        raise MovieLensError(f"{partner} is missing beside {file} in {path}")
    table = table or guess_ratings_table(lines, file, is_named)
    movie_lines = _read_lines(archive, movies)
    if not movie_lines:
        raise MovieLensError(f"{movies}: the file is empty, expected one movie a line")
    movies_table = find_movies_table(movie_lines, is_named=True)
    if movies_table is None:
        expected = "expected ids and titles, such as 'movieId,title,genres'"
        raise MovieLensError(f"{movies}: the first line is {movie_lines[0][1][:60]!r}, {expected}")
    name = archive.name if is_named else f"{archive.name}-{file}"
    return Layout(archive, name, file, movies, table, movies_table)


def find_ratings(path: Path, archives: list[Archive]) -> tuple[Archive, str]:
    """Return the ratings file and its folder: the chosen one, else the only one.

    Files with a published name come first; without any, the content tells.

    Raises: MovieLensError: ml.zip holds several data sets: one, two; ...
    """
    if archives and archives[0].chosen:
        return archives[0], archives[0].chosen
    found = [(each, list(filter(_MAIN.fullmatch, each.files))) for each in archives]
    if not any(files for _, files in found):
        found, left, errors = [], _LOOKED, []
        for each in archives:
            names = list(each.files)[:left]
            files, more = select_files(each, names, find_ratings_table)
            found, left, errors = [*found, (each, files)], left - len(names), errors + more
        if not any(files for _, files in found):
            why = f" ({errors[0]})" if errors else ""
            raise MovieLensError(_explain_none(path, archives) + why)
    found = [(each, files) for each, files in found if files]
    way_out = "name one of them" if path.is_dir() else "unpack it and name one of them"
    if len(found) > 1 and not (path.is_dir() and found[0][0] is archives[0]):
        names = ", ".join(each.name for each, _ in found[:5])
        raise MovieLensError(f"{path} holds several data sets: {names}; {way_out}")
    archive, files = found[0]
    if len(files) > 1:
        names = ", ".join(files[:5]) + (", …" if len(files) > 5 else "")
        raise MovieLensError(f"{path} holds several files of ratings: {names}; {way_out}")
    return archive, files[0]


def find_movies(archive: Archive, ratings: str) -> str | None:
    """Return the file of the movies that belong to a file of ratings, None where it is missing.

    Raises: MovieLensError: several files of movies are beside ratings.csv: ...
    """
    names = {name.lower(): name for name in archive.files if name != ratings}
    for partner in name_partners(ratings):
        if partner.lower() in names:
            return names[partner.lower()]
    found, _ = select_files(archive, list(names.values())[:_LOOKED], find_movies_table)
    if len(found) > 1:
        listed = ", ".join(found[:5])
        raise MovieLensError(f"several files of movies are beside {ratings}: {listed}; keep one")
    return found[0] if found else None


def name_partners(ratings: str) -> list[str]:
    """Return the names under which the movies of a ratings file are looked for, best first."""
    matches = [(re.fullmatch(pattern, ratings, re.IGNORECASE), name) for pattern, name in _PARTNERS]
    return [match.expand(name) for match, name in matches if match] + ["movies.csv"]


def select_files(
    archive: Archive, files: list[str], find_table: Callable[..., Table | None]
) -> tuple[list[str], list[MovieLensError]]:
    """Return the files in which a table is found, and why text among the others cannot be read."""
    found: list[str] = []
    errors: list[MovieLensError] = []
    for file in files:
        try:
            found += [file] if find_table(_read_lines(archive, file)) else []
        except NotTextError:  # a picture, a program
            pass
        except MovieLensError as error:  # such as a password
            errors.append(error)
    return found, errors


def _read_lines(archive: Archive, file: str) -> list[tuple[int, str]]:
    with archive.open(file) as stream:
        return read_sample(stream, file)


def _explain_none(path: Path, archives: list[Archive]) -> str:
    """Return the sentence for files among which there are no ratings."""
    names = [name for each in archives for name in each.files]
    inner = [name for name in names if re.search(r"\.(zip|tar|tgz|7z|rar)$", name, re.IGNORECASE)]
    if inner:
        return f"no MovieLens ratings in {path}, but the archive {inner[0]}: unpack that first"
    pairs = "; ".join(f"{ratings} and {movies}" for ratings, movies in PAIRS.items())
    return f"no MovieLens ratings in {path}; expected {pairs}, or files like them"


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
        titles=tuple(movie.title for movie in rated),
        genres=tuple(movie.genres for movie in rated),
        time=rows.time,
        **about,
    )
