"""The directions in which a sheet leaves a path: perpendicular to it, of length 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.landscapes.curvature.lanczos import EndsTracker
from optviz.landscapes.curvature.products import open_products
from optviz.landscapes.planes.directions import draw_direction
from optviz.landscapes.planes.polylines import Polyline, measure_norm
from optviz.landscapes.planes.principal_axes import FLAT, find_principal_axes
from optviz.problems.base import Problem, check_problem

RANDOM, PRINCIPAL, GRADIENT, HESSIAN = DIRECTIONS = "random", "principal", "gradient", "hessian"
"""The directions that a sheet may leave a path in."""
TOLERANCE = 1e-3
"""The residual of an eigenvector, as a share of its eigenvalue."""
MOST = 200
"""Points of a path that its principal axis is found from."""


def find_directions(
    path: Polyline,
    direction: Any,
    rows: np.ndarray,
    problem: Problem | None,
    draw: tuple[int, str, bool],
) -> tuple[np.ndarray, str]:
    """Return a direction at some points of a path, and what it is in words.

    `draw` is the seed, the normalization and `biases` of a random direction.

    Shapes: rows (k,), the indices of the points -> (k, n) or (1, n) where it is one for all
    Raises: ValueError: direction must be random, principal, gradient, hessian or an array (n,)
    """
    size = path.points.shape[1]
    if not isinstance(direction, str):
        given = np.atleast_2d(np.asarray(direction, float))
        if given.shape not in ((1, size), path.points.shape):
            raise ValueError(
                f"direction must be ({size},), or {path.points.shape} for one at each point, got "
                f"{np.shape(direction)}"
            )
        return (given if len(given) == 1 else given[rows]), "the given direction"
    if direction == RANDOM:
        return draw_random(path, problem, *draw)
    if direction == PRINCIPAL:
        return find_bend(path)[None], "the axis in which it bends most"
    if direction not in DIRECTIONS:
        names = ", ".join(DIRECTIONS)
        raise ValueError(f'direction must be {names} or an array (n,), got "{direction:.40}"')
    if problem is None:
        raise ValueError(f'direction="{direction}" needs the loss: pass problem=')
    if direction == GRADIENT:
        places = (open_point(problem, path, int(row)) for row in rows)
        return np.stack([where.grad(point) for where, point in places]), "the gradient"
    return follow_curvature(path, rows, problem), "the top Hessian eigenvector"


def draw_random(
    path: Polyline, problem: Problem | None, seed: int, normalize: str, biases: bool
) -> tuple[np.ndarray, str]:
    """Return one random direction with the sizes of the weights at the end of a path, (1, n)."""
    rng = np.random.default_rng(seed)
    if problem is None:
        return rng.normal(size=(1, path.points.shape[1])), "a random direction, not normalized"
    end = np.asarray(path.points[-1], float)
    made = draw_direction(end, check_problem(problem).blocks(), rng, normalize, biases)
    how = "not normalized" if normalize == "none" else f"normalized by {normalize}"
    return made[None], f"a random direction, {how}"


def find_bend(path: Polyline) -> np.ndarray:
    """Return the first principal axis of what a path has beside the line from start to end, (n,).

    Raises: ValueError: the path is a straight line: it bends in no direction
    """
    few = np.unique(np.linspace(0, len(path.points) - 1, MOST).round().astype(int))
    rest = path.points[few].astype(float) - path.points[0]
    line = rest[-1] / (measure_norm(rest[-1]) or 1.0)
    size = measure_norm(rest.ravel())
    rest -= np.outer(rest @ line, line)
    if measure_norm(rest.ravel()) <= FLAT * size:
        raise ValueError(
            'the path is a straight line, it bends in no direction: choose direction="random"'
        )
    return find_principal_axes([rest])[0][0]


def open_point(problem: Problem, path: Polyline, row: int) -> tuple[Problem, np.ndarray]:
    """Return a problem at a point of a path with the buffers of that point, and the point."""
    point = np.asarray(path.points[row]).astype(problem.start.dtype)
    if path.buffers is None or problem.buffers is None:
        return problem, point
    return problem.begin_run(point, {name: each[row] for name, each in path.buffers.items()}), point


def follow_curvature(path: Polyline, rows: np.ndarray, problem: Problem) -> np.ndarray:
    """Return the top Hessian eigenvector at some points, each search begun near the one before."""
    found, tracker = [], EndsTracker(lowest=False, tolerance=TOLERANCE)
    for row in rows:
        with open_products(*open_point(problem, path, int(row))) as (multiply, size):
            found.append(tracker.find(multiply, size).vectors[-1])
    return np.stack(found)


def make_perpendicular(
    path: Polyline, rows: np.ndarray, ways: np.ndarray, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return directions that are perpendicular to a path, of length 1, and the points they are at.

    The path's own direction at a point is that from the point before to the one after it. Points
    where nothing is perpendicular are left out, such as the start of gradient descent for the
    gradient. Signs are chosen so that none points against the one before.

    Shapes: rows (k,); ways (k, n) or (1, n) -> rows (m,), directions (m, n)
    Raises: ValueError: the gradient is zero or parallel to the path everywhere: choose another ...
    """
    made, found, last = [], [], len(path.points) - 1
    for place, row in enumerate(rows):
        way = np.array(ways[place % len(ways)], float)
        size = measure_norm(way)
        before, after = path.points[max(row - 1, 0)], path.points[min(row + 1, last)]
        tangent = np.subtract(after, before, dtype=float)
        tangent /= measure_norm(tangent) or 1.0
        for _ in range(2):  # again: the first time leaves rounding behind
            way -= tangent * np.sum(tangent * way)
        length = measure_norm(way)
        if length > FLAT * size:
            flip = -1.0 if made and np.sum(way * made[-1]) < 0 else 1.0
            made.append(flip * way / length)
            found.append(row)
    if not made:
        raise ValueError(
            f"{what} is zero or parallel to the path everywhere: choose another direction, such "
            'as "random"'
        )
    return np.array(found), np.stack(made)
