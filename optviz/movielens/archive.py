"""Access to the files of a folder, an archive or one file; nothing is ever unpacked to disk."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from optviz.movielens.ratings import MovieLensError

LARGEST = 4 << 30  # bytes of one file; ml-32m's ratings.csv has 877 MB
_DENSEST = 100  # text of ratings packs 3 to 5 times; a bomb, about 1000 times
_BOMB = 64 << 20  # below this a dense member does no harm
_MOST = 100_000  # members of an archive

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_PACKED = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz"}
"""The first bytes of a compressed file."""
_FOREIGN = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\x1f\x9d": "packed by compress",
    b"PAR1": "a parquet file",
    b"SQLite format 3": "a database",
}
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Member:
    """A file of an archive: its place, its bytes there and taken out, and its opener."""

    place: PurePosixPath
    packed: int
    size: int
    open: Callable[[], Any]

    @property
    def is_packed(self) -> bool:
        """True where the file itself is compressed, as its name says."""
        return self.place.suffix.lower() in _OPENERS

    @property
    def name(self) -> str:
        """The name without the ending of a compression."""
        return self.place.stem if self.is_packed else self.place.name


@dataclass(frozen=True)
class Archive:
    """The files of one folder, by their bare names without the ending of a compression."""

    path: Path
    name: str  # of the folder that holds the files
    files: dict[str, Member]
    zip: zipfile.ZipFile | None = None
    chosen: str = ""
    """The file that the path names, where it names one."""

    def size(self, file: str) -> int | None:
        """Return the number of bytes of a file, unpacked; None where that is not known before."""
        member = self.files[file]
        return None if member.is_packed else member.size

    def open(self, file: str) -> BinaryIO:
        """Return a stream of a file's bytes, unpacked.

        Raises: MovieLensError for a file too large, or packed too densely, to be MovieLens
        """
        member, where = self.files[file], f"{file} in {self.path}"
        size = member.size
        if size > LARGEST:
            raise MovieLensError(f"{where} has {size:,} bytes, at most {LARGEST:,}")
        if size > _BOMB and size > _DENSEST * max(member.packed, 1):
            raise MovieLensError(f"{where} unpacks to {size:,} bytes: refused")
        try:
            stream = member.open()
            start = stream.read(8)
            stream.seek(0)
        except (RuntimeError, NotImplementedError) as error:  # a password, a rare compression
            raise MovieLensError(f"{self.path} cannot be read: {error}") from error
        if (ending := find_magic(start, _PACKED)) is None:
            return stream
        return cast(BinaryIO, Bounded(stream, ending, member.packed, where))


class Bounded(io.RawIOBase):
    """A stream that unpacks, and refuses to go on where it swells like a bomb."""

    def __init__(self, packed_stream: Any, ending: str, packed: int, where: str):
        self.packed_stream, self.stream = packed_stream, _OPENERS[ending](packed_stream)
        self.where, self.place = where, 0
        self.limit = min(LARGEST, max(_BOMB, _DENSEST * packed))

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises: MovieLensError: made.tar.gz unpacks to more than 67,108,864 bytes: refused
        """
        data = self.stream.read(min(size, self.limit + 1) if size >= 0 else self.limit + 1)
        self.place += len(data)
        if self.place > self.limit:
            raise MovieLensError(f"{self.where} unpacks to more than {self.limit:,} bytes: refused")
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the start or from here."""
        place = offset + (self.place if whence == io.SEEK_CUR else 0)
        if place > self.limit:
            raise MovieLensError(f"{self.where} unpacks to more than {self.limit:,} bytes: refused")
        self.place = self.stream.seek(place)
        return self.place

    def tell(self) -> int:
        """Return the place in the unpacked bytes."""
        return self.place

    def seekable(self) -> bool:
        """Return True: going back unpacks from the start."""
        return True

    def close(self) -> None:
        """Close both streams."""
        self.stream.close()
        self.packed_stream.close()
        super().close()


@contextmanager
def open_archives(path: Path) -> Iterator[list[Archive]]:
    """Open the folders of a folder, zip, wheel or tar, shallowest first; a file is a folder of one.

    Member names are only compared, never used as paths: one that climbs ("../x") reaches nothing.
    Links in a tar are not followed, devices are no files.

    Raises: MovieLensError for a path that is missing, damaged, of another kind, or not readable
    """
    try:
        if path.is_dir():
            yield _list_folder(path)
        elif not path.exists():
            raise MovieLensError(f"no file or folder {path}")
        elif not path.is_file():
            raise MovieLensError(f"{path} is neither a file nor a folder")
        else:
            with path.open("rb") as file:
                yield from _list_file(path, file)
    except zipfile.BadZipFile as error:
        raise MovieLensError(f"{path} is not a whole zip file ({error}); fetch it again") from error
    except EOFError as error:
        raise MovieLensError(f"{path} is cut short ({error}); fetch it again") from error
    except _BROKEN as error:
        raise MovieLensError(f"{path} cannot be read: {error}") from error


def _list_file(path: Path, file: BinaryIO) -> Iterator[list[Archive]]:
    """Yield the folders of an archive, told by its first bytes and not by its name."""
    start, size = file.read(512), path.stat().st_size
    file.seek(0)
    if path.suffix.lower() in (".zip", ".whl") or start.startswith(b"PK"):
        with zipfile.ZipFile(file) as packed:
            yield _group(path, _list_members(packed), packed)
        return
    if kind := find_magic(start, _FOREIGN):
        raise MovieLensError(f"{path} is {kind}, which is not read: unpack it and give the folder")
    ending = find_magic(start, _PACKED)
    bounded: Any = Bounded(file, ending, size, str(path)) if ending else file
    try:
        members = tarfile.TarFile(fileobj=bounded)
    except tarfile.ReadError:  # one file of text
        folder, member = _list_folder(path.resolve().parent)[0], _list_path(path)
        files = folder.files | {member.name: member}
        yield [replace(folder, path=path, files=files, chosen=member.name)]
        return
    with members as tar:
        yield _group(path, _list_tar(tar, size))


def _list_path(path: Path) -> Member:
    """Return the access to a file on disk."""
    size = path.stat().st_size
    return Member(PurePosixPath(path.name), size, size, partial(path.open, "rb"))


def _list_folder(path: Path) -> list[Archive]:
    """Return the files of a folder, and of each folder in it that may be read."""
    inner = (child for child in sorted(path.iterdir()) if not child.name.startswith("."))
    found = []
    for folder in [path, *(child for child in inner if child.is_dir())]:
        if folder == path or os.access(folder, os.R_OK | os.X_OK):
            paths = sorted(each for each in folder.iterdir() if each.is_file())
            files = _name_members(path, map(_list_path, paths))
            found.append(Archive(path, folder.resolve().name, files))
    return found


def _list_members(packed: zipfile.ZipFile) -> Iterator[Member]:
    """Yield the files of a zip; Windows programs write "\\" between the parts of a name."""
    for info in packed.infolist():
        place = PurePosixPath(info.filename.replace("\\", "/"))
        if not info.filename.endswith(("/", "\\")):
            yield Member(place, info.compress_size, info.file_size, partial(packed.open, info))


def _list_tar(tar: tarfile.TarFile, packed: int) -> Iterator[Member]:
    """Yield the files of a tar, each as dense as the whole; a link is one that does not open."""
    for info in tar:
        place = PurePosixPath(info.name.replace("\\", "/"))
        if info.isreg():
            yield Member(place, packed, info.size, partial(tar.extractfile, info))
        elif info.issym() or info.islnk():
            yield Member(place, packed, 0, partial(_refuse_link, info.name))


def _refuse_link(name: str) -> None:
    raise MovieLensError(f"{name} in the archive is a link, which is not followed")


def _group(
    path: Path, members: Iterable[Member], packed: zipfile.ZipFile | None = None
) -> list[Archive]:
    """Return members by their folders."""
    folders: dict[PurePosixPath, list[Member]] = {}
    for count, member in enumerate(members, 1):
        if count > _MOST:
            raise MovieLensError(f"{path} holds more than {_MOST:,} files: refused")
        folders.setdefault(member.place.parent, []).append(member)
    ordered = sorted(folders, key=lambda folder: (len(folder.parts), folder.parts))
    outer = path.stem.removesuffix(".tar")
    return [
        Archive(path, folder.name or outer, _name_members(path, folders[folder]), packed)
        for folder in ordered
        if "__MACOSX" not in folder.parts
    ]


def _name_members(path: Path, members: Iterable[Member]) -> dict[str, Member]:
    """Return members by name, a plain file before a compressed one; hidden ones are left out.

    Raises: MovieLensError: made.zip holds ratings.csv twice
    """
    plain: dict[str, Member] = {}
    packed: dict[str, Member] = {}
    for member in members:
        if member.name.startswith("."):  # as macOS adds them to archives
            continue
        if not member.is_packed and member.name in plain:
            name = member.name
            raise MovieLensError(f"{path} holds {name} twice: which one is meant cannot be told")
        (packed if member.is_packed else plain)[member.name] = member
    return packed | plain


def find_magic(start: bytes, kinds: dict[bytes, str]) -> str | None:
    """Return the kind of a file whose first bytes are known."""
    return next((kind for magic, kind in kinds.items() if start.startswith(magic)), None)
