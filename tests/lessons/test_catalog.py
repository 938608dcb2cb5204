"""The lessons of the catalog: what their texts claim holds in their runs and pictures."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import optviz_app.pages.movielens
import pytest

from optviz import Momentum, Noisy, surface
from optviz.landscapes.slices.slice import Slice
from optviz.lessons.checking import check_lesson, read_shown
from optviz.lessons.conditions import holds, parse_condition
from optviz.lessons.library import read_library
from optviz.lessons.pictures import PICTURES
from optviz.lessons.pictures.curvature import walk_newton
from optviz.lessons.prose import count_sentences, split_text, strip_marks
from optviz.runs.loop import run
from optviz.specs import parse_spec
from optviz.sweeps.gradients import feed

LESSONS = read_library()
SAMPLE = Path(optviz_app.pages.movielens.__file__).with_name("sample")

STORIES = {
    ("momentum", 1): "rule=sgd:lr=0.015&rule=momentum:lr=0.015,beta1=0.8&problem=ravine"
    "&parameters=condition=100&steps=300",
    ("saddle", 1): "rule=sgd:lr=0.05&rule=adam:lr=0.05&problem=saddle&steps=38",
    ("starts", 1): "rule=sgd:lr=0.03&rule=momentum:lr=0.03,beta1=0.8&problem=two_wells"
    "&start=1.9,0.4&steps=120",
    ("noise", 1): "rule=sgd:lr=0.1&rule=sgd:lr=0.1,schedule=cosine&problem=bowl&steps=300&noise=2",
    ("learning_rate", 2): "rule=sgd:lr=0.01&rule=sgd:lr=0.07&rule=sgd:lr=0.085&problem=ravine"
    "&steps=40",
    ("adam", 4): "rule=sgd:lr=0.0018&rule=adam:lr=0.05&problem=ravine"
    "&parameters=condition=1000,rotation=0&steps=300",
}
"""The experiments that show most on a first visit."""

CLAIMS = [
    # what a step's text or its explanation says, as conditions on what stands beside it
    ("learning_rate", 1, "step", "final 1 > 0.1 and peak 1 < 4.2 and turns y 1 < 3"),
    ("learning_rate", 2, "step", "final 1 > 0.5 and final 2 < 0.01 and final 3 > final 2"),
    ("learning_rate", 2, "step", "loss 3 at 40 > loss 3 at 30 and loss 3 at 30 > loss 3 at 20"),
    ("learning_rate", 2, "step", "turns y 2 > 5 and loss 3 at 20 > loss 3 at 10"),
    ("learning_rate", 2, "question", "final 3 < loss 3 at 10 and turns y 3 > 30"),
    ("learning_rate", 4, "step", "final 1 < 0.001 and turns x 1 > 15"),
    ("learning_rate", 5, "step", "large > 24.99 and large < 25.01 and edge > 0.0799"),
    ("learning_rate", 5, "step", "gradient end < 0.5 * loss"),
    ("learning_rate", 5, "question", "large > 49.9 and large < 50.1 and gradient end > loss"),
    ("learning_rate", 6, "step", "peak 2 > 30 and loss 2 at 500 < 0.5"),
    ("momentum", 1, "step", "steps 2 < 0.34 * steps 1 and steps 1 < 300"),
    ("momentum", 2, "question", "largest 2 < 0.1"),
    ("momentum", 3, "question", "step 2 > 0.526 * step 1 and step 2 < 0.527 * step 1"),
    ("momentum", 4, "step", "steps 2 > 2 * steps 1"),
    ("momentum", 5, "step", "first 3 > 0.0099 and step 2 > 0.0099"),
    ("momentum", 6, "step", "outcome 1 = converged and turns x 1 > 5"),
    ("momentum", 7, "step", "outcome 1 = diverged"),
    ("rmsprop", 1, "step", "step 1 > 0.0099 and step 1 < 0.0101"),
    ("rmsprop", 1, "question", "step 1 > 0.99 and step 1 < 1.01"),
    ("rmsprop", 2, "step", "first 2 > 0.0316 and first 2 < 0.0317"),
    ("rmsprop", 3, "step", "step 2 < 0.54 * step 1"),
    ("rmsprop", 4, "step", "theory 3 < 0.0032 and theory 1 > 0.0099"),
    ("rmsprop", 5, "step", "drift 1 > 0.008 and drift 1 < 0.012"),
    ("rmsprop", 6, "step", "steps 2 < 0.2 * steps 1 and final 2 < 0.2 * final 1"),
    ("rmsprop", 7, "step", "outcome 1 = converged and outcome 2 = oscillating"),
    ("rmsprop", 7, "step", "distance 2 > 0.01 and distance 2 < 0.05"),
    ("adam", 1, "step", "step 4 > 0.0099 and step 4 < 0.0101 and step 2 > 0.0999"),
    ("adam", 1, "question", "step 3 > 18.9 * step 4 and step 3 < 19.1 * step 4"),
    ("adam", 2, "question", "first 1 > 0.0099 and largest 1 < 0.0101 and first 2 > 0.0316"),
    ("adam", 2, "question", "largest 2 > 0.06 and largest 2 < 0.09"),
    ("adam", 3, "step", "turns x 2 > turns x 1 and travel 1 < 4"),
    ("adam", 4, "step", "final 2 < 0.000001 and final 1 > 0.1"),
    ("weight_decay", 1, "question", "pulled x > 0.466 and pulled x < 0.467 and pulled y > 0.719"),
    ("weight_decay", 1, "question", "pulled y < 0.721"),
    ("noise", 1, "step", "outcome 1 = oscillating and distance 2 < 0.2"),
    ("noise", 2, "question", "steps 2 > 3 * steps 1 and steps 2 < 3.5 * steps 1"),
    ("noise", 3, "step", "final 1 > 0.509 and final 1 < 0.511"),
    ("noise", 3, "question", "final 1 > 0.0315 and final 1 < 0.0325"),
    ("noise", 5, "step", "outcome 1 = converged and final 1 < 0.001"),
    ("schedules", 1, "step", "outcome 1 = oscillating and distance 1 > 0.05"),
    ("schedules", 1, "question", "steps 2 > 200"),
    ("schedules", 2, "question", "final 2 < 0.0005 * final 1 and turns y 2 > 100"),
    ("schedules", 2, "question", "lr 2 at 199 < 0.0001 and lr 2 at 0 = 0.06"),
    ("schedules", 3, "question", "lr 2 at 22 < 0.1 * lr 2 at 0 and lr 2 at 21 > 0.1 * lr 2 at 0"),
    ("schedules", 4, "step", "outcome 1 = diverged"),
    ("schedules", 4, "question", "lr 2 at 0 > 0.024 and lr 2 at 0 < 0.026 and lr 2 at 30 = 0.25"),
    (
        "schedules",
        5,
        "step",
        "lr 2 at 299 < 0.0011 and lr 3 at 299 < 0.001 and lr 4 at 299 < 0.001",
    ),
    ("schedules", 5, "step", "lr 4 at 0 < 0.01 and lr 4 at 90 > 0.099 and distance 2 < distance 1"),
    ("schedules", 5, "step", "distance 3 < distance 1 and distance 4 < distance 1"),
    ("schedules", 6, "step", "distance 1 > 0.05 and distance 1 < 0.15"),
    ("saddle", 1, "step", "y 2 > 2 and y 1 < 0.1 and x 1 < 0.1"),
    ("saddle", 2, "step", "small < -1.99 and small > -2.01 and large > 1.99 and large < 2.01"),
    ("saddle", 2, "step", "gradient end < gradient loss and gradient loss < loss"),
    ("saddle", 3, "step", "y 1 at 1 > 0.001099 and y 1 at 1 < 0.001101 and y 1 at 100 > 10"),
    ("saddle", 4, "step", "y 1 at 38 > 35 * y 1 at 0 and y 1 < 0.04"),
    ("saddle", 5, "step", "travel 1 < 0.1 and final 1 > 0.99"),
    ("chain_rule", 1, "question", "stretch > 1.99 and squeeze < 0.501"),
    ("chain_rule", 2, "step", "stretch > 1.599 and stretch < 1.601 and squeeze > 0.999"),
    ("chain_rule", 2, "question", "ux = 0 and vx = 0 and det = 0"),
    ("chain_rule", 3, "question", "area > 1.99 and area < 2.01 and area 2 > 2.99"),
    ("chain_rule", 3, "question", "area 2 < 3.01"),
    ("chain_rule", 5, "step", "small > 0.99 and small < 1.01 and condition > 24.9"),
    ("chain_rule", 6, "step", "gradient end > 0.01"),
    ("chain_rule", 7, "step", "newton loss > 1 and newton end < 0.0000001"),
    ("two_d_pictures", 1, "step", "loss 1 at 0 > 44.9 and loss 1 at 0 < 45.1"),
    ("two_d_pictures", 1, "step", "loss 2 at 0 > 1.1 and loss 2 at 0 < 1.15 and travel 2 < 0.03"),
    ("two_d_pictures", 2, "step", "final 1 > 0.95 and final 1 < 0.96"),
    ("two_d_pictures", 2, "question", "final 1 < 0.000001"),
    ("two_d_pictures", 3, "step", "final 2 < 0.1 * final 3 and final 2 < final 1"),
    ("starts", 1, "step", "outcome 1 = converged and distance 1 > 1 and distance 2 < 0.01"),
    ("starts", 2, "step", "distance 1 < 0.000001"),
    ("starts", 3, "question", "x 1 > 2.99 and x 1 < 3.01 and y 1 > 1.99 and y 1 < 2.01"),
    ("starts", 3, "question", "x 2 > 3.58 and x 2 < 3.59 and y 2 > -1.85 and y 2 < -1.84"),
    ("starts", 4, "step", "outcome 1 = converged and x 1 > 0.9"),
    ("starts", 4, "question", "x 1 > 0.5 and x 1 < 1.3"),
    ("starts", 5, "step", "x 1 > 2.9 and x 2 < -2.8 and x 3 > 2.9 and x 4 > 2.9"),
    ("starts", 5, "step", "y 1 > 1.9 and y 2 > 3.1 and y 3 > 1.9 and y 4 > 1.9"),
    ("choosing_lr", 1, "step", "final 2 < final 1 and final 3 < final 2"),
    ("choosing_lr", 3, "step", "final 1 < final 2"),
    ("choosing_lr", 4, "step", "steps 3 = steps 1 and distance 3 < 0.5 * distance 1"),
    ("choosing_lr", 5, "question", "travel 2 > 0.09 and travel 2 < 0.17"),
    ("choosing_lr", 5, "step", "distance 1 at 0 > 1.7 and distance 1 at 0 < 1.8"),
]


@cache
def reader(name, number, part):
    """What reads the numbers of a step's picture, or of that which answers its question."""
    step = LESSONS[name].steps[number - 1]
    shown = step.shown if part == "step" else step.question.shown
    read = read_shown(shown)
    measures = None
    if shown.picture:
        measures = list(PICTURES[shown.picture].measure(dict(shown.table)))
    return read, measures


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim[0]} {claim[1]}: {claim[3]}")
def test_what_a_text_claims_holds(claim):
    name, number, part, text = claim
    read, measures = reader(name, number, part)
    found = parse_condition(text, measures)
    values = {str(clause.left): read(clause.left) for clause in found}
    assert holds(found, read), values


@pytest.mark.parametrize("name", LESSONS)
def test_each_question_has_one_answer(name):
    check_lesson(LESSONS[name])


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_is_short_and_asks_before_it_shows(name):
    lesson = LESSONS[name]
    assert 5 <= len(lesson.steps) <= 9
    assert len(lesson.questions) >= 2
    assert lesson.learned
    for step in lesson.steps:
        asked = step.question
        texts = [step.text] + ([asked.ask, asked.explain] if asked else [])
        for text in texts:
            assert count_sentences(text) <= 3, text
            # A product is written with a dot: stars are emphasis.
            strong = [each.words for each in split_text(text) if each.kind == "strong"]
            assert all(each.replace(" ", "").isalpha() and len(each) > 2 for each in strong), text
            assert strip_marks(text).count("*") == 0, text


def test_there_are_twelve_lessons_in_an_order():
    assert len(LESSONS) >= 10
    orders = [lesson.order for lesson in LESSONS.values()]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize("place", STORIES)
def test_the_stories_are_steps_of_lessons(place):
    name, number = place
    shown = LESSONS[name].steps[number - 1].shown.experiment
    wanted, sentences = type(shown).from_query(STORIES[place])
    assert not sentences
    assert shown == wanted


@pytest.mark.parametrize("seed", range(5))
def test_the_clouds_of_noise_are_as_told_for_any_seed(seed):
    """The cloud of a tenth of lr is smaller, that of undamped momentum larger."""
    problem = Noisy(surface("bowl"), 2.0)

    def spread(rule, steps=3000):
        path = run(problem, parse_spec(rule).rule, steps, seed=seed).path[-2000:]
        return float(np.sqrt((path**2).sum(axis=1).mean()))

    sgd = spread("sgd:lr=0.1")
    assert spread("sgd:lr=0.01") < 0.5 * sgd
    assert spread("momentum:lr=0.1") > 2 * sgd
    assert 0.7 * sgd < spread("momentum:lr=0.01") < 1.4 * sgd


@pytest.mark.parametrize(("share", "arrives"), [(0.98, True), (1.02, False)])
def test_momentum_has_the_edge_that_the_lesson_names(share, arrives):
    made = run(surface("ravine"), Momentum(share * 2 * 1.9 / 25), 3000)
    assert (made.losses[-1] < 1) == arrives


def test_an_average_that_begins_at_zero_lacks_a_tenth_after_22_steps():
    sizes = np.abs(feed(Momentum(0.01, damped=True), np.ones(22)))
    assert 0.89 < sizes[21] / 0.01 < 0.91


def test_newton_takes_the_number_of_steps_that_the_lesson_names():
    table = LESSONS["chain_rule"].steps[6].shown.table
    path = walk_newton(surface("rosenbrock", steepness=10), (-1.2, 1.0), table["steps"])
    near = np.flatnonzero(np.hypot(*(path - 1.0).T) < 1e-6)
    assert near[0] == 7


def test_numbers_of_the_real_model_are_those_of_its_page():
    cut = Slice.from_npz(SAMPLE / "slice.npz")
    words, texts = cut.words(), [step.text for step in LESSONS["two_d_pictures"].steps]
    assert "1 of 168 drawn points lie exactly on this plane" in words
    assert "0% to 55%" in words
    assert "of 168 drawn points of four runs one lies exactly" in texts[3]
    assert "up to 55%" in texts[3]
    rules = [each.label.split()[0].replace("Momentum", "momentum") for each in cut.shadows]
    by_true = [rules[i] for i in np.argsort([each.true[-1] for each in cut.shadows])]
    by_shown = [rules[i] for i in np.argsort([each.shown[-1] for each in cut.shadows])]
    assert f"rank {', '.join(by_shown)}." in texts[4]
    assert f"rank {', '.join(by_true)}:" in texts[4]
    truly = {rule: each.true[-1] for rule, each in zip(rules, cut.shadows, strict=True)}
    assert truly["momentum"] < truly["RMSProp"]
    momentum = cut.shadows[rules.index("momentum")]
    assert f"{momentum.shown[-1]:.2f}, is at {momentum.true[-1]:.2f}" in texts[4]


def test_count_of_the_real_models_parameters_is_right():
    made = json.loads((SAMPLE / "result.json").read_text("utf-8"))["made"]
    users, movies, factors = 943, 1682, 50  # of ml-100k
    assert made["data"] == "ml-100k"
    count = (users + movies) * (factors + 1)
    assert f"{count:,}" == "133,875"
    assert f"{count:,}" in LESSONS["two_d_pictures"].about
