"""An experiment as data with which the browser makes the runs, see optviz/javascript/race.js."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from optviz.experiments.limits import LIMITS, parse_fork
from optviz.experiments.perform import build_surface
from optviz.experiments.surface import Experiment
from optviz.javascript import emit_surface
from optviz.problems.base import Noisy
from optviz.problems.surfaces import STARTS, SURFACES, Surface
from optviz.specs import parse_spec
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.colors import COLORS, DASHES, GROUPS, SPARE, SYMBOLS
from optviz.views.live.entries import Modules, Record, add_module, describe_entry

LOOKS = {
    "colors": COLORS,
    "spare": SPARE,
    "order": GROUPS,
    "dashes": DASHES,
    "symbols": SYMBOLS,
}
"""The colors of rules, and the dashes and marks of runs, as the browser's styles need them."""


def pack_samples(steps: int, seed: int) -> Any:
    """Return the noise of a run for a size of 1, packed."""
    return pack_arrays(draw_samples(steps, seed))


@lru_cache(maxsize=16)
def draw_samples(steps: int, seed: int) -> np.ndarray:
    """Return the noise of a run for a size of 1, two numbers a step.

    Those of fewer steps are the first of those of more.
    """
    samples = np.ravel(list(Noisy(build_surface("bowl"), 1.0).samples(steps, seed)))
    samples.flags.writeable = False
    return samples


def describe_experiment(
    experiment: Experiment, write_samples: Callable[[int, int], Any] = pack_samples
) -> Record:
    """Return an experiment as JSON can hold it, with all that its runs need in a browser.

    `samples` are standard normal numbers, two a step: times `noise` they are the very samples that
    `Noisy` draws, so that another size of the noise needs no other ones. None without noise, else
    what `write_samples` makes of steps and seed. `start` is always a point; one at the problem's
    `home` goes with it where the parameters of a typed formula move that. A `target` of None is
    chosen as `compare` does.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    modules: Modules = {}
    record, *pins = (
        {
            **_describe(each, modules),
            "samples": write_samples(each.steps, each.seed) if each.noise else None,
        }
        for each in (experiment, *experiment.pinned)
    )
    record["pins"] = pins
    limits = {name: LIMITS[name] for name in ("steps", "work", "rules", "also", "forks", "pins")}
    return record | {"modules": modules, "looks": LOOKS, "limits": limits}


def _describe(experiment: Experiment, modules: Modules) -> Record:
    """Return an experiment without pins and samples; the texts of its modules go to `modules`."""
    surface, steps = experiment.surface(), experiment.steps
    forks = [parse_fork(text) for text in experiment.forks]
    return {
        "problem": describe_problem(surface, experiment.problem, modules),
        "steps": steps,
        "noise": experiment.noise,
        "seed": experiment.seed,
        "start": list(experiment.start or surface.start.tolist()),
        "also": [list(each) for each in experiment.also],
        "rules": [describe_entry(entry, steps, modules) for entry in experiment.entries],
        "forks": [
            {
                "optimizer": each.optimizer,
                "step": each.step,
                "rule": describe_entry(parse_spec(each.rule), steps, modules, each.step),
            }
            for each in forks
        ],
        "pins": [],
        "target": experiment.target,
    }


def describe_problem(surface: Surface, name: str, modules: Modules) -> Record:
    """Return a surface as data; its minima are known while its parameters are in their ranges."""
    return {"module": add_module(modules, write_surface(name)), **describe_surface(surface)}


def describe_surface(surface: Surface) -> Record:
    """Return a surface as data, but for its module: a browser may read its `formula` itself."""
    return {
        "name": surface.name,
        "title": surface.title,
        "formula": surface.formula.text,
        "latex": surface.latex(),
        "group": surface.group,
        "note": surface.note,
        "source": surface.source,
        "isTyped": surface.name not in SURFACES,
        "parameters": surface.formula.parameters,
        "ranges": {key: list(map(float, each)) for key, each in surface.parameters.items()},
        "window": [list(each) for each in surface.window],
        "home": surface.start.tolist(),
        "starts": [list(each) for each in STARTS],
        "minima": [list(each) for each in surface.known_minima],
        "log": surface.log,
        "names": list(surface.names),
    }


@lru_cache(maxsize=128)
def write_surface(name: str) -> str:
    """Return the module of a surface, whatever its parameters are."""
    return emit_surface(build_surface(name))
