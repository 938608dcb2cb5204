"""Pieces of work: any executor gives the same, a store finds them again, nothing is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optviz.runs.work as work_module
from optviz import Noisy, surface
from optviz.runs.luggage import Piece
from optviz.runs.store import find_cached_store, make_key
from optviz.runs.work import WorkersLostError, perform_pieces
from optviz.sweeps import Here, TrialStore, WorkCanceledError, Workload, race

ROUGH = Noisy(surface("rosenbrock"), 0.5)
SMALL: Any = {"trials": 4, "choosing": 3, "reporting": 10}
RULES = ["sgd", "momentum", "adam"]


def double(value):
    return {"value": np.array(2 * value)}


def die_once(sign, value):
    if not Path(sign).exists():
        Path(sign).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return double(value)


def die(value):
    os.kill(os.getpid(), signal.SIGKILL)
    return double(value)


def fail(value: Any) -> dict[str, np.ndarray]:
    raise ValueError(f"no such value: {value}")


def make_pieces(count, log=None):
    return [Piece(double, (value,), make_key("double", value)) for value in range(count)]


def read(outcomes):
    return [float(each["value"]) for each in outcomes]


@pytest.mark.parametrize("kind", ["here", "threads", "processes", "own"])
def test_every_executor_gives_the_same_in_the_same_order(kind, monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", -1.0)
    makers: dict[str, Any] = {
        "here": Here,
        "threads": lambda: ThreadPoolExecutor(2),
        "processes": lambda: ProcessPoolExecutor(2, get_context("spawn")),
    }
    if kind == "own":
        assert read(perform_pieces(make_pieces(5))) == [0, 2, 4, 6, 8]
        return
    with makers[kind]() as executor:
        assert read(perform_pieces(make_pieces(5), executor=executor)) == [0, 2, 4, 6, 8]


def test_a_race_is_the_same_to_the_bit_at_any_number_of_workers():
    alone = race(Workload(ROUGH, steps=30), RULES, **SMALL)
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        spread = race(Workload(ROUGH, steps=30), RULES, executor=executor, **SMALL)
    for one, other in zip(alone.results[0], spread.results[0], strict=True):
        np.testing.assert_array_equal(one.final, other.final)
        np.testing.assert_array_equal(one.reached, other.reached)
    assert alone.rows() == spread.rows()


def test_a_dask_cluster_gives_the_same():
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    )
    with (
        cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        client.get_executor(pure=False) as executor,
    ):
        spread = race(Workload(ROUGH, steps=30), RULES, executor=executor, **SMALL)
    assert race(Workload(ROUGH, steps=30), RULES, **SMALL).rows() == spread.rows()


def test_what_a_store_has_is_not_done_again(tmp_path):
    told = []
    perform_pieces(make_pieces(3), store=tmp_path / "kept.sqlite")
    pieces = [Piece(fail, each.arguments, each.key) for each in make_pieces(3)]
    found = perform_pieces(
        [*pieces, *make_pieces(4)[3:]],
        store=tmp_path / "kept.sqlite",
        on_progress=lambda *each: told.append(each),
    )
    assert read(found) == [0, 2, 4, 6]
    assert told == [(3, 4), (4, 4)]


def test_a_canceled_race_keeps_what_it_finished(tmp_path):
    told = []
    settings: Any = {**SMALL, "store": tmp_path / "race.sqlite"}
    with pytest.raises(WorkCanceledError, match="canceled after 2 of 3 pieces"):
        race(
            Workload(ROUGH, steps=30),
            RULES,
            on_progress=lambda done, _: told.append(done),
            cancel=lambda: max(told) == 2,
            **settings,
        )
    told.clear()
    again = race(Workload(ROUGH, 30), RULES, on_progress=lambda n, _: told.append(n), **settings)
    assert told == [2, 3]
    assert again.rows() == race(Workload(ROUGH, steps=30), RULES, **SMALL).rows()


def test_a_store_tells_other_work_apart(tmp_path):
    path = tmp_path / "race.sqlite"
    first = race(Workload(ROUGH, steps=30), RULES, store=path, **SMALL)
    damped = ["sgd", "momentum:damped=yes", "adam"]
    for changed in (
        race(Workload(ROUGH, steps=31), RULES, store=path, **SMALL),
        race(Workload(Noisy(surface("rosenbrock"), 0.6), steps=30), RULES, store=path, **SMALL),
        race(Workload(ROUGH, steps=30), damped, store=path, **SMALL),
        race(Workload(ROUGH, steps=30), RULES, store=path, seed=1, **SMALL),
    ):
        assert changed.rows() != first.rows()
    with TrialStore(path) as store:
        assert len(store) == 3 + 3 + 3 + 1 + 3


SCRIPT = """
import sys, time
from optviz import Noisy, surface
from optviz.sweeps import Workload, race
def slow(done, total):
    print(done, flush=True)
    time.sleep(0.3)
made = race(Workload(Noisy(surface("rosenbrock"), .5), 30), ["sgd", "momentum", "adam"], trials=4,
            choosing=3, reporting=10, store=sys.argv[1], on_progress=slow)
print(made.rows())
"""


def test_a_race_killed_in_the_middle_goes_on_where_it_was(tmp_path):
    path = tmp_path / "race.sqlite"
    command = [sys.executable, "-c", SCRIPT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "2":
            pass
        process.kill()
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = again.stdout.splitlines()
    assert lines[:2] == ["2", "3"]
    rough = Workload(ROUGH, 30)
    assert lines[2] == str(race(rough, ["sgd", "momentum", "adam"], **SMALL).rows())


def test_a_lost_worker_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", -1.0)
    pieces = [Piece(die_once, (str(tmp_path / "sign"), value)) for value in range(4)]
    assert read(perform_pieces(pieces)) == [0, 2, 4, 6]


def test_workers_that_are_always_lost_get_a_sentence(monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", -1.0)
    with pytest.raises(WorkersLostError, match="ended from outside 3 times"):
        perform_pieces([Piece(die, (1,)), Piece(die, (2,))])


def test_an_executor_that_loses_its_workers_gets_a_sentence_and_what_is_done_is_kept(tmp_path):
    pieces = [*make_pieces(3), Piece(die, (1,))]
    with (
        TrialStore(tmp_path / "kept.sqlite") as store,
        ProcessPoolExecutor(1, get_context("spawn")) as executor,
    ):
        with pytest.raises(WorkersLostError, match="the executor lost its workers"):
            perform_pieces(pieces, executor=executor, store=store)
        assert len(store) == 3


def test_an_error_of_the_work_is_told_as_it_is(monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", -1.0)
    with pytest.raises(ValueError, match="no such value: 7"):
        perform_pieces([Piece(fail, (7,))])


def test_a_full_store_is_told_once_and_the_work_goes_on(tmp_path):
    with TrialStore(tmp_path / "full.sqlite") as store:
        store.connection.execute("PRAGMA max_page_count = 4")
        pieces = [Piece(make_large, (value,), f"large {value}") for value in range(4)]
        with pytest.warns(UserWarning, match="full.sqlite cannot take more trials") as told:
            outcomes = perform_pieces(pieces, store=store)
    assert len(told) == 1
    assert [float(each["value"][0]) for each in outcomes] == [0, 1, 2, 3]


def make_large(value):
    return {"value": np.full(4000, float(value))}


def test_a_file_that_is_no_store_gets_a_sentence(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but a text that is long enough to be read as one\n" * 20)
    with pytest.raises(ValueError, match=r"notes\.txt is no store of trials"):
        TrialStore(path)
    with pytest.raises(ValueError, match="cannot be opened as a store of trials: unable to open"):
        TrialStore(tmp_path / "no folder" / "kept.sqlite")


def test_a_broken_store_in_the_cache_is_set_aside_and_a_new_one_made(tmp_path):
    (tmp_path / "trials.sqlite").write_text("broken " * 200)
    path = find_cached_store(tmp_path)
    with TrialStore(path) as store:
        assert len(store) == 0
    assert (tmp_path / "trials.broken.sqlite").read_text().startswith("broken")
    assert find_cached_store(tmp_path) == path


def test_a_damaged_entry_counts_as_none(tmp_path):
    path = tmp_path / "kept.sqlite"
    with TrialStore(path) as store:
        store.put("key", double(3))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE trials SET arrays = substr(arrays, 1, 40)")
    connection.close()
    with TrialStore(path) as store:
        assert store.get("key") is None


def test_two_processes_may_use_one_store(tmp_path):
    path = tmp_path / "kept.sqlite"
    with TrialStore(path) as one, TrialStore(path) as other:
        one.put("a", double(1))
        other.put("b", double(2))
        assert read([one.get("b") or {}, other.get("a") or {}]) == [4, 2]


def test_a_key_is_the_same_in_another_process_and_follows_the_content():
    code = (
        "from optviz import Noisy, surface; from optviz.runs.store import make_key;"
        "print(make_key(Noisy(surface('rosenbrock'), 0.5), {'a': 1}))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == make_key(ROUGH, {"a": 1})
    assert make_key(Noisy(surface("rosenbrock"), 0.25), {"a": 1}) != make_key(ROUGH, {"a": 1})


def test_a_key_follows_the_text_of_functions_and_modules(tmp_path):
    torch = pytest.importorskip("torch")
    texts = []
    for factor in (2, 3):
        path = tmp_path / str(factor) / "own.py"
        path.parent.mkdir()
        path.write_text(f"def scale(x):\n    return {factor} * x\n")
        spec = spec_from_file_location("own", path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        texts.append(make_key(module.scale))
    assert texts[0] != texts[1]
    layers = [torch.nn.Linear(2, 2) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    assert make_key(layers[0]) == make_key(layers[1])
    with torch.no_grad():
        layers[1].bias += 1
    assert make_key(layers[0]) != make_key(layers[1])


def test_quick_work_starts_no_process(monkeypatch):
    def refuse():
        raise AssertionError("processes were started")

    monkeypatch.setattr(work_module, "start_processes", refuse)
    assert read(perform_pieces(make_pieces(3))) == [0, 2, 4]


def test_long_work_goes_to_processes(monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", 0.05)
    places = perform_pieces([Piece(tell_process, (0.03,)) for _ in range(8)])
    processes = [int(each["process"]) for each in places]
    assert processes[0] == os.getpid()
    assert processes[-1] != os.getpid()


def tell_process(seconds):
    time.sleep(seconds)
    return {"process": np.array(os.getpid())}


def test_a_database_of_another_kind_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"other\.db is no store of trials .*another kind"):
        TrialStore(path)
    assert path.read_bytes() == before


def test_what_is_no_executor_is_refused():
    wrong: Any = 3
    with pytest.raises(ValueError, match=r"executor must be one of concurrent\.futures, got 3"):
        perform_pieces(make_pieces(1), executor=wrong)
