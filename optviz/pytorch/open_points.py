"""The points of a training that are read but not complete: what is logged finds its point here.

A point is complete when the step that leaves it is made: its loss, learning rate and averages are
known then, in whichever place of the loop the loss is logged.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from optviz.pytorch.point_reader import PointReader
from optviz.pytorch.recording_plan import RecordingPlan
from optviz.runs.recording_files import RowFile
from optviz.runs.recording_rows import MemoryRows, Thinning

NO_RATES = (float("nan"), float("nan"))


@dataclass(eq=False)
class OpenPoint:
    """A point whose row is read and not yet written."""

    step: int
    slot: int
    """The slot that its row is to be written to."""
    place: int
    """The index of its row among those that a reader fills."""
    values: dict[int, Any] = field(default_factory=dict)
    """The values logged for it, by their column."""
    rates: tuple[float, float] = NO_RATES
    """The learning rate and beta1 of the step that leaves it."""
    has_state: bool = False


class PointWriter:
    """The rows of a recording under way, and the open points among them.

    A point is written when it is read, and the rest of its row when its step is made and what is
    logged after that is there.
    """

    def __init__(
        self, model: nn.Module, plan: RecordingPlan, rows: MemoryRows | RowFile, capacity: int
    ):
        self.rows, self.thinning = rows, Thinning(plan.every, capacity - 1)
        self.reader = PointReader(model, plan.named, plan.layout, rows.raw, plan.sketch)
        self.points: list[OpenPoint] = []
        rows.mark(rows.prefix._replace(every=plan.every))

    def is_due(self, steps: int) -> bool:
        """Return True if the point of now is to be recorded; make room where there is none."""
        before, is_due = self.thinning.every, self.thinning.is_due(steps)
        if before != self.thinning.every:
            self.rows.mark(self.rows.prefix._replace(every=self.thinning.every))
        return is_due

    def take(self, steps: int, values: dict[int, Any]) -> None:
        """Read the point of now, with the values that it has unless others are logged."""
        slot = self.thinning.choose_slot()
        place = self.rows.choose_place(slot, [each.place for each in self.points])
        self.reader.read(steps, place)
        self.rows.write(slot, place)
        self.points.append(OpenPoint(steps, slot, place, values))
        self.thinning.add(steps)

    def complete(self, steps: int, is_end: bool = False) -> None:
        """Write the rest of the points that a step has left, or at the end of all.

        Nothing more is logged for them.
        """
        while self.points and self.points[0].step < steps + is_end:
            point = self.points[0]
            if point.step in self.thinning.steps[-2:]:  # else it was thinned meanwhile
                rates = (*point.rates, min(point.step + 1, steps))
                self.reader.write_values(point.place, point.values, rates)
                self.rows.write_rest(point.slot, point.place)
            self.points = self.points[1:]

    def read_state(self, optimizers: Iterable[Any]) -> None:
        """Read the averages of the step that leaves the latest point, or at the end those of it."""
        for point in self.points[-1:]:
            if not point.has_state:
                self.reader.read_state(optimizers, point.place)
                point.has_state = True

    def cut(self, step: int) -> None:
        """Drop the points from a step on, which cannot be recorded."""
        self.points = [each for each in self.points if each.step < step]
        self.thinning.cut(step)

    def begin_with(self, other: PointWriter) -> None:
        """Take over the first point from rows of another layout."""
        place = self.rows.choose_place(0)
        for key, column in self.reader.columns.items():
            known = other.reader.columns.get(key)
            column[place] = np.nan if known is None else known[0]
        self.rows.write(0, place)
        self.thinning.add(0)
        self.points = [replace(other.points[0], place=place)]


def read_rates(optimizer: Any) -> tuple[float, float]:
    """Return the learning rate and beta1 of an optimizer; NaN where it has none.

    The learning rate is NaN where its groups differ in it; beta1 is that of the last group.
    """
    with suppress(TypeError, ValueError, RuntimeError, IndexError, AttributeError):
        *others, group = optimizer.param_groups
        lr = float(group.get("lr", torch.nan))
        if others and any(float(each.get("lr", torch.nan)) != lr for each in others):
            lr = torch.nan
        beta1 = group["betas"][0] if "betas" in group else group.get("momentum", torch.nan)
        return lr, float(beta1)
    return NO_RATES
