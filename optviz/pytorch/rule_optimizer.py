"""Any rule as a torch optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

from optviz.pytorch.optimizers import DrivenOptimizer
from optviz.pytorch.twins import Twin, complete_group, find_twin, read_rule, read_value
from optviz.rules import RULES, SGD, Decay, Momentum, Nesterov, Rule, Wrapper
from optviz.specs import format_spec

TORCHS = frozenset({"betas", "weight_decay", "maximize", "foreach", "max_iter"})
"""Keywords by which a group of torch's is known from one of a rule."""


class RuleGroup(dict):
    """A param group of a rule in which torch's schedulers find beta1 by their name, momentum."""

    def find_key(self, key: Any) -> Any:
        """Return the key that one stands for."""
        has_own = super().__contains__("momentum") or not super().__contains__("beta1")
        return key if key != "momentum" or has_own else "beta1"

    def __contains__(self, key: Any) -> bool:
        return super().__contains__(self.find_key(key))

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.find_key(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(self.find_key(key), value)

    def __reduce__(self) -> Any:
        return RuleGroup, (dict(self),)  # key by key, a copy would send momentum to beta1


class RuleOptimizer(DrivenOptimizer):
    """Any rule as a torch optimizer, your own too: `RuleOptimizer(model.parameters(), Adam(0.01))`.

    The rule's hyperparameters are the keys of the param groups under their own names (lr, beta1,
    eps, wd, ...), so that groups may differ and schedulers may change them; a scheduler of torch's
    that cycles `momentum` cycles beta1. A rule of your own gets each parameter as it is, a tensor,
    and may use anything that torch has.

    Raises: ValueError: rule must be a rule such as Adam(), got 'adam'
    """

    def __init__(self, params: Any, rule: Rule):
        if not isinstance(rule, Rule):
            raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
        self.rule = rule
        super().__init__(params, RuleGroup(name_hyperparameters(rule)))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with values of its own."""
        if isinstance(param_group, dict):  # else torch says what it must be
            param_group = {self.defaults.find_key(key): each for key, each in param_group.items()}  # type: ignore[attr-defined]
        super().add_param_group(param_group)
        self.param_groups[-1] = RuleGroup(param_group)

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule with a group's hyperparameters."""
        defaults = name_hyperparameters(self.rule)
        values = {key: read_value(group.get(key, default)) for key, default in defaults.items()}
        for key, value in values.items():
            if np.ndim(value):
                raise ValueError(f"{key} must be one number for a torch optimizer, got {value}")
        return rebuild_rule(self.rule, iter(values.values()))

    def find_twins(self) -> list[tuple[Twin, dict[str, Any]]] | None:
        """Return the twin and the keywords of each group; None where torch has none."""
        try:
            found = [find_twin(self.build_rule(group)) for group in self.param_groups]
        except ValueError:  # a value was changed to nonsense, which the next step will refuse
            return None
        twins = [each for each in found if each is not None]
        return twins if len(twins) == len(found) else None

    def read_group(self, saved: dict[str, Any]) -> tuple[Twin | None, dict[str, Any]]:
        """Return the twin and a group of a checkpoint, torch's or our own, in the rule's words."""
        defaults, found = name_hyperparameters(self.rule), find_twin(self.rule)
        twin, spec = found and found[0], format_spec(self.rule)
        if TORCHS.isdisjoint(saved.keys() - defaults.keys()):
            # An option that older states do not have is off in them.
            lacking = [key for key in defaults if key not in saved and defaults[key] != 0]
            known = {each.name for kind in RULES.values() for each in fields(kind)}  # type: ignore[arg-type]
            strange = [key for key in saved if key in known and key not in defaults]
            if lacking or strange:
                why = f"no {', '.join(lacking)}" if lacking else f"also {', '.join(strange)}"
                raise ValueError(f"this state is not one of {spec}: its groups have {why}")
            return twin, RuleGroup(defaults | saved)
        if twin is None:
            raise ValueError(f"torch.optim has no {spec}: load a state that RuleOptimizer saved")
        group = complete_group("RuleOptimizer", twin, saved)
        if not group.get("momentum", True):
            group |= {"nesterov": False}  # which without a momentum changes nothing
        rule = read_rule(twin, group)
        extras = {key: each for key, each in saved.items() if key not in twin.keywords}
        values = name_hyperparameters(wrap_alike(rule, self.rule))
        return twin, RuleGroup(values | extras)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rule": self.rule}


def wrap_alike(rule: Rule, like: Rule) -> Rule:
    """Return a rule in the decays of another, at 0 where it has none.

    Raises: ValueError: this state is of nesterov:lr=0.1, not of adam:lr=0.001
    """
    if type(rule) is type(like):
        if not isinstance(rule, Wrapper):
            return rule
        return replace(rule, rule=wrap_alike(rule.rule, like.rule))  # type: ignore[attr-defined]
    if isinstance(rule, SGD) and isinstance(like, (Momentum, Nesterov)):
        return replace(like, lr=rule.lr, beta1=0.0)
    if isinstance(like, Decay):
        return type(like)(wrap_alike(rule, like.rule), 0.0)  # type: ignore[call-arg]
    raise ValueError(f"this state is of {format_spec(rule)}, not of {format_spec(like)}")


def name_hyperparameters(rule: Rule) -> dict[str, Any]:
    """Return the hyperparameters of a rule by unique names: the wd around a wd is outer_wd.

    Those of a wrapped rule stand in its place.
    """
    out: dict[str, Any] = {}
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        own = name_hyperparameters(value) if isinstance(value, Rule) else {spec.name: value}
        for name, each in own.items():
            while name in out:
                name = f"outer_{name}"
            out[name] = each
    return out


def rebuild_rule(rule: Rule, values: Iterator[Any]) -> Rule:
    """Return the rule with other hyperparameters, in the order of `name_hyperparameters`."""
    changes = {}
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        changes[spec.name] = (
            rebuild_rule(value, values) if isinstance(value, Rule) else next(values)
        )
    return replace(rule, **changes)  # type: ignore[type-var]
