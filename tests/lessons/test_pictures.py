"""Pictures that are no race: their numbers against torch, numpy and closed forms, and in node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from optviz import views
from optviz.lessons.pictures import PICTURES
from optviz.lessons.pictures.bench import read_settings, read_table
from optviz.lessons.pictures.decay import find_pulled_minimum
from optviz.lessons.pictures.decay import read_table as read_decay
from optviz.sweeps.gradients import GRADIENTS, feed, make_gradients
from optviz.sweeps.steady_steps import find_steady
from tests.support.requirements import missing

ROOT = Path(views.__file__).parent / "live" / "lesson" / "pictures"
FED = [
    *("sgd:lr=0.01", "momentum:lr=0.01", "momentum:lr=0.01,damped=yes", "nesterov:lr=0.01"),
    *("rmsprop:lr=0.01", "adagrad:lr=0.01", "adam:lr=0.01,beta2=0.99", "adadelta:lr=1"),
]
MORE = [
    *("momentum:lr=0.01,dampening=0.3", "rmsprop:lr=0.01,beta1=0.5", "rmsprop:lr=0.01,lagged=yes"),
    *("rmsprop:lr=0.01,beta1=0.4,centered=yes", "rmsprop:lr=0.01,centered=yes,lagged=yes"),
    *("adagrad:lr=0.01,initial=2,lr_decay=0.1", "adadelta:lr=1,eps=0.01"),
    "adam:lr=0.01,beta2=0.99,debias=no",
]
TWINS = [
    ("momentum:lr=0.01", lambda p: torch.optim.SGD(p, 0.01, momentum=0.9)),
    ("rmsprop:lr=0.01", lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9)),
    ("adam:lr=0.01", lambda p: torch.optim.Adam(p, 0.01)),
]
MAP = {"u": "x + 0.5*y + 0.2*x^2", "v": "sin(x)*y - 0.3*x*y", "point": [0.7, -0.4]}
CASES = [
    *(("bench", {"gradients": [kind], "rules": FED}) for kind in GRADIENTS),
    ("bench", {"rules": MORE, "size": 100.0, "steps": 300, "every": 7}),
    ("jacobian", MAP | {"loss": "u^2 + 3*v^4"}),
    ("jacobian", MAP | {"then": ["exp(u)*v", "u - v^2"]}),
    ("curvature", {"problem": "rosenbrock", "parameters": {"steepness": 10}, "lr": 0.005}),
    ("curvature", {"problem": "saddle", "point": [0.5, 0.4]}),
    ("curvature", {"problem": "x + y", "point": [0.5, 0.4]}),
    ("decay", {}),
    ("decay", {"rotation": 0.4, "wd": 2.0, "rules": ["momentum:lr=0.01", "adam:lr=0.02"]}),
]


@pytest.mark.parametrize(("rule", "make"), TWINS)
@pytest.mark.parametrize("kind", GRADIENTS)
def test_bench_feeds_a_rule_as_torch_does(rule, make, kind):
    numbers = read_table({"rules": [rule], "steps": 40})
    gradients = make_gradients(kind, read_settings(numbers))
    param = torch.zeros(1, dtype=torch.float64)
    optimizer, steps = make([param]), []
    for grad in gradients:
        param.zero_()
        param.grad = torch.tensor([grad], dtype=torch.float64)
        optimizer.step()
        steps.append(param.item())
    assert feed(numbers["rules"][0], gradients) == pytest.approx(steps, rel=1e-9, abs=1e-15)


def test_rmsprop_steps_alike_for_gradients_of_any_size():
    for size in (1e-4, 1.0, 1e4):
        found = PICTURES["bench"].measure({"rules": ["rmsprop:lr=0.01"], "size": size})
        assert found["step 1"] == pytest.approx(0.01, rel=0.01)


def make_u(x, y):
    return x + 0.5 * y + 0.2 * x**2


def make_v(x, y):
    return torch.sin(x) * y - 0.3 * x * y


def differentiate(function, point):
    """The derivatives of a function of x and y by torch."""

    def evaluate(at):
        return torch.stack(function(*at))

    at = torch.tensor(point, dtype=torch.float64)
    return torch.autograd.functional.jacobian(evaluate, at).numpy()


def test_jacobian_is_that_of_autograd():
    found = PICTURES["jacobian"].measure(MAP)
    wanted = differentiate(lambda x, y: [make_u(x, y), make_v(x, y)], MAP["point"])
    assert [found[each] for each in ("ux", "uy", "vx", "vy")] == pytest.approx(wanted.ravel())
    assert found["area"] == pytest.approx(abs(np.linalg.det(wanted)))
    singular = np.linalg.svd(wanted, compute_uv=False)
    assert [found["stretch"], found["squeeze"]] == pytest.approx(singular)


def test_gradient_is_pulled_back_as_by_autograd():
    found = PICTURES["jacobian"].measure(MAP | {"loss": "u^2 + 3*v^4"})

    def loss(x, y):
        return [make_u(x, y) ** 2 + 3 * make_v(x, y) ** 4]

    wanted = differentiate(loss, MAP["point"])
    assert [found["gx"], found["gy"]] == pytest.approx(wanted.ravel())


def test_jacobian_of_two_maps_is_that_of_autograd():
    found = PICTURES["jacobian"].measure(MAP | {"then": ["exp(u)*v", "u - v^2"]})

    def both(x, y):
        u, v = make_u(x, y), make_v(x, y)
        return [torch.exp(u) * v, u - v**2]

    wanted = differentiate(both, MAP["point"])
    assert [found[each] for each in ("px", "py", "qx", "qy")] == pytest.approx(wanted.ravel())
    assert found["area both"] == pytest.approx(found["area"] * found["area 2"])


def test_curvature_is_that_of_numpy_on_a_hessian_by_autograd():
    table = {"problem": "rosenbrock", "parameters": {"steepness": 10}, "point": [-1.1, 0.8]}
    found = PICTURES["curvature"].measure(table | {"lr": 0.003, "steps": 1})
    at = torch.tensor(table["point"], dtype=torch.float64)

    def loss(point):
        return (1 - point[0]) ** 2 + 10 * (point[1] - point[0] ** 2) ** 2

    hess: Any = torch.autograd.functional.hessian(loss, at)
    grad: Any = torch.autograd.functional.jacobian(loss, at)
    hess, grad = hess.numpy(), grad.numpy()
    values = np.linalg.eigvalsh(hess)
    assert [found["small"], found["large"]] == pytest.approx(values)
    assert found["edge"] == pytest.approx(2 / values[1])
    assert found["condition"] == pytest.approx(np.linalg.cond(hess))
    newton, descent = at.numpy() - np.linalg.inv(hess) @ grad, at.numpy() - 0.003 * grad
    assert found["newton loss"] == pytest.approx(float(loss(newton)))
    assert found["gradient loss"] == pytest.approx(float(loss(descent)))


def test_gradient_steps_shrink_below_the_edge_and_grow_above_it():
    for share, grows in ((0.95, False), (1.05, True)):
        table = {"problem": "ravine", "lr": share * 0.08, "steps": 200}
        found = PICTURES["curvature"].measure(table)
        assert found["edge"] == pytest.approx(0.08)
        assert (found["gradient end"] > found["loss"]) == grows


def test_there_is_no_newton_step_where_the_hessian_is_singular():
    found = PICTURES["curvature"].measure({"problem": "(x + y)^2", "point": [1.0, 0.5]})
    assert np.isnan([found["newton loss"], found["condition"]]).all()


def test_minimum_with_l2_is_that_of_the_gradient():
    table = {"rotation": 0.4, "curvatures": [1.0, 8.0], "center": [1.4, 0.9]}
    pulled = find_pulled_minimum(read_decay(table), 0.7)
    turn = np.array([[np.cos(0.4), np.sin(0.4)], [-np.sin(0.4), np.cos(0.4)]])
    slope = turn.T @ np.diag([1.0, 8.0]) @ turn @ (pulled - [1.4, 0.9]) + 0.7 * pulled
    assert slope == pytest.approx([0, 0], abs=1e-12)


@pytest.mark.parametrize("wd", [0.5, 1.0, 2.0])
def test_decays_end_where_closed_forms_say(wd):
    """SGD ends alike with both; decoupled Adam at the loss's minimum, cut to |params| <= 1/wd."""
    found = PICTURES["decay"].measure({"wd": wd})
    assert [found["pulled x"], found["pulled y"]] == pytest.approx([1.4 / (1 + wd), 7.2 / (8 + wd)])
    for place in (1, 2):
        assert found[f"pulled gap {place}"] < 1e-9
    assert found["pulled gap 3"] < 0.005
    ends = [found["x 4"], found["y 4"]]
    assert ends == pytest.approx(np.clip([1.4, 0.9], -1 / wd, 1 / wd), abs=0.01)


MISTAKES = [
    ("bench", {"rule": ["sgd"]}, 'no setting of bench "rule"; nearest: rules'),
    ("bench", {"rules": []}, "rules must be a list of one to eight texts"),
    ("bench", {"rules": ["adm"]}, 'no rule "adm"; nearest: adam'),
    ("bench", {"rules": ["adam:wd=0.1"]}, "a bench has no params that a decay could shrink"),
    ("bench", {"rules": ["sgd:schedule=cosine"]}, "a picture's rules have no schedule"),
    ("bench", {"gradients": ["constnat"]}, 'no gradient "constnat"; nearest: constant'),
    ("bench", {"size": 0}, "size must be a number from 0.0001 to 10000, got 0"),
    ("bench", {"steps": 2.5}, "steps must be a whole number from 2 to 2000, got 2.5"),
    ("jacobian", {"u": "u + v"}, 'u is a formula of x and y, got "u + v"'),
    ("jacobian", {"loss": "x^2"}, 'loss is a formula of u and v, got "x^2"'),
    ("jacobian", {"u": "a*x"}, 'u has the unknown letter a: "a*x"'),
    ("jacobian", {"then": "u"}, "then must be two formulas such as"),
    ("jacobian", {"then": ["u", "v"], "loss": "u"}, "give then or loss"),
    ("jacobian", {"point": [1]}, "point must be two numbers such as [0.5, -1], got [1]"),
    ("jacobian", {"window": [1, 0, 0, 1]}, "window must be four numbers"),
    ("curvature", {"problem": "ravin"}, "ravin"),
    ("curvature", {"lr": -1}, "lr must be a number from 1e-05 to 10, got -1"),
    ("curvature", {"newton": 1}, "newton must be true or false, got 1"),
    ("decay", {"wd": 11}, "wd must be a number from 0 to 10, got 11"),
    ("decay", {"curvatures": [0, 1]}, "curvatures must be two numbers above 0"),
    ("decay", {"rules": ["adam:wd=0.1"]}, "at most four without a decay"),
]


@pytest.mark.parametrize(("name", "table", "sentence"), MISTAKES)
def test_mistake_in_a_table_is_told(name, table, sentence):
    with pytest.raises(ValueError) as told:
        PICTURES[name].describe(table)
    assert sentence in str(told.value)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What node makes of each case."""
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    folder, texts = tmp_path_factory.mktemp("pictures"), {}
    for name, table in CASES:
        texts |= PICTURES[name].modules(table)
    jobs = [{"name": name, "data": PICTURES[name].describe(table)} for name, table in CASES]
    text = json.dumps({"root": str(ROOT), "texts": texts, "jobs": jobs})
    (folder / "jobs.json").write_text(text, "utf-8")
    script = Path(__file__).with_name("pictures.mjs")
    subprocess.run([node, script, folder], check=True, timeout=60)
    return json.loads((folder / "measured.json").read_text("utf-8"))


@pytest.mark.parametrize("place", range(len(CASES)))
def test_browser_measures_what_python_does(measured, place):
    name, table = CASES[place]
    wanted = PICTURES[name].measure(table)
    found = {key: float(each) for key, each in measured[place]["measures"].items()}
    assert list(found) == list(wanted)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("place", [i for i, (name, _) in enumerate(CASES) if name == "bench"])
def test_browser_feeds_a_bench_as_python_does(measured, place):
    numbers = read_table(CASES[place][1])
    settings = read_settings(numbers)
    for kind, row in zip(numbers["gradients"], measured[place]["followed"], strict=True):
        for rule, found in zip(numbers["rules"], row, strict=True):
            steps = feed(rule, make_gradients(kind, settings))
            assert found["steps"] == pytest.approx(steps, rel=1e-12, abs=1e-300), kind
            steady = list(map(float, found["steady"]))
            wanted = find_steady(rule, kind, settings)
            assert steady == pytest.approx(wanted, rel=1e-12, nan_ok=True), kind


def test_description_is_plain_data():
    for name, table in CASES:
        text = json.dumps(PICTURES[name].describe(table), allow_nan=False)
        assert set(PICTURES[name].modules(table)) >= {
            each["module"] for each in json.loads(text).get("rules", [])
        }
