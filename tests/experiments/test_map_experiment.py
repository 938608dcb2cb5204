"""The record of a map: links, limits in sentences, and the race that a point stands for."""

import runpy

import numpy as np
import pytest

from optviz.experiments.kinds import find_kind, script
from optviz.experiments.maps import SHOWN, MapExperiment
from optviz.experiments.surface import Experiment
from optviz.rules import RULES
from optviz.sweeps import BasinMap, SweepMap
from optviz.views.sweeps import SHOWN as TITLES

SWEEP = MapExperiment(
    chart="sweep", problem="ravine", rules=("momentum:lr=0.01",), across="lr=0.001..0.5", size=7
)


@pytest.mark.parametrize(
    "experiment",
    [
        MapExperiment(),
        MapExperiment(problem="x^2 + a*y^2", parameters=(("a", 3.0),), noise=0.5, seed=4, size=9),
        SWEEP,
        MapExperiment(chart="sweep", rules=("adam:lr=0.1,wd=0.01",), up="wd=0..0.1", repeats=3),
    ],
    ids=["default", "formula", "sweep", "decay"],
)
def test_a_map_survives_its_link_and_its_json(experiment):
    assert MapExperiment.from_query(experiment.to_query()) == (experiment, [])
    assert MapExperiment.from_json(experiment.to_json()) == experiment
    assert find_kind(f"http://127.0.0.1:8050/maps?{experiment.to_query()}").record is MapExperiment


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("chart=pie", 'chart must be one of basin, sweep, got "pie"'),
        ("size=1", "size must be a whole number from 2 to 201, got 1"),
        ("show=loss", 'show must be one of final, steps, rate, diverged, regime, got "loss"'),
        ("across=lr", 'a range is NAME=LOW..HIGH, such as lr=0.001..1, got "lr"'),
        ("across=lr=1..0.1", "the range of lr must go up, got 1..0.1"),
        (
            "chart=sweep&rule=sgd:lr=0.1",
            "SGD has one number, lr: a map needs two, so take another ",
        ),
        (
            "chart=sweep&rule=momentum:lr=0.1&up=beta2=0..0.5",
            'Momentum has no number "beta2": it has lr, beta1, dampening',
        ),
        (
            "chart=sweep&rule=momentum:lr=0.1&up=beta1=0..1.5",
            "beta1 must be at least 0 and below 1, got 1.5",
        ),
        (
            "chart=sweep&rule=adam:lr=0.1&across=lr=0.1..1&up=lr=0.1..1",
            "across and up are two numbers of an optimizer, got lr twice",
        ),
        (
            "steps=20000&size=201&rule=adam:lr=0.1&rule=adam:lr=0.2&rule=sgd:lr=1&rule=sgd:lr=2",
            "the map makes 3,232,080,000 steps, at most 3,000,000,000: take a smaller size, ",
        ),
    ],
)
def test_what_is_wrong_in_a_link_is_said(query, sentence):
    (found,) = MapExperiment.from_query(query)[1]
    assert found.startswith(sentence)


def test_a_map_of_hyperparameters_is_of_the_first_rule_that_has_two():
    asked = MapExperiment(chart="sweep", rules=("sgd:lr=0.1", "adam:lr=0.1,on=no", "rmsprop:lr=1"))
    assert asked.map_part().rules == ("rmsprop:lr=1",)
    assert [each.name for each in asked.list_ranges()] == ["lr", "beta2"]


@pytest.mark.parametrize("rule", [name for name in RULES if name != "sgd"])
def test_every_rule_has_two_numbers_to_map_over_their_sliders(rule):
    asked = MapExperiment(chart="sweep", rules=(f"{rule}:lr=0.1",), size=3, steps=3)
    made = asked.perform()
    assert isinstance(made, SweepMap)
    assert (made.x_name, made.y_name) == tuple(each.name for each in asked.list_ranges())


def test_a_map_is_named_by_what_its_runs_depend_on():
    plain = MapExperiment()
    assert plain.map_part() == MapExperiment(show="rate", start=(1, 2), repeats=3).map_part()
    assert plain.map_part() != MapExperiment(seed=1).map_part()
    assert (
        SWEEP.map_part() == MapExperiment.from_query(f"{SWEEP.to_query()}&show=rate")[0].map_part()
    )


def test_no_optimizer_that_is_on_is_a_sentence():
    with pytest.raises(ValueError, match="no optimizer is switched on: switch one on"):
        MapExperiment(rules=("adam:lr=0.1,on=no",)).map_part()


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_a_start_of_a_map_opens_the_run_that_was_mapped(noise):
    asked = MapExperiment(size=5, steps=40, noise=noise, seed=3)
    made = asked.perform()
    assert isinstance(made, list)
    assert isinstance(made[0], BasinMap)
    opened = asked.open_at(float(made[0].x[3]), float(made[0].y[1]))
    assert isinstance(opened, Experiment)
    runs = opened.perform().trajectories.values()
    for basins, run in zip(made, runs, strict=True):
        final = run.losses[-1] if np.isfinite(run.losses).all() else np.inf
        assert final == pytest.approx(basins.final[1, 3], rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_a_cell_of_a_sweep_opens_the_run_that_was_mapped(noise):
    asked = MapExperiment.from_query(f"{SWEEP.to_query()}&noise={noise}&start=1,2&steps=40")[0]
    made = asked.perform()
    assert isinstance(made, SweepMap)
    opened = asked.open_at(float(made.x[2]), float(made.y[4]))
    (run,) = opened.perform().trajectories.values()
    assert run.losses[-1] == pytest.approx(made.final[0, 4, 2], rel=1e-9)


def test_progress_is_told_in_steps_and_may_stop_a_map():
    told = []

    def stop(done, total):
        told.append((done, total))
        if done > 5:
            raise KeyboardInterrupt

    for asked in (MapExperiment(size=3, steps=30), SWEEP):
        with pytest.raises(KeyboardInterrupt):
            asked.perform(stop)
    assert {total for _, total in told} == {90, 300}


def test_what_a_map_can_show_is_what_the_view_draws():
    assert tuple(TITLES) == SHOWN


@pytest.mark.parametrize(
    "experiment", [MapExperiment(size=9, steps=20), SWEEP], ids=["basin", "sweep"]
)
def test_the_script_of_a_map_makes_the_same_map(experiment, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("plotly.graph_objects.Figure.show", lambda _: None)
    (tmp_path / "map.py").write_text(script(experiment))
    runpy.run_path(str(tmp_path / "map.py"))
    made = experiment.perform()
    told = "\n".join(each.to_text() for each in (made if isinstance(made, list) else [made]))
    assert capsys.readouterr().out.strip() == told.strip()
