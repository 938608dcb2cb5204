"""The rules of the workbook that are not in `optviz.RULES`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optviz.rules import Adam, AdamState, Array, Rule, hyper


class EveState(NamedTuple):
    """The state of `Eve`."""

    grad_avg: Array
    sqr_avg: Array
    d: float
    """The recent relative change of the loss: the same for every step of an epoch."""


@dataclass(frozen=True, eq=False)
class Eve(Rule):
    """Adam without bias correction, slowed down while the loss changes much.

        grad_avg <- beta1*grad_avg + (1 - beta1)*grad
        sqr_avg  <- beta2*sqr_avg + (1 - beta2)*grad**2
        params   <- params - lr*grad_avg / (sqrt(sqr_avg) + eps) / d

    A rule never sees the loss, so d comes with the state and stays; `compute_d` gives that of the
    next epoch.

    Shapes: params, grad, grad_avg, sqr_avg: (n,) or (n, *runs); d: one number
    Differs: the paper corrects Adam's bias, updates d at each step from losses bounded to a factor
        of the last one, and starts with d = 1. The workbook updates d once an epoch, from the
        unbounded losses of the two previous epochs.
    Source: Koushik and Hayashi, 2016; workbook tab `eve`.
    """

    lr: float = hyper(0.001, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = hyper(0.9, 0.0, 0.999, "memory of gradients", below=1.0)
    beta2: float = hyper(0.999, 0.0, 0.9999, "memory of squares", below=1.0)
    eps: float = hyper(1e-8, 1e-12, 1e-2, "small constant", log=True)

    def init(self, params):
        """Return the state before the first step."""
        return EveState(0.0 * params, 0.0 * params, 1.0)

    def update(self, params, grad, state):
        """Make one step."""
        grad_avg = self.beta1 * state.grad_avg + (1 - self.beta1) * grad
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        move = self.lr * grad_avg / (sqr_avg**0.5 + self.eps) / state.d
        return params - move, EveState(grad_avg, sqr_avg, state.d)


def compute_loss_change(last: float, before: float) -> float:
    """Return the difference of two losses relative to the smaller one."""
    if last == before:  # two losses of zero too
        return 0.0
    smaller = min(last, before)
    return abs(last - before) / smaller if smaller else np.inf


def compute_d(d: float, last: float, before: float, beta3: float = 0.9) -> float:
    """Return Eve's d after two epochs with these losses: a moving average of their change."""
    return beta3 * d + (1 - beta3) * compute_loss_change(last, before)


class EpochAdagradState(NamedTuple):
    """The state of `EpochAdagrad`."""

    scale: Array
    """The divisor of the steps of this epoch."""
    sqr_sum: Array
    """The sum of squares of this epoch so far."""
    count: int


@dataclass(frozen=True, eq=False)
class EpochAdagrad(Rule):
    """Adagrad with a scale that stays the same for an epoch of `every` steps.

        sqr_sum <- sqr_sum + grad**2
        params  <- params - (lr/scale)*grad
        after the last step of an epoch: scale <- sqrt(sqr_sum)/every, sqr_sum <- 0

    The first epoch's scale is `first`.

    Shapes: params, grad, scale, sqr_sum: (n,) or (n, *runs); count: number of steps
    Differs: the paper divides by the root of the running sum of all squares, which includes the
        step's own gradient and never shrinks. Here the sum starts anew each epoch, serves only the
        next one, and is divided by the number of steps.
    Source: workbook tab `adagrad`; Duchi, Hazan and Singer, 2011.
    """

    lr: float = hyper(0.001, 1e-5, 1.0, "learning rate", log=True)
    every: float = hyper(29.0, 1.0, 1000.0, "steps an epoch", log=True)
    first: float = hyper(10_000.0, 1.0, 1e6, "scale of the first epoch", log=True)

    def __post_init__(self):
        super().__post_init__()
        if np.any(np.asarray(self.every) < 1) or np.any(np.asarray(self.every) % 1):
            raise ValueError(f"every must be a whole number of at least 1, got {self.every}")

    def init(self, params):
        """Return the state before the first step."""
        return EpochAdagradState(0.0 * params + self.first, 0.0 * params, 0)

    def update(self, params, grad, state):
        """Make one step."""
        count = state.count + 1
        total = state.sqr_sum + grad**2
        ends = count % self.every == 0
        scale = ends * (total**0.5 / self.every) + (1 - ends) * state.scale
        new = params - (self.lr / state.scale) * grad
        return new, EpochAdagradState(scale, (1 - ends) * total, count)


@dataclass(frozen=True, eq=False)
class SlippedAdam(Adam):
    """Adam without bias correction whose momentum loses the gradient of b at the second step.

    Params are (b, a). This is the tab `adam_ann` of the first edition, where cell J5 reads an
    empty cell of another sheet; the average of squares, L5, includes the gradient.

    Source: workbook, first edition, tab `adam_ann`.
    """

    without = ("amsgrad",)

    def update(self, params, grad, state):
        """Make one step."""
        seen = grad * np.array([0.0 if state.count == 1 else 1.0, 1.0])
        grad_avg = self.beta1 * state.grad_avg + (1 - self.beta1) * seen
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        move = self.lr * grad_avg / (sqr_avg**0.5 + self.eps)
        return params - move, AdamState(grad_avg, sqr_avg, state.count + 1)
