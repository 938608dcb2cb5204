"""The optimizers of torch.optim in the words of the rules, both ways: keywords and states."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from optviz import rules
from optviz.rules import L2, Decoupled, Maximize, Rule, check_value
from optviz.specs import unwrap_rule

IMPLEMENTATIONS = ("foreach", "fused", "capturable")
"""The keywords that choose how torch computes; the numbers stay the same."""
SWITCHES = ("maximize", "decoupled_weight_decay")
"""The keywords that put something around a rule; older states have none."""

SPELLINGS = {"damped": False, "lagged": False, "debias": True}
"""The switches of rules that torch has not, and what it does instead."""


class Twin(NamedTuple):
    """An optimizer of torch.optim, and what its keywords and its state are called in a rule."""

    kind: type[torch.optim.Optimizer]
    rule: type[Rule]
    settings: dict[str, str]
    """The setting of the rule by torch's keyword."""
    columns: dict[str, str]
    """The column of the rule's state by torch's name."""
    has_step: bool = True
    """True where torch counts the steps of each parameter."""
    is_early: bool = False
    """True where torch makes a state before the first step."""

    @property
    def keywords(self) -> dict[str, Any]:
        """All keywords with their defaults, as torch's groups hold them."""
        found = inspect.signature(self.kind).parameters.items()
        keywords = {key: each.default for key, each in found if key != "params"}
        extra = {"decoupled_weight_decay": True} if self.kind is torch.optim.AdamW else {}
        return keywords | extra

    @property
    def known(self) -> set[str]:
        """The keywords that change numbers, and that the rules follow."""
        return {*self.settings, "weight_decay", *SWITCHES}


ADAM_SETTINGS = {"lr": "lr", "betas": "beta1 beta2", "eps": "eps", "amsgrad": "amsgrad"}
ADAM_COLUMNS = {"exp_avg": "grad_avg", "exp_avg_sq": "sqr_avg", "max_exp_avg_sq": "sqr_max"}
TWINS = (
    Twin(
        torch.optim.SGD,
        rules.Momentum,
        {"lr": "lr", "momentum": "beta1", "dampening": "dampening", "nesterov": ""},
        {"momentum_buffer": "grad_avg"},
        has_step=False,
    ),
    Twin(
        torch.optim.RMSprop,
        rules.RMSProp,
        {"lr": "lr", "alpha": "beta2", "eps": "eps", "momentum": "beta1", "centered": "centered"},
        {"square_avg": "sqr_avg", "grad_avg": "grad_avg", "momentum_buffer": "move_avg"},
    ),
    Twin(torch.optim.Adam, rules.Adam, ADAM_SETTINGS, ADAM_COLUMNS),
    Twin(torch.optim.AdamW, rules.Adam, ADAM_SETTINGS, ADAM_COLUMNS),
    Twin(
        torch.optim.Adagrad,
        rules.Adagrad,
        {"lr": "lr", "eps": "eps", "initial_accumulator_value": "initial", "lr_decay": "lr_decay"},
        {"sum": "sqr_sum"},
        is_early=True,
    ),
    Twin(
        torch.optim.Adadelta,
        rules.Adadelta,
        {"lr": "lr", "rho": "beta2", "eps": "eps"},
        {"square_avg": "sqr_avg", "acc_delta": "sqr_step_avg"},
    ),
)


def find_twin_of(optimizer: Any) -> Twin | None:
    """Return the twin that an optimizer of torch.optim is; None for any other."""
    return next((each for each in TWINS if each.kind is type(optimizer)), None)


def read_value(value: Any) -> Any:
    """Return a group's value; a tensor of one number, as torch allows for lr, as a float."""
    if isinstance(value, (float, int, str)):
        return value
    if isinstance(value, (Tensor, np.ndarray)):
        value = value.tolist() if value.ndim and len(value) != 1 else value.item()
    return tuple(map(read_value, value)) if isinstance(value, (tuple, list)) else value


def read_rule(twin: Twin, group: Mapping[str, Any]) -> Rule:
    """Return the rule that a group's keywords ask for.

    Raises: ValueError: Adam does not support fused=True: leave it at fused=None, ...
    """
    name = twin.kind.__name__
    for key, default in twin.keywords.items():
        value = group.get(key, default)
        if key in twin.known or value == default or (key in IMPLEMENTATIONS and value is False):
            continue
        raise ValueError(
            f"{name} does not support {key}={value!r}: leave it at {key}={default!r}, "
            f"or use torch.optim.{name}"
        )
    values: dict[str, Any] = {}
    for key, words in twin.settings.items():
        if words:
            values |= _read_settings(twin.rule, key, words.split(), read_value(group[key]))
    wd = _read_number("weight_decay", read_value(group["weight_decay"]), np.inf)
    rule = _choose_sgd(values, group["nesterov"]) if twin.kind is torch.optim.SGD else None
    rule = rule or twin.rule(**values)
    if wd:
        rule = (Decoupled if group.get("decoupled_weight_decay") else L2)(rule, wd)
    return Maximize(rule) if group.get("maximize") else rule


def _read_settings(kind: type[Rule], key: str, names: list[str], value: Any) -> dict[str, Any]:
    """Return the settings of a rule that a keyword of torch gives."""
    if len(names) > 1 and np.shape(value) != (len(names),):
        raise ValueError(f"{key} must be two numbers, got {value}")
    specs = kind.__dataclass_fields__  # type: ignore[attr-defined]
    if isinstance(specs[names[0]].default, bool):
        return {names[0]: bool(value)}
    values = value if len(names) > 1 else [value]
    keys = [f"{key}[{i}]" for i in range(len(names))] if len(names) > 1 else [key]
    belows = [specs[name].metadata["below"] for name in names]
    numbers = map(_read_number, keys, values, belows)
    return dict(zip(names, numbers, strict=True))


def _read_number(key: str, value: Any, below: float) -> float:
    if np.ndim(value):
        raise ValueError(f"{key} must be one number, got {value}")
    return check_value(key, value, below)


def _choose_sgd(values: dict[str, Any], nesterov: Any) -> Rule | None:
    """Return the rule of torch's SGD, where it is not Momentum."""
    lr, momentum, dampening = values["lr"], values["beta1"], values["dampening"]
    if nesterov:
        if not momentum or dampening:
            raise ValueError(
                "nesterov needs a momentum and no dampening, "
                f"got momentum={momentum:g}, dampening={dampening:g}"
            )
        return rules.Nesterov(lr, momentum)
    return None if momentum else rules.SGD(lr)


def complete_group(name: str, twin: Twin, saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group of a checkpoint of torch's with every keyword.

    Raises: ValueError: Adam cannot go on from this state: its groups have no betas, amsgrad
    """
    if lacking := [key for key in (*twin.settings, "weight_decay") if key not in saved]:
        why = f"its groups have no {', '.join(lacking)}"
        raise ValueError(f"{name} cannot go on from this state: {why}")
    group = twin.keywords | dict(saved)
    return group | {key: twin.keywords[key] for key in IMPLEMENTATIONS if key in twin.keywords}


def find_twin(rule: Rule) -> tuple[Twin, dict[str, Any]] | None:
    """Return the twin of a rule in torch.optim with its keywords; None where torch has none."""
    inner, given = rule, {"maximize": isinstance(rule, Maximize), "weight_decay": 0.0}
    inner = inner.rule if isinstance(inner, Maximize) else inner
    is_decoupled = type(inner) is Decoupled
    if isinstance(inner, (L2, Decoupled)):
        inner, given["weight_decay"] = inner.rule, inner.wd
    given |= {"nesterov": type(inner) is rules.Nesterov, "decoupled_weight_decay": is_decoupled}
    kind = rules.Momentum if type(inner) in (rules.SGD, rules.Nesterov) else type(inner)
    twins = [each for each in TWINS if each.rule is kind]
    twins = [each for each in twins if is_decoupled == (each.kind is torch.optim.AdamW)]
    if not twins or any(getattr(inner, key, value) != value for key, value in SPELLINGS.items()):
        return None
    for key, words in twins[0].settings.items():
        found = [getattr(inner, word, 0.0) for word in words.split()]
        if words:
            given[key] = tuple(found) if len(found) > 1 else found[0]
    return twins[0], {key: given.get(key, each) for key, each in twins[0].keywords.items()}


def write_state(twin: Twin, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter's state as torch saves it."""
    # Copies, as torch's optimizers change what they load in place.
    columns = twin.columns.items()
    out = {theirs: state[ours].clone() for theirs, ours in columns if ours in state}
    if out and twin.has_step:
        dtype = torch.float64 if torch.get_default_dtype() is torch.float64 else torch.float32
        out["step"] = torch.tensor(float(state.get("count", 0)), dtype=dtype)
    return out


def read_state(twin: Twin, saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter's state, saved by torch, in the columns of the rule."""
    columns = twin.columns.items()
    out = {ours: saved[key].clone() for key, ours in columns if saved.get(key) is not None}
    if out:  # SGD asks only if this is the first step
        out["count"] = int(saved["step"]) if twin.has_step else 1
    return out


def check_state(rule: Rule, twin: Twin | None, param: Tensor, saved: Mapping[str, Any]) -> bool:
    """Check the saved state of a parameter; return True if it is in the rule's own columns.

    Raises: ValueError: the loaded state has exp_inf; Adam keeps grad_avg, sqr_avg, count: ...
    """
    if not isinstance(saved, Mapping):
        raise ValueError(f"the loaded state of a parameter must be a dict, got {saved!r:.40}")
    name, names = type(unwrap_rule(rule)).__name__, type(rule.init(torch.zeros(())))._fields
    own = {*names, "count", *(twin.columns.values() if twin else ())}
    theirs = {"step", *twin.columns} if twin else set()
    is_own = saved.keys() <= own
    strange = [key for key in saved if key not in own and key not in theirs]
    if strange or not (is_own or saved.keys() <= theirs):
        raise ValueError(
            f"the loaded state has {', '.join(strange or saved)}; {name} keeps "
            f"{', '.join(names)}: load a state that this optimizer saved, or its twin in torch"
        )
    if twin is None:
        return True
    if not is_own and twin.has_step:
        needed = ["step", *(key for key, each in twin.columns.items() if each in names)]
        if lacking := [key for key in needed if saved.get(key) is None]:
            raise ValueError(f"the loaded state has no {', '.join(lacking)}, which {name} needs")
    for key, value in saved.items():
        if key in ("step", "count"):
            check_count(key, read_value(value))
        elif value is not None and np.shape(value) != param.shape:
            shapes = np.shape(value), param.shape
            got, shape = (" x ".join(map(str, each)) or "a number" for each in shapes)
            raise ValueError(f"{key} of the loaded state is {got}, its parameter {shape}")
    return is_own


def check_count(key: str, value: Any) -> None:
    """Refuse a count of steps that is none."""
    if not isinstance(value, (int, float)) or not value >= 0 or value % 1:
        raise ValueError(f"{key} of the loaded state must be a whole number, got {value!r:.40}")
