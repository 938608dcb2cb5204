"""The learning rate of a row as a formula of its step and the schedule's named settings."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from optviz.schedules import (
    Constant,
    Cosine,
    Exponential,
    LinearWarmup,
    Named,
    OneCycle,
    Schedule,
    Step,
)

HALF_COSINE = "(1+COS(PI()*{}))/2"
TOP = "(schedule_peak*schedule_steps-1)"
"""The step at which one cycle is at its highest."""
UP = f"1+(schedule_start-1)*{HALF_COSINE.format(f'IF({TOP}=0,1,{{step}}/{TOP})')}"
LEFT = f"(schedule_steps-1-{TOP})"
DOWN = HALF_COSINE.format(f"IF({LEFT}>0,MIN(({{step}}-{TOP})/{LEFT},1),1)")

FADING = "IFERROR(schedule_factor^{0},EXP({0}*LN(schedule_factor)))"
"""A power that comes to 0; in Calc the power alone is an error there."""

FACTORS: dict[type, str] = {
    Constant: "1",
    Step: f"IF({{step}}<schedule_every,1,{FADING.format('INT({step}/schedule_every)')})",
    Exponential: f"IF({{step}}=0,1,{FADING.format('{step}')})",
    LinearWarmup: "schedule_start+(1-schedule_start)*MIN({step}/schedule_steps,1)",
    Cosine: "schedule_end+(1-schedule_end)*" + HALF_COSINE.format("MIN({step}/schedule_steps,1)"),
    OneCycle: f"IF({{step}}<={TOP},{UP},schedule_end+(1-schedule_end)*{DOWN})",
}
"""The factor of each named schedule at {step}; 0^0, an error in Excel, never comes up."""


def factor_text(schedule: Schedule) -> str | None:
    """The factor's formula with a place for the {step}; None where it has to be given as values."""
    return FACTORS.get(type(schedule))


def schedule_settings(schedule: Schedule) -> dict[str, float]:
    """The settings of a named schedule by the names that its formula uses."""
    if not isinstance(schedule, Named) or type(schedule) not in FACTORS:
        return {}
    specs: Any = fields(schedule)  # type: ignore[arg-type]
    return {f"schedule_{spec.name}": getattr(schedule, spec.name) for spec in specs}
