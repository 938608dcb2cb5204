"""The rules as torch optimizers: the same text that runs on numpy moves a model's parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from optviz.pytorch.lazy import Lazy, LazyAverages
from optviz.rules import DECAYS, RULES, MomentumState, Rule


class Built(NamedTuple):
    """A group's rule, kept until one of the values that it was made of changes."""

    values: list[Any]
    rule: Rule
    state: type
    """The rule's NamedTuple of averages."""
    ours: bool
    """True for a rule of optviz: arithmetic alone, which may run on all tensors at once."""


class DrivenOptimizer(Optimizer):
    """A torch optimizer whose steps are those of a rule, which a subclass makes in `build_rule`.

    `state[param]` is a plain dict with the rule's own columns: grad_avg, sqr_avg, count, ...
    Param groups, schedulers, closures, hooks and state_dict work as in every torch optimizer.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]):
        self._built: dict[int, Built] = {}
        super().__init__(params, defaults)

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule with the values of a param group."""
        raise AttributeError(f"{type(self).__name__} has no rule")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._built = {}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with values of its own.

        Raises: ValueError: lr must be at least 0 and finite, got -0.1
        """
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            self.build_rule(group)
            if any(param.is_complex() for param in group["params"]):
                raise ValueError("complex parameters are not supported: pass their real views")
        except ValueError:
            self.param_groups.pop()
            raise

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient and return the loss of the closure, if given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for index, group in enumerate(self.param_groups):
            built = self._find_built(index, group)
            params = [param for param in group["params"] if param.grad is not None]
            states = [self.state[param] for param in params]
            move = move_together if built.ours else move_one_by_one
            move(built, params, states)
        return loss

    def _find_built(self, index: int, group: dict[str, Any]) -> Built:
        """Return the rule of a group, built anew only when the group's values have changed."""
        # Read anew: a tensor, an array or a list may have changed in place.
        values = [read_value(group[key]) for key in self.defaults if key in group]
        built = self._built.get(index)
        if built is None or built.values != values:
            rule = self.build_rule(group)
            state = type(rule.init(torch.zeros(())))
            built = self._built[index] = Built(values, rule, state, is_ours(rule))
        return built


class RuleOptimizer(DrivenOptimizer):
    """Any rule as a torch optimizer, your own too: `RuleOptimizer(model.parameters(), Adam(0.01))`.

    The rule's hyperparameters are the keys of the param groups under their own names (lr, beta1,
    eps, wd, ...), so that groups may differ and schedulers may change them. A rule of your own
    gets each parameter as it is, a tensor, and may use anything that torch has.

    Raises: ValueError: rule must be a rule such as Adam(), got 'adam'
    """

    def __init__(self, params: Any, rule: Rule):
        if not isinstance(rule, Rule):
            raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
        self.rule = rule
        super().__init__(params, name_hyperparameters(rule))

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule with a group's hyperparameters."""
        values = {
            key: read_value(group.get(key, default)) for key, default in self.defaults.items()
        }
        for key, value in values.items():
            if np.ndim(value):
                raise ValueError(f"{key} must be one number for a torch optimizer, got {value}")
        return rebuild_rule(self.rule, iter(values.values()))

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rule": self.rule}


def read_averages(built: Built, param: Tensor, state: dict[str, Any]) -> list[Any]:
    """Return the averages of a parameter, first made where it has none yet."""
    names: tuple[str, ...] = built.state._fields  # type: ignore[attr-defined]
    if param.grad is not None and param.grad.layout is not torch.strided:
        shape = " x ".join(map(str, param.shape))
        raise ValueError(
            f"a sparse gradient (of a parameter {shape}) is not supported: "
            "make the layer with sparse=False"
        )
    try:
        return [state[name] for name in names]
    except KeyError:
        if strange := [name for name in state if name not in names]:
            raise ValueError(
                f"the loaded state has {', '.join(strange)}; {type(built.rule).__name__} keeps "
                f"{', '.join(names)}: load a state that this optimizer saved"
            ) from None
    state.update({**built.rule.init(param.detach())._asdict(), **state})
    return [state[name] for name in names]


def move_together(built: Built, params: list[Tensor], states: list[dict[str, Any]]) -> None:
    """Take a step of one of our rules on many parameters at once, in place."""
    alike: dict[tuple, list[tuple[Tensor, dict, list]]] = {}
    for param, state in zip(params, states, strict=True):
        before = read_averages(built, param, state)
        # Parameters that joined later have their own step count.
        counts = tuple([each for each in before if not isinstance(each, Tensor)])
        alike.setdefault(counts, []).append((param, state, before))
    for group in alike.values():
        same = [param for param, _, _ in group]
        grads: Any = [param.grad for param in same]
        columns = [list(column) for column in zip(*[before for _, _, before in group], strict=True)]
        make = Lazy if built.state is MomentumState else LazyAverages
        lazy = [make(c) if isinstance(c[0], Tensor) else c[0] for c in columns]
        new, after = built.rule.update(make(same), make(grads), built.state(*lazy))
        for name, column in zip(after._fields, after, strict=True):
            values = column.value() if isinstance(column, Lazy) else [column] * len(group)
            for (_, state, _), value in zip(group, values, strict=True):
                state[name] = value
        new.write(same)


def move_one_by_one(built: Built, params: list[Tensor], states: list[dict[str, Any]]) -> None:
    """Take a step of anyone's rule on each parameter, in place."""
    for param, state in zip(params, states, strict=True):
        grad = param.grad
        before = built.state(*read_averages(built, param, state))
        new, after = built.rule.update(param, grad, before)
        for name, value in after._asdict().items():
            # A rule may keep the gradient or the params themselves, which change in place.
            state[name] = value.clone() if value is grad or value is param else value
        param.copy_(new)


def read_value(value: Any) -> Any:
    """Return a group's value; a tensor of one number, as torch allows for lr, as a float."""
    if isinstance(value, (float, int, str)):
        return value
    if isinstance(value, (Tensor, np.ndarray)):
        value = value.tolist() if value.ndim and len(value) != 1 else value.item()
    return tuple(map(read_value, value)) if isinstance(value, (tuple, list)) else value


def is_ours(rule: Rule) -> bool:
    """Check that a rule and all that it wraps are rules of optviz."""
    while type(rule) in DECAYS.values():
        rule = rule.rule  # type: ignore[attr-defined]
    return type(rule) in RULES.values()


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
