"""The record of a fair race: links, limits in sentences, scripts, and what it holds."""

import runpy
from dataclasses import replace
from typing import Any

import pytest

from optviz import Noisy, surface
from optviz.experiments.kinds import find_kind, script
from optviz.experiments.races import RaceExperiment
from optviz.experiments.suite import list_suite
from optviz.runs.work import Here
from optviz.sweeps import Workload, claim, race

SMALL = RaceExperiment(
    problems=("ravine", "x^2 + 3*y^2"), steps=20, trials=4, choosing=2, reporting=10, noise=0.1
)


@pytest.mark.parametrize(
    "experiment",
    [RaceExperiment(), SMALL, RaceExperiment(problems=("suite",), tuning="self")],
    ids=["default", "small", "suite"],
)
def test_a_race_survives_its_link_and_its_json(experiment):
    assert RaceExperiment.from_query(experiment.to_query()) == (experiment, [])
    assert RaceExperiment.from_json(experiment.to_json()) == experiment
    assert find_kind(f"http://127.0.0.1:8050/race?{experiment.to_query()}").record is RaceExperiment


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("problem=rosenbrok", 'no surface "rosenbrok"; nearest: rosenbrock'),
        ("rule=sgd:lr=1", "a race needs two rules, got 1"),
        ("rule=sgd:lr=1&rule=adam:lr=1,on=no", "a race needs two rules, got 1"),
        (
            "rule=sgd:lr=1&rule=sgd:lr=2&rule=adam:lr=1",
            "each rule races once, got SGD, SGD: a race tunes lr, beta1, beta2 and wd itself",
        ),
        ("problem=bowl&problem=bowl", "each problem is raced on once, got bowl, bowl"),
        ("reporting=3", "reporting must be a whole number from 10 to 200, got 3"),
        ("trials=101", "trials must be a whole number from 1 to 100, got 101"),
        ("claim=adam is best", "a claim reads like \"adam beats sgd\", got 'adam is best'"),
        ("claim=adam beats sgd on ravin", 'no surface "ravin"; nearest: ravine'),
        ("tuning=me", 'tuning must be one of outside, self, got "me"'),
        ("problem=suite&problem=bowl", 'a race has a problem, or "suite" alone: name one'),
    ],
)
def test_what_is_wrong_in_a_link_is_said(query, sentence):
    assert RaceExperiment.from_query(query)[1] == [sentence]


def test_a_claim_is_checked_on_the_problem_that_it_names_or_on_the_first():
    first = replace(SMALL, mode="claim", claim="adam beats sgd").check_claim(executor=Here())
    named = replace(SMALL, mode="claim", claim="adam beats sgd on bowl").check_claim()
    assert (first.problem, named.problem) == ("Ravine", "Bowl")
    workload = Workload(Noisy(surface("ravine"), 0.1), 20, name="Ravine")
    counts: Any = {"trials": 4, "choosing": 2, "reporting": 10}
    assert first.rows() == claim("adam beats sgd", workload, **counts).rows()


def test_too_much_work_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"at most 2,000,000,000: take fewer problems"):
        RaceExperiment(problems=("suite",), steps=20_000, trials=100)


def test_work_counts_the_gradients_that_the_race_computes():
    assert SMALL.perform(executor=Here()).evaluations == SMALL.work()


def test_the_suite_is_what_can_run_here():
    assert RaceExperiment(problems=("suite",)).list_problems() == list_suite()


def test_a_race_is_that_of_the_library():
    workloads = [
        Workload(Noisy(surface(text), 0.1), 20, name=title)
        for text, title in (("ravine", "Ravine"), ("x^2 + 3*y^2", "x^2 + 3*y^2"))
    ]
    counts: Any = {"trials": 4, "choosing": 2, "reporting": 10}
    expected = race(workloads, ["sgd", "momentum", "adam"], **counts)
    assert SMALL.perform(executor=Here()).rows() == expected.rows()


@pytest.mark.parametrize("mode", ["race", "claim"])
def test_the_script_of_a_race_holds_the_same_race(mode, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("plotly.graph_objects.Figure.show", lambda _: None)
    experiment = replace(SMALL, mode=mode)
    (tmp_path / "race.py").write_text(script(experiment))
    runpy.run_path(str(tmp_path / "race.py"))
    told = capsys.readouterr().out.splitlines()
    made = experiment.perform() if mode == "race" else experiment.check_claim()
    assert told[1:] == made.to_text().splitlines()[1:]  # but for the time
