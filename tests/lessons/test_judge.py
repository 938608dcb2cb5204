"""The judge: what holds, in Python and in the browser's own code."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optviz import Experiment
from optviz.lessons.checking import find_faults, read_shown
from optviz.lessons.conditions import AT_STEP, RUN_MEASURES, Quantity, holds, parse_condition
from optviz.lessons.judge import judge, read_race
from optviz.lessons.library import read_library
from optviz.lessons.page import describe_question
from optviz.lessons.pictures import PICTURES
from optviz.lessons.record import Choice, Question, Shown
from optviz.views.live.payload import describe_experiment
from tests.support.requirements import missing

RACE = Experiment(
    problem="ravine",
    rules=("sgd:lr=0.01", "sgd:lr=0.07", "sgd:lr=0.085,schedule=cosine", "sgd:lr=1e30"),
    steps=40,
)
QUESTIONS = [
    (step.shown, step.question)
    for lesson in read_library().values()
    for step in lesson.steps
    if step.question
]
QUANTITIES = [Quantity(name) for name in RUN_MEASURES if name != "loss"]
QUANTITIES += [Quantity(name, at=at) for name in AT_STEP for at in (0, 7, 30)]


@pytest.fixture(scope="module")
def read():
    return read_race(RACE.perform())


def test_measures_are_those_of_the_record(read):
    runs = list(RACE.perform().trajectories.values())
    first, second = runs[0], runs[1]
    assert read(Quantity("final", 1)) == first.losses[-1]
    assert read(Quantity("best", 2)) == second.losses.min()
    assert read(Quantity("loss", 2, 7)) == second.losses[7]
    assert read(Quantity("y", 2, 7)) == second.path[7, 1]
    assert read(Quantity("x", 2)) == second.path[-1, 0]
    moves = np.diff(second.path, axis=0)
    assert read(Quantity("travel", 2)) == pytest.approx(np.hypot(*moves.T).sum())
    assert read(Quantity("turns y", 2)) == sum(moves[1:, 1] * moves[:-1, 1] < 0)
    assert read(Quantity("steps", 1)) == np.inf
    assert read(Quantity("outcome", 4)) == "diverged"
    assert read(Quantity("lr", 3, 20)) == pytest.approx(0.085 / 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("final 2 < final 1", True),
        ("final 2 < 1e-6 * final 1", False),
        ("final 2 < 0.01 and turns y 2 >= 5", True),
        ("final 2 < 0.01 and turns y 2 < 5", False),
        ("outcome 4 = growing or diverged", True),
        ("outcome 4 != growing or diverged", False),
        ("loss 4 at 39 > 0", False),  # it has left by then: there is no such number
        ("loss 4 at 39 <= 0", False),
        ("steps 1 > 1e300", True),
        ("turns x 1 = 0", True),
    ],
)
def test_condition_holds_as_it_reads(read, text, expected):
    assert holds(parse_condition(text), read) is expected


def ask(*conditions, experiment=RACE):
    choices = [
        Choice(f"choice {i}", None if text == "otherwise" else parse_condition(text))
        for i, text in enumerate(conditions)
    ]
    return Question("What?", tuple(choices), "So.", Shown(experiment))


def test_otherwise_holds_where_nothing_else_does(read):
    assert judge(ask("final 2 > 1", "otherwise"), read) == [False, True]
    assert judge(ask("final 2 < 1", "otherwise"), read) == [True, False]


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        (("final 1 < 0", "final 1 > 100"), "no choice holds: exactly one must, by its run (run 1:"),
        (("final 1 > 0", "final 1 > 0.1"), '2 choices hold, "choice 0" and "choice 1"'),
        (("final 7 > 0", "otherwise"), "no run 7: the race has 4"),
        (("loss 1 at 90 > 0", "otherwise"), "no step 90: the race has 40"),
        (("final 1 >= final 1", "otherwise"), "two numbers that are equal but for rounding"),
    ],
)
def test_question_without_one_answer_is_told(conditions, sentence):
    assert any(sentence in each for each in find_faults(ask(*conditions)))


def list_jobs():
    """The race of all measures first, then every question of the library."""
    shown = Shown(RACE)
    for before, asked in [(shown, ask("final 2 < final 1", "otherwise")), *QUESTIONS]:
        job = {"choices": describe_question(asked, before, 0)["choices"]}
        if asked.shown.picture:
            picture, table = PICTURES[asked.shown.picture], asked.shown.table
            job |= {"picture": asked.shown.picture, "table": picture.describe(table)}
            yield job | {"modules": picture.modules(table)}
        else:
            assert asked.shown.experiment
            record = describe_experiment(replace(asked.shown.experiment, view=()))
            yield job | {"modules": record.pop("modules"), "experiment": record}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    folder = tmp_path_factory.mktemp("judged")
    asked = {"jobs": list(list_jobs()), "quantities": [each._asdict() for each in QUANTITIES]}
    (folder / "jobs.json").write_text(json.dumps(asked))
    subprocess.run([node, Path(__file__).with_name("judged.mjs"), folder], check=True, timeout=120)
    return json.loads((folder / "made.json").read_text())


def test_browser_measures_the_same_of_each_run(judged, read):
    for place, own in enumerate(judged[0]["values"], 1):
        for quantity, text in zip(QUANTITIES, own, strict=True):
            wanted = read(quantity._replace(run=place))
            if isinstance(wanted, str):
                assert text == wanted, quantity
            else:
                value = float(text.replace("Infinity", "inf"))
                assert value == pytest.approx(wanted, rel=1e-12, nan_ok=True), (place, quantity)


def test_browser_and_python_judge_every_question_alike(judged):
    assert len(judged) == 1 + len(QUESTIONS)
    for (_, asked), own in zip(QUESTIONS, judged[1:], strict=True):
        assert own["held"] == judge(asked, read_shown(asked.shown)), asked.ask
        assert sum(own["held"]) == 1, asked.ask
