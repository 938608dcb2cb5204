"""Rating rows: bytes -> arrays, with every bad row named by its line.

A file is read in blocks of whole lines. pandas reads a block at once; only a block that it
refuses is read again line by line, which says exactly what is wrong and where. So 32 million
good rows cost seconds, and a few bad ones little more.
"""

import csv
import hashlib
import heapq
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from optviz.movielens.layout import RATING_ROLES, Table, is_number, is_whole, unquote
from optviz.movielens.ratings import MovieLensError, OnProgress
from optviz.movielens.scale import ScaleFinder
from optviz.movielens.times import TimeReader

BLOCK = 8 << 20  # bytes: large enough for pandas to be fast, small beside the arrays
SHOWN = 1000  # sentences kept a file: a file that is bad throughout must not fill the memory
ENCODINGS = {"utf-8": "UTF-8", "latin-1": "Latin-1", "cp1252": "Windows-1252"}


class BadRows:
    """Sentences about bad rows; beyond the first SHOWN of the file they are only counted."""

    def __init__(self, file: str):
        self.file = file
        self.count = 0
        self._found: list[tuple[int, int, str]] = []  # a heap, the last fault on top

    def add(self, line: int, text: str) -> None:
        """Note the fault of a line."""
        self.count += 1
        heapq.heappush(self._found, (-line, -self.count, text))
        if len(self._found) > SHOWN:
            heapq.heappop(self._found)

    def sentences(self) -> list[str]:
        """Return one sentence a problem, by line, and a last one that counts what is left out."""
        ordered = sorted(self._found, reverse=True)
        said = [f"{self.file}:{-line}: {text}" for line, _, text in ordered]
        more = self.count - len(said)
        return [*said, f"{self.file}: and {more:,} more"] if more else said


def decode(line: bytes, encoding: str) -> tuple[str, str | None]:
    """Return the line's text, and the fault of its encoding or None."""
    if line.isascii():
        return line.decode("ascii"), None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            return line.decode(encoding), None
        byte = line[error.start]
        return line.decode("utf-8", "replace"), f"byte 0x{byte:02x} is not UTF-8 text"
    wrong = f"UTF-8 text, but this file is in {ENCODINGS[encoding]}"
    return text, None if encoding == "utf-8" else wrong


class Block(NamedTuple):
    """Good rows: published user ids, movies, ratings, lines counted from 1 in the file, and times.

    A movie is a published id until it has been looked up, from then on its position there.
    Without a time for each row there are none.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    line: np.ndarray
    time: np.ndarray | None

    def take(self, rows: np.ndarray) -> "Block":
        """Return these rows alone."""
        user, movie, rating, line = (part[rows] for part in self[:4])
        return Block(user, movie, rating, line, None if self.time is None else self.time[rows])


def join_blocks(blocks: list[Block]) -> Block:
    """Return the rows of all blocks; their times where each block has them."""
    user, movie, rating, line, times = zip(*blocks, strict=True)
    time = None if any(each is None for each in times) else np.concatenate(times)
    user, movie, rating, line = map(np.concatenate, (user, movie, rating, line))
    return Block(user, movie, rating, line, time)


@dataclass
class RowReader:
    """A reader of one ratings file, which collects a sentence for each bad row.

    `movie_ids` are the published ids of the movies in `movies_file`; `bad` and `scale` are filled
    by reading.
    """

    file: str
    table: Table
    movie_ids: np.ndarray
    movies_file: str
    bad: BadRows
    most_bad: float = np.inf
    """Bad rows after which the rest is not read."""
    scale: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self):
        place = self.table.places.get("time")
        self.times = TimeReader("" if place is None else self.table.names[place])

    def read(
        self, stream: BinaryIO, size: int | None, progress: OnProgress | None
    ) -> tuple[Block, str]:
        """Return the good rows of the file, of `size` bytes, and its sha256; note the bad ones.

        Raises: MovieLensError: ratings.csv: a line has more than 8,388,608 bytes
        """
        import pandas as pd

        known = pd.Index(self.movie_ids)
        digest, finder = hashlib.sha256(), ScaleFinder()
        blocks: list[Block] = []
        line = 1
        for data in self._read_blocks(stream, size, digest.update, progress):
            if line == 1:
                data = data.removeprefix(b"\xef\xbb\xbf")
            while line <= self.table.header and data:
                data, line = data.partition(b"\n")[2], line + 1
            block = self._parse_at_once(data, line) or self._parse_by_line(data, line)
            line += data.count(b"\n")
            finder.add(block.rating)
            blocks.append(self._look_up(block, known))
            if self.bad.count > self.most_bad:
                break
        self.scale = finder.find()
        blocks = [self._check_scale(block) for block in blocks]
        return self._drop_duplicates(join_blocks(blocks)), digest.hexdigest()

    def _read_blocks(
        self, stream: BinaryIO, size: int | None, update: Callable, progress: OnProgress | None
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

    def _parse_at_once(self, data: bytes, line: int) -> Block | None:
        """Return all rows of a block, or None where any row needs a closer look."""
        import pandas as pd

        sep, count = self.table.sep, len(self.table.names)
        if len(sep) > 1:  # pandas' fast reader takes a single character
            if b"\t" in data:
                return None
            data, sep = data.replace(sep.encode(), b"\t"), "\t"
        data = data if data.endswith(b"\n") else data + b"\n"
        if data.count(b"\r") != data.count(b"\r\n") or not has_columns(data, sep, count):
            return None
        places = sorted(self.table.places.values())
        user, movie, rating = (self.table.places[role] for role in ("user", "movie", "rating"))
        try:
            frame = pd.read_csv(
                io.BytesIO(data),
                sep=sep,
                header=None,
                usecols=places,
                quoting=csv.QUOTE_MINIMAL if b'"' in data else csv.QUOTE_NONE,
                decimal="," if sep != "," and b"," in data else ".",
                skip_blank_lines=False,
                na_filter=False,
                low_memory=False,
            )
        except (ValueError, OverflowError):
            return None
        users, movies, stars = (frame[place].to_numpy() for place in (user, movie, rating))
        kinds = users.dtype.kind + movies.dtype.kind + stars.dtype.kind
        rows = data.count(b"\n")  # 1.0 makes a column of floats, a word one of objects
        if kinds not in ("iif", "iii") or len(frame) != rows or not np.isfinite(stars).all():
            return None
        lines = np.arange(line, line + rows, dtype=np.int32)
        place = self.table.places.get("time")
        time = None if place is None else self.times.read(frame[place].to_numpy(), lines)
        return Block(users, movies, stars.astype(np.float64), lines, time)

    def _parse_by_line(self, data: bytes, line: int) -> Block:
        """Return the rows of a block that are numbers, one at a time; note the others."""
        good: list[tuple[int, int, float, str, int]] = []
        for number, raw in enumerate(data.split(b"\n"), line):
            raw = raw.rstrip(b"\r")
            if not raw.strip():
                continue
            text, wrong = decode(raw, "utf-8")
            try:
                good.append((*self._parse_line(text), number))
            except ValueError as error:
                self.bad.add(number, wrong or str(error))
        user, movie, rating, times, lines = zip(*good, strict=True) if good else ((),) * 5
        numbers = np.array(lines, np.int32)
        time = self.times.read(np.array(times, object), numbers)
        ids = np.array(user, np.int64), np.array(movie, np.int64)
        return Block(*ids, np.array(rating, np.float64), numbers, time)

    def _parse_line(self, text: str) -> tuple[int, int, float, str]:
        """Return (user id, movie id, rating, time) of one line, or raise what is wrong with it.

        What stands in other columns, as the time's, need not be there or make sense.
        """
        table, fields = self.table, self.table.split(text)
        if not max(table.places[role] for role in RATING_ROLES) < len(fields) <= len(table.names):
            expected = f"expected {len(table.names)} ({table.list_names()})"
            raise ValueError(f"{len(fields)} fields, {expected}")
        values: list[str] = []
        for role in RATING_ROLES:
            name, value = table.names[table.places[role]], unquote(fields[table.places[role]])
            if not value:
                raise ValueError(f"{name} is missing")
            if not (is_number(value) if role == "rating" else is_whole(value)):
                kind = "a number" if role == "rating" else "a whole number"
                raise ValueError(f"{name} {_quote(value)} is not {kind}")
            values.append(value)
        user, movie = (int(each.partition(".")[0]) for each in values[:2])
        place = table.places.get("time", len(fields))
        time = unquote(fields[place]) if place < len(fields) else ""
        return user, movie, float(values[2]), time

    def _look_up(self, block: Block, known: Any) -> Block:
        """Return the rows with a known movie, as its position; note the others."""
        position = known.get_indexer(block.movie)
        good = position >= 0
        for i in np.flatnonzero(~good):
            self.bad.add(int(block.line[i]), f"movie {block.movie[i]} is not in {self.movies_file}")
        movie, rating = position.astype(np.int32), block.rating.astype(np.float32)
        compact = block._replace(movie=movie, rating=rating)
        return compact if good.all() else compact.take(good)

    def _check_scale(self, block: Block) -> Block:
        """Return the rows with a rating on the scale; note the others."""
        low, high = self.scale
        good = (block.rating >= low) & (block.rating <= high)
        if good.all():
            return block
        for i in np.flatnonzero(~good):
            text = f"rating {block.rating[i]:g} is outside the scale {low:g} to {high:g}"
            self.bad.add(int(block.line[i]), text)
        return block.take(good)

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
        return block.take(~again)


def has_columns(data: bytes, sep: str, count: int) -> bool:
    """Check that every line, each with its end, has the same number of fields."""
    letters = np.frombuffer(data, np.uint8)
    marks = letters[np.flatnonzero((letters == ord(sep)) | (letters == ord("\n")))]
    if len(marks) % count:
        return False
    rows = marks.reshape(-1, count) == ord("\n")
    return bool(rows[:, -1].all()) and not rows[:, :-1].any()


def _quote(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
