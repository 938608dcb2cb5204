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
TURN = "(2*schedule_peak*schedule_steps-2)"
"""The step at which its second phase ends, where it has three."""
FADING = "IFERROR(schedule_factor^{0},EXP({0}*LN(schedule_factor)))"
"""A power that goes to 0; in Calc the power alone is an error there."""

FACTORS: dict[type, str] = {
    Constant: "1",
    Step: f"IF({{step}}<schedule_every,1,{FADING.format('INT({step}/schedule_every)')})",
    Exponential: f"IF({{step}}=0,1,{FADING.format('{step}')})",
    LinearWarmup: "schedule_start+(1-schedule_start)*MIN({step}/schedule_steps,1)",
    Cosine: "schedule_end+(1-schedule_end)*" + HALF_COSINE.format("MIN({step}/schedule_steps,1)"),
}
"""The factor of each named schedule at {step}; 0^0, an error in Excel, never comes up."""


def write_factor(schedule: Any) -> str | None:
    """Write the factor of a schedule at {step}; None for one without a name."""
    if type(schedule) is not OneCycle:
        return FACTORS.get(type(schedule))
    middle = ["schedule_start"] if schedule.three_phase else []
    return write_phases(["schedule_start", "1", *middle, "schedule_end"])


def write_phases(stops: list[str]) -> str:
    """Write the value of a cycle at {step} that goes from stop to stop, each on half a cosine."""
    ends = ["0", TOP, *([TURN] if len(stops) > 3 else []), "(schedule_steps-1)"]
    parts = []
    for begin, end, here, there in zip(ends, ends[1:], stops, stops[1:], strict=False):
        length = f"({end}-{begin})" if begin != "0" else end
        done = f"IF({length}>0,MIN(({{step}}-{begin})/{length},1),1)"
        parts.append(f"{there}+({here}-{there})*{HALF_COSINE.format(done)}")
    text = parts.pop()
    for end, part in zip(reversed(ends[1:-1]), reversed(parts), strict=True):
        text = f"IF({{step}}<={end},{part},{text})"
    return text


class Setting(NamedTuple):
    """A cell that a person may change: its name, its value and its meaning."""

    name: str
    value: float
    note: str


def trace_run(run: Run) -> Trace:
    """Return the formulas of a run's rule, which has a beta1 where the schedule cycles one."""
    schedule: Any = run.schedule
    is_cycled = write_beta1(schedule)
    return trace(run.rule.with_values(beta1=schedule.beta1(0)) if is_cycled else run.rule)


def write_beta1(schedule: Any) -> str:
    """Write beta1 at {step}, where a schedule cycles it."""
    if type(schedule) is not OneCycle or not schedule.cycle_momentum:
        return ""
    high, low = "schedule_max_momentum", "schedule_base_momentum"
    return write_phases([high, low, high, *([high] if schedule.three_phase else [])])


def collect_settings(run: Run, traced: Trace) -> list[Setting]:
    """Return the numbers of a run's rule, schedule and formula, with the names of their cells."""
    formulas, labels = (traced.new, *traced.state.values()), _collect_labels(run.rule)
    out = [
        Setting(own, float(traced.hypers[name]), labels.get(name) or "a setting of the rule")
        for name, own in name_cells(traced.hypers).items()
        if not (name == "beta1" and write_beta1(run.schedule))
        if name == "lr" or any(name in find_symbols(each) for each in formulas)
    ]
    schedule: Any = run.schedule
    used = f"{write_factor(schedule)} {write_beta1(schedule)}"
    for spec in fields(schedule) if write_factor(schedule) else ():
        if f"schedule_{spec.name}" not in used:
            continue
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
    traced = trace_run(run)
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
    factor = write_factor(run.schedule)
    if factor is None:
        note = "the schedule's factor of the learning rate: numbers, not formulas"
        yield Column("lr factor", note, "", factors, key="factor")
        factor = "{factor}"
    text = "lr" if factor == "1" else f"(lr*({factor}))"
    yield Column("lr", "the learning rate of this row", text, run.rule.lr * factors)
    if text := write_beta1(run.schedule):
        values = np.array([run.schedule.beta1(each) for each in step[:-1].tolist()])
        yield Column("beta1", "the momentum of this row", text, values)
