"""Where the ratings come from: the order of sources, and what is said when none answers."""

import sys
from typing import Any

import pytest

from optviz.movielens import MovieLensError, download, load
from tests.support.movielens_server import (
    IN_WHEEL,
    SMALL,
    files_in,
    wheel_code,
    whole,
)


@pytest.fixture
def no_pip(monkeypatch) -> None:
    monkeypatch.setattr(download, "PIP", (sys.executable, "-m", "no_such_pip"))


def test_without_a_name_the_small_set_comes_from_grouplens(server, made_zip, tmp_path):
    asked = server(whole(made_zip))
    ratings = load(cache=tmp_path / "cache")
    assert asked == [f"/{SMALL}.zip"]
    assert (ratings.name, len(ratings)) == (SMALL, 2)


def test_the_cache_keeps_the_zip_as_it_came_and_is_asked_first(server, made_zip, tmp_path):
    asked = server(whole(made_zip))
    load(cache=tmp_path / "cache")
    load(cache=tmp_path / "cache")
    load(SMALL, cache=tmp_path / "cache", offline=True)
    assert len(asked) == 1
    assert (tmp_path / "cache" / f"{SMALL}.zip").read_bytes() == made_zip


def test_progress_is_told_in_bytes_downloaded(server, made_zip, tmp_path):
    server(whole(made_zip))
    told: list[tuple[str, int, int | None]] = []
    load(cache=tmp_path / "cache", progress=lambda *args: told.append(args))
    downloads = [args for args in told if args[0].startswith("downloading")]
    assert downloads[-1][1:] == (len(made_zip), len(made_zip))


def test_an_exception_from_progress_stops_the_download_and_leaves_nothing(
    server, made_zip, tmp_path
):
    server(whole(made_zip))

    def cancel(what: str, done: int, total: int | None) -> None:
        raise RuntimeError("canceled")

    with pytest.raises(RuntimeError, match="canceled"):
        load(cache=tmp_path / "cache", progress=cancel)
    assert files_in(tmp_path / "cache") == []


def test_without_grouplens_ml_100k_is_taken_and_said(
    no_server, made_100k, fake_pip, tmp_path, caplog
):
    fake_pip(wheel_code(IN_WHEEL))
    ratings = load(cache=tmp_path / "cache")
    assert (ratings.name, ratings.titles) == ("ml-100k", ("Kolya (1996)",))
    assert "took ml-100k instead of ml-latest-small" in caplog.text


@pytest.mark.parametrize(("name", "file"), [(None, f"{SMALL}.zip"), ("ml-100k", "ml-100k.zip")])
def test_when_nothing_can_be_reached_one_sentence_says_what_to_do(
    no_server, no_pip, tmp_path, name, file
):
    with pytest.raises(MovieLensError) as caught:
        load(name, cache=tmp_path / "cache")
    text = str(caught.value)
    assert "cannot be reached" in text
    assert "pip download recbole==1.2.1 failed" in text
    assert f"download {file} from https://grouplens.org/datasets/movielens" in text
    assert f"`optviz data --from {file}`" in text
    assert f'load("{file}")' in text
    assert "\n" not in text


def test_offline_asks_nobody(server, made_zip, fake_pip, tmp_path):
    asked = server(whole(made_zip))
    fake_pip(f"open({str(tmp_path / 'asked')!r}, 'w')")
    with pytest.raises(MovieLensError, match=r"offline, and not in the cache .*: download"):
        load(cache=tmp_path / "cache", offline=True)
    assert asked == []
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("name", ["ml-99k", "ratings", "toy.zip"])
def test_a_word_that_is_no_name_and_no_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MovieLensError, match=f'no data set or file "{name}"; expected .*ml-100k'):
        load(name, cache=tmp_path / "cache")


def test_what_is_neither_a_path_nor_a_name_is_refused(tmp_path):
    wrong: list[Any] = [5, ["ml-100k"], b"ml-100k"]
    for source in wrong:
        with pytest.raises(MovieLensError, match="data is found by a path or a name, got"):
            load(source, cache=tmp_path)


def test_a_set_that_only_grouplens_has_is_not_replaced_by_another(no_server, tmp_path, made_100k):
    with pytest.raises(MovieLensError, match=r"download ml-1m\.zip"):
        load("ml-1m", cache=tmp_path / "cache")
