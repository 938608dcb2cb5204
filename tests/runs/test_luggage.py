"""What travels to other processes: no memory is shared, losses are those of one process."""

import os
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import optviz.runs.work as work_module
from optviz import Noisy, Plane
from optviz.pytorch.module_problem import ModuleProblem
from optviz.runs.luggage import TURN, Luggage, Piece, perform_alone, unpack
from optviz.runs.work import Here, perform_pieces
from optviz.sweeps import plane_map, sweep_map

WAIT_S = 120.0
AXES = {"lr": [0.01, 0.1], "beta1": [0.0, 0.5, 0.9]}


def make_digits():
    """Return a problem whose loss writes to its module, with running averages and dropout."""
    torch.manual_seed(0)
    layers = nn.Linear(8, 32), nn.BatchNorm1d(32), nn.Tanh(), nn.Dropout(0.2), nn.Linear(32, 3)
    inputs, targets = torch.randn(200, 8), torch.randint(0, 3, (200,))
    loss = nn.functional.cross_entropy
    return ModuleProblem(nn.Sequential(*layers), loss, inputs, targets, batch=16)


def take_losses(problem, points, folder, workers):
    """Return losses and the process that took them, once so many processes are at work."""
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + WAIT_S
    while len(os.listdir(folder)) < workers and time.monotonic() < until:
        time.sleep(0.01)
    losses = np.array([problem.loss(each) for each in points])
    return {"losses": losses, "process": np.array(os.getpid())}


def read_maps(executor):
    """Return the bytes of two maps: of a model with noise, and of starts of a model."""
    noisy, problem = Noisy(make_digits(), 0.1), make_digits()
    plane = Plane(problem.start.astype(float), np.eye(2, problem.start.size), "of two weights")
    pairs = sweep_map(noisy, "momentum", AXES, 12, seeds=2, executor=executor)
    window = ((-1.0, 1.0), (-1.0, 1.0))
    starts = plane_map(problem, "adam", plane, 12, window=window, size=5, executor=executor)
    arrays = {**vars(pairs), **vars(starts), "rates": pairs.rate}
    return {name: each.tobytes() for name, each in arrays.items() if isinstance(each, np.ndarray)}


@contextmanager
def start_dask():
    distributed = pytest.importorskip("distributed")
    settings: Any = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(host="127.0.0.1", **settings) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client.get_executor(pure=False)


EXECUTORS: dict[str, Any] = {
    "threads": lambda: ThreadPoolExecutor(4),
    "processes": lambda: ProcessPoolExecutor(2, get_context("spawn")),
    "own processes": nullcontext,
    "dask": start_dask,
}


@pytest.fixture(scope="module")
def alone():
    """The maps that are made in this process."""
    return read_maps(Here())


@pytest.mark.parametrize("name", EXECUTORS)
def test_workers_that_work_at_a_time_mix_no_losses(name, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(work_module, "QUICK_S", -1.0)
    problem = make_digits()
    shifts = np.random.default_rng(0).normal(0, 0.3, (8, 40, problem.start.size))
    points = (problem.start + shifts).astype(np.float32)
    expected = [problem.loss(each) for each in points.reshape(-1, problem.start.size)]
    workers = 1 if name == "threads" else 2
    pieces = [Piece(take_losses, (problem, each, tmp_path, workers)) for each in points]
    with EXECUTORS[name]() as executor:
        made = perform_pieces(pieces, executor=executor)
        assert len({int(each["process"]) for each in made}) >= workers
        np.testing.assert_array_equal(np.concatenate([each["losses"] for each in made]), expected)
        assert read_maps(executor) == alone
    assert not any(each.is_shared() for each in problem.module.state_dict().values())


def name_thing(thing, _):
    return {"id": np.array(id(thing))}


@pytest.fixture(scope="module")
def process():
    """Another process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        yield executor


def test_a_process_opens_once_what_all_pieces_share(process):
    for thing in (np.zeros(3), Luggage(np.ones(3))):
        pieces = [Piece(name_thing, (thing, place)) for place in range(4)]
        made = perform_pieces(pieces, executor=process)
        assert len({int(each["id"]) for each in made}) == 1


class Unopened:
    """What can be packed, and not opened."""

    def __reduce__(self):
        return unpack, (b"nothing",)


@pytest.mark.parametrize("thing", [Lock(), Unopened()], ids=["not packed", "not opened"])
@pytest.mark.parametrize("count", [1, 2], ids=["own", "shared"])
def test_what_cannot_travel_gets_a_sentence_and_the_workers_go_on(thing, count, process):
    sentence = "the work cannot go to another process .*: define its classes and functions at the"
    with pytest.raises(ValueError, match=sentence):
        perform_pieces([Piece(name_thing, (thing, 0))] * count, executor=process)
    assert perform_pieces([Piece(name_thing, (0, 0))], executor=process)


def test_functions_typed_in_a_session_travel(process):
    def double(value):
        return {"value": np.array(2 * value)}

    made = perform_pieces([Piece(double, (each,)) for each in (1, 2)], executor=process)
    assert [int(each["value"]) for each in made] == [2, 4]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_that_is_forked_during_the_turn_of_a_thread_does_its_work():
    taken, ends = Event(), Event()

    def work():
        with TURN.take():
            taken.set()
            ends.wait(WAIT_S)

    thread = Thread(target=work)
    piece = Piece(name_thing, (0, 0))
    forked = get_context("fork").Process(target=perform_alone, args=(piece,), daemon=True)
    thread.start()
    try:
        assert taken.wait(WAIT_S)
        forked.start()
        forked.join(20)
        assert forked.exitcode == 0
    finally:
        ends.set()
        thread.join()
        forked.kill()
