"""Claims such as "adam beats sgd": the conditions under which they hold, fail and flip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.loop import check_whole
from optviz.runs.store import TrialStore
from optviz.sweeps.claim_sentences import MOST, find_workload, list_phrases, read_claim
from optviz.sweeps.conditions import Condition, list_conditions, make_base
from optviz.sweeps.fairness import find_unfair
from optviz.sweeps.races import Race, race
from optviz.sweeps.scores import DRAWS, count_wins, find_interval
from optviz.sweeps.workloads import BaseWorkload

VERDICTS = HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
BLOCK = 1000
"""Seeds from which a race takes its own; those of the next seed begin after them."""
Level = tuple[float, float, float]
"""A value with the ends of its interval of 95 %."""


@dataclass(frozen=True, eq=False)
class Finding:
    """The outcome of a claim under one condition."""

    condition: Condition
    race: Race
    beats: Level
    """The probability that the first rule has the lower loss with the same seed."""
    losses: tuple[Level, Level]
    """The median loss at the end of each rule, tuned as the condition says."""
    unfair: tuple[str, ...]
    """A sentence for everything that favors one of the rules."""
    flips: bool = False
    """True where the verdict is the opposite of the base one."""

    @property
    def verdict(self) -> str:
        """The side of a half on which the whole interval lies; undecided where it contains it."""
        _, low, high = self.beats
        return HOLDS if low > 0.5 else FAILS if high < 0.5 else UNDECIDED

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that were chosen for each rule; none where each seed has its own."""
        if self.condition.is_single:
            return "", ""
        pairs = zip(self.race.contestants, self.race.scores[0], strict=True)
        return tuple(rival.describe(score.trial) for rival, score in pairs)


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim about two rules, checked under a base condition and one change at a time."""

    text: str
    labels: tuple[str, str]
    """The rule that is said to beat, and the other one."""
    problem: str
    findings: tuple[Finding, ...]
    """The base one first."""
    left_out: tuple[str, ...]
    """A sentence for each factor that could not be varied."""
    seconds: float

    @property
    def base(self) -> Finding:
        """The outcome under the base condition."""
        return self.findings[0]

    @property
    def flips(self) -> tuple[Finding, ...]:
        """The outcomes whose verdict is the opposite of the base one."""
        return tuple(each for each in self.findings if each.flips)

    def conclude(self) -> str:
        """Return the plain sentence that the intervals allow; unfair conditions do not count."""
        fair = [each for each in self.findings if not each.unfair]
        which = "conditions" if len(fair) == len(self.findings) else "fair conditions"
        held, failed, undecided = (
            [each.condition.phrase for each in fair if each.verdict == verdict]
            for verdict in VERDICTS
        )
        count = f"all {len(fair)}" if len(held) == len(fair) else f"{len(held)} of {len(fair)}"
        said = f"{self.labels[0]} beats {self.labels[1]} in {count} {which}"
        if self.base.verdict != HOLDS and 0 < len(held) <= MOST:
            said += f", {list_phrases(held)}"
        if failed:
            said += f"; it fails {list_phrases(failed)}"
        if undecided:
            said += f"; {len(undecided)} {'are' if len(undecided) > 1 else 'is'} undecided"
        if self.base.unfair:
            return f"The claim is unfair: {self.base.unfair[0]}. {said}."
        return f"{said}."

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each condition: the probability with its interval, and the rest."""
        one, other = self.labels
        out = []
        for each in self.findings:
            row = {
                "factor": each.condition.factor,
                "condition": each.condition.title,
                "verdict": each.verdict,
                "flips": each.flips,
                **name_level(f"P({one} beats {other})", each.beats),
            }
            pairs = zip(self.labels, each.losses, each.settings, strict=True)
            for label, level, settings in pairs:
                row |= name_level(f"{label} loss", level)
                row[f"{label} settings"] = settings
            out.append(row | {"unfair": "; ".join(each.unfair)})
        return out

    def to_text(self) -> str:
        """Return the table and what may be said as text for a terminal."""
        import pandas as pd

        base = self.base.race
        head = (
            f'"{self.text}" on {self.problem}: {len(self.findings)} conditions, '
            f"{base.trials} trials for each rule, chosen by {len(base.choosing)} seeds and "
            f"reported by {len(base.reporting)} others; {self.seconds:.1f} s"
        )
        table = pd.DataFrame(self.tabulate()).to_string(index=False)
        own = self.base.unfair
        sentences = [
            (each, [one for one in each.unfair if one not in own]) for each in self.findings
        ]
        unfair = [f"unfair, every condition: {'; '.join(own)}"] if own else []
        unfair += [
            f"unfair, {each.condition.title}: {'; '.join(said)}" for each, said in sentences if said
        ]
        left_out = [f"left out, {each}" for each in self.left_out]
        notes = [f"note: {each}" for each in base.edges]
        notes.append("Intervals are of 95 % each: one in twenty may miss.")
        return "\n".join([head, table, *unfair, *left_out, *notes, self.conclude()])

    def tabulate(self) -> list[dict[str, str]]:
        """Return the rows of the table as text, each interval in one cell."""
        one, other = self.labels
        return [
            {
                "factor": each.condition.factor,
                "condition": each.condition.title + (" (unfair)" if each.unfair else ""),
                f"P({one} beats {other})": format_level(each.beats, ".2f"),
                "verdict": each.verdict + (", flips" if each.flips else ""),
                f"{one} loss": format_level(each.losses[0], ".3g"),
                f"{other} loss": format_level(each.losses[1], ".3g"),
            }
            for each in self.findings
        ]

    def __repr__(self) -> str:
        return f"Claim({self.text!r}: {len(self.findings)} conditions, {len(self.flips)} flips)"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        from html import escape

        import pandas as pd

        table = pd.DataFrame(self.tabulate()).to_html(index=False)
        return f"<p>{escape(self.conclude())}</p>\n{table}"


def claim(
    text: str,
    workload: BaseWorkload | Problem | str | None = None,
    *,
    trials: int = 20,
    choosing: int = 20,
    reporting: int = 40,
    seed: int = 0,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Claim:
    """Check a claim such as "adam beats sgd" under a base condition and one change at a time.

    The base condition is a race of the two rules: each tuned by the same trials, at a constant
    learning rate, from starts over the window, with the problem's noise. Then schedule, budget,
    learning rates, start, noise and seeds are changed, one by one. What is written of a rule, such
    as beta1=0.95, is kept and not tuned. The workload may be a surface's name or a formula, which
    the claim itself may give: "adam beats sgd on rosenbrock". `on_progress(done, total)` is told
    the pieces of work of all conditions; executor, store and cancel are those of `race`.

        from optviz import Noisy, surface
        from optviz.sweeps import claim

        print(claim("adam beats sgd", Noisy(surface("rosenbrock"), 0.5)).to_text())

    Raises: ValueError: a claim reads like "adam beats sgd", got "adam is best"
    """
    one, other, where = read_claim(text)
    load = find_workload(workload, where)
    trials, seed = check_whole("trials", trials), check_whole("seed", seed, low=0)
    seeds = check_whole("choosing", choosing) + check_whole("reporting", reporting)
    if seeds > BLOCK:
        raise ValueError(f"choosing and reporting are at most {BLOCK} seeds together, got {seeds}")
    conditions, left_out = list_conditions(make_base(load, one, other, trials, seed))
    begun = perf_counter()
    work: dict[str, Any] = {"choosing": choosing, "reporting": reporting}
    work |= {"executor": executor, "store": store, "cancel": cancel}
    return Claim(
        text=text,
        labels=(one.label, other.label),
        problem=load.title,
        findings=check_conditions(conditions, on_progress, work),
        left_out=tuple(left_out),
        seconds=perf_counter() - begun,
    )


def check_conditions(
    conditions: Sequence[Condition],
    on_progress: Callable[[int, int], Any] | None,
    work: dict[str, Any],
) -> tuple[Finding, ...]:
    """Return the outcome of each condition, the base one first; those that flip are marked."""
    sizes = [count_pieces(each) for each in conditions]
    found: list[Finding] = []
    for place, each in enumerate(conditions):
        if each.is_single:
            found.append(judge_single(each, found[0].race))
            continue
        tell = on_progress and partial(tell_more, on_progress, sum(sizes[:place]), sum(sizes))
        rules = [each.one, each.other]
        made = race(
            each.workload, rules, trials=each.trials, seed=each.seed, on_progress=tell, **work
        )
        found.append(judge(each, made))
    opposite = {HOLDS: FAILS, FAILS: HOLDS}.get(found[0].verdict)
    return tuple(replace(each, flips=each.verdict == opposite) for each in found)


def count_pieces(condition: Condition) -> int:
    """Return the pieces of work of a condition; a single seed's are those of the base one."""
    size = condition.workload.piece or condition.trials
    return 0 if condition.is_single else 2 * -(-condition.trials // size)


def tell_more(
    on_progress: Callable[[int, int], Any], before: int, total: int, done: int, _: int
) -> None:
    """Tell the progress of a race as a part of that of all conditions."""
    on_progress(before + done, total)


def judge(condition: Condition, made: Race) -> Finding:
    """Return the outcome of a condition from its race."""
    one, other = ((each.loss, *each.interval) for each in made.scores[0])
    return Finding(condition, made, made.beats(*made.labels), (one, other), tuple(made.unfair))


def judge_single(condition: Condition, made: Race) -> Finding:
    """Return the outcome where each seed by itself chooses the trial of each rule and reports it.

    The probability is the share of such seeds in which the claim holds.
    """
    best = [trials.final.min(axis=1) for trials in made.results[0]]
    count = best[0].size
    draws = np.random.default_rng([made.seed, 13]).integers(0, count, (DRAWS, count))
    beats = float(count_wins(*best)), *find_interval(count_wins(*(each[draws] for each in best)))
    one, other = (
        (float(np.median(each)), *find_interval(np.median(each[draws], axis=1))) for each in best
    )
    seeds = made.choosing + made.reporting
    alone = [replace(each, choosing=seeds, reporting=seeds) for each in made.treatments]
    return Finding(condition, made, beats, (one, other), tuple(find_unfair(alone)))


def name_level(name: str, level: Level) -> dict[str, float]:
    """Return a value and the ends of its interval as columns of a table."""
    value, low, high = level
    return {name: value, f"{name}, low": low, f"{name}, high": high}


def format_level(level: Level, digits: str) -> str:
    """Return a value and its interval as text: "0.75 [0.5, 0.9]"."""
    value, low, high = (format(each, digits) for each in level)
    return f"{value} [{low}, {high}]"
