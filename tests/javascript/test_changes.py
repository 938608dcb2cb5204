"""A typed formula in the place of another one: Python and the browser keep the same of it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from optviz import Experiment
from optviz.views.live.catalog import describe_surfaces
from optviz.views.live.payload import describe_experiment
from tests.support.requirements import missing

BEFORE = Experiment(
    problem="a*x^2 + b*y^2",
    rules=("sgd:lr=0.01",),
    parameters=(("a", 3.0), ("b", 2.5)),
    start=(3.0, 4.0),
    also=((0.5, 0.25), (-1.0, -2.0)),
    steps=20,
    target=1.0,
    pins=("rule=sgd&problem=bowl",),
)
CASES = {
    "all fits": (BEFORE, "b*x^4 + a*y^2 + c"),
    "a letter goes": (BEFORE, "a*x^2 + c*y^2"),
    "a letter that was not set goes": (Experiment(problem="x^2 + d*y^2"), "x^2 + y^2"),
    "the start has no value": (BEFORE, "sqrt(a - x^2 - y^2)"),
    "a start beside it has no value": (BEFORE, "a*x^2 + log(x)"),
    "values at which nothing is finite": (
        Experiment(problem="a*x^2 + y", parameters=(("a", -1.0),), start=(0.5, 0.5)),
        "sqrt(a - x^2 - y^2)",
    ),
    "its own start goes with it": (
        Experiment(problem="a*x^2 + y", parameters=(("a", 4.0),)),
        "sqrt(a - x^2 - y^2)",
    ),
    "a surface with a name keeps nothing": (
        Experiment(problem="rosenbrock", parameters=(("steepness", 7.0),), start=(1.0, 2.0)),
        "steepness*x^2 + y^2",
    ),
}
LEFT = {
    "a letter goes": "the new formula has no place for b=2.5",
    "the start has no value": "the new formula has no place for b=2.5, start=3,4, also=-1,-2",
    "a start beside it has no value": "the new formula has no place for b=2.5, also=-1,-2",
    "values at which nothing is finite": "the new formula has no place for a=-1",
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The link and the sentence of each case, as node makes them."""
    folder = tmp_path_factory.mktemp("changes")
    cases = [
        {"before": describe_experiment(before), "formula": text} for before, text in CASES.values()
    ]
    (folder / "asked.json").write_text(json.dumps(describe_surfaces() | {"cases": cases}))
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    script = Path(__file__).with_name("changes.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    return dict(zip(CASES, json.loads((folder / "changed.json").read_text()), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_a_formula_keeps_what_fits_of_the_one_before(case, changed):
    before, text = CASES[case]
    after, left = before.change_problem(text)
    assert left == LEFT.get(case, "")
    assert changed[case] == [after.to_query(), left]


def test_all_that_fits_is_kept():
    before, text = CASES["all fits"]
    after, _ = before.change_problem(text)
    assert (after.parameters, after.start, after.also) == (
        before.parameters,
        before.start,
        before.also,
    )
    assert (after.pins, after.target) == ((), None)


def test_another_surface_with_a_name_keeps_nothing():
    after, left = BEFORE.change_problem("himmelblau")
    assert left == ""
    assert (after.parameters, after.start, after.also) == ((), None, ())
