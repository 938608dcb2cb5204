"""The record of a training: its losses, its thin path and the trained model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.trained import Prediction, Trained
from optviz.recommenders.training.curves import TrainingCurve
from optviz.runs.npz import read_record, write_record
from optviz.runs.trajectory import Trajectory, modernize_end

if TYPE_CHECKING:
    from optviz.recommenders.training.capsules import Capsule

KIND = "training"


@dataclass(frozen=True, eq=False)
class Training:
    """The record of training a rating model.

    Units: losses and baseline are mean squared errors in stars squared; seconds of wall time
    """

    trained: Trained
    """The model after the last step; where it may stop early, after the best epoch."""
    trajectory: Trajectory
    """The thin path, its losses taken over all training ratings without dropout."""
    curve: TrainingCurve
    baseline: float
    """The loss of the bias-only model on the same validation ratings."""
    baseline_strength: float
    """The strength of its regularization, chosen on the training ratings."""
    seconds: float

    @property
    def about(self) -> dict[str, Any]:
        """The settings of the training, as JSON can hold them: label, rule, data, seed, ..."""
        return self.trained.about

    @property
    def label(self) -> str:
        """The name of the training in a legend."""
        return self.curve.label

    @property
    def ended(self) -> str:
        """The end of the training in words, such as "finished"."""
        return self.trajectory.ended

    @property
    def is_canceled(self) -> bool:
        """True where Ctrl-C or a cancel ended the training."""
        return self.ended.startswith("canceled")

    @property
    def best(self) -> float:
        """The lowest validation loss; NaN before the end of the first epoch."""
        return self.curve.best

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss, the first being 1; 0 before its end."""
        return self.curve.best_epoch

    @property
    def last(self) -> float:
        """The validation loss of the last finished epoch."""
        return self.curve.last

    def predict(
        self, data: Ratings, user: int | None = None, movie: int | str | None = None, **more: Any
    ) -> Prediction:
        """Predict the rating of a movie by a user: see `Trained.predict`."""
        return self.trained.predict(data, user, movie, **more)

    @property
    def start(self) -> Trained:
        """The model before its first step: `train(..., start=file)` reads what it saves."""
        params = self.trajectory.start.astype(self.trained.params.dtype)
        return replace(self.trained, params=params, about={"data": self.about["data"]})

    def capsule(self) -> Capsule:
        """Return what it takes to make this training again: see `Capsule` and `replay`."""
        from optviz.recommenders.training.capsules import Capsule

        return Capsule.of(self)

    def words(self) -> str:
        """Return the result in two sentences."""
        if not self.curve.valid:
            return f"{self.label}: {self.ended}, before the end of the first epoch."
        gain = compare_with_baseline(self.best, self.baseline)
        beside = f"The bias-only baseline has {self.baseline:.4f}."
        if gain is not None:
            side = f"{abs(gain):.1%} {'below' if gain < 0 else 'above'}"
            beside = f"Its best is {side} the bias-only baseline, {self.baseline:.4f}."
        return (
            f"{self.label}: validation MSE {self.best:.4f} at best (epoch {self.best_epoch}), "
            f"{self.last:.4f} at last (epoch {len(self.curve.valid)}); {self.ended} in "
            f"{self.seconds:.1f} s. {beside}"
        )

    def row(self) -> dict[str, Any]:
        """Return the result as a row of a table."""
        return {
            "label": self.label,
            "best": self.best,
            "best epoch": self.best_epoch,
            "last": self.last,
            "baseline": self.baseline,
            "training loss": float(self.trajectory.losses[-1]),
            "seconds": self.seconds,
            "ended": self.ended,
        }

    def to_npz(self, file: str | Path) -> Path:
        """Write the record as an npz file, without pickle, and return its path."""
        words, arrays = self.trained.pack()
        words["record"] = {name: getattr(self, name) for name in SCALARS}
        arrays |= {key: np.array(getattr(self.curve, name)) for name, key in CURVE.items()}
        arrays |= {name: getattr(self.trajectory, name) for name in PATH}
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Training:
        """Read the record that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: run.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        scalars, about = words.pop("record"), words["about"]
        losses: dict[str, Any] = {name: arrays.pop(key) for name, key in CURVE.items()}
        path: dict[str, Any] = {name: arrays.pop(name) for name in PATH}
        ended = modernize_end(scalars.pop("ended"))
        trajectory = Trajectory(names=(), about=about, ended=ended, **path)
        curve = TrainingCurve(about["label"], about["kind"], **losses)
        return cls(Trained.unpack(words, arrays), trajectory, curve, **scalars)

    def _repr_html_(self) -> str:
        """Return the result as an HTML table, for notebooks."""
        import pandas as pd

        table = pd.DataFrame([self.row()]).to_html(index=False, float_format="{:.4f}".format)
        return f"{table}<p>{escape(self.words())}</p>"


def compare_with_baseline(loss: float | None, baseline: float) -> float | None:
    """Return the relative difference of a loss from the baseline's.

    None without a loss, or where the baseline has no error, as where all ratings are equal.
    """
    if loss is None or not baseline > LEAST:
        return None
    return loss / baseline - 1


LEAST = 1e-12
"""The least baseline that a loss is compared with, in stars squared: below it is rounding."""
SCALARS = ("baseline", "baseline_strength", "seconds", "ended")
PATH = ("step", "path", "losses", "lr")
CURVE = {"step": "train_step", "train": "train_loss", "valid": "valid_loss"}
"""The arrays of the curve and their names in a file."""
