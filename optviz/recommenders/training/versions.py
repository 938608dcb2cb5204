"""What the bytes of a training depend on besides its settings: data, packages, machine."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import optviz
from optviz.movielens.ratings import RatingRows, Ratings

CHUNK = 1 << 20
"""Ratings hashed at once."""


def hash_ratings(data: Ratings, split: int | str) -> str:
    """Return the sha256 of ratings, users and movies, as hex, whatever file they came from.

    Their times count where the split is one by time.
    """
    digest = hashlib.sha256()
    for ids in (data.user_ids, data.movie_ids):
        digest.update(np.ascontiguousarray(ids, "<i8").data)
    for columns in RatingRows(data).chunks(CHUNK):
        for column, dtype in zip(columns, ("<i4", "<i4", "<f4"), strict=True):
            digest.update(np.ascontiguousarray(column, dtype).data)
    if isinstance(split, str) and data.time is not None:
        digest.update(np.ascontiguousarray(data.time, "<i8").data)
    return digest.hexdigest()


def hash_array(*arrays: Any) -> str:
    """Return the sha256 of the bytes of arrays, as hex."""
    digest = hashlib.sha256()
    for each in arrays:
        array = np.ascontiguousarray(each)
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(array.data)
    return digest.hexdigest()


def find_versions(torch_is_used: bool) -> dict[str, str]:
    """Return the versions that the bytes of a training may depend on."""
    found = {"optviz": optviz.__version__, "python": platform.python_version()}
    found |= {"numpy": np.__version__, "machine": platform.machine()}
    if torch_is_used:
        try:
            found["torch"] = version("torch")
        except PackageNotFoundError:  # a copy that is on the path but was not installed
            found["torch"] = "unknown"
    return found
