"""A bench for rules: each is fed the same gradients, and the size of its steps is drawn.

No surface is involved: what a rule makes of a gradient is seen by itself. Where theory knows the
size that the steps settle at, it is drawn too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.javascript import emit_rule
from optviz.lessons.pictures.picture import (
    Picture,
    Table,
    check_keys,
    collect_modules,
    describe_rules,
    read_names,
    read_number,
    read_rules,
    read_whole,
)
from optviz.sweeps.gradients import (
    GRADIENTS,
    GradientSettings,
    check_fed,
    draw_samples,
    feed,
    make_gradients,
)
from optviz.sweeps.steady_steps import find_steady

KEYS = ("gradients", "rules", "steps", "size", "spread", "every", "growth", "seed", "sliders")
DEFAULT = ("sgd:lr=0.01", "momentum:lr=0.01", "rmsprop:lr=0.01", "adam:lr=0.01")
SLIDERS = ("size", "lr", "beta1", "beta2")


def describe(table: Table) -> dict[str, Any]:
    """Return the bench as data for the browser: kinds of gradients, rules, noise, sliders."""
    numbers = read_table(table)
    rules = numbers.pop("rules")
    return {
        **numbers,
        "words": GRADIENTS,
        "samples": draw_samples(numbers["steps"], numbers.pop("seed")).tolist(),
        "rules": [
            each | {"label": shorten_label(each["label"], numbers["sliders"])}
            for each in describe_rules(rules)
        ],
    }


def shorten_label(label: str, sliders: list[str]) -> str:
    """Return a rule's label without the settings that a slider moves."""
    return " ".join(each for each in label.split() if each.partition("=")[0] not in sliders)


def read_table(table: Table) -> dict[str, Any]:
    """Return the numbers of a bench, checked."""
    check_keys("bench", table, KEYS)
    rules = [check_fed(each) for each in read_rules(table, DEFAULT)]
    return {
        "gradients": read_names(table, "gradients", GRADIENTS, GRADIENTS),
        "rules": rules,
        "steps": read_whole(table, "steps", 100, 2, 2000),
        "size": read_number(table, "size", 1.0, 1e-4, 1e4),
        "spread": read_number(table, "spread", 3.0, 0, 100),
        "every": read_whole(table, "every", 10, 2, 200),
        "growth": read_number(table, "growth", 1.05, 1.0, 2.0),
        "seed": read_whole(table, "seed", 0, 0, 10**9),
        "sliders": read_names(table, "sliders", ["size"], SLIDERS),
    }


def read_settings(numbers: dict[str, Any]) -> GradientSettings:
    """Return what the gradients of a bench are made from."""
    return GradientSettings(**{name: numbers[name] for name in GradientSettings._fields})


def make_modules(table: Table) -> dict[str, str]:
    """Return the modules of the rules."""
    return collect_modules(map(emit_rule, read_rules(table, DEFAULT)))


def measure(table: Table) -> dict[str, float]:
    """Return of each rule, under the first kind of gradient, numbers by name and place from 1.

    first    the size of its first step
    step     the mean size of its last tenth of steps
    largest  the size of its largest step
    drift    how far it moved a step on average, one way
    theory   the settled size at the last step where it is known, else nan
    """
    numbers = read_table(table)
    kind, settings = numbers["gradients"][0], read_settings(numbers)
    gradients, out = make_gradients(kind, settings), {}
    for place, rule in enumerate(numbers["rules"], 1):
        steps = feed(rule, gradients)
        sizes = np.abs(steps)
        steady = find_steady(rule, kind, settings)
        known = steady[np.isfinite(steady)]
        out[f"first {place}"] = float(sizes[0])
        out[f"step {place}"] = float(sizes[-max(1, len(sizes) // 10) :].mean())
        out[f"largest {place}"] = float(sizes.max())
        out[f"drift {place}"] = abs(float(steps.mean()))
        out[f"theory {place}"] = float(known[-1]) if known.size else float("nan")
    return out


BENCH = Picture(describe, measure, make_modules)
