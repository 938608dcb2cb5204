"""A run, and a column of the sheet that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.base import Noisy, Problem
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Schedule


class Run(NamedTuple):
    """A run with everything that it was made from."""

    label: str
    problem: Problem
    trajectory: Trajectory
    rule: Rule
    schedule: Schedule

    @property
    def bare(self) -> Any:
        """The problem without its noise."""
        return self.problem.problem if isinstance(self.problem, Noisy) else self.problem


@dataclass
class Column:
    """A column: its heading, its meaning, its formula and the values of the formula.

    Without a formula the values are written as numbers. `initial` is the cell above the first row.
    """

    heading: str
    note: str
    formula: str
    values: np.ndarray
    initial: float | None = None
    key: str = ""
    """Its name in formulas; by default the heading."""
    first: float | None = None
    """The number in the first row, in place of the formula."""
    is_helper: bool = False
    """True for an intermediate result, which is folded away."""

    def __post_init__(self):
        self.key = self.key or self.heading
