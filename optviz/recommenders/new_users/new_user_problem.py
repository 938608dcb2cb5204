"""The loss of one new user's bias and vector over a few ratings, and its optimum."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.problems.base import ALL, Problem
from optviz.runs.blas_threads import pin_blas

STRENGTH = 5.0
"""Strength of the ridge: the mean user counts as so many ratings along every unit of a factor."""
NEWTON_STEPS = 60
SMALL = 1e-10
"""A Newton step of this size is the last: the next would be of its square."""
ROUNDING = 1e-13
"""The share of a loss that is rounding."""


class NewUserProblem(Problem):
    """The loss of one user's bias and vector: squared errors, and a ridge toward the mean user.

        loss = (sum of (prediction - rating)**2 + strength*|params - mean|**2) / ratings

    Shapes: rows (ratings, n), what the params are multiplied with; offsets, rating (ratings,);
        mean (n,), the start; params (n,) or (n, *runs)
    Units: rating in stars; loss in stars squared
    """

    def __init__(
        self,
        rows: np.ndarray,
        offsets: np.ndarray,
        rating: np.ndarray,
        mean: np.ndarray,
        *,
        strength: float = STRENGTH,
        bounds: tuple[float, float] | None = None,
        names: tuple[str, ...] = (),
        name: str = "a new user",
    ):
        self.rows, self.offsets, self.rating = rows, offsets, rating
        self.mean, self.strength, self.bounds = mean, check_strength(strength), bounds
        self.start, self.names, self.name = mean, names, name
        self.count = max(1, len(rating))

    def predict(self, params: np.ndarray) -> np.ndarray:
        """Predict the user's ratings, (ratings, *runs)."""
        return self._squash(params)[0]

    def loss(self, params):
        """Return the mean squared error plus the ridge."""
        error = self.predict(params) - _stand(self.rating, params)
        shift = params - _stand(self.mean, params)
        total = np.square(error).sum(axis=0) + self.strength * np.square(shift).sum(axis=0)
        return total / self.count

    def grad(self, params, sample=ALL):
        """Return the gradient, (n, *runs)."""
        predicted, slope, _ = self._squash(params)
        error = predicted - _stand(self.rating, params)
        pull = np.tensordot(self.rows.T.astype(params.dtype, copy=False), error * slope, 1)
        return (2 / self.count) * (pull + self.strength * (params - _stand(self.mean, params)))

    def hess(self, params):
        """Return the Hessian, (n, n, *runs)."""
        predicted, slope, bend = self._squash(params)
        weight = slope**2 + (predicted - _stand(self.rating, params)) * bend
        square = np.einsum("ki,kj,k...->ij...", self.rows, self.rows, weight, optimize=True)
        ridge = self.strength * np.eye(len(self.mean))
        return (2 / self.count) * (square + ridge.reshape(ridge.shape + (1,) * (params.ndim - 1)))

    def solve_ridge(self) -> np.ndarray:
        """Return the optimum of the loss linearized at the mean user, (n,), by one solve.

        Without a sigmoid nothing is left out by it: it is the optimum.
        """
        predicted, slope, _ = self._squash(self.mean)
        rows = self.rows * np.reshape(slope, (-1, 1))
        with pin_blas():
            pull = rows.T @ (self.rating - predicted)
            return self.mean + np.linalg.solve(self._add_ridge(rows.T @ rows), pull)

    def solve(self) -> np.ndarray:
        """Return the optimum of the loss, (n,), by Newton's method from the ridge's solution.

        Where the loss curves downward a step uses the squared slopes alone (Gauss and Newton), and
        each step is halved until the loss falls.
        """
        params = self.solve_ridge()
        if self.bounds is None:
            return params
        with pin_blas():
            loss = self.loss(params)
            for _ in range(NEWTON_STEPS):
                step = self._find_step(params)
                size = np.abs(step).max(initial=0.0)
                # Near the optimum the loss is flat to rounding: there the step itself is to trust.
                while size > SMALL and not self.loss(params + step) <= loss + ROUNDING * abs(loss):
                    step, size = step / 2, size / 2
                params = params + step
                loss = self.loss(params)
                if size <= SMALL:
                    break
        return params

    def _find_step(self, params: np.ndarray) -> np.ndarray:
        """Return Newton's step."""
        predicted, slope, bend = self._squash(params)
        error = predicted - self.rating
        pull = self.rows.T @ (error * slope) + self.strength * (params - self.mean)
        weight = slope**2 + error * bend
        square = self._add_ridge(self.rows.T @ (weight[:, None] * self.rows))
        if weight.min(initial=0.0) < 0:
            try:
                np.linalg.cholesky(square)
            except np.linalg.LinAlgError:
                square = self._add_ridge(self.rows.T @ ((slope**2)[:, None] * self.rows))
        return -np.linalg.solve(square, pull)

    def find_spread(self, params: np.ndarray) -> np.ndarray:
        """Return the params' covariance around an optimum, for a noise of 1: (n, n).

        The ratings' squared slopes and the ridge, as a Gaussian around the optimum has them
        (Laplace); before any rating it is the mean user's, 1/strength in every direction.
        """
        slope = self._squash(params)[1]
        rows = self.rows * np.reshape(slope, (-1, 1))
        with pin_blas():
            return np.linalg.inv(self._add_ridge(rows.T @ rows))

    def _add_ridge(self, square: np.ndarray) -> np.ndarray:
        """Add the strength to the diagonal."""
        square.flat[:: len(square) + 1] += self.strength
        return square

    def _squash(self, params: np.ndarray) -> tuple[np.ndarray, Any, Any]:
        """Return the predictions, and their first and second derivative in the score."""
        rows = self.rows.astype(params.dtype, copy=False)
        scores = np.tensordot(rows, params, 1) + _stand(self.offsets, params)
        return squash_with_slopes(scores, self.bounds)


def squash_with_slopes(
    scores: np.ndarray, bounds: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the predictions of scores, and their first and second derivatives in the score."""
    if bounds is None:
        return scores, np.ones_like(scores), np.zeros_like(scores)
    with np.errstate(over="ignore"):  # exp(-score) = inf is a share of exactly 0
        share = 1 / (1 + np.exp(-scores))
    slope = (bounds[1] - bounds[0]) * share * (1 - share)
    return bounds[0] + (bounds[1] - bounds[0]) * share, slope, slope * (1 - 2 * share)


def _stand(values: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Return values (k,) as (k, 1, ...), to stand beside (k, *runs), in the params' dtype."""
    return values.astype(params.dtype, copy=False).reshape(-1, *(1,) * (params.ndim - 1))


def check_strength(strength: Any) -> float:
    """Return the strength of a ridge, which must be a number above 0.

    Raises: ValueError: strength must be above 0 and finite, got 0
    """
    is_number = isinstance(strength, (int, float, np.number)) and not isinstance(strength, bool)
    if not is_number or not 0 < strength < np.inf:
        raise ValueError(f"strength must be above 0 and finite, got {strength!r}")
    return float(strength)
