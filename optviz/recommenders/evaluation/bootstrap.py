"""Intervals of sums over users by resampling the users."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optviz.problems.batches import split_range

CELLS = 4 << 20
"""Weights held at once: a block of resamples times all users."""


class Estimate(NamedTuple):
    """A value with the ends of its interval; NaN where it is not known."""

    value: float
    low: float
    high: float

    @property
    def side(self) -> int:
        """1 or -1 where the whole interval lies above or below 0, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    def write(self, form: str = ".4f") -> str:
        """Return the value and its interval in one number format; a dash without a value."""
        if self.value != self.value:
            return "–"
        if self.low != self.low:
            return format(self.value, form)
        return f"{self.value:{form}} [{self.low:{form}}, {self.high:{form}}]"


def resample_ratios(
    above: np.ndarray, below: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return sums over users as ratios, and the same over users drawn with replacement.

    All columns are taken over the same draws, so that they may be subtracted one from the other.

    Shapes: above, below (users, columns) -> (columns,), (resamples, columns); NaN for 0/0
    """
    users = len(above)
    draws = np.random.default_rng(seed)
    found = np.empty((resamples, above.shape[1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        for span in split_range(resamples, max(1, CELLS // users)):
            size = span.stop - span.start
            drawn = draws.integers(users, size=(size, users)) + users * np.arange(size)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=size * users).reshape(size, users)
            weights = weights.astype(np.float64)
            found[span] = (weights @ above) / (weights @ below)
        return above.sum(0) / below.sum(0), found


def make_estimate(value: float, draws: np.ndarray, level: float) -> Estimate:
    """Return a value with the percentile interval of its resamples.

    A resample without a value, as one that drew no user with a liked movie, is left out. Without
    two different resamples, as with a single user, there is no interval.
    """
    draws = draws[np.isfinite(draws)]
    if not draws.size or draws.min() == draws.max():
        return Estimate(float(value), np.nan, np.nan)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(value), float(low), float(high))
