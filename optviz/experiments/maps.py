"""The record of a map: where each start leads, or what two hyperparameters do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from optviz.experiments.limits import LIMITS, check_count, check_option, format_field
from optviz.experiments.surface import Experiment
from optviz.experiments.surface_base import SurfaceRecord
from optviz.rules import Rule
from optviz.specs import OptimizerSpec, format_spec, parse_number
from optviz.sweeps.hyper_maps import find_field, set_values

if TYPE_CHECKING:
    from optviz.sweeps import BasinMap, SweepMap

CHARTS = ("basin", "sweep")
SHOWN = ("final", "steps", "rate", "diverged", "regime")
"""What a map of hyperparameters is colored by."""
PARTS = ("across", "up", "show", "repeats", "start")
"""The fields that only a map of hyperparameters has."""


class Range(NamedTuple):
    """A hyperparameter and the ends of its values."""

    name: str
    low: float
    high: float

    @property
    def text(self) -> str:
        """The range as a link holds it."""
        return f"{self.name}={format_field(self.low)}..{format_field(self.high)}"


@dataclass(frozen=True)
class MapExperiment(SurfaceRecord):
    """Optimizers at each start of a grid, or one at each pair of two of its numbers."""

    rules: tuple[str, ...] = ("sgd:lr=0.005", "momentum:lr=0.005", "adam:lr=0.05")
    problem: str = "himmelblau"
    steps: int = 300
    chart: str = "basin"
    """One of CHARTS: a map of starts, or of two hyperparameters of one optimizer."""
    size: int = 101
    """The number of starts, or of values, on each side."""
    across: str = ""
    """The hyperparameter across, such as `lr=0.001..1`; "" is the optimizer's first number, from
    end to end of its slider."""
    up: str = ""
    """The one up; "" is the first that is not across."""
    show: str = "final"
    """One of SHOWN."""
    repeats: int = 1
    """Seeds of the noise at each pair of values."""

    parsers: ClassVar = SurfaceRecord.parsers | {
        "chart": str,
        "size": partial(parse_number, "size"),
        "across": str,
        "up": str,
        "show": str,
        "repeats": partial(parse_number, "repeats"),
    }

    def __post_init__(self):
        super().__post_init__()
        self._set(chart=check_option("chart", self.chart, CHARTS))
        self._set(size=check_count("size", self.size, low=2))
        self._set(show=check_option("show", self.show, SHOWN))
        self._set(repeats=check_count("repeats", self.repeats))
        self._set(across=self.across and parse_range(self.across).text)
        self._set(up=self.up and parse_range(self.up).text)
        if self.chart == "sweep":
            self.list_ranges()
        if (work := self.work()) > LIMITS["points"]:
            raise ValueError(
                f"the map makes {work:,} steps, at most {LIMITS['points']:,}: take a smaller size, "
                "or fewer optimizers, seeds or steps"
            )

    def work(self) -> int:
        """Return the number of steps of all runs together."""
        many = self.repeats if self.chart == "sweep" else max(1, len(self.list_on()))
        return self.steps * self.size**2 * many

    def list_on(self) -> list[OptimizerSpec]:
        """Return the optimizers that are on; for hyperparameters the first that has two numbers."""
        on = [entry for entry in self.entries if entry.on]
        if self.chart == "basin":
            return on
        able = [entry for entry in on if len(list_numbers(entry.rule)) > 1]
        return able[:1] or on[:1]

    def map_part(self) -> MapExperiment:
        """Return the part that the runs depend on.

        Raises: ValueError: no optimizer is switched on: switch one on
        """
        if not self.list_on():
            raise ValueError("no optimizer is switched on: switch one on")
        on = [format_spec(each.rule, each.schedule) for each in self.list_on()]
        if self.chart == "basin":
            own = {spec.name: spec.default for spec in fields(self) if spec.name in PARTS}
            return replace(self, rules=tuple(on), **own)
        ranges = [each.text for each in self.list_ranges()]
        own = {"across": ranges[0], "up": ranges[1], "show": SHOWN[0], "seed": 0}
        return replace(self, rules=tuple(on), **own)

    def list_ranges(self) -> tuple[Range, Range]:
        """Return the ranges of the hyperparameters across and up.

        Raises: ValueError: SGD has one number, lr: a map needs two, so take another optimizer
        """
        rule = (self.list_on() or self.entries)[0].rule
        known = list_numbers(rule)
        if len(known) < 2:
            title = type(rule).__name__
            raise ValueError(
                f"{title} has one number, {min(known)}: a map needs two, so take another optimizer "
                "or give it a weight decay"
            )
        across = parse_range(self.across) if self.across else next(iter(known.values()))
        free = (each for each in known.values() if each.name != across.name)
        up = parse_range(self.up) if self.up else next(free)
        if across.name == up.name:
            raise ValueError(f"across and up are two numbers of an optimizer, got {up.name} twice")
        for name, low, high in (across, up):
            find_field(rule, name)
            for value in (low, high):
                set_values(rule, name, value)
        return across, up

    def perform(
        self, on_progress: Callable[[int, int], Any] | None = None
    ) -> list[BasinMap] | SweepMap:
        """Make the maps; `on_progress(done, total)` is told the steps, and may raise to stop."""
        from optviz.sweeps import basin_maps, sweep_map

        rules: list[Any] = [
            (each.rule, each.schedule) if each.schedule else each.rule for each in self.list_on()
        ]
        if not rules:
            raise ValueError("no optimizer is switched on: switch one on")
        if self.chart == "basin":
            own: dict[str, Any] = {"size": self.size, "seed": self.seed, "on_step": on_progress}
            return basin_maps(self.build(), rules, self.steps, **own)
        axes = {each.name: spread_values(rules[0], each, self.size) for each in self.list_ranges()}
        tell = on_progress and (lambda step: on_progress(step, self.steps))
        own = {"start": self.start, "seeds": self.repeats, "on_step": tell}
        return sweep_map(self.build(), rules[0], axes, self.steps, **own)

    def open_at(self, x: float, y: float) -> Experiment:
        """Return the race that a point of the map stands for: a start, or two hyperparameters."""
        names = ("problem", "parameters", "steps", "noise")
        own: dict[str, Any] = {name: getattr(self, name) for name in names}
        if self.chart == "basin":
            return Experiment(rules=self.map_part().rules, start=(x, y), seed=self.seed, **own)
        entry, (across, up) = self.list_on()[0], self.list_ranges()
        rule = set_values(set_values(entry.rule, across.name, float(x)), up.name, float(y))
        return Experiment(rules=(format_spec(rule, entry.schedule),), start=self.start, **own)


def parse_range(text: str) -> Range:
    """Return the range of a text such as `lr=0.001..1`.

    Raises: ValueError: a range is NAME=LOW..HIGH, such as lr=0.001..1, got "lr"
    """
    number = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?"
    found = re.fullmatch(rf"\s*(\w+)\s*=\s*({number})\s*\.\.\s*({number})\s*", str(text))
    if not found:
        raise ValueError(f'a range is NAME=LOW..HIGH, such as lr=0.001..1, got "{text:.40}"')
    low, high = float(found[2]), float(found[3])
    if not low < high < 1e12:
        raise ValueError(f"the range of {found[1]} must go up, got {low:g}..{high:g}")
    return Range(found[1], low, high)


def list_numbers(rule: Rule) -> dict[str, Range]:
    """Return the numbers of a rule, and of what is wrapped around it, over their sliders.

    Those of the rule come before those of a weight decay.
    """
    found: dict[str, Range] = {}
    layer: Any = rule
    while isinstance(layer, Rule):
        own = {
            spec.name: Range(spec.name, spec.metadata["low"], spec.metadata["high"])
            for spec in fields(layer)  # type: ignore[arg-type]
            if isinstance(spec.default, float) and "low" in spec.metadata
        }
        found, layer = own | found, getattr(layer, "rule", None)
    return found


def spread_values(rule: Any, ends: Range, count: int) -> np.ndarray:
    """Return values from end to end, in equal steps of the logarithm where the slider has them."""
    bare = rule[0] if isinstance(rule, tuple) else rule
    is_log = find_field(bare, ends.name).metadata.get("log") and ends.low > 0
    return (np.geomspace if is_log else np.linspace)(ends.low, ends.high, count)
