"""The `optviz data` command: fetch, show, verify and remove MovieLens.

It fetches the ratings (some minutes at first), shows what is kept and verifies checksums. `--from`
takes any copy of any release, see `movielens`.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.movielens.storage import Kept


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    data = commands.add_parser("data", help="fetch, show, verify and remove MovieLens")
    data.set_defaults(perform=show_data)
    data.add_argument(
        "name", nargs="?", help="ml-latest-small, ml-100k, ... (default: what is had)"
    )
    data.add_argument(
        "--from", dest="source", metavar="PATH", help="a folder, archive or ratings file you have"
    )
    data.add_argument("--verify", action="store_true", help="compare with the known checksum")
    data.add_argument("--offline", action="store_true", help="look in the cache only")
    data.add_argument(
        "--on-bad",
        choices=("raise", "report"),
        default="raise",
        help="refuse data with bad rows (the default), or keep the good rows and list the bad",
    )
    data.add_argument(
        "--clean", action="store_true", help="remove the data sets and results kept on disk"
    )


def show_data(arguments: argparse.Namespace) -> int:
    """Fetch a data set, or copy a given folder or archive into the cache; show and check it.

    The exit status is 0 when the data is there; 1 when `--verify` finds other checksums than the
    known ones; 2, with one sentence on standard error, when it cannot be had or read.
    """
    from optviz.movielens.cache import cache_folder
    from optviz.movielens.fetch import choose_name, find, install
    from optviz.movielens.files import read
    from optviz.movielens.ratings import MovieLensError

    progress = draw_progress if sys.stderr.isatty() else None
    on_bad = arguments.on_bad
    try:
        if arguments.clean:
            return clean(arguments)
        source = arguments.source
        if source:  # a path, even where it looks like a name
            source = Path(source)
        wanted = arguments.name if source is None else source
        path = find(wanted, progress=progress, offline=arguments.offline)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            if source is not None or path.parent != cache_folder():
                name = None if source is None else arguments.name
                path = install(path, name, on_bad=on_bad, progress=progress)
            ratings = read(path, on_bad=on_bad, progress=progress)
        name = choose_name(ratings.name, path, cache_folder())
        verdict, is_wrong = verify(path, name)
    except MovieLensError as error:
        text = str(error).replace('on_bad="report"', "--on-bad report")
        print(f"optviz data: {text}", file=sys.stderr)
        return 2
    for each in said[-1:]:
        print(f"optviz data: {each.message}", file=sys.stderr)
    print_facts(name, ratings, path, verdict)
    return 1 if arguments.verify and is_wrong else 0


def verify(path: Path, name: str) -> tuple[str, bool]:
    """Return in words how data compares with the published checksums, and if it fails to.

    Raises: MovieLensError for a damaged zip
    """
    from optviz.movielens.catalog import SETS
    from optviz.movielens.verification import check_whole, is_published

    check_whole(path)
    if name in SETS and is_published(path, name):
        return "verified, the known checksums", False
    published = name.removesuffix("-own").lower()
    if published in SETS:
        return f"NOT the known checksums of {published}", True
    return "whole; no checksum is known for this name", False


def print_facts(name: str, ratings: Ratings, path: Path, verdict: str) -> None:
    """Print what a data set is."""
    from optviz.movielens.cache import cache_folder
    from optviz.movielens.catalog import CITATION, SETS, TERMS
    from optviz.movielens.storage import list_kept

    folder, (low, high) = cache_folder(), ratings.scale
    terms = "; may not be passed on" if name in SETS and SETS[name].kept else ""
    facts = {
        "ratings": f"{len(ratings):,}, {low:g} to {high:g} stars",
        "users": f"{ratings.users:,}",
        "movies": f"{ratings.movies:,} rated",
        "layout": ratings.layout,
        "file": str(path),
        "sha256": f"{ratings.checksum} (ratings file)",
        "check": verdict,
        "terms": TERMS + terms,
        "cite": CITATION,
        "kept": f"{count_kept(list_kept(folder))}, in {folder} (optviz data --clean removes it)",
    }
    print("\n".join([name, *(f"  {key:<9}{value}" for key, value in facts.items())]))


def clean(arguments: argparse.Namespace) -> int:
    """Remove what is kept on disk, or one data set, and print what went.

    Raises: MovieLensError: no data set mine is kept; there are ml-100k, ml-1m
    """
    from optviz.movielens.cache import cache_folder
    from optviz.movielens.ratings import MovieLensError
    from optviz.movielens.storage import list_kept, remove

    folder, name = cache_folder(), arguments.name
    if arguments.source or arguments.verify:
        raise MovieLensError("--clean goes alone, or with the name of one data set")
    kept = list_kept(folder)
    if name is not None:
        named = [each.name for each in kept if each.kind == "data set"]
        kept = [each for each in kept if each.kind == "data set" and each.name == name]
        if not kept:
            there = f"there are {', '.join(named)}" if named else "there is none"
            raise MovieLensError(f'no data set "{name}" is kept in {folder}; {there}')
    gone = remove(kept)
    for each in gone:
        print(f"removed {count_kept([each])}: {each.path}")
    print(f"removed in all: {count_kept(gone)}")
    if stay := [each for each in kept if each not in gone]:
        raise MovieLensError(f"{stay[0].path} could not be removed: is it yours to change?")
    return 0


def count_kept(kept: list[Kept]) -> str:
    """Return in words how many things of each kind there are, and their size."""
    from optviz.movielens.storage import format_bytes

    parts = []
    for kind in ("data set", "result", "leftover"):
        if sizes := [each.bytes for each in kept if each.kind == kind]:
            number = f"{len(sizes)} {kind}{'s' if len(sizes) > 1 else ''}"
            parts.append(f"{number}, {format_bytes(sum(sizes))}")
    return "; ".join(parts) or "nothing"


def draw_progress(what: str, done: int, total: int | None) -> None:
    """Draw progress on one line of the terminal, and clear it at the end."""
    share = f" {done / total:4.0%}" if total else ""
    end = "\r\x1b[K" if done == total else ""
    print(f"\r\x1b[K{what[-60:]}{share}{end}", end="", file=sys.stderr, flush=True)
