"""The Surfaces page without a browser: controls to experiment and back, links, callbacks."""

import base64
import json
from dataclasses import fields, replace

import numpy as np
import pytest
from dash import no_update
from optviz_app.app import make_app
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.optimizer_cards.state import (
    edit_rules,
    list_values,
    make_card,
    read_cards,
    spell_card,
)
from optviz_app.pages.surfaces import controls as panels
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces.respond import answer
from optviz_app.pages.surfaces.state import TYPED, find_start, read_fields, spell_starts
from optviz_app.shell import frame

from optviz.experiments.limits import LIMITS
from optviz.experiments.surface import Experiment, list_view_words
from optviz.rules import RULES
from optviz.schedules import SCHEDULES
from optviz.specs import _read_spec, parse_spec
from tests.support.cases import every

CONTROLS = {
    "problem": "rosenbrock",
    "parameters": (("steepness", "100"),),
    "start": ("-1.2", "1"),
    "steps": "500",
    "noise": "0",
    "seed": "0",
    "rules": Experiment().rules,
}


@every("rule", RULES)
@every("decay", ["", ",l2=0.01", ",wd=0.02"])
@every("schedule", SCHEDULES)
def test_card_brings_back_the_text_it_was_made_of(rule, decay, schedule):
    shown = "" if schedule == "constant" else f",schedule={schedule}"
    text = f"{rule}:lr=0.05{decay}{shown},on=no"
    assert spell_card(make_card(text)) == text


@pytest.mark.parametrize("rule", RULES)
def test_card_has_a_control_for_every_hyperparameter(rule):
    drawn = str(cards.cards("surfaces", [f"{rule}:lr=0.1"])[0])
    for spec in fields(RULES[rule]):  # type: ignore[arg-type]
        assert f"'field': '{spec.name}'" in drawn
        assert spec.metadata["label"] in drawn


def test_card_looks_like_its_run_where_others_are_off():
    first, second, third = cards.choose_styles(
        [make_card(f"adam:on={on}") for on in ("no", "yes", "yes")]
    )
    assert (second.dash, third.dash) == ("solid", "dash")
    assert first.color == second.color


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


def test_switches_of_a_card_are_those_of_its_text():
    text = "adam:lr=0.1,amsgrad=yes,maximize=yes,wd=0.02"
    cycle = ",schedule=onecycle(three_phase=yes,cycle_momentum=yes,base_momentum=0.5)"
    assert spell_card(make_card(text + cycle)) == text + cycle
    switches = ("amsgrad", "maximize", "three_phase", "cycle_momentum")
    changes = [("flag", 0, name, True) for name in switches]
    changes = [("schedule", 0, "", "onecycle"), *changes, ("setting", 0, "base_momentum", "0.5")]
    assert read_cards(["adam:lr=0.1,wd=0.02"], changes) == ([text + cycle], {})
    off = [("flag", 0, name, False) for name in switches]
    assert read_cards([text], off) == (["adam:lr=0.1,wd=0.02"], {})


def test_a_card_cycles_beta1_only_where_its_rule_has_one():
    onecycle = "lr=0.1,schedule=onecycle"
    drawn = {rule: str(cards.cards("surfaces", [f"{rule}:{onecycle}"])) for rule in RULES}
    for rule, kind in RULES.items():
        has_beta1 = "beta1" in kind.__dataclass_fields__  # type: ignore[attr-defined]
        assert ("'field': 'cycle_momentum'" in drawn[rule]) is has_beta1
        assert "'field': 'base_momentum'" not in drawn[rule]
    before = f"adam:{onecycle}(cycle_momentum=yes)"
    assert "'field': 'base_momentum'" in str(cards.cards("surfaces", [before]))
    after, errors = read_cards([before], [("rule", 0, "", "sgd")])
    assert (after, errors) == (["sgd:lr=0.01,schedule=onecycle"], {})


def test_empty_length_of_a_schedule_means_the_whole_run():
    before = ["adam:lr=0.1,schedule=cosine(steps=20)"]
    after, errors = read_cards(before, [("setting", 0, "steps", "")])
    assert (after, errors) == (["adam:lr=0.1,schedule=cosine"], {})


def test_duplicate_remove_and_add():
    assert edit_rules(["sgd:lr=1", "adam:lr=2"], "duplicate", 0) == [
        "sgd:lr=1",
        "sgd:lr=1",
        "adam:lr=2",
    ]
    assert edit_rules(["sgd:lr=1", "adam:lr=2"], "remove", 0) == ["adam:lr=2"]
    assert edit_rules(["sgd:lr=1"], "remove", 0) == ["sgd:lr=1"]
    assert edit_rules(["sgd:lr=1"], "add", 0)[1].startswith("momentum:")
    full = ["sgd:lr=1"] * LIMITS["rules"]
    assert edit_rules(full, "duplicate", 0) == full


def test_controls_at_rest_mean_the_experiment_they_show():
    assert read_fields(Experiment(), CONTROLS) == (Experiment(), {})


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
    after, errors = read_fields(Experiment(), CONTROLS | {field: value})
    assert after == Experiment()
    assert list(errors) == [field]
    assert sentence in errors[field]


def press(experiment, trigger, **values):
    """The page's answer when something was touched, its controls showing the experiment."""
    shown = experiment.surface()
    controls = {
        "choice": experiment.problem,
        "problem": experiment.problem,
        "parameters": tuple(shown.formula.parameters.items()),
        "start": tuple(map(str, find_start(experiment))),
        "steps": str(experiment.steps),
        "noise": str(experiment.noise),
        "seed": str(experiment.seed),
        "also": spell_starts(experiment.also),
        "target": experiment.target,
        "view": experiment.view,
        "cards": [],
        "fork_cards": [],
    }
    return answer(experiment.to_query(), trigger, controls | values, ())


def after(out):
    return Experiment.from_query(out["query"])[0]


def runs_of(experiment):
    comparison = figures.perform_race(experiment)
    assert comparison is not None
    return list(comparison.trajectories.values())


def list_card_values(rules):
    """Every control of the cards of these optimizers, as the page sends them."""
    return [
        (role, index, field, value)
        for index, text in enumerate(rules)
        for (role, field), value in list_values(parse_spec(text)).items()
    ]


def test_an_edit_of_one_lr_builds_two_experiments_and_reads_few_optimizers(monkeypatch):
    before = Experiment(steps=20, forks=("1@3:sgd:lr=0.2",), view=("linear",))
    press(before, "steps")  # as the page has it
    values = list_card_values(before.rules)
    values[values.index(("hyper", 3, "lr", "0.05"))] = ("hyper", 3, "lr", "0.0512345")
    built, settle = [], Experiment.__post_init__
    monkeypatch.setattr(Experiment, "__post_init__", lambda self: built.append(settle(self)))
    read = _read_spec.cache_info().misses
    trigger = {"role": "hyper", "owner": "surfaces", "card": 3, "field": "lr"}
    out = press(before, trigger, cards=values, fork_cards=list_card_values(["sgd:lr=0.2"]))
    assert len(built) <= 2
    assert _read_spec.cache_info().misses - read <= 12
    assert after(out).rules[3] == "adam:lr=0.0512345"
    assert out["wrong"] == {"forks": {}}


def test_another_surface_brings_its_own_start_and_parameters():
    out = press(Experiment(also=((1, 1),)), "surface", choice="ravine", problem="ravine")
    surface = after(out).surface()
    assert after(out).problem == "ravine"
    assert "condition" in str(out["parameters"])
    assert out["start"][0] == f"{surface.start[0]:g}"
    assert after(out).also == ()


def test_minima_are_told_anew_when_a_parameter_moves():
    assert "Minimum at (1, 1)" in str(panels.story(Experiment()))
    out = press(Experiment(), "parameter", parameters=(("steepness", "-1"),))
    assert dict(after(out).parameters) == {"steepness": -1}
    assert "Minimum" not in str(out["story"])


def test_formula_field_shows_only_for_a_typed_formula():
    typed = press(Experiment(), "surface", choice=TYPED, problem="x**2 + y**2")
    assert typed["formula_hidden"] is False
    assert press(Experiment(), "surface")["formula_hidden"] is True


def test_letters_of_a_formula_that_became_parameters_are_named():
    story = str(panels.story(Experiment(problem="where(x > 0, a*x, y)^2 + kx")))
    assert "Parameters, each 1 unless set: a, kx (kx is one name: write k*x to multiply)." in story
    assert "Parameters" not in str(panels.story(Experiment(problem="x^2 + y^2")))


def test_nothing_changed_draws_nothing():
    out = press(Experiment(), "steps")
    assert out["query"] is no_update
    assert out["race"] is no_update


def test_changed_optimizer_sends_only_its_own_run():
    experiment = Experiment(steps=50)
    known = [run["key"] for run in figures.draw_race(experiment)["runs"]]
    moved = replace(experiment, rules=(*experiment.rules[:3], "adam:lr=0.1"))
    runs = figures.draw_race(moved, known)["runs"]
    assert ["x" in run for run in runs] == [False, False, False, True]
    assert runs[0]["key"] == known[0]


def test_fork_of_a_run_adds_a_branch_that_equals_it_as_yet():
    out = press(Experiment(steps=60), "act", act={"act": "fork", "place": 1, "start": 0, "at": 20})
    forked = after(out)
    assert forked.forks == ("2@20:momentum:lr=0.001",)
    assert "from step 20" in str(out["fork_cards"])
    runs = runs_of(forked)
    assert (runs[-1].path == runs[1].path[20:]).all()


def test_fork_goes_on_with_what_its_card_says():
    forked = Experiment(steps=60, forks=("2@20:momentum:lr=0.001",))
    change = [("hyper", 0, "lr", "0.002")]
    out = press(forked, {"role": "hyper", "owner": "forks", "card": 0}, fork_cards=change)
    assert after(out).forks == ("2@20:momentum:lr=0.002",)


def test_removed_optimizer_takes_its_forks_and_moves_the_others():
    rules, forks = ("sgd:lr=1", "adam:lr=1"), ("1@3:sgd:lr=2", "2@4:adam:lr=2")
    experiment = Experiment(rules=rules, forks=forks)
    out = press(experiment, {"role": "remove", "owner": "surfaces", "card": 0})
    assert after(out).rules == ("adam:lr=1",)
    assert after(out).forks == ("1@4:adam:lr=2",)
    twice = press(experiment, {"role": "duplicate", "owner": "surfaces", "card": 0})
    assert after(twice).forks == ("1@3:sgd:lr=2", "3@4:adam:lr=2")


def test_fewer_steps_drop_the_forks_that_would_begin_after_them():
    experiment = Experiment(forks=("1@30:sgd:lr=2", "1@300:sgd:lr=2"))
    assert after(press(experiment, "steps", steps="100")).forks == ("1@30:sgd:lr=2",)


def test_pinned_run_stays_as_it_was():
    out = press(Experiment(steps=60), "act", act={"act": "pin", "place": 3, "start": 0, "at": 20})
    moved = replace(after(out), rules=("adam:lr=0.2",), steps=30)
    runs = runs_of(moved)
    assert len(runs) == 2
    assert len(runs[1]) == 60
    assert runs[1].about["rule"] == "adam:lr=0.05"
    dropped = press(moved, "act", act={"act": "pins", "place": 0, "start": 0, "at": 20})
    assert after(dropped).pins == ()


def test_too_many_pins_are_refused_in_a_sentence():
    pin = Experiment(rules=("adam:lr=0.1",)).to_query()
    full = Experiment(pins=(pin,) * LIMITS["pins"])
    out = press(full, "act", act={"act": "pin", "place": 0, "start": 0, "at": 20})
    assert "remove one first" in out["wrong"]["page"]
    assert out["query"] is no_update


def test_new_noise_takes_the_next_seed():
    out = press(Experiment(noise=1.0, seed=4), "new-sample")
    assert after(out).seed == 5
    assert out["seed"] == "5"


def test_new_noise_without_noise_says_what_is_missing():
    out = press(Experiment(), "new-sample")
    assert "set gradient noise above 0" in out["wrong"]["page"]
    assert out["query"] is no_update


def test_another_surface_has_no_use_for_the_target_of_the_one_before():
    out = press(Experiment(target=0.5), "surface", choice="ravine", problem="ravine")
    assert out["target"] is None
    assert after(out).target is None


def test_step_of_a_link_is_forgotten_at_the_first_change():
    assert after(press(Experiment(at=20), "steps", steps="90")).at is None


def test_more_starting_points_are_read_and_a_wrong_one_gets_a_sentence():
    assert after(press(Experiment(), "also", also="1,2; -1,0")).also == ((1, 2), (-1, 0))
    out = press(Experiment(), "also", also="1;2")
    assert "write more starting points as" in out["wrong"]["also"]


def test_target_and_view_change_no_run():
    out = press(Experiment(), "target", target=0.5, view=("linear", "distance"))
    assert after(out).target == 0.5
    assert after(out).race() == Experiment()
    assert out["race"]["target"] == 0.5
    assert out["race"]["curves"]["layout"]["title"]["text"].startswith("Distance")


@pytest.mark.parametrize("path", ["/", "/movielens", "/nowhere", None])
@pytest.mark.parametrize(
    "search", ["", "?", "?steps=3", "?x=%FF%00&rule=;;", "?" + "rule=a&" * 3000]
)
def test_every_link_opens_a_page(path, search):
    children, shown, _ = frame.open_link(path, search, None)
    assert children
    again = frame.open_link(path, "?" + shown["query"], shown)
    assert not isinstance(again[0], type(children))


def test_link_with_mistakes_shows_its_sentences():
    children, _, _ = frame.open_link("/", "?rule=adm:lr=1", None)
    assert 'no rule "adm"; nearest: adam' in str(children)


def decoded(spec):
    return np.frombuffer(base64.b64decode(spec["bdata"]), dtype=f"<{spec['dtype']}")


def test_race_holds_the_recorded_numbers_exactly():
    experiment = Experiment(steps=30, rules=("sgd:lr=1e-3", "adam:lr=0.1"))
    race = figures.draw_race(experiment)
    for run, recorded in zip(race["runs"], runs_of(experiment), strict=True):
        assert (decoded(run["x"]) == recorded.path[:, 0]).all()
        assert (decoded(run["loss"]) == recorded.losses).all()
        assert recorded.grad is not None
        assert (decoded(run["gy"]) == recorded.grad[:, 1]).all()
    averages = race["runs"][1]["state"]["grad_avg"]
    assert decoded(averages[0]).size == 30


def test_run_that_diverges_is_sent_as_strict_json():
    race = figures.draw_race(Experiment(steps=30, rules=("sgd:lr=1",)))
    assert "diverged" in race["runs"][0]["ended"]
    json.dumps(race, allow_nan=False)


def test_table_has_a_row_a_run_and_says_what_can_be_done_with_it():
    experiment = Experiment(steps=30, also=((1, 2),), forks=("1@3:sgd:lr=0.1",))
    table = figures.draw_race(experiment)["table"]
    acts = [[each["act"] for each in row["acts"]] for row in table["rows"]]
    assert acts == [["fork", "pin"], ["pin", "also"]] * 4 + [["forks"]]
    assert len(table["head"]) == 2 + len(table["rows"][0]["cells"])


@pytest.mark.parametrize("word", list_view_words())
def test_every_view_is_drawn(word):
    race = figures.draw_race(Experiment(steps=20, view=(word,)))
    json.dumps(race, allow_nan=False)
    assert bool(race["overlays"]) == (word in ("field", "curvature"))
    assert ("landscape" in race) == (word == "3d")


def test_all_optimizers_off_shows_the_surface_and_says_so():
    race = figures.draw_race(Experiment(rules=("sgd:lr=0.1,on=no",)))
    assert race["runs"] == race["table"]["rows"] == []


def test_no_page_asks_another_host():
    client = make_app().server.test_client()
    page = client.get("/").get_data(as_text=True)
    assert "http://" not in page
    assert "https://" not in page
