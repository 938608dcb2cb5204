"""The conditions under which a claim is checked: the base one, and one change at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from optviz.problems.base import Noisy, Problem
from optviz.schedules import Cosine, Exponential, LinearWarmup, OneCycle, Schedule, Step
from optviz.specs import format_schedule, format_spec
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.hyper_maps import find_field
from optviz.sweeps.trials import declare_space
from optviz.sweeps.workloads import BaseWorkload, Workload

BASE = "base"
ONE_RUN = "one run"
RATES = 0.001, 0.01, 0.1
"""The learning rates that both rules are given alike."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A race of two rules that differs from the base one in a single factor."""

    factor: str
    title: str
    phrase: str
    """The title as it goes on from "it fails"."""
    workload: BaseWorkload
    one: Contestant
    other: Contestant
    trials: int
    seed: int
    is_single: bool = False
    """True where each seed by itself tunes and reports, as in most pictures."""

    @property
    def is_between_equals(self) -> bool:
        """True where both rules are the same one, so that nothing can beat."""
        return describe_rival(self.one) == describe_rival(self.other)


def make_base(
    load: BaseWorkload, one: Contestant, other: Contestant, trials: int, seed: int
) -> Condition:
    """Return the base condition of a claim: the workload as it is, the rules as written."""
    parts = [describe_rate(one), describe_rate(other)]
    if parts == [f"{one.label} tuned", f"{other.label} tuned"]:
        parts = ["each tuned"]
    if {name_schedule(each.schedule) for each in (one, other)} == {"constant"}:
        parts.append("constant lr")
    parts.append(f"{load.steps:,} steps")
    if is_one_run(load):
        parts.append(ONE_RUN)
    return Condition(BASE, ", ".join(parts), "as claimed", load, one, other, trials, seed)


def describe_rate(rival: Contestant) -> str:
    """Return whether the learning rate of a rule is tuned, or which it is, in words."""
    low, high = rival.space["lr"]
    if " lr" in rival.label:  # it says so itself
        return rival.label
    return f"{rival.label} at lr {low:g}" if low == high else f"{rival.label} tuned"


def describe_rival(rival: Contestant) -> tuple[str, dict[str, tuple[float, float]]]:
    """Return all that tells a rule from another in a race."""
    rule = rival.rule.with_lr(rival.space["lr"][0])
    return format_spec(rule, rival.schedule), rival.space


def list_conditions(base: Condition) -> tuple[list[Condition], list[str]]:
    """Return the conditions of a claim, the base one first, and a sentence for what is left out."""
    found, left_out = [base], []
    for factor, vary in FACTORS.items():
        made = [each for each in vary(base) if not each.is_between_equals]
        found += made
        if not made:
            left_out.append(f"{factor}: {NOTHING[factor]}")
    return found, left_out


def vary_schedules(base: Condition) -> Iterator[Condition]:
    """Return the base condition with both rules on each other schedule."""
    steps = base.workload.steps
    schedules: dict[str, Schedule | None] = {
        "constant lr": None,
        "warm-up": LinearWarmup(steps=max(1, steps // 10)),
        "step decay": Step(every=-(-steps // 3), factor=0.1),
        "exponential decay": Exponential(factor=0.01 ** (1 / steps)),
        "cosine decay": Cosine(),
        "one cycle": OneCycle(),
    }
    own = {name_schedule(each.schedule) for each in (base.one, base.other)}
    for title, schedule in schedules.items():
        if own != {name_schedule(schedule)}:
            yield replace(
                base,
                factor="schedule",
                title=f"{title} for both" if len(own) > 1 else title,
                phrase=f"with {title}",
                one=replace(base.one, schedule=schedule),
                other=replace(base.other, schedule=schedule),
            )


def name_schedule(schedule: Schedule | None) -> str:
    """Return the text of a schedule."""
    return "constant" if schedule is None else format_schedule(schedule)


def vary_budgets(base: Condition) -> Iterator[Condition]:
    """Return the base condition with a quarter of its steps and with four times as many."""
    load: Any = base.workload
    if "steps" not in getattr(load, "__dataclass_fields__", ()):
        return
    for words, steps in (("a quarter of", load.steps // 4), ("four times", 4 * load.steps)):
        if steps:
            changed: Any = replace(load, steps=steps)
            yield replace(
                base,
                factor="budget",
                title=f"{words} the steps ({steps:,})",
                phrase=f"with {words} the steps",
                workload=changed,
            )


def vary_rates(base: Condition) -> Iterator[Condition]:
    """Return the base condition with learning rates that are tuned for both, one or no rule."""
    one, other = base.one, base.other
    tuned = tune_rate(one), tune_rate(other)
    default = fix_rate(one, find_default(one)), fix_rate(other, find_default(other))
    made: list[tuple[str, str, tuple[Contestant, Contestant], int]] = []
    if [each.space for each in tuned] != [one.space, other.space]:
        made.append(("each lr tuned", "with each lr tuned", tuned, base.trials))
    for rate in RATES:
        if all(is_within(rate, each) for each in tuned):
            pair = fix_rate(one, rate), fix_rate(other, rate)
            made.append((f"both at lr {rate:g}, untuned", f"with both at lr {rate:g}", pair, 1))
    made.append(("both at their defaults", "with both at their defaults", default, 1))
    for place, (idle, busy) in enumerate(((one, other), (other, one))):
        pair = (default[0], tuned[1]) if place == 0 else (tuned[0], default[1])
        title = f"{idle.label} untuned, {busy.label} tuned"
        made.append((title, f"with {idle.label} untuned", pair, base.trials))
    for title, phrase, (first, second), trials in made:
        yield replace(
            base, factor="lr", title=title, phrase=phrase, one=first, other=second, trials=trials
        )


def tune_rate(rival: Contestant) -> Contestant:
    """Return a rule whose learning rate is tuned over the range of its slider."""
    return replace(rival, space=rival.space | {"lr": declare_space(rival.rule)["lr"]})


def fix_rate(rival: Contestant, rate: float) -> Contestant:
    """Return a rule of which nothing is tuned, at a learning rate."""
    return replace(rival, space={"lr": (rate, rate)})


def find_default(rival: Contestant) -> float:
    """Return the learning rate of a rule that is given none."""
    spec: Any = find_field(rival.rule, "lr")
    return float(spec.default)


def is_within(rate: float, rival: Contestant) -> bool:
    """Return True for a learning rate within the range of a rule."""
    low, high = rival.space["lr"]
    return low <= rate <= high


def vary_starts(base: Condition) -> Iterator[Condition]:
    """Return the base condition from the other kind of starts."""
    load = base.workload
    if not isinstance(load, Workload) or load.problem.window is None:
        return
    starts, words = {
        "window": ("own", "the problem's own start"),
        "own": ("window", "starts over the window"),
    }[load.starts]
    changed = replace(load, starts=starts)
    title = f"{words}, {ONE_RUN}" if is_one_run(changed) else words
    yield replace(base, factor="start", title=title, phrase=f"from {words}", workload=changed)


def is_one_run(load: BaseWorkload) -> bool:
    """Return True where all seeds make the same run: from one start, without noise."""
    if not isinstance(load, Workload) or load.starts != "own":
        return False
    problem = load.problem
    if isinstance(problem, Noisy):
        return not problem.sigma
    return type(problem).samples is Problem.samples


def vary_noise(base: Condition) -> Iterator[Condition]:
    """Return the base condition without noise and with four times as much."""
    load: Any = base.workload
    noisy = load.problem if isinstance(load, Workload) else None
    if not isinstance(noisy, Noisy) or not noisy.sigma:
        return
    for words, factor in (("without noise", 0), ("with four times the noise", 4)):
        changed: Any = replace(load, problem=Noisy(noisy.problem, factor * noisy.sigma))
        title = words.removeprefix("with ")
        yield replace(base, factor="noise", title=title, phrase=words, workload=changed)


def vary_seeds(base: Condition) -> Iterator[Condition]:
    """Return the base condition with other seeds and trials, and by single seeds."""
    for place, which in enumerate(("a second", "a third"), 1):
        title, seed = f"{which} block of seeds and trials", base.seed + place
        yield replace(base, factor="seed", title=title, phrase=f"with {title}", seed=seed)
    title = "a single seed tunes and reports"
    yield replace(base, factor="seed", title=title, phrase="by single seeds", is_single=True)


FACTORS: dict[str, Callable[[Condition], Iterator[Condition]]] = {
    "schedule": vary_schedules,
    "budget": vary_budgets,
    "lr": vary_rates,
    "start": vary_starts,
    "noise": vary_noise,
    "seed": vary_seeds,
}
NOTHING = {
    "schedule": "the claim is about nothing else",
    "budget": "the workload has no number of steps to change",
    "lr": "the claim is about nothing else",
    "start": "there is no window to start in",
    "noise": "this problem has no gradient noise that could be changed",
    "seed": "there is none",
}
"""Why a factor has no condition."""
