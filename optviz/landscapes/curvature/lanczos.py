"""Lanczos' method: eigenvalues of a symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.extras import load_package

Product = Callable[[np.ndarray], np.ndarray]
"""Multiplies a symmetric matrix with a vector (n,)."""
NEAR, NOISE = 3, 0.05
"""The outermost directions at each end that the next search begins with, and noise beside them."""
FIRST = 1e-4
"""The tolerance of a search from noise, which might else settle on another eigenvalue."""
LEAST = 4
"""Products that a search takes at least."""
FEW = 64
"""Up to so many rows a matrix is made whole."""
NUMBERS = 30_000_000
"""Numbers that the vectors of one run of steps take together, at most: 240 MB."""


class NotFiniteError(ValueError):
    """A point, or the Hessian there, is not finite."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of a Hessian that are largest, the most positive first.

    Shapes: values (k,); vectors (k, n), orthonormal
    """

    values: np.ndarray
    vectors: np.ndarray
    products: int
    """Products of the Hessian with a vector that it took."""
    statistics: str = ""
    """Words for the buffers that the loss was taken with; empty where there are none."""


@dataclass(frozen=True, eq=False)
class Ends:
    """The two ends of a spectrum, lowest and highest, and how closely they are known.

    Shapes: values (2,); vectors (2, n); start (n,), a direction to begin with nearby
    """

    values: np.ndarray
    vectors: np.ndarray
    start: np.ndarray
    products: int
    is_settled: bool
    """True where the error asked for was reached."""


def find_largest(multiply: Product, k: int, start: Any) -> Spectrum:
    """Return the k most positive eigenvalues, to rounding, with their vectors.

    Source: scipy.sparse.linalg.eigsh (ARPACK)
    Raises: ValueError: the 5 largest eigenvalues do not settle: ask for fewer of them
    """
    count, begin = 0, np.asarray(start, float).ravel()
    if begin.size <= max(FEW, 2 * k + 1):
        values, vectors = find_all(multiply, begin.size)
        return Spectrum(values[: -k - 1 : -1], vectors[: -k - 1 : -1], begin.size)
    linalg: Any = load_package("scipy.sparse.linalg", "the curvature of a loss", "app")
    if not begin.any():
        raise ValueError("start must be a direction, got a vector of zeros: leave it out")

    def product(vector: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        return multiply(vector)

    operator = linalg.LinearOperator((begin.size, begin.size), matvec=product, dtype=float)
    try:
        values, vectors = linalg.eigsh(operator, k, which="LA", v0=begin)
    except linalg.ArpackNoConvergence:
        hint = "ask for fewer of them"
        raise ValueError(f"the {k} largest eigenvalues do not settle: {hint}") from None
    except linalg.ArpackError as error:
        hint = "the Hessian may be 0 or hold extreme numbers there"
        raise ValueError(
            f"the eigenvalues cannot be found at this point ({error}): {hint}"
        ) from None
    order = np.argsort(values)[::-1]
    return Spectrum(values[order], vectors.T[order], count)


def find_all(multiply: Product, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all eigenvalues of a small matrix, rising, and their vectors as rows."""
    whole = np.array([multiply(each) for each in np.eye(size)])
    values, vectors = np.linalg.eigh((whole + whole.T) / 2)
    return values, vectors.T


def find_ends(
    multiply: Product,
    start: np.ndarray,
    *,
    lowest: bool = True,
    tolerance: float = 1e-3,
    most: int = 300,
) -> Ends:
    """Return the two ends of a spectrum, or the highest alone where the lowest is not asked for.

    It ends once the residual of each is at most `tolerance` times the largest absolute value: the
    error of a value is mostly about the square of that. One set of steps finds both ends. ARPACK's
    limit is relative to each value: it would settle a lowest one near zero to far more digits.
    Where `most` products do not do, the values are those reached.
    """
    if start.size <= LEAST:
        values, vectors = find_all(multiply, start.size)
        return Ends(values[[0, -1]], vectors[[0, -1]], start, start.size, True)
    depth = int(np.clip(NUMBERS // start.size, 2 * LEAST, 60))
    wanted, made = ([0, -1] if lowest else [-1]), 0
    while True:
        steps = LanczosSteps(multiply, start)
        while True:
            is_last = steps.advance() or len(steps.alphas) >= depth or made + 1 >= most
            made += 1
            values, parts = steps.solve()
            errors = steps.residual * np.abs(parts[-1, wanted])
            is_settled = bool(errors.max() <= tolerance * np.abs(values).max())
            if is_last or (is_settled and len(steps.alphas) >= LEAST):
                break
        basis = np.array(steps.basis[: len(parts)])
        near = [*range(-NEAR, 0), *(range(NEAR) if lowest else ())]
        start = parts[:, [place for place in near if -len(parts) <= place < len(parts)]].sum(1)
        start = start @ basis
        if is_settled or made >= most:
            return Ends(values[[0, -1]], parts[:, [0, -1]].T @ basis, start, made, is_settled)


class EndsTracker:
    """A search for the ends of spectra at points one after another, each near the last.

    It begins with the directions of the last point's several outermost eigenvalues and some noise:
    a start that is the last top eigenvector alone shows no other one that has overtaken it.
    """

    def __init__(self, *, lowest: bool, tolerance: float, seed: int = 0):
        self.lowest, self.tolerance, self.seed = lowest, tolerance, seed
        self.rng = np.random.default_rng(seed)
        self.products = 0
        self.near: np.ndarray | None = None

    def begin_anew(self) -> EndsTracker:
        """Return a tracker that knows no point yet."""
        return EndsTracker(lowest=self.lowest, tolerance=self.tolerance, seed=self.seed)

    def find(self, multiply: Product, size: int) -> Ends:
        """Return the ends at the next point."""
        start, tolerance = self.rng.normal(size=size), self.tolerance
        if self.near is None:
            tolerance = min(tolerance, FIRST)
        else:
            start *= NOISE / np.linalg.norm(start)
            start += self.near / np.linalg.norm(self.near)
        found = find_ends(multiply, start, lowest=self.lowest, tolerance=tolerance)
        self.near, self.products = found.start, self.products + found.products
        return found


class LanczosSteps:
    """The orthonormal vectors and the tridiagonal matrix of Lanczos' steps from a start.

    Each vector is made orthogonal to all before it, twice: rounding would repeat eigenvalues.
    """

    def __init__(self, multiply: Product, start: np.ndarray):
        self.multiply = multiply
        self.basis = [start / np.linalg.norm(start)]
        self.alphas: list[float] = []
        self.betas: list[float] = []
        self.residual = np.inf
        """The length of what the last product has outside of the vectors."""

    def advance(self) -> bool:
        """Make one step, and return True where it was the last: the start has no part elsewhere."""
        after = self.multiply(self.basis[-1])
        self.alphas.append(float(after @ self.basis[-1]))
        rows = np.array(self.basis)
        for _ in range(2):
            after = after - rows.T @ (rows @ after)
        self.residual = float(np.linalg.norm(after))
        if not np.isfinite(self.residual):
            raise NotFiniteError("the Hessian is too large for its numbers at this point")
        is_full = len(self.basis) == len(after)
        if is_full or self.residual <= 1e-10 * max(1.0, *map(abs, self.alphas)):
            self.residual = 0.0
            return True
        self.betas.append(self.residual)
        self.basis.append(after / self.residual)
        return False

    def solve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues of the tridiagonal matrix and its eigenvectors, as columns."""
        between = self.betas[: len(self.alphas) - 1]
        return np.linalg.eigh(np.diag(self.alphas) + np.diag(between, 1) + np.diag(between, -1))


def run_lanczos(multiply: Product, start: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the diagonal and the off-diagonal of the tridiagonal matrix of some Lanczos steps."""
    made = LanczosSteps(multiply, start)
    for _ in range(min(steps, start.size)):
        if made.advance():
            break
    return np.array(made.alphas), np.array(made.betas[: len(made.alphas) - 1])
