"""The part of a record that says on what surface its runs go, from where and how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from optviz.experiments.base import Record
from optviz.experiments.limits import (
    check_amount,
    check_count,
    check_point,
    parse_numbers,
    parse_parameters,
)
from optviz.experiments.perform import build_problem, build_surface
from optviz.problems.base import Problem
from optviz.problems.surfaces import SURFACES, Surface
from optviz.specs import parse_number


@dataclass(frozen=True)
class SurfaceRecord(Record):
    """A frozen experiment on one surface."""

    problem: str = "rosenbrock"
    """A surface's name, or a formula in x and y."""
    parameters: tuple[tuple[str, float], ...] = ()
    """Values of the surface's named parameters that are not at their default."""
    start: tuple[float, ...] | None = None
    """The start of every run; None is the surface's own."""
    steps: int = 500
    noise: float = 0.0
    """Standard deviation of the Gaussian noise on each gradient."""

    parsers: ClassVar = Record.parsers | {
        "problem": str,
        "parameters": parse_parameters,
        "start": partial(parse_numbers, "start"),
        "steps": partial(parse_number, "steps"),
        "noise": partial(parse_number, "noise"),
    }

    def __post_init__(self):
        super().__post_init__()
        self._set(steps=check_count("steps", self.steps), noise=check_amount("noise", self.noise))
        self._set_surface()

    def _set_surface(self) -> None:
        """Leave out of problem, parameters and start what is the surface's own."""
        if not isinstance(self.problem, str):
            raise ValueError(f"problem must be a surface's name or a formula, got {self.problem!r}")
        given = {str(name): float(value) for name, value in self.parameters}
        surface = build_surface(self.problem, tuple(given.items()))
        own = build_surface(self.problem).formula.parameters if given else {}
        changed = sorted(set(given.items()) - set(own.items()))
        name = surface.name if surface.name in SURFACES else self.problem.strip()
        self._set(problem=name, parameters=tuple(changed))
        if self.start is not None:
            start = check_point("start", self.start)
            self._set(start=None if start == tuple(surface.start.tolist()) else start)

    def surface(self) -> Surface:
        """Return the surface, its parameters set."""
        return build_surface(self.problem, self.parameters)

    def build(self) -> Problem:
        """Return the problem, noise included."""
        return build_problem(self.problem, self.parameters, self.noise)
