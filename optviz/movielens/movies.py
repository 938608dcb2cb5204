"""Movie files: ids, titles and genres, with every bad line named."""

import re
from io import BytesIO
from typing import NamedTuple

from optviz.movielens.archive import Archive
from optviz.movielens.layout import Table, check_plain, is_whole, unquote
from optviz.movielens.ratings import MovieLensError
from optviz.movielens.rows import BadRows, decode

LARGEST = 64 << 20  # bytes of a movies file; ml-32m's has 4 MB

# The flags of u.item, in its order; published in u.genre beside it.
_GENRES = tuple(
    """unknown Action Adventure Animation Children's Comedy Crime Documentary Drama Fantasy
    Film-Noir Horror Musical Mystery Romance Sci-Fi Thriller War Western""".split()  # noqa: SIM905
)


class Movie(NamedTuple):
    """A movie: its title with the year, and its genres."""

    title: str
    genres: tuple[str, ...]


def read_movies(archive: Archive, file: str, table: Table) -> tuple[dict[int, Movie], BadRows, str]:
    """Return id -> movie, the bad rows, and the encoding of a movies file.

    A line whose id can be read keeps the id, so that its ratings are not lost with a bad title.

    Raises: MovieLensError: movies.csv: the file is empty, expected one movie a line
    """
    with archive.open(file) as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise MovieLensError(f"{file}: more than {LARGEST:,} bytes, refused")
    check_plain(data, file)
    data = data.removeprefix(b"\xef\xbb\xbf")
    encoding, bad = find_encoding(data), BadRows(file)
    movies: dict[int, Movie] = {}
    first: dict[int, int] = {}
    for line, raw in enumerate(BytesIO(data), 1):
        if not raw.strip() or line <= table.header:
            continue
        text, wrong = decode(raw.rstrip(b"\r\n"), encoding)
        if wrong:
            bad.add(line, wrong)
        if not (found := _read_movie(text, table, line, bad)):
            continue
        number, movie = found
        if number in first:
            bad.add(line, f"movie {number} is already in line {first[number]}")
        else:
            movies[number], first[number] = movie, line
    return movies, bad, encoding


def find_encoding(data: bytes) -> str:
    """Return the encoding that most lines beyond ASCII are in.

    Latin-1 accepts any bytes, but its letters almost never form valid UTF-8. The bytes 0x80 to
    0x9f are no letters there, but typographic marks on Windows.
    """
    counts = {"utf-8": 0, "latin-1": 0}
    beyond = [] if data.isascii() else [line for line in BytesIO(data) if not line.isascii()]
    for line in beyond:
        try:
            line.decode("utf-8")
            counts["utf-8"] += 1
        except UnicodeDecodeError:
            counts["latin-1"] += 1
    if counts["utf-8"] >= counts["latin-1"]:
        return "utf-8"
    text = b"".join(beyond)
    is_windows = re.search(rb"[\x80-\x9f]", text) and not re.search(
        rb"[\x81\x8d\x8f\x90\x9d]", text
    )
    return "cp1252" if is_windows else "latin-1"


def _read_movie(text: str, table: Table, line: int, bad: BadRows) -> tuple[int, Movie] | None:
    """Return (id, movie) of a line: None where the id is bad; a bad title is made up."""
    movie = Movie("", ())
    try:
        fields = table.split(text)
        if len(fields) != len(table.names):
            raise ValueError(
                f"{len(fields)} fields, expected {len(table.names)} ({table.list_names()})"
            )
        number, movie = unquote(fields[table.places["movie"]]), _make_movie(fields, table)
        if not movie.title.strip():
            raise ValueError("title is missing")
    except ValueError as error:
        bad.add(line, str(error))
        movie, fields = movie._replace(title=""), text.split(table.sep)
        place = table.places["movie"]
        number = unquote(fields[place]) if place < len(fields) else ""
        if not is_whole(number):
            return None
    if not is_whole(number):
        bad.add(line, f"movie id {number!r} is not a whole number")
        return None
    whole = int(number.partition(".")[0])
    return whole, movie if movie.title else Movie(f"movie {whole}", movie.genres)


def _make_movie(fields: list[str], table: Table) -> Movie:
    """Return the movie of a good line."""
    places = table.places
    title = fields[places["title"]]
    year = fields[places["year"]].strip() if "year" in places else ""
    if title and re.fullmatch(r"\d{4}", year) and not title.rstrip().endswith(f"({year})"):
        title = f"{title} ({year})"
    if "flags" in places:
        flags = zip(_GENRES, fields[places["flags"] :], strict=True)
        return Movie(title, tuple(genre for genre, flag in flags if flag == "1"))
    genres = fields[places["genres"]].strip() if "genres" in places else ""
    if genres in ("", "(no genres listed)"):
        return Movie(title, ())
    if table.spaced:
        return Movie(title, tuple(genres.split()))
    if "|" in genres or "," not in genres:
        return Movie(title, tuple(genres.split("|")))
    return Movie(title, tuple(each.strip() for each in genres.split(",") if each.strip()))
