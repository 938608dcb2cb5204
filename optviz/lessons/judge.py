"""The judge: which choice of a question holds, by the runs themselves."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

from optviz.lessons.conditions import Quantity, Read, holds, is_close
from optviz.lessons.record import Question
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory


def judge(question: Question, read: Read) -> list[bool]:
    """Return for each choice of a question whether it holds."""
    plain = [each.holds is not None and holds(each.holds, read) for each in question.choices]
    return [
        held if each.holds is not None else not any(plain)
        for each, held in zip(question.choices, plain, strict=True)
    ]


def find_ties(question: Question, read: Read) -> list[str]:
    """Return the texts of the choices with a comparison that is too close to tell."""
    return [
        each.text
        for each in question.choices
        if any(is_close(one, read) for one in each.holds or ())
    ]


def read_race(comparison: Comparison) -> Read:
    """Return what reads a quantity off the runs of a race, numbered from 1 as in its table.

    Raises: ValueError: no run 4: the race has 3
    """
    rows, runs = comparison.rows(), list(comparison.trajectories.values())
    most = max(run.about.get("steps", run.step[-1]) for run in runs)

    def read(quantity: Quantity) -> float | str:
        if quantity.run > len(runs):
            raise ValueError(f"no run {quantity.run}: the race has {len(runs)}")
        if quantity.at is not None and quantity.at > most:
            raise ValueError(f"no step {quantity.at}: the race has {most}")
        row, run = rows[quantity.run - 1], runs[quantity.run - 1]
        problem = comparison.elsewhere.get(row["optimizer"], comparison.problem)
        return measure_run(quantity, run, row, problem.minima)

    return read


def read_picture(measures: dict[str, float]) -> Read:
    """Return what reads a quantity off the measures of a picture that is no race."""
    return lambda quantity: measures[quantity.measure]


def measure_run(quantity: Quantity, run: Trajectory, row: dict[str, Any], minima: Any) -> Any:
    """Return one quantity of a run; nan for a number that it has not."""
    name, at = quantity.measure, quantity.at
    if name in ("final", "best"):
        return nan if (loss := row[f"{name} loss"]) is None else loss
    if name == "steps":
        return inf if (steps := row["steps to target"]) is None else float(steps)
    if name == "outcome":
        return row["outcome"].partition(" at step ")[0]
    if name == "peak":
        return float(np.max(run.losses))
    if name == "travel":
        return measure_travel(run)
    if name.startswith("turns"):
        return count_turns(run.update[:, "xy".index(name[-1])])
    return measure_point(name, run, at, minima)


def measure_point(name: str, run: Trajectory, at: int | None, minima: Any) -> float:
    """Return a number of one point of a run: that at a step, or the last."""
    places = np.flatnonzero(run.step == at) if at is not None else [len(run.step) - 1]
    if not len(places):
        return nan
    place = int(places[0])
    if name == "lr":
        place = min(place, len(run.lr) - 1)
        return float(run.lr[place]) if place >= 0 else nan
    if name == "loss":
        return float(run.losses[place])
    x, y = map(float, run.path[place])
    if name == "distance":
        with np.errstate(over="ignore"):
            return min((float(np.hypot(x - a, y - b)) for a, b in minima), default=nan)
    return x if name == "x" else y


@np.errstate(over="ignore", invalid="ignore")
def measure_travel(run: Trajectory) -> float:
    """Return the length of a run's path."""
    return float(np.hypot(*run.update.T).sum())


@np.errstate(invalid="ignore")
def count_turns(moves: np.ndarray) -> float:
    """Return how often the sign of the moves changes; a move of 0 has none."""
    signs = np.sign(moves)
    signs = signs[(signs != 0) & np.isfinite(signs)]
    return float(np.count_nonzero(np.diff(signs)))
