"""The folder of fetched data: one zip a data set, complete or not there at all."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO

from optviz.movielens.catalog import SETS
from optviz.movielens.ratings import MovieLensError
from optviz.movielens.storage import COMMENT, make_room, remove_leftovers


def cache_folder(cache: Path | None = None) -> Path:
    """Return the folder of fetched data: the one named, else OPTVIZ_CACHE, else the user's."""
    if cache is not None:
        return Path(cache)
    if named := os.environ.get("OPTVIZ_CACHE"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("optviz"))


def find_cached(name: str | None, folder: Path) -> Path | None:
    """Return the cached zip of this name, or without a name the first of SETS, or None."""
    names = SETS if name is None else (name,)
    return next((p for n in names if (p := folder / f"{n}.zip").is_file()), None)


@contextmanager
def create_file(folder: Path, name: str) -> Iterator[tuple[Path, BufferedRandom]]:
    """Yield (path, stream) of a zip that appears in the cache when the block ends without error.

    Each process writes a part of its own and the last to finish wins; all bring the same data.

    Raises: MovieLensError where the folder cannot be written, or is full of the user's own data
    """
    target = folder / f"{name}.zip"
    part = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        handle, part = tempfile.mkstemp(prefix=f".{name}-", suffix=".part", dir=folder)
        with open(handle, "w+b") as stream:
            yield target, stream
            stream.flush()
            os.fsync(stream.fileno())
            make_room(folder, name, stream.seek(0, os.SEEK_END))
        os.replace(part, target)
    except OSError as error:
        way_out = "set OPTVIZ_CACHE to a folder that can"
        raise MovieLensError(f"{target} cannot be written ({error}); {way_out}") from error
    finally:
        if part:
            Path(part).unlink(missing_ok=True)


def pack(stream: BufferedRandom, name: str, files: Mapping[str, Callable[[], BinaryIO]]) -> None:
    """Write what each function opens as a file of a zip; equal files make equal bytes."""
    with zipfile.ZipFile(stream, "w") as packed:
        packed.comment = COMMENT
        for file, open_it in files.items():
            info = zipfile.ZipInfo(f"{name}/{file}")
            info.compress_type = zipfile.ZIP_DEFLATED
            with open_it() as source, packed.open(info, "w", force_zip64=True) as member:
                shutil.copyfileobj(source, member, 1 << 20)
