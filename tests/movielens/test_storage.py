"""What optviz keeps on disk is counted and bounded, and nothing else is touched."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from optviz.movielens import MovieLensError, storage
from optviz.movielens.cache import create_file, pack
from optviz.movielens.catalog import SETS, Published
from optviz.movielens.storage import list_kept, make_room
from tests.support.movielens_made import zip_of


def age(path: Path, seconds: float) -> Path:
    """Let a path, and all in it, look as if it had not changed for so long."""
    then = time.time() - seconds
    for each in [*path.rglob("*"), path]:
        os.utime(each, (then, then))
    return path


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """A temporary folder of the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_only_what_optviz_wrote_is_counted(tmp_path, temporary):
    cache = tmp_path / "cache"
    with create_file(cache, "mine") as (_, stream):
        pack(stream, "mine", {})
    zip_of(cache / "thesis.zip", {"thesis.txt": "x"})
    zip_of(cache / "ml-1m.zip", {"ml-1m/ratings.dat": "1::1::1::1", "ml-1m/movies.dat": "1::x::y"})
    for name in (f"trainings/{'0' * 16}", "trainings/my-notes", "photos"):
        (cache / name).mkdir(parents=True)
        (cache / name / "result.json").write_text("{}")
    (cache / "mine.zip.bak").write_text("x")
    (cache / "link.zip").symlink_to(cache / "mine.zip")
    assert {each.path.name for each in list_kept(cache)} == {"mine.zip", "0" * 16}


def test_unfinished_work_counts_once_it_was_left_for_a_day(tmp_path, temporary):
    cache = tmp_path / "cache"
    made = [
        cache / ".x-1.part",
        cache / "trainings" / ".part-abcdefg0" / "model-0.npz",
        cache / "jobs" / "server-abcdefg0" / f"training-{'0' * 16}-abcdefg0" / "lease",
        temporary / "optviz-jobs-abcdefg0" / f"training-{'0' * 16}-abcdefg0" / "lease",
        temporary / "optviz-pip-abcdefg0" / "pip.txt",
    ]
    foreign = [temporary / "optviz-jobs-mybackup" / "a.txt", temporary / "optviz-notes" / "a.txt"]
    for file in (*made, *foreign):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
    for folder in (cache, temporary):
        age(folder, 2 * storage.IDLE_S)
    assert len(list_kept(cache)) == len(made)
    os.utime(made[3])  # the lease of a job under way
    assert len(list_kept(cache)) == len(made) - 1
    storage.remove_leftovers(cache)
    assert [file.exists() for file in (*made, *foreign)] == [0, 0, 0, 1, 0, 1, 1]


def test_published_data_makes_room_for_new_and_the_users_own_never_does(
    tmp_path, monkeypatch, caplog, temporary
):
    for i, name in enumerate(("own", "older", "newer")):
        with create_file(tmp_path, name) as (path, stream):
            pack(stream, name, {})
        age(path, 1000 - i)
    for name in ("older", "newer"):
        monkeypatch.setitem(SETS, name, Published(1, "sha256:0"))
    size = path.stat().st_size
    monkeypatch.setattr(storage, "DATA_BYTES", 3 * size)
    make_room(tmp_path, "newest", size)
    assert sorted(each.stem for each in tmp_path.glob("*.zip")) == ["newer", "own"]
    assert "removed" in caplog.text
    assert "older.zip" in caplog.text
    with pytest.raises(MovieLensError, match=r"no room for huge .*`optviz data --clean` removes"):
        make_room(tmp_path, "huge", 3 * size)
    assert len(list(tmp_path.glob("*.zip"))) == 2
