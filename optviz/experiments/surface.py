"""The record of a race on a surface: problem, optimizers, starts, forks, pins and view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from math import isfinite
from typing import ClassVar, Self

from optviz.experiments.base import Texts, add_sentences, read_pairs
from optviz.experiments.curves import CURVES
from optviz.experiments.limits import (
    LIMITS,
    check_count,
    check_finite,
    check_length,
    check_option,
    check_point,
    format_field,
    parse_fork,
    parse_numbers,
    switch_on,
)
from optviz.experiments.perform import RunSpec, make_run
from optviz.experiments.surface_base import SurfaceRecord
from optviz.formulas.errors import FormulaError
from optviz.problems.surfaces import SURFACES
from optviz.runs.comparison import Comparison, build_comparison
from optviz.runs.origin import label_fork, label_pin, label_start
from optviz.runs.trajectory import Trajectory
from optviz.specs import parse_number

MICROSCOPE = ("microscope", *(f"microscope{place}" for place in range(2, 10)))
"""The view's words for the step microscope: on the first run, or on one of the next eight."""
PICTURE_WORDS = ("3d", "linear", "evaluations", "best", "field", "arrows", "curvature")
PICTURE_WORDS += ("equal", "stretched")
PLAY = "play"
"""The view's word for an experiment that plays once as it is opened."""


def list_view_words() -> tuple[str, ...]:
    """Return the words for how an experiment is shown, in the order in which a link has them.

    Without any: from above, with equal scales of x and y where the window allows them, losses on a
    log scale where it fits, by step.
    """
    return (*PICTURE_WORDS, *CURVES, *MICROSCOPE, PLAY)


@dataclass(frozen=True)
class Experiment(SurfaceRecord):
    """Optimizers that race on a surface, and how the race is shown."""

    rules: tuple[str, ...] = (
        "sgd:lr=0.001",
        "momentum:lr=0.001",
        "rmsprop:lr=0.01",
        "adam:lr=0.05",
    )
    also: tuple[tuple[float, float], ...] = ()
    """More starts; every optimizer runs from each."""
    forks: tuple[str, ...] = ()
    """Runs that continue another one from a step with another optimizer, see `Fork`."""
    pins: tuple[str, ...] = ()
    """Runs kept for comparison: each the query of an experiment with one optimizer."""
    target: float | None = None
    """The loss of the column "steps to target"; None is one that `compare` chooses."""
    view: tuple[str, ...] = ()
    """The look of the race: words of `list_view_words`."""
    at: int | None = None
    """The step that is shown, or from which it plays; None is the last, or the first to play."""

    lists: ClassVar = {"rules": "rule", "also": "also", "forks": "fork", "pins": "pin"}
    commas: ClassVar = ("view",)
    # Version 1 had no forks, pins, target and view: they stay at their defaults.
    migrations: ClassVar = {1: lambda record: record}
    parsers: ClassVar = SurfaceRecord.parsers | {
        "also": partial(parse_numbers, "also"),
        "forks": str,
        "pins": str,
        "target": partial(parse_number, "target"),
        "view": str,
        "at": partial(parse_number, "at"),
    }

    def __post_init__(self):
        super().__post_init__()
        self._set(also=tuple(check_point("also", each) for each in check_length("also", self.also)))
        self._set(forks=tuple(map(self._normalize_fork, check_length("forks", self.forks))))
        self._set(
            pins=tuple(parse_pin(each).to_query() for each in check_length("pins", self.pins))
        )
        if self.target is not None:
            self._set(target=check_finite("target", self.target))
        known = list_view_words()
        words = {check_option("view", each, known) for each in check_length("view", self.view)}
        self._set(view=tuple(each for each in known if each in words))
        if self.at is not None:
            self._set(at=min(check_count("at", self.at, low=0), self.steps))
        if (work := self.work()) > LIMITS["work"]:
            raise ValueError(
                f"all runs together make {work} steps, at most {LIMITS['work']}: "
                "take fewer optimizers, starts or steps"
            )

    def _normalize_fork(self, text: str) -> str:
        """Return a fork's text in its one spelling; refuse one of no optimizer or step here."""
        fork, most = parse_fork(text), len(self.rules)
        if not 1 <= fork.optimizer <= most:
            raise ValueError(f"a fork of optimizer {fork.optimizer}, but they go from 1 to {most}")
        if fork.step >= self.steps:
            last = self.steps - 1
            raise ValueError(f"a fork at step {fork.step}, but the last to fork at is {last}")
        return fork.text

    def _settle(self, given: Texts, sentences: list[str]) -> Self:
        """Leave out the forks where an optimizer of the link is missing: places have changed."""
        if not self.forks or len(given.get("rule", ())) in (0, len(self.rules)):
            return self
        why = "forks are left out, since an optimizer of the link was not understood"
        add_sentences(sentences, why)
        return replace(self, forks=())

    def work(self) -> int:
        """Return the number of steps of all runs together."""
        on = sum(entry.on for entry in self.entries)
        own = on * (1 + len(self.also)) + len(self.forks)
        return own * self.steps + sum(pin.steps for pin in self.pinned)

    @property
    def pinned(self) -> list[Experiment]:
        """The experiment of each pin."""
        return [parse_pin(text) for text in self.pins]

    def change_problem(self, problem: str) -> tuple[Experiment, str]:
        """Return the experiment on another surface, and what has no place there, "" for nothing.

        A surface brings its own parameters and start, and pins and target belong to the old one. A
        typed formula after another keeps the values of letters that stay, and the starts at which
        it has a value.
        """
        own = {"parameters": (), "start": None, "also": (), "pins": (), "target": None}
        after = replace(self, problem=problem, **own)
        if not {self.problem, after.problem}.isdisjoint(SURFACES):
            return after, ""
        letters = after.surface().formula.parameters
        values = tuple(each for each in self.parameters if each[0] in letters)
        try:
            after = replace(after, parameters=values)
        except FormulaError:  # at these values it is finite nowhere
            values = ()
        value = after.surface().formula.value
        start = self.start if self.start and isfinite(value(*self.start)) else None
        also = tuple(each for each in self.also if isfinite(value(*each)))
        left = [
            f"{name}={format_field(each)}"
            for name, each in self.parameters
            if (name, each) not in values
        ]
        left += [f"start={format_field(self.start)}"] * (start != self.start)
        left += [f"also={format_field(each)}" for each in self.also if each not in also]
        words = f"the new formula has no place for {', '.join(left)}" if left else ""
        return replace(after, start=start, also=also), words

    def race(self) -> Experiment:
        """Return the part that the runs depend on: no view, no target, no step that is shown."""
        bare = object.__new__(type(self))  # a part of an experiment needs no check
        values = {spec.name: getattr(self, spec.name) for spec in fields(self)}
        bare._set(**values | {"view": (), "at": None, "target": None})
        return bare

    def perform(self) -> Comparison:
        """Make the runs of all optimizers that are switched on, of forks and pins.

        In this order: each optimizer from the start, then from the other starts; forks; pins.
        `about["origin"]` of a run says which it is, see `runs.origin`.

        Raises: ValueError: no optimizer is switched on: switch one on
        """
        own, problem = list(self._make_runs()), self.build()
        pins = []
        for place, pin in enumerate(self.pinned):
            other = pin.build()
            made = make_run(pin.plan_run(0, pin.start))
            pins.append((label_pin(made, place, other, problem), other))
        if not own and not pins:
            raise ValueError("no optimizer is switched on: switch one on")
        return build_comparison(problem, own, self.target, pins)

    def _make_runs(self) -> Iterator[Trajectory]:
        """Yield the runs of each optimizer that is on, from each start, then those of the forks."""
        for index, entry in enumerate(self.entries):
            for place, start in enumerate([self.start, *self.also] if entry.on else []):
                yield label_start(make_run(self.plan_run(index, start)), index, place)
        for place, text in enumerate(self.forks):
            fork = parse_fork(text)
            index = fork.optimizer - 1
            plan = self.plan_run(index, self.start)._replace(fork=fork)
            yield label_fork(make_run(plan), index, place)

    def plan_run(self, index: int, start: tuple[float, ...] | None) -> RunSpec:
        """Return what the run of one optimizer from one start depends on."""
        return RunSpec(
            problem=self.problem,
            parameters=self.parameters,
            noise=self.noise,
            rule=switch_on(self.rules[index]),
            start=tuple(self.surface().start.tolist()) if start is None else start,
            steps=self.steps,
            seed=self.seed,
        )


@lru_cache(maxsize=64)
def parse_pin(text: str) -> Experiment:
    """Read the experiment of a pin, its one optimizer switched on."""
    if not isinstance(text, str) or len(text) > LIMITS["pin"]:
        raise ValueError(f"a pin is the link of one run, of at most {LIMITS['pin']} characters")
    holds_pin = not {"pin", "pins"}.isdisjoint(key for key, _ in read_pairs(text, []))
    # Refused before it is read: reading a pin in a pin in a pin doubles the work at each depth.
    found, sentences = (Experiment(), []) if holds_pin else Experiment.from_query(text)
    if sentences:
        raise ValueError(f"a pin: {sentences[0]}")
    if holds_pin or len(found.rules) != 1 or found.also or found.forks:
        raise ValueError("a pin is the link of one run: one rule, no other start, fork or pin")
    return replace(found.race(), rules=(switch_on(found.rules[0]),))
