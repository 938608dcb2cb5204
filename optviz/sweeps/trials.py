"""The trials of a race: every rule gets the same number, from one quasi-random design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import log10
from typing import Any

import numpy as np

from optviz.extras import load_package
from optviz.rules import Rule
from optviz.sweeps.hyper_maps import find_field, set_values

MEMORIES = "beta1", "beta2"
TUNED = "lr", *MEMORIES, "wd"
"""The numbers that a race tunes where a rule has them; a memory whose default is 0 stays 0."""
Space = Mapping[str, tuple[float, float]]
"""The ends of the range of each number that is tuned."""


def declare_space(rule: Rule) -> dict[str, tuple[float, float]]:
    """Return the ranges over which a rule is tuned: those of its sliders.

    A memory or a decay that is not its default is kept; lr is tuned whatever it is.
    """
    space: dict[str, tuple[float, float]] = {}
    layer: Any = rule
    while isinstance(layer, Rule):
        for spec in fields(layer):  # type: ignore[arg-type]
            default: Any = spec.default
            is_tuned = spec.name in TUNED and (spec.name not in MEMORIES or default > 0)
            is_own = spec.name != "lr" and np.any(getattr(layer, spec.name) != default)
            if is_tuned and not is_own and spec.name not in space:
                space[spec.name] = float(spec.metadata["low"]), float(spec.metadata["high"])
        layer = getattr(layer, "rule", None)
    return {name: space[name] for name in TUNED if name in space}


def check_space(rule: Rule, space: Any) -> dict[str, tuple[float, float]]:
    """Return the ranges that were given for a rule.

    Raises: ValueError: the range of lr must be (low, high), got 0.1
    """
    if not isinstance(space, Mapping) or not space:
        raise ValueError(f"a space is a range for each number, got {space!r:.60}")
    found: dict[str, tuple[float, float]] = {}
    for name, ends in space.items():
        spec = find_field(rule, name)
        try:
            low, high = (float(each) for each in ends)
        except (TypeError, ValueError):
            raise ValueError(f"the range of {name} must be (low, high), got {ends!r:.60}") from None
        most = spec.metadata.get("below", np.inf)
        if not (0 <= low <= high < most and np.isfinite(high)) or (spec.name == "lr" and not low):
            raise ValueError(f"the range of {name} must be (low, high), got {ends!r:.60}")
        found[name] = low, high
    return found


def draw_design(trials: int, seed: int, numbers: int = len(TUNED)) -> np.ndarray:
    """Return the points of all rules in the unit cube, (trials, numbers): a scrambled Sobol design.

    Source: scipy.stats.qmc; its first points are a design too, so that rules with fewer numbers
    take the first columns.
    Raises: MissingPackageError: a race needs scipy: pip install "optviz[app]"
    """
    qmc: Any = load_package("scipy.stats.qmc", "a race", "app")
    count = 1 << max(trials - 1, 0).bit_length()
    return qmc.Sobol(numbers, rng=seed).random(count)[:trials]


def place_trials(space: Space, design: np.ndarray) -> dict[str, np.ndarray]:
    """Return the values of each number at each trial, (trials,).

    A memory is spread in the logarithm of 1 - beta, a learning rate in its own, both from end to
    end of the range; others evenly.
    """
    values: dict[str, np.ndarray] = {}
    for column, (name, (low, high)) in zip(design.T, space.items(), strict=False):
        if name in MEMORIES:
            ends = log10(1 - low), log10(1 - high)
            values[name] = 1 - 10 ** (ends[0] + column * (ends[1] - ends[0]))
            values[name] = np.clip(values[name], low, high)
        elif name == "lr":
            values[name] = 10 ** (log10(low) + column * (log10(high) - log10(low)))
        else:
            values[name] = low + column * (high - low)
    return values


def set_trials(rule: Rule, values: Mapping[str, Any]) -> Any:
    """Return a rule with the values of trials."""
    for name, each in values.items():
        rule = set_values(rule, name, each)
    return rule
