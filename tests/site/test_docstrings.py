"""What docstrings show as scripts runs as it stands."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import optviz
from optviz.site.reference import list_packages

SCRIPT = re.compile(r"^(?: {4}(?:from|import) \w.*\n)(?:(?: {4}.*)?\n)*", re.MULTILINE)
FILES = {
    name: Path(optviz.__path__[0], *name.split(".")[1:], "__init__.py") for name in list_packages()
}


def read_scripts(path):
    """Return the scripts in a module's docstring."""
    text = inspect.cleandoc(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") + "\n"
    return [textwrap.dedent(each) for each in SCRIPT.findall(text)]


def test_packages_show_scripts():
    assert sum(bool(read_scripts(path)) for path in FILES.values()) >= 7


def test_scripts_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, path in FILES.items():
        for script in read_scripts(path):
            if "load()" not in script:  # those need the ratings
                exec(compile(script, name, "exec"), {})  # noqa: S102 -- the package's own script
    said = capsys.readouterr().out
    for words in ("step 0", "'lr': 0.04", "cells compared, all agree", "mean_scale"):
        assert words in said, words
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        *("adam.xlsx", "race.csv", "race.html", "race.json")
    ]


def test_scripts_of_public_names_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    texts = {name: inspect.getdoc(getattr(optviz, name)) or "" for name in optviz.__all__}
    found = {name: SCRIPT.findall(f"{text}\n") for name, text in texts.items()}
    assert {"profile_loss", "slice_sheet", "sharpness_along"} <= {n for n in found if found[n]}
    for name, scripts in found.items():
        for script in scripts:
            exec(compile(textwrap.dedent(script), name, "exec"), {})  # noqa: S102 -- its own script
    assert "The sharpest layer is" in capsys.readouterr().out


@pytest.mark.data
def test_scripts_about_ratings_run(ml100k, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    scripts = [each for path in FILES.values() for each in read_scripts(path) if "load()" in each]
    assert len(scripts) == 4
    for script in scripts:
        exec(compile(script.replace("epochs=5", "epochs=1"), "ratings", "exec"), {})  # noqa: S102
    assert "100000 943 1682" in capsys.readouterr().out
