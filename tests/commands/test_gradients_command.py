"""`optviz gradients`."""

import pandas as pd
import pytest

from optviz.commands.main import main

FEW = ["--rule", "sgd", "--rule", "momentum", "--gradient", "constant", "--gradient", "sparse"]


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_a_bench_tells_its_steps_beside_theory_and_writes_them(tmp_path, capsys, ending):
    file = tmp_path / f"bench.{ending}"
    assert main(["gradients", *FEW, "--size", "50", "--every", "5", "-o", str(file)]) == 0
    out = capsys.readouterr().out
    assert "gradients of size 50, 200 steps; sparse and flipping ones every 5" in out
    assert out.strip().endswith(str(file))
    if ending == "csv":
        table = pd.read_csv(file)
        assert table["rule"].tolist() == ["SGD lr=0.01", "Momentum lr=0.01"] * 2
        assert table["theory"].iloc[:2].tolist() == pytest.approx([0.5, 5])
        assert table["over theory"].tolist() == pytest.approx([1] * 4, rel=0.01)
    else:
        assert "theory, once settled" in file.read_text("utf-8")


def test_all_rules_are_fed_all_gradients_unless_told(capsys):
    assert main(["gradients"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 7 * 6


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rule", "adm"], 'no rule "adm"; nearest: adam'),
        (["--gradient", "spars"], 'no gradient "spars"; nearest: sparse'),
        (["--size", "big"], 'size must be a number, got "big"'),
        (["--size", "0"], "size must be above 0"),
        (["--steps", "many"], "--steps must be a whole number"),
        (["-o", "bench.gif"], 'ends in .csv, .html, .png, .svg or .pdf, got "bench.gif"'),
    ],
)
def test_mistakes_are_told(capsys, words, sentence):
    assert main(["gradients", *words]) == 2
    assert sentence in capsys.readouterr().err
