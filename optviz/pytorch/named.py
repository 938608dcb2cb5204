"""The optimizers under torch's own class and keyword names: a training loop changes its import."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np
import torch

from optviz import rules
from optviz.pytorch.optimizers import DrivenOptimizer, read_value
from optviz.rules import L2, Decoupled, Rule, check_value

IMPLEMENTATIONS = ("foreach", "fused", "capturable")
"""The keywords that choose how torch computes; the numbers stay the same."""


class TorchNamed(DrivenOptimizer):
    """A driven optimizer with the signature of its twin in torch; a subclass gives its rule.

    Keywords that the rule does not know (`amsgrad`, ...) may have torch's default only. Those that
    choose how torch computes (`foreach`, `fused`, `capturable`) may be False as well.
    """

    twin: ClassVar[type[torch.optim.Optimizer]]
    kind: ClassVar[type[Rule]]
    """The rule, where its hyperparameters are the limits but for the weight decay, in order."""
    limits: ClassVar[dict[str, float]]
    """The numbers among the keywords, and what they must lie below."""
    others: ClassVar[tuple[str, ...]] = ()
    """The other keywords that the rule knows."""
    fixed: ClassVar[dict[str, Any]] = {}
    """Values that are no keywords."""

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.__signature__ = inspect.signature(cls.twin)
        known = {"params", *cls.limits, *cls.others}
        keywords = cls.__signature__.parameters.items()
        cls.unsupported = {key: each.default for key, each in keywords if key not in known}

    def __init__(self, params: Any, *values: Any, **keywords: Any):
        name, taken = type(self).__name__, self.__signature__.parameters
        for key in keywords:
            if key not in taken:
                raise TypeError(f'{name} has no keyword "{key}"; it has {", ".join([*taken][1:])}')
        bound = self.__signature__.bind(params, *values, **keywords)
        bound.apply_defaults()
        defaults = {key: each for key, each in bound.arguments.items() if key != "params"}
        super().__init__(params, defaults | self.fixed)

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule that a group's keywords ask for.

        Raises: ValueError: Adam does not support amsgrad=True: leave it at amsgrad=False
        """
        name = type(self).__name__
        for key, default in self.unsupported.items():
            value = group.get(key, default)
            if value != default and not (key in IMPLEMENTATIONS and value is False):
                raise ValueError(
                    f"{name} does not support {key}={group[key]!r}: leave it at {key}={default!r}, "
                    f"or use torch.optim.{name}"
                )
        values = {key: read_value(value) for key, value in group.items() if key != "params"}
        for key, below in self.limits.items():
            if np.ndim(values[key]):
                raise ValueError(f"{key} must be one number, got {values[key]}")
            values[key] = check_value(key, values[key], below)
        rule = self.make_bare_rule(values)
        wd = values["weight_decay"]
        if not wd:
            return rule
        return (Decoupled if values.get("decoupled_weight_decay") else L2)(rule, wd)

    def make_bare_rule(self, values: dict[str, Any]) -> Rule:
        """Return the rule without its weight decay."""
        return self.kind(*[values[key] for key in self.limits if key != "weight_decay"])


class SGD(TorchNamed):
    """torch.optim.SGD driven by the rules SGD, Momentum and Nesterov."""

    twin = torch.optim.SGD
    limits = {"lr": np.inf, "momentum": 1.0, "dampening": 1.0, "weight_decay": np.inf}
    others = ("nesterov",)

    def make_bare_rule(self, values):
        """Return SGD, Momentum or Nesterov, as the keywords say."""
        lr, momentum, dampening = values["lr"], values["momentum"], values["dampening"]
        if values["nesterov"]:
            if not momentum or dampening:
                raise ValueError(
                    "nesterov needs a momentum and no dampening, "
                    f"got momentum={momentum:g}, dampening={dampening:g}"
                )
            return rules.Nesterov(lr, momentum)
        return rules.Momentum(lr, momentum, dampening=dampening) if momentum else rules.SGD(lr)


class RMSprop(TorchNamed):
    """torch.optim.RMSprop driven by the rule RMSProp."""

    twin, kind = torch.optim.RMSprop, rules.RMSProp
    limits = {"lr": np.inf, "alpha": 1.0, "eps": np.inf, "weight_decay": np.inf}


class Adam(TorchNamed):
    """torch.optim.Adam driven by the rule Adam."""

    twin = torch.optim.Adam
    limits = {"lr": np.inf, "eps": np.inf, "weight_decay": np.inf}
    others = ("betas", "decoupled_weight_decay")

    def make_bare_rule(self, values):
        """Return Adam with both betas checked."""
        betas = values["betas"]
        if np.shape(betas) != (2,):
            raise ValueError(f"betas must be two numbers, got {betas}")
        beta1, beta2 = (check_value(f"betas[{i}]", beta, 1.0) for i, beta in enumerate(betas))
        return rules.Adam(values["lr"], beta1, beta2, values["eps"])


class AdamW(Adam):
    """torch.optim.AdamW driven by the rule Decoupled(Adam)."""

    twin = torch.optim.AdamW
    fixed = {"decoupled_weight_decay": True}


class Adagrad(TorchNamed):
    """torch.optim.Adagrad driven by the rule Adagrad."""

    twin, kind = torch.optim.Adagrad, rules.Adagrad
    limits = {"lr": np.inf, "eps": np.inf, "weight_decay": np.inf}


class Adadelta(TorchNamed):
    """torch.optim.Adadelta driven by the rule Adadelta."""

    twin, kind = torch.optim.Adadelta, rules.Adadelta
    limits = {"lr": np.inf, "rho": 1.0, "eps": np.inf, "weight_decay": np.inf}
