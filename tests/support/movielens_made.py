"""Tiny hand-made MovieLens files, for tests of what a file may look like."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from optviz.movielens import Ratings, load

HEADER = "userId,movieId,rating,timestamp"
MOVIES = "movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n31,Dangerous Minds (1995),\n"


def folder_of(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a new folder and return it."""
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def csv_folder(
    folder: Path, ratings: str | bytes, movies: str | bytes = MOVIES, name: str = "made"
) -> Path:
    """Write a tiny ratings.csv and movies.csv and return their folder."""
    return folder_of(folder / name, {"ratings.csv": ratings, "movies.csv": movies})


def zip_of(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files as a zip and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def reported(path: Path, **options) -> Ratings:
    """Return the good rows, expecting the one warning."""
    import pytest

    with pytest.warns(UserWarning, match="bad row"):
        return load(path, on_bad="report", **options)


def made_ratings() -> Ratings:
    """A few ratings of a few users, made by a fixed rule."""
    user, movie = np.divmod(np.arange(96), 8)
    return Ratings(
        name="made",
        user=user,
        movie=movie,
        rating=1.0 + (user * 7 + movie * 3) % 5,
        user_ids=np.arange(1, 13),
        movie_ids=np.arange(10, 18),
        titles=tuple(f"Movie {i}" for i in range(8)),
        genres=((),) * 8,
        scale=(1.0, 5.0),
        checksum="made",
        source="",
    )
