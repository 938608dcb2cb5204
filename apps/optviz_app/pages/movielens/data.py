"""The ratings that are on this machine, read once."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings

_log = logging.getLogger("optviz")


def ratings(name: str) -> Ratings | None:
    """The ratings of a data set that is on this machine, else None."""
    from optviz.movielens.cache import cache_folder, cached

    path = cached(name, cache_folder())
    return read(path, path.stat().st_mtime_ns) if path else None


@lru_cache(maxsize=4)
def read(path: Path, _changed: int) -> Ratings | None:
    """The ratings of a file, read once for each change; None where they cannot be read."""
    from optviz.movielens import load

    try:
        return load(path)
    except ValueError as error:
        _log.error("%s", error)
        return None
