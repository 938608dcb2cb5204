"""Maps of models: two hyperparameters held to runs alone, and the same bytes from any executor."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from optviz import Adam, Line, Momentum, Noisy, Plane, parse_spec, run, surface
from optviz.sweeps import Here, TrialStore, WorkCanceledError, plane_map, sweep_map
from optviz.sweeps.sweep_records import DIVERGING, REGIMES
from tests.support.cases import every
from tests.support.models_made import MODELS, make_net, make_ratings
from tests.support.requirements import missing

AXES = {"lr": [0.01, 0.3, 1e30], "beta1": [0.0, 0.9]}
DATA = [name for name in MODELS if name != "net"]
"""The models whose seeds are orders of the data."""


def draw_plane(problem):
    """Return a map of starts around that of a model."""
    axes = np.eye(2, len(problem.start))
    plane = Plane(problem.start.astype(float), axes, "of two weights")
    return plane, {"window": ((-1, 1), (-1, 1)), "size": 3, "goals": problem.start}


def read_maps(name, **work):
    """Return the bytes of both maps of a model."""
    problem = MODELS[name]()
    plane, more = draw_plane(problem)
    starts = plane_map(problem, "adam:lr=0.1", plane, 6, **more, **work)
    pairs = sweep_map(problem, "momentum", AXES, 6, seeds=1 + (name in DATA), **work)
    arrays = {**vars(starts), **vars(pairs)}
    return {key: each.tobytes() for key, each in arrays.items() if isinstance(each, np.ndarray)}


@every("name", list(MODELS))
@every("text", ["momentum", "adam:wd=0.01,schedule=cosine"])
def test_each_pair_ends_as_its_run_alone(name, text):
    problem, spec, seeds = MODELS[name](), parse_spec(text), 1 + (name in DATA)
    made = sweep_map(problem, text, AXES, 10, seeds=seeds, target=1.2)
    for seed, row, column in np.ndindex(seeds, 2, 3):
        values = {"lr": float(made.x[column]), "beta1": float(made.y[row])}
        inner = spec.rule if text == "momentum" else spec.rule.rule
        rule = type(inner)(**values)
        rule = rule if text == "momentum" else type(spec.rule)(rule, spec.rule.wd)
        alone = run(problem, rule, 10, seed=seed, schedule=spec.schedule)
        losses = alone.losses[np.isfinite(alone.losses)]
        assert made.final[seed, row, column] == (losses[-1] if alone.is_finished else np.inf)
        assert made.best[seed, row, column] == losses.min()
        steps = np.flatnonzero(alone.losses <= 1.2)
        assert made.reached[seed, row, column] == (steps[0] if steps.size else -1)
        if seed == 0 and not alone.is_finished:
            assert made.rate[row, column] == np.inf
            assert REGIMES[made.regime[row, column]] == DIVERGING
    assert np.isnan(made.rate[:, 0]).all(), "no lowest loss is known"
    assert made.border is None
    assert made.seeds == tuple(range(seeds))


@pytest.fixture(scope="module")
def alone():
    """The maps that are made in this process."""
    return {name: read_maps(name, executor=Here()) for name in MODELS}


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_make_the_same_bytes(alone, workers):
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for name in MODELS:
            assert read_maps(name, executor=pool) == alone[name]


def test_a_cluster_makes_the_same_bytes(alone):
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        missing('there is no distributed here: pip install "distributed"')
    settings: Any = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with (
        LocalCluster(host="127.0.0.1", **settings) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        for name in MODELS:
            assert read_maps(name, executor=client.get_executor(pure=False)) == alone[name]


def test_a_canceled_sweep_goes_on_where_it_was(tmp_path):
    told: list[int] = []
    work: Any = {"store": tmp_path / "sweep.sqlite", "executor": Here()}
    work["on_progress"] = lambda done, _: told.append(done)
    with pytest.raises(WorkCanceledError, match="canceled after 4 of 6 pieces"):
        sweep_map(make_net(), "momentum", AXES, 6, cancel=lambda: told[-1] == 4, **work)
    with TrialStore(tmp_path / "sweep.sqlite") as store:
        assert len(store) == 4
    told.clear()
    made = sweep_map(make_net(), "momentum", AXES, 6, **work)
    assert told == [4, 5, 6]
    assert (made.final == sweep_map(make_net(), "momentum", AXES, 6).final).all()


def test_a_sweep_in_one_run_tells_its_steps_and_can_be_canceled():
    told: list[Any] = []
    given: Any = (surface("bowl"), "momentum", {"lr": [0.1, 0.2], "beta1": [0.0, 0.5]}, 5)
    sweep_map(*given, on_step=told.append, on_progress=lambda *each: told.append(each))
    assert told == [each for step in range(5) for each in (step, (step, 5))]
    with pytest.raises(WorkCanceledError, match="canceled after 2 of 5 steps"):
        sweep_map(*given, on_step=told.append, cancel=lambda: told[-1] == 1)


def test_a_seed_may_have_weights_of_its_own():
    problem = make_net()
    starts = np.random.default_rng(0).normal(size=(13, 3)).astype(np.float32)
    made = sweep_map(problem, "momentum", AXES, 5, start=starts, seeds=3)
    for seed in range(3):
        alone = run(problem, Momentum(lr=0.3, beta1=0.9), 5, start=starts[:, seed], seed=seed)
        assert made.final[seed, 1, 1] == alone.losses[-1]


def test_fewer_losses_keep_the_ends():
    problem = make_ratings()
    many, few = (sweep_map(problem, "momentum", AXES, 9, seeds=2, every=n) for n in (1, 4))
    np.testing.assert_array_equal(many.final, few.final)
    np.testing.assert_array_equal(many.diverged, few.diverged)
    taken = [0, 4, 8, 9]
    alone = run(problem, Momentum(lr=0.3, beta1=0.9), 9, seed=1)
    assert few.best[1, 1, 1] == alone.losses[taken].min()
    assert few.every == 4


def test_a_model_with_noise_is_trained_pair_by_pair_too():
    problem = Noisy(make_net(), 0.1)
    made = sweep_map(problem, "adam", {"lr": [0.01, 0.1], "beta1": [0.5, 0.9]}, 5, seeds=2)
    alone = run(problem, Adam(lr=0.1, beta1=0.5), 5, seed=1)
    assert made.final[1, 0, 1] == alone.losses[-1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeds": 2}, "several seeds are for gradient noise, net takes the same data with each"),
        ({"problem": Line(), "seeds": 2}, "several seeds are for gradient noise"),
        ({"every": 0}, "every must be a whole number of at least 1"),
        (
            {"start": np.zeros((13, 3)), "seeds": 2},
            "start must be 13 numbers, or for 2 seeds 13 x 2, got 13 x 3",
        ),
        ({"start": np.zeros(5)}, "start must be 13 numbers, got 5"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"problem": make_net(), "rule": "momentum", "axes": AXES, "steps": 3} | change
    with pytest.raises(ValueError, match=sentence):
        sweep_map(**given)
