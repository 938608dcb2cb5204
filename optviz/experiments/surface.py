"""What a person asked for, as a frozen record: in a link, in JSON, and performed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from optviz.experiments.base import Fields, Record, note, parts_of
from optviz.experiments.limits import (
    MOST,
    Fork,
    amount,
    count,
    few,
    finite,
    numbers_of,
    one_of,
    pairs_of,
    parse_fork,
    point,
)
from optviz.specs import number, parse_entry, spell_entry

if TYPE_CHECKING:
    from optviz.problems.base import Problem
    from optviz.problems.surfaces import Surface
    from optviz.runs.comparison import Comparison

MICROSCOPE = ("microscope", *(f"microscope{place}" for place in range(2, 10)))
"""Under the step microscope is the first run, or one of the next eight."""
VIEWS = ("3d", "linear", "evaluations", "field", "arrows", "curvature")
VIEWS += ("distance", "state", "rates", "schedule", *MICROSCOPE)
"""Words for how an experiment is shown; without any: from above, log where it fits, by step."""


def from_version_1(record: Fields) -> Fields:
    """Version 1 had one start and no forks, pins, target and view: they stay at their defaults."""
    return record


@dataclass(frozen=True)
class Experiment(Record):
    """Optimizers that race on a surface, and how the race is shown."""

    rules: tuple[str, ...] = (
        "sgd:lr=0.001",
        "momentum:lr=0.001",
        "rmsprop:lr=0.01",
        "adam:lr=0.05",
    )
    problem: str = "rosenbrock"
    """A surface's name, or a formula in x and y."""
    parameters: tuple[tuple[str, float], ...] = ()
    """Values of the surface's named parameters that are not at their default."""
    start: tuple[float, ...] | None = None
    """Where every run begins; None is the surface's own start."""
    steps: int = 500
    noise: float = 0.0
    """Standard deviation of the Gaussian noise on each gradient."""
    also: tuple[tuple[float, float], ...] = ()
    """Further starts that every optimizer runs from."""
    forks: tuple[str, ...] = ()
    """Runs that go on from a step with another optimizer: `2@120:adam:lr=0.01`, see `Fork`."""
    pins: tuple[str, ...] = ()
    """Runs kept for comparison: each the query of an experiment with one optimizer."""
    target: float | None = None
    """The loss that "steps to target" asks for; None is one that `compare` chooses."""
    view: tuple[str, ...] = ()
    """How the race is shown: words from VIEWS."""
    at: int | None = None
    """The step that is shown; None is the last."""

    lists: ClassVar = {"rules": "rule", "also": "also", "forks": "fork", "pins": "pin"}
    commas: ClassVar = ("view",)
    migrations: ClassVar = {1: from_version_1}

    def __post_init__(self):
        super().__post_init__()
        self._set(steps=count("steps", self.steps), noise=amount("noise", self.noise))
        self._settle_surface()
        self._set(also=tuple(point(each, "also") for each in few("also", self.also)))
        self._set(forks=tuple(self._settled(each).text for each in few("forks", self.forks)))
        self._set(pins=tuple(parse_pin(each).to_query() for each in few("pins", self.pins)))
        if self.target is not None:
            self._set(target=finite("target", self.target))
        words = {one_of("view", each, VIEWS) for each in few("view", self.view)}
        self._set(view=tuple(each for each in VIEWS if each in words))
        if self.at is not None:
            self._set(at=min(count("at", self.at, low=0), self.steps))
        if (work := self.work()) > MOST["work"]:
            raise ValueError(
                f"all runs together make {work} steps, at most {MOST['work']}: "
                "take fewer optimizers, starts or steps"
            )

    def _settle_surface(self) -> None:
        """Leave out of problem, parameters and start what is the surface's own."""
        if not isinstance(self.problem, str):
            raise ValueError(f"problem must be a surface's name or a formula, got {self.problem!r}")
        self._set(parameters=tuple((str(name), float(value)) for name, value in self.parameters))
        surface = self.surface()
        self._set(problem=named_or_typed(surface.name, self.problem))
        own = built(self.problem).formula.parameters if self.parameters else {}
        self._set(parameters=tuple(sorted(set(self.parameters) - set(own.items()))))
        if self.start is not None:
            chosen = point(self.start)
            self._set(start=None if chosen == tuple(surface.start.tolist()) else chosen)

    def _settled(self, text: str) -> Fork:
        """The fork that a text spells, of an optimizer and a step that there are."""
        fork, most = parse_fork(text), len(self.rules)
        if not 1 <= fork.optimizer <= most:
            raise ValueError(f"a fork of optimizer {fork.optimizer}, but they go from 1 to {most}")
        if fork.step >= self.steps:
            last = self.steps - 1
            raise ValueError(f"a fork at step {fork.step}, but the last to fork at is {last}")
        return fork

    def work(self) -> int:
        """The steps of all runs together."""
        on = sum(entry.on for entry in self.entries)
        own = on * (1 + len(self.also)) + len(self.forks)
        return own * self.steps + sum(pin.steps for pin in self.pinned)

    @property
    def pinned(self) -> list[Experiment]:
        """The experiment of each pin."""
        return [parse_pin(text) for text in self.pins]

    def race(self) -> Experiment:
        """The part that the runs depend on: no view, no target, no step that is shown."""
        return replace(self, view=(), at=None, target=None)

    def surface(self) -> Surface:
        """The surface, its parameters set."""
        return built(self.problem, self.parameters)

    def build(self) -> Problem:
        """The problem, noise included."""
        from optviz.problems.base import Noisy

        return Noisy(self.surface(), self.noise) if self.noise else self.surface()

    def perform(self) -> Comparison:
        """The runs of all optimizers that are switched on, of forks and pins, and their table.

        In this order: each optimizer from the start, then from the further starts; forks; pins.
        `about["origin"]` of a run says which it is, see `origins.origin`.
        """
        from optviz.experiments.perform import performed

        return performed(self)

    @classmethod
    def from_query(cls, query: str) -> tuple[Any, list[str]]:
        experiment, sentences = super().from_query(query)
        rules = parts_of(query, []).get("rule", [])
        if experiment.forks and len(rules) not in (0, len(experiment.rules)):
            # A fork names its optimizer by place, and now the places are others.
            note(sentences, "forks are left out, since an optimizer of the link was not understood")
            experiment = replace(experiment, forks=())
        return experiment, sentences

    @classmethod
    def parsers(cls):
        return super().parsers() | {
            "problem": str,
            "parameters": pairs_of,
            "start": partial(numbers_of, "start"),
            "steps": partial(number, "steps"),
            "noise": partial(number, "noise"),
            "also": partial(numbers_of, "also"),
            "forks": str,
            "pins": str,
            "target": partial(number, "target"),
            "view": str,
            "at": partial(number, "at"),
        }


@lru_cache(maxsize=64)
def built(problem: str, parameters: tuple[tuple[str, float], ...] = ()) -> Surface:
    """The surface of a name or formula, which nothing alters, its parameters set."""
    from optviz.problems.surfaces import surface

    return surface(problem, **dict(parameters))


def named_or_typed(name: str, text: str) -> str:
    """The key of a known surface, or else the formula as it was typed."""
    from optviz.problems.surfaces import SURFACES

    return name if name in SURFACES else text.strip()


@lru_cache(maxsize=64)
def parse_pin(text: str) -> Experiment:
    """The experiment of a pin, its one optimizer switched on.

    Raises: ValueError: a pin is the link of one run: ...
    """
    if not isinstance(text, str) or len(text) > MOST["pin"]:
        raise ValueError(f"a pin is the link of one run, of at most {MOST['pin']} characters")
    found, sentences = Experiment.from_query(text)
    if sentences:
        raise ValueError(f"a pin: {sentences[0]}")
    if len(found.rules) != 1 or found.also or found.forks or found.pins:
        raise ValueError("a pin is the link of one run: one rule, no other start, fork or pin")
    entry = parse_entry(found.rules[0])
    return replace(found.race(), rules=(spell_entry(entry.rule, entry.schedule),))
