"""L2 regularization and decoupled weight decay on a bowl: where the runs end, and where they pull.

The loss is a quadratic with its minimum at `center`. L2 adds (wd/2)*|params|**2, so that the sum
has its minimum elsewhere, pulled in toward 0.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from optviz.javascript import emit_rule, emit_surface
from optviz.lessons.pictures.picture import (
    Picture,
    Table,
    check_keys,
    collect_modules,
    describe_rules,
    name_module,
    read_number,
    read_point,
    read_rules,
    read_whole,
    read_window,
)
from optviz.problems.surfaces import Surface, surface
from optviz.rules import DECAYS, Rule, Wrapper
from optviz.runs.loop import run

KEYS = ("center", "curvatures", "rotation", "wd", "rules", "start", "steps", "window")
DEFAULT = ("sgd:lr=0.05", "adam:lr=0.02,beta2=0.9")
FORMULA = "(a*((x - c)*cos(r) + (y - d)*sin(r))^2 + b*((y - d)*cos(r) - (x - c)*sin(r))^2)/2"
WORDS = {"l2": "L2", "decoupled": "decoupled"}
HIGHEST = 10.0
"""The largest weight decay."""


def read_table(table: Table) -> dict[str, Any]:
    """Return the loss, the decay, the rules and their start, checked."""
    check_keys("decay", table, KEYS)
    curvatures = read_point(table, "curvatures", (1.0, 8.0))
    if min(curvatures) <= 0:
        raise ValueError(f"curvatures must be two numbers above 0, got {curvatures}")
    rules = read_rules(table, DEFAULT)
    if len(rules) > 4 or any(isinstance(each, Wrapper) for each in rules):
        raise ValueError(
            "rules must be at most four without a decay: the picture adds L2 and decoupled decay"
        )
    return {
        "center": read_point(table, "center", (1.4, 0.9)),
        "curvatures": curvatures,
        "rotation": read_number(table, "rotation", 0.0, -3.2, 3.2),
        "wd": read_number(table, "wd", 0.5, 0, HIGHEST),
        "rules": rules,
        "start": read_point(table, "start", (-1.2, 1.6)),
        "steps": read_whole(table, "steps", 500, 1, 5000),
        "window": read_window(table, "window", (-2.0, 3.0, -1.6, 2.4)),
    }


def build_loss(numbers: dict[str, Any]) -> Surface:
    """Return the quadratic loss."""
    (a, b), (c, d) = numbers["curvatures"], numbers["center"]
    return surface(FORMULA, a=a, b=b, c=c, d=d, r=numbers["rotation"])


def find_pulled_minimum(numbers: dict[str, Any], wd: float) -> np.ndarray:
    """Return the minimum of loss and L2 penalty together: (H + wd)^-1 H center."""
    turn = np.array([np.cos(numbers["rotation"]), np.sin(numbers["rotation"])])
    axes = np.array([turn, [-turn[1], turn[0]]])
    hess = axes.T @ np.diag(numbers["curvatures"]) @ axes
    return np.linalg.solve(hess + wd * np.eye(2), hess @ np.array(numbers["center"]))


def wrap_rules(numbers: dict[str, Any]) -> list[Rule]:
    """Return each rule with L2 and with decoupled decay, in this order."""
    return [kind(each, numbers["wd"]) for each in numbers["rules"] for kind in DECAYS.values()]  # type: ignore[call-arg]


def describe(table: Table) -> dict[str, Any]:
    """Return the picture as data for the browser."""
    numbers = read_table(table)
    loss, rules = build_loss(numbers), wrap_rules(numbers)
    del numbers["rules"]
    return {
        **numbers,
        "highest": HIGHEST,
        "module": name_module(emit_surface(loss)),
        "parameters": loss.formula.parameters,
        "rules": [
            each | {"label": f"{each['name']}, {WORDS[each['decay']]}"}
            for each in describe_rules(rules)
        ],
    }


def measure(table: Table) -> dict[str, float]:
    """Return numbers by name; a run is a rule with L2, then with decoupled decay, counted from 1.

    pulled x, pulled y   the minimum of loss and L2 penalty together
    x 1, y 1             where the first run ends, and so on
    pulled gap 1         how far that is from the pulled-in minimum
    own gap 1            how far that is from the minimum of the loss alone
    apart 1              how far the two runs of the first rule end from each other
    """
    numbers = read_table(table)
    pulled = find_pulled_minimum(numbers, numbers["wd"])
    out = {"pulled x": float(pulled[0]), "pulled y": float(pulled[1])}
    ends = find_ends(freeze(table))
    for place, end in enumerate(ends, 1):
        out[f"x {place}"], out[f"y {place}"] = map(float, end)
        out[f"pulled gap {place}"] = float(np.hypot(*(end - pulled)))
        out[f"own gap {place}"] = float(np.hypot(*(end - numbers["center"])))
    for place in range(len(ends) // 2):
        out[f"apart {place + 1}"] = float(np.hypot(*(ends[2 * place] - ends[2 * place + 1])))
    return out


def freeze(table: Table) -> tuple:
    """Return a table as a key that can be remembered."""
    return tuple(
        (key, tuple(value) if isinstance(value, list) else value) for key, value in table.items()
    )


@lru_cache(maxsize=32)
def find_ends(key: tuple) -> list[np.ndarray]:
    """Return where each run ends."""
    table = {name: list(value) if isinstance(value, tuple) else value for name, value in key}
    numbers = read_table(table)
    loss, start, steps = build_loss(numbers), numbers["start"], numbers["steps"]
    return [run(loss, each, steps, start=start).path[-1] for each in wrap_rules(numbers)]


def make_modules(table: Table) -> dict[str, str]:
    """Return the modules of the loss and of the rules with their decays."""
    numbers = read_table(table)
    texts = [emit_surface(build_loss(numbers)), *map(emit_rule, wrap_rules(numbers))]
    return collect_modules(texts)


DECAY = Picture(describe, measure, make_modules)
