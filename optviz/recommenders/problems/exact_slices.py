"""Problems whose losses at many points of a line or a plane are summed from factors."""

from __future__ import annotations

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.blas_threads import pin_blas


class ExactSlices(Problem):
    """A problem that has its losses on a line or a plane at once: `sum_losses` says how.

    The arithmetic is in `start`'s dtype, sums in float64. Points whose terms overflow, which leaves
    no number, are evaluated one by one.
    """

    def sum_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at points of a line or a plane, NaN where terms overflow.

        Shapes: origin (n,); axes (k, n); coords (points, k) -> (points,)
        """
        raise AttributeError(f"{type(self).__name__} has no sum_losses")

    def plane_losses(self, origin: np.ndarray, axes: np.ndarray, coords: np.ndarray) -> np.ndarray:
        """Return the losses at origin + a*axes[0] + b*axes[1] for each (a, b) of coords.

        Shapes: origin (n,); axes (2, n); coords (points, 2) -> (points,)
        """
        given = tuple(np.asarray(each, float) for each in (origin, axes, coords))
        with pin_blas(), np.errstate(over="ignore", invalid="ignore"):
            losses = self.sum_losses(*given)
            lost = np.isnan(losses)
            if lost.any() and all(np.isfinite(each).all() for each in given):
                points = (given[0] + each @ given[1] for each in given[2][lost])
                losses[lost] = [self.loss(each.astype(self.start.dtype)) for each in points]
        return losses

    def line_losses(
        self, origin: np.ndarray, direction: np.ndarray, coords: np.ndarray
    ) -> np.ndarray:
        """Return the losses at origin + t*direction for each t of coords: a plane of one axis.

        Shapes: origin, direction (n,); coords (points,) -> (points,)
        """
        return self.plane_losses(origin, np.asarray(direction)[None], np.asarray(coords)[:, None])
