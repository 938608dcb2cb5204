"""Fair races: tuning is part of the rule, and what chooses is not what reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.loop import check_whole
from optviz.runs.store import Arrays, TrialStore
from optviz.runs.work import perform_pieces
from optviz.specs import Racer
from optviz.sweeps.contestants import Contestant, make_contestants
from optviz.sweeps.fairness import Treatment, find_unfair
from optviz.sweeps.race_work import ITSELF, OUTSIDE, plan_race, read_trials, read_workloads
from optviz.sweeps.scores import Score, Standing, rank_rules, score_workload
from optviz.sweeps.self_tuning import CLOCK
from optviz.sweeps.workloads import TARGETS, BaseWorkload, Levels, Trials

LEAST_REPORTS = 10
"""Seeds that report, at least."""
MOST_NOTES = 8
"""Notes that a text for a terminal has, the others are in `notes`."""
MOST = 500
"""Trials of a rule, seeds that choose and seeds that report, each at most."""
LUCKIEST = "best single run (no result)"


@dataclass(frozen=True, eq=False)
class Race:
    """The outcome of a race: scores with intervals, and no more than they allow to say."""

    workloads: tuple[BaseWorkload, ...]
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
    """The time that it took: less where a store had trials."""
    tuning: str = OUTSIDE
    levels: tuple[Levels, ...] = ()
    """The losses between which the targets of each workload lie."""

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
                        "settings": self.describe_choice(contestant, score),
                        **{
                            f"steps to {name}": steps
                            for name, steps in zip(TARGETS, score.steps, strict=True)
                        },
                        LUCKIEST: score.luckiest,
                    }
                )
        return out

    def describe_choice(self, contestant: Contestant, score: Score) -> str:
        """Return the settings that a rule has in the end in words."""
        is_one = self.tuning == OUTSIDE
        return contestant.describe(score.trial) if is_one else "its own choice with each seed"

    def trial_rows(self) -> list[dict[str, Any]]:
        """Return a dict for each trial: its numbers and the median of its final loss.

        It is empty for rules that tune themselves. The median is over all seeds: it tells how much
        a setting matters, and is no result.
        """
        out = []
        for workload, made in zip(self.workloads, self.results, strict=True):
            for contestant, trials in zip(self.contestants, made, strict=True):
                for trial in range(self.trials if self.tuning == OUTSIDE else 0):
                    values = {name: float(each[trial]) for name, each in contestant.values.items()}
                    loss = float(np.median(trials.final[:, trial]))
                    names = {"workload": workload.title, "rule": contestant.label, "trial": trial}
                    out.append(names | values | {"median loss": loss})
        return out

    def to_text(self) -> str:
        """Return the tables and what may be said as text for a terminal."""
        import pandas as pd

        how = (
            f"chosen by {len(self.choosing)} seeds and reported by {len(self.reporting)} others"
            if self.tuning == OUTSIDE
            else f"by itself with each of {len(self.reporting)} seeds, on {CLOCK} times the steps"
        )
        head = (
            f"{len(self.contestants)} rules, {self.trials} trials each, {how}; "
            f"{self.evaluations:,} gradients, {self.seconds:.1f} s"
        )
        rows = pd.DataFrame(self.rows()).drop(columns=LUCKIEST)
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
        said = self.notes
        notes = [f"note: {each}" for each in said[:MOST_NOTES]]
        notes += [f"note: {len(said) - MOST_NOTES} more in `notes`"] * (len(said) > MOST_NOTES)
        pairs = [] if self.unfair else self.compare_best()
        return "\n".join([head, table, *ranks, *unfair, *notes, *pairs, self.conclude()])

    def compare_best(self) -> list[str]:
        """Return how sure it is that the rule with the best rank beats each other one."""
        best = self.labels[int(np.argmin(self.standing.ranks))]
        return [
            "{} beats {} with probability {:.2f} [{:.2f}, {:.2f}]".format(
                best, other, *self.beats(best, other)
            )
            for other in self.labels
            if other != best
        ]

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
                chosen={name: float(values[score.trial]) for name, values in each.values.items()}
                if self.tuning == OUTSIDE
                else {},
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

    @property
    def notes(self) -> list[str]:
        """A sentence for each choice at the end of its range, and for losses that count alike."""
        said, races = self.edges, zip(self.workloads, self.scores, self.levels, strict=True)
        for workload, scores, levels in races:
            floor = workload.find_floor(levels)
            if any(each.luckiest <= floor for each in scores):
                said.append(
                    f"{workload.title}: losses below {floor:.4g} count as {floor:.4g}: what is "
                    "left there is rounding"
                )
        return said

    @property
    def edges(self) -> list[str]:
        """A sentence for each workload and rule whose chosen lr is the largest that was tried.

        Nothing is unfair about that, but a wider range might change its place.
        """
        said = []
        for workload, scores in zip(self.workloads, self.scores, strict=True):
            for each, score in zip(self.contestants, scores, strict=True):
                rates = each.values.get("lr", np.zeros(1))
                if self.tuning == OUTSIDE and rates[score.trial] == rates.max() > rates.min():
                    said.append(
                        f"{workload.title}, {each.label}: the lr that was chosen is the largest "
                        f"that was tried, {rates.max():.3g}: above its range it may do better"
                    )
        return said

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
        rows[LUCKIEST] = [f"<s>{each:.4g}</s>" for each in rows[LUCKIEST]]
        for name in ("workload", "rule", "settings"):
            rows[name] = rows[name].map(escape)
        table = rows.to_html(index=False, escape=False, float_format=lambda each: f"{each:.4g}")
        return f"<p>{escape(self.conclude())}</p>\n{table}"


def race(
    workloads: BaseWorkload | Problem | Sequence[BaseWorkload | Problem],
    rules: Sequence[Racer | Contestant],
    *,
    trials: int = 20,
    choosing: int = 5,
    reporting: int = 20,
    spaces: Mapping[str, Any] | None = None,
    tuning: str = OUTSIDE,
    seed: int = 0,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    on_trials: Callable[[int, int, Trials], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Race:
    """Race rules that are all tuned alike, and say how sure the outcome is.

    Every rule has the same number of trials, from one quasi-random design over the ranges of its
    sliders (or over those of `spaces`, by its label), the same starts and the same noise. The trial
    with the lowest median loss at the end over the seeds that choose is the rule's; what it reaches
    is read off other seeds. Intervals are of 95 %, by the bootstrap over seeds, the choice of the
    trial within it. With `tuning="self"` no seed chooses: with each one a rule tries its settings
    in short runs, on a clock of three times the steps, and what it then reaches is reported.

    Work is done here while it is quick, then by processes of one thread each, or by any
    `executor`, with the same result to the bit; finished trials are kept in `store`, one SQLite
    file, from which a race that was ended in the middle goes on. `on_progress(done, total)` is told
    the pieces of work, `on_trials(workload, rule, trials)` what arrives; `cancel()` that returns
    True ends the race.

        from optviz import Noisy, surface
        from optviz.sweeps import race

        found = race(Noisy(surface("rosenbrock"), 0.5), ["sgd", "momentum", "adam"])
        print(found.to_text())

    Raises: ValueError: reporting must be a whole number of at least 10, got 3; WorkCanceledError:
        canceled after 3 of 8 pieces
    """
    listed = read_workloads(workloads)
    trials, seed = check_whole("trials", trials, high=MOST), check_whole("seed", seed, low=0)
    if tuning not in (OUTSIDE, ITSELF):
        raise ValueError(f'tuning must be "{OUTSIDE}" or "{ITSELF}", got {tuning!r:.40}')
    count = check_whole("choosing", choosing, high=MOST) if tuning == OUTSIDE else 0
    total = count + check_whole("reporting", reporting, low=LEAST_REPORTS, high=MOST)
    rivals = make_contestants(rules, spaces or {}, trials, seed)
    seeds = tuple(range(2 * MOST * seed, 2 * MOST * seed + total))
    begun = perf_counter()
    levels = tuple(each.find_levels(seeds) for each in listed)
    entries = plan_race(listed, levels, rivals, seeds, trials, tuning, store is not None)
    outcomes = perform_pieces(
        [each.piece for each in entries],
        executor=executor,
        store=store,
        on_progress=on_progress,
        on_outcome=on_trials
        and (lambda place, found: on_trials(*entries[place].where, read_trials([found]))),
        cancel=cancel,
    )
    parts: dict[tuple[int, int], list[Arrays]] = {}
    for entry, outcome in zip(entries, outcomes, strict=True):
        parts.setdefault(entry.where, []).append(outcome)
    results = tuple(
        tuple(read_trials(parts[row, place]) for place in range(len(rivals)))
        for row in range(len(listed))
    )
    pairs = [[(each.final, each.reached) for each in row] for row in results]
    scores = tuple(score_workload(each, count, seed) for each in pairs)
    each_seed = trials if tuning == OUTSIDE else CLOCK
    return Race(
        workloads=listed,
        contestants=rivals,
        trials=trials,
        choosing=seeds[:count],
        reporting=seeds[count:],
        seed=seed,
        results=results,
        scores=scores,
        standing=rank_rules(scores),
        evaluations=sum(each.steps for each in listed) * each_seed * total * len(rivals),
        seconds=perf_counter() - begun,
        tuning=tuning,
        levels=levels,
    )
