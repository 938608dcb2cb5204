"""The registry of experiment kinds: one more entry is found wherever the two others are."""

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import pytest

from optviz.commands.main import main
from optviz.experiments.base import Record
from optviz.experiments.kinds import KINDS, ExperimentKind, find_kind, script
from optviz.experiments.limits import check_finite
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment
from optviz.specs import parse_number


@dataclass(frozen=True)
class Countdown(Record):
    """A kind of experiment that only these tests have."""

    rules: tuple[str, ...] = ("sgd:lr=1",)
    height: float = 3.0

    parsers: ClassVar = Record.parsers | {"height": partial(parse_number, "height")}

    def __post_init__(self):
        super().__post_init__()
        self._set(height=check_finite("height", self.height))

    def perform(self):
        return [self.height - step for step in range(int(self.height))]


def report(experiment, arguments):
    print(experiment.perform(), arguments.csv)
    return 0


@pytest.fixture
def countdown(monkeypatch):
    """An experiment of a third kind, which is in the registry."""
    kind = ExperimentKind(
        record=Countdown,
        path="/countdown",
        action="counts down",
        write_script=lambda experiment: f"print({experiment.perform()})\n",
        report=f"{__name__}.report",
    )
    monkeypatch.setitem(KINDS, "Countdown", kind)
    return Countdown(height=2.0)


def test_a_third_kind_is_found_by_its_json_link_and_script(countdown):
    text = countdown.to_json()
    assert KINDS[json.loads(text)["kind"]].record.from_json(text) == countdown
    for link in (f"http://127.0.0.1:8050/countdown?{countdown.to_query()}", "?height=2"):
        kind = find_kind(link)
        assert kind.record.from_query(link.partition("?")[2]) == (countdown, [])
    assert script(countdown) == "print([2.0, 1.0])\n"


def test_a_third_kind_is_performed_in_the_terminal(countdown, capsys):
    assert main(["run", "?height=4", "--rule", "adam", "--csv", "out"]) == 0
    assert capsys.readouterr() == ("[4.0, 3.0, 2.0, 1.0] out\n", "")
    assert main(["run", "http://host/countdown?height=low&steps=3"]) == 2
    assert capsys.readouterr() == (
        "",
        'optviz: height must be a number, got "low"; the link has an unknown part "steps"\n',
    )
    assert main(["run", "?height=4", "--steps", "5"]) == 2
    assert capsys.readouterr().err == (
        "optviz: --steps is for surfaces, and this link counts down\n"
    )


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_registered_under_the_name_in_its_json(name):
    assert json.loads(KINDS[name].record().to_json())["kind"] == name


@pytest.mark.parametrize(
    ("link", "record"),
    [
        ("", Experiment),
        ("?steps=3", Experiment),
        ("http://127.0.0.1:8050", Experiment),
        ("http://127.0.0.1:8050/?problem=ravine", Experiment),
        ("?rule=sgd&seed=3", Experiment),
        ("?model=net", RatingsExperiment),
        ("?steps=3&user=", RatingsExperiment),
        ("https://optviz.example/movielens/", RatingsExperiment),
        ("https://optviz.example/app/movielens?steps=3", RatingsExperiment),
        ("https://optviz.example/app/?steps=3", Experiment),
        ("http://localhost:1/#top", Experiment),
        ("file:///home/ann/page.html#problem=ravine&v=2", Experiment),
    ],
)
def test_a_link_means_the_kind_of_its_page_or_of_what_it_sets(link, record):
    assert find_kind(link).record is record


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "https://example.com/?",
        "https://example.com/#top",
        "http://127.0.0.1:8050/workbook",
        "http://127.0.0.1.example.com/",
        "file:///home/ann/page.html",
    ],
)
def test_an_address_that_says_nothing_of_an_experiment_is_no_link(link):
    sentence = f"{link} is no link of the app: one such as http://127.0.0.1:8050/?problem=bowl"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        find_kind(link)
