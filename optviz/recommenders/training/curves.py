"""The losses of a training over its steps and epochs: the one record of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optviz.runs.comparison import make_strict


@dataclass(frozen=True)
class TrainingCurve:
    """The training and validation losses of one optimizer, so far or to the end.

    Shapes: valid (epochs,), after epoch 1, 2, ...; step and train (reports,): the mean loss of the
        mini-batches up to each step. Without `step`, train has one value an epoch.
    Units: losses are mean squared errors in stars squared
    """

    label: str
    kind: str
    """The name of the rule in RULES, which gives the color."""
    valid: Sequence[float]
    train: Sequence[float] = ()
    step: Sequence[int] = ()

    def __post_init__(self):
        for name, kind in (("valid", float), ("train", float), ("step", int)):
            object.__setattr__(self, name, tuple(map(kind, getattr(self, name))))

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss, the first being 1; 0 where there is none."""
        losses = [math.inf if math.isnan(loss) else loss for loss in self.valid]
        return losses.index(min(losses)) + 1 if losses else 0

    @property
    def best(self) -> float:
        """The lowest validation loss; NaN before the end of the first epoch."""
        return self.valid[self.best_epoch - 1] if self.valid else math.nan

    @property
    def last(self) -> float:
        """The validation loss of the last finished epoch; NaN before the end of the first."""
        return self.valid[-1] if self.valid else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON can hold it: lists, with None for what is not finite."""
        return make_strict(vars(self))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TrainingCurve:
        """Read what `to_dict` wrote, from a record that may hold more."""
        columns: Any = [
            [math.nan if value is None else value for value in record[name]]
            for name in ("valid", "train", "step")
        ]
        return cls(record["label"], record["kind"], *columns)
