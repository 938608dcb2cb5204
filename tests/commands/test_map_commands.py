"""`optviz map` and `optviz race`."""

import pandas as pd
import pytest

from optviz.commands.main import main

FEW = ["--trials", "3", "--choosing", "2", "--reporting", "10", "--steps", "10"]
UNKEPT = ["--store", "none"]


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
    given = [
        "race",
        "bowl",
        "x^2 + a*y^2",
        *rules,
        "--noise",
        "0.1",
        *FEW,
        *UNKEPT,
        "-o",
        str(file),
    ]
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
        (["race", "bowl", "--tuning", "both"], 'tuning must be "outside" or "self"'),
        (["race", "bowl", "--dask", "nowhere"], "a cluster's address is like tcp://127.0.0.1:8786"),
        (
            ["race", "bowl", "--store", "no/such/folder/kept"],
            "no/such/folder/kept cannot be opened as a store",
        ),
    ],
)
def test_mistakes_are_told(capsys, words, sentence):
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("optviz: ")
    assert any(each in said.replace("\\", "") for each in sentence.replace("\\", "").split("|"))


def test_a_race_that_is_held_again_takes_its_trials_from_the_cache(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path))
    given = ["race", "bowl", "--rule", "sgd", "--rule", "adam", "--tuning", "self", *FEW]
    assert main(given) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr("optviz.sweeps.race_work.perform_trials", None)  # whoever calls it fails
    assert main(given) == 0
    assert capsys.readouterr().out.splitlines()[1:] == first.splitlines()[1:]
    assert "by itself with each of 10 seeds" in first


def test_the_suite_has_surfaces_ratings_and_digits(monkeypatch):
    from optviz.experiments.suite import list_suite
    from optviz.problems.surfaces import SURFACES

    names = list_suite()
    assert names[: len(SURFACES)] == list(SURFACES)
    assert names[len(SURFACES) :] == ["ml-100k", "ml-latest-small", "digits"]


def test_a_race_that_is_stopped_says_what_it_keeps(tmp_path, capsys, monkeypatch):
    from optviz.sweeps import race_work

    perform, calls = race_work.perform_trials, []

    def stop_third(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return perform(*given)

    monkeypatch.setattr(race_work, "perform_trials", stop_third)
    rules = [word for rule in ("sgd", "adam", "momentum") for word in ("--rule", rule)]
    given = ["race", "bowl", *rules, *FEW, "--store", str(tmp_path / "kept.sqlite")]
    assert main(given) == 130
    said = capsys.readouterr().err
    assert f"2 of 3 pieces of work are done, kept in {tmp_path}/kept.sqlite" in said
    assert main(given) == 0
    assert len(calls) == 4


@pytest.mark.parametrize("command", ["map", "run"])
def test_a_link_of_the_maps_page_is_drawn(command, tmp_path, capsys):
    link = "http://127.0.0.1:8050/maps?chart=sweep&rule=momentum:lr=0.01&problem=ravine&size=7"
    page = tmp_path / "map.html"
    output = ["-o", str(page)] if command == "map" else ["--html", str(page)]
    assert main([command, f"{link}&steps=20&show=regime", *output]) == 0
    assert "7 x 7 values of lr and beta1" in capsys.readouterr().out
    assert "how the loss goes" in page.read_text("utf-8")


@pytest.mark.parametrize("command", ["race", "run"])
@pytest.mark.parametrize("mode", ["race", "claim"])
def test_a_link_of_the_race_page_is_performed(command, mode, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path))
    link = "http://127.0.0.1:8050/race?problem=bowl&rule=sgd:lr=0.01&rule=adam:lr=0.01&steps=10"
    file = tmp_path / "table.csv"
    output = ["-o", str(file)] if command == "race" else ["--csv", str(file)]
    assert main([command, f"{link}&trials=3&choosing=2&reporting=10&mode={mode}", *output]) == 0
    assert ("Adam beats SGD in" in capsys.readouterr().out) is (mode == "claim")
    rows = len(pd.read_csv(file))
    assert rows == 2 if mode == "race" else rows > 10


def test_a_link_of_another_page_is_refused_by_a_race(capsys):
    assert main(["race", "http://127.0.0.1:8050/maps?size=9"]) == 2
    assert "optviz race holds races, and this link draws a map" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["map", "ravine", "--seeds", "2"], "--seeds is for two hyperparameters"),
        (["map", "ravine", "--size", "99999"], "size must be at most 2001, got 99999"),
        (["race", "bowl", "--trials", "1000000000"], "trials must be at most 500"),
        (["race", "bowl", "--reporting", "1000000000"], "reporting must be at most 500"),
        (["race", "bowl", "--steps", "1000000000000"], "steps must be a whole number from 1 to"),
        (["race", "bowl", "--rule", "nosuch"], 'no rule "nosuch"'),
        (["race", "log(x)-1000*(x<9)", "-o", "no/such/race.csv"], "no such folder"),
        (["race", "sqrt(-1-x^2)"], "the formula is finite nowhere"),
        (["schedules", "bowl", "--rule", "sgd", "--rule", "adam"], "race with one rule, got 2"),
        (["schedules", "bowl", "--schedule", "foo"], 'no schedule "foo"'),
        (["claim", "adam beats nosuch"], 'no rule "nosuch"'),
        (["gradients", "-o", "no/such/g.png"], "no such folder"),
    ],
)
def test_work_that_cannot_end_well_does_not_begin(capsys, words, sentence):
    assert main(words) == 2
    assert sentence in capsys.readouterr().err


def test_a_size_is_that_of_a_map_of_hyperparameters_too(capsys):
    axes = ["--x", "lr=0.001..1", "--y", "beta1=0..0.98", "--size", "9"]
    assert main(["map", "ravine", "--rule", "momentum", "--steps", "20", *axes]) == 0
    assert "9 x 9 values of lr and beta1" in capsys.readouterr().out


def test_what_is_written_of_a_rule_is_kept_but_the_learning_rate(capsys):
    rules = ["--rule", "momentum:beta1=0.5", "--rule", "momentum"]
    assert main(["race", "bowl", *rules, *FEW, *UNKEPT]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("Momentum beta1=0.5" in line and "beta1=0.5," not in line for line in lines)
