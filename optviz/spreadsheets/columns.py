"""A run as the columns of a sheet: each a formula of its row and the row above, and its values.

A formula names other columns by key: {x} is column x in the same row, {^x} in the row above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from optviz.formulas.cells import name_cells
from optviz.problems.surfaces import Surface
from optviz.schedules import Constant, Cosine, Exponential, LinearWarmup, OneCycle, Step
from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.problem_columns import make_noise_columns, make_problem_columns
from optviz.spreadsheets.rule_columns import RuleColumns
from optviz.tracing import Trace, find_symbols, trace

HALF_COSINE = "(1+COS(PI()*{}))/2"
TOP = "(schedule_peak*schedule_steps-1)"
"""The step at which one cycle has its highest rate."""
UP = f"1+(schedule_start-1)*{HALF_COSINE.format(f'IF({TOP}=0,1,{{step}}/{TOP})')}"
LEFT = f"(schedule_steps-1-{TOP})"
DOWN = HALF_COSINE.format(f"IF({LEFT}>0,MIN(({{step}}-{TOP})/{LEFT},1),1)")
FADING = "IFERROR(schedule_factor^{0},EXP({0}*LN(schedule_factor)))"
"""A power that goes to 0; in Calc the power alone is an error there."""

FACTORS: dict[type, str] = {
    Constant: "1",
    Step: f"IF({{step}}<schedule_every,1,{FADING.format('INT({step}/schedule_every)')})",
    Exponential: f"IF({{step}}=0,1,{FADING.format('{step}')})",
    LinearWarmup: "schedule_start+(1-schedule_start)*MIN({step}/schedule_steps,1)",
    Cosine: "schedule_end+(1-schedule_end)*" + HALF_COSINE.format("MIN({step}/schedule_steps,1)"),
    OneCycle: f"IF({{step}}<={TOP},{UP},schedule_end+(1-schedule_end)*{DOWN})",
}
"""The factor of each named schedule at {step}; 0^0, an error in Excel, never comes up."""


class Setting(NamedTuple):
    """A cell that a person may change: its name, its value and its meaning."""

    name: str
    value: float
    note: str


def collect_settings(run: Run, traced: Trace) -> list[Setting]:
    """Return the numbers of a run's rule, schedule and formula, with the names of their cells."""
    formulas, labels = (traced.new, *traced.state.values()), _collect_labels(run.rule)
    out = [
        Setting(own, float(traced.hypers[name]), labels.get(name) or "a setting of the rule")
        for name, own in name_cells(traced.hypers).items()
        if name == "lr" or any(name in find_symbols(each) for each in formulas)
    ]
    schedule: Any = run.schedule
    for spec in fields(schedule) if type(schedule) in FACTORS else ():
        value, note = getattr(schedule, spec.name), "a setting of the learning rate's schedule"
        out.append(Setting(f"schedule_{spec.name}", value, note))
    if isinstance(run.bare, Surface):
        parameters = run.bare.formula.parameters
        for name, own in name_cells(parameters, "formula_").items():
            out.append(Setting(own, parameters[name], f"{name} in the formula"))
    return out


def _collect_labels(rule: Any) -> dict[str, str]:
    """Return the label of each number of a rule; a wrapped rule's before its decay's."""
    inner = _collect_labels(rule.rule) if hasattr(rule, "rule") else {}
    specs = type(rule).__dataclass_fields__
    return {name: spec.metadata["label"] for name, spec in specs.items() if spec.metadata} | inner


def make_columns(run: Run) -> list[Column]:
    """Return all columns of a run, in the order in which a row is computed.

    Raises: ValueError: the run "Adam" is not of this rule and problem: its loss differs
    """
    traced = trace(run.rule)
    with np.errstate(all="ignore"):
        columns = [*_make_step_columns(run, traced)]
        for name, values in zip(run.problem.names, run.trajectory.path.T, strict=True):
            columns.append(Column(name, f"{name} before the step", f"{{^new {name}}}", values))
        columns += make_problem_columns(run)
        columns += make_noise_columns(run)
        columns += RuleColumns(run, traced).make_columns()
    recorded = run.trajectory.columns()
    for column in columns:
        if column.heading in recorded:  # they show as recorded, once they agree with the formula
            values = recorded[column.heading][: len(column.values)]
            both = np.isfinite(values) & np.isfinite(column.values)
            size = max(1e-9, np.abs(values[both]).max(initial=0.0))
            if np.any(np.abs(values[both] - column.values[both]) > 1e-6 * size):
                why = f"its {column.heading} differs"
                raise ValueError(f'the run "{run.label}" is not of this rule and problem: {why}')
            column.values = values
    return columns


def _make_step_columns(run: Run, traced: Trace) -> Iterator[Column]:
    """Make the columns of the step's number, and of the learning rate where the rule has one."""
    step, note = run.trajectory.step, "steps made before this row"
    yield Column("step", note, "({^step}+1)", step, first=int(step[0]))
    if "lr" not in traced.hypers:
        return
    factors = np.array([run.schedule(each) for each in step[:-1].tolist()])
    factor = FACTORS.get(type(run.schedule))
    if factor is None:
        note = "the schedule's factor of the learning rate: numbers, not formulas"
        yield Column("lr factor", note, "", factors, key="factor")
        factor = "{factor}"
    text = "lr" if factor == "1" else f"(lr*({factor}))"
    yield Column("lr", "the learning rate of this row", text, run.rule.lr * factors)
