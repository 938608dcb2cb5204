"""Emitted modules make in node the runs that optviz makes, bit for bit where they can."""

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from optviz import (
    L2,
    SGD,
    SURFACES,
    Decoupled,
    Momentum,
    Noisy,
    Problem,
    Rule,
    Trajectory,
    javascript,
    run,
    surface,
)
from optviz.formulas.errors import FormulaError
from optviz.formulas.javascript import JAVASCRIPT
from optviz.formulas.operations import FLOATS
from optviz.javascript import emit_rule, emit_schedule, emit_surface
from optviz.problems.surfaces import Surface
from optviz.rules import hyper
from optviz.schedules import SCHEDULES, Constant, OneCycle, Step, fit_schedule
from tests.formulas.test_formula import draw_text
from tests.support.requirements import missing
from tests.test_microscope import SPELLINGS

pytestmark = pytest.mark.slow

ENGINE = Path(javascript.__file__).with_name("run.js")
DECAYS = [lambda rule: rule, lambda rule: L2(rule, 0.02), lambda rule: Decoupled(rule, 0.03)]
ROUNDED = re.compile(r"Math\.(?!sqrt|abs|max|min|floor|ceil)|\bpower\(")
"""What may differ from numpy in the last bit."""
STEPS = 500
EDGES = (0.0, 1.0, -1.0, 0.5, -2.0, 1e-9, 40.0, -800.0, 1e200)


class Made(NamedTuple):
    """A run, and what it was made of."""

    problem: Any
    rule: Rule
    schedule: Any
    trajectory: Trajectory
    samples: Any = None
    rows: Any = None

    @property
    def surface(self) -> Surface:
        return getattr(self.problem, "problem", self.problem)


def make(problem: Problem, rule: Rule, schedule: Any = None, **asked: Any) -> Made:
    steps = asked.setdefault("steps", STEPS)
    noise = list(problem.samples(steps, 0)) if isinstance(problem, Noisy) else None
    trajectory = run(problem, rule, schedule=schedule, **asked)
    schedule = fit_schedule(schedule, steps)
    return Made(problem, rule, schedule, trajectory, noise and np.array(noise).tolist())


def list_columns(trajectory: Trajectory) -> list[np.ndarray]:
    """The columns of a record in the order in which node writes them."""
    first = [trajectory.path, trajectory.losses, trajectory.lr, trajectory.grad]
    return [np.ravel(each).astype(float) for each in (*first, *trajectory.state.values())]


class Node:
    """Makes runs in node, all in one process."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.node = shutil.which("node") or missing("there is no node: apt-get install nodejs")

    def call(self, texts: Sequence[str], jobs: Sequence[dict[str, Any]]) -> list[Any]:
        """How each job ended."""
        asked = {"engine": str(ENGINE), "modules": list(texts), "jobs": jobs}
        (self.folder / "jobs.json").write_text(json.dumps(asked))
        script = Path(__file__).with_name("emitted.mjs")
        subprocess.run([self.node, script, self.folder], check=True, timeout=300)
        return json.loads((self.folder / "ended.json").read_text())

    def make(
        self, runs: Sequence[Made], **asked: Any
    ) -> Iterator[tuple[str, list[np.ndarray], str]]:
        """How each run ended, its columns, and the text that made it."""
        texts: dict[str, int] = {}
        jobs, told = [], []
        for each in runs:
            parts = [emit_surface(each.surface), emit_rule(each.rule)]
            if not isinstance(each.schedule, Constant):
                parts.append(emit_schedule(each.schedule, STEPS))
            places = [texts.setdefault(text, len(texts)) for text in parts]
            told.append("".join(parts))
            job = dict(zip(("surface", "rule", "schedule"), places, strict=False))
            start, steps = each.trajectory.path[0].tolist(), each.trajectory.about["steps"]
            jobs.append(job | {"start": start, "steps": steps})
            jobs[-1] |= {"samples": each.samples, "rows": each.rows} | asked
        ends = self.call(list(texts), jobs)
        numbers = np.fromfile(self.folder / "runs.bin")
        for text, (ended, sizes) in zip(told, ends, strict=True):
            parts, numbers = numbers[: sum(sizes)], numbers[sum(sizes) :]
            yield ended, np.split(parts, np.cumsum(sizes)[:-1]) if sizes else [], text
        assert not numbers.size


def test_every_operation_of_a_formula_can_be_written():
    assert FLOATS.keys() <= JAVASCRIPT.operations.keys()


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> Node:
    return Node(tmp_path_factory.mktemp("node"))


def list_rows(made: Made) -> list[dict[str, Any]]:
    """Each step's point, gradient, memory and learning rate, as its record has them."""
    trajectory, rows = made.trajectory, []
    for step in range(len(trajectory)):
        before = {k: np.asarray(v).tolist() for k, v in trajectory.before(step).items()}
        rows.append(
            {
                "params": trajectory.path[step].tolist(),
                "grad": trajectory.grad[step].tolist(),
                "state": before,
                "lr": float(trajectory.lr[step]),
            }
        )
    return rows


def assert_same_runs(node: Node, runs: Sequence[Made]) -> None:
    """Bit for bit where only + - * / and roots occur; or to 1e-12 of the path or of each step."""
    apart = []
    for made, (ended, columns, text) in zip(runs, node.make(runs), strict=True):
        wanted = list_columns(made.trajectory)
        if not ROUNDED.search(text):
            assert ended == made.trajectory.ended, made
            for own, theirs in zip(columns, wanted, strict=True):
                np.testing.assert_array_equal(own, theirs, err_msg=str(made))
        elif not columns or not is_close(columns[0], wanted[0]):
            apart.append(made._replace(rows=list_rows(made)))
    for made, (_, columns, _) in zip(apart, node.make(apart), strict=True):
        path, _, _, _, *state = list_columns(made.trajectory)
        for own, theirs in zip(columns, [path[2:], *state], strict=True):
            assert is_close(own, theirs), made


def is_close(own: np.ndarray, theirs: np.ndarray, within: float = 1e-12) -> bool:
    """Check that a column is the other to a share of its size."""
    size = np.abs(theirs[np.isfinite(theirs)]).max(initial=1e-300)
    return own.shape == theirs.shape and np.allclose(
        own, theirs, rtol=within, atol=within * size, equal_nan=True
    )


COMBINATIONS = list(product(SPELLINGS.values(), DECAYS, SCHEDULES.values()))


@pytest.mark.parametrize("turn", range(len(SURFACES)) if os.environ.get("OPTVIZ_ALL") else [0])
def test_every_rule_decay_and_schedule_makes_the_run_that_python_makes(node, turn):
    """On the surfaces in turn; with OPTVIZ_ALL each on every surface."""
    surfaces = list(SURFACES.values())
    assert_same_runs(
        node,
        [
            make(surfaces[(i + turn) % len(surfaces)], decay(rule), schedule())
            for i, (rule, decay, schedule) in enumerate(COMBINATIONS)
        ],
    )


@dataclass(frozen=True, eq=False)
class SignSGD(Rule):
    """A rule that optviz does not know."""

    lr: float = hyper(0.01)

    def update(self, params, grad, state):
        return params - self.lr * ((grad > 0) * 1.0 - (grad < 0) * 1.0), state


@dataclass(frozen=True, eq=False)
class Clipped(SignSGD):
    def update(self, params, grad, state):
        return params - self.lr * (grad if abs(grad) < 1 else 1.0), state


def test_rules_schedules_and_noise_of_ones_own_make_the_run_that_python_makes(node):
    noisy, bowl = Noisy(SURFACES["booth"], 0.7), surface("a*x^2 + b*y^2", a=0.3, b=2.0)
    assert_same_runs(
        node,
        [
            make(bowl, SignSGD(0.05), lambda step: 1 / (1 + step)),
            make(noisy, Momentum(0.01), steps=40),
            make(bowl, Momentum(0.01), OneCycle(three_phase=True, cycle_momentum=True)),
            make(SURFACES["rosenbrock"], SGD(1.0)),  # diverges
            make(surface("(x-1)^2 - log(x) + y^2"), SGD(0.1), start=(-1.0, 1.0)),  # has no loss
        ],
    )
    with pytest.raises(ValueError, match="Clipped cannot be written as formulas: it branches"):
        emit_rule(Clipped())


def test_a_fork_goes_on_with_what_the_run_remembered(node):
    whole = make(SURFACES["rosenbrock"], Momentum(0.001), Step(every=50), steps=200)
    [(_, columns, _)] = node.make([whole])
    memory = {name: np.asarray(v).tolist() for name, v in whole.trajectory.before(120).items()}
    again = whole.trajectory.path[120].tolist()
    [(_, rest, _)] = node.make([whole], first=120, state=memory, start=again)
    np.testing.assert_array_equal(rest[0], columns[0][240:])


def test_random_formulas_have_the_values_and_derivatives_of_python(node):
    rng = random.Random(5)
    formulas, jobs, known, off = [], [], 0, 0
    while len(formulas) < 200:
        with suppress(FormulaError):
            formulas.append(surface(draw_text(rng, 4)))
    for number, each in enumerate(formulas):
        names = each.formula.parameters
        points = [
            (rng.choice(EDGES), rng.uniform(-3, 3), {name: rng.uniform(-2, 2) for name in names})
            for _ in range(8)
        ]
        jobs.append({"surface": number, "points": points})
    texts = [emit_surface(each) for each in formulas]
    for each, text, job, found in zip(formulas, texts, jobs, node.call(texts, jobs), strict=True):
        for (x, y, values), own in zip(job["points"], json.loads(found), strict=True):
            formula = each.formula.with_parameters(**values)
            value = formula.value(x, y)
            theirs = [[value], [value, *formula.grad(x, y)], [value, *formula.hess(x, y)]]
            for mine, wanted in zip([[own[0]], *own[1:]], theirs, strict=True):
                if mine is not None:
                    known += 1
                    numbers = np.array([float(v.replace("Infinity", "inf")) for v in mine])
                    if ROUNDED.search(text):
                        off += not is_close(numbers, np.array(wanted), 1e-9)
                    else:
                        np.testing.assert_array_equal(numbers, wanted, err_msg=f"{text} {x} {y}")
    assert known > 0.98 * 3 * 8 * len(formulas)
    assert off < 0.003 * known  # sums that cancel, after functions that differ in the last bit
