"""Separators, columns, scale and encoding come from the content of the files, and are said."""

from pathlib import Path

import numpy as np
import pytest

from optviz.movielens import MovieLensError, Ratings, load, rows
from tests.support.cases import every
from tests.support.movielens_made import HEADER, MOVIES, folder_of

TWO = [(1, 1, 4.5), (2, 31, 3.0)]
WHOLE = [(1, 1, 4.0), (2, 31, 3.0)]
U_ITEM = "".join(
    f"{number}|{title}|01-Jan-1995||x|{'|'.join('1' if i == 5 else '0' for i in range(19))}\n"
    for number, title in ((1, "Toy Story (1995)"), (31, "Dangerous Minds (1995)"))
)
DAT = "1::Léon (1994)::Comedy|Crime\n31::Dangerous Minds (1995)::Drama\n"
INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
ITEM = "item_id:token\tmovie_title:token_seq\trelease_year:token\tgenre:token_seq\n"
CSV = {"movies.csv": MOVIES}
FLOAT_IDS = "userId,movieId,rating\n1.0,1.0,4.5\n2.0,31.0,3\n"
EUROPEAN = "UserID;MovieID;Rating\n1;1;4,5\n2;31;3\n"

# name: files, the rows, the scale, and words of what is said
LAYOUTS = {
    "ml-10m": (
        {
            "ratings.dat": "1::1::4.5::83\n2::31::3::83\n",
            "movies.dat": DAT,
            "tags.dat": "1::1::x::8\n",
        },
        TWO,
        (0.5, 5),
        "no header, half stars from 0.5 to 5; movies.dat: double colons between fields",
    ),
    "ml-1m": (
        {
            "ratings.dat": "1::1::4::83\n2::31::3::83\n",
            "movies.dat": DAT.encode("latin-1"),
            "users.dat": "1::F::1::10::48067\n",
        },
        WHOLE,
        (1, 5),
        "whole stars from 1 to 5; movies.dat: double colons between fields, no header, Latin-1",
    ),
    "windows": (
        {
            "ratings.dat": "1::1::4::83\n2::31::3::83\n",
            "movies.dat": DAT.replace("éo", "\x92").encode("latin-1"),
        },
        WHOLE,
        (1, 5),
        "Windows-1252",
    ),
    "kaggle": (
        {
            "rating.csv": '"userId","movieId","rating","timestamp"\n1,1,4.5,"2005-04-02 23:53:47"\n'
            '2,31,3,"2005-04-02 23:31:16"\n',
            "movie.csv": '"movieId","title","genres"\n1,"Toy Story, A","Comedy"\n31,"B","Drama"\n',
            "tag.csv": '"userId","movieId","tag","timestamp"\n1,1,"fine","2009-04-24 18:19:40"\n',
            "link.csv": '"movieId","imdbId","tmdbId"\n1,"0114709",862\n',
            "genome_scores.csv": '"movieId","tagId","relevance"\n1,1,0.025\n',
        },
        TWO,
        (0.5, 5),
        "rating.csv: commas between fields, a header",
    ),
    "recbole": (
        {
            "ml-1m.inter": f"{INTER}1\t1\t4\t9\n2\t31\t3\t9\n",
            "ml-1m.item": f"{ITEM}1\tToy Story\t1995\tComedy Sci-Fi\n31\tB\t1995\tDrama\n",
            "ml-1m.user": "user_id:token\tage:token\n1\t24\n",
        },
        WHOLE,
        (1, 5),
        "ml-1m.inter: tabs between fields, a header",
    ),
    "no header": ({"ratings.csv": "1,1,4.5,0\n2,31,3,0\n", **CSV}, TWO, (0.5, 5), "no header"),
    "no names": (
        {"mine.txt": "1 1 4.5\n2 31 3\n", "films.txt": "1\tToy Story\n31\tB\n", "notes.txt": "x\n"},
        TWO,
        (0.5, 5),
        "mine.txt: spaces between fields, no header",
    ),
    "european": ({"ratings.csv": EUROPEAN, **CSV}, TWO, (0.5, 5), "semicolons between fields"),
    "other names": (
        {"ratings.csv": 'stars,comment,ITEM_ID,uid\n4.5,"good, old",1,1\n3,,31,2\n', **CSV},
        TWO,
        (0.5, 5),
        "a header",
    ),
    "an index": (
        {"ratings.csv": f",{HEADER}\n0,1,1,4.5,0\n1,2,31,3,0\n", **CSV},
        TWO,
        (0.5, 5),
        "",
    ),
    "ids as floats": ({"ratings.csv": FLOAT_IDS, **CSV}, TWO, (0.5, 5), ""),
    "quoted numbers": (
        {"ratings.tsv": 'user\titem\tscore\n"1"\t"1"\t"4.5"\n"2"\t"31"\t"3"\n', **CSV},
        TWO,
        (0.5, 5),
        "tabs",
    ),
    "no times": ({"ratings.csv": f"{HEADER}\n1,1,4.5,noon\n2,31,3\n", **CSV}, TWO, (0.5, 5), ""),
    "empty times": ({"ratings.csv": f"{HEADER}\n1,1,4.5,\n2,31,3,inf\n", **CSV}, TWO, (0.5, 5), ""),
    "byte order marks": (
        {"ratings.csv": "\ufeff1,1,4.5\n2,31,3\n", "movies.csv": f"\ufeff{MOVIES}"},
        TWO,
        (0.5, 5),
        "",
    ),
    "ten points": (
        {"ratings.csv": f"{HEADER}\n1,1,8,0\n2,31,10,0\n2,1,2,0\n", **CSV},
        [(1, 1, 8), (2, 31, 10), (2, 1, 2)],
        (1, 10),
        "whole stars from 1 to 10",
    ),
}


def list_rows(ratings: Ratings) -> list[tuple[int, int, float]]:
    users, movies = ratings.user_ids[ratings.user], ratings.movie_ids[ratings.movie]
    return list(zip(users.tolist(), movies.tolist(), ratings.rating.tolist(), strict=True))


@every("name", list(LAYOUTS))
def test_layout_is_told_by_the_content(tmp_path, name):
    files, expected, scale, said = LAYOUTS[name]
    ratings = load(folder_of(tmp_path / name, files))
    assert list_rows(ratings) == expected
    assert ratings.scale == scale
    assert said in ratings.layout


def test_titles_and_genres_are_read_from_every_layout(tmp_path):
    def read(name: str) -> tuple:
        ratings = load(folder_of(tmp_path / name, LAYOUTS[name][0]))
        return ratings.titles[0], ratings.genres[0]

    assert read("ml-10m") == read("ml-1m") == ("Léon (1994)", ("Comedy", "Crime"))
    assert read("windows")[0] == "L\u2019n (1994)"
    assert read("kaggle") == ("Toy Story, A", ("Comedy",))
    assert read("recbole") == ("Toy Story (1995)", ("Comedy", "Sci-Fi"))


def test_one_split_is_read_with_the_movies_beside_it(tmp_path):
    splits = {"u1.base": "1\t1\t4\t8\n2\t31\t3\t8\n", "u1.test": "1\t31\t2\t8\n"}
    beside = {"u.item": U_ITEM, "u.user": "1|24|M|technician|85711\n", "u.genre": "unknown|0\n"}
    folder = folder_of(tmp_path / "ml-100k", splits | beside)
    ratings = load(folder / "u1.base")
    assert (ratings.name, list_rows(ratings)) == ("ml-100k-u1.base", WHOLE)
    assert ratings.genres[0] == ("Comedy",)
    with pytest.raises(MovieLensError, match=r"several files of ratings: u1\.base, u1\.test; name"):
        load(folder)
    (folder / "u.data").write_text("1\t1\t5\t8\n")
    assert list_rows(load(folder)) == [(1, 1, 5)]


def test_stray_ratings_do_not_move_the_scale(tmp_path):
    text = f"{HEADER}\n1,1,4,0\n1,31,6,0\n2,1,3,0\n"
    with pytest.raises(MovieLensError, match=r"csv:3: rating 6 is outside the scale 1 to 5"):
        load(folder_of(tmp_path / "made", {"ratings.csv": text, **CSV}))


def test_blocks_read_at_once_and_line_by_line_agree(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    user, movie = np.divmod(rng.permutation(400), 20)
    stars = rng.integers(1, 11, 400) / 2
    lines = [f'{u},{m},{r:g},"2005-01-01, {u}"' for u, m, r in zip(user, movie, stars, strict=True)]
    movies = "movieId,title\n" + "".join(f"{m},M {m}\n" for m in range(20))
    quoted = folder_of(
        tmp_path / "quoted", {"ratings.csv": "\n".join([HEADER, *lines]), "movies.csv": movies}
    )
    plain = [line.partition(',"')[0] + ",7" for line in lines]
    once = folder_of(
        tmp_path / "once", {"ratings.csv": "\n".join([HEADER, *plain]), "movies.csv": movies}
    )
    monkeypatch.setattr(rows.RowReader, "_parse_by_line", None)
    first = load(once)
    monkeypatch.undo()
    monkeypatch.setattr(rows, "BLOCK", 700)
    assert list_rows(first) == list_rows(load(quoted))


UNREADABLE = {
    "who,what,why\n": r"ratings\.csv:1: the first line is 'who,what,why', expected 'userId,movieId",
    "userId,title,rating\n1,x,4\n": r"the first line is 'userId,title,rating', expected 'userId",
    f"{HEADER}\n1,1,4,0\n".replace(
        "\n", "\r"
    ): r"ratings\.csv: lines end in carriage returns alone",
}


def test_a_layout_that_cannot_be_told_is_one_sentence(tmp_path):
    for i, (text, sentence) in enumerate(UNREADABLE.items()):
        with pytest.raises(MovieLensError, match=sentence):
            load(folder_of(tmp_path / str(i), {"ratings.csv": text, **CSV}))


def test_files_that_are_no_ratings_say_what_they_are(tmp_path):
    def refuse(path: Path) -> str:
        with pytest.raises(MovieLensError) as caught:
            load(path)
        return str(caught.value)

    files = {
        "movies.csv": MOVIES,
        "a.png": b"\x89PNG\0\0",
        "b.txt": "",
    }
    folder = folder_of(tmp_path / "made", files)
    assert refuse(folder).startswith(f"no MovieLens ratings in {folder}; expected ratings.csv")
    assert refuse(folder / "movies.csv").startswith(
        "movies.csv:1: the first line is 'movieId,title"
    )
    assert refuse(folder / "a.png").startswith("a.png:1: not plain text")
    assert refuse(folder / "b.txt").startswith("b.txt: the file is empty")
    (folder / "x.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    assert "is a 7z archive, which is not read: unpack it" in refuse(folder / "x.7z")
    assert "but the archive x.7z: unpack that first" in refuse(folder)
