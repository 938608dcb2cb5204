"""The learning rate over the steps: a schedule is a function of the step that multiplies lr.

`schedule(step)` is the factor of step 0, 1, 2, ... Any callable will do. A named one may leave its
length `steps` open (None): the run it is given to fills it in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import cos, isfinite, pi
from numbers import Real
from typing import Any

Schedule = Callable[[int], float]


class Named:
    """A schedule with settings; subclasses are frozen dataclasses."""

    def __post_init__(self):
        for spec in fields(self):  # type: ignore[arg-type]
            if spec.default is None and getattr(self, spec.name) is None:
                continue
            value: Any = getattr(self, spec.name)
            whole = spec.name in ("steps", "every")
            convert: Any = int if whole else float
            number = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
            if not number or value < whole or (whole and value % 1):
                domain = "a whole number of at least 1" if whole else "at least 0 and finite"
                raise ValueError(f"{spec.name} must be {domain}, got {value!r}")
            object.__setattr__(self, spec.name, convert(value))
        if not 0 < getattr(self, "peak", 0.5) < 1:
            raise ValueError(f"peak must lie between 0 and 1, got {getattr(self, 'peak', None)}")

    def __call__(self, step: int) -> float:
        """Return the factor at a step."""
        raise AttributeError(f"{type(self).__name__} has no factor")


@dataclass(frozen=True)
class Constant(Named):
    """The factor 1 at every step.

    Source: torch.optim.lr_scheduler.ConstantLR with factor 1.
    """

    def __call__(self, step):
        """Return the factor at a step."""
        return 1.0


@dataclass(frozen=True)
class Step(Named):
    """A factor multiplied by `factor` once in `every` steps.

    Source: torch.optim.lr_scheduler.StepLR.
    """

    every: int = 100
    factor: float = 0.5

    def __call__(self, step):
        """Return the factor at a step."""
        return self.factor ** (step // self.every)


@dataclass(frozen=True)
class Exponential(Named):
    """A factor multiplied by `factor` at every step.

    Source: torch.optim.lr_scheduler.ExponentialLR.
    """

    factor: float = 0.99

    def __call__(self, step):
        """Return the factor at a step."""
        return self.factor**step


@dataclass(frozen=True)
class LinearWarmup(Named):
    """A straight line from `start` to 1 over `steps` steps, then 1.

    Source: torch.optim.lr_scheduler.LinearLR.
    """

    steps: int = 50
    start: float = 0.1

    def __call__(self, step):
        """Return the factor at a step."""
        return self.start + (1 - self.start) * min(step / self.steps, 1.0)


@dataclass(frozen=True)
class Cosine(Named):
    """Half a cosine from 1 down to `end` over `steps` steps, then `end`.

    Source: Loshchilov and Hutter, 2017; torch.optim.lr_scheduler.CosineAnnealingLR.
    """

    steps: int | None = None
    end: float = 0.0

    def __call__(self, step):
        """Return the factor at a step."""
        done = min(step / (self.steps or 1), 1.0)
        return self.end + (1 - self.end) * (1 + cos(pi * done)) / 2


@dataclass(frozen=True)
class OneCycle(Named):
    """Up from `start` to 1 by half a cosine, then down to `end`: one cycle over `steps` steps.

    `peak` is the share of the steps spent going up.
    Source: Smith and Topin, 2018; torch.optim.lr_scheduler.OneCycleLR (max_lr is the rule's lr).
    """

    steps: int | None = None
    peak: float = 0.3
    start: float = 0.04
    end: float = 4e-6

    def __call__(self, step):
        """Return the factor at a step."""
        last = (self.steps or 1) - 1
        top = self.peak * (last + 1) - 1
        if step <= top:
            done = step / top if top else 1.0
            return 1 + (self.start - 1) * (1 + cos(pi * done)) / 2
        done = min((step - top) / (last - top), 1.0) if last > top else 1.0
        return self.end + (1 - self.end) * (1 + cos(pi * done)) / 2


SCHEDULES: dict[str, type[Named]] = {
    "constant": Constant,
    "step": Step,
    "exponential": Exponential,
    "warmup": LinearWarmup,
    "cosine": Cosine,
    "onecycle": OneCycle,
}
"""Every named schedule by the name that links, tables and the command line use."""


def fit_schedule(schedule: Schedule | None, steps: int) -> Schedule:
    """Fill in a schedule's open length with the run's; None is the constant one.

    Raises: ValueError: schedule must be a function of the step, got 3
    """
    if schedule is None:
        return Constant()
    if isinstance(schedule, Named) and getattr(schedule, "steps", 0) is None:
        filled: Any = schedule
        return replace(filled, steps=steps)
    if not callable(schedule):
        raise ValueError(f"schedule must be a function of the step, got {schedule!r}")
    return schedule
