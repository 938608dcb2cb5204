"""Every example runs alone and returns a figure; the README's scripts run unchanged."""

import re
import runpy
from pathlib import Path

import plotly.graph_objects as go
import pytest

from optviz import Recording

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
README = (ROOT / "README.md").read_text()
SCRIPTS = re.findall(r"```python\n(.*?)```", README, re.S)
RACE, MODEL, PICTURES, RECOMMENDER = SCRIPTS


def mark_data(path):
    return [pytest.mark.data] if "movielens" in path.read_text() else []


@pytest.mark.parametrize("path", [pytest.param(p, marks=mark_data(p), id=p.stem) for p in EXAMPLES])
def test_example_returns_a_labeled_figure(path, request, capsys):
    if mark_data(path):
        request.getfixturevalue("ml100k")
    figure = runpy.run_path(str(path))["main"]()
    assert isinstance(figure, go.Figure)
    assert figure.to_dict()["data"]
    assert figure.layout.title.text
    assert any(axis.title.text for axis in figure.select_xaxes())  # panels share the lowest one's


def test_there_are_at_least_six_examples():
    assert len(EXAMPLES) >= 6


def test_readme_race_is_the_first_example(monkeypatch, capsys):
    figures = []
    monkeypatch.setattr(go.Figure, "show", lambda self: figures.append(self))
    exec(compile(RACE, "README.md", "exec"), {})  # noqa: S102 -- the README's own script
    example = runpy.run_path(str(EXAMPLES[0]))["main"]()
    assert [trace.name for trace in figures[0].data] == [trace.name for trace in example.data]


def test_readme_records_a_training_and_draws_what_it_says(monkeypatch, tmp_path, capsys):
    figures, names = [], {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(go.Figure, "show", lambda self: figures.append(self))
    for script in (MODEL, PICTURES):  # the second goes on with the recording of the first
        exec(compile(script, "README.md", "exec"), names)  # noqa: S102 -- the README's own script
    assert [figure.data[0].type for figure in figures] == [
        *("contour", "contour", "surface", "contour", "scatter")
    ]
    assert Recording.open("run.optviz").step[-1] == 200
    assert names["cut"].estimated.any()
    assert "The sharpest layer is" in capsys.readouterr().out


@pytest.mark.data
def test_readme_recommender_says_what_it_recommends_and_why(ml100k, capsys):
    exec(compile(RECOMMENDER, "README.md", "exec"), {})  # noqa: S102 -- the README's own script
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert all("stars, between" in line and "rated" in line for line in said)


def test_own_rule_joins_the_others(monkeypatch):
    from optviz import RULES, compare, surface

    rule = runpy.run_path(str(ROOT / "examples" / "15_own_rule.py"))["SignMomentum"]
    monkeypatch.setitem(RULES, "sign", rule)
    race = compare(surface("himmelblau"), ["sign:lr=0.01", "sgd:lr=0.01"], 100)
    row = race.rows()[0]
    assert row["optimizer"] == "SignMomentum lr=0.01"
    assert row["final loss"] < race.trajectories["SignMomentum lr=0.01"].losses[0]


def test_readme_names_the_two_commands():
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert [line.rpartition("/")[2] for line in lines] == ["optviz", "pytest"]
