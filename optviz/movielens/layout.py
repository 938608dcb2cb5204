"""The layout of a table of ratings or movies, told by its first lines and not by its name."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from optviz.movielens.ratings import MovieLensError

HEADER = "userId,movieId,rating,timestamp"
SEPARATORS = {
    "::": "double colons",
    "\t": "tabs",
    ";": "semicolons",
    "|": "bars",
    ",": "commas",
    " ": "spaces",
}
SAMPLE, _LINES = 1 << 16, 200  # bytes and lines of a file that tell its layout

Roles = Mapping[str, str]
"""What a column is for, and the names that it goes by, in lower case without punctuation."""

RATING_ROLES: Roles = {
    "user": "userid user uid userno reviewerid reviewer customerid memberid viewerid",
    "movie": "movieid movie itemid item iid mid movieno filmid film titleid productid",
    "rating": "rating ratings stars star score userrating ratingvalue value",
}
MOVIE_ROLES: Roles = {
    "movie": "movieid itemid iid mid movieno filmid titleid productid id movie item",
    "title": "title movietitle itemtitle moviename itemname filmtitle name movie film",
}
TIME_ROLES: Roles = {"time": "timestamp time unixtime ratedat datetime date"}
EXTRA_ROLES: Roles = {
    "genres": "genres genre class categories category",
    "year": "releaseyear year",
}
_HEADERLESS = HEADER.split(",")
_FLAGGED = 24  # columns of u.item, whose last ones are a flag for each genre


class NotTextError(MovieLensError):
    """A file that is no text; its text says so."""


@dataclass(frozen=True)
class Table:
    """The form of a file: what stands between fields, the columns, and where the rows begin.

    `names` are the columns as the header spells them; `places` tells which is the user, ...
    """

    sep: str
    names: tuple[str, ...]
    places: Mapping[str, int]
    header: int = 0
    """The line of the header, counted from 1; 0 without one."""
    spaced: bool = False
    """True where spaces stand between the genres of a movie."""

    def __str__(self) -> str:
        between = f"{SEPARATORS[self.sep]} between fields"
        return f"{between}, {'a header' if self.header else 'no header'}"

    @property
    def quotes(self) -> bool:
        """True where a field in quotation marks may hold the separator."""
        return self.sep in ",;"

    def split(self, text: str) -> list[str]:
        """Return the fields of a line.

        Raises: ValueError: not a CSV line (unexpected end of data)
        """
        return split_fields(text, self.sep)

    def list_names(self) -> str:
        """Return the names of the columns in words."""
        return ", ".join(self.names)


def split_fields(text: str, sep: str) -> list[str]:
    """Return the fields of a line; in quotation marks only between commas or semicolons."""
    if sep not in ",;" or '"' not in text:
        return text.split(sep)
    try:
        return next(csv.reader([text], delimiter=sep, strict=True))
    except csv.Error as error:
        raise ValueError(f"not a CSV line ({error})") from None


def read_sample(stream: BinaryIO, file: str) -> list[tuple[int, str]]:
    """Return the first lines that are not blank, with their numbers.

    Raises: MovieLensError: ratings.csv:1: not plain text (UTF-16?), expected UTF-8
    """
    data = stream.read(SAMPLE)
    check_plain(data, file)
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    lines = text.split("\n")
    whole = lines[:-1] if len(data) == SAMPLE and len(lines) > 1 else lines
    return [(i, line.strip("\r")) for i, line in enumerate(whole, 1) if line.strip()][:_LINES]


def check_plain(data: bytes, file: str) -> None:
    """Refuse text in wide characters, and what is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:64]:
        raise NotTextError(f"{file}:1: not plain text (UTF-16?), expected UTF-8 text")
    if b"\r" in data.strip() and b"\n" not in data:
        raise NotTextError(f"{file}: lines end in carriage returns alone: save it with line feeds")


def find_ratings_table(lines: list[tuple[int, str]]) -> Table | None:
    """Return the form of lines of ratings, None where they are something else."""
    if header := _find_header(lines, RATING_ROLES, TIME_ROLES):
        return header
    found = _count_rows(lines, _is_rating, SEPARATORS)
    return _name_columns(*found) if found else None


def guess_ratings_table(lines: list[tuple[int, str]], file: str, is_named: bool) -> Table:
    """Return the form of a file that is called like ratings, where not half its rows are good.

    Raises: MovieLensError: ratings.csv:1: the first line is 'a,b', expected 'userId,movieId,...'
    """
    line, first = lines[0]
    for sep in SEPARATORS if is_named else ():
        fields = first.split(sep)
        if len(fields) > 1 and any(map(is_number, fields)):
            return _name_columns(sep, max(len(each.split(sep)) for _, each in lines))
    shown = first if len(first) <= 60 else f"{first[:57]}…"
    what = f"the first line is {shown!r}, expected {HEADER!r}"
    raise MovieLensError(f"{file}:{line}: {what}, or other names of these columns")


def find_movies_table(lines: list[tuple[int, str]], is_named: bool = False) -> Table | None:
    """Return the form of lines of movies, None where they are something else.

    Without a header, `is_named` files may have numbers as titles, and more columns.
    """
    if header := _find_header(lines, MOVIE_ROLES, EXTRA_ROLES):
        return None if "user" in match_columns(header.names, RATING_ROLES) else header
    if not lines or not any(map(is_number, re.split(r"[,;|:\t]", lines[0][1]))):
        return None  # a header of something else

    def is_movie(fields: list[str]) -> bool:
        title = fields[1].strip() if len(fields) > 1 else ""
        return is_whole(unquote(fields[0])) and title != "" and (is_named or not is_number(title))

    found = _count_rows(lines, is_movie, ("::", "\t", "|", ";", ","))
    if found is None or not (is_named or found[1] in (2, 3, 4, _FLAGGED)):
        return None
    sep, count = found
    more = {3: {"genres": 2}, 4: {"year": 2, "genres": 3}}.get(count, {})
    if sep == "|" and count == _FLAGGED:
        more = {"flags": 5}
    names = ["movieId", "title", *(f"column {i}" for i in range(3, count + 1))]
    if "genres" in more:
        names[more["genres"]] = "genres"
    return Table(sep, tuple(names), {"movie": 0, "title": 1} | more)


def match_columns(names: tuple[str, ...] | list[str], roles: Roles) -> dict[str, int]:
    """Return the place of each role among the names of a header; the best name wins."""
    plain = [re.sub(r"[^a-z0-9]", "", each.partition(":")[0].lower()) for each in names]
    places: dict[str, int] = {}
    for role, known in roles.items():
        for name in known.split():
            if name in plain and plain.index(name) not in places.values():
                places[role] = plain.index(name)
                break
    return places


def is_number(field: str) -> bool:
    """Check that a field is a finite number as a file would write it."""
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", unquote(field)) is not None


def is_whole(field: str) -> bool:
    """Check that a field is an id: a whole number, also one that was written as 31.0."""
    if field.isdecimal() and field.isascii():
        return len(field) <= 18
    return re.fullmatch(r"[+-]?[0-9]{1,18}(\.0*)?", field) is not None


def unquote(field: str) -> str:
    """Return a field without blanks and quotation marks around it, a decimal comma as a point."""
    if field.isalnum():
        return field
    plain = re.sub(r'^"(.*)"$', r"\1", field.strip()).strip()
    return plain.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", plain) else plain


def _find_header(
    lines: list[tuple[int, str]], needed: Roles, more: Roles | None = None
) -> Table | None:
    """Return the table of a header line that names all needed columns."""
    if not lines:
        return None
    line, text = lines[0]
    for sep in SEPARATORS:
        try:
            fields = [each.strip() for each in split_fields(text, sep)]
        except ValueError:
            continue
        places = match_columns(fields, needed)
        if len(places) == len(needed):
            extra = match_columns(fields, {**needed, **(more or {})})
            names = tuple(
                unquote(each.partition(":")[0]) or f"column {i}" for i, each in enumerate(fields, 1)
            )
            spaced = "genres" in extra and ":token_seq" in fields[extra["genres"]]
            return Table(sep, names, extra, line, spaced)
    return None


def _count_rows(
    lines: list[tuple[int, str]], is_row: Callable[[list[str]], bool], separators: Mapping | tuple
) -> tuple[str, int] | None:
    """Return the separator at which most lines are rows, and their usual number of fields."""
    best: list[int] = []
    chosen = ""
    for sep in separators:
        counts = []
        for _, text in lines:
            try:
                fields = split_fields(text, sep)
            except ValueError:
                continue
            counts += [len(fields)] if is_row(fields) else []
        if len(counts) > len(best):
            best, chosen = counts, sep
    return (chosen, Counter(best).most_common(1)[0][0]) if 2 * len(best) > len(lines) else None


def _is_rating(fields: list[str]) -> bool:
    plain = [unquote(each) for each in fields[:3]]
    is_row = len(plain) == 3 and is_whole(plain[0]) and is_whole(plain[1]) and is_number(plain[2])
    return is_row and abs(float(plain[2])) <= 100


def _name_columns(sep: str, count: int) -> Table:
    """Return the table of ratings without a header: user, movie, rating, time, and what is more."""
    names = (*_HEADERLESS[:count], *(f"column {i}" for i in range(5, count + 1)))
    roles = (*RATING_ROLES, *TIME_ROLES)[: max(count, 3)]
    places = {role: place for place, role in enumerate(roles)}
    return Table(sep, (*names, *_HEADERLESS[len(names) : 3]), places)
