"""An experiment performed: which runs it has, what they are called, and that each is made once."""

import json
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

import optviz as ov
from optviz.experiments import perform
from optviz.experiments.surface import Experiment

RULES = ("sgd:lr=0.001", "momentum:lr=0.001,on=no", "adam:lr=0.05")
PIN = Experiment(
    problem="ravine", rules=("adam:lr=0.2",), steps=25, start=(1.0, 1.0), seed=4, noise=0.5
)
WHOLE = Experiment(
    rules=RULES,
    steps=40,
    also=((0.5, 0.5), (-1.0, 2.0)),
    forks=("3@12:adam:lr=0.05", "3@12:sgd:lr=0.002", "2@5:momentum:lr=0.002"),
    pins=(PIN.to_query(), "rule=sgd:lr=0.001&steps=30"),
    noise=0.1,
    seed=9,
)  # fmt: skip
SURFACE = ov.Noisy(ov.surface("rosenbrock"), 0.1)


def runs(experiment):
    return list(experiment.perform().trajectories.values())


def test_runs_come_in_order_and_say_which_they_are():
    main = {"start": 0, "fork": None, "pin": None}
    assert [each.about["origin"] for each in runs(WHOLE)] == [
        {**main, "rule": 0},
        {**main, "rule": 0, "start": 1},
        {**main, "rule": 0, "start": 2},
        {**main, "rule": 2},
        {**main, "rule": 2, "start": 1},
        {**main, "rule": 2, "start": 2},
        {**main, "rule": 2, "fork": 0},
        {**main, "rule": 2, "fork": 1},
        {**main, "rule": 1, "fork": 2},
        {**main, "rule": None, "pin": 0},
        {**main, "rule": None, "pin": 1},
    ]


def test_labels_tell_starts_forks_and_pins_apart():
    surface = " ".join(f"{k}={v:g}" for k, v in ov.surface("ravine").formula.parameters.items())
    comparison = WHOLE.perform()
    assert list(comparison.trajectories) == [
        "SGD lr=0.001",
        "SGD lr=0.001 from (0.5, 0.5)",
        "SGD lr=0.001 from (-1, 2)",
        "Adam lr=0.05",
        "Adam lr=0.05 from (0.5, 0.5)",
        "Adam lr=0.05 from (-1, 2)",
        "Adam lr=0.05 from step 12",
        "SGD lr=0.002 from step 12",
        "Momentum lr=0.002 from step 5",
        f"pinned: Adam lr=0.2 on ravine {surface}".rstrip(),
        "pinned: SGD lr=0.001",
    ]
    assert [each.label for each in comparison.trajectories.values()] == list(
        comparison.trajectories
    )


def test_every_run_is_what_run_and_fork_make():
    adam = ov.run(SURFACE, ov.Adam(0.05), 40, seed=9)
    pinned = ov.run(ov.Noisy(ov.surface("ravine"), 0.5), ov.Adam(0.2), 25, start=(1, 1), seed=4)
    expected = {
        0: ov.run(SURFACE, ov.SGD(0.001), 40, seed=9),
        2: ov.run(SURFACE, ov.SGD(0.001), 40, start=(-1, 2), seed=9),
        3: adam,
        7: ov.fork(SURFACE, adam, 12, ov.SGD(0.002)),
        8: ov.fork(SURFACE, ov.run(SURFACE, ov.Momentum(0.001), 40, seed=9), 5, ov.Momentum(0.002)),
        9: pinned,
        10: ov.run(ov.surface("rosenbrock"), ov.SGD(0.001), 30),
    }
    made = runs(WHOLE)
    for place, each in expected.items():
        np.testing.assert_array_equal(made[place].path, each.path)
        np.testing.assert_array_equal(made[place].step, each.step)


def test_an_unchanged_fork_is_the_rest_of_its_run():
    made = runs(WHOLE)
    np.testing.assert_array_equal(made[6].path, made[3].path[12:])
    assert made[6].step.tolist() == list(range(12, 41))


def test_a_change_of_one_optimizer_leaves_the_other_runs_as_they_are():
    before = runs(WHOLE)
    after = runs(replace(WHOLE, rules=("sgd:lr=0.002", *RULES[1:]), view=("3d",), at=3, target=1.0))
    assert [one.path is other.path for one, other in zip(before, after, strict=True)] == [
        False, False, False, *[True] * 8
    ]  # fmt: skip


def test_runs_that_are_shared_cannot_be_altered():
    (first, *_) = runs(WHOLE)
    with pytest.raises(ValueError, match="read-only"):
        first.path[0] = 0
    first.about["label"] = "changed"
    assert runs(WHOLE)[0].label == "SGD lr=0.001"


def test_a_fork_of_a_run_that_ended_before_does_not_begin():
    wild = Experiment(
        problem="x^2 + y^2", rules=("sgd:lr=1e30",), steps=50, forks=("1@30:sgd:lr=0.1",)
    )
    parent, fork = runs(wild)
    assert parent.step[-1] < 30
    assert fork.ended == f"not begun: the run that it leaves {parent.ended}"
    assert (len(fork), fork.step[0]) == (0, parent.step[-1])
    *numbers, outcome = list(wild.perform().rows()[1].values())[1:]
    assert (numbers, outcome) == ([None] * 4, "not begun")
    assert np.isnan(wild.perform().table.iloc[1, :2].astype(float)).all()
    assert fork.label == "SGD lr=0.1 from step 30"


def test_a_pin_is_judged_on_its_own_surface():
    rows = WHOLE.perform().rows()
    end = runs(PIN)[0].end
    distances = [np.linalg.norm(end - np.array(each)) for each in ov.surface("ravine").minima]
    assert rows[9]["distance to minimum"] == min(distances)


def test_steps_to_the_target_count_from_the_start_of_the_run_that_a_fork_leaves():
    bowl = Experiment(
        problem="x^2", rules=("sgd:lr=0.25",), start=(1.0, 0.0), steps=20,
        forks=("1@4:sgd:lr=0.5",), target=1e-6,
    )  # fmt: skip
    comparison = bowl.perform()
    assert comparison.target == 1e-6
    # x halves each step: x*x <= 1e-6 after 10; the fork reaches 0 in its first step.
    assert [row["steps to target"] for row in comparison.rows()] == [10, 5]


def test_pins_alone_can_be_shown():
    off = Experiment(rules=("sgd:lr=0.001,on=no",), pins=("rule=adam:lr=0.05",))
    assert list(off.perform().trajectories) == ["pinned: Adam lr=0.05"]
    with pytest.raises(ValueError, match="no optimizer is switched on"):
        replace(off, pins=()).perform()


def test_only_so_many_runs_are_remembered():
    for seed in range(perform.MANY + 5):
        Experiment(rules=("sgd:lr=0.1",), steps=1, seed=seed).perform()
    assert perform.make_short_run.cache_info().currsize == perform.MANY


def test_json_of_a_comparison_holds_every_number():
    comparison = WHOLE.perform()
    record = json.loads(comparison.to_json() or "", parse_constant=pytest.fail)
    assert record["target"] == comparison.target
    assert record["rows"] == comparison.rows()
    for written, (label, run) in zip(record["runs"], comparison.trajectories.items(), strict=True):
        assert (written["label"], written["ended"]) == (label, run.ended)
        assert written["about"] == run.about
        for name, column in run.columns().items():
            assert [nan_or(each) for each in written["columns"][name]] == [
                nan_or(each) for each in column.tolist()
            ]


def nan_or(value):
    return None if value is None or isnan(value) else value


def test_json_of_a_run_that_diverged_is_strict(tmp_path):
    file = tmp_path / "run.json"
    wild = Experiment(problem="x^2 + y^2", rules=("sgd:lr=1e30",), steps=50)
    assert wild.perform().to_json(file) is None
    record = json.loads(file.read_text(), parse_constant=pytest.fail)
    assert record["runs"][0]["columns"]["loss"][-1] is None
    assert record["rows"][0]["final loss"] is None


def test_a_script_makes_the_same_race_with_compare():
    adam, momentum = "adam:lr=0.05", "momentum:lr=0.001"
    settings = {"steps": 40, "seed": 9}
    off = ov.compare(SURFACE, [momentum], **settings).trajectories["Momentum lr=0.001"]
    ravine = ov.Noisy(ov.surface("ravine"), 0.5)
    made = (
        ov.compare(SURFACE, ["sgd:lr=0.001", adam], also=WHOLE.also, **settings)
        .forked("Adam lr=0.05", 12, adam)
        .forked("Adam lr=0.05", 12, "sgd:lr=0.002")
        .forked(off, 5, "momentum:lr=0.002")
        .pinned(ov.compare(ravine, ["adam:lr=0.2"], 25, seed=4, start=(1, 1)))
        .pinned(ov.compare(ov.surface("rosenbrock"), ["sgd:lr=0.001"], 30))
    )
    expected = WHOLE.perform()
    assert list(made.trajectories) == list(expected.trajectories)
    assert made.rows() == expected.rows()
    for one, other in zip(made.trajectories.values(), runs(WHOLE), strict=True):
        np.testing.assert_array_equal(one.path, other.path)
