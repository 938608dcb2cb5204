"""Fair races: tuning is part of the rule, and what chooses is not what reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from optviz.problems.base import Problem, check_problem, find_title
from optviz.rules import Rule
from optviz.runs.loop import check_whole
from optviz.runs.outcomes import NEVER, reduce_runs
from optviz.specs import OptimizerSpec, Racer, format_label, to_spec
from optviz.sweeps.fairness import Treatment, find_unfair
from optviz.sweeps.hyper_maps import DONE, find_lowest
from optviz.sweeps.scores import Score, Standing, rank_rules, score_workload
from optviz.sweeps.trials import (
    TUNED,
    check_space,
    declare_space,
    draw_design,
    place_trials,
    set_trials,
)

PARTS = 1e-1, 1e-2, 1e-4
"""The targets: these parts of the first loss above the lowest one are left."""
LEAST_REPORTS = 10
"""Seeds that report, at least."""


@dataclass(frozen=True, eq=False)
class Workload:
    """A problem to race on, with a budget of steps.

    Each seed has a start of its own, the same for every rule: drawn from the problem's window, or
    the problem's own where `starts` is "own" (then only its noise makes seeds differ).
    """

    problem: Problem
    steps: int = 200
    starts: str = "window"
    name: str = ""

    def __post_init__(self):
        check_problem(self.problem)
        check_whole("steps", self.steps)
        if self.starts not in ("window", "own"):
            raise ValueError(f'starts must be "window" or "own", got {self.starts!r:.40}')
        if self.starts == "window" and self.problem.window is None:
            raise ValueError(f'{self.problem.name} has no window to start in: take starts="own"')
        if not self.problem.has_seeds:
            raise ValueError(f"a race needs a seed for each run, {self.problem.name} draws samples")

    @property
    def title(self) -> str:
        """The name of the workload in a table."""
        return self.name or find_title(self.problem)

    def draw_starts(self, seeds: Sequence[int]) -> np.ndarray:
        """Return the start of each seed, (n, seeds)."""
        if self.starts == "own" or self.problem.window is None:
            return np.repeat(np.asarray(self.problem.start, float)[:, None], len(seeds), axis=1)
        low, high = np.array(self.problem.window, float).T
        points = [np.random.default_rng([seed, 7]).uniform(low, high) for seed in seeds]
        return np.array(points).T


@dataclass(frozen=True, eq=False)
class Trials:
    """The results of all trials of a rule on a workload.

    Shapes: final (seeds, trials), the seeds that choose before those that report; reached (targets,
    seeds, trials).
    """

    final: np.ndarray
    """The loss after the last step, inf where the run ended before; all losses within 1e-12 of the
    way from the lowest to the first one count alike, as that one: a race is not about rounding."""
    reached: np.ndarray
    """The first step at which the loss is at most each target; inf where it never is."""


@dataclass(frozen=True)
class Contestant:
    """A rule in a race, with the ranges over which it is tuned, and its trials."""

    label: str
    rule: Rule
    schedule: Any
    space: dict[str, tuple[float, float]]
    values: dict[str, np.ndarray]
    """The values of each number at each trial."""

    def describe(self, trial: int) -> str:
        """Return the settings of a trial in words."""
        return ", ".join(f"{name}={each[trial]:.3g}" for name, each in self.values.items())


@dataclass(frozen=True, eq=False)
class Race:
    """The outcome of a race: scores with intervals, and no more than they allow to say."""

    workloads: tuple[Workload, ...]
    contestants: tuple[Contestant, ...]
    trials: int
    choosing: tuple[int, ...]
    reporting: tuple[int, ...]
    seed: int
    results: tuple[tuple[Trials, ...], ...]
    """Of each workload, those of each contestant."""
    scores: tuple[tuple[Score, ...], ...]
    standing: Standing
    evaluations: int
    """Gradients that were computed."""
    seconds: float

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(each.label for each in self.contestants)

    @property
    def winner(self) -> str | None:
        """The rule that beats each other one, as sure as the intervals say; None without one."""
        return None if self.standing.winner is None else self.labels[self.standing.winner]

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each workload and rule: tuned loss with its interval, and the rest."""
        out = []
        for workload, scores in zip(self.workloads, self.scores, strict=True):
            for contestant, score in zip(self.contestants, scores, strict=True):
                out.append(
                    {
                        "workload": workload.title,
                        "rule": contestant.label,
                        "tuned loss": score.loss,
                        "low": score.interval[0],
                        "high": score.interval[1],
                        "settings": contestant.describe(score.trial),
                        **{
                            f"steps to {part:g}": steps
                            for part, steps in zip(PARTS, score.steps, strict=True)
                        },
                        "best single run (no result)": score.luckiest,
                    }
                )
        return out

    def to_text(self) -> str:
        """Return the tables and what may be said as text for a terminal."""
        import pandas as pd

        head = (
            f"{len(self.contestants)} rules, {self.trials} trials each, chosen by "
            f"{len(self.choosing)} seeds and reported by {len(self.reporting)} others; "
            f"{self.evaluations:,} gradients, {self.seconds:.1f} s"
        )
        rows = pd.DataFrame(self.rows()).drop(columns="best single run (no result)")
        table = rows.to_string(index=False, float_format="{:.4g}".format)
        ranks = [
            f"{label}: mean rank {rank:.2f} [{low:.2f}, {high:.2f}], profile {profile:.2f}"
            for label, rank, (low, high), profile in zip(
                self.labels,
                self.standing.ranks,
                self.standing.rank_intervals,
                self.standing.profiles,
                strict=True,
            )
        ]
        unfair = [f"unfair: {each}" for each in self.unfair]
        return "\n".join([head, table, *ranks, *unfair, self.conclude()])

    def conclude(self) -> str:
        """Return the one sentence that the intervals allow."""
        if self.unfair:
            return "No winner: the race is unfair."
        if self.winner is not None:
            return f"{self.winner} beats every other rule here."
        return "No rule beats every other one: the intervals do not allow a winner."

    @property
    def treatments(self) -> list[Treatment]:
        """The treatment of each rule on each workload."""
        return [
            Treatment(
                label=each.label,
                rule=each.rule,
                trials=self.trials,
                steps=workload.steps,
                space=each.space,
                schedule=each.schedule,
                choosing=self.choosing,
                reporting=self.reporting,
                chosen={name: float(values[score.trial]) for name, values in each.values.items()},
            )
            for workload, scores in zip(self.workloads, self.scores, strict=True)
            for each, score in zip(self.contestants, scores, strict=True)
        ]

    @property
    def unfair(self) -> list[str]:
        """A sentence for everything that favors some of the rules; [] for a fair race."""
        count, every = len(self.contestants), self.treatments
        rows = [every[place : place + count] for place in range(0, len(every), count)]
        return list(dict.fromkeys(said for row in rows for said in find_unfair(row)))

    def beats(self, one: str, other: str) -> tuple[float, float, float]:
        """Return the probability that a rule beats another one, with the ends of its interval.

        Raises: ValueError: no rule "adam" in this race: SGD, Momentum
        """
        places = []
        for each in (one, other):
            if each not in self.labels:
                raise ValueError(f'no rule "{each}" in this race: {", ".join(self.labels)}')
            places.append(self.labels.index(each))
        value, (low, high) = self.standing.beats[places[0]][places[1]]
        return value, low, high

    def __repr__(self) -> str:
        return f"Race({len(self.workloads)} workloads, {', '.join(self.labels)})"

    def _repr_html_(self) -> str:
        """Return the table for a notebook; the best single run is struck through."""
        from html import escape

        import pandas as pd

        rows = pd.DataFrame(self.rows())
        luckiest = "best single run (no result)"
        rows[luckiest] = [f"<s>{each:.4g}</s>" for each in rows[luckiest]]
        for name in ("workload", "rule", "settings"):
            rows[name] = rows[name].map(escape)
        table = rows.to_html(index=False, escape=False, float_format=lambda each: f"{each:.4g}")
        return f"<p>{escape(self.conclude())}</p>\n{table}"


def race(
    workloads: Workload | Problem | Sequence[Workload | Problem],
    rules: Sequence[Racer],
    *,
    trials: int = 20,
    choosing: int = 5,
    reporting: int = 20,
    spaces: Mapping[str, Any] | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], Any] | None = None,
) -> Race:
    """Race rules that are all tuned alike, and say how sure the outcome is.

    Every rule has the same number of trials, from one quasi-random design over the ranges of its
    sliders (or over those of `spaces`, by its label), the same starts and the same noise. The trial
    with the lowest median loss at the end over the seeds that choose is the rule's; what it reaches
    is read off other seeds. Intervals are of 95 %, by the bootstrap over seeds, the choice of the
    trial within it.

        from optviz import Noisy, surface
        from optviz.sweeps import race

        found = race(Noisy(surface("rosenbrock"), 0.5), ["sgd", "momentum", "adam"])
        print(found.to_text())

    Raises: ValueError: reporting must be a whole number of at least 10, got 3
    """
    given = [workloads] if isinstance(workloads, (Workload, Problem)) else list(workloads)
    listed = tuple(each if isinstance(each, Workload) else Workload(each) for each in given)
    trials, seed = check_whole("trials", trials), check_whole("seed", seed, low=0)
    count = check_whole("choosing", choosing)
    total = count + check_whole("reporting", reporting, low=LEAST_REPORTS)
    rivals = make_contestants(rules, spaces or {}, trials, seed)
    if not listed:
        raise ValueError("a race needs a workload")
    seeds = tuple(range(1000 * seed, 1000 * seed + total))
    begun, results = perf_counter(), []
    for row, workload in enumerate(listed):
        lowest, first = find_levels(workload, seeds)
        made = []
        for place, rival in enumerate(rivals):
            if on_progress is not None:
                on_progress(row * len(rivals) + place, len(listed) * len(rivals))
            made.append(make_trials(workload, rival, seeds, lowest, first))
        results.append(tuple(made))
    pairs = [[(each.final, each.reached) for each in row] for row in results]
    scores = tuple(score_workload(each, count, seed) for each in pairs)
    return Race(
        workloads=listed,
        contestants=rivals,
        trials=trials,
        choosing=seeds[:count],
        reporting=seeds[count:],
        seed=seed,
        results=tuple(results),
        scores=scores,
        standing=rank_rules(scores),
        evaluations=sum(each.steps for each in listed) * trials * total * len(rivals),
        seconds=perf_counter() - begun,
    )


def make_contestants(
    rules: Sequence[Racer], spaces: Mapping[str, Any], trials: int, seed: int
) -> tuple[Contestant, ...]:
    """Return the rules of a race with their trials.

    Raises: ValueError: a race needs two rules, got 1
    """
    if isinstance(rules, (str, Rule)) or len(rules) < 2:
        got = 1 if isinstance(rules, (str, Rule)) else len(rules)
        raise ValueError(f"a race needs two rules, got {got}")
    design, out = draw_design(trials, seed), []
    for each in rules:
        rule, schedule, _ = to_spec(each)
        label = name_rival(rule, schedule)
        space = check_space(rule, spaces[label]) if label in spaces else declare_space(rule)
        out.append(Contestant(label, rule, schedule, space, place_trials(space, design)))
    labels = [each.label for each in out]
    if len(set(labels)) < len(labels):
        raise ValueError(f"each rule races once, got {', '.join(labels)}")
    if unknown := [each for each in spaces if each not in labels]:
        raise ValueError(f'no rule "{unknown[0]}" in this race: {", ".join(labels)}')
    return tuple(out)


def name_rival(rule: Rule, schedule: Any) -> str:
    """Return the label of a rule without the numbers that a race tunes: "Adam", "SGD l2 tuned"."""
    words = []
    for word in format_label(OptimizerSpec(rule, schedule)).split(" "):
        name = word.partition("=")[0]
        if name in ("l2", "wd"):
            words.append(f"{name} tuned")
        elif name == word or name not in TUNED:
            words.append(word)
    return " ".join(words)


def find_levels(workload: Workload, seeds: Sequence[int]) -> tuple[float, float]:
    """Return the lowest loss that is known and the median first one."""
    starts, lowest = workload.draw_starts(seeds), find_lowest(workload.problem)
    first = float(np.median(workload.problem.loss(starts)))
    return (lowest if np.isfinite(lowest) else min(first, 0.0)), first


def make_trials(
    workload: Workload, rival: Contestant, seeds: Sequence[int], lowest: float, first: float
) -> Trials:
    """Make all trials of a rule with all seeds, in one run."""
    values = {name: each[None, :] for name, each in rival.values.items()}
    made = reduce_runs(
        workload.problem,
        set_trials(rival.rule, values),
        workload.steps,
        start=workload.draw_starts(seeds)[:, :, None],
        seed=np.array(seeds)[:, None],
        schedule=rival.schedule,
        targets=[lowest + part * (first - lowest) for part in PARTS],
    )
    assert made.reached is not None
    final = np.where(np.isnan(made.final), np.inf, made.final)
    return Trials(
        np.maximum(final, lowest + DONE * (first - lowest)),
        np.where(made.reached == NEVER, np.inf, made.reached),
    )
