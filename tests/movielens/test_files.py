"""Published MovieLens files, folders and archives are read exactly, or refused with a sentence."""

import csv
import hashlib
import io
import zipfile

import numpy as np
import pytest

from optviz.movielens import MovieLensError, Ratings, archive, load, rows
from tests.support.movielens_made import HEADER, MOVIES, csv_folder, zip_of


@pytest.mark.reference
def test_ml_latest_small_is_read_as_the_csv_module_reads_it(ml_small, reference):
    with zipfile.ZipFile(reference / "data" / "ml-latest-small.zip") as packed:
        raw = packed.read("ml-latest-small/ratings.csv")
        listed = packed.read("ml-latest-small/movies.csv").decode()
    assert hashlib.md5(raw).hexdigest() == "ac0cf1d26aed3a5b6777a295231976ad"
    table = list(csv.reader(io.StringIO(raw.decode())))[1:]
    titles = {int(line[0]): line[1] for line in list(csv.reader(io.StringIO(listed)))[1:]}
    assert (len(ml_small), ml_small.users, ml_small.movies, len(titles)) == (
        100_836,
        610,
        9_724,
        9_742,
    )
    users = ml_small.user_ids[ml_small.user]
    movies = ml_small.movie_ids[ml_small.movie]
    assert [*zip(users, movies, ml_small.rating, ml_small.time, strict=True)] == [
        (int(u), int(m), float(r), int(t)) for u, m, r, t in table
    ]
    assert ml_small.titles == tuple(titles[number] for number in ml_small.movie_ids)
    assert ml_small.checksum == hashlib.sha256(raw).hexdigest()


@pytest.mark.reference
def test_ml_latest_small_keeps_published_titles_and_genres(ml_small):
    matrix = ml_small.titles.index("Matrix, The (1999)")
    assert ml_small.movie_ids[matrix] == 2571
    assert ml_small.genres[matrix] == ("Action", "Sci-Fi", "Thriller")
    assert ml_small.name == "ml-latest-small"
    assert ml_small.scale == (0.5, 5.0)


@pytest.mark.data
def test_ml_100k_has_its_published_counts(ml100k):
    assert (len(ml100k), ml100k.users, ml100k.movies) == (100_000, 943, 1_682)
    assert (ml100k.users + ml100k.movies) * 51 == 133_875
    assert ml100k.scale == (1.0, 5.0)
    assert set(np.unique(ml100k.rating)) == {1, 2, 3, 4, 5}


@pytest.mark.data
def test_ml_100k_begins_with_user_196_giving_movie_242_three_stars(ml100k):
    first = ml100k.user_ids[ml100k.user[0]], ml100k.movie_ids[ml100k.movie[0]], ml100k.rating[0]
    assert first == (196, 242, 3)
    assert ml100k.titles[ml100k.movie[0]] == "Kolya (1996)"


@pytest.mark.data
def test_ml_100k_titles_get_a_year_only_where_the_file_has_one(ml100k):
    titles = dict(zip(ml100k.movie_ids.tolist(), ml100k.titles, strict=True))
    assert titles[543] == "Misérables, Les (1995)"
    assert titles[267] == "unkonwn"
    assert titles[1412].endswith("Giving (1995)")


def _as_u_data(ratings: Ratings) -> dict[str, bytes]:
    genres = "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama Fantasy"
    genres += " Film-Noir Horror Musical Mystery Romance Sci-Fi Thriller War Western"
    items = [
        f"{number}|{title}|01-Jan-1995||http://x|"
        + "|".join("1" if genre in own else "0" for genre in genres.split())
        for number, title, own in zip(
            ratings.movie_ids, ratings.titles, ratings.genres, strict=True
        )
    ]
    return {"u.data": _lines(ratings, "\t"), "u.item": "\n".join(items).encode("latin-1")}


def _as_dat(ratings: Ratings) -> dict[str, bytes]:
    movies = [
        f"{number}::{title}::{'|'.join(own)}"
        for number, title, own in zip(
            ratings.movie_ids, ratings.titles, ratings.genres, strict=True
        )
    ]
    return {"ratings.dat": _lines(ratings, "::"), "movies.dat": "\n".join(movies).encode("latin-1")}


def _as_csv(ratings: Ratings) -> dict[str, bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["movieId", "title", "genres"])
    for number, title, own in zip(ratings.movie_ids, ratings.titles, ratings.genres, strict=True):
        writer.writerow([number, title, "|".join(own)])
    body = (HEADER + "\n").encode() + _lines(ratings, ",")
    return {"ratings.csv": body, "movies.csv": text.getvalue().encode()}


def _lines(ratings: Ratings, sep: str) -> bytes:
    users, movies = ratings.user_ids[ratings.user], ratings.movie_ids[ratings.movie]
    assert ratings.time is not None
    rated = zip(users, movies, ratings.rating, ratings.time, strict=True)
    return "".join(f"{u}{sep}{m}{sep}{r:g}{sep}{t}\n" for u, m, r, t in rated).encode()


@pytest.mark.data
@pytest.mark.parametrize("layout", [_as_u_data, _as_dat, _as_csv])
def test_the_same_ratings_read_alike_from_each_published_layout(ml100k, tmp_path, layout):
    files = {f"any/{name}": data for name, data in layout(ml100k).items()}
    again = load(zip_of(tmp_path / "again.zip", files))
    for field in ("user", "movie", "rating", "user_ids", "movie_ids", "time"):
        np.testing.assert_array_equal(getattr(again, field), getattr(ml100k, field))
        assert getattr(again, field).dtype == getattr(ml100k, field).dtype
    assert again.titles == ml100k.titles
    assert again.genres == ml100k.genres


def test_a_folder_may_hold_the_data_in_an_inner_folder(tmp_path):
    csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n", name="ml-inner")
    assert load(tmp_path).name == "ml-inner"


def test_a_ratings_file_stands_for_its_folder(tmp_path):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n")
    assert len(load(folder / "ratings.csv")) == 1


def test_several_data_sets_in_a_folder_are_a_question(tmp_path):
    for name in ("one", "two"):
        csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n", name=name)
    with pytest.raises(MovieLensError, match="several data sets: one, two"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "no MovieLens ratings in .*; expected ratings.csv and movies.csv; u.data"),
        ({"ratings.csv": HEADER}, "movies.csv is missing beside ratings.csv"),
        ({"a/u.data": "1", "b/u.item": "1"}, "u.item is missing beside u.data"),
    ],
)
def test_an_archive_without_the_two_files_is_refused(tmp_path, files, sentence):
    with pytest.raises(MovieLensError, match=sentence):
        load(zip_of(tmp_path / "made.zip", files))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MovieLensError, match=r"no file or folder .*nowhere"):
        load(tmp_path / "nowhere")


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    page = tmp_path / "ml.zip"
    page.write_text("<html>sign in first</html>")
    with pytest.raises(MovieLensError, match="not a whole zip file"):
        load(page)


@pytest.mark.reference
def test_a_zip_cut_short_is_refused(reference, tmp_path):
    whole = (reference / "data" / "ml-latest-small.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MovieLensError, match="not a whole zip file"):
        load(cut)


@pytest.mark.reference
def test_a_zip_with_one_wrong_byte_is_refused(reference, tmp_path):
    bent = bytearray((reference / "data" / "ml-latest-small.zip").read_bytes())
    with zipfile.ZipFile(reference / "data" / "ml-latest-small.zip") as packed:
        start = packed.getinfo("ml-latest-small/ratings.csv").header_offset
    bent[start + 50_000] ^= 0xFF
    path = tmp_path / "bent.zip"
    path.write_bytes(bent)
    with pytest.raises(MovieLensError, match=r"not a whole zip file|cannot be read"):
        load(path)


def test_member_names_that_climb_write_nothing(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    files = {
        "../../evil/ratings.csv": f"{HEADER}\n1,1,4,0\n",
        "../../evil/movies.csv": MOVIES,
        "/etc/evil": "x",
    }
    before = sorted(tmp_path.rglob("*"))
    path = zip_of(inner / "climb.zip", files)
    assert len(load(path)) == 1
    assert sorted(tmp_path.rglob("*")) == sorted([*before, path])


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_BOMB", 1 << 20)
    files = {"ratings.csv": b"0" * (4 << 20), "movies.csv": MOVIES}
    with pytest.raises(MovieLensError, match="unpacks to 4,194,304 bytes: refused"):
        load(zip_of(tmp_path / "bomb.zip", files))


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK", 1000)
    folder = csv_folder(tmp_path, f"{HEADER}\n" + "1" * 5000)
    with pytest.raises(MovieLensError, match="a line has more than 1,000 bytes"):
        load(folder)


def test_a_password_is_a_sentence(tmp_path):
    path = zip_of(tmp_path / "locked.zip", {"ratings.csv": HEADER, "movies.csv": MOVIES})
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + flags] |= 1  # the bit that says encrypted
            at = data.find(mark, at + 4)
    path.write_bytes(data)
    with pytest.raises(MovieLensError, match=r"cannot be read: .*password"):
        load(path)
