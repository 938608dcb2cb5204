"""`optviz lr-find`: real models and data, suggestions with their spread, files, Ctrl-C."""

import re

import numpy as np
import pandas as pd
import pytest

from optviz.commands import INTERRUPTED
from optviz.commands.main import main
from optviz.pytorch import lr_finder

SHORT = ["--steps", "20", "--seeds", "2", "--sweep", "3", "--low", "1e-4", "--high", "1"]


def test_the_digits_are_searched_and_every_loss_is_written(tmp_path, capsys):
    file = tmp_path / "rates.csv"
    assert main(["lr-find", "digits", "--rule", "momentum", *SHORT, "-o", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a net of 64, 32 and 10 units on 1,437 digits, 32 a step\nMomentum: 20 ")
    table = pd.read_csv(file)
    trainings = table[(table["part"] == "short training") & (table["lr"] > 0)]
    medians = trainings.groupby("lr")["loss"].median()
    best = re.search(r"lowest loss at lr=(\S+), all survive up to (\S+)", out)
    assert best
    assert float(best[1]) == pytest.approx(medians.idxmin(), rel=0.05)
    tests = table[table["part"] == "range test"]
    assert set(tests["seed"]) == {0, 1}
    first = tests[tests["seed"] == 0]
    np.testing.assert_allclose(first["lr"], np.geomspace(1e-4, 1, 20)[: len(first)])


@pytest.mark.data
@pytest.mark.parametrize("model", ["dot_bias", "net", "dot"])
def test_a_real_rating_model_is_searched_and_drawn(tmp_path, capsys, ml100k, model):
    file = tmp_path / "rates.html"
    given = ["lr-find", "ml-100k", "--model", model, "--rule", "adam", "--batch", "64", *SHORT]
    assert main([*given, "-o", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{model} on 80,000 training ratings of ml-100k, 64 a step\nAdam: 20 ")
    assert re.search(r"valley  \S+  \(from \S+ to \S+\)", out)
    assert out.strip().endswith(str(file))
    assert "learning rate lr (log scale)" in file.read_text("utf-8")


def test_a_suggestion_that_fails_is_warned_of(capsys):
    given = ["lr-find", "digits", "--steps", "30", "--low", "1e-2", "--high", "1e3", "--sweep", "6"]
    assert main(given) == 0
    assert re.search(r"^warning: .* survives, .* does not$", capsys.readouterr().out, re.MULTILINE)


def test_ctrl_c_stops_the_search(monkeypatch, capsys, tmp_path):
    made, count = lr_finder.train_briefly, []

    def train_once(*given):
        if count:
            raise KeyboardInterrupt
        count.append(1)
        return made(*given)

    monkeypatch.setattr(lr_finder, "train_briefly", train_once)
    file = tmp_path / "rates.csv"
    assert main(["lr-find", "digits", *SHORT, "-o", str(file)]) == INTERRUPTED
    assert capsys.readouterr().err.endswith("optviz: stopped\n")
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["digits", "--model", "net"], "--model is for ratings, digits has a net of its own"),
        (["digits", "--rule", "adm"], 'no rule "adm"; nearest: adam'),
        (["digits", "--rule", "sgd:schedule=cosine"], "leave the schedule out"),
        (["digits", "--steps", "few"], '--steps must be a whole number, got "few"'),
        (["digits", "--steps", "3"], "steps must be a whole number of at least 10, got 3"),
        (["digits", "--low", "slow"], '--low must be a number, got "slow"'),
        (["digits", "--low", "2", "--high", "1"], "low must be above 0 and below high, got 2.0"),
        (["digits", "--batch", "0"], "batch must be a whole number of at least 1, got 0"),
        (["digits", "-o", "rates.gif"], "a search ends in .html, .png, .svg, .pdf or .csv, got"),
        (["digits", "-o", "/nowhere/rates.csv"], "/nowhere: no such folder"),
        (["digit"], "digit"),
        (["digits", "--model", "dots"], "--model is for ratings"),
    ],
    ids=lambda each: " ".join(each[1:]) if isinstance(each, list) else "",
)
def test_mistakes_are_told(words, sentence, capsys):
    assert main(["lr-find", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("optviz: ")
    assert said.count("\n") == 1
    assert sentence in said


@pytest.mark.data
def test_an_unknown_model_is_told(capsys, ml100k):
    assert main(["lr-find", "ml-100k", "--model", "dots"]) == 2
    assert capsys.readouterr().err == 'optviz: model must be dot, dot_bias or net, got "dots"\n'
