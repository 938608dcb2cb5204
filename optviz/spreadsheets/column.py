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
    """One run and what it was made of."""

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
    """One column: its key, its heading, what it means, its formula and what that gives.

    Without a formula the values are written as numbers. `initial` is the cell above the first row.
    """

    key: str
    heading: str
    note: str
    formula: str
    values: np.ndarray
    initial: float | None = None
    first: float | None = None
    """The number that stands in the first row in place of the formula."""
    helper: bool = False
    """Whether it is an intermediate result, folded away."""
    at_end: bool = False
    """Whether it has a value at the last point too, from which no step was made."""
