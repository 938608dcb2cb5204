"""The record of a training: curves, best and last loss, the thin path, and the trained model."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.trained import Prediction, Trained
from optviz.runs.npz import read_record, write_record
from optviz.runs.trajectory import Trajectory

KIND = "training"


@dataclass(frozen=True, eq=False)
class Training:
    """What training a rating model did. Losses are mean squared errors.

    Shapes: train_step, train_loss (reports,): the mean loss of the mini-batches up to each step;
        valid_loss (epochs,), at the end of each epoch
    Units: losses and baseline in stars squared; seconds of wall time
    """

    trained: Trained
    """The model after the last step."""
    trajectory: Trajectory
    """The thin path, its losses taken over all training ratings without dropout."""
    train_step: np.ndarray
    train_loss: np.ndarray
    valid_loss: np.ndarray
    baseline: float
    """The loss of the bias-only model on the same validation ratings."""
    baseline_strength: float
    """The strength of its regularization, chosen on the training ratings."""
    seconds: float
    ended: str
    """How it ended, in words."""

    @property
    def about(self) -> dict[str, Any]:
        """What was trained, as JSON can hold it: label, rule, data, epochs, batch, seed, ..."""
        return self.trained.about

    @property
    def label(self) -> str:
        """What a legend calls this training."""
        return self.trajectory.label

    @property
    def best(self) -> float:
        """The lowest validation loss; NaN before the end of the first epoch."""
        return float(self.valid_loss[self.best_epoch - 1]) if self.best_epoch else float("nan")

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss, the first being 1; 0 before its end."""
        known = np.where(np.isnan(self.valid_loss), np.inf, self.valid_loss)
        return int(np.argmin(known)) + 1 if len(known) else 0

    @property
    def last(self) -> float:
        """The validation loss at the end of the last epoch that was finished."""
        return float(self.valid_loss[-1]) if len(self.valid_loss) else float("nan")

    def predict(self, data: Ratings, user: int, movie: int | str) -> Prediction:
        """The rating that a user, by published id, would give a movie, by index or title."""
        return self.trained.predict(data, user, movie)

    def words(self) -> str:
        """The result in two sentences."""
        if not len(self.valid_loss):
            return f"{self.label}: {self.ended}, before the end of the first epoch."
        gain = 1 - self.best / self.baseline
        side = f"{abs(gain):.1%} {'below' if gain > 0 else 'above'}"
        return (
            f"{self.label}: validation MSE {self.best:.4f} at best (epoch {self.best_epoch}), "
            f"{self.last:.4f} at last (epoch {len(self.valid_loss)}); {self.ended} in "
            f"{self.seconds:.1f} s. Its best is {side} the bias-only baseline, {self.baseline:.4f}."
        )

    def row(self) -> dict[str, Any]:
        """The result as a row of a table."""
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
        arrays |= {name: getattr(self, name) for name in CURVES}
        arrays |= {name: getattr(self.trajectory, name) for name in PATH}
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Training:
        """The record that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: run.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        scalars = words.pop("record")
        curves = {name: arrays.pop(name) for name in CURVES}
        path: dict[str, Any] = {name: arrays.pop(name) for name in PATH}
        about, ended = words["about"], scalars["ended"]
        trajectory = Trajectory(names=(), about=about, ended=ended, **path)
        return cls(Trained.unpack(words, arrays), trajectory, **curves, **scalars)

    def _repr_html_(self) -> str:
        """The result as an HTML table, for notebooks."""
        cells = {
            name: f"{value:.4f}" if isinstance(value, float) else str(value)
            for name, value in self.row().items()
        }
        head = "".join(f"<th>{escape(name)}</th>" for name in cells)
        body = "".join(f"<td>{escape(text)}</td>" for text in cells.values())
        return f"<table><tr>{head}</tr><tr>{body}</tr></table><p>{escape(self.words())}</p>"


SCALARS = ("baseline", "baseline_strength", "seconds", "ended")
PATH = ("step", "path", "losses", "lr")
CURVES = ("train_step", "train_loss", "valid_loss")
