"""From a comparison that was made to the experiment that makes it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optviz.experiments.surface import Experiment
from optviz.problems.base import Noisy, Problem
from optviz.problems.surfaces import SURFACES, Surface
from optviz.runs.comparison import Comparison
from optviz.runs.origin import make_origin
from optviz.runs.trajectory import Trajectory


def recover_experiment(race: Comparison) -> Experiment:
    """Return the experiment whose `perform()` makes these runs; labels of one's own are left out.

    Raises: ValueError: an experiment is a race on a surface, and line is none
    """
    origins = [(run.about.get("origin") or {}, run) for run in race.trajectories.values()]
    firsts = {each["rule"]: run for each, run in origins if each == make_origin(each.get("rule"))}
    if not firsts:
        raise ValueError("an experiment needs the runs of compare() or perform()")
    first, also, forks, pins = next(iter(firsts.values())), {}, [], []
    place = {rule: number for number, rule in enumerate(firsts, 1)}
    for origin, run in origins:
        if origin.get("pin") is not None:
            problem = race.elsewhere.get(run.label, race.problem)
            pins.append(Experiment(**describe_run(problem, run)).to_query())
        elif origin.get("fork") is not None:
            forks.append(f"{place[origin['rule']]}@{run.about['fork']}:{run.about['rule']}")
        elif origin["start"]:
            also[origin["start"]] = tuple(map(float, run.start))
    settings = describe_run(race.problem, first) | {
        "rules": tuple(run.about["rule"] for run in firsts.values()),
        "also": tuple(also.values()),
    }
    found = Experiment(**settings, forks=tuple(forks), pins=tuple(pins))
    return found if found.perform().target == race.target else replace(found, target=race.target)


def describe_run(problem: Problem, run: Trajectory) -> dict[str, Any]:
    """Return the fields of an experiment that makes one run."""
    bare = problem.problem if isinstance(problem, Noisy) else problem
    if not isinstance(bare, Surface):
        raise ValueError(f"an experiment is a race on a surface, and {problem.name} is none")
    known = SURFACES.get(bare.name)
    is_known = known is not None and known.formula.text == bare.formula.text
    return {
        "problem": bare.name if is_known else bare.formula.text,
        "parameters": tuple(bare.formula.parameters.items()),
        "noise": problem.sigma if isinstance(problem, Noisy) else 0.0,
        "rules": (run.about["rule"],),
        "start": tuple(map(float, run.start)),
        "steps": run.about["steps"],
        "seed": run.about["seed"],
    }
