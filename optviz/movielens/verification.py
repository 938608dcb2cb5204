"""Comparison of data with the checksums that GroupLens publishes."""

import hashlib
from pathlib import Path
from typing import Any

from optviz.movielens.archive import open_archives
from optviz.movielens.catalog import SETS
from optviz.movielens.files import find_ratings
from optviz.movielens.ratings import MovieLensError


def has_checksum(stream: Any, checksum: str) -> bool:
    """Check that all bytes of a stream have a checksum written as algorithm:hex."""
    algorithm, _, expected = checksum.partition(":")
    stream.seek(0)
    return hashlib.file_digest(stream, algorithm).hexdigest() == expected


def is_published(path: Path, name: str) -> bool:
    """Check that data has the checksums published for its name: the zip's, or each file's."""
    published = SETS[name]
    if path.is_file() and path.stat().st_size == published.bytes:
        with path.open("rb") as stream:
            if has_checksum(stream, published.zip):
                return True
    with open_archives(path) as archives:
        archive, _ = find_ratings(path, archives)
        for file, expected in published.files:
            if file not in archive.files:
                return False
            digest = hashlib.sha256()
            with archive.open(file) as stream:
                while data := stream.read(1 << 20):
                    digest.update(data)
            if digest.hexdigest() != expected:
                return False
    return bool(published.files)


def check_whole(path: Path) -> None:
    """Refuse a zip with a damaged member.

    Raises: MovieLensError: ml-100k.zip is damaged at ml-100k/u.data; delete it and fetch it again
    """
    with open_archives(path) as archives:
        packed = archives[0].zip if archives else None
        if damaged := packed and packed.testzip():
            raise MovieLensError(f"{path} is damaged at {damaged}; delete it and fetch it again")
