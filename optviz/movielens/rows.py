"""Rating rows: bytes -> arrays, with every bad row named by its line.

A file is read in blocks of whole lines. pandas reads a block at once; only a block that it
refuses is read again line by line, which says exactly what is wrong and where. So 32 million
good rows cost seconds, and a few bad ones little more.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from optviz.movielens.ratings import MovieLensError, OnProgress

BLOCK = 8 << 20  # bytes: large enough for pandas to be fast, small beside the arrays
SHOWN = 1000  # sentences kept a file: a file that is bad throughout must not fill the memory
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_COLUMNS = ("userId", "movieId", "rating", "timestamp")


class BadRows:
    """Sentences about bad rows, in order; beyond SHOWN they are only counted."""

    def __init__(self, file: str):
        self.file = file
        self.count = 0
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        """Note the fault of a line."""
        self.count += 1
        if len(self._found) < SHOWN:
            self._found.append((line, text))

    def sentences(self) -> list[str]:
        """Return one sentence a problem, by line, and a last one that counts what is left out."""
        said = [f"{self.file}:{line}: {text}" for line, text in sorted(self._found)]
        more = self.count - len(said)
        return [*said, f"{self.file}: and {more:,} more"] if more else said


def decode(line: bytes, encoding: str) -> tuple[str, str | None]:
    """Return the line's text, and the fault of its encoding or None.

    Latin-1 accepts any bytes, but Latin-1 letters almost never form valid UTF-8: text that does
    has been converted, and reading it as Latin-1 would garble the titles.
    """
    if line.isascii():
        return line.decode("ascii"), None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if encoding == "latin-1":
            return line.decode("latin-1"), None
        byte = line[error.start]
        return line.decode("utf-8", "replace"), f"byte 0x{byte:02x} is not UTF-8 text"
    return text, None if encoding == "utf-8" else "UTF-8 text, but this layout is Latin-1"


@dataclass(frozen=True)
class RowFormat:
    """The form of a ratings file: separator, first line, encoding and scale in stars."""

    sep: str
    header: tuple[str, ...] | None  # accepted first lines; None where the file has none
    encoding: str
    scale: tuple[float, float]


class Block(NamedTuple):
    """Good rows: published user ids, movies, ratings, and lines counted from 1 in the file.

    A movie is a published id until it has been looked up, from then on its position there.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    line: np.ndarray


@dataclass
class RowReader:
    """A reader of one ratings file, which collects a sentence for each bad row.

    `movie_ids` are the published ids of the movies in `movies_file`; `bad` is filled by reading.
    """

    file: str
    form: RowFormat
    movie_ids: np.ndarray
    movies_file: str
    bad: BadRows
    columns: tuple[str, ...] = _COLUMNS

    def read(self, stream: BinaryIO, size: int, progress: OnProgress | None) -> tuple[Block, str]:
        """Return the good rows of the file, of `size` bytes, and its sha256; note the bad ones.

        Raises: MovieLensError for a file that is empty, in UTF-16, or has another first line
        """
        import pandas as pd

        known = pd.Index(self.movie_ids)
        digest = hashlib.sha256()
        blocks: list[Block] = []
        line = 1
        for data in self._read_blocks(stream, size, digest.update, progress):
            if line == 1:
                data, line = self._read_header(data)
            block = self._parse_at_once(data, line) or self._parse_by_line(data, line)
            line += data.count(b"\n")
            blocks.append(self._check_values(block, known))
        if not blocks:
            raise MovieLensError(f"{self.file}: the file is empty, expected one rating a line")
        joined = Block(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))
        return self._drop_duplicates(joined), digest.hexdigest()

    def _read_blocks(
        self, stream: BinaryIO, size: int, update: Callable, progress: OnProgress | None
    ) -> Iterator[bytes]:
        """Yield the file in blocks of whole lines."""
        rest, done = b"", 0
        while data := stream.read(BLOCK):
            update(data)
            done += len(data)
            if progress:
                progress(f"reading {self.file}", done, size)
            head, newline, tail = data.rpartition(b"\n")
            if newline:
                yield rest + head + newline
                rest = tail
            else:
                rest += data
                if len(rest) > BLOCK:
                    raise MovieLensError(f"{self.file}: a line has more than {BLOCK:,} bytes")
        if rest:
            yield rest

    def _read_header(self, data: bytes) -> tuple[bytes, int]:
        """Return the block after the first line, whose columns are noted, and its line number."""
        form = self.form
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:64]:
            what = f"not plain text (UTF-16?), expected {form.encoding} text"
            raise MovieLensError(f"{self.file}:1: {what}")
        data = data.removeprefix(b"\xef\xbb\xbf")
        if form.header is None:
            return data, 1
        first, _, rest = data.partition(b"\n")
        text = decode(first.rstrip(b"\r"), form.encoding)[0]
        if text.replace('"', "") not in form.header:
            what = f"the first line is {_quote(text)}, expected {form.header[0]!r}"
            raise MovieLensError(f"{self.file}:1: {what}")
        self.columns = _COLUMNS[: text.count(form.sep) + 1]
        return rest, 2

    def _parse_at_once(self, data: bytes, line: int) -> Block | None:
        """Return all rows of a block, or None where any row needs a closer look."""
        import pandas as pd

        sep = self.form.sep.encode()
        lone = data.count(b"\r") != data.count(b"\r\n")
        if lone or data.translate(None, b"0123456789.\r\n" + sep):
            return None  # digits only: pandas takes inf, and True in places, for a number
        rows = data.count(b"\n") + (not data.endswith(b"\n"))
        if data.count(sep) != rows * (len(self.columns) - 1):
            return None
        if len(sep) > 1:  # pandas' fast reader takes a single character
            data, sep = data.replace(sep, b"\t"), b"\t"
        try:
            frame = pd.read_csv(
                io.BytesIO(data),
                sep=sep.decode(),
                header=None,
                names=list(self.columns),
                quoting=csv.QUOTE_NONE,
                skip_blank_lines=False,
                low_memory=False,
            )
        except (ValueError, OverflowError):
            return None
        kinds = [frame[column].dtype.kind for column in self.columns]
        if kinds[:2] != ["i", "i"] or not set(kinds) <= set("if"):  # 1.0 makes a column of floats
            return None
        if len(frame) != rows or frame.isna().to_numpy().any():
            return None
        lines = np.arange(line, line + rows, dtype=np.int32)
        user, movie, rating = (frame[column].to_numpy() for column in self.columns[:3])
        return Block(user, movie, rating.astype(np.float64), lines)

    def _parse_by_line(self, data: bytes, line: int) -> Block:
        """Return the rows of a block that are numbers, one at a time; note the others."""
        good: list[tuple[int, int, float, int]] = []
        for number, raw in enumerate(data.split(b"\n"), line):
            raw = raw.rstrip(b"\r")
            if not raw.strip():
                continue
            text, wrong = decode(raw, self.form.encoding)
            try:
                if wrong:
                    raise ValueError(wrong)
                good.append((*self._parse_line(text), number))
            except ValueError as error:
                self.bad.add(number, str(error))
        user, movie, rating, lines = zip(*good, strict=True) if good else ((), (), (), ())
        ids = np.array(user, np.int64), np.array(movie, np.int64)
        return Block(*ids, np.array(rating, np.float64), np.array(lines, np.int32))

    def _parse_line(self, text: str) -> tuple[int, int, float]:
        """Return (user id, movie id, rating) of one line, or raise what is wrong with it."""
        columns, fields = self.columns, [each.strip() for each in text.split(self.form.sep)]
        if self.form.sep == ",":
            fields = [re.sub(r'^"(.*)"$', r"\1", each).strip() for each in fields]
        if len(fields) != len(columns):
            names = ", ".join(columns)
            raise ValueError(f"{len(fields)} fields, expected {len(columns)} ({names})")
        for name, value in zip(columns, fields, strict=True):
            is_id = name in columns[:2]
            if not value:
                raise ValueError(f"{name} is missing")
            if not (_INTEGER.fullmatch(value) or (not is_id and _is_number(value))):
                kind = "a whole number" if is_id else "a number"
                raise ValueError(f"{name} {_quote(value)} is not {kind}")
        return int(fields[0]), int(fields[1]), float(fields[2])

    def _check_values(self, block: Block, known: Any) -> Block:
        """Return the rows with a rating on the scale and a known movie; note the others."""
        low, high = self.form.scale
        position = known.get_indexer(block.movie)
        outside = ~((block.rating >= low) & (block.rating <= high))
        good = ~outside & (position >= 0)
        for i in np.flatnonzero(~good):
            unknown = f"movie {block.movie[i]} is not in {self.movies_file}"
            too_far = f"rating {block.rating[i]:g} is outside the scale {low:g} to {high:g}"
            self.bad.add(int(block.line[i]), too_far if outside[i] else unknown)
        compact = block.user, position.astype(np.int32), block.rating.astype(np.float32), block.line
        return Block(*compact) if good.all() else Block(*(part[good] for part in compact))

    def _drop_duplicates(self, block: Block) -> Block:
        """Return the first rating of each user and movie; note the later ones."""
        import pandas as pd

        users = pd.factorize(block.user)[0].astype(np.int64)
        pairs = pd.Series(users * len(self.movie_ids) + block.movie)
        again = pairs.duplicated().to_numpy()
        if not again.any():
            return block
        keys = pairs.to_numpy()
        first: dict[int, int] = {}
        for i in np.flatnonzero(pairs.duplicated(keep=False).to_numpy()):
            line = int(block.line[i])
            before = first.setdefault(int(keys[i]), line)
            if before != line:
                movie = self.movie_ids[block.movie[i]]
                text = f"user {block.user[i]} already rated movie {movie} in line {before}"
                self.bad.add(line, text)
        return Block(*(part[~again] for part in block))


def _is_number(field: str) -> bool:
    """Check that the field is a finite number as a file would write it."""
    try:
        return "_" not in field and field.isascii() and np.isfinite(float(field))
    except ValueError:
        return False


def _quote(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
