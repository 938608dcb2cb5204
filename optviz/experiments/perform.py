"""One run at a time: made once, remembered under everything that it depends on.

When one of six optimizers changes, the runs of the other five are at hand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from optviz.experiments.limits import Fork
from optviz.problems.base import Noisy, Problem
from optviz.problems.surfaces import Surface, surface
from optviz.runs.forks import fork
from optviz.runs.loop import run
from optviz.runs.trajectory import Trajectory
from optviz.specs import parse_spec

SHORT, MANY, FEW = 2_000, 128, 24
"""Of runs of at most SHORT steps MANY are remembered, of longer ones FEW: 100 MB at worst."""

Parameters = tuple[tuple[str, float], ...]


class RunSpec(NamedTuple):
    """Everything that one run depends on."""

    problem: str
    parameters: Parameters
    noise: float
    rule: str
    """The optimizer, switched on."""
    start: tuple[float, ...]
    steps: int
    seed: int
    fork: Fork | None = None
    """The step at which the run is left for another optimizer, if this is such a fork."""


@lru_cache(maxsize=64)
def build_surface(problem: str, parameters: Parameters = ()) -> Surface:
    """Return the surface of a name or formula, its parameters set."""
    return surface(problem, **dict(parameters))


def build_problem(problem: str, parameters: Parameters, noise: float) -> Problem:
    """Return the surface of a name or formula, with noise on each gradient."""
    made = build_surface(problem, parameters)
    return Noisy(made, noise) if noise else made


def make_run(spec: RunSpec) -> Trajectory:
    """Return a run, from memory if it was made before."""
    return (make_long_run if spec.steps > SHORT else make_short_run)(spec)


def _make_run(spec: RunSpec) -> Trajectory:
    """Return a run, its arrays locked, since many pictures will share it."""
    problem = build_problem(spec.problem, spec.parameters, spec.noise)
    if spec.fork:
        parent = make_run(spec._replace(fork=None))
        made = fork(problem, parent, spec.fork.step, spec.fork.rule)
    else:
        rule, schedule, _ = parse_spec(spec.rule)
        made = run(problem, rule, spec.steps, start=spec.start, seed=spec.seed, schedule=schedule)
    arrays = (made.step, made.path, made.losses, made.lr, made.grad, made.sample_loss)
    for array in (*arrays, *made.state.values(), *made.initial.values()):
        if array is not None:
            array.flags.writeable = False
    return made


make_short_run, make_long_run = lru_cache(MANY)(_make_run), lru_cache(FEW)(_make_run)
