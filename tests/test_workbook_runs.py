"""What a workbook of runs holds, what a person can change in it, what is refused, and who asks."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from libreoffice import edited, table, values_of

from optviz import (
    L2,
    SGD,
    Adam,
    Decoupled,
    Line,
    Momentum,
    Noisy,
    Problem,
    Trajectory,
    fork,
    run,
    surface,
)
from optviz.problems.formula import Surface
from optviz.rules import Rule, hyper
from optviz.workbook import runs_out

BOOTH = surface("booth")


def assert_same(sheet: dict, trajectory: Trajectory, what: str) -> None:
    """Every column of a record is on the sheet, to 1e-9 of the column's size."""
    own = table(sheet)
    for name, values in trajectory.columns().items():
        size = np.nanmax(np.abs(values), initial=1e-12)
        np.testing.assert_allclose(
            own[name][1:], values, rtol=0, atol=1e-9 * size, err_msg=f"{what}: {name}"
        )


# -- rules of one's own ------------------------------------------------------------------------


class MemoryState(NamedTuple):
    last: Any
    before: Any
    count: int


@dataclass(frozen=True, eq=False)
class OfMyOwn(Rule):
    """A rule with a setting called c, a memory of two gradients, abs, % and comparisons."""

    lr: float = hyper(0.1)
    c: float = hyper(0.3)

    def init(self, params):
        return MemoryState(0.0 * params, 0.0 * params + 1, 0)

    def update(self, params, grad, state):
        smaller = 0.5 * (grad + state.before - abs(grad - state.before))
        often = (state.count % 3 == 0) * self.c
        move = -self.lr * (-smaller - often * grad * (grad > state.last))
        return params - move, MemoryState(grad, state.last, state.count + 1)


@dataclass(frozen=True, eq=False)
class Branching(Rule):
    lr: float = hyper(0.1)

    def update(self, params, grad, state):
        return (params - self.lr * grad if (grad > 0).all() else params), state


@dataclass(frozen=True, eq=False)
class Endless(Rule):
    lr: float = hyper(0.001)

    def update(self, params, grad, state):
        for _ in range(60):
            grad = grad * (1.5 - 0.5 * grad)
            grad = grad - grad * 0.1
        return params - self.lr * grad, state


# -- what a person can change ------------------------------------------------------------------


class Change(NamedTuple):
    """A run, what a person types on its sheet, and the run that must come out."""

    made: Trajectory
    problem: Problem
    typed: dict[str, float]
    wanted: Trajectory
    given: dict[str, Any] = {}


def two_cases(low: float, high: float) -> Surface:
    return surface("a*x^2 + A*y^2", a=low, A=high)


def decaying(step: int) -> float:
    return 1 / (1 + step)


def changes() -> dict[str, Change]:
    """One of each kind of change."""
    himmelblau, rosenbrock = surface("himmelblau"), surface("rosenbrock")
    parent = run(himmelblau, Adam(0.1), 40)
    nested = [L2(Decoupled(Adam(lr), 0.02), wd) for lr, wd in ((0.1, 0.01), (0.05, 0.3))]
    x, y = Line().x.copy(), Line().y.copy()
    x[2], y[0] = 30.0, 70.0
    noisy_line = Noisy(Line(), 5.0)
    plain, steep = two_cases(1.0, 3.0), two_cases(2.0, 0.5)
    return {
        "a fork that goes on with what the run remembered": Change(
            fork(himmelblau, parent, 20, Adam(0.1)),
            himmelblau,
            {"lr": 0.05},
            fork(himmelblau, parent, 20, Adam(0.05)),
        ),
        "another start": Change(
            run(BOOTH, Momentum(0.01), 20),
            BOOTH,
            {"new x": -4.0, "new y": 2.5},
            run(BOOTH, Momentum(0.01), 20, start=(-4.0, 2.5)),
        ),
        "another average to begin with": Change(
            run(BOOTH, Momentum(0.01), 20),
            BOOTH,
            {"grad_avg x": 3.0},
            run(
                BOOTH,
                Momentum(0.01),
                20,
                state=Momentum().init(np.zeros(2))._replace(grad_avg=np.array([3.0, 0.0])),
            ),
        ),
        "a parameter of the surface": Change(
            run(rosenbrock, Adam(0.05), 500),
            rosenbrock,
            {"formula_steepness": 20.0},
            run(surface("rosenbrock", steepness=20.0), Adam(0.05), 500),
        ),
        "parameters told apart by case alone": Change(
            run(plain, SGD(0.1), 20),
            plain,
            {"formula_a": 2.0, "formula_A_": 0.5},
            run(steep, SGD(0.1), 20),
        ),
        "a sample of the line": Change(
            run(Line(), Adam(0.5), 40),
            Line(),
            {"all x": 30.0, "all y": 70.0},
            run(Line(x, y), Adam(0.5), 40),
        ),
        "lr of a line fitted to all samples, with noise": Change(
            run(noisy_line, SGD(1e-5), 20, seed=4),
            noisy_line,
            {"lr": 2e-5},
            run(noisy_line, SGD(2e-5), 20, seed=4),
        ),
        "lr under a schedule without a name": Change(
            run(BOOTH, SGD(0.02), 20, schedule=decaying),
            BOOTH,
            {"lr": 0.05},
            run(BOOTH, SGD(0.05), 20, schedule=decaying),
        ),
        "the settings of a rule of one's own": Change(
            run(BOOTH, OfMyOwn(0.02), 20),
            BOOTH,
            {"c_": 0.9, "lr": 0.01},
            run(BOOTH, OfMyOwn(0.01, c=0.9), 20),
            {"rules": OfMyOwn(0.02)},
        ),
        "one of two decays": Change(
            run(BOOTH, nested[0], 20),
            BOOTH,
            {"lr": 0.05, "L2_wd": 0.3},
            run(BOOTH, nested[1], 20),
            {"rules": nested[0]},
        ),
    }


CHANGES = changes()


@pytest.fixture(scope="module")
def workbooks(libreoffice):
    """The runs of all changes recalculated, before and after what was typed."""
    runs = [
        runs_out.resolved(each.problem, f"run {i}", each.made, each.given.get("rules"))
        for i, each in enumerate(CHANGES.values())
    ]
    data = runs_out.written(runs, None)
    typed = {
        f"run {i}": located(values_of(data)[f"run {i}"], each.typed)
        for i, each in enumerate(CHANGES.values())
    }
    return libreoffice(data), libreoffice(edited(data, typed))


def located(sheet: dict, typed: dict[str, float]) -> dict[str, float]:
    """What is typed by cell: in the row before the first step of a column, or under a name."""
    heads = {head: cell for cell, head in sheet.items() if re.fullmatch("[A-Z]+3", cell)}
    heads.pop("lr")  # the column; what is typed is the setting
    rows = {"all x": 7, "all y": 5}
    return {
        re.sub("3$", str(rows.get(name, 4)), heads[name]) if name in heads else name: value
        for name, value in typed.items()
    }


@pytest.mark.parametrize("what", CHANGES)
def test_a_run_follows_what_is_typed(workbooks, what):
    before, after = (each[f"run {list(CHANGES).index(what)}"] for each in workbooks)
    assert_same(before, CHANGES[what].made, what)
    assert_same(after, CHANGES[what].wanted, what)
    assert not np.allclose(CHANGES[what].made.path, CHANGES[what].wanted.path, rtol=1e-6)
