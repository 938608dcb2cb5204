"""An experiment performed: the runs of its optimizers, forks and pins, each made once and kept.

A run is a pure function of a few texts and numbers. So when one of six optimizers changes, the
runs of the other five are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from optviz.experiments.limits import Fork, parse_fork
from optviz.problems.base import Problem
from optviz.runs.comparison import Comparison, gathered
from optviz.runs.forks import fork
from optviz.runs.loop import run
from optviz.runs.origin import as_fork, as_pin, from_start
from optviz.runs.trajectory import Trajectory
from optviz.specs import parse_entry, spell_entry

if TYPE_CHECKING:
    from optviz.experiments.surface import Experiment

SHORT, MANY, FEW = 2_000, 128, 24
"""Of runs of at most SHORT steps MANY are remembered, of longer ones FEW: 100 MB at worst."""


class Asked(NamedTuple):
    """What one run depends on."""

    experiment: Experiment
    """One optimizer, switched on, and nothing else beside problem, start, steps, noise, seed."""
    fork: Fork | None = None
    """Where and with what the run goes on, if it is a fork of that experiment's."""


def performed(experiment: Experiment) -> Comparison:
    """The runs of an experiment and their table.

    Raises: ValueError: no optimizer is switched on: switch one on
    """
    own = list(own_runs(experiment))
    pins = list(pinned_runs(experiment))
    if not own and not pins:
        raise ValueError("no optimizer is switched on: switch one on")
    return gathered(experiment.build(), own, experiment.target, pins)


def own_runs(experiment: Experiment) -> Iterator[Trajectory]:
    """The runs of each optimizer that is on, from the start and from further ones, and forks."""
    for index, entry in enumerate(experiment.entries):
        for place, start in enumerate([experiment.start, *experiment.also] if entry.on else []):
            yield from_start(recorded(Asked(alone(experiment, index, start))), index, place)
    for number, text in enumerate(experiment.forks):
        asked = parse_fork(text)
        index = asked.optimizer - 1
        parent = alone(experiment, index, experiment.start)
        yield as_fork(recorded(Asked(parent, asked)), index, number)


def pinned_runs(experiment: Experiment) -> Iterator[tuple[Trajectory, Problem]]:
    """The run of each pin and the problem that it was made on."""
    for number, pin in enumerate(experiment.pinned):
        problem = pin.build()
        yield as_pin(recorded(Asked(pin)), number, problem, experiment.build()), problem


def alone(experiment: Experiment, index: int, start: Any) -> Experiment:
    """The experiment of one of its optimizers, switched on, from one start."""
    entry = parse_entry(experiment.rules[index])
    rules = (spell_entry(entry.rule, entry.schedule),)
    nothing: Any = {"also": (), "forks": (), "pins": (), "target": None, "view": (), "at": None}
    return replace(experiment, rules=rules, start=start, **nothing)


def recorded(asked: Asked) -> Trajectory:
    """The run that was asked for, from memory if it was made before."""
    return (recorded_long if asked.experiment.steps > SHORT else recorded_short)(asked)


def made(asked: Asked) -> Trajectory:
    """The run that was asked for, its arrays locked, since many pictures will share it."""
    experiment, forked = asked
    trajectory = single(experiment) if forked is None else continued(experiment, forked)
    arrays = (trajectory.step, trajectory.path, trajectory.losses, trajectory.lr, trajectory.grad)
    columns = (*trajectory.state.values(), *trajectory.initial.values())
    for array in (*arrays, trajectory.sample_loss, *columns):
        if array is not None:
            array.flags.writeable = False
    return trajectory


recorded_short, recorded_long = lru_cache(MANY)(made), lru_cache(FEW)(made)


def single(experiment: Experiment) -> Trajectory:
    """The run of an experiment with one optimizer."""
    (entry,) = experiment.entries
    return run(
        experiment.build(),
        entry.rule,
        experiment.steps,
        start=experiment.start,
        seed=experiment.seed,
        schedule=entry.schedule,
    )


def continued(experiment: Experiment, asked: Fork) -> Trajectory:
    """The fork of an experiment's one run."""
    parent = recorded(Asked(experiment))
    return fork(experiment.build(), parent, asked.step, asked.rule)
