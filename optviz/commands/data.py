"""The `optviz data` command: fetch, show and verify MovieLens."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    data = commands.add_parser("data", help="fetch, show and verify MovieLens")
    data.set_defaults(perform=show_data)
    data.add_argument(
        "name", nargs="?", help="ml-latest-small, ml-100k, ... (default: what is had)"
    )
    data.add_argument("--from", dest="source", metavar="FILE", help="a zip or folder you have")
    data.add_argument("--verify", action="store_true", help="compare with the known checksum")
    data.add_argument("--offline", action="store_true", help="look in the cache only")


def show_data(arguments: argparse.Namespace) -> int:
    """Fetch a data set, or copy a given folder or zip into the cache; show and check it.

    The exit status is 0 when the data is there; 1 when `--verify` finds other checksums than the
    known ones; 2, with one sentence on standard error, when it cannot be had or read.
    """
    from optviz.movielens.cache import is_known
    from optviz.movielens.catalog import CITATION, SETS, TERMS
    from optviz.movielens.fetch import find, install
    from optviz.movielens.files import read
    from optviz.movielens.ratings import MovieLensError

    source = arguments.source or arguments.name
    progress = draw_progress if sys.stderr.isatty() else None
    try:
        path = find(source, progress=progress, offline=arguments.offline)
        if source and path == Path(source).expanduser():
            path = install(path, progress=progress)
        ratings = read(path, progress=progress)
        known = is_known(path, ratings.name)
    except MovieLensError as error:
        print(f"optviz data: {error}", file=sys.stderr)
        return 2
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
    print("\n".join([ratings.name, *(f"  {key:<9}{value}" for key, value in facts.items())]))
    return 1 if arguments.verify and known is False else 0


def draw_progress(what: str, done: int, total: int | None) -> None:
    """Draw progress on one line of the terminal, and clear it at the end."""
    share = f" {done / total:4.0%}" if total else ""
    end = "\r\x1b[K" if done == total else ""
    print(f"\r\x1b[K{what[-60:]}{share}{end}", end="", file=sys.stderr, flush=True)
