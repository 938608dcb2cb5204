"""Local minima of a problem of two parameters within a window, found and refined."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from optviz.landscapes.grid import check_window, loss_grid
from optviz.problems.base import Problem

MOST = 24
"""The minima that a list has, the lowest first."""
SIZE = 241
"""Points on each side of the grid on which they are looked for."""
ALIKE = 1e-4
"""Minima nearer than this part of the window are one."""
RESTS = 1e-5
"""A point rests where a Newton step is shorter than this part of the window."""
PARTS = (1.0, 0.5, 0.2, 0.05, 0.01)
"""Of a Newton step, which alone may lead up."""
DIRECTIONS = np.array([each for each in product((-1, 0, 1), repeat=2) if any(each)], float)


def find_minima(
    problem: Problem, window: tuple[tuple[float, float], ...] | None = None, size: int = SIZE
) -> np.ndarray:
    """Return the local minima within a window, the lowest first, of equal losses as x and y grow.

    They are looked for on a grid, and refined by steps that only go down until no neighbor is
    lower; the problem's known minima are among them. One that is narrower than the grid's cells
    may be missed; of a whole valley of minima some points are returned.

    Shapes: the result is (minima, 2)
    Raises: ValueError: a loss grid needs 2 parameters, ratings has 133875: cut a Plane through it
    """
    grid = loss_grid(problem, window, size)
    (left, right), (low, high) = check_window(problem, window)
    sides = np.array([right - left, high - low])
    heights = np.where(np.isfinite(grid.loss), grid.loss, np.inf)
    rows, columns = np.nonzero(find_pits(heights) & np.isfinite(heights))
    order = np.argsort(heights[rows, columns], kind="stable")[: 4 * MOST]
    points = np.stack([grid.x[columns[order]], grid.y[rows[order]]])
    known = [each for each in problem.minima if is_within(each, ((left, right), (low, high)))]
    found = descend(problem, points, sides / (size - 1))
    inside = [each for each in found.T if is_within(each, ((left, right), (low, high)))]
    return merge_minima(problem, [*map(np.array, known), *inside], sides)


def find_pits(heights: np.ndarray) -> np.ndarray:
    """Return where a grid is not above any neighbor and below some; beyond its edge it is high."""
    around = np.pad(heights, 1, constant_values=np.inf)
    rows, columns = heights.shape
    pits, is_lower = np.ones(heights.shape, bool), np.zeros(heights.shape, bool)
    for down, across in DIRECTIONS.astype(int):
        beside = around[1 + down : 1 + down + rows, 1 + across : 1 + across + columns]
        pits &= heights <= beside
        is_lower |= (heights < beside) & np.isfinite(beside)
    return pits & is_lower


def descend(problem: Problem, points: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return where points (2, k) come to rest, by Newton steps that go down and a search around.

    The search tries the eight directions and halves its reach where none is lower, so that it ends
    at kinks too. Points are left out where they still move, and at an edge beyond which there is no
    loss: nothing says that it stops going down there.
    """
    points, reach = np.array(points), np.ones(points.shape[1])
    with np.errstate(all="ignore"):
        heights = read_losses(problem, points)
        for _ in range(400):
            tries = [points + each[:, None] * cell[:, None] * reach for each in DIRECTIONS]
            tries += [points + step for step in find_newton_steps(problem, points)]
            losses = np.stack([read_losses(problem, each) for each in tries])
            best = losses.argmin(axis=0)
            every = np.arange(points.shape[1])
            is_lower = losses[best, every] < heights
            points = np.where(is_lower, np.stack(tries)[best, :, every].T, points)
            heights = np.where(is_lower, losses[best, every], heights)
            reach = np.where(is_lower, np.minimum(1.0, 2 * reach), reach / 2)
            if (reach < 1e-12).all():
                break
        around = [points + 1e-6 * SIZE * each[:, None] * cell[:, None] for each in DIRECTIONS]
        is_pit = np.all([read_losses(problem, each) >= heights for each in around], axis=0)
        is_inside = np.isfinite(problem.loss(np.stack(around, axis=1))).all(axis=0)
        last = np.abs(find_newton_steps(problem, points)[0]) if hasattr(problem, "hess") else 0
    return points[:, (last <= RESTS * SIZE * cell[:, None]).all(axis=0) & is_pit & is_inside]


def find_newton_steps(problem: Problem, points: np.ndarray) -> list[np.ndarray]:
    """Return parts of Newton's steps, 0 where no Hessian is positive definite."""
    if not hasattr(problem, "hess"):
        return []
    hess: Any = problem.hess(points)  # type: ignore[attr-defined]
    grad, ((a, b), (_, d)) = problem.grad(points), hess
    determinant = a * d - b * b
    step = np.stack([b * grad[1] - d * grad[0], b * grad[0] - a * grad[1]]) / determinant
    step = np.where((determinant > 0) & (a > 0) & np.isfinite(step).all(axis=0), step, 0.0)
    return [part * step for part in PARTS]


def read_losses(problem: Problem, points: np.ndarray) -> np.ndarray:
    """Return the losses of points (2, k), inf where there is none."""
    losses = np.broadcast_to(np.asarray(problem.loss(points), float), points.shape[1:])
    return np.where(np.isfinite(losses), losses, np.inf)


def is_within(point: Any, window: Any) -> bool:
    """Return True for a point within a window, its edges too."""
    return all(low <= value <= high for value, (low, high) in zip(point, window, strict=True))


def merge_minima(problem: Problem, points: list[np.ndarray], sides: np.ndarray) -> np.ndarray:
    """Return points without those that are nearly another, lower one; the lowest first."""
    if not points:
        return np.empty((0, 2))
    listed = np.array(points, float)
    losses = read_losses(problem, listed.T)
    kept: list[int] = []
    for place in np.argsort(losses, kind="stable"):
        away = (listed[kept] - listed[place]) / sides
        if not kept or np.hypot(*away.T).min() > ALIKE:
            kept.append(int(place))
    best = listed[kept[:MOST]]
    levels = losses[kept[:MOST]]
    scale = max(np.ptp(levels), 1e-9)
    return best[np.lexsort((best[:, 1].round(6), best[:, 0].round(6), (levels / scale).round(6)))]
