"""The curvature of a loss at a point: the Hessian's largest eigenvalues, its trace, its spectrum.

The Hessian itself is never made: all comes from its products with vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optviz.landscapes.curvature.lanczos import Product, Spectrum, find_largest, run_lanczos
from optviz.landscapes.curvature.products import open_products, read_place
from optviz.problems.base import Problem
from optviz.runs.loop import check_whole

DEPTH = 60
"""Lanczos steps from each random vector."""


@dataclass(frozen=True, eq=False)
class Density:
    """The density of all eigenvalues of a Hessian, as weighted points; the weights add up to 1.

    Shapes: values, weights (draws * steps,)
    """

    values: np.ndarray
    weights: np.ndarray
    size: int = 0
    """The number of eigenvalues."""
    name: str = ""
    """Whose they are, such as a problem and a layer of it."""
    statistics: str = ""
    """Words for the buffers that the loss was taken with; empty where there are none."""

    def moment(self, power: int) -> float:
        """Return the mean of a power of the eigenvalues."""
        return float(np.sum(self.weights * self.values**power))

    def smooth(self, at: Any, width: float) -> np.ndarray:
        """Return the density at some values, each point spread to a Gaussian of a width."""
        gaps = (np.asarray(at, float)[..., None] - self.values) / width
        heights = np.exp(-0.5 * gaps**2) / (width * np.sqrt(2 * np.pi))
        return heights @ self.weights


def top_eigenvalues(
    problem: Problem,
    point: Any = None,
    k: int = 5,
    *,
    layer: str | None = None,
    buffers: Any = None,
    start: Any = None,
    seed: int = 0,
) -> Spectrum:
    """Return the k most positive eigenvalues of the Hessian at a point, with their vectors.

    `point` is the problem's start unless given: an array, or a run or a recording, whose end is
    taken with its own buffers. `buffers` are those of an array, such as `run.buffers_at(10)` of
    `run.path[10]`; without them the loss has those that the module was given with, and the result's
    `statistics` says which it was. `start` is a vector to begin with, such as an eigenvector
    nearby. With a `layer`, the name of a tensor such as "fc1.weight" or of a group of them such as
    "fc1", it is the layer's own block of the Hessian: the curvature while all other parameters
    stay.

        from optviz import surface
        from optviz.landscapes.curvature.estimates import top_eigenvalues

        print(top_eigenvalues(surface("rosenbrock"), [1.0, 1.0], 1).values)

    Source: Lanczos' method, scipy.sparse.linalg.eigsh
    Raises: ValueError: k must be at most 2, got 5; the Hessian is not finite at this point
    """
    where, buffers, statistics = read_place(problem, point, buffers)
    rng = np.random.default_rng(check_whole("seed", seed, low=0))
    with open_products(problem, where, layer, buffers) as (multiply, size):
        k = check_whole("k", k, high=size)
        begin = rng.normal(size=size) if start is None else start
        return replace(find_largest(multiply, k, begin), statistics=statistics)


def estimate_trace(
    problem: Problem,
    point: Any = None,
    *,
    draws: int = 100,
    layer: str | None = None,
    buffers: Any = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the trace of the Hessian at a point, or of a layer's block, and its standard error.

    Of as few parameters as draws, or fewer, it is exact, with an error of 0.

        from optviz import surface
        from optviz.landscapes.curvature.estimates import estimate_trace

        print(estimate_trace(surface("rosenbrock"), [1.0, 1.0]))  # exact for so few parameters

    Source: Hutchinson, 1990, with random signs
    Raises: ValueError: draws must be a whole number of at least 2, got 1
    """
    where, buffers, _ = read_place(problem, point, buffers)
    draws = check_whole("draws", draws, low=2)
    rng = np.random.default_rng(check_whole("seed", seed, low=0))
    with open_products(problem, where, layer, buffers) as (multiply, size):
        return sum_diagonal(multiply, size, draws, rng)


def sum_diagonal(
    multiply: Product, size: int, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the trace of a matrix and its standard error: exact where that takes no more."""
    if size <= draws:
        return sum(float(multiply(each) @ each) for each in np.eye(size)), 0.0
    signs = (rng.choice([-1.0, 1.0], size) for _ in range(draws))
    found = np.array([each @ multiply(each) for each in signs])
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(draws))


def estimate_density(
    problem: Problem,
    point: Any = None,
    *,
    draws: int = 10,
    steps: int = DEPTH,
    layer: str | None = None,
    buffers: Any = None,
    seed: int = 0,
) -> Density:
    """Return the density of the eigenvalues of the Hessian at a point, or of a layer's block.

        from optviz import surface
        from optviz.landscapes.curvature.estimates import estimate_density

        found = estimate_density(surface("rosenbrock"), [1.0, 1.0])
        print(found.moment(1))  # the mean eigenvalue; views.density_figure draws all

    Source: stochastic Lanczos quadrature, Golub and Meurant, 2010; Ghorbani et al., 2019
    Raises: ValueError: steps must be a whole number of at least 1, got 0
    """
    where, buffers, statistics = read_place(problem, point, buffers)
    steps = check_whole("steps", steps)
    rng = np.random.default_rng(check_whole("seed", seed, low=0))
    values, weights = [], []
    with open_products(problem, where, layer, buffers) as (multiply, size):
        for _ in range(check_whole("draws", draws)):
            alphas, betas = run_lanczos(multiply, rng.normal(size=size), steps)
            nodes, vectors = np.linalg.eigh(
                np.diag(alphas) + np.diag(betas, 1) + np.diag(betas, -1)
            )
            values.append(nodes)
            weights.append(vectors[0] ** 2 / draws)
    name = f"{problem.name}, {layer}" if layer else problem.name
    return Density(np.concatenate(values), np.concatenate(weights), size, name, statistics)
