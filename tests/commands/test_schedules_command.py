"""`optviz schedules`."""

import pandas as pd
import pytest

from optviz.commands.main import main

FEW = ["--trials", "3", "--choosing", "2", "--reporting", "10", "--steps", "20", "--store", "none"]


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_a_race_of_schedules_tells_what_may_be_said_and_writes_it(tmp_path, capsys, ending):
    file = tmp_path / f"race.{ending}"
    named = ["--rule", "adam", "--schedule", "constant", "--schedule", "step(every=5)"]
    assert main(["schedules", "bowl", *named, "--noise", "1", *FEW, "-o", str(file)]) == 0
    out = capsys.readouterr().out
    assert "Adam on Bowl, 20 steps, 2 schedules: 3 trials each, chosen by 2 seeds" in out
    assert out.strip().endswith(str(file))
    if ending == "csv":
        assert pd.read_csv(file)["schedule"].tolist() == ["constant", "step(every=5)"]
    else:
        assert "learning rate" in file.read_text("utf-8")


def test_every_schedule_races_unless_told(capsys):
    assert main(["schedules", "bowl", *FEW]) == 0
    out = capsys.readouterr().out
    for name in ("constant", "step(every=5)", "exponential", "warmup(steps=2)", "onecycle"):
        assert name in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bowll"], "bowl"),
        (["suite"], 'schedules race on one surface or formula, got "suite"'),
        (["ml-100k"], 'one surface or formula, got "ml-100k"'),
        (["bowl", "--rule", "sgd:schedule=cosine"], "one rule without a schedule"),
        (["bowl", "--schedule", "cosine"], "needs two, got 1"),
        (["bowl", "--trials", "few"], "--trials must be a whole number"),
        (["bowl", "-o", "race.gif"], "ends in .csv, .html, .png, .svg or .pdf"),
    ],
)
def test_mistakes_are_told(capsys, words, sentence):
    assert main(["schedules", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("optviz: ")
    assert sentence in said
