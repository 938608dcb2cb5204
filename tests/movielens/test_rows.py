"""Bad rows are named by file and line; harmless differences do not matter."""

import zipfile

import pytest

from optviz.movielens import MovieLensError, files, load, rows
from tests.support.movielens_made import HEADER, MOVIES, csv_folder, reported, zip_of

BAD_ROWS = {
    "1,31": "2 fields, expected 4 (userId, movieId, rating, timestamp)",
    "1,31,4,0,7": "5 fields, expected 4 (userId, movieId, rating, timestamp)",
    "1,31,,0": "rating is missing",
    ",31,4,0": "userId is missing",
    "1,,4,0": "movieId is missing",
    "1,31,five,0": "rating 'five' is not a number",
    "1,31,nan,0": "rating 'nan' is not a number",
    "1,31,inf,0": "rating 'inf' is not a number",
    "1,31,True,0": "rating 'True' is not a number",
    "x1,31,4,0": "userId 'x1' is not a whole number",
    "1,31.5,4,0": "movieId '31.5' is not a whole number",
    "1,3e1,4,0": "movieId '3e1' is not a whole number",
    "99999999999999999999,31,4,0": "userId '99999999999999999999' is not a whole number",
    "1,31,5.5,0": "rating 5.5 is outside the scale 0.5 to 5",
    "1,31,0,0": "rating 0 is outside the scale 0.5 to 5",
    "1,31,-3,0": "rating -3 is outside the scale 0.5 to 5",
    "1,77,4,0": "movie 77 is not in movies.csv",
    "1,1,4,0": "user 1 already rated movie 1 in line 2",
}


@pytest.mark.parametrize("row", BAD_ROWS)
def test_a_bad_row_is_refused_with_its_file_and_line(tmp_path, row):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4.5,0\n\n{row}\n2,1,3,0\n")
    with pytest.raises(MovieLensError) as caught:
        load(folder)
    assert f"1 bad row in {folder}: ratings.csv:4: {BAD_ROWS[row]} (" in str(caught.value)


@pytest.mark.parametrize("row", BAD_ROWS)
def test_reporting_keeps_the_good_rows_and_names_the_bad_one(tmp_path, row):
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n1,1,4.5,0\n{row}\n2,1,3,0\n"))
    assert ratings.problems == (f"ratings.csv:3: {BAD_ROWS[row]}",)
    assert ratings.rating.tolist() == [4.5, 3.0]


BAD_MOVIES = {
    "31": "1 fields, expected 3 (movieId, title, genres)",
    "31,Minds, Dangerous,Drama": "4 fields, expected 3 (movieId, title, genres)",
    "31,,Drama": "title is missing",
    '31,"Minds,Drama': "not a CSV line (unexpected end of data)",
}


@pytest.mark.parametrize("row", BAD_MOVIES)
def test_a_bad_movie_line_is_reported_and_its_ratings_are_kept(tmp_path, row):
    movies = f"movieId,title,genres\n1,Toy Story (1995),Comedy\n{row}\n"
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n1,31,2,0\n", movies))
    assert ratings.problems == (f"movies.csv:3: {BAD_MOVIES[row]}",)
    assert ratings.titles == ("Toy Story (1995)", "movie 31")


def test_a_movie_line_without_a_number_is_reported_and_so_are_its_ratings(tmp_path):
    movies = "movieId,title,genres\n1,Toy Story (1995),Comedy\nx31,Minds,Drama\n"
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n1,31,2,0\n", movies))
    assert ratings.problems == (
        "movies.csv:3: movie id 'x31' is not a whole number",
        "ratings.csv:3: movie 31 is not in movies.csv",
    )


def test_a_movie_listed_twice_is_reported_and_keeps_its_first_title(tmp_path):
    ratings = reported(
        csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n", MOVIES + "1,Other (1995),Drama\n")
    )
    assert ratings.problems == ("movies.csv:4: movie 1 is already in line 2",)
    assert ratings.titles == ("Toy Story (1995)",)


def test_latin_1_bytes_in_a_utf_8_file_are_reported(tmp_path):
    movies = MOVIES.encode() + "40,Amélie (2001),Comedy\n".encode("latin-1")
    movies += "41,Léon (1994),Crime\n".encode()
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n1,40,4,0\n", movies))
    assert ratings.problems == ("movies.csv:4: byte 0xe9 is not UTF-8 text",)
    assert ratings.titles == ("Am\ufffdlie (2001)",)


def test_a_stray_byte_in_the_ratings_is_reported(tmp_path):
    body = f"{HEADER}\n1,1,4,0\n1,31,".encode() + b"\xff4,0\n"
    ratings = reported(csv_folder(tmp_path, body))
    assert ratings.problems == ("ratings.csv:3: byte 0xff is not UTF-8 text",)


def test_utf_8_in_a_latin_1_file_is_reported_and_read_as_what_it_is(tmp_path):
    latin = "7::Léon (1994)::Crime\n8::Brødre (2004)::Drama\n".encode("latin-1")
    movies = "6::Amélie (2001)::Comedy\n".encode() + latin
    files = {"ratings.dat": b"1::6::4::0\n", "movies.dat": movies}
    ratings = reported(zip_of(tmp_path / "made.zip", files))
    assert ratings.problems == ("movies.dat:1: UTF-8 text, but this file is in Latin-1",)
    assert ratings.titles == ("Amélie (2001)",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_file_of_wide_characters_is_refused_in_its_first_line(tmp_path, encoding):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n".encode(encoding))
    with pytest.raises(MovieLensError, match=r"ratings\.csv:1: not plain text"):
        load(folder)


@pytest.mark.parametrize(
    ("ratings", "movies", "sentence"),
    [
        ("", MOVIES, "ratings.csv: the file is empty"),
        (HEADER + "\n", MOVIES, "ratings.csv: no rating could be read"),
        (f"{HEADER}\n1,1,4,0\n", "", "movies.csv: the file is empty"),
        ("who,what\n", MOVIES, f"ratings.csv:1: the first line is 'who,what', expected '{HEADER}'"),
        (f"{HEADER}\n1,1,4,0\n", "movieId,title,genres\n", "movie 1 is not in movies.csv"),
    ],
)
def test_files_without_ratings_are_refused(tmp_path, ratings, movies, sentence):
    with pytest.raises(MovieLensError) as caught:
        load(csv_folder(tmp_path, ratings, movies))
    assert sentence in str(caught.value)


def test_nothing_but_bad_rows_is_refused_even_when_they_are_reported(tmp_path):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,six,0\n")
    with (
        pytest.warns(UserWarning, match="1 bad row"),
        pytest.raises(MovieLensError, match=r"no rating could be read .* 'six' is not a number"),
    ):
        load(folder, on_bad="report")


def test_with_nothing_but_bad_rows_the_first_reason_is_told(tmp_path):
    body = "".join(f"1,1,bad{i},0\n" for i in range(rows.SHOWN + 7))
    with (
        pytest.warns(UserWarning, match="1,007 bad rows"),
        pytest.raises(MovieLensError, match=r": ratings\.csv:2: rating 'bad0' is not a number"),
    ):
        load(csv_folder(tmp_path, f"{HEADER}\n{body}"), on_bad="report")


def test_the_first_bad_rows_are_listed_in_whatever_order_they_are_found(tmp_path):
    body = "".join(f"2,1,bad{i},0\n" for i in range(rows.SHOWN))
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n1,1,9,0\n1,31,2.5,0\n{body}"))
    assert ratings.problems[0] == "ratings.csv:2: rating 9 is outside the scale 0.5 to 5"
    assert ratings.problems[-1] == "ratings.csv: and 1 more"


def test_a_column_too_many_in_every_row_is_not_taken_for_an_index(tmp_path):
    folder = csv_folder(tmp_path, f"{HEADER}\n8,1,31,4,0\n9,1,31,4,0\n")
    with pytest.raises(MovieLensError, match=r"ratings\.csv:2: 5 fields, expected 4"):
        load(folder)


def test_an_error_shows_the_first_bad_rows_and_counts_all(tmp_path):
    body = "".join(f"1,1,bad{i},0\n" for i in range(2000))
    with pytest.raises(MovieLensError) as caught:
        load(csv_folder(tmp_path, f"{HEADER}\n{body}"))
    assert str(caught.value).startswith("2,000 bad rows in ")
    assert str(caught.value).count("ratings.csv:") == 5


def test_endless_bad_rows_are_counted_rather_than_listed(tmp_path):
    body = "".join(f"1,1,bad{i},0\n" for i in range(rows.SHOWN + 7))
    ratings = reported(csv_folder(tmp_path, f"{HEADER}\n2,1,4,0\n{body}"))
    assert len(ratings.problems) == rows.SHOWN + 1
    assert ratings.problems[-1] == "ratings.csv: and 7 more"


def test_a_file_that_is_bad_throughout_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 1000)
    monkeypatch.setattr(files, "MOST_BAD", 50)
    folder = csv_folder(tmp_path, f"{HEADER}\n" + "1,1,bad,0\n" * 1000)
    with pytest.raises(
        MovieLensError, match=r"^at least \d\d bad rows in .*: ratings\.csv:2: rating"
    ):
        load(folder)


def test_an_unknown_policy_for_bad_rows_is_refused(tmp_path):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n")
    with pytest.raises(MovieLensError, match='on_bad must be "raise" or "report"'):
        load(folder, on_bad="ignore")  # pyright: ignore[reportArgumentType]


GOOD = [
    f"{HEADER}\n1,1,4.5,0\n2,31,3,0\n",
    f"{HEADER}\r\n1,1,4.5,0\r\n2,31,3,0\r\n",
    f"\ufeff{HEADER}\n1,1,4.5,0\n2,31,3,0",
    f"{HEADER}\n\n1,1,4.5,0\n\n2,31,3,0\n\n",
    "userId,movieId,rating\n1,1,4.5\n2,31,3\n",
    f'{HEADER}\n"1","1","4.5","0"\n2, 31, 3, 0\n',
]


@pytest.mark.parametrize("text", GOOD)
def test_line_ends_blank_lines_quotes_and_a_byte_order_mark_do_not_matter(tmp_path, text):
    ratings = load(csv_folder(tmp_path, text))
    assert ratings.user_ids[ratings.user].tolist() == [1, 2]
    assert ratings.movie_ids[ratings.movie].tolist() == [1, 31]
    assert ratings.rating.tolist() == [4.5, 3.0]


@pytest.mark.reference
def test_line_numbers_hold_across_blocks(reference, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 10_000)
    with zipfile.ZipFile(reference / "data" / "ml-latest-small.zip") as packed:
        lines = packed.read("ml-latest-small/ratings.csv").split(b"\n")
        movies = packed.read("ml-latest-small/movies.csv")
    lines[54_320] = b"1,2"
    lines[99_999] = b"1,1,9,0"
    ratings = reported(csv_folder(tmp_path, b"\n".join(lines), movies))
    assert [problem.partition(": ")[0] for problem in ratings.problems] == [
        "ratings.csv:54321",
        "ratings.csv:100000",
    ]
    assert len(ratings) == 100_834


def test_progress_is_told_in_bytes_read(tmp_path):
    told: list[tuple[str, int, int | None]] = []
    text = f"{HEADER}\n1,1,4,0\n"
    load(csv_folder(tmp_path, text), progress=lambda *args: told.append(args))
    assert told[-1] == ("reading ratings.csv", len(text), len(text))


def test_an_exception_from_progress_stops_the_reading(tmp_path):
    def cancel(what: str, done: int, total: int | None) -> None:
        raise RuntimeError("canceled")

    with pytest.raises(RuntimeError, match="canceled"):
        load(csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n"), progress=cancel)
