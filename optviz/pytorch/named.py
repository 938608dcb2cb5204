"""The optimizers under torch's own class and keyword names: a training loop changes its import."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import torch

from optviz.pytorch.optimizers import DrivenOptimizer
from optviz.pytorch.twins import TWINS, Twin, complete_group, read_rule
from optviz.rules import Rule


class TorchNamed(DrivenOptimizer):
    """A driven optimizer with the signature of its twin in torch, and with its checkpoints.

    Keywords that the rule does not know (`differentiable`) may have torch's default only. Those
    that choose how torch computes (`foreach`, `fused`, `capturable`) may be False as well.
    `state_dict()` is the twin's: each loads what the other saved, and goes on bit for bit.
    """

    twin: ClassVar[Twin]

    def __init_subclass__(cls):
        super().__init_subclass__()
        kind = getattr(torch.optim, cls.__name__)
        cls.twin = next(each for each in TWINS if each.kind is kind)
        cls.__signature__ = inspect.signature(kind)

    def __init__(self, params: Any, *values: Any, **keywords: Any):
        name, taken = type(self).__name__, self.__signature__.parameters
        for key in keywords:
            if key not in taken:
                raise TypeError(f'{name} has no keyword "{key}"; it has {", ".join([*taken][1:])}')
        bound = self.__signature__.bind(params, *values, **keywords)
        defaults = {key: each for key, each in bound.arguments.items() if key != "params"}
        super().__init__(params, self.twin.keywords | defaults)

    def build_rule(self, group: dict[str, Any]) -> Rule:
        """Return the rule that a group's keywords ask for.

        Raises: ValueError: Adam does not support fused=True: leave it at fused=None
        """
        return read_rule(self.twin, group)

    def find_twins(self) -> list[tuple[Twin, dict[str, Any]]]:
        """Return the twin and the keywords of each group."""
        return [(self.twin, group) for group in self.param_groups]

    def read_group(self, saved: dict[str, Any]) -> tuple[Twin, dict[str, Any]]:
        """Return a group of a checkpoint with every keyword, refused if it is not the twin's."""
        return self.twin, complete_group(type(self).__name__, self.twin, saved)


class SGD(TorchNamed):
    """torch.optim.SGD driven by the rules SGD, Momentum and Nesterov."""


class RMSprop(TorchNamed):
    """torch.optim.RMSprop driven by the rule RMSProp."""


class Adam(TorchNamed):
    """torch.optim.Adam driven by the rule Adam."""


class AdamW(TorchNamed):
    """torch.optim.AdamW driven by the rule Decoupled(Adam)."""

    def read_group(self, saved):
        """Return a group of a checkpoint: one of Adam's gets a decoupled decay, as in torch."""
        return super().read_group(saved | {"decoupled_weight_decay": True})


class Adagrad(TorchNamed):
    """torch.optim.Adagrad driven by the rule Adagrad."""


class Adadelta(TorchNamed):
    """torch.optim.Adadelta driven by the rule Adadelta."""
