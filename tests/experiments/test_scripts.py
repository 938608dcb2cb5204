"""The script of an experiment: it runs as it stands, and makes the same numbers."""

import json
import runpy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from optviz.experiments.kinds import script
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment, list_view_words
from tests.support.movielens_made import made_ratings

PIN = "rule=adam:lr=0.2&problem=ravine&parameters=condition=9&start=1,1&steps=25&noise=0.5&seed=4"
FORMULA = "x**2 + " + " + ".join(f"a{i}*y**2*sin({i}*x)" for i in range(9))
ASKED = {
    "default": Experiment(),
    "everything": Experiment(
        rules=("sgd:lr=0.001", "momentum:lr=0.001,on=no", "adam:lr=0.05", "adam:lr=0.05"),
        steps=40,
        start=(0.25, -1e-5),
        also=((0.5, 0.5), (-1.0, 2.0)),
        forks=("4@12:adam:lr=0.05", "3@0:sgd:lr=0.002", "2@5:momentum:lr=0.002,l2=0.01"),
        pins=(PIN, "rule=sgd:lr=0.001&steps=30"),
        noise=0.1,
        seed=9,
        target=0.5,
        view=tuple(word for word in list_view_words() if word != "3d"),
        at=7,
    ),
    "formula": Experiment(
        problem=FORMULA,
        parameters=tuple((f"a{i}", i / 7 - 1.2345678901) for i in range(9)),
        rules=("adam:lr=0.05,beta1=0.8,beta2=0.98,wd=0.01,schedule=onecycle(steps=30,peak=0.4)",),
        also=tuple((i / 7, -i / 3) for i in range(8)),
        steps=30,
        view=("3d", "arrows"),
    ),
    "off": Experiment(
        rules=("sgd:lr=0.001,on=no",), forks=("1@3:sgd:lr=0.1",), pins=(PIN,), steps=20
    ),
    "wild": Experiment(problem="x^2 + y^2", rules=("sgd:lr=1e30",), forks=("1@30:sgd:lr=0.1",)),
}
DUMP = """
import json, runpy, sys
import plotly.graph_objects as go
shown = []
go.Figure.show = lambda self: shown.append(self.layout.title.text)
race = runpy.run_path(sys.argv[1])["race"]
runs = {label: each.path.tobytes().hex() for label, each in race.trajectories.items()}
json.dump({"runs": runs, "target": race.target, "shown": shown}, open(sys.argv[2], "w"))
"""


@pytest.mark.parametrize("name", ASKED)
def test_a_script_makes_the_runs_of_its_experiment_bit_for_bit(name, tmp_path):
    file, out = tmp_path / "script.py", tmp_path / "made.json"
    file.write_text(script(ASKED[name]))
    command = [sys.executable, "-W", "error", "-c", DUMP, str(file), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    made, expected = json.loads(out.read_text()), ASKED[name].perform()
    paths = {label: run.path.tobytes().hex() for label, run in expected.trajectories.items()}
    assert list(made["runs"].items()) == list(paths.items())
    assert made["target"] == expected.target
    assert made["shown"][1] == "Loss"


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("name", [*ASKED, "ratings"])
def test_formatters_and_linters_leave_a_script_as_it_is(name, width, tmp_path):
    asked = ASKED.get(name) or replace(RATED, batch=100_000, epochs=50, seed=2**32 - 1)
    text = script(asked)
    common = ["--isolated", "--line-length", str(width), "-"]
    formatter = [sys.executable, "-m", "ruff", "format", *common]
    linter = [sys.executable, "-m", "ruff", "check", "--select", "F,I,B,UP", *common]
    formatted = subprocess.run(formatter, input=text, capture_output=True, text=True, check=True)
    assert formatted.stdout == text
    linted = subprocess.run(linter, input=text, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout


def test_a_script_shows_what_the_view_asks_for(monkeypatch, tmp_path):
    shown = []
    monkeypatch.setattr(go.Figure, "show", lambda self: shown.append(self))
    file = tmp_path / "script.py"
    file.write_text(script(ASKED["everything"]))
    runpy.run_path(str(file))
    titles = [each.layout.title.text for each in shown[:2]]
    assert [each.lower() for each in titles] == ["rosenbrock at step 7", "loss"]
    assert shown[1].layout.yaxis.type != "log"
    assert "evaluations" in shown[1].layout.xaxis.title.text
    assert len(shown) == 2 + len({"distance", "state", "rates", "schedule"})


def test_a_script_uses_only_what_is_public():
    for asked in (*ASKED.values(), RATED):
        text = script(asked)
        modules = {line.split()[1] for line in text.splitlines() if line.startswith("from ")}
        rooms = ("landscapes", "views", "movielens", "recommenders")
        assert modules <= {"optviz", *map("optviz.{}".format, rooms)}
        assert "eval" not in text.replace("evaluations", "")


def test_there_is_no_script_of_no_run():
    with pytest.raises(ValueError, match="no optimizer is switched on"):
        script(Experiment(rules=("sgd:lr=1,on=no",)))


RATED = RatingsExperiment(
    model="dot_bias", rules=("sgd:lr=1", "adam:lr=0.01", "sgd:lr=2,on=no"), epochs=2, batch=16,
    seed=5, user=3,
)  # fmt: skip


def test_a_script_trains_as_its_experiment_does(monkeypatch, tmp_path, capsys):
    data = made_ratings()
    monkeypatch.setattr("optviz.movielens.load", lambda _: data, raising=False)
    monkeypatch.setattr(go.Figure, "show", lambda _: None)
    file = tmp_path / "script.py"
    file.write_text(script(RATED))
    made = runpy.run_path(str(file))
    for one, other in zip(made["trainings"], RATED.perform(data), strict=True):
        np.testing.assert_array_equal(one.trained.params, other.trained.params)
        assert one.label == other.label
    assert made["user"] == 3
    assert "Movie 0" in capsys.readouterr().out
