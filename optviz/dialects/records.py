"""What a dialect is: how one source spells an optimizer, as named choices and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optviz.dialects.spelled import (
    EpsHatAdam,
    IterateNesterov,
    SpelledAdagrad,
    SpelledRMSProp,
    VelocityMomentum,
    VelocityNesterov,
)
from optviz.rules import Adagrad, Adam, Momentum, Nesterov, RMSProp, Rule

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
"""What the spellings of an optimizer choose among; unless said they take the first option."""

COMMON: dict[str, dict[str, float]] = {
    "momentum": {"lr": 0.01, "beta1": 0.9},
    "nesterov": {"lr": 0.01, "beta1": 0.9},
    "rmsprop": {"lr": 0.01, "beta2": 0.9, "eps": 1e-8, "initial": 0.0},
    "adagrad": {"lr": 0.01, "eps": 1e-10, "initial": 0.0},
    "adam": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}
"""The settings of an optimizer and what they are unless they are given: the rules' own defaults."""


@dataclass(frozen=True)
class Dialect:
    """How one source spells an optimizer. All of it is data."""

    optimizer: str
    name: str
    """The source by a short name: workbook, fastai, pytorch, paper, ..."""
    title: str
    formula: str
    """One step, line by line, in the names of this package; <- keeps, = names."""
    source: str
    url: str
    choices: dict[str, str] = field(default_factory=dict)
    """What it chooses otherwise than the first option of CHOICES."""
    words: dict[str, str] = field(default_factory=dict)
    """Its own word for each setting that one can give; a setting without a word is fixed."""
    defaults: dict[str, float] = field(default_factory=dict)
    """Its own defaults, and what is fixed; a setting that it leaves to the user has none."""
    call: str = ""
    """How one asks for it where it is code; the settings go into the braces."""
    note: str = ""

    @property
    def spelling(self) -> dict[str, str]:
        """All its choices."""
        return {key: options[0] for key, options in CHOICES[self.optimizer].items()} | self.choices

    def settings(
        self, given: Mapping[str, float] | None = None, own: bool = False
    ) -> dict[str, float]:
        """Its settings: those given, else the common ones, or its own defaults if `own`.

        Raises: ValueError: adam as pytorch spells it has no "eta"; it has lr, beta1, beta2, eps
        """
        for key in given or {}:
            if key not in self.words:
                has = ", ".join(self.words)
                raise ValueError(
                    f'{self.optimizer} as {self.name} spells it has no "{key}"; it has {has}'
                )
        fixed = {key: value for key, value in self.defaults.items() if key not in self.words}
        common = {key: COMMON[self.optimizer][key] for key in self.words}
        # Where a sum of squares starts is part of the spelling: it is common to none.
        kept = self.defaults if own else {k: v for k, v in self.defaults.items() if k == "initial"}
        return common | kept | fixed | dict(given or {})

    def checked(self, given: Mapping[str, float] | None = None) -> dict[str, float]:
        """Its settings as in `settings`, where it can step with them.

        Raises: ValueError: beta1 must be at least 0 and below 1, got 1
        """
        self.rule(**single(given or {}))
        return self.settings(given)

    def rule(self, **given: float) -> Rule:
        """The rule at the settings given, the rest as in `settings`."""
        return rule_of(self.optimizer, self.spelling, self.settings(given))

    def code(self, **given: float) -> str:
        """The call that asks for it at these settings; nothing where it is no code."""
        return self.call.format(**self.settings(given))

    def __str__(self) -> str:
        lines = [self.title, *(f"    {line}" for line in self.formula.splitlines())]
        lines += [f"    {self.note}"] if self.note else []
        return "\n".join([*lines, f"    source: {self.source}, {self.url}"])


def single(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings, each one number.

    Raises: ValueError: lr must be one number, got array([0.1, 0.2])
    """
    for key, value in settings.items():
        if np.ndim(value):
            raise ValueError(f"{key} must be one number, got {value!r}")
    return settings


def rule_of(optimizer: str, choices: Mapping[str, str], settings: Mapping[str, float]) -> Rule:
    """The rule of an optimizer that is spelled by these choices."""
    given = dict(settings)
    if choices.get(EPS) == "none":
        given["eps"] = 0.0
    return FAMILIES[optimizer](choices, given)


def momentum_rule(choices: Mapping[str, str], given: dict[str, Any]) -> Rule:
    """Momentum: a sum or an average, with lr outside or inside."""
    rule: Any = Momentum if choices[LR].startswith("outside") else VelocityMomentum
    if choices[DAMPENING] == "of all but the first":
        return rule(**given, dampening=given["beta1"])
    return rule(**given, damped=choices[DAMPENING] == "of every gradient")


def nesterov_rule(choices: Mapping[str, str], given: dict[str, Any]) -> Rule:
    """Nesterov's momentum, with lr outside or inside."""
    if choices[LR].startswith("outside"):
        return Nesterov(**given)
    return (VelocityNesterov if choices[KEPT] == "look-ahead" else IterateNesterov)(**given)


def rmsprop_rule(choices: Mapping[str, str], given: dict[str, Any]) -> Rule:
    """RMSProp: which average divides, where eps stands, where the squares start."""
    lagged = choices[DIVISOR] != "this step's average"
    inside = choices[EPS].startswith("inside")
    if inside or given["initial"]:
        return SpelledRMSProp(**given, lagged=lagged, inside=inside)
    return RMSProp(given["lr"], given["beta2"], given["eps"], lagged)


def adagrad_rule(choices: Mapping[str, str], given: dict[str, Any]) -> Rule:
    """Adagrad: where eps stands, where the squares start."""
    inside = choices[EPS].startswith("inside")
    if inside or given["initial"]:
        return SpelledAdagrad(**given, inside=inside)
    return Adagrad(given["lr"], given["eps"])


def adam_rule(choices: Mapping[str, str], given: dict[str, Any]) -> Rule:
    """Adam: what its bias correction corrects, if anything."""
    if choices[BIAS] == "of the learning rate":
        return EpsHatAdam(**given)
    return Adam(**given, debias=choices[BIAS] != "none")


FAMILIES: dict[str, Callable[[Mapping[str, str], dict[str, Any]], Rule]] = {
    "momentum": momentum_rule,
    "nesterov": nesterov_rule,
    "rmsprop": rmsprop_rule,
    "adagrad": adagrad_rule,
    "adam": adam_rule,
}
