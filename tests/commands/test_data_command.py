"""The `optviz data` command installs, shows and verifies."""

import pytest

from optviz.commands.main import main
from optviz.movielens import load
from tests.support.movielens_made import HEADER, MOVIES, csv_folder, zip_of
from tests.support.movielens_server import MADE, SMALL


@pytest.fixture
def show(monkeypatch, capsys):
    """A function that runs the command on a cache; it returns exit status, output and errors."""

    def show(*arguments, cache=None) -> tuple[int, str, str]:
        if cache is not None:
            monkeypatch.setenv("OPTVIZ_CACHE", str(cache))
        return main(["data", *map(str, arguments)]), *capsys.readouterr()

    return show


@pytest.mark.reference
def test_the_command_installs_verifies_and_cites(reference, tmp_path, show):
    file = reference / "data" / f"{SMALL}.zip"
    status, text, _ = show("--from", file, "--verify", cache=tmp_path)
    assert status == 0
    for fact in ("100,836", "610", "9,724", "verified", "10.1145/2827872", str(tmp_path)):
        assert fact in text
    assert load(cache=tmp_path, offline=True).name == SMALL


@pytest.mark.data
def test_the_command_says_that_ml_100k_may_not_be_passed_on(ml100k, show):
    status, text, _ = show("ml-100k", "--verify")
    assert status == 0
    assert "may not be passed on" in text


def test_verifying_other_data_under_a_known_name_fails(tmp_path, show):
    path = zip_of(tmp_path / "made.zip", MADE)
    status, text, _ = show(path, "--verify", cache=tmp_path / "cache")
    assert status == 1
    assert "NOT the known checksums" in text


def test_a_folder_is_packed_into_the_cache_under_its_name(tmp_path, show):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4,0\n", name="mine")
    status, text, _ = show("--from", folder, cache=tmp_path / "cache")
    assert status == 0
    assert "no checksum is known" in text
    assert len(load("mine", cache=tmp_path / "cache", offline=True)) == 1


def test_bad_rows_are_not_installed(tmp_path, show):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,six,0\n", name="mine")
    status, text, error = show("--from", folder, cache=tmp_path / "cache")
    assert (status, text) == (2, "")
    assert "ratings.csv:2: rating 'six' is not a number" in error
    assert not (tmp_path / "cache").exists()


def test_a_name_that_climbs_is_not_installed(tmp_path, show):
    made = {"../ratings.csv": f"{HEADER}\n1,1,4,0\n", "../movies.csv": MOVIES}
    path = zip_of(tmp_path / "climb.zip", made)
    status, _, error = show("--from", path, cache=tmp_path / "cache")
    assert status == 2
    assert "rename it" in error


def test_what_cannot_be_had_is_one_sentence_and_status_2(tmp_path, show):
    status, text, error = show("ml-1m", "--offline", cache=tmp_path)
    assert (status, text) == (2, "")
    assert error.startswith("optviz data: no MovieLens data (offline")
    assert error.count("\n") == 1


def test_from_is_always_a_path_and_never_takes_the_place_of_published_data(
    tmp_path, show, made_zip, monkeypatch
):
    cache = tmp_path / "cache"
    assert show("--from", tmp_path / "made.zip", cache=cache)[0] == 0
    folder = csv_folder(tmp_path, f"{HEADER}\n7,1,4,0\n", name=SMALL)
    monkeypatch.chdir(tmp_path)
    status, text, _ = show("--from", SMALL)
    assert status == 0
    assert text.startswith(f"{SMALL}-own\n")
    assert "NOT the known checksums of ml-latest-small" in text
    assert (cache / f"{SMALL}.zip").read_bytes() == made_zip
    assert load(f"{SMALL}-own", cache=cache, offline=True).user_ids.tolist() == [7]
    assert load(f"{SMALL}-own", cache=cache, offline=True).name == f"{SMALL}-own"
    assert load(folder, cache=cache).name == f"{SMALL}-own"
    upper = zip_of(
        tmp_path / "upper.zip",
        {f"{SMALL.upper()}/{each.name}": each.read_bytes() for each in folder.iterdir()},
    )
    assert f"{SMALL.upper()}-own\n" in show("--from", upper)[1]
    assert show("mine", "--from", SMALL)[0] == 0
    assert len(load("mine", cache=cache, offline=True)) == 1
    status, _, error = show(SMALL, "--from", folder)
    assert (status, error.count("\n")) == (2, 1)
    assert f"is not the published {SMALL}: give it another name" in error
    for path, sentence in {
        "ml-100k": "no file or folder",
        "~nobody": "no file",
        "": "the path",
    }.items():
        status, _, error = show("--from", path)
        assert status == 2
        assert error.startswith(f"optviz data: {sentence}")


def test_bad_rows_are_kept_out_where_the_command_says_so(tmp_path, show):
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,six,0\n2,1,4,0\n", name="mine")
    status, text, error = show("--from", folder, "--on-bad", "report", cache=tmp_path / "cache")
    assert status == 0
    assert "1, 1 to 5 stars" in text
    assert error.count("\n") == 1
    assert "1 bad row left out" in error
    assert "ratings.csv:2: rating 'six' is not a number" in error
    status, _, error = show("mine")
    assert status == 2
    assert "(--on-bad report keeps the good rows)" in error


def test_layout_and_space_on_disk_are_shown_and_cleaned(tmp_path, show, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cache = tmp_path / "cache"
    (cache / "trainings" / ("0" * 16)).mkdir(parents=True)
    (cache / "trainings" / ("0" * 16) / "result.json").write_bytes(bytes(2500))
    (cache / "notes.txt").write_text("mine")
    folder = csv_folder(tmp_path, f"{HEADER}\n1,1,4.5,0\n", name="mine")
    _, text, _ = show("--from", folder, cache=cache)
    size = (cache / "mine.zip").stat().st_size
    assert "layout   ratings.csv: commas between fields, a header, half stars from 0.5 to 5" in text
    assert f"kept     1 data set, {size} bytes; 1 result, 2.5 kB" in text
    status, _, error = show("--clean", "yours")
    assert status == 2
    assert f'no data set "yours" is kept in {cache}; there are mine' in error
    status, text, _ = show("--clean")
    assert status == 0
    assert f"removed 1 data set, {size} bytes: {cache / 'mine.zip'}\n" in text
    assert text.endswith(f"removed in all: 1 data set, {size} bytes; 1 result, 2.5 kB\n")
    left = sorted(each.name for each in cache.rglob("*"))
    assert left == ["notes.txt", "trainings"]
    assert show("--clean")[1] == "removed in all: nothing\n"
