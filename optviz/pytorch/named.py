"""The optimizers under torch's own class and keyword names: a training loop changes its import."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from optviz import rules
from optviz.pytorch.optimizers import Driven, plain
from optviz.rules import L2, Decoupled, Rule, checked

HINTS = {"foreach": None, "maximize": False, "differentiable": False}
"""Keywords that every torch optimizer has and none here supports, with torch's defaults."""


class TorchNamed(Driven):
    """A driven optimizer with torch's keywords; a subclass says what they mean in its `rule`."""

    limits: ClassVar[dict[str, float]]
    """The numbers among the keywords, and what they must lie below."""
    unsupported: ClassVar[dict[str, Any]]
    """The keywords that are taken at torch's default only."""

    def __init__(self, params: Any, given: dict[str, Any], others: dict[str, Any]):
        name = type(self).__name__
        for key in others:
            if key not in self.unsupported:
                known = ", ".join([*given, *self.unsupported])
                raise TypeError(f'{name} has no keyword "{key}"; it has {known}')
        super().__init__(params, {**self.unsupported, **others, **given})

    def rule_of(self, group: dict[str, Any]) -> Rule:
        """The rule that a group's keywords ask for.

        Raises: ValueError: Adam does not support amsgrad=True: leave it at amsgrad=False
        """
        name = type(self).__name__
        for key, default in self.unsupported.items():
            if group.get(key, default) != default:
                raise ValueError(
                    f"{name} does not support {key}={group[key]!r}: leave it at {key}={default!r}, "
                    f"or use torch.optim.{name}"
                )
        values = {key: plain(value) for key, value in group.items() if key != "params"}
        for key, below in self.limits.items():
            if np.ndim(values[key]):
                raise ValueError(f"{key} must be one number, got {values[key]}")
            values[key] = checked(key, values[key], below)
        rule = self.rule(values)
        wd = values["weight_decay"]
        if not wd:
            return rule
        return (Decoupled if values.get("decoupled_weight_decay") else L2)(rule, wd)

    def rule(self, values: dict[str, Any]) -> Rule:
        """The rule without its weight decay."""
        raise AttributeError(f"{type(self).__name__} has no rule")


class SGD(TorchNamed):
    """torch.optim.SGD driven by the rules SGD, Momentum and Nesterov."""

    limits = {"lr": np.inf, "momentum": 1.0, "dampening": 1.0, "weight_decay": np.inf}
    unsupported = {**HINTS, "fused": None}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        **others: Any,
    ):
        given = {"lr": lr, "momentum": momentum, "dampening": dampening}
        given |= {"weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, given, others)

    def rule(self, values):
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

    limits = {"lr": np.inf, "alpha": 1.0, "eps": np.inf, "weight_decay": np.inf}
    unsupported = {**HINTS, "momentum": 0, "centered": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        **others: Any,
    ):
        given = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, given, {"momentum": momentum, "centered": centered, **others})

    def rule(self, values):
        return rules.RMSProp(values["lr"], values["alpha"], values["eps"])


class Adam(TorchNamed):
    """torch.optim.Adam driven by the rule Adam."""

    limits = {"lr": np.inf, "eps": np.inf, "weight_decay": np.inf}
    unsupported = {**HINTS, "amsgrad": False, "capturable": False, "fused": None}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        decoupled_weight_decay: bool = False,
        **others: Any,
    ):
        given = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        given |= {"decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, given, {"amsgrad": amsgrad, **others})

    def rule(self, values):
        betas = values["betas"]
        if np.shape(betas) != (2,):
            raise ValueError(f"betas must be two numbers, got {betas}")
        beta1, beta2 = (checked(f"betas[{i}]", beta, 1.0) for i, beta in enumerate(betas))
        return rules.Adam(values["lr"], beta1, beta2, values["eps"])


class AdamW(Adam):
    """torch.optim.AdamW driven by the rule Decoupled(Adam)."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **others: Any,
    ):
        others["decoupled_weight_decay"] = True
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **others)


class Adagrad(TorchNamed):
    """torch.optim.Adagrad driven by the rule Adagrad."""

    limits = {"lr": np.inf, "eps": np.inf, "weight_decay": np.inf}
    unsupported = {**HINTS, "lr_decay": 0, "initial_accumulator_value": 0, "fused": None}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        **others: Any,
    ):
        given = {"lr": lr, "eps": eps, "weight_decay": weight_decay}
        refused = {"lr_decay": lr_decay, "initial_accumulator_value": initial_accumulator_value}
        super().__init__(params, given, {**refused, **others})

    def rule(self, values):
        return rules.Adagrad(values["lr"], values["eps"])


class Adadelta(TorchNamed):
    """torch.optim.Adadelta driven by the rule Adadelta."""

    limits = {"lr": np.inf, "rho": 1.0, "eps": np.inf, "weight_decay": np.inf}
    unsupported = {**HINTS, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        **others: Any,
    ):
        given = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, given, others)

    def rule(self, values):
        return rules.Adadelta(values["lr"], values["rho"], values["eps"])
