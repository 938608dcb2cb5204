"""Losses against learning rates in node, as Python has them."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from optviz import Experiment, learning_rates
from optviz.runs.rates import list_rates
from optviz.views.drawing.colors import style_of
from optviz.views.learning_rates import build_rate_curve_parts
from optviz.views.live.payload import describe_experiment
from tests.javascript.test_races import assert_same
from tests.support.requirements import missing

pytestmark = pytest.mark.slow

CASES = {
    "ravine": Experiment(
        problem="ravine",
        rules=(
            "sgd:lr=0.02",
            "momentum:lr=0.02,beta1=0.8",
            "momentum:lr=0.5,damped=yes",
            "momentum:lr=0.01,dampening=0.3,wd=0.2",
            "nesterov:lr=0.01,l2=0.3",
            "nesterov:lr=0.01,wd=0.3",
            "sgd:lr=0.02,l2=0.3",
            "sgd:lr=0.02,maximize=yes",
            "sgd:lr=0.02,schedule=step(every=20)",
        ),
        steps=60,
    ),
    "noise": Experiment(
        rules=("sgd:lr=0.001", "rmsprop:lr=0.01,centered=yes", "adagrad:lr=30", "sgd:lr=1e-7"),
        steps=80,
        noise=0.4,
        seed=5,
    ),
    "negative": Experiment(
        problem="saddle",
        rules=("momentum:lr=0.01", "adadelta:lr=2", "adam:lr=0.1,schedule=onecycle"),
        steps=40,
    ),
    "typed": Experiment(problem="x^4 + c*y^2 + x*y", rules=("sgd:lr=0.1",), steps=30),
    "kinks": Experiment(problem="abs(x) + 3*abs(y)", rules=("nesterov:lr=0.1",), steps=30),
    "slow": Experiment(problem="bowl", rules=("adam:lr=0.00001,amsgrad=yes",), steps=3),
}


def measure(experiment: Experiment):
    problem = experiment.build()
    return [
        learning_rates(
            problem,
            (each.rule, each.schedule),
            steps=experiment.steps,
            seed=experiment.seed,
            start=experiment.start,
        )
        for each in experiment.entries
    ]


@pytest.fixture(scope="module")
def curves():
    return {name: measure(each) for name, each in CASES.items()}


@pytest.fixture(scope="module")
def made(curves, tmp_path_factory):
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    folder = tmp_path_factory.mktemp("rates")
    jobs = [
        {
            "experiment": describe_experiment(CASES[name]),
            "rates": [each.rates.tolist() for each in made],
            "styles": [
                {**style._asdict(), "label": each.label}
                for each, style in zip(made, style_of([one.kind for one in made]), strict=True)
            ],
        }
        for name, made in curves.items()
    ]
    (folder / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("rates.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    return dict(zip(CASES, json.loads((folder / "made.json").read_text()), strict=True))


def test_the_browser_measures_the_losses_and_the_edges_that_python_does(curves, made):
    edges = 0
    for name, wanted in curves.items():
        for own, each in zip(made[name]["curves"], wanted, strict=True):
            where = f"{name}: {each.label}"
            for what, values in (("final", each.final), ("best", each.best)):
                mine = np.array(own[what], float)
                assert np.array_equal(np.isfinite(mine), np.isfinite(values)), where
                # A path that nearly diverges makes much of a last digit.
                np.testing.assert_allclose(mine, values, rtol=1e-6, atol=1e-12, err_msg=where)
            assert float(own["own"]["final"]) == pytest.approx(each.own[0], rel=1e-9, abs=1e-15)
            assert own["first"] == pytest.approx(each.first)
            assert (own["edge"] is None) == (each.edge is None), where
            if each.edge:
                edges += 1
                assert own["edge"]["rate"] == pytest.approx(each.edge.rate, rel=1e-6)
                assert own["edge"]["formula"] == each.edge.formula
                assert own["edge"]["isLocal"] == each.edge.is_local
    assert edges > 8


def test_the_browser_takes_the_rates_that_python_takes(made):
    for name, experiment in CASES.items():
        for own, entry in zip(made[name]["listed"], experiment.entries, strict=True):
            np.testing.assert_allclose(own, list_rates(entry.rule), rtol=1e-12)


def test_curves_made_bit_by_bit_have_every_rate_and_more_where_they_are_steep(made):
    for name, experiment in CASES.items():
        lazy = {each["place"]: each for each in made[name]["lazy"]}
        assert len(lazy) == len(experiment.rules)
        for place, entry in enumerate(experiment.entries):
            rates = [each["rate"] for each in lazy[place]["points"]]
            assert rates == sorted(rates)
            wanted = list_rates(entry.rule)
            assert all(min(abs(np.array(rates) / each - 1)) < 1e-9 for each in wanted)
            assert not lazy[place]["isStale"]
    edge = made["ravine"]["curves"][0]["edge"]["rate"]
    near = [each["rate"] for each in made["ravine"]["lazy"][0]["points"]]
    assert min(abs(np.log10(np.array(near) / edge))) < 0.05


def test_the_pictures_are_those_of_python(curves, made):
    for name, wanted in curves.items():
        styles = style_of([each.kind for each in wanted])
        for what, options in (
            ("final", {}),
            ("best", {"best": True}),
            ("linear", {"log": False}),
            ("log", {"log": True}),
        ):
            own, parts = made[name][what], build_rate_curve_parts(wanted, styles, **options)
            for mine, line in zip(own["data"], parts["data"], strict=True):
                y = np.array(mine.pop("y"), float)
                np.testing.assert_allclose(y, line.pop("y"), rtol=1e-6, atol=1e-12)
                np.testing.assert_allclose(mine.pop("x"), line.pop("x"))
                assert mine == line
            for each in ("xaxis", "yaxis"):
                mine, theirs = own["layout"][each].pop("range"), parts["layout"][each].pop("range")
                np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-12)
            assert_same(own["layout"], json.loads(json.dumps(parts["layout"])), f"{name} {what}")
