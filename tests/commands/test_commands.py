"""The command line, called as a function and as another process."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

from optviz.commands.main import main
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment
from optviz.recommenders.training.training_loop import TrainingLoop
from optviz.workbook import Sheet, tabs_to_xlsx
from tests.support.movielens_made import made_ratings


def run(*arguments):
    """Return the exit status of `optviz run` with some arguments."""
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
    out = capsys.readouterr().out
    assert "x^2 + a*y^2" in out
    assert out.startswith("Parameters, each 1 unless set: a\n")


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
                named = [text or "" for name, text in attrs if name in ("src", "href")]
                asks.extend(text for text in named if not text.startswith("data:"))

    Tags().feed(file.read_text())
    assert asks == []
    assert file.read_text().count("<script") >= 2


ASKED = Experiment(
    problem="himmelblau",
    rules=("sgd:lr=0.001", "adam:lr=0.05"),
    also=((1.0, 2.0),),
    forks=("2@10:adam:lr=0.01",),
    steps=30,
    noise=0.5,
    seed=4,
    view=("field", "arrows", "curvature"),
    at=12,
)


@pytest.mark.parametrize("head", ["http://127.0.0.1:8050/", "https://optviz.example", ""])
def test_run_takes_a_link(head, capsys):
    assert run(f"{head}?{ASKED.to_query()}#top") == 0
    out, error = capsys.readouterr()
    assert out == ASKED.perform().to_text() + "\n"
    assert not error


def test_a_link_without_a_question_mark_is_the_default(capsys):
    assert run("http://127.0.0.1:8050/") == 0
    assert capsys.readouterr().out == Experiment().perform().to_text() + "\n"


def test_the_address_of_a_live_page_is_a_link(capsys):
    assert run(f"file:///home/ann/page.html#{ASKED.to_query()}") == 0
    assert capsys.readouterr().out == ASKED.perform().to_text() + "\n"


def test_options_come_before_what_the_link_says(capsys):
    options = ["--steps", "20", "--seed", "5", "--noise", "0", "--start", "-1,1"]
    assert run(f"?{ASKED.to_query()}", *options, "--rule", "sgd:lr=0.002") == 0
    out, error = capsys.readouterr()
    changed = Experiment(
        problem="himmelblau", rules=("sgd:lr=0.002",), also=ASKED.also, steps=20, seed=5,
        start=(-1.0, 1.0),
    )  # fmt: skip
    assert out == changed.perform().to_text() + "\n"
    assert error == "optviz: the link's forks are left out: --rule names other optimizers\n"


def test_link_that_is_not_understood_runs_nothing_and_writes_no_file(capsys, tmp_path):
    file = tmp_path / "race.csv"
    link = "?problem=bowl&rule=sgd:lr=0.1&steps=many&fork=7@3:adam&colour=red"
    assert run(link, "--csv", str(file)) == 2
    out, error = capsys.readouterr()
    assert (out, file.exists()) == ("", False)
    assert error == (
        'optviz: steps must be a number, got "many"; a fork of optimizer 7, but they go from 1 to '
        '1; the link has an unknown part "colour"\n'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x>0 ? x^2 : -x", "optviz: "),
        ("?problem=rosenbrok", 'no surface "rosenbrok"; nearest: rosenbrock'),
        ("http://127.0.0.1:8050/?rule=adm", 'no rule "adm"; nearest: adam'),
        ("problem=bowl&view=fields", 'got "fields"; nearest: field'),
        ("problem=bowl&v=99", "newer than this optviz reads"),
        ("rosenbrok?", "optviz: "),
        ("steps=1000000", "steps must be a whole number from 1 to 20000, got 1000000"),
        ("https://example.com", "https://example.com is no link of the app"),
        ("seed=1&seeds=2", 'the link has an unknown part "seeds"'),
    ],
)
def test_what_is_no_link_is_a_formula_and_what_is_wrong_ends_with_2(text, sentence, capsys):
    assert run(text) == 2
    out, error = capsys.readouterr()
    assert not out
    assert sentence in error


@pytest.mark.parametrize("text", ["problem=x^2+y^2", "?problem=x^2+y^2", "problem=x%5E2%2By%5E2"])
def test_plus_in_a_link_is_a_plus(text, capsys):
    assert run(text, "--rule", "sgd:lr=0.1", "--steps", "20") == 0
    asked = Experiment(problem="x^2+y^2", rules=("sgd:lr=0.1",), steps=20)
    assert capsys.readouterr().out == asked.perform().to_text() + "\n"


def test_json_holds_the_record_of_the_runs(tmp_path):
    file = tmp_path / "race.json"
    assert run(f"?{ASKED.to_query()}", "--json", str(file)) == 0
    assert file.read_text() == ASKED.perform().to_json()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_picture_of_a_link_is_what_its_view_asks_for(kind, tmp_path, monkeypatch):
    saved = {}
    monkeypatch.setattr(
        "optviz.views.save_image", lambda figure, file: saved.update({file: figure})
    )
    file = str(tmp_path / f"race.{kind}")
    assert run(f"?{ASKED.to_query()}", f"--{kind}", file) == 0
    assert saved[file].layout.title.text.lower() == "himmelblau at step 12"
    assert run("?view=3d&steps=5", f"--{kind}", file) == 0
    assert saved[file].data[0].type == "surface"


def test_an_image_without_its_package_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", None)
    assert run("bowl", *RACE, "--png", "race.png") == 2
    assert capsys.readouterr().err == 'optviz: images need kaleido: pip install "optviz[image]"\n'


RATED = RatingsExperiment(
    model="dot_bias", rules=("sgd:lr=1", "adam:lr=0.01"), epochs=2, batch=16, seed=5
)


@pytest.mark.parametrize("head", ["http://127.0.0.1:8050/movielens", ""])
def test_a_movielens_link_trains_and_prints_best_last_and_baseline(
    head, capsys, monkeypatch, tmp_path
):
    data, files = made_ratings(), {kind: tmp_path / f"made.{kind}" for kind in ("csv", "json")}
    monkeypatch.setattr("optviz.movielens.load", lambda _: data, raising=False)
    options = [f"--{kind}={file}" for kind, file in files.items()]
    assert run(f"{head}?{RATED.to_query()}", *options, f"--html={tmp_path / 'made.html'}") == 0
    out = capsys.readouterr().out
    record = json.loads(files["json"].read_text(), parse_constant=pytest.fail)
    table = pd.read_csv(files["csv"])
    for place, training in enumerate(RATED.perform(data)):
        row = training.row()
        for name in ("best", "last", "baseline"):
            assert f"{row[name]:.4f}" in out
            assert record["trainings"][place][name] == row[name]
            assert table[name].tolist()[place] == pytest.approx(row[name], rel=1e-12)
    assert record["experiment"]["epochs"] == 2
    assert "plotly" in (tmp_path / "made.html").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "bowl", "--steps", "0"], "steps must be a whole number from 1 to 20000, got 0"),
        (
            ["run", "bowl", "--steps", "2.5"],
            "steps must be a whole number from 1 to 20000, got 2.5",
        ),
        (["run", "bowl", "--seed", "-1"], "from 0 to 4294967295, got -1"),
        (["run", "-x^2-y^2"], 'goes last, after --: run -- "-x^2-y^2"'),
        (["run", "--steps", "5", "-(x^2)"], 'goes last, after --: run -- "-(x^2)"'),
        (["workbook", "export", "--epochs", "100000000"], "from 0 to 1000, got 100000000"),
        (["workbook", "export", "-o", "a.ods"], "is an .xlsx file: write -o a.ods.xlsx"),
    ],
)
def test_a_wrong_word_gets_one_sentence_and_writes_nothing(
    words, sentence, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    try:
        status = main(words)
    except SystemExit as ended:
        status = ended.code
    out, error = capsys.readouterr()
    assert (status, out) == (2, "")
    assert error.endswith(f"{sentence}\n")
    assert error.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_formula_that_begins_with_a_minus_is_run_after_two(capsys):
    assert main(["run", "--steps", "3", "--rule", "sgd:lr=0.1", "--", "-x^2-y^2"]) == 0
    assert "-x^2-y^2: 3 steps" in capsys.readouterr().out


def test_ctrl_c_begins_no_further_training_and_shows_what_exists(capsys, monkeypatch, tmp_path):
    file, begun = tmp_path / "made.csv", []
    make_steps = TrainingLoop.make_steps

    def interrupted(self, *given):
        begun.append(self)
        yield next(make_steps(self, *given))
        raise KeyboardInterrupt

    monkeypatch.setattr("optviz.movielens.load", lambda _: made_ratings(), raising=False)
    monkeypatch.setattr(TrainingLoop, "make_steps", interrupted)
    assert run(f"?{RATED.to_query()}", f"--csv={file}") == 130
    out, error = capsys.readouterr()
    assert len(begun) == 1
    assert out.count("canceled at step") == 1
    assert error == "optviz: stopped; trainings not begun: 1\n"
    assert len(pd.read_csv(file)) == 1


def test_a_surface_option_does_not_fit_a_movielens_link(capsys):
    assert run("?model=net", "--steps", "5") == 2
    assert capsys.readouterr().err == (
        "optviz: --steps is for surfaces, and this link trains on MovieLens\n"
    )


def test_training_without_torch_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr("optviz.movielens.load", lambda _: made_ratings(), raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(f"?{replace(RATED, model='net').to_query()}") == 2
    sentence = 'optviz: the mini net needs torch: pip install "optviz[torch]"\n'
    assert capsys.readouterr().err == sentence


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
        (["1/2x"], "has two readings"),
        (["__import__('os')"], "optviz: "),
        (["rosenbrock", "--csv", "/nowhere/at/all.csv"], "/nowhere/at"),
        (["rosenbrock", "--xlsx", "/nowhere/at/all.xlsx"], "all.xlsx: no such file or directory"),
        (["rosenbrock", "--colour", "red"], "--colour"),
        ([], "SURFACE_OR_FORMULA_OR_LINK"),
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


def test_who_stops_reading_gets_no_error():
    command = [sys.executable, "-m", "optviz", "run", "himmelblau", *RACE]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_app_without_its_packages_says_what_to_install():
    hide = "import sys; sys.modules['dash'] = None"
    hide += "; from optviz.commands.main import main; sys.exit(main([]))"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True)
    assert done.returncode == 2
    assert 'pip install "optviz[app]"' in done.stderr


def test_app_says_which_port_is_taken():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "optviz", "--no-browser", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert done.stderr.count("\n") == 1


def workbook(*arguments):
    """Return the exit status of `optviz workbook` with some arguments."""
    try:
        return main(["workbook", *arguments])
    except SystemExit as stop:
        return stop.code


def test_an_exported_workbook_passes_its_check(tmp_path, capsys):
    file = tmp_path / "tabs.xlsx"
    assert workbook("export", "adam", "basic", "--epochs", "2", "-o", str(file)) == 0
    assert capsys.readouterr().out == f"wrote {file}: adam, basic\n"
    assert workbook("check", str(file)) == 0
    out = capsys.readouterr().out
    assert "adam: 325 cells compared, all agree; largest difference" in out
    assert "basic: 351 cells compared, all agree" in out


def test_a_slip_makes_status_1_unless_it_is_expected(tmp_path, capsys):
    file = tmp_path / "tabs.xlsx"
    assert workbook("export", "adam_ann", "--as-shipped", "-o", str(file)) == 0
    assert workbook("check", str(file)) == 1
    assert "known error: J5" in capsys.readouterr().out
    assert workbook("check", str(file), "--as-shipped") == 0


def test_export_without_a_tab_writes_all_tabs(tmp_path, capsys):
    file = tmp_path / "tabs.xlsx"
    assert workbook("export", "-o", str(file)) == 0
    assert capsys.readouterr().out.count(",") == 7


def test_a_console_without_a_letter_of_the_sheets_name_still_shows_the_report(tmp_path):
    file = tmp_path / "named.xlsx"
    opened = openpyxl.load_workbook(BytesIO(tabs_to_xlsx([Sheet.of("adam")])), data_only=True)
    opened["adam"].title = "adam Š"
    opened.save(file)
    command = [sys.executable, "-m", "optviz", "workbook", "check", str(file)]
    own = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert 'adam (sheet "adam \\u0160")' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "no-such.xlsx"], "no-such.xlsx is no file"),
        (["check", "."], ". is a folder"),
        (["check", __file__], "is not an .xlsx or .xlsm file"),
        (["check", "a.xlsx", "--tolerance", "0"], "tolerance must be a number above 0"),
        (["check"], "required: FILE.xlsm"),
        ([], "check or export"),
        (["export", "adamw"], 'no tab "adamw"'),
        (["export", "adam", "--epochs", "-1"], "epochs must be a whole number"),
    ],
)
def test_a_workbook_that_cannot_be_had_is_one_sentence(arguments, said, capsys, tmp_path):
    assert workbook(*arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.startswith("optviz: ")
    assert err.count("\n") == 1


def test_live_writes_one_page_and_tells_where(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["live", "bowl", *RACE, "--start", "-1,0.5", "-o", "page.html"]) == 0
    assert re.match(r"page\.html \(3\d\d kB\): open it in a browser", capsys.readouterr().out)
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "Optimizers on Bowl" in text
    assert main(["live", "?problem=x^2%2Ba*y^2&rule=sgd:lr=0.1&v=2"]) == 0
    assert (tmp_path / "optviz-x-2-a-y-2-live.html").exists()


def test_live_refuses_in_one_sentence_what_run_refuses(tmp_path, capsys):
    page = ["-o", str(tmp_path / "page.html")]
    for words, sentence in (
        (["rosenbrok"], 'no surface "rosenbrok"; nearest: rosenbrock'),
        (["bowl", "--rule", "adm"], 'no rule "adm"; nearest: adam'),
        (["bowl", "--steps", "0"], "steps must be a whole number from 1 to 20000, got 0"),
        (
            ["/movielens?model=dot"],
            "a live page is for surfaces, and this link trains on MovieLens",
        ),
        (["-x*y"], 'a formula that begins with a minus goes last, after --: live -- "-x*y"'),
    ):
        try:
            status = main(["live", *words, *page])
        except SystemExit as stop:
            status = stop.code
        assert status == 2
        assert capsys.readouterr().err == f"optviz: {sentence}\n"
    assert not list(tmp_path.iterdir())
