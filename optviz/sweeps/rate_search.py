"""The outcome of a learning-rate finder: what a range test suggests, and what trainings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class RateSearch:
    """The suggestions of a range test, and the short trainings that try them.

    Shapes: rates (steps,); losses and smooth (seeds, steps), nan after the end of a test;
    suggested (seeds,) each; sweep_rates (k,); sweep_losses (seeds, k), inf where a training left
    the finite numbers.
    """

    label: str
    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    suggested: dict[str, np.ndarray]
    """The suggestion of each rule on each seed; nan where the test ended within its first steps."""
    sweep_rates: np.ndarray
    sweep_losses: np.ndarray
    """The mean loss over the last tenth of a short training at each rate."""
    still: np.ndarray
    """The same of a training at lr = 0, on the same batches, (seeds,): one that does not end below
    it has not survived."""
    steps: int

    @property
    def survives(self) -> np.ndarray:
        """True for the rates whose training gains something with every seed, (k,)."""
        return np.all(self.sweep_losses < self.still[:, None], axis=0)

    @property
    def largest(self) -> float:
        """The largest rate up to which every rate of the sweep survives; 0 where none does."""
        falls = np.flatnonzero(~self.survives)
        kept = self.sweep_rates[: falls[0]] if falls.size else self.sweep_rates
        return float(kept[-1]) if kept.size else 0.0

    @property
    def best(self) -> float:
        """The rate of the sweep with the lowest median loss."""
        return float(self.sweep_rates[int(np.argmin(np.median(self.sweep_losses, axis=0)))])

    @property
    def warnings(self) -> list[str]:
        """A sentence for each suggestion beyond the rates that were tried and survived."""
        above = self.sweep_rates[self.sweep_rates > self.largest]
        tried = f", the next rate that was tried, {above[0]:.2g}, does not" if above.size else ""
        said = [
            f"{name} suggests {each.max():.2g}: {self.largest:.2g} survives{tried}"
            for name, each in self.suggested.items()
            if each.max() > self.largest
        ]
        return said + [
            f"{name} suggests {each.min():.2g}, below the first rate of the test, "
            f"{self.rates[0]:.2g}"
            for name, each in self.suggested.items()
            if each.min() < self.rates[0]
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each step of each test, and for each short training.

        Those have the mean loss at their end, and no smoothed one; at lr = 0 too.
        """
        tests = [
            {"part": "range test", "seed": seed, "lr": rate, "loss": loss, "smoothed": smooth}
            for seed, row in enumerate(zip(self.losses, self.smooth, strict=True))
            for rate, loss, smooth in zip(self.rates, *row, strict=True)
            if not np.isnan(loss)
        ]
        rates = [0.0, *self.sweep_rates]
        ends = np.column_stack([self.still, self.sweep_losses])
        return tests + [
            {"part": "short training", "seed": seed, "lr": rate, "loss": loss, "smoothed": np.nan}
            for seed, row in enumerate(ends)
            for rate, loss in zip(rates, row, strict=True)
        ]

    def to_text(self) -> str:
        """Return the suggestions with their spread, what the sweep says, and the warnings."""
        seeds = len(self.losses)
        lines = [f"{self.label}: {self.steps} steps from {self.rates[0]:.2g}, {seeds} seeds"]
        for name, each in self.suggested.items():
            lines.append(
                f"{name:>12}  {np.median(each):.2g}  (from {each.min():.2g} to {each.max():.2g})"
            )
        lines.append(f"short trainings: lowest loss at lr={self.best:.2g}, all survive up to")
        lines[-1] += f" {self.largest:.2g}"
        return "\n".join([*lines, *(f"warning: {each}" for each in self.warnings)])

    def __repr__(self) -> str:
        return f"RateSearch({self.label!r}: best {self.best:.2g}, survives to {self.largest:.2g})"
