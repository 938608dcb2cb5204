"""Theory of steady steps: the size that a rule's steps have once its averages have settled.

With a memory of beta the average of gradients settles at a part of the last one that depends on
the kind of the gradients alone: all of a constant one, (1 - beta)/(1 + beta) of an alternating one,
and so on. Each rule's steps follow from the parts of the gradients and of their squares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optviz.rules import Rule
from optviz.sweeps.gradients import GradientSettings, make_gradients


def find_steady(rule: Rule, kind: str, settings: GradientSettings) -> np.ndarray:
    """Return the size that theory gives a rule's steps once its averages have settled, (steps,).

    It is nan where no formula is known; of sparse gradients it is known where there is one.
    """
    sizes = np.abs(make_gradients(kind, settings))
    if explain_gap(rule, kind):
        return np.full(len(sizes), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = SETTLED[type(rule).__name__](rule, kind, settings, sizes)
    return np.where(sizes > 0, np.abs(found), np.nan)


def explain_gap(rule: Any, kind: str) -> str:
    """Return why no formula is known for a rule's steps, in words; "" where one is."""
    name = type(rule).__name__
    if name not in SETTLED:
        return f"no formula is known for {name}"
    if kind == "noisy" and name != "SGD":
        return "the steps of noisy gradients settle at no one size"
    if name == "Adadelta" and kind == "growing":
        return "how large Adadelta's steps are depends on the first ones for good"
    if name == "RMSProp" and rule.centered and kind == "constant":
        return "the variance of constant gradients is 0: the steps have no bound"
    if name == "RMSProp" and rule.centered and rule.beta1 > 0 and kind == "flipping":
        return "the moves change in size between two changes of sign"
    if name == "RMSProp" and rule.lagged and rule.beta2 == 0:
        return "without a memory the row above is one gradient alone"
    return ""


def average(kind: str, beta: float, settings: GradientSettings) -> Any:
    """Return the settled average of the gradients with a memory, over the last gradient."""
    if kind == "alternating":  # 1 - beta + beta**2 - ... = 1/(1 + beta)
        return (1 - beta) / (1 + beta)
    if kind == "growing":  # 1 + beta/growth + (beta/growth)**2 + ...
        return (1 - beta) / (1 - beta / settings.growth)
    if kind == "sparse":  # 1 + beta**every + beta**(2*every) + ...
        return (1 - beta) / (1 - beta**settings.every)
    if kind == "flipping":  # the half wave so far counts up, all earlier ones in turn down and up
        since = np.arange(settings.steps) % settings.every + 1
        return 1 - 2 * beta**since / (1 + beta**settings.every)
    return 1.0


def average_square(kind: str, beta: float, settings: GradientSettings) -> float:
    """Return the settled average of the squares with a memory, over the last square."""
    if kind == "growing":
        return (1 - beta) / (1 - beta / settings.growth**2)
    return average(kind, beta, settings) if kind == "sparse" else 1.0


def settle_sgd(rule: Any, _kind: str, _settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of SGD."""
    return rule.lr * sizes


def settle_momentum(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of momentum: a sum is its average over 1 - beta1."""
    weight = 1 - (rule.beta1 if rule.damped else rule.dampening)
    return rule.lr * sizes * weight * average(kind, rule.beta1, settings) / (1 - rule.beta1)


def settle_nesterov(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of Nesterov's momentum."""
    ahead = rule.beta1 * average(kind, rule.beta1, settings) / (1 - rule.beta1)
    return rule.lr * sizes * (1 + ahead)


def settle_rmsprop(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of RMSProp: with beta1, the sum of moves that are all of one size."""
    beta = rule.beta2
    square, mean = average_square(kind, beta, settings), average(kind, beta, settings)
    if rule.lagged:  # an average without what the last gradient added to it
        square, mean = (square - (1 - beta)) / beta, (mean - (1 - beta)) / beta
    root = (square - mean**2 if rule.centered else square) ** 0.5
    moves = average("constant" if kind == "growing" else kind, rule.beta1, settings)
    return rule.lr * sizes / (sizes * root + rule.eps) * moves / (1 - rule.beta1)


def settle_adagrad(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of Adagrad, which shrink with the root of the gradients so far."""
    step = np.arange(settings.steps)
    count = np.maximum(np.cumsum(sizes > 0), 1)
    if kind == "growing" and settings.growth > 1:
        back = settings.growth**-2.0
        count = (1 - back ** (step + 1)) / (1 - back)
    root = (rule.initial + count * sizes**2) ** 0.5
    return rule.lr / (1 + rule.lr_decay * step) * sizes / (root + rule.eps)


def settle_adadelta(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of Adadelta, whose average square of moves is fed by its own moves.

    Under squares that are all alike that average creeps to the square of the gradient; under sparse
    ones it has a fixed point below.
    """
    beta, squares = rule.beta2, sizes**2
    mean = squares * average_square(kind, beta, settings)
    if kind == "sparse":
        fade = beta ** (settings.every - 1)
        gain = (1 - beta) * fade * squares / (mean + rule.eps)
        moved = gain * rule.eps / (1 - beta * fade - gain)
    else:
        lost = (1 - beta) * rule.eps / (squares + rule.eps)
        step = np.arange(settings.steps) + count_early(beta)
        moved = -squares * np.expm1(step * np.log1p(-lost))
    return rule.lr * sizes * ((moved + rule.eps) / (mean + rule.eps)) ** 0.5


def count_early(beta: float) -> float:
    """Return the steps by which Adadelta's average of moves is ahead for good.

    Its average of squares begins at 0, so that its first moves are large: after n steps the average
    of moves is (1 - beta**(n + 1)) times a sum of (1 - beta)*eps/((1 - beta**k)*(1 - beta**(k+1)))
    over k = 1 ... n, which is (1 - beta)*eps*(n + this) once beta**n is small.
    Source: the sum of beta**k/(1 - beta**k) as Clausen writes it, 1828, with few terms.
    """
    place = np.arange(1, 2 + int((40 / (1 - beta)) ** 0.5))
    power = beta**place
    return float(np.sum(power**place * (1 + power) / (1 - power)) + (beta / (1 - beta)) ** 2)


def settle_adam(rule: Any, kind: str, settings: GradientSettings, sizes: np.ndarray) -> Any:
    """Return the steps of Adam; what its bias correction corrects has settled."""
    root = average_square(kind, rule.beta2, settings) ** 0.5
    mean = average(kind, rule.beta1, settings)
    return rule.lr * sizes * mean / (sizes * root + rule.eps)


SETTLED: dict[str, Callable[[Any, str, GradientSettings, np.ndarray], Any]] = {
    "SGD": settle_sgd,
    "Momentum": settle_momentum,
    "Nesterov": settle_nesterov,
    "RMSProp": settle_rmsprop,
    "Adagrad": settle_adagrad,
    "Adadelta": settle_adadelta,
    "Adam": settle_adam,
}
"""The settled steps of each rule, from its settings, the gradients and their sizes."""
