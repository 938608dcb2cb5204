"""Unfair comparisons of optimizers, named in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

from optviz.rules import Rule
from optviz.schedules import Constant, LinearWarmup, OneCycle
from optviz.specs import format_spec
from optviz.sweeps.trials import declare_space

REPORTS = 10
"""Seeds that report, at least."""
NARROW = 0.5
"""A range is narrow below this part of that of the slider, in decades for a learning rate."""
CENTERED = 0.1
"""A range is centered on a value within this part of it."""


@dataclass(frozen=True)
class Treatment:
    """The treatment of one optimizer in a comparison: its budget, ranges and seeds."""

    label: str
    rule: Rule
    trials: int = 1
    steps: int = 0
    space: dict[str, tuple[float, float]] = field(default_factory=dict)
    schedule: Any = None
    choosing: tuple[int, ...] = ()
    reporting: tuple[int, ...] = ()
    chosen: dict[str, float] = field(default_factory=dict)
    """The values that were chosen."""


def find_unfair(treatments: Sequence[Treatment]) -> list[str]:
    """Return a sentence for everything that favors some of the optimizers, [] for a fair race."""
    said = []
    for name, what in (("trials", "trials"), ("steps", "steps")):
        said += compare_counts(what, [(each.label, getattr(each, name)) for each in treatments])
    if (
        len({format_spec(each.rule) for each in treatments}) > 1
    ):  # else it is the schedules that race
        said += compare_schedules(treatments)
    for name, what in (("choosing", "choose"), ("reporting", "report")):
        if len({getattr(each, name) for each in treatments}) > 1:
            said.append(f"the seeds that {what} differ between the rules: they are not paired")
    for each in treatments:
        if shared := set(each.choosing) & set(each.reporting):
            said.append(
                f"{each.label}: {len(shared)} of the seeds that report have chosen its settings"
            )
        if each.reporting and len(each.reporting) < REPORTS:
            said.append(f"{each.label}: {len(each.reporting)} seeds report, {REPORTS} are needed")
    return said + compare_spaces(treatments)


def compare_counts(what: str, counts: Sequence[tuple[str, Hashable]]) -> list[str]:
    """Return a sentence where the rules have different counts of something."""
    values = Counter(count for _, count in counts)
    if len(values) < 2:
        return []
    return [f"the rules have different {what}: {', '.join(f'{name} {n}' for name, n in counts)}"]


def compare_schedules(treatments: Sequence[Treatment]) -> list[str]:
    """Return a sentence where different rules have different schedules."""
    warmups = [(each.label, count_warmup(each)) for each in treatments]
    said = compare_counts("steps of warm-up", warmups)
    names = [(each.label, name_schedule(each)) for each in treatments]
    if len({name for _, name in names}) > 1:
        said.append(
            f"the schedules differ: {', '.join(f'{label} {name}' for label, name in names)}"
        )
    return said


def count_warmup(treatment: Treatment) -> Any:
    """Return the steps over which a learning rate rises, or their part of the run; 0 without."""
    schedule = treatment.schedule
    if isinstance(schedule, LinearWarmup):
        return schedule.steps
    return schedule.peak if isinstance(schedule, OneCycle) else 0


def name_schedule(treatment: Treatment) -> str:
    """Return the kind of a schedule."""
    schedule = treatment.schedule
    if schedule is None or isinstance(schedule, Constant):
        return "constant"
    return type(schedule).__name__.lower()


def compare_spaces(treatments: Sequence[Treatment]) -> list[str]:
    """Return a sentence for each rule whose range is narrow where that of another is not."""
    parts = [measure_space(each) for each in treatments]
    names = sorted({name for each in parts for name in each})
    said = []
    for name in names:
        both = zip(treatments, parts, strict=True)
        widths = [(each, part[name]) for each, part in both if name in part]
        widest = max(width for _, width in widths)
        for each, width in widths:
            if not width < NARROW * widest:
                continue
            if not width:
                said.append(f"{each.label}: {name} is not tuned, that of others is")
            else:
                where = " and centered on what was chosen" if is_centered(each, name) else ""
                said.append(
                    f"{each.label}: the range of {name} is {width / widest:.0%} as wide as that of "
                    f"others{where}"
                )
    return said


def measure_space(treatment: Treatment) -> dict[str, float]:
    """Return how wide each range is, as a part of the one that the rule declares."""
    declared = declare_space(treatment.rule)
    return {
        name: measure_width(name, ends) / measure_width(name, declared[name])
        for name, ends in treatment.space.items()
        if name in declared
    }


def measure_width(name: str, ends: tuple[float, float]) -> float:
    """Return the width of a range: of a learning rate in decades."""
    low, high = ends
    return log10(high) - log10(low) if name == "lr" else high - low


def is_centered(treatment: Treatment, name: str) -> bool:
    """Return True where a range has its center at the value that was chosen."""
    if name not in treatment.chosen:
        return False
    low, high = treatment.space[name]
    value = treatment.chosen[name]
    if name == "lr":
        low, high, value = log10(low), log10(high), log10(value)
    return abs(value - (low + high) / 2) <= CENTERED * (high - low)
