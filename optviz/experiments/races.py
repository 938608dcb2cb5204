"""The record of a fair race: what is raced on, by which rules, and at what budgets."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from optviz.experiments.base import Record, Texts, add_sentences
from optviz.experiments.limits import (
    LIMITS,
    check_amount,
    check_count,
    check_length,
    check_option,
    normalize_rule,
)
from optviz.experiments.perform import build_surface
from optviz.experiments.suite import RATING_SETS, SUITE, list_suite
from optviz.problems.surfaces import SURFACES
from optviz.specs import parse_number, parse_spec
from optviz.sweeps.claim_sentences import read_claim, split_claim
from optviz.sweeps.contestants import name_rival
from optviz.sweeps.races import ITSELF, LEAST_REPORTS, OUTSIDE

if TYPE_CHECKING:
    from optviz.sweeps import Claim, Race

TRAINED = (*RATING_SETS, "digits")
"""What is raced on beside surfaces: models that are trained, which take minutes."""
TUNINGS = (OUTSIDE, ITSELF)
MODES = ("race", "claim")


@dataclass(frozen=True)
class RaceExperiment(Record):
    """Rules that race on problems, each tuned by the same number of trials."""

    rules: tuple[str, ...] = ("sgd:lr=0.01", "momentum:lr=0.01", "adam:lr=0.001")
    """The rules; the numbers that a race tunes are its own."""
    problems: tuple[str, ...] = ("himmelblau", "rosenbrock", "ravine")
    """Surfaces, formulas, sets of ratings, "digits"; or "suite" alone: all of them."""
    steps: int = 200
    """The steps of a run on a surface."""
    noise: float = 0.0
    """Standard deviation of the Gaussian noise on each gradient of a surface."""
    trials: int = 20
    """Settings that are tried for each rule."""
    choosing: int = 5
    """Seeds that choose among them."""
    reporting: int = 20
    """Other seeds, which report."""
    tuning: str = OUTSIDE
    """Who tunes a rule: the race, or the rule itself on its own clock."""
    mode: str = MODES[0]
    """What is done: a race, or the check of a claim."""
    claim: str = "adam beats sgd"
    """The claim that is checked on the first problem, unless it names one."""

    lists: ClassVar = {"rules": "rule", "problems": "problem"}
    parsers: ClassVar = Record.parsers | {
        "problems": str,
        **{name: partial(parse_number, name) for name in ("steps", "noise", "trials")},
        **{name: partial(parse_number, name) for name in ("choosing", "reporting")},
        **dict.fromkeys(("tuning", "mode", "claim"), str),
    }

    def __post_init__(self):
        super().__post_init__()
        self._set(problems=tuple(map(name_problem, check_length("problems", self.problems))))
        if not self.problems or (SUITE in self.problems and len(self.problems) > 1):
            raise ValueError('a race has a problem, or "suite" alone: name one')
        if len(set(self.problems)) < len(self.problems):
            raise ValueError(f"each problem is raced on once, got {', '.join(self.problems)}")
        self._set(steps=check_count("steps", self.steps), noise=check_amount("noise", self.noise))
        for name, low in (("trials", 1), ("choosing", 1), ("reporting", LEAST_REPORTS)):
            self._set(**{name: check_count(name, getattr(self, name), low=low)})
        self._set(tuning=check_option("tuning", self.tuning, TUNINGS))
        self._set(mode=check_option("mode", self.mode, MODES), claim=normalize_claim(self.claim))
        labels = self.list_labels()
        if len(set(labels)) < len(labels):
            raise ValueError(
                f"each rule races once, got {', '.join(labels)}: a race tunes lr, beta1, beta2 and "
                "wd itself"
            )
        if (work := self.work()) > (most := LIMITS["gradients"]):
            raise ValueError(
                f"the race computes {work:,} gradients, at most {most:,}: take fewer problems, "
                "rules, trials, seeds or steps"
            )

    def _settle(self, given: Texts, sentences: list[str]) -> RaceExperiment:
        """Say what a race of one rule lacks."""
        if self.mode == "race" and len(self.list_on()) < 2:
            add_sentences(sentences, f"a race needs two rules, got {len(self.list_on())}")
        return self

    def list_on(self) -> list[str]:
        """Return the rules that are switched on, each in its one spelling."""
        return [normalize_rule(text) for text in self.rules if parse_spec(text).on]

    def list_labels(self) -> list[str]:
        """Return the names of the rules in a table."""
        entries = (entry for entry in self.entries if entry.on)
        return [name_rival(entry.rule, entry.schedule) for entry in entries]

    def list_problems(self) -> list[str]:
        """Return the problems, those of the suite one by one."""
        return list_suite() if self.problems == (SUITE,) else list(self.problems)

    def work(self) -> int:
        """Return the gradients that the race computes on surfaces."""
        problems = sum(each not in TRAINED for each in self.list_problems())
        seeds = self.reporting + (self.choosing if self.tuning == OUTSIDE else 0)
        return problems * len(self.rules) * self.steps * self.trials * seeds

    def perform(
        self,
        *,
        executor: Executor | None = None,
        store: str | Path | None = None,
        cache: Path | None = None,
        on_progress: Callable[[int, int], Any] | None = None,
        on_trials: Callable[..., Any] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Race:
        """Hold the race; the arguments are those of `optviz.sweeps.race`.

        Raises: ValueError: a race needs two rules, got 1
        """
        from optviz.experiments.suite import list_workloads
        from optviz.sweeps import race

        rules: list[Any] = [
            (each.rule, each.schedule) if each.schedule else each.rule
            for each in map(parse_spec, self.list_on())
        ]
        counts = {name: getattr(self, name) for name in ("trials", "choosing", "reporting")}
        return race(
            list_workloads(self.problems, self.steps, self.noise, cache=cache),
            rules,
            tuning=self.tuning,
            seed=self.seed,
            executor=executor,
            store=store,
            on_progress=on_progress,
            on_trials=on_trials,
            cancel=cancel,
            **counts,
        )

    def check_claim(
        self,
        *,
        executor: Executor | None = None,
        store: str | Path | None = None,
        cache: Path | None = None,
        on_progress: Callable[[int, int], Any] | None = None,
        on_fetch: Callable[[str, int, int | None], Any] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Claim:
        """Check the claim; the arguments are those of `optviz.sweeps.claim`.

        `on_fetch(what, done, total)` is told how far ratings are fetched, and may raise to stop.
        """
        from optviz.experiments.suite import list_workloads
        from optviz.sweeps import claim

        one, other, where = split_claim(self.claim)
        problem = where or self.list_problems()[0]
        own: Any = {"cache": cache, "progress": on_fetch}
        (workload,) = list_workloads([problem], self.steps, self.noise, **own)
        counts = {name: getattr(self, name) for name in ("trials", "choosing", "reporting")}
        work: dict[str, Any] = {"executor": executor, "store": store, "cancel": cancel}
        text = f"{one} beats {other}"
        return claim(text, workload, seed=self.seed, on_progress=on_progress, **counts, **work)


def normalize_claim(text: Any) -> str:
    """Return the text of a claim in one spelling.

    Raises: ValueError: a claim reads like "adam beats sgd", got "adam is best"
    """
    if not isinstance(text, str) or len(text) > LIMITS["rule"]:
        raise ValueError(f"a claim is a text of at most {LIMITS['rule']} characters")
    where = read_claim(text)[2]
    if where and where not in TRAINED:
        build_surface(where)
    return " ".join(text.split())


def name_problem(text: str) -> str:
    """Return the name of what is raced on in its one spelling.

    Raises: ValueError: no surface "rosenbrok"; nearest: rosenbrock; ...
    """
    if not isinstance(text, str):
        raise ValueError(f"a problem is a surface's name or a formula, got {text!r:.40}")
    if text in (SUITE, *TRAINED):
        return text
    surface = build_surface(text)
    return surface.name if surface.name in SURFACES else text.strip()
