"""The command line, called as a function and as another process."""

import subprocess
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest

from optviz.cli import main


def run(*arguments):
    """The exit status of `optviz run` with some arguments."""
    try:
        return main(["run", *arguments])
    except SystemExit as stop:
        return stop.code


RACE = ["--rule", "sgd:lr=0.001", "--rule", "adam:lr=0.05,wd=0.01", "--steps", "50"]


def test_run_prints_the_table(capsys):
    assert run("rosenbrock", *RACE, "--start=-1.2,1") == 0
    out = capsys.readouterr().out
    assert "SGD lr=0.001" in out
    assert "Adam lr=0.05 wd=0.01" in out
    assert "final loss" in out


def test_start_may_begin_with_a_minus(capsys):
    assert run("rosenbrock", *RACE, "--start=-1.2,0.5") == 0
    joined = capsys.readouterr().out
    assert run("rosenbrock", *RACE, "--start", "-1.2,0.5") == 0
    assert capsys.readouterr().out == joined


def test_run_takes_a_formula_with_parameters(capsys):
    assert run("x^2 + a*y^2", *RACE, "--parameters", "a=25", "--start", "1,1") == 0
    assert "x^2 + a*y^2" in capsys.readouterr().out


def test_formula_may_begin_with_a_minus(capsys):
    assert run(*RACE, "--", "-x*y") == 0
    assert "-x*y" in capsys.readouterr().out


def test_csv_holds_every_step_of_every_run(tmp_path):
    file = tmp_path / "race.csv"
    assert run("rosenbrock", *RACE, "--csv", str(file)) == 0
    table = pd.read_csv(file)
    assert list(table["optimizer"].value_counts()) == [51, 51]
    assert {"step", "loss", "x", "y", "grad x", "new y"} <= set(table)


def test_html_is_one_page_that_asks_for_nothing(tmp_path):
    file = tmp_path / "race.html"
    assert run("rosenbrock", *RACE, "--html", str(file)) == 0
    asks = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag in ("script", "link", "img", "iframe"):
                asks.extend(name for name, _ in attrs if name in ("src", "href"))

    Tags().feed(file.read_text())
    assert asks == []
    assert file.read_text().count("<script") >= 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rosenbrok"], 'no surface "rosenbrok"; nearest: rosenbrock'),
        (["rosenbrock", "--rule", "adm:lr=1"], 'no rule "adm"; nearest: adam'),
        (["rosenbrock", "--rule", "adam:lr=-1"], "lr must be at least 0 and finite, got -1"),
        (["rosenbrock", "--rule", "adam:lr=fast"], 'lr must be a number, got "fast"'),
        (["rosenbrock", "--rule", "adam:speed=1"], 'adam has no "speed"'),
        (["rosenbrock", "--rule", "adam:l2=1,wd=1"], "give l2= or wd=, not both"),
        (["rosenbrock", "--rule", "adam:schedule=cosin"], 'no schedule "cosin"; nearest: cosine'),
        (["rosenbrock", "--steps", "0"], "steps must be a whole number from 1 to 20000, got 0"),
        (["rosenbrock", "--steps", "many"], 'steps must be a number, got "many"'),
        (["rosenbrock", "--start", "1"], "start must be 2 numbers"),
        (["rosenbrock", "--start", "1,nan"], "start must be finite"),
        (["rosenbrock", "--parameters", "z=1"], 'no parameter "z"'),
        (["2x"], "2*x"),
        (["__import__('os')"], "optviz: "),
        (["rosenbrock", "--csv", "/nowhere/at/all.csv"], "/nowhere/at"),
        (["rosenbrock", "--colour", "red"], "--colour"),
        ([], "SURFACE_OR_FORMULA"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(arguments, sentence, capsys):
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_same_command_prints_the_same_bytes_in_another_process():
    command = [sys.executable, "-m", "optviz", "run", "himmelblau", *RACE, "--noise", "0.5"]
    first, second = (subprocess.run(command, capture_output=True, check=True) for _ in range(2))
    assert first.stdout == second.stdout


def test_app_without_its_packages_says_what_to_install():
    hide = "import sys; sys.modules['dash'] = None; from optviz.cli import main; sys.exit(main([]))"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True)
    assert done.returncode == 2
    assert 'pip install "optviz[app]"' in done.stderr


def test_app_says_which_port_is_taken():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert done.stderr.count("\n") == 1
