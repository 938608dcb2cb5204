"""The learning rate over the steps: a schedule is a function of the step that multiplies lr.

`schedule(step)` is the factor of step 0, 1, 2, ... Any callable will do; one that has a method
`beta1(step)` sets the rule's beta1 as well. A named one may leave its length `steps` open (None):
the run it is given to fills it in.
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
            value: Any = getattr(self, spec.name)
            if spec.default is None and value is None:
                continue
            if isinstance(spec.default, bool):
                if not isinstance(value, bool):
                    raise ValueError(f"{spec.name} must be True or False, got {value!r}")
                continue
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

    def beta1(self, step: int) -> float | None:
        """Return the rule's memory of gradients at a step; None leaves it as it is."""
        return None


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

    `peak` is the share of the steps spent going up. With `three_phase` it goes down to `start` in
    as many steps again, and only then to `end`. With `cycle_momentum` the rule's beta1 goes the
    other way, from `max_momentum` to `base_momentum` and back.
    Source: Smith and Topin, 2018; torch.optim.lr_scheduler.OneCycleLR (max_lr is the rule's lr).
    """

    steps: int | None = None
    peak: float = 0.3
    start: float = 0.04
    end: float = 4e-6
    three_phase: bool = False
    cycle_momentum: bool = False
    base_momentum: float = 0.85
    max_momentum: float = 0.95

    def __post_init__(self):
        super().__post_init__()
        for name, low in (("base_momentum", -1.0), ("max_momentum", 0.0)):
            if not low < getattr(self, name) < 1:
                domain = "at least 0 and below 1" if low else "between 0 and 1"
                raise ValueError(f"{name} must be {domain}, got {getattr(self, name):g}")

    def __call__(self, step):
        """Return the factor at a step."""
        phase, done = self._find_phase(step)
        middle = self.start if self.three_phase else self.end
        stops = (self.start, 1, middle, self.end)
        return anneal(stops[phase], stops[phase + 1], done)

    def beta1(self, step):
        """Return the rule's memory of gradients at a step, where it is cycled."""
        if not self.cycle_momentum:
            return None
        phase, done = self._find_phase(step)
        stops = (self.max_momentum, self.base_momentum, self.max_momentum, self.max_momentum)
        return anneal(stops[phase], stops[phase + 1], done)

    def _find_phase(self, step):
        """Return the number of a step's phase and the share of it that is done."""
        last = (self.steps or 1) - 1
        up = self.peak * (last + 1) - 1
        ends = (0, up, 2 * up, last) if self.three_phase else (0, up, last)
        phase = 0 if step <= up else 1 if step <= 2 * up or not self.three_phase else 2
        length = ends[phase + 1] - ends[phase]
        return phase, min((step - ends[phase]) / length, 1.0) if length > 0 else 1.0


def anneal(begin: float, end: float, done: float) -> float:
    """Return the value between two others on half a cosine, after a share of the way."""
    return end + (begin - end) * (1 + cos(pi * done)) / 2


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


def set_rule(rule: Any, schedule: Schedule, step: int) -> Any:
    """Return a rule with the values of a step: lr times the factor, and beta1 where it is cycled.

    Raises: ValueError: Adagrad has no beta1 to cycle: leave out cycle_momentum
    """
    if isinstance(schedule, Constant):
        return rule
    out = rule.with_lr(rule.lr * schedule(step))
    find_beta1 = getattr(schedule, "beta1", None)
    beta1 = None if find_beta1 is None else find_beta1(step)
    if beta1 is None:
        return out
    inner = rule
    while hasattr(inner, "rule"):
        inner = inner.rule
    if not hasattr(inner, "beta1"):
        raise ValueError(f"{type(inner).__name__} has no beta1 to cycle: leave out cycle_momentum")
    return out.with_values(beta1=beta1)
