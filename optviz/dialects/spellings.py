"""The spellings of optimizers: how each source writes one, as named choices and settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from optviz.dialects.variant_rules import (
    EpsHatAdam,
    IterateNesterov,
    SpelledAdagrad,
    SpelledRMSProp,
    VelocityMomentum,
    VelocityNesterov,
)
from optviz.rules import Adagrad, Adam, Momentum, Nesterov, RMSProp, Rule
from optviz.specs import check_name

DAMPENING, LR, KEPT = "dampening", "place of lr", "points kept"
DIVISOR, EPS, BIAS = "divisor", "place of eps", "bias correction"

CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "momentum": {
        DAMPENING: ("none", "of every gradient", "of all but the first"),
        LR: ("outside the memory", "inside the memory"),
    },
    "nesterov": {
        LR: ("outside the memory", "inside the memory"),
        KEPT: ("look-ahead", "iterate and look-ahead"),
    },
    "rmsprop": {
        DIVISOR: ("this step's average", "average of the step before"),
        EPS: ("outside the root", "inside the root", "none"),
    },
    "adagrad": {EPS: ("outside the root", "inside the root", "none")},
    "adam": {
        BIAS: ("of the averages", "of the learning rate", "none"),
        EPS: ("outside the root", "none"),
    },
}
"""The choices of each optimizer and their options, the default first."""

COMMON: dict[str, dict[str, float]] = {
    "momentum": {"lr": 0.01, "beta1": 0.9},
    "nesterov": {"lr": 0.01, "beta1": 0.9},
    "rmsprop": {"lr": 0.01, "beta2": 0.9, "eps": 1e-8, "initial": 0.0},
    "adagrad": {"lr": 0.01, "eps": 1e-10, "initial": 0.0},
    "adam": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}
"""The settings of each optimizer with common defaults, which are those of the package's rules."""


@dataclass(frozen=True)
class Dialect:
    """One source's spelling of an optimizer. All of it is data."""

    optimizer: str
    name: str
    """The source by a short name: workbook, fastai, pytorch, paper, ..."""
    title: str
    formula: str
    """One step, line by line, in the names of this package; <- keeps, = names."""
    source: str
    url: str
    choices: dict[str, str] = field(default_factory=dict)
    """The choices that differ from the first option of CHOICES."""
    words: dict[str, str] = field(default_factory=dict)
    """Its own word for each setting that one can give; a setting without a word is fixed."""
    defaults: dict[str, float] = field(default_factory=dict)
    """Its own defaults, and what is fixed; a setting that it leaves to the user has none."""
    call: str = ""
    """The call that makes it, where the source is code; the settings go into the braces."""
    note: str = ""

    @property
    def spelling(self) -> dict[str, Any]:
        """All its choices."""
        return {key: options[0] for key, options in CHOICES[self.optimizer].items()} | self.choices

    def fill_settings(
        self, given: Mapping[str, float] | None = None, own: bool = False
    ) -> dict[str, float]:
        """Fill in the settings not given: the common defaults, or its own if `own`.

        Raises: ValueError: adam as pytorch spells it has no "eta"; it has lr, beta1, beta2, eps
        """
        for key in given or {}:
            if key not in self.words:
                spelled, has = f"{self.optimizer} as {self.name} spells it", ", ".join(self.words)
                raise ValueError(f'{spelled} has no "{key}"; it has {has}')
        out = {key: COMMON[self.optimizer][key] for key in self.words}
        for key, value in self.defaults.items():
            # What is fixed is part of the spelling, and so is where a sum of squares starts.
            if own or key not in self.words or key == "initial":
                out[key] = value
        return out | dict(given or {})

    def make_rule(self, **given: float) -> Rule:
        """Return the rule at the settings given, the rest as in `fill_settings`."""
        return make_rule(self.optimizer, self.spelling | self.fill_settings(given))

    def write_call(self, **given: float) -> str:
        """Write the call that makes it at these settings; nothing where the source is no code."""
        return self.call.format(**self.fill_settings(given))

    def __str__(self) -> str:
        lines = [self.title, *(f"    {line}" for line in self.formula.splitlines())]
        lines += [f"    {self.note}"] if self.note else []
        return "\n".join([*lines, f"    source: {self.source}, {self.url}"])


_ENTRIES = tomllib.loads(Path(__file__).with_name("spellings.toml").read_text("utf-8"))
ABSENT: dict[str, dict[str, str]] = _ENTRIES.pop("absent")
"""The sources that have no spelling of an optimizer, and why: by optimizer and source."""
DIALECTS: dict[str, dict[str, Dialect]] = {
    optimizer: {name: Dialect(optimizer, name, **entry) for name, entry in entries.items()}
    for optimizer, entries in _ENTRIES.items()
}
"""Every spelling, by optimizer and source."""


def find_spellings(optimizer: str) -> dict[str, Dialect]:
    """Return the spellings of an optimizer by source.

    Raises: ValueError: no optimizer "adm"; nearest: adam
    """
    return DIALECTS[check_name("optimizer", optimizer, DIALECTS)]


def find_spelling(optimizer: str, source: str) -> Dialect:
    """Return the spelling of an optimizer by a source.

    Raises: ValueError: no spelling of adam "torch"; nearest: pytorch
    """
    found = find_spellings(optimizer)
    if source in ABSENT.get(optimizer, {}):
        raise ValueError(f"no {optimizer} by {source}: {ABSENT[optimizer][source]}")
    return found[check_name(f"spelling of {optimizer}", source, found)]


def check_single(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings if each is one number.

    Raises: ValueError: lr must be one number, got array([0.1, 0.2])
    """
    for key, value in settings.items():
        if np.ndim(value):
            raise ValueError(f"{key} must be one number, got {value!r}")
    return settings


def make_rule(optimizer: str, spelling: Mapping[str, Any]) -> Rule:
    """Return the rule of an optimizer with these choices and settings, all in one mapping."""
    choices = {key: spelling[key] for key in CHOICES[optimizer]}
    given = {key: value for key, value in spelling.items() if key not in choices}
    if choices.get(EPS) == "none":
        given["eps"] = 0.0
    lr_inside = choices.get(LR) == "inside the memory"
    eps_inside = choices.get(EPS) == "inside the root"
    rule: Any
    if optimizer == "momentum":
        rule = VelocityMomentum if lr_inside else Momentum
        if choices[DAMPENING] == "of all but the first":
            return rule(**given, dampening=given["beta1"])
        return rule(**given, damped=choices[DAMPENING] == "of every gradient")
    if optimizer == "nesterov":
        variant = VelocityNesterov if choices[KEPT] == "look-ahead" else IterateNesterov
        return (variant if lr_inside else Nesterov)(**given)
    if optimizer == "adam":
        if choices[BIAS] == "of the learning rate":
            return EpsHatAdam(**given)
        return Adam(**given, debias=choices[BIAS] != "none")
    rule, variant = Adagrad, SpelledAdagrad
    if optimizer == "rmsprop":
        rule, variant = RMSProp, SpelledRMSProp
        given["lagged"] = choices[DIVISOR] != "this step's average"
    if eps_inside or given["initial"]:
        return variant(**given, inside=eps_inside)
    del given["initial"]
    return rule(**given)
