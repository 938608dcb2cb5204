"""The Experiment record: one identity, one link, and sentences for what a link gets wrong."""

import json
import random
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields, replace
from unittest.mock import Mock
from urllib.parse import quote

import numpy as np
import pytest

from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import LIMITS, Experiment, list_view_words

ASKED = Experiment(
    problem="x**2 + a*y**2 + b",
    parameters=(("a", 3.0), ("b", -1.5)),
    rules=("adam:lr=0.05,wd=0.01,schedule=step(every=50,factor=0.3)", "sgd:on=no", "sgd:lr=1e-4"),
    start=(-1.25, 1e-3),
    steps=75,
    noise=0.25,
    seed=7,
)
PIN = "rule=adam:lr=0.1&problem=x**2+%2B+a*y**2&parameters=a=9&start=1,1&steps=60&noise=0.5&seed=3"
WHOLE = replace(
    ASKED,
    also=((1.0, 2.5), (-3.0, 1e-5)),
    forks=("1@20:sgd:lr=0.01", "3@0:adam:lr=0.05,wd=0.01"),
    pins=(PIN, "rule=sgd:lr=0.001"),
    target=-2.5,
    view=("3d", "evaluations", "state"),
    at=12,
)
"""An experiment with something in every field."""
RATED = RatingsExperiment(model="dot", epochs=3, batch=256, seed=5, rules=("rmsprop:lr=0.001",))


@pytest.mark.parametrize("asked", [Experiment(), ASKED, WHOLE, RatingsExperiment(), RATED])
def test_link_and_json_bring_back_the_same_experiment(asked):
    assert type(asked).from_query(asked.to_query()) == (asked, [])
    assert type(asked).from_json(asked.to_json()) == asked


def test_values_at_their_default_leave_the_link():
    same = Experiment(problem="Rosenbrock", start=(-1.2, 1.0), parameters=(("steepness", 100.0),))
    assert same == Experiment()
    assert Experiment().to_query().split("&") == [
        *(f"rule={each}" for each in Experiment().rules),
        "v=2",
    ]


def test_rules_have_one_spelling():
    one = Experiment(rules=(" Adam: lr = 0.050 , debias=TRUE, schedule=cosine() ",))
    assert one == Experiment(rules=("adam:lr=0.05,schedule=cosine",))
    assert one.key == Experiment(rules=("adam:lr=.05,schedule=cosine",)).key


def test_performing_twice_gives_the_same_bytes_in_another_process():
    code = (
        "import sys; from optviz.experiments.surface import Experiment;"
        "race = Experiment.from_json(sys.argv[1]).perform();"
        "print([each.path.tobytes().hex() for each in race.trajectories.values()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ASKED.to_json()], capture_output=True, text=True, check=True
    )
    here = [each.path.tobytes().hex() for each in ASKED.perform().trajectories.values()]
    assert done.stdout.strip() == str(here)


def test_optimizers_switched_off_do_not_run():
    assert list(ASKED.perform().trajectories) == [
        "Adam lr=0.05 wd=0.01 schedule=step(every=50,factor=0.3)",
        "SGD lr=0.0001",
    ]


def test_noise_follows_the_seed():
    paths = [
        Experiment(noise=0.5, seed=seed, steps=20, rules=("sgd:lr=1e-4",)).perform()
        for seed in (1, 1, 2)
    ]
    first, again, other = (next(iter(each.trajectories.values())).path for each in paths)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("steps=0", "steps must be a whole number from 1 to 20000"),
        ("steps=1e9", "steps must be a whole number"),
        ("steps=2.5", "steps must be a whole number"),
        ("steps=nan", "steps must be a whole number"),
        ("seed=-1", "seed must be a whole number"),
        ("noise=-1", "noise must be a number from 0"),
        ("noise=inf", "noise must be a number from 0"),
        ("start=1", "start must be 2 numbers"),
        ("start=1,2,3", "start must be 2 numbers"),
        ("start=1,nan", "start must be finite"),
        ("start=,", "start must be a number"),
        ("problem=nosuchthing", 'no surface "nosuchthing"'),
        ("problem=__class__", ""),
        ("problem=" + "9" * 2000, ""),
        ("problem=1/2x", "has two readings"),
        ("problem=x" + "%2Bx" * 250, "at most 500 characters"),
        ("parameters=q=1", 'no parameter "q"'),
        ("parameters=steepness", "steepness must be a number"),
        ("rule=adam:lr=1e400", "lr must be at least 0 and finite"),
        ("rule=" + "a" * 4000, "at most 500 characters"),
        ("rule=", "no rule"),
        ("rule=momentum:beta1=1", "beta1 must be at least 0 and below 1"),
        ("rule=momentum:damped=perhaps", "damped must be yes or no"),
        ("rule=adam:schedule=step(every=0)", "every must be a whole number"),
        ("rule=adam:schedule=step(every=nan)", "every must be a whole number"),
        ("rule=adam:schedule=cosine(steps=inf)", "steps must be a whole number"),
        ("rule=adam:schedule=((", "schedule must read like"),
        ("hacked=1", 'unknown part "hacked"'),
    ],
)
def test_wrong_part_of_a_link_gets_a_sentence_and_leaves_the_rest(link, sentence):
    found, sentences = Experiment.from_query(f"noise=0.125&{link}" if "noise" not in link else link)
    assert len(sentences) == 1
    assert sentence in sentences[0]
    assert len(sentences[0]) < 250
    assert found == (Experiment() if "noise" in link else Experiment(noise=0.125))


@pytest.mark.parametrize(
    ("key", "name", "item"),
    [
        ("rule", "rules", "sgd:lr=0.1"),
        ("also", "also", "1,2"),
        ("fork", "forks", "1@3:sgd:lr=0.1"),
        ("pin", "pins", "rule%3Dsgd:lr=0.1"),
    ],
)
def test_of_a_list_that_is_too_long_the_first_items_are_kept(key, name, item):
    link = "&".join([f"{key}={item}"] * (LIMITS[name] + 3))
    found, sentences = Experiment.from_query(link)
    assert len(getattr(found, name)) == LIMITS[name]
    assert len(sentences) == 1
    assert str(LIMITS[name]) in sentences[0]
    with pytest.raises(ValueError, match=str(LIMITS[name])):
        replace(found, **{name: getattr(found, name) * 2})


TWO_STARTS = {"steps": 20_000, "also": ((1.0, 2.0), (1.0, 3.0))}


@pytest.mark.parametrize(
    ("link", "sentence", "kept"),
    [
        ("also=1,2&also=3&also=5,6", "also must be 2 numbers", {"also": ((1, 2), (5, 6))}),
        ("also=1,nan", "also must be finite", {}),
        ("also=one,2", "also must be a number", {}),
        ("fork=9@3:adam", "a fork of optimizer 9, but they go from 1 to 4", {}),
        ("fork=0@3:adam", "a fork of optimizer 0, but they go from 1 to 4", {}),
        ("fork=1@500:adam", "a fork at step 500, but the last to fork at is 499", {}),
        ("steps=20&fork=1@20:adam", "a fork at step 20, but", {"steps": 20}),
        ("fork=1@3:adm", 'no rule "adm"; nearest: adam', {}),
        ("fork=adam", "a fork reads like 2@120:adam:lr=0.01", {}),
        ("fork=1@x:sgd&fork=1@3:sgd:lr=1", "a fork reads", {"forks": ("1@3:sgd:lr=1",)}),
        ("pin=steps=3", "a pin is the link of one run", {}),
        ("pin=rule=adm", 'a pin: no rule "adm"', {}),
        ("pin=rule%3Dsgd%26also%3D1,2", "a pin is the link of one run", {}),
        ("pin=" + "9" * 3000, "at most 2000 characters", {}),
        ("target=low", "target must be a number", {}),
        ("target=inf", "target must be a finite number", {}),
        ("view=3d,sideways,state", "view must be one of 3d, linear", {"view": ("3d", "state")}),
        ("at=-1", "at must be a whole number from 0", {}),
        ("at=2.5", "at must be a whole number", {}),
        ("v=9&steps=20", "newer than this optviz reads (2)", {"steps": 20}),
        ("v=two&steps=20", 'a link has a version from 1 to 2, got "two"', {"steps": 20}),
        ("steps=20000&also=1,2&also=1,3&also=1,4", "at most 240000", TWO_STARTS),
        ("seed=3&" + "x" * 50_000, "longer than 40000 characters", {"seed": 3}),
        ("seed=3" + "&seed=4" * 300, "more than 200 parts", {"seed": 4}),
    ],
)
def test_wrong_item_of_a_link_gets_a_sentence_and_leaves_the_others(link, sentence, kept):
    found, sentences = Experiment.from_query(link)
    assert len(sentences) == 1
    assert sentence in sentences[0]
    assert len(sentences[0]) < 250
    assert found == replace(Experiment(), **kept)


def test_no_fork_moves_to_another_optimizer_where_one_is_not_understood():
    found, sentences = Experiment.from_query("rule=adm&rule=sgd:lr=1&rule=adam:lr=1&fork=1@3:sgd")
    assert found == Experiment(rules=("sgd:lr=1", "adam:lr=1"))
    assert sentences == [
        'no rule "adm"; nearest: adam',
        "forks are left out, since an optimizer of the link was not understood",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"forks": ("5@3:adam",)}, "a fork of optimizer 5"),
        ({"forks": ("4@3:adam",), "rules": ("sgd:lr=1",)}, "a fork of optimizer 4"),
        ({"forks": ("1@500:adam",)}, "a fork at step 500"),
        ({"pins": ("rule=sgd&rule=adam",)}, "a pin is the link of one run"),
        ({"target": float("nan")}, "target must be a finite number"),
        ({"view": ("sideways",)}, "view must be one of"),
        ({"view": "3d"}, "view must be a list"),
        ({"also": ((1.0,),)}, "also must be 2 numbers"),
        ({"start": "12"}, "start must be 2 numbers"),
        ({"problem": 3}, "problem must be a surface's name or a formula"),
        ({"steps": 20_000, "rules": ("sgd",) * 12, "also": ((1, 2),)}, "at most 240000"),
    ],
)
def test_an_experiment_that_contradicts_itself_cannot_be_made(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(Experiment(), **change)


def test_lists_have_one_spelling():
    one = Experiment(
        forks=(" 1@007:Adam: lr=0.10",),
        pins=("v=2&rule=SGD:lr=.5,on=no&at=3&target=1",),
        view=("state", "3d", "3d"),
    )
    assert one.forks == ("1@7:adam:lr=0.1",)
    assert one.pins == ("rule=sgd:lr=0.5&v=2",)
    assert one.view == ("3d", "state")


def test_a_step_shown_beyond_the_last_is_the_last():
    assert Experiment(steps=50, at=400).at == 50


def test_the_race_leaves_out_how_it_is_shown():
    assert WHOLE.race() == replace(WHOLE, view=(), at=None, target=None)
    assert WHOLE.race().forks == WHOLE.forks


VERSION_1_LINK = (
    "rule=adam:lr=0.05,wd=0.01,schedule=step(every=50,factor=0.3)&rule=sgd:lr=1,on=no"
    "&seed=7&problem=x**2%20%2B%20a*y**2%20%2B%20b&parameters=a=3,b=-1.5&start=-1.25,0.001"
    "&steps=75&noise=0.25"
)
VERSION_1_JSON = (
    '{"kind":"Experiment","noise":0.25,"parameters":[["a",3.0],["b",-1.5]],'
    '"problem":"x**2 + a*y**2 + b","rules":["adam:lr=0.05,wd=0.01,'
    'schedule=step(every=50,factor=0.3)","sgd:lr=1,on=no"],"seed":7,"start":[-1.25,0.001],'
    '"steps":75,"version":1}'
)
VERSION_1 = replace(ASKED, rules=(ASKED.rules[0], "sgd:lr=1,on=no"))
RATINGS_1_LINK = "rule=rmsprop:lr=0.001&seed=5&model=dot&epochs=3"
RATINGS_1_JSON = (
    '{"batch":256,"data":"ml-100k","epochs":3,"kind":"RatingsExperiment","model":"dot",'
    '"movie":null,"rules":["rmsprop:lr=0.001"],"seed":5,"user":null,"version":1}'
)


def test_links_and_records_of_version_1_keep_opening():
    assert Experiment.from_query(VERSION_1_LINK) == (VERSION_1, [])
    assert Experiment.from_json(VERSION_1_JSON) == VERSION_1
    assert RatingsExperiment.from_query(RATINGS_1_LINK) == (RATED, [])
    assert RatingsExperiment.from_json(RATINGS_1_JSON) == RATED


def test_results_saved_under_the_key_of_version_1_are_found():
    assert RATED.to_json() == RATINGS_1_JSON


def test_a_record_of_a_newer_version_is_refused():
    with pytest.raises(ValueError, match="not an experiment, Experiment of version 1 to 2"):
        Experiment.from_json(VERSION_1_JSON.replace('"version":1', '"version":9'))


JUNK = [None, True, 3, -1, 1e300, float("inf"), float("nan"), "", "x", "9" * 999, [], [[]], {}]
JUNK += [[None], ["a"], [1, 2], [[1, 2], [3]], [["a", 1]], [["a", "b"]], [{"a": 1}], 10**400]


@pytest.mark.parametrize("kind", [Experiment, RatingsExperiment])
def test_json_of_the_wrong_kinds_is_an_experiment_or_a_sentence(kind):
    for spec in fields(kind):
        for junk in JUNK:
            record = json.loads(kind().to_json()) | {spec.name: junk}
            with suppress(ValueError):
                found = kind.from_json(json.dumps(record))
                assert kind.from_json(found.to_json()) == found


def test_every_view_word_survives_the_link():
    words = list_view_words()
    assert Experiment.from_query(Experiment(view=words).to_query())[0].view == words


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "null", "{", '{"kind":"Experiment"}', '{"kind":"os","version":1}']
)
def test_text_that_is_no_experiment_is_refused(text):
    with pytest.raises(ValueError, match="not an experiment"):
        Experiment.from_json(text)


def test_unknown_field_is_refused():
    record = json.loads(ASKED.to_json()) | {"extra": 1}
    with pytest.raises(ValueError, match="unknown field 'extra'"):
        Experiment.from_json(json.dumps(record))


@pytest.mark.parametrize(
    "change", [{"data": "ml-9"}, {"model": "gpt"}, {"epochs": 0}, {"batch": 1.5}]
)
def test_ratings_experiment_refuses_what_it_cannot_train(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        RatingsExperiment(**change)


TEXTS = ["adam:lr=0.1", "sgd", "", "1,2", "-1.2,1e5", "2@120:adam:lr=0.01", "9@9:adm", "nan", "-1"]
TEXTS += ["1e309", "3d,state", "x^2+y^2", "ravine", "condition=9", "a=3", "x**2+a*y**2", "\0", "٣"]
TEXTS += ["🙂" * 30, "(((((", "2", "9", "rule=sgd:lr=0.1&steps=3", "pin=pin%3Dpin", "%", "&", "net"]
KEYS = [
    "rule",
    "also",
    "fork",
    "pin",
    "target",
    "view",
    "at",
    "v",
    "seed",
    "steps",
    "noise",
    "start",
]
KEYS += ["problem", "parameters", "epochs", "data", "model", "batch", "user", "movie", "stray", ""]


RIGHT = {
    "rule": ["adam:lr=0.1", "sgd", "rmsprop:schedule=cosine", "momentum:on=no", " SGD:lr=0.10"],
    "also": ["1,2", "-1.2,1"],
    "fork": ["1@3:sgd", "1@40:adam:lr=.1"],
    "pin": ["rule=sgd:lr=0.1&steps=3", "rule=adam&view=3d"],
    "problem": ["ravine", "x^2+a*y^2", "Rosenbrock"],
    "view": ["3d", "state,3d,3d"],
    **{
        "target": ["0.5"],
        "at": ["3", "900"],
        "v": ["1", "2"],
        "seed": ["3.0"],
        "start": ["-1.2,1"],
    },
    **{"steps": ["50", "100"], "noise": ["0.5"], "epochs": ["3"], "model": ["net"], "user": ["0"]},
}


def draw_links(seed: int, number: int) -> list[str]:
    """Return random links: of parts that may be right, of such parts and one stray, of strays."""
    draw, links = random.Random(seed), []
    for place in range(number):
        strays = (0, 1, draw.randint(1, 20))[place % 3]
        pairs = [(draw.choice(KEYS), draw.choice(TEXTS)) for _ in range(strays)]
        for key in draw.choices(list(RIGHT), k=draw.randint(0, 6)) if strays < 2 else []:
            pairs.append((key, draw.choice(RIGHT[key])))
        draw.shuffle(pairs)
        links.append("&".join(f"{key}={draw.choice([quote, str])(text)}" for key, text in pairs))
    return links


@pytest.mark.parametrize("kind", [Experiment, RatingsExperiment])
def test_any_link_is_an_experiment_and_sentences(kind):
    for link in draw_links(4, 600):
        found, sentences = kind.from_query(link)
        assert all(0 < len(each) < 250 for each in sentences)
        assert kind.from_query(found.to_query()) == (found, [])
        assert kind.from_json(found.to_json()) == found


@pytest.mark.parametrize("kind", [Experiment, RatingsExperiment])
def test_a_link_read_at_once_is_the_one_read_field_by_field(kind, monkeypatch):
    links = draw_links(5, 2_000)
    at_once = [kind.from_query(link) for link in links]
    monkeypatch.setattr(kind, "_read_at_once", Mock(side_effect=ValueError))
    assert [kind.from_query(link) for link in links] == at_once
    assert sum(not sentences for _, sentences in at_once) > 100


def test_an_edit_of_a_link_makes_two_experiments(monkeypatch):
    query, made, check = WHOLE.to_query(), [], Experiment.__post_init__
    monkeypatch.setattr(Experiment, "__post_init__", lambda self: (made.append(1), check(self)))
    before, _ = Experiment.from_query(query)
    after = replace(before, rules=("adam:lr=0.06", *before.rules[1:]))
    after.perform()
    assert after.race().to_query() != after.to_query()
    assert len(made) == 2


def test_what_is_looked_at_changes_neither_the_training_nor_the_json_from_before():
    opened = replace(RATED, panel="landscape")
    assert opened.training() == RATED.training()
    assert json.loads(opened.to_json())["panel"] == "landscape"
    assert RatingsExperiment.from_json(opened.to_json()) == opened
    assert RATED.to_json() == RATINGS_1_JSON
    assert opened.to_query() == f"{RATED.to_query()}&panel=landscape"
    experiment, sentences = RatingsExperiment.from_query("panel=attic")
    assert experiment == RatingsExperiment()
    assert sentences[0].startswith("panel must be one of train, landscape,")
    assert sentences[0].endswith('got "attic"')
