"""Trainings carried by a dask cluster that is there already."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from optviz_app.jobs import executors
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.training_task import make_training_request

import optviz
from optviz.commands.main import main
from tests.support.long_work import count_request, read_count, register_tiny
from tests.support.ratings_made import few_ratings, slow_ask, small_ask, wait_until
from tests.support.requirements import missing

SMALL, SLOW = make_training_request(small_ask()), make_training_request(slow_ask(1))


@pytest.fixture(scope="module")
def address():
    """The address of a cluster with two workers, each a process."""
    try:
        from distributed import LocalCluster
    except ModuleNotFoundError:
        missing('there is no distributed here: pip install "distributed"')
    settings: Any = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    cluster = LocalCluster(host="127.0.0.1", **settings)
    workers = [each.process.process for each in cluster.workers.values()]
    yield cluster.scheduler_address
    cluster.close()
    assert not any(each.is_alive() for each in workers)


@pytest.fixture
def jobs(address, tmp_path, monkeypatch):
    """The trainings of a server that is connected to the cluster."""
    few_ratings(tmp_path / "cache")
    register_tiny(monkeypatch)
    some = Jobs(tmp_path / "cache")
    some.connect(address)
    yield some
    some.close()


def client_of(address: str) -> Any:
    """Another client of the cluster."""
    from distributed import Client

    return Client(address, set_as_default=False)


def busy(client: Any) -> bool:
    """True if any worker has work."""
    return any(client.processing().values())


def test_training_on_a_cluster_tells_its_progress_and_leaves_a_result(jobs):
    seen = set()

    def finished() -> bool:
        state = jobs.look(SMALL)
        seen.add(state["phase"])
        if state["phase"] == "training":
            seen.update(each["label"] for each in state["curves"] if each["step"])
        return state["phase"] == "finished"

    jobs.submit(SMALL)
    wait_until(finished)
    assert seen >= {"starting", "finished"}
    assert seen & {"preparing", "training", "drawing"}
    result = jobs.find_saved(SMALL)
    assert result
    assert [each["label"] for each in result.words["trainings"]] == ["Adam lr=0.01", "SGD lr=1"]
    assert result.read_slice()
    assert len(result.read_models()) == 2


def test_cluster_trains_as_many_at_once_as_it_has_threads_and_cancels_each(jobs):
    asked = [make_training_request(slow_ask(seed)) for seed in range(3)]
    for each in asked:
        jobs.submit(each, "browser-")
    wait_until(lambda: {jobs.look(each)["phase"] for each in asked[:2]} == {"training"})
    assert jobs.look(asked[2])["phase"] == "waiting"
    jobs.cancel(asked[0], "browser-")
    wait_until(lambda: jobs.look(asked[0])["phase"] == "canceled")
    assert jobs.find_saved(asked[0])
    wait_until(lambda: jobs.look(asked[2])["phase"] == "training")
    assert jobs.look(asked[1])["phase"] == "training"


def test_second_kind_runs_on_a_cluster_too(jobs):
    jobs.submit(count_request(3))
    wait_until(lambda: jobs.look(count_request(3))["phase"] == "finished")
    result = jobs.find_saved(count_request(3))
    assert result
    assert read_count(result.folder) == 3


def test_server_that_ends_leaves_nothing_running_on_the_cluster(jobs, address):
    jobs.submit(SLOW)
    wait_until(lambda: jobs.look(SLOW)["phase"] == "training")
    folder = jobs.open_folder()
    with client_of(address) as client:
        assert busy(client)
        jobs.close()
        wait_until(lambda: not busy(client))
    assert not folder.exists()


def test_training_ends_when_the_server_is_killed_and_its_folder_is_gone(jobs, address):
    jobs.submit(SLOW)
    wait_until(lambda: jobs.look(SLOW)["phase"] == "training")
    job = jobs.jobs[SLOW.key]
    job.channel.folder.rename(job.channel.folder.with_name("gone"))
    with client_of(address) as client:
        wait_until(lambda: not busy(client))


# -- what is wrong is a sentence


def answering(*answers):
    """A client whose workers answer so."""
    found = iter(answers)

    def submit(*_, **__):
        return SimpleNamespace(result=lambda **_: next(found))

    workers = {"workers": dict.fromkeys(range(len(answers)))}
    return SimpleNamespace(submit=submit, scheduler_info=lambda **_: workers)


def test_worker_that_does_not_see_the_folder_is_told(tmp_path):
    client = answering((optviz.__version__, True), (optviz.__version__, False))
    with pytest.raises(ValueError, match=r"do not see the folder .*: set OPTVIZ_CACHE to one that"):
        executors.check_workers(client, "tcp://here:1", tmp_path)
    assert not list(tmp_path.iterdir())


def test_worker_with_another_version_is_told(tmp_path):
    client = answering((optviz.__version__, True), ("0.0.1", True))
    with pytest.raises(ValueError, match=r"run optviz 0.0.1, this is"):
        executors.check_workers(client, "tcp://here:1", tmp_path)


def test_worker_without_optviz_is_told(tmp_path):
    def fails(*_, **__):
        raise ModuleNotFoundError("No module named 'optviz_app'")

    client = answering(())
    client.submit = fails
    with pytest.raises(ValueError, match=r"cannot run optviz .*No module named 'optviz_app'.*inst"):
        executors.check_workers(client, "tcp://here:1", tmp_path)


def started(address: str) -> int:
    """The exit status of the app with a cluster."""
    return main(["app", "--no-browser", "--port", "0", "--dask", address])


def test_address_where_no_cluster_answers_is_a_sentence(address, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path))
    monkeypatch.setattr(executors, "ANSWER_S", 0.5)
    assert started("tcp://127.0.0.1:1") == 2
    told = capsys.readouterr().err
    assert told.startswith("optviz: no dask cluster answers at tcp://127.0.0.1:1 (")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("wrong", ["nowhere", "http://127.0.0.1:80", "tcp://", "tcp://a:b", ""])
def test_what_is_no_address_is_a_sentence(wrong):
    with pytest.raises(ValueError, match=r"address is like tcp://127.0.0.1:8786, got"):
        executors.open_client(wrong)


def test_missing_package_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert started("tcp://127.0.0.1:1") == 2
    assert 'needs distributed: pip install "distributed"' in capsys.readouterr().err
