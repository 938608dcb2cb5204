"""Runs as a workbook that computes itself: change a learning rate in it, and the run changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.problems.base import Problem
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.schedules import SCHEDULES, Schedule, fit_schedule
from optviz.specs import Racer, parse_rule, parse_schedule, split_settings, to_spec
from optviz.spreadsheets.column import Run
from optviz.spreadsheets.columns import make_columns
from optviz.spreadsheets.workbook_file import load_xlsxwriter

if TYPE_CHECKING:
    from optviz.runs.comparison import Comparison

MOST_RUNS, MOST_ROWS, MOST_CELLS = 20, 5_000, 400_000
"""Limits of a workbook: beyond them, a spreadsheet takes minutes to recalculate."""


def run_to_xlsx(
    problem: Problem,
    trajectories: Trajectory | Mapping[str, Trajectory] | Iterable[Trajectory],
    *,
    rules: Racer | Mapping[str, Racer] | None = None,
    schedules: Schedule | Mapping[str, Schedule] | None = None,
    file: str | Path | None = None,
) -> bytes:
    """Return the bytes of an .xlsx with a sheet for each run, every row a formula of the one above.

    Rule and schedule of a run are those that its record names. Pass others with `rules` and
    `schedules`, by the run's label or one for all. A schedule without a name becomes a column of
    numbers. With `file` the bytes are written there too.

    Raises: ValueError: a workbook holds at most 20 runs, got 21; ...
    """

    def pick(given: Any, label: str) -> Any:
        return given.get(label) if isinstance(given, Mapping) else given

    given: Any = [trajectories] if isinstance(trajectories, Trajectory) else trajectories
    labeled: dict[str, Trajectory] = {}
    if isinstance(given, Mapping):
        labeled.update(given)
    else:
        for number, run in enumerate(given, 1):  # a number where two have the same label
            labeled[run.label if run.label not in labeled else f"{run.label} #{number}"] = run
    runs = [
        resolve_run(problem, label, each, pick(rules, label), pick(schedules, label))
        for label, each in labeled.items()
    ]
    return write_runs(runs, file)


def comparison_to_xlsx(comparison: Comparison, file: str | Path | None = None) -> bytes:
    """Return the bytes of an .xlsx with all runs of a comparison, each on its own problem.

    A run without a step, such as a fork of one that ended earlier, has no sheet; the first sheet
    says so.

    Raises: ValueError: no run has a step to put in a row: ...
    """
    runs, left_out = [], []
    for label, each in comparison.trajectories.items():
        if len(each):
            problem = comparison.elsewhere.get(label, comparison.problem)
            runs.append(resolve_run(problem, label, each))
        else:
            left_out.append(f"{label} has no sheet: {each.ended}")
    if not runs and left_out:
        raise ValueError(f"no run has a step to put in a row: {left_out[0]}")
    return write_runs(runs, file, left_out)


def write_runs(runs: list[Run], file: str | Path | None, left_out: Iterable[str] = ()) -> bytes:
    """Return the workbook of some runs, and write it into a file if one is named."""
    if not 1 <= len(runs) <= MOST_RUNS:
        raise ValueError(f"a workbook holds 1 to {MOST_RUNS} runs, got {len(runs)}")
    columns = [make_columns(each) for each in runs]
    cells = sum(len(own) * len(run.trajectory) for own, run in zip(columns, runs, strict=True))
    if cells > MOST_CELLS:
        most = f"a workbook holds at most {MOST_CELLS:,}: take fewer steps or runs"
        raise ValueError(f"these runs need {cells:,} cells, {most}")
    load_xlsxwriter()
    from optviz.spreadsheets.book import write_book

    return write_book(runs, columns, left_out, file)


def resolve_run(
    problem: Problem, label: str, trajectory: Trajectory, racer: Any = None, schedule: Any = None
) -> Run:
    """Complete a run with its rule, its schedule and its state before the first step."""
    check_run(problem, label, trajectory)
    given = None if racer is None else to_spec(racer)
    try:
        rule = given.rule if given else parse_rule(str(trajectory.about.get("rule", "")))
    except ValueError:
        way = f'pass rules={{"{label}": rule}}'
        raise ValueError(f'the run "{label}" does not say how to make its rule: {way}') from None
    schedule = schedule or (given and given.schedule)
    schedule = schedule or parse_recorded_schedule(label, trajectory, rule)
    if trajectory.state and not trajectory.initial:
        fresh = rule.init(trajectory.start)._asdict()
        trajectory = replace(trajectory, initial={key: np.array(fresh[key]) for key in fresh})
    steps = trajectory.about.get("steps", int(trajectory.step[-1]))
    return Run(label, problem, trajectory, rule, fit_schedule(schedule, steps))


def check_run(problem: Problem, label: str, trajectory: Trajectory) -> None:
    """Refuse a run that does not fit on a sheet."""
    if trajectory.path.ndim != 2:
        runs = trajectory.path.shape[2:]
        raise ValueError(f'"{label}" is many runs at once, {runs}: a sheet holds one')
    if trajectory.grad is None:
        raise ValueError('a workbook needs every step of the run: make it with keep="path"')
    if not len(trajectory):
        raise ValueError(f'"{label}" has no step to put in a row: it {trajectory.ended}')
    if len(trajectory) > MOST_ROWS:
        got = f'"{label}" has {len(trajectory):,}'
        raise ValueError(f"a sheet holds at most {MOST_ROWS:,} steps, {got}: take fewer")
    if len(problem.names) != 2:
        got = f"{problem.name} has {len(problem.start):,}"
        raise ValueError(f"a workbook holds runs of two parameters, {got}")


def parse_recorded_schedule(label: str, trajectory: Trajectory, rule: Rule) -> Schedule | None:
    """Return the schedule that a run's record names, or one that repeats its learning rates."""
    _, _, rest = str(trajectory.about.get("rule", "")).partition(":")
    texts = [each[9:] for each in split_settings(rest) if each.startswith("schedule=")]
    if not texts:
        return None
    if texts[0].partition("(")[0] in SCHEDULES:
        return parse_schedule(texts[0])
    if not getattr(rule, "lr", 0):
        raise ValueError(f'the run "{label}" has a schedule without a name: pass schedules=')
    first, factors = int(trajectory.step[0]), trajectory.lr / rule.lr
    return lambda step: float(factors[step - first])
