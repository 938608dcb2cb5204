"""`optviz claim`."""

import pandas as pd
import pytest

from optviz.commands import INTERRUPTED
from optviz.commands.main import main
from optviz.sweeps import race_work

FEW = ["--trials", "3", "--choosing", "2", "--reporting", "10", "--steps", "10"]
FEW += ["--store", "none"]
CLAIM = ["claim", "adam beats sgd", "bowl", "--noise", "0.1", *FEW]


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_a_claim_tells_its_table_and_writes_it(tmp_path, capsys, ending):
    file = tmp_path / f"claim.{ending}"
    assert main([*CLAIM, "-o", str(file)]) == 0
    out = capsys.readouterr().out
    assert '"adam beats sgd" on ' in out
    assert "20 conditions, 3 trials for each rule, chosen by 2 seeds and reported by 10" in out
    assert out.strip().endswith(str(file))
    if ending == "csv":
        table = pd.read_csv(file)
        assert table["factor"].tolist().count("schedule") == 5
        assert set(table["verdict"]) <= {"holds", "fails", "undecided"}
    else:
        assert "probability that Adam beats SGD" in file.read_text("utf-8")


def test_the_claim_may_name_the_problem(capsys):
    assert main(["claim", "adam beats sgd on x^2 + 2*y^2", "--noise", "0.1", *FEW]) == 0
    assert "on x^2 + 2*y^2: 20 conditions" in capsys.readouterr().out


def test_ctrl_c_keeps_what_is_finished(tmp_path, capsys, monkeypatch):
    path, perform, calls = tmp_path / "claim.sqlite", race_work.perform_trials, []

    def stop_seventh(*given):
        calls.append(given)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return perform(*given)

    monkeypatch.setattr(race_work, "perform_trials", stop_seventh)
    given = [*CLAIM[:-2], "--store", str(path)]
    assert main(given) == INTERRUPTED
    said = capsys.readouterr().err
    assert f"6 of 38 pieces of work are done, kept in {path}" in said
    assert main(given) == 0
    # Four are those of another condition: the tuned rule beside an untuned one, and the defaults.
    assert len(calls) == 7 + 38 - 6 - 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["adam beats sgd"], "name a problem"),
        (["adam beats sgd on bowl", "ravine"], 'name the problem once, got "bowl" and "ravine"'),
        (["adam is best", "bowl"], "a claim reads like"),
        (["adam beats adm", "bowl"], "nearest: adam"),
        (["adam beats sgd", "bowll"], "bowl"),
        (["adam beats sgd on suite"], "a claim is about one problem, and suite is many"),
        (["adam beats sgd", "bowl", "--trials", "many"], "--trials must be a whole number"),
        (["adam beats sgd", "bowl", "-o", "claim.gif"], "a claim ends in .csv, .html"),
    ],
)
def test_mistakes_are_told(capsys, words, sentence):
    assert main(["claim", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("optviz: ")
    assert sentence in said
