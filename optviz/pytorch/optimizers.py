"""The rules as torch optimizers: the same text that runs on numpy moves a model's parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from optviz.pytorch.lazy import Lazy, LazyAverages
from optviz.pytorch.twins import (
    Twin,
    check_state,
    read_state,
    read_value,
    write_state,
)
from optviz.rules import DECAYS, RULES, Maximize, MomentumState, Rule


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

    `state[param]` is a plain dict with the rule's own columns (grad_avg, sqr_avg, ...) and the
    count of steps. Param groups, schedulers, closures, hooks and state_dict work as in every torch
    optimizer. Where torch.optim has the same optimizer, state_dict is its own, both ways.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]):
        self._built: dict[int, Built] = {}
        super().__init__(params, defaults)

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule with the values of a param group."""
        raise AttributeError(f"{type(self).__name__} has no rule")

    def find_twins(self) -> list[tuple[Twin, dict[str, Any]]] | None:
        """Return the twin and the keywords of each group; None where torch has none."""
        return None

    def read_group(self, saved: dict[str, Any]) -> tuple[Twin | None, dict[str, Any]]:
        """Return the twin and a group of a checkpoint in this optimizer's own keywords."""
        return None, saved

    def state_dict(self) -> dict[str, Any]:
        """Return groups and state as torch's twin saves them; without one in the rule's words."""
        saved = super().state_dict()
        found = self.find_twins()
        if found is None:
            return saved
        groups, states = [], {}
        rows = zip(saved["param_groups"], self.param_groups, found, strict=True)
        for group, params, (twin, keywords) in rows:
            own = {key: each for key, each in keywords.items() if key != "params"}
            groups.append({**self.list_extras(group), **own, "params": group["params"]})
            for place, param in zip(group["params"], params["params"], strict=True):
                state = saved["state"].get(place, {})
                if twin.is_early and not state:
                    state = self.build_rule(params).init(param.detach())._asdict()
                if state := write_state(twin, state):
                    states[place] = state
        return saved | {"state": states, "param_groups": groups}

    def list_extras(self, group: dict[str, Any]) -> dict[str, Any]:
        """Return what a group holds beside the keywords, such as a scheduler's initial_lr."""
        return {key: each for key, each in group.items() if key not in self.defaults}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load groups and state that this optimizer saved, or its twin in torch; else move nothing.

        Raises: ValueError: Adam cannot go on from this state: its groups have no betas, amsgrad
        """
        saved = dict(state_dict) if isinstance(state_dict, Mapping) else {}
        lacking = [key for key in ("state", "param_groups") if key not in saved]
        lacking += ["params" for each in saved.get("param_groups", []) if "params" not in each]
        if lacking and not self._optimizer_load_state_dict_pre_hooks:
            what = "what an optimizer's state_dict() returned"
            raise ValueError(f"the loaded state has no {lacking[0]}: load {what}")
        super().load_state_dict(state_dict)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Called by load_state_dict, before anything has moved, and by copies, which have all.
        if "defaults" not in state:
            state = self.read_checkpoint(state["param_groups"], state["state"])
        super().__setstate__(state)
        self._built = {}

    def read_checkpoint(self, groups: list[dict[str, Any]], states: Any) -> dict[str, Any]:
        """Return the groups and states of a checkpoint in this optimizer's own words."""
        own_groups, own_states = [], defaultdict(dict, states)
        for saved in groups:
            twin, group = self.read_group(saved)
            rule = self.build_rule(group)
            for param in group["params"]:
                if state := states.get(param):
                    own = check_state(rule, twin, param, state)
                    own_states[param] = read_state(twin, state) if twin and not own else state
            own_groups.append(group)
        return {"state": own_states, "param_groups": own_groups}

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


def read_averages(built: Built, param: Tensor, state: dict[str, Any]) -> list[Any]:
    """Return the averages of a parameter, first made where it has none yet."""
    names: tuple[str, ...] = built.state._fields  # type: ignore[attr-defined]
    if param.grad is not None and param.grad.layout is not torch.strided:
        shape = " x ".join(map(str, param.shape))
        raise ValueError(
            f"a sparse gradient (of a parameter {shape}) is not supported: "
            "make the layer with sparse=False"
        )
    if any(name not in state for name in names):
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
        make: Any = Lazy if built.state is MomentumState else LazyAverages
        lazy = [make(c) if isinstance(c[0], Tensor) else c[0] for c in columns]
        new, after = built.rule.update(make(same), make(grads), built.state(*lazy))
        for name, column in zip(after._fields, after, strict=True):
            values = column.value() if isinstance(column, Lazy) else [column] * len(group)
            for (_, state, _), value in zip(group, values, strict=True):
                state[name] = value
        if after and "count" not in after._fields:
            for _, state, _ in group:
                state["count"] = state.get("count", 0) + 1
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


def is_ours(rule: Rule) -> bool:
    """Check that a rule and all that it wraps are rules of optviz."""
    while type(rule) in (*DECAYS.values(), Maximize):
        rule = rule.rule  # type: ignore[attr-defined]
    return type(rule) in RULES.values() and type(rule).__module__ == Rule.__module__
