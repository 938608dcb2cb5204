"""Folders and files of ours that vanish, are damaged, full or not to be written, at any moment."""

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from optviz_app.jobs import channel
from optviz_app.jobs.channel import FOLDER_GONE, Channel, Orders
from optviz_app.jobs.folders import LEFT_S, PREFIX, make_folder
from optviz_app.jobs.queue import ENDED, Jobs
from optviz_app.jobs.tasks import forget_oldest
from optviz_app.jobs.worker import work
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import predict, show_result
from optviz_app.pages.movielens.training_task import TrainingTask, make_training_request

from tests.support.long_work import Held, count_request, read_count
from tests.support.ratings_made import few_ratings, small_ask, wait_until

ASKED = small_ask()
SMALL = make_training_request(ASKED)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A cache with the result of a small training."""
    cache = tmp_path_factory.mktemp("trained") / "cache"
    few_ratings(cache)
    folder = tmp_path_factory.mktemp("channel")
    address = "optviz_app.pages.movielens.training_task:TrainingTask"
    assert work(str(folder), address, *SMALL, str(cache))["phase"] == "finished"
    return cache


# -- the folder of the channels


def delete(folder: Path) -> None:
    """Delete a folder while others write to it."""
    shutil.rmtree(folder.rename(folder.with_name(f"{folder.name}-gone")))


def test_work_whose_folder_is_deleted_stops_says_why_and_the_next_begins(cache):
    jobs, long = Jobs(cache), count_request(10_000, 0.01)
    try:
        jobs.submit(long)
        wait_until(lambda: jobs.look(long).get("done", 0) > 1)
        delete(jobs.open_folder())
        for ask in (lambda: jobs.watch(long.key, "page"), lambda: jobs.watch(long.key, "x", True)):
            assert ask() in (True, False)
        wait_until(lambda: jobs.look(long)["phase"] in ENDED)
        told = jobs.look(long)
        assert (told["phase"], told["why"]) == ("canceled", FOLDER_GONE)
        result = jobs.find_saved(long)
        assert result
        assert read_count(result.folder) > 1
        jobs.submit(count_request(2))
        wait_until(lambda: jobs.look(count_request(2))["phase"] == "finished")
        workers = list(jobs.executor._processes.values())  # type: ignore[union-attr]
        delete(jobs.open_folder())
    finally:
        jobs.close()
    assert not any(each.is_alive() for each in workers)


def test_work_whose_folder_was_deleted_is_canceled_and_dropped_with_its_own_words(held):
    jobs, executor = held
    for number in range(3):
        jobs.submit(count_request(number), f"browser-{number}")
    shutil.rmtree(jobs.open_folder())
    for number in (0, 2):  # one under way, one that waits
        jobs.cancel(count_request(number), f"browser-{number}")
    executor.futures[0].set_result(None)
    executor.futures[1].set_result(None)
    told = [jobs.look(count_request(number)) for number in range(3)]
    assert [each["phase"] for each in told] == ["canceled"] * 3
    assert [each["why"] for each in told] == ["canceled", FOLDER_GONE, "canceled"]


def test_page_that_follows_a_training_whose_folder_is_deleted_is_told(held):
    jobs, executor = held
    jobs.submit(SMALL, "browser-")
    run = follow(jobs, None, ASKED.to_query(), browser="browser-")["run"]
    assert run["phase"] == "starting"
    shutil.rmtree(jobs.open_folder())
    executor.futures[0].set_result(None)
    said = follow(jobs, None, ASKED.to_query(), run, browser="browser-")["said"]
    assert FOLDER_GONE[1:] in str(said)


@pytest.mark.parametrize("text", ["", "{", '{"phase": "training"}', "[]", "null", "\xff", '{"a":1'])
def test_progress_that_is_half_written_counts_as_none(tmp_path, text):
    (tmp_path / "progress.json").write_bytes(text.encode("latin-1"))
    assert Channel(tmp_path).read_progress() is None


def test_lease_and_cancel_reach_the_work_though_the_disk_is_full(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(channel.time, "monotonic", lambda: now[0])
    folder = tmp_path / "channel"
    folder.mkdir()
    line, orders = Channel(folder), Orders(Channel(folder))
    line.lend()
    assert not orders.must_stop()

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    for _ in range(5):
        now[0] += 80
        time.sleep(0.01)  # for another time of the file
        line.lend()
        assert not orders.must_stop()
    line.write_progress({"version": 1, "phase": "training"})
    line.cancel()
    now[0] += 1
    assert orders.must_stop()


# -- the start of a training


@pytest.mark.parametrize(("part", "variable"), [("counts", "OPTVIZ_CACHE"), ("", "TMPDIR")])
def test_folder_that_cannot_be_written_is_said_at_the_start_with_its_variable(
    held, monkeypatch, part, variable
):
    jobs, executor = held
    make, full = tempfile.TemporaryFile, jobs.cache / part if part else jobs.home[0]

    def fail(*given, dir=None, **more):
        if dir == full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return make(*given, dir=dir, **more)

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    said = rf"{full} cannot be written \(No space left on device\): set {variable} to a folder"
    with pytest.raises(ValueError, match=said):
        jobs.submit(count_request(1))
    assert not executor.calls
    assert jobs.look(count_request(1))["phase"] == "none"


def test_file_in_the_place_of_the_results_folder_is_said_at_the_start(held, cache):
    cache.mkdir()
    (cache / "counts").write_text("")
    with pytest.raises(ValueError, match=r"counts cannot be written .*: set OPTVIZ_CACHE"):
        held[0].submit(count_request(1))


def test_result_that_cannot_be_written_is_said_and_leaves_the_earlier_one(cache, tmp_path):
    folder = tmp_path / "channel"
    folder.mkdir()
    address = "tests.support.long_work:TinyTask"
    cache.mkdir()
    (cache / "counts").write_text("in its way")
    told = work(str(folder), address, *count_request(1), str(cache))
    assert told["phase"] == "failed"
    assert "cannot be written" in told["why"]
    assert "set OPTVIZ_CACHE" in told["why"]


# -- results


def cut_end(data: bytes) -> bytes:
    return data[: len(data) // 2]


def spoil_middle(data: bytes) -> bytes:
    middle = len(data) // 2
    return (
        data[:middle]
        + bytes(each ^ 255 for each in data[middle : middle + 40])
        + data[middle + 40 :]
    )


DAMAGE = {"cut": cut_end, "spoiled": spoil_middle, "garbage": lambda _: b"nonsense" * 99}
DAMAGE |= {"empty": lambda _: b""}


def test_damaged_result_counts_as_none_on_every_way_to_it(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))
    for name in ("slice.npz", "model-0.npz", "model-1.npz", "result.json"):
        for how, damage in DAMAGE.items():
            cache = tmp_path / "cache"
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copytree(trained, cache)
            jobs, shown = Jobs(cache, Held()), {"query": ASKED.to_query()}
            assert jobs.look(SMALL)["phase"] == "finished"
            assert show_result(jobs, shown)["hidden"][0] is False
            file = TrainingTask(SMALL, cache).target / name
            file.write_bytes(damage(file.read_bytes()))
            assert jobs.look(SMALL)["phase"] == "none", (name, how)
            assert show_result(jobs, shown)["hidden"] == 4 * [True]
            assert follow(jobs, None, ASKED.to_query(), None, shown)["result"] is None
            predict(jobs, shown, "4", "6")
            jobs.submit(SMALL)  # it can be trained again
            assert jobs.look(SMALL)["phase"] == "starting"
            jobs.close()


def test_words_that_lack_a_part_count_as_no_result(trained, tmp_path):
    target = TrainingTask(SMALL, trained).target
    whole = (target / "result.json").read_text()
    try:
        for name in ("outcome", "trainings", "steps", "split", "left_out", "asked"):
            (target / "result.json").write_text(whole.replace(f'"{name}"', '"other"'))
            assert Jobs(trained, Held()).look(SMALL)["phase"] == "none", name
    finally:
        (target / "result.json").write_text(whole)
    assert Jobs(trained, Held()).look(SMALL)["phase"] == "finished"


def test_model_that_is_gone_makes_the_training_be_done_again(trained, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(trained, cache)
    (TrainingTask(SMALL, cache).target / "model-1.npz").unlink()
    assert Jobs(cache, Held()).look(SMALL)["phase"] == "none"


def test_half_made_results_of_killed_processes_are_removed_after_a_day(tmp_path):
    for name, age in ((".part-old", LEFT_S + 60), (".part-new", 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text("{}")
        os.utime(tmp_path / name, times=(0, time.time() - age))
    forget_oldest(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [".part-new"]
    forget_oldest(tmp_path / "nowhere")


def test_channels_of_killed_servers_are_removed_after_a_day(tmp_path):
    for name, own, inner in (("old", 1, 1), ("in-use", 1, 0), ("new", 0, 0)):
        folder = tmp_path / f"{PREFIX}{name}"
        (folder / "job").mkdir(parents=True)
        for each, is_old in ((folder / "job", inner), (folder, own)):
            os.utime(each, times=(0, time.time() - is_old * (LEFT_S + 60)))
    made = make_folder(tmp_path)
    names = {each.name for each in tmp_path.iterdir()}
    assert names == {made.name, f"{PREFIX}in-use", f"{PREFIX}new"}
