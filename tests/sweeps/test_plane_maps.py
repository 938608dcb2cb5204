"""Maps of starts on a plane, held to basin maps and to runs alone."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch

from optviz import Momentum, Noisy, Plane, parse_spec, run, surface
from optviz.landscapes.minima import find_minima
from optviz.pytorch.module_problem import ModuleProblem
from optviz.runs.store import make_key
from optviz.sweeps import Here, TrialStore, WorkCanceledError, basin_maps, plane_map
from optviz.sweeps.basins import DIVERGED, ELSEWHERE, NO_LOSS
from tests.support.cases import every
from tests.support.models_made import MODELS, make_net

IDENTITY = Plane(np.zeros(2), np.eye(2), "of both parameters")
WINDOW = ((-2.0, 2.0), (-2.0, 2.0))


def make_plane(problem):
    """Return a plane through the problem's start."""
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(len(problem.start), 2)))[0].T
    return Plane(problem.start.astype(float), axes, "at random")


def make_map(problem, rule="momentum:lr=0.1", steps=12, size=4, **more):
    """Return a small map around the start of a problem."""
    return plane_map(problem, rule, make_plane(problem), steps, window=WINDOW, size=size, **more)


def read_arrays(made):
    """Return the bytes of what became of the runs."""
    names = "final", "best", "end", "arrived", "distance", "coords", "off"
    return [getattr(made, name).tobytes() for name in names]


@every("text", ["sgd:lr=0.01", "momentum:lr=0.05", "adam:lr=0.3,schedule=cosine"])
@every("sigma", [0.0, 1.0])
def test_a_map_of_a_surface_is_its_basin_map_cell_for_cell(text, sigma):
    problem: Any = surface("himmelblau")
    goals = find_minima(problem)
    problem = Noisy(problem, sigma) if sigma else problem
    [basins] = basin_maps(problem, text, 100, size=31, seed=3)
    more = {"window": problem.window, "size": 31, "goals": goals, "seed": 3}
    made = plane_map(problem, text, IDENTITY, 100, **more)
    assert made.within == basins.within
    np.testing.assert_array_equal(made.end, basins.end)
    np.testing.assert_array_equal(made.arrived, basins.arrived)
    np.testing.assert_array_equal(made.final, basins.final)
    assert "Every end lies on the plane." in made.to_text() or (made.end == DIVERGED).all()


def test_starts_without_a_loss_and_those_that_diverge_are_told_apart():
    problem = surface("log(x + 1) - log(x + 1) + x^4 + y^2")
    window, goals = ((-3.0, 40.0), (-1.0, 1.0)), np.array([(0.0, 0.0)])
    [basins] = basin_maps(problem, "sgd:lr=0.1", 100, window=window, size=44, minima=goals)
    more = {"window": window, "size": 44, "goals": goals}
    made = plane_map(problem, "sgd:lr=0.1", IDENTITY, 100, **more)
    np.testing.assert_array_equal(made.end, basins.end)
    assert (made.end[:, made.x < -1] == NO_LOSS).all()
    assert np.isnan(made.coords[made.end == NO_LOSS]).all()


@every("name", list(MODELS))
@every("text", ["adam:lr=0.1,schedule=cosine", "momentum:lr=0.5"])
def test_each_start_ends_as_its_run_alone(name, text):
    problem, spec = MODELS[name](), parse_spec(text)
    goals = [run(problem, Momentum(lr=0.2), 40).end]
    made = make_map(problem, text, goals=goals, within=0.4, seed=5)
    plane = make_plane(problem)
    for row, column in np.ndindex(4, 4):
        on = made.x[column] * plane.axes[0] + made.y[row] * plane.axes[1]
        start = (plane.origin + on).astype(problem.start.dtype)
        alone = run(problem, spec.rule, 12, start=start, schedule=spec.schedule, seed=5)
        assert made.final[row, column] == alone.losses[-1]
        assert made.best[row, column] == alone.losses.min()
        away = np.linalg.norm(alone.path - goals[0], axis=1)
        assert made.distance[row, column] == pytest.approx(away[-1], rel=1e-5)
        assert made.end[row, column] == (0 if away[-1] <= made.within else ELSEWHERE)
        far = np.flatnonzero(away > made.within)
        since = far[-1] + 1 if far.size else 0
        assert made.arrived[row, column] == (since if since <= 12 else -1)
        way = alone.path[-1].astype(float) - start
        on = plane.axes @ way
        assert made.off[row, column] == pytest.approx(
            np.linalg.norm(way - on @ plane.axes) / np.linalg.norm(way), abs=1e-4
        )
        np.testing.assert_allclose(made.coords[row, column], plane.project(alone.end)[0][0])


def test_the_nearest_of_several_goals_counts():
    goals = np.array([(1.0, 0.0), (0.2, 0.0)])
    made = plane_map(
        surface("bowl"), "sgd:lr=0.1", IDENTITY, 60, window=WINDOW, size=3, goals=goals, within=1.0
    )
    assert (made.end == 1).all()
    assert made.distance == pytest.approx(0.2, abs=0.02)


@every("name", ["net", "ratings"])
def test_fewer_losses_change_nothing_but_the_best(name):
    problem = MODELS[name]()
    goals = [problem.start]
    many, few = (make_map(problem, goals=goals, within=0.5, every=each) for each in (1, 5))
    names = "final", "end", "arrived", "distance", "coords", "off"
    for each in names:
        np.testing.assert_array_equal(getattr(many, each), getattr(few, each))
    assert (many.best <= few.best).all()
    assert (many.best < few.best).any() or name == "net"


def test_a_model_that_diverges_or_has_no_loss_says_so():
    wild = make_map(make_net(), "sgd:lr=1e30", steps=9)
    assert (wild.end == DIVERGED).all()
    assert np.isinf(wild.final).all()
    torch.manual_seed(0)
    inputs = torch.randn(6, 2)
    layer = torch.nn.Linear(2, 1)
    root = ModuleProblem(layer, lambda out, _: (-out.square()).sqrt().mean(), inputs, inputs)
    nothing = make_map(root, steps=3)
    assert (nothing.end == NO_LOSS).all()
    assert np.isnan(nothing.final).all()
    assert "No run ends with a loss." in nothing.to_text()


@every("name", list(MODELS))
def test_models_travel_and_have_a_key_of_their_content(name):
    problem = MODELS[name]()
    key, first = make_key(problem), run(problem, Momentum(lr=0.1), 5, seed=2)
    twin = pickle.loads(pickle.dumps(problem))  # noqa: S301
    again = run(twin, Momentum(lr=0.1), 5, seed=2)
    assert again.losses.tobytes() == first.losses.tobytes()
    assert make_key(problem) == key, "it has been elsewhere meanwhile"
    assert make_key(twin) == make_key(MODELS[name]()) == key
    assert len({make_key(each()) for each in MODELS.values()}) == len(MODELS)


def test_a_canceled_map_goes_on_where_it_was(tmp_path):
    told = []
    more = {"size": 6, "store": tmp_path / "maps.sqlite", "executor": Here()}
    with pytest.raises(WorkCanceledError, match="canceled after 2 of 5 pieces"):
        make_map(
            make_net(),
            cancel=lambda: told and told[-1] == 2,
            on_progress=lambda done, _: told.append(done),
            **more,
        )
    with TrialStore(tmp_path / "maps.sqlite") as store:
        assert len(store) == 2
    told.clear()
    made = make_map(make_net(), on_progress=lambda done, _: told.append(done), **more)
    assert told == [2, 3, 4, 5]
    assert read_arrays(made) == read_arrays(make_map(make_net(), size=6))


def test_it_says_what_the_plane_does_not_show():
    problem = make_net()
    runs = [run(problem, Momentum(lr=0.2), 60, seed=each) for each in (0, 1)]
    made = make_map(problem, goals=runs[0])
    text = made.to_text()
    assert "12 steps from 16 starts on a plane (at random) of 13 parameters" in text
    assert f"{np.median(made.off):.0%} of the straight way from start to end (median)" in text
    assert f"near goal 1, whose loss is {runs[0].losses[-1]:.4g}" in text
    assert repr(made) == "PlaneMap('Momentum lr=0.1' on 'net': 4 x 4 starts)"
    assert "starts on a plane" in made._repr_html_()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"problem": "x^2"}, "problem must be a problem such as surface"),
        ({"plane": 5}, "plane must be a Plane"),
        ({"plane": IDENTITY}, "the plane is of 2 parameters, net has 13"),
        ({"window": ((1, 0), (0, 1))}, "a window is"),
        ({"size": 1}, "size must be a whole number of at least 2"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"every": 0}, "every must be a whole number of at least 1"),
        ({"goals": 5}, "goals must be points of 13 parameters, or runs, got 5"),
        ({"goals": [[1.0, 2.0]]}, "goals must be points of 13 parameters"),
        ({"goals": np.full(13, np.nan)}, "goals must be points of 13 parameters"),
        ({"within": -1}, "within must be a part of the window's side above 0, got -1"),
        ({"rule": "adm"}, "nearest: adam"),
    ],
)
def test_mistakes_are_told(change, sentence):
    net = make_net()
    given: Any = {"problem": net, "rule": "sgd", "plane": make_plane(net), "steps": 2} | change
    given = {"window": WINDOW, "size": 2} | given
    first = [given.pop(name) for name in ("problem", "rule", "plane", "steps")]
    with pytest.raises(ValueError, match=sentence):
        plane_map(*first, **given)
