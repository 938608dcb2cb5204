"""The learning rate with which an added optimizer, a copy or a fork begins, on both sides."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from optviz import Experiment
from optviz.experiments.trial import choose_lr, runs_well, vary_fork, vary_lr
from optviz.rules import RULES
from optviz.specs import parse_spec
from optviz.views.live.payload import describe_experiment
from tests.support.requirements import missing

PLAIN = tuple(f"{name}:" for name in RULES)
CASES = {
    **{name: Experiment(problem=name, rules=PLAIN, steps=120) for name in ("rosenbrock", "cliff")},
    **{name: Experiment(problem=name, rules=PLAIN, steps=60) for name in ("ackley", "eggholder")},
    "a formula without a floor": Experiment(problem="x^2 - y^2", rules=PLAIN, steps=50),
    "far from the window": Experiment(problem="bowl", rules=PLAIN, start=(40.0, -30.0), steps=60),
    "decay, schedules, noise and the way up": Experiment(
        problem="ravine",
        rules=(
            "adam:lr=0.05,wd=0.1,schedule=cosine",
            "sgd:lr=3,l2=0.01",
            "momentum:lr=0.01,schedule=warmup(steps=30)",
            "rmsprop:lr=0.01,schedule=onecycle(cycle_momentum=yes)",
            "sgd:lr=0.02,maximize=yes",
            "adam:lr=0",
        ),
        noise=0.5,
        steps=90,
    ),
}


def attempt(experiment, place, step):
    try:
        fork = vary_fork(experiment, place, step)
    except ValueError as error:
        return str(error)
    return [fork.optimizer, fork.step, parse_spec(fork.rule).rule.lr]


def find_here(experiment):
    """Return for each rule what trial.mjs finds."""
    rows = []
    for place, text in enumerate(experiment.rules):
        lr = parse_spec(choose_lr(experiment, text)).rule.lr
        texts = (
            choose_lr(experiment, text, [lr]),
            vary_lr(experiment, text, [parse_spec(text).rule.lr]),
        )
        forks = [attempt(experiment, place, step) for step in (0, 30, experiment.steps)]
        rates = [parse_spec(each).rule.lr for each in texts]
        rows.append([lr, *rates, runs_well(experiment, text), *forks])
    return rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    cases = [describe_experiment(each) for each in CASES.values()]
    (folder / "experiments.json").write_text(json.dumps(cases))
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    script = Path(__file__).with_name("trial.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    return dict(zip(CASES, json.loads((folder / "found.json").read_text()), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_the_browser_finds_the_same_learning_rates(case, found):
    assert found[case] == find_here(CASES[case])
