"""A smooth function on a square, to the last digits of its dtype, from few of its values.

A sum of many sigmoids is analytic: its Chebyshev coefficients fall geometrically, and once they are
below the rounding of the arithmetic the polynomial is as good as the function. Nothing is taken on
trust: where they do not fall that far, or where values that are taken anyway differ, the function
is evaluated at every point.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial.chebyshev import chebvander

FEW = 9
"""Nodes along an axis at first, and at least."""
FALL = {np.dtype(np.float32): 3e-8, np.dtype(np.float64): 2e-14}
"""Share of the least value below which the last coefficients must fall; at the points that are
compared the difference may be ten times as large."""
CHECKS = 31
"""Points at which the polynomial is compared with the function."""

Evaluate = Callable[[np.ndarray], np.ndarray]


def evaluate_smooth(
    evaluate: Evaluate, coords: np.ndarray, steepness: np.ndarray, dtype: np.dtype
) -> np.ndarray:
    """Return the values of a function at points of the square from -1 to 1.

    `steepness` is the largest slope along each axis of a score whose sigmoid is summed: nodes so
    close that none of these rises between two of them unseen.

    Shapes: coords (points, 2), steepness (2,) -> (points,)
    """
    nodes = np.maximum(FEW, np.ceil(np.where(steepness < 1e6, steepness, 1e6) / 2)).astype(int)
    left, goal = len(coords) / 4, FALL[dtype]
    while nodes.prod() <= left:
        left -= nodes.prod()
        factors, least = find_coefficients(evaluate, nodes)
        ends = measure_ends(factors)
        if not (least > 0 and np.isfinite(ends).all()):
            break
        if (ends[:, 1] <= goal * least).all():
            values = evaluate_polynomial(factors, coords)
            some = np.linspace(0, len(coords) - 1, CHECKS).astype(int)
            apart = np.abs(values[some] - evaluate(coords[some]))
            if (apart <= 10 * goal * values[some]).all() and not (values < least / 2).any():
                return values
            break
        nodes = predict_nodes(nodes, ends, goal * least)
    return evaluate(coords)


def find_coefficients(evaluate: Evaluate, nodes: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the Chebyshev coefficients of a function from its values at nodes, and their least."""
    places = [np.cos(np.pi * (np.arange(count) + 0.5) / count) for count in nodes]
    grid = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 2)
    values = evaluate(grid).reshape(nodes)
    turns = [chebvander(each, len(each) - 1).T * (2 / len(each)) for each in places]
    for each in turns:
        each[0] /= 2
    return turns[0] @ values @ turns[1].T, float(values.min())


def measure_ends(factors: np.ndarray) -> np.ndarray:
    """Return the largest coefficient along each axis, and the largest of the last two: (2, 2)."""
    sizes = np.abs(factors)
    return np.array([[sizes.max(), sizes[-2:].max()], [sizes.max(), sizes[:, -2:].max()]])


def predict_nodes(nodes: np.ndarray, ends: np.ndarray, goal: float) -> np.ndarray:
    """Return how many nodes along each axis bring the coefficients down to a goal.

    They fall by about the same factor from each to the next.
    """
    first, last = ends.T
    with np.errstate(divide="ignore"):
        share = np.log(goal / first) / np.log(last / first)
    more = np.ceil(nodes * np.clip(1.1 * share, 1.2, 3.0)).astype(int)
    return np.where(last <= goal, nodes, more)


def evaluate_polynomial(factors: np.ndarray, coords: np.ndarray) -> np.ndarray:
    """Return the polynomial with these Chebyshev coefficients at points (points, 2)."""
    inside = np.clip(coords, -1, 1)
    first, second = (
        chebvander(each, count - 1) for each, count in zip(inside.T, factors.shape, strict=True)
    )
    return np.einsum("pi,pi->p", first @ factors, second)
