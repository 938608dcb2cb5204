"""The Surfaces page without a browser: controls to experiment and back, links, callbacks."""

import json

import pytest
from optviz_app import cards, figures, shell, surfaces_page, surfaces_panels
from optviz_app.app import make_app
from optviz_app.state import (
    TYPED,
    card_of,
    edited,
    read_cards,
    read_surface,
    shown_start,
    specs,
    text_of,
)

from optviz.experiment import MOST, Experiment
from optviz.rules import RULES
from optviz.schedules import SCHEDULES

CONTROLS = {
    "choice": "rosenbrock",
    "problem": "rosenbrock",
    "parameters": (("steepness", "100"),),
    "start": ("-1.2", "1"),
    "steps": "500",
    "noise": "0",
    "seed": "0",
    "rules": Experiment().rules,
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("decay", ["", ",l2=0.01", ",wd=0.02"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_card_brings_back_the_text_it_was_made_of(rule, decay, schedule):
    shown = "" if schedule == "constant" else f",schedule={schedule}"
    text = f"{rule}:lr=0.05{decay}{shown},on=no"
    assert text_of(card_of(text)) == text


@pytest.mark.parametrize("rule", RULES)
def test_card_has_a_control_for_every_hyperparameter(rule):
    drawn = str(cards.cards("surfaces", [f"{rule}:lr=0.1"])[0])
    for spec in specs(rule):
        assert f"'field': '{spec.name}'" in drawn
        assert spec.label in drawn


def test_refused_value_gets_a_sentence_and_keeps_the_rest():
    changes = [
        ("hyper", 0, "lr", "fast"),
        ("hyper", 1, "lr", "0.2"),
        ("hyper", 1, "beta1", "1"),
        ("hyper", 9, "lr", "0.2"),
    ]
    after, errors = read_cards(["sgd:lr=0.1", "adam:lr=0.1"], changes)
    assert after == ["sgd:lr=0.1", "adam:lr=0.2"]
    assert errors == {
        ("hyper", 0, "lr"): 'lr must be a number, got "fast"',
        ("hyper", 1, "beta1"): "beta1 must be at least 0 and below 1, got 1",
    }


def test_another_rule_starts_from_its_own_defaults_and_keeps_the_decay():
    after, errors = read_cards(["adam:lr=0.3,wd=0.02"], [("rule", 0, "", "sgd")])
    assert (after, errors) == (["sgd:lr=0.01,wd=0.02"], {})


def test_empty_length_of_a_schedule_means_the_whole_run():
    before = ["adam:lr=0.1,schedule=cosine(steps=20)"]
    after, errors = read_cards(before, [("setting", 0, "steps", "")])
    assert (after, errors) == (["adam:lr=0.1,schedule=cosine"], {})


def test_duplicate_remove_and_add():
    assert edited(["sgd:lr=1", "adam:lr=2"], "duplicate", 0) == [
        "sgd:lr=1",
        "sgd:lr=1",
        "adam:lr=2",
    ]
    assert edited(["sgd:lr=1", "adam:lr=2"], "remove", 0) == ["adam:lr=2"]
    assert edited(["sgd:lr=1"], "remove", 0) == ["sgd:lr=1"]
    assert edited(["sgd:lr=1"], "add", 0)[1].startswith("momentum:")
    full = ["sgd:lr=1"] * MOST["rules"]
    assert edited(full, "duplicate", 0) == full


def test_controls_at_rest_mean_the_experiment_they_show():
    assert read_surface(Experiment(), CONTROLS) == (Experiment(), {})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("start", ("1e999", "0"), "start must be finite"),
        ("start", ("", "0"), "start must be a number"),
        ("steps", "1e6", "steps must be a whole number"),
        ("steps", None, "steps must be a number"),
        ("noise", "-1", "noise must be a number from 0"),
        ("seed", "x", "seed must be a number"),
        ("parameters", (("steepness", "?"),), "steepness must be a number"),
        ("problem", "x +", ""),
        ("problem", "", ""),
        ("problem", None, ""),
    ],
)
def test_wrong_control_gets_a_sentence_and_leaves_the_experiment(field, value, sentence):
    after, errors = read_surface(Experiment(), CONTROLS | {field: value})
    assert after == Experiment()
    assert list(errors) == [field]
    assert sentence in errors[field]


def test_another_surface_brings_its_own_start_and_parameters():
    after, errors = read_surface(Experiment(), CONTROLS | {"problem": "ravine"})
    assert errors == {}
    assert shown_start(after) == tuple(after.surface().start)
    answer = surfaces_page.read(Experiment().to_query(), CONTROLS | {"problem": "ravine"})
    assert "condition" in str(answer["parameters"])
    assert answer["start"][0] == f"{after.surface().start[0]:g}"


def test_minima_are_told_anew_when_a_parameter_moves():
    query = Experiment().to_query()
    assert "Minimum at (1, 1)" in str(surfaces_panels.story(Experiment()))
    moved = CONTROLS | {"parameters": (("steepness", "-1"),)}
    answer = surfaces_page.read(query, moved)
    assert answer["query"] != query
    assert "Minimum" not in str(answer["story"])


def test_formula_field_shows_only_for_a_typed_formula():
    query = Experiment().to_query()
    typed = CONTROLS | {"choice": TYPED, "problem": "x**2 + y**2"}
    assert surfaces_page.read(query, typed)["formula_hidden"] is False
    assert surfaces_page.read(query, CONTROLS)["formula_hidden"] is True


@pytest.mark.parametrize("path", ["/", "/movielens", "/nowhere", None])
@pytest.mark.parametrize(
    "search", ["", "?", "?steps=3", "?x=%FF%00&rule=;;", "?" + "rule=a&" * 3000]
)
def test_every_link_opens_a_page(path, search):
    children, shown, _ = shell.open_link(path, search, None)
    assert children
    again = shell.open_link(path, "?" + shown["query"], shown)
    assert not isinstance(again[0], type(children))


def test_link_with_mistakes_shows_its_sentences():
    children, _, _ = shell.open_link("/", "?rule=adm:lr=1", None)
    assert 'no rule "adm"; nearest: adam' in str(children)


def test_race_holds_what_the_scrubber_needs():
    query = Experiment(steps=30, rules=("sgd:lr=1e-3", "sgd:lr=1")).to_query()
    race = figures.race(query)
    lines = [trace for trace in race["data"] if "meta" in trace]
    assert [line["meta"]["run"] for line in lines] == [0, 1]
    assert len(race["runs"][0]["loss"]) == 31
    assert None in race["runs"][1]["loss"]
    json.dumps(race, allow_nan=False)


def test_all_optimizers_off_shows_the_surface_and_says_so():
    query = Experiment(rules=("sgd:lr=0.1,on=no",)).to_query()
    assert figures.race(query)["data"] == []
    assert "switch one on" in str(surfaces_panels.results(query))


def test_no_page_asks_another_host():
    client = make_app().server.test_client()
    page = client.get("/").get_data(as_text=True)
    assert "http://" not in page
    assert "https://" not in page
