"""Access to the files of a folder, a zip or a wheel; nothing is ever unpacked to disk."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from optviz.movielens.ratings import MovieLensError

LARGEST = 4 << 30  # bytes of one file; ml-32m's ratings.csv has 877 MB
_DENSEST = 100  # text of ratings packs 3 to 5 times; a bomb, about 1000 times
_BOMB = 64 << 20  # below this a dense member does no harm

# The ratings files that tell which folder of an archive holds the data.
_RATINGS = ("ratings.csv", "u.data", "ml-100k.inter", "ratings.dat")


@dataclass(frozen=True)
class Archive:
    """The files that lie beside the ratings, by their bare names."""

    path: Path
    name: str  # of the folder that holds the ratings
    files: dict[str, Path | zipfile.ZipInfo]
    zip: zipfile.ZipFile | None = None

    def size(self, file: str) -> int:
        """Return the number of bytes of a file, unpacked."""
        found = self.files[file]
        return found.file_size if isinstance(found, zipfile.ZipInfo) else found.stat().st_size

    def open(self, file: str) -> BinaryIO:
        """Return a stream of a file's bytes.

        Raises: MovieLensError for a file too large, or packed too densely, to be MovieLens
        """
        found, size = self.files[file], self.size(file)
        if size > LARGEST:
            raise MovieLensError(f"{file} in {self.path} has {size:,} bytes, at most {LARGEST:,}")
        if isinstance(found, Path):
            return found.open("rb")
        if size > _BOMB and size > _DENSEST * max(found.compress_size, 1):
            raise MovieLensError(f"{file} in {self.path} unpacks to {size:,} bytes: refused")
        try:
            return cast(BinaryIO, cast(zipfile.ZipFile, self.zip).open(found))
        except (RuntimeError, NotImplementedError) as error:  # a password, a rare compression
            raise MovieLensError(f"{self.path} cannot be read: {error}") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a folder, a zip or a wheel of MovieLens files; a ratings file stands for its folder.

    Raises: MovieLensError for a path that is missing, not a zip, damaged, or not readable
    """
    if path.name in _RATINGS and path.is_file():
        path = path.parent
    try:
        if path.is_dir():
            yield _list_folder(path)
        elif not path.exists():
            raise MovieLensError(f"no file or folder {path}")
        else:
            with zipfile.ZipFile(path) as packed:
                yield _list_members(path, packed)
    except zipfile.BadZipFile as error:
        raise MovieLensError(f"{path} is not a whole zip file ({error}); fetch it again") from error
    except (OSError, EOFError, zlib.error) as error:
        raise MovieLensError(f"{path} cannot be read: {error}") from error


def _list_folder(path: Path) -> Archive:
    """Return the files of a folder, or of the one folder in it that holds ratings."""
    inner = [path, *sorted(child for child in path.iterdir() if child.is_dir())]
    holding = [folder for folder in inner if any((folder / name).is_file() for name in _RATINGS)]
    if len(holding) > 1 and holding[0] != path:
        names = ", ".join(folder.name for folder in holding)
        raise MovieLensError(f"{path} holds several data sets: {names}; name one of them")
    folder = holding[0] if holding else path
    files = {child.name: child for child in folder.iterdir() if child.is_file()}
    return Archive(path, folder.resolve().name, dict(files))


def _list_members(path: Path, packed: zipfile.ZipFile) -> Archive:
    """Return the members that lie beside the ratings, in the shallowest such folder.

    Member names are only compared, never used as paths: one that climbs ("../x") reaches nothing.
    """
    inside = {PurePosixPath(info.filename): info for info in packed.infolist() if not info.is_dir()}
    holding = sorted(
        {member.parent for member in inside if member.name in _RATINGS},
        key=lambda folder: (len(folder.parts), folder.parts),
    )
    folder = holding[0] if holding else PurePosixPath(".")
    files = {member.name: info for member, info in inside.items() if member.parent == folder}
    return Archive(path, folder.name or path.stem, dict(files), packed)
