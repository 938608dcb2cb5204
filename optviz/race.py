"""An experiment performed: the runs of its optimizers, forks and pins, each made once and kept.

A run is a pure function of a few texts and numbers. So when one of six optimizers changes, the
runs of the other five are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from optviz.checks import Fork, parse_fork
from optviz.comparison import Comparison, gathered, labelled
from optviz.forks import fork
from optviz.problems.base import Problem
from optviz.runs import about_run, run
from optviz.spelling import parse_entry, spell_entry
from optviz.trajectory import Trajectory

if TYPE_CHECKING:
    from optviz.experiment import Experiment

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


def origin(rule: int | None = None, start: int = 0, **special: int) -> dict[str, int | None]:
    """Which run of an experiment this is: numbers of optimizer, start, fork and pin, from 0.

    Start 0 is the main one, start k the k-th further one. The rule of a fork is the one that it
    leaves; a pin has none.
    """
    return {"rule": rule, "start": start, "fork": None, "pin": None} | special


def own_runs(experiment: Experiment) -> Iterator[Trajectory]:
    """The runs of each optimizer that is on, from the start and from further ones, and forks."""
    for index, entry in enumerate(experiment.entries):
        for place, start in enumerate([experiment.start, *experiment.also] if entry.on else []):
            trajectory = recorded(Asked(alone(experiment, index, start)))
            tail = f" from {pair(start)}" if place else ""
            yield labelled(trajectory, trajectory.label + tail, origin=origin(index, place))
    for number, text in enumerate(experiment.forks):
        asked = parse_fork(text)
        index = asked.optimizer - 1
        trajectory = recorded(Asked(alone(experiment, index, experiment.start), asked))
        yield labelled(trajectory, trajectory.label, origin=origin(index, fork=number))


def pinned_runs(experiment: Experiment) -> Iterator[tuple[Trajectory, Problem]]:
    """The run of each pin and the problem that it was made on."""
    for number, pin in enumerate(experiment.pinned):
        trajectory = recorded(Asked(pin))
        same = (pin.problem, pin.parameters) == (experiment.problem, experiment.parameters)
        label = f"pinned: {trajectory.label}" + ("" if same else f" on {surface_words(pin)}")
        yield labelled(trajectory, label, origin=origin(pin=number)), pin.build()


def alone(experiment: Experiment, index: int, start: Any) -> Experiment:
    """The experiment of one of its optimizers, switched on, from one start."""
    entry = parse_entry(experiment.rules[index])
    rules = (spell_entry(entry.rule, entry.schedule),)
    nothing: Any = {"also": (), "forks": (), "pins": (), "target": None, "view": (), "at": None}
    return replace(experiment, rules=rules, start=start, **nothing)


def surface_words(experiment: Experiment) -> str:
    """The surface of an experiment and all its parameters: `ravine condition=10`."""
    values = experiment.surface().formula.parameters
    return " ".join([experiment.problem[:40], *(f"{key}={values[key]:g}" for key in values)])


def pair(point: Any) -> str:
    """A point as a label holds it: `(-1.2, 1)`."""
    return f"({', '.join(f'{each:g}' for each in point)})"


def recorded(asked: Asked) -> Trajectory:
    """The run that was asked for, from memory if it was made before."""
    return (recorded_long if asked.experiment.steps > SHORT else recorded_short)(asked)


def made(asked: Asked) -> Trajectory:
    """The run that was asked for, its arrays locked, since many pictures will share it."""
    experiment, forked = asked
    trajectory = single(experiment) if forked is None else continued(experiment, forked)
    arrays = (trajectory.step, trajectory.path, trajectory.losses, trajectory.lr, trajectory.grad)
    for array in (*arrays, trajectory.sample_loss, *trajectory.state.values()):
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
    """The fork of an experiment's one run; if that ended earlier, the point where it did."""
    parent = recorded(Asked(experiment))
    if asked.step in parent.step[:-1]:
        return fork(experiment.build(), parent, asked.step, asked.rule)
    entry = parse_entry(asked.rule)
    about = about_run(
        experiment.build(), entry.rule, entry.schedule, experiment.steps, experiment.seed
    )
    return replace(
        parent,
        step=parent.step[-1:],
        path=parent.path[-1:],
        losses=parent.losses[-1:],
        lr=parent.lr[:0],
        grad=parent.new[:0],
        state={},
        sample_loss=None,
        about=about | {"label": f"{about['label']} from step {asked.step}", "fork": asked.step},
        ended=f"not begun: the run that it leaves {parent.ended}",
    )
