"""The `optviz study` command: the questions, saved results, files, and what is refused at once."""

import json

import pytest

from optviz.commands.main import main
from optviz.recommenders.studies import STUDIES, load_saved


def test_without_a_name_it_lists_every_question(capsys):
    assert main(["study"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == list(STUDIES)


def test_a_saved_result_is_printed_and_written(tmp_path, capsys):
    files = {kind: tmp_path / f"solver.{kind}" for kind in ("json", "csv", "html")}
    options = [f"--{kind}={file}" for kind, file in files.items()]
    assert main(["study", "solver", "--saved", *options]) == 0
    saved = load_saved("solver")
    assert saved.conclude() in capsys.readouterr().out
    assert json.loads(files["json"].read_text())["name"] == "solver"
    assert len(files["csv"].read_text().splitlines()) == len(saved.table().rows) + 1
    assert "plotly" in files["html"].read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["sigmod"], 'no study "sigmod": there are sigmoid'),
        (["sigmoid", "--seeds", "0"], "--seeds must be 1 or more, got 0"),
        (["sigmoid", "--saved", "--seeds", "3"], "leave out --seeds"),
        (["sigmoid", "--saved", "--data", "ml-100k"], "leave out --data"),
        (["sigmoid", "--json", "/nowhere/x.json"], "there is no folder /nowhere to write"),
        (["sigmoid", "--saved", "--csv", "/nowhere/x.csv"], "there is no folder /nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_measured(words, sentence, capsys):
    assert main(["study", *words]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert not said.out
