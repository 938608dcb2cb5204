"""The `optviz data` command installs, shows and verifies."""

import pytest

from optviz.movielens import load
from optviz.movielens.fetch import data_command
from tests.support.movielens_made import HEADER, MOVIES, csv_folder, zip_of
from tests.support.movielens_server import MADE, SMALL


def shown(**options) -> tuple[int, str]:
    lines: list[str] = []
    return data_command(out=lines.append, **options), "\n".join(lines)


@pytest.mark.reference
def test_the_command_installs_verifies_and_cites(reference, tmp_path):
    file = str(reference / "data" / f"{SMALL}.zip")
    status, text = shown(source=file, verify=True, cache=tmp_path)
    assert status == 0
    for fact in ("100,836", "610", "9,724", "verified", "10.1145/2827872", str(tmp_path)):
        assert fact in text
    assert load(cache=tmp_path, offline=True).name == SMALL


@pytest.mark.data
def test_the_command_says_that_ml_100k_may_not_be_passed_on(ml100k):
    status, text = shown(source="ml-100k", verify=True)
    assert status == 0
    assert "may not be passed on" in text


def test_verifying_other_data_under_a_known_name_fails(tmp_path):
    path = zip_of(tmp_path / "made.zip", MADE)
    status, text = shown(source=str(path), verify=True, cache=tmp_path / "cache")
    assert status == 1
    assert "NOT the known checksums" in text


def test_a_folder_is_packed_into_the_cache_under_its_name(tmp_path):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n", name="mine")
    status, text = shown(source=str(folder), cache=tmp_path / "cache")
    assert status == 0
    assert "no checksum is known" in text
    assert len(load("mine", cache=tmp_path / "cache", offline=True)) == 1


def test_bad_rows_are_not_installed(tmp_path, capsys):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,six,0\n", name="mine")
    status, text = shown(source=str(folder), cache=tmp_path / "cache")
    assert (status, text) == (2, "")
    assert "ratings.csv:2: rating 'six' is not a number" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_a_name_that_climbs_is_not_installed(tmp_path, capsys):
    made = {"../ratings.csv": f"{HEADER}\n1,1,4,0\n", "../movies.csv": MOVIES}
    path = zip_of(tmp_path / "climb.zip", made)
    status, _ = shown(source=str(path), cache=tmp_path / "cache")
    assert status == 2
    assert "rename it" in capsys.readouterr().err


def test_what_cannot_be_had_is_one_sentence_and_status_2(tmp_path, capsys):
    status, text = shown(source="ml-1m", offline=True, cache=tmp_path)
    assert (status, text) == (2, "")
    said = capsys.readouterr().err
    assert said.startswith("optviz data: no MovieLens data (offline")
    assert said.count("\n") == 1
