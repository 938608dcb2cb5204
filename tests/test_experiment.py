"""The Experiment record: one identity, one link, and sentences for what a link gets wrong."""

import json
import subprocess
import sys

import numpy as np
import pytest

from optviz.experiment import MOST, Experiment, RatingsExperiment

ASKED = Experiment(
    problem="x**2 + a*y**2 + b",
    parameters=(("a", 3.0), ("b", -1.5)),
    rules=("adam:lr=0.05,wd=0.01,schedule=step(every=50,factor=0.3)", "sgd:on=no", "sgd:lr=1e-4"),
    start=(-1.25, 1e-3),
    steps=75,
    noise=0.25,
    seed=7,
)
RATED = RatingsExperiment(model="dot", epochs=3, batch=256, seed=5, rules=("rmsprop:lr=0.001",))


@pytest.mark.parametrize("asked", [Experiment(), ASKED, RatingsExperiment(), RATED])
def test_link_and_json_bring_back_the_same_experiment(asked):
    assert type(asked).from_query(asked.to_query()) == (asked, [])
    assert type(asked).from_json(asked.to_json()) == asked


def test_values_at_their_default_leave_the_link():
    same = Experiment(problem="Rosenbrock", start=(-1.2, 1.0), parameters=(("steepness", 100.0),))
    assert same == Experiment()
    assert set(Experiment().to_query().split("&")) == {
        f"rule={each}" for each in Experiment().rules
    }


def test_rules_have_one_spelling():
    one = Experiment(rules=(" Adam: lr = 0.050 , debias=TRUE, schedule=cosine() ",))
    assert one == Experiment(rules=("adam:lr=0.05,schedule=cosine",))
    assert one.key == Experiment(rules=("adam:lr=.05,schedule=cosine",)).key


def test_performing_twice_gives_the_same_bytes_in_another_process():
    code = (
        "import sys; from optviz.experiment import Experiment;"
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
        ("problem=2x", "2*x"),
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


def test_too_many_rules_are_refused():
    link = "&".join(["rule=sgd:lr=0.1"] * (MOST["rules"] + 1))
    found, sentences = Experiment.from_query(link)
    assert found == Experiment()
    assert "1 to 12 rules" in sentences[0]


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
