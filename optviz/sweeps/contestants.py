"""The rules of a race, each with its ranges and its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optviz.rules import Rule
from optviz.specs import OptimizerSpec, Racer, format_label, to_spec
from optviz.sweeps.trials import check_space, declare_space, draw_design, place_trials


@dataclass(frozen=True)
class Contestant:
    """A rule in a race, with the ranges over which it is tuned, and its trials."""

    label: str
    rule: Rule
    schedule: Any
    space: dict[str, tuple[float, float]]
    values: dict[str, np.ndarray] = field(default_factory=dict)
    """The values of each number at each trial."""

    def describe(self, trial: int) -> str:
        """Return the settings of a trial in words."""
        return ", ".join(f"{name}={each[trial]:.4g}" for name, each in self.values.items())

    def take(self, places: Sequence[int]) -> dict[str, np.ndarray]:
        """Return the values of some trials."""
        return {name: each[list(places)] for name, each in self.values.items()}

    def describe_content(self, places: Sequence[int] | None) -> tuple[Any, ...]:
        """Return what decides the outcome of some trials, or of all."""
        return self.rule, self.schedule, self.values if places is None else self.take(places)


def make_contestants(
    rules: Sequence[Racer | Contestant], spaces: Mapping[str, Any], trials: int, seed: int
) -> tuple[Contestant, ...]:
    """Return the rules of a race with their trials; a contestant brings its label and ranges.

    Raises: ValueError: a race needs two rules, got 1
    """
    listed: list[Any] = [rules] if isinstance(rules, (str, Rule, Contestant)) else list(rules)
    design, out = draw_design(trials, seed), []
    for each in listed:
        if isinstance(each, Contestant):
            out.append(replace(each, values=place_trials(each.space, design)))
            continue
        rule, schedule, _ = to_spec(each)
        label = name_rival(rule, schedule)
        space = check_space(rule, spaces[label]) if label in spaces else declare_space(rule)
        out.append(Contestant(label, rule, schedule, space, place_trials(space, design)))
    if len(out) < 2:
        raise ValueError(f"a race needs two rules, got {len(out)}")
    labels = [each.label for each in out]
    if len(set(labels)) < len(labels):
        raise ValueError(f"each rule races once, got {', '.join(labels)}")
    if unknown := [each for each in spaces if each not in labels]:
        raise ValueError(f'no rule "{unknown[0]}" in this race: {", ".join(labels)}')
    return tuple(out)


def name_rival(rule: Rule, schedule: Any) -> str:
    """Return the label of a rule without the numbers that a race tunes: "Adam", "SGD l2 tuned"."""
    words, space = [], declare_space(rule)
    for word in format_label(OptimizerSpec(rule, schedule)).split(" "):
        name = word.partition("=")[0]
        if name in ("l2", "wd"):
            words.append(f"{name} tuned" if "wd" in space else word)
        elif name == word or name not in space:
            words.append(word)
    return " ".join(words)
