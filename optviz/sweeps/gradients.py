"""Gradients of six kinds, made without a surface, and the steps that a rule makes of them."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite, log
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from optviz.rules import Rule, Wrapper
from optviz.runs.loop import check_whole

GRADIENTS = {
    "constant": "the same at every step",
    "alternating": "the same size, the sign changes at every step",
    "noisy": "the same mean, with noise on every step",
    "sparse": "zero but for every few steps",
    "growing": "a little larger at every step",
    "flipping": "the same size, the sign changes every few steps",
}
"""The kinds of gradients, and what each is like."""
LARGEST = 1e150
"""The largest gradient: its square is still a number."""


class GradientSettings(NamedTuple):
    """The numbers that gradients are made from."""

    steps: int = 100
    size: float = 1.0
    spread: float = 3.0
    """The standard deviation of noisy gradients, over their mean."""
    every: int = 10
    """The steps between sparse gradients, and between the changes of sign of flipping ones."""
    growth: float = 1.05
    """Each growing gradient over the one before."""
    seed: int = 0


def check_settings(settings: GradientSettings) -> GradientSettings:
    """Return the numbers of gradients, refusing those that make none.

    Raises: ValueError: size must be above 0 and finite, got 0
    """
    checked = GradientSettings(
        check_whole("steps", settings.steps, low=2),
        check_amount("size", settings.size, "above 0", 0.0, is_open=True),
        check_amount("spread", settings.spread, "at least 0", 0.0),
        check_whole("every", settings.every, low=2),
        check_amount("growth", settings.growth, "at least 1", 1.0),
        check_whole("seed", settings.seed, low=0),
    )
    if log(checked.size) + (checked.steps - 1) * log(checked.growth) > log(LARGEST):
        raise ValueError(
            f"gradients that grow by {checked.growth:g} leave the numbers within {checked.steps} "
            "steps: take fewer steps or less growth"
        )
    return checked


def check_amount(name: str, value: Any, domain: str, low: float, *, is_open: bool = False) -> float:
    """Return a finite number of at least `low`, or above it where the domain is open.

    Raises: ValueError: growth must be at least 1 and finite, got 0.5
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not is_number or value < low or (is_open and value == low):
        raise ValueError(f"{name} must be {domain} and finite, got {value!r:.40}")
    return float(value)


@lru_cache(maxsize=32)
def draw_samples(steps: int, seed: int) -> np.ndarray:
    """Return the standard normal numbers of the noisy gradients, one a step."""
    samples = np.random.default_rng(seed).standard_normal(steps)
    samples.flags.writeable = False
    return samples


def make_gradients(kind: str, settings: GradientSettings) -> np.ndarray:
    """Return the gradient of each step, (steps,)."""
    step, size, every = np.arange(settings.steps), settings.size, settings.every
    if kind == "alternating":
        return size * (1.0 - 2.0 * (step % 2))
    if kind == "noisy":
        return size * (1.0 + settings.spread * draw_samples(settings.steps, settings.seed))
    if kind == "sparse":
        return size * (step % every == 0)
    if kind == "growing":
        return size * settings.growth**step
    if kind == "flipping":
        return size * (1.0 - 2.0 * (step // every % 2))
    return size * np.ones(len(step))


def check_fed(rule: Rule) -> Rule:
    """Return a rule that can be fed gradients.

    Raises: ValueError: a bench has no params that a decay could shrink, got L2
    """
    if isinstance(rule, Wrapper):
        raise ValueError(
            f"a bench has no params that a decay could shrink, got {type(rule).__name__}"
        )
    return rule


def feed(rule: Rule, gradients: np.ndarray) -> np.ndarray:
    """Return the step that a rule makes of each gradient, its memory carried on.

    The params stand at 0 before each step, so that no step is lost in the rounding of a sum.

    Shapes: gradients and the steps (steps,) or (steps, kinds)
    """
    rows = gradients.reshape(len(gradients), -1)
    origin = np.zeros(rows.shape[1])
    state, out = rule.init(origin), np.empty(rows.shape)
    with np.errstate(all="ignore"):
        for place, grad in enumerate(rows):
            out[place], state = rule.update(origin, grad, state)
    return out.reshape(gradients.shape)
