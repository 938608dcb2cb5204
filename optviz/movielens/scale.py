"""The scale of ratings, told by the ratings."""

import numpy as np


class ScaleFinder:
    """The scale of ratings, found from what most of them are.

    Whole stars run from 1 and half stars from .5, to 5 unless most ratings lie above; what is
    outside is a bad row and not another scale.
    """

    TOPS = (5.0, 10.0, 100.0)

    def __init__(self) -> None:
        self.count = 0
        self.above = dict.fromkeys(self.TOPS, 0)
        self.has_parts = dict.fromkeys(self.TOPS, False)
        """True where a rating up to this top, and above the one before, is not whole."""

    def add(self, rating: np.ndarray) -> None:
        """Count some ratings."""
        self.count += len(rating)
        rest = rating[rating >= 0.5]
        for top in self.TOPS:
            is_above = rest > top
            self.above[top] += int(np.count_nonzero(is_above))
            if not self.has_parts[top]:
                band = rest[~is_above]
                self.has_parts[top] = bool((band != np.floor(band)).any())
            rest = rest[is_above]

    def find(self) -> tuple[float, float]:
        """Return the lowest and the highest rating of the scale."""
        fits = (top for top in self.TOPS if 2 * self.above[top] <= self.count)
        high = next(fits, self.TOPS[-1])
        has_parts = any(self.has_parts[top] for top in self.TOPS if top <= high)
        return 0.5 if has_parts else 1.0, high
