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
from optviz_app.components.surface_fields import hash_icons
from optviz_app.components.surface_state import TYPED
from optviz_app.pages.surfaces import controls as panels
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces.acts import name_items
from optviz_app.pages.surfaces.respond import answer
from optviz_app.pages.surfaces.state import find_start, read_fields, spell_starts
from optviz_app.shell import frame

from optviz.experiments.home import HOME
from optviz.experiments.limits import LIMITS
from optviz.experiments.surface import Experiment, list_view_words
from optviz.lessons.library import index_races
from optviz.problems.surfaces import group_surfaces
from optviz.rules import RULES
from optviz.runs.comparison import describe_outcome
from optviz.schedules import SCHEDULES
from optviz.specs import _read_spec, parse_spec
from optviz.views.drawing.scale import spell_number
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
    assert second.color != third.color
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
    return answer(experiment.to_query(), [trigger], controls | values, ())


def press_all(experiment, *acts, known=None, seen=0):
    """The page's answer to presses: (act, kind, place) each, as the experiment's items are seen."""
    items = name_items(experiment)
    pressed = [
        {"act": act, "kind": kind, "item": items[kind][place], "start": None, "at": 20}
        for act, kind, place in acts
    ]
    act = {"count": seen + len(pressed), "last": pressed}
    return press(experiment, "act", act=act, items=known or items, seen=seen)


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
    values = list_card_values(before.rules)
    press(before, "steps")  # as the page has it
    index_races()  # reads the lessons
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


def test_another_formula_keeps_what_fits_and_says_what_does_not():
    before = Experiment(
        problem="a*x^2 + b*y", parameters=(("a", 3.0), ("b", 2.0)), start=(-1.0, 2.0)
    )
    out = press(before, "formula", choice=TYPED, problem="a*x^2 + y^2")
    assert dict(after(out).parameters) == {"a": 3}
    assert after(out).start == (-1, 2)
    assert out["start"] == ("-1", "2")
    assert "'value': 3.0" in str(out["parameters"]) or "value='3'" in str(out["parameters"])
    assert out["wrong"]["page"] == "the new formula has no place for b=2"
    out = press(before, "formula", choice=TYPED, problem="a*sqrt(x) + y")
    left = "the new formula has no place for b=2, start=-1,2"
    assert (after(out).start, out["wrong"]["page"]) == (None, left)


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


def test_fork_of_a_run_begins_with_half_its_learning_rate():
    out = press_all(Experiment(steps=60), ("fork", "rules", 1))
    forked = after(out)
    assert forked.forks == ("2@20:momentum:lr=0.0005",)
    assert "from step 20" in str(out["fork_cards"])
    assert "lr=0.0005" in out["done"]["words"]
    runs = runs_of(forked)
    assert (runs[-1].path[0] == runs[1].path[20]).all()
    assert (runs[-1].path[-1] != runs[1].path[-1]).any()


@pytest.mark.parametrize(
    ("experiment", "sentence"),
    [
        (Experiment(steps=20), "the runs end at step 20: fork at an earlier step"),
        (
            Experiment(rules=("sgd:lr=1",)),
            "SGD lr=1 diverged at step 4: fork it at an earlier step",
        ),
    ],
)
def test_a_fork_where_there_is_no_run_is_refused_in_a_sentence(experiment, sentence):
    out = press_all(experiment, ("fork", "rules", 0))
    assert out["wrong"] == {"forks": {}, "page": sentence}
    assert out["query"] is no_update
    assert out["seen"] == 1


def test_forks_at_one_step_differ():
    out = press_all(Experiment(steps=60), *[("fork", "rules", 1)] * 3)
    assert len(set(after(out).forks)) == 3


def test_presses_that_were_not_answered_are_all_done():
    """Each meets the item that was seen when it was pressed, whatever came and went since."""
    rules = ("sgd:lr=0.001", "momentum:lr=0.001", "rmsprop:lr=0.01", "adam:lr=0.05")
    acts = [("remove", "rules", 0), ("duplicate", "rules", 2), ("remove", "rules", 1)]
    out = press_all(Experiment(rules=rules), *acts)
    assert after(out).rules == ("rmsprop:lr=0.01", "rmsprop:lr=0.005", "adam:lr=0.05")
    assert out["items"]["rules"] == [2, 4, 3]
    assert out["seen"] == 3


def test_a_second_press_on_an_item_that_is_gone_does_nothing():
    out = press_all(Experiment(), ("remove", "rules", 0), ("remove", "rules", 0))
    assert after(out).rules == Experiment().rules[1:]


def test_a_press_that_was_answered_is_not_done_again():
    experiment = Experiment()
    pressed = {"act": "remove", "kind": "rules", "item": 0, "at": 0}
    act = {"count": 1, "last": [pressed]}
    out = press(experiment, "steps", steps="90", act=act, items=name_items(experiment), seen=1)
    assert after(out).rules == experiment.rules


def test_an_edit_and_a_press_before_its_answer_are_both_done():
    experiment = Experiment()
    act = {"count": 1, "last": [{"act": "remove", "kind": "rules", "item": 0, "at": 0}]}
    out = press(experiment, "act", steps="90", act=act, items=name_items(experiment), seen=0)
    assert (after(out).steps, after(out).rules) == (90, experiment.rules[1:])


@pytest.mark.parametrize("junk", [None, 7, {}, {"count": 2}, {"count": "x", "last": 3}])
def test_presses_that_are_none_change_nothing(junk):
    assert press(Experiment(), "act", act=junk, seen=None)["query"] is no_update


@pytest.mark.parametrize("problem", ["rosenbrock", "zakharov", "bukin_6"])
def test_added_optimizers_run_on_the_surface(problem):
    add = {"act": "add", "at": 0}
    before = Experiment(problem=problem, rules=("rmsprop:lr=0.01",), steps=300)
    act = {"count": 6, "last": [add] * 6}
    out = press(before, "act", act=act, items=name_items(before), seen=0)
    runs = runs_of(after(out))
    outcomes = [describe_outcome(run, before.surface().window) for run in runs]
    assert len(runs) == 7
    assert not [each for each in outcomes if each.startswith("diverged")]


def test_a_thirteenth_optimizer_is_refused_in_a_sentence():
    full = Experiment(rules=("sgd:lr=0.001",) * LIMITS["rules"])
    act = {"count": 1, "last": [{"act": "add", "at": 0}]}
    out = press(full, "act", act=act, items=name_items(full), seen=0)
    assert (
        out["wrong"]["page"]
        == f"an experiment has at most {LIMITS['rules']} optimizers: remove one first"
    )


def test_another_rule_that_would_diverge_gets_a_learning_rate_that_runs():
    change = [("rule", 0, "", "sgd"), ("rule", 1, "", "rmsprop")]
    out = press(Experiment(rules=("adam:lr=0.05", "adam:lr=0.1")), {"role": "rule"}, cards=change)
    assert after(out).rules == ("sgd:lr=0.002", "rmsprop:lr=0.01")


def test_fork_goes_on_with_what_its_card_says():
    forked = Experiment(steps=60, forks=("2@20:momentum:lr=0.001",))
    change = [("hyper", 0, "lr", "0.002")]
    out = press(forked, {"role": "hyper", "owner": "forks", "card": 0}, fork_cards=change)
    assert after(out).forks == ("2@20:momentum:lr=0.002",)


def test_removed_optimizer_takes_its_forks_and_moves_the_others():
    rules, forks = ("sgd:lr=1", "adam:lr=1"), ("1@3:sgd:lr=2", "2@4:adam:lr=2")
    experiment = Experiment(rules=rules, forks=forks)
    out = press_all(experiment, ("remove", "rules", 0))
    assert after(out).rules == ("adam:lr=1",)
    assert after(out).forks == ("1@4:adam:lr=2",)
    twice = press_all(experiment, ("duplicate", "rules", 0))
    assert after(twice).forks == ("1@3:sgd:lr=2", "3@4:adam:lr=2")


def test_fewer_steps_drop_the_forks_that_would_begin_after_them():
    experiment = Experiment(forks=("1@30:sgd:lr=2", "1@300:sgd:lr=2"))
    assert after(press(experiment, "steps", steps="100")).forks == ("1@30:sgd:lr=2",)


def test_pinned_run_stays_as_it_was():
    out = press_all(Experiment(steps=60), ("pin", "rules", 3))
    moved = replace(after(out), rules=("adam:lr=0.2",), steps=30)
    runs = runs_of(moved)
    assert len(runs) == 2
    assert len(runs[1]) == 60
    assert runs[1].about["rule"] == "adam:lr=0.05"
    dropped = press_all(moved, ("remove", "pins", 0))
    assert after(dropped).pins == ()


def test_too_many_pins_are_refused_in_a_sentence():
    pin = Experiment(rules=("adam:lr=0.1",)).to_query()
    full = Experiment(pins=(pin,) * LIMITS["pins"])
    out = press_all(full, ("pin", "rules", 0))
    assert "remove one first" in out["wrong"]["page"]
    assert out["query"] is no_update


def test_new_noise_takes_the_next_seed():
    act = {"count": 2, "last": [{"act": "sample"}] * 2}
    out = press(Experiment(noise=1.0, seed=4), "act", act=act)
    assert after(out).seed == 6
    assert out["seed"] == "6"


def test_new_noise_without_noise_says_what_is_missing():
    out = press(Experiment(), "act", act={"count": 1, "last": [{"act": "sample"}]})
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


def test_empty_address_opens_the_home_race_and_a_short_link_still_means_rosenbrock():
    assert frame.open_link("/", "", None)[1]["query"] == HOME.to_query()
    short = Experiment.from_query(frame.open_link("/", "?rule=sgd:lr=0.01", None)[1]["query"])[0]
    assert (short.problem, short.steps) == ("rosenbrock", 500)


@pytest.mark.parametrize("view", [("play",), ("play", "linear")])
def test_first_edit_forgets_to_play(view):
    out = press(Experiment(view=view), "steps", steps="90", view=view[1:])
    assert after(out).view == view[1:]


def test_every_surface_has_a_group_and_a_small_picture():
    client = make_app().server.test_client()
    assert all(group for group in group_surfaces())
    for name in ("bowl", "ackley", "trefethen"):
        answer = client.get(f"/icons/{hash_icons()}/{name}.png")
        assert answer.mimetype == "image/png"
        assert answer.data.startswith(b"\x89PNG")
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(f"/icons/{hash_icons()}/nothing.png").status_code == 404


def test_run_is_told_in_a_line():
    whole = Experiment(problem="bowl", start=(-1.0, 2.0), also=((0.5, 1.0),), noise=0.5, steps=1200)
    assert panels.summarize_run(whole) == "start (−1, 2), 1 more start, 1,200 steps, noise 0.5"


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


def test_table_tells_the_best_loss_only_where_the_final_one_is_another():
    experiment = Experiment(problem="bowl", steps=40, rules=("sgd:lr=0.1", "momentum:lr=0.1"))
    finals = [row["cells"][0] for row in figures.draw_race(experiment)["table"]["rows"]]
    best = [run.losses.min() for run in runs_of(experiment)]
    assert finals[0] == spell_number(best[0])
    assert finals[1].endswith(f" (best {spell_number(best[1])})")


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
