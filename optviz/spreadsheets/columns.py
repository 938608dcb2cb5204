"""A run as the columns of a sheet: each a formula of its row and the row above, and its values.

A formula names other columns by key: {x} is column x in the same row, {^x} in the row above.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from optviz.formulas.cells import cell_names
from optviz.problems.surfaces import Surface
from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.problem_columns import noise_columns, problem_columns
from optviz.spreadsheets.rule_columns import RuleColumns, mentions
from optviz.spreadsheets.schedule_cells import factor_text, schedule_settings
from optviz.tracing import Trace, trace


class Settings(NamedTuple):
    """The cells that a person may change: name -> value, and name -> what it is."""

    values: dict[str, float]
    notes: dict[str, str]


def settings_of(run: Run, traced: Trace) -> Settings:
    """The numbers of a run's rule, schedule and formula, by the names of their cells."""
    formulas, labels = (traced.new, *traced.state.values()), _labels(run.rule)
    values: dict[str, float] = {}
    notes: dict[str, str] = {}
    for name, own in cell_names(traced.hypers).items():
        if name == "lr" or any(mentions(each, (name,)) for each in formulas):
            values[own] = float(traced.hypers[name])
            notes[own] = labels.get(name) or "a setting of the rule"
    for name, value in schedule_settings(run.schedule).items():
        values[name], notes[name] = value, "a setting of the learning rate's schedule"
    if isinstance(run.bare, Surface):
        parameters = run.bare.formula.parameters
        for name, own in cell_names(parameters, "formula_").items():
            values[own], notes[own] = parameters[name], f"{name} in the formula"
    return Settings(values, notes)


def _labels(rule: Any) -> dict[str, str]:
    """The label of each number of a rule, the inner rule's before the decay's around it."""
    inner = _labels(rule.rule) if hasattr(rule, "rule") else {}
    fields = type(rule).__dataclass_fields__
    own = {name: spec.metadata["label"] for name, spec in fields.items() if spec.metadata}
    return own | inner


def columns_of(run: Run) -> list[Column]:
    """All columns of a run, in the order in which a row is computed.

    Raises: ValueError: the run "Adam" is not of this rule and problem: its loss differs
    """
    traced = trace(run.rule)
    with np.errstate(all="ignore"):
        columns = [*_step_columns(run, traced), *_param_columns(run)]
        columns += problem_columns(run)
        columns += noise_columns(run)
        columns += RuleColumns(run, traced).columns()
    recorded = run.trajectory.columns()
    for column in columns:
        if column.heading in recorded:
            _settle(column, recorded[column.heading][: len(column.values)], run.label)
    return columns


def _settle(column: Column, recorded: np.ndarray, label: str) -> None:
    """Give a column the recorded values, which are those of its formula.

    Raises: ValueError: the run "Adam" is not of this rule and problem: its loss differs
    """
    both = np.isfinite(recorded) & np.isfinite(column.values)
    size = max(1e-9, np.abs(recorded[both]).max(initial=0.0))
    if np.any(np.abs(recorded[both] - column.values[both]) > 1e-6 * size):
        raise ValueError(
            f'the run "{label}" is not of this rule and problem: its {column.heading} differs'
        )
    column.values = recorded


def _step_columns(run: Run, traced: Trace) -> Iterator[Column]:
    """The number of the step, and the learning rate where the rule has one."""
    step, note = run.trajectory.step, "steps made before this row"
    yield Column("step", "step", note, "({^step}+1)", step, first=int(step[0]), at_end=True)
    if "lr" not in traced.hypers:
        return
    factors = np.array([run.schedule(each) for each in step[:-1].tolist()])
    factor = factor_text(run.schedule)
    if factor is None:
        note = "what the schedule multiplies the learning rate by: numbers, not formulas"
        yield Column("factor", "lr factor", note, "", factors)
        factor = "{factor}"
    text = "lr" if factor == "1" else f"(lr*({factor}))"
    yield Column("lr", "lr", "the learning rate of this row", text, run.rule.lr * factors)


def _param_columns(run: Run) -> Iterator[Column]:
    for name, values in zip(run.problem.names, run.trajectory.path.T, strict=True):
        yield Column(name, name, f"{name} before the step", f"{{^new {name}}}", values, at_end=True)
