"""The `optviz data` command: fetch, show and verify MovieLens."""

import sys
from collections.abc import Callable
from pathlib import Path

from optviz.movielens.cache import is_known
from optviz.movielens.catalog import CITATION, SETS, TERMS
from optviz.movielens.fetch import find, install
from optviz.movielens.files import read
from optviz.movielens.ratings import MovieLensError, Ratings


def data_command(
    source: str | None = None,
    *,
    file: str | None = None,
    verify: bool = False,
    offline: bool = False,
    cache: Path | None = None,
    out: Callable[[str], object] = print,
) -> int:
    """Fetch a data set or read the one named, show it, and return the exit status.

    `file` is a folder or zip to put into the cache first.
    The status is 0 when the data is there; 1 when `verify` finds other checksums than the known
    ones; 2, with one sentence on standard error, when it cannot be had or read.
    """
    progress = _draw if sys.stderr.isatty() else None
    try:
        if file:
            path = install(Path(file).expanduser(), progress=progress, cache=cache)
        else:
            path = find(source, progress=progress, cache=cache, offline=offline)
        ratings = read(path, progress=progress)
        known = is_known(path, ratings.name)
    except MovieLensError as error:
        print(f"optviz data: {error}", file=sys.stderr)
        return 2
    for line in _lines(ratings, path, known):
        out(line)
    return 1 if verify and known is False else 0


def _lines(ratings: Ratings, path: Path, known: bool | None) -> list[str]:
    """Return what is shown about a data set."""
    verdicts = {
        True: "verified, the known checksums",
        False: "NOT the known checksums",
        None: "whole; no checksum is known for this name",
    }
    kept = ratings.name in SETS and SETS[ratings.name].kept
    low, high = ratings.scale
    facts = {
        "ratings": f"{len(ratings):,}, {low:g} to {high:g} stars",
        "users": f"{ratings.users:,}",
        "movies": f"{ratings.movies:,} rated",
        "file": str(path),
        "sha256": f"{ratings.checksum} (ratings file)",
        "check": verdicts[known],
        "terms": TERMS + ("; may not be passed on" if kept else ""),
        "cite": CITATION,
    }
    return [ratings.name, *(f"  {key:<9}{value}" for key, value in facts.items())]


def _draw(what: str, done: int, total: int | None) -> None:
    """Draw progress on one line of the terminal, and clear it at the end."""
    share = f" {done / total:4.0%}" if total else ""
    end = "\r\x1b[K" if done == total else ""
    print(f"\r\x1b[K{what[-60:]}{share}{end}", end="", file=sys.stderr, flush=True)
