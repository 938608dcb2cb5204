"""`optviz map` and `optviz race`."""

import pandas as pd
import pytest

from optviz.commands.main import main

FEW = ["--trials", "3", "--choosing", "2", "--reporting", "10", "--steps", "10"]


def test_a_basin_map_tells_its_shares_and_is_drawn(tmp_path, capsys):
    page = tmp_path / "basins.html"
    rules = ["--rule", "sgd:lr=0.005", "--rule", "adam:lr=0.2"]
    given = ["map", "himmelblau", *rules, "--steps", "40", "--size", "9", "-o", str(page)]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert "40 steps from 81 starts" in out
    assert out.count("minimum 4 at (3.584, -1.848)") == 2
    assert "Where Himmelblau leads from each start" in page.read_text("utf-8")


def test_a_sweep_tells_its_best_pair_and_is_drawn(tmp_path, capsys):
    page = tmp_path / "sweep.html"
    axes = ["--x", "lr=0.001..1", "--y", "beta1=0..0.98", "--show", "regime"]
    assert (
        main(["map", "ravine", "--rule", "momentum", "--steps", "30", *axes, "-o", str(page)]) == 0
    )
    assert "41 x 41 values of lr and beta1" in capsys.readouterr().out
    assert "largest stable lr" in page.read_text("utf-8")


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_a_race_tells_what_may_be_said_and_writes_its_table(tmp_path, capsys, ending):
    file = tmp_path / f"race.{ending}"
    rules = ["--rule", "sgd", "--rule", "momentum"]
    given = ["race", "bowl", "x^2 + a*y^2", *rules, "--noise", "0.1", *FEW, "-o", str(file)]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert "2 rules, 3 trials each, chosen by 2 seeds and reported by 10 others" in out
    assert out.strip().endswith(str(file))
    if ending == "csv":
        table = pd.read_csv(file)
        assert table["rule"].tolist() == ["SGD", "Momentum"] * 2
    else:
        assert "plotly" in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["map", "ravine", "--x", "lr=0.1..1"], "needs both --x and --y"),
        (["map", "ravine", "--x", "lr", "--y", "beta1=0..1"], "named|name it with --rule"),
        (["map", "ravine", "--rule", "sgd", "--x", "lr", "--y", "wd=0..1"], "a range is NAME=LOW"),
        (["map", "ravine", "--size", "many"], "--size must be a whole number"),
        (["map", "ravine", "-o", "map.gif"], r"ends in \.html, \.png"),
        (["map", "/movielens?model=dot"], "a map is for surfaces"),
        (["race", "bowl", "--rule", "sgd"], "a race needs two rules, got 1"),
        (["race", "bowll", "--rule", "sgd", "--rule", "adam"], "bowl"),
        (["race", "bowl", "--reporting", "3"], "reporting must be a whole number of at least 10"),
        (["race", "bowl", "--noise", "-1"], "noise"),
        (["race", "bowl", "-o", "race.png"], r"ends in \.csv or \.html"),
    ],
)
def test_mistakes_are_told(capsys, words, sentence):
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("optviz: ")
    assert any(each in said.replace("\\", "") for each in sentence.replace("\\", "").split("|"))
