"""The loss of a two-parameter problem over a window, for contours and surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.landscapes.refusals import check_number
from optviz.problems.base import Problem, check_problem


@dataclass(frozen=True, eq=False)
class Grid:
    """Losses on a rectangle of params.

    Shapes: x (columns,); y (rows,); loss (rows, columns), not finite where the problem has none.
    """

    x: np.ndarray
    y: np.ndarray
    loss: np.ndarray
    names: tuple[str, str] = ("x", "y")
    minima: tuple[tuple[float, ...], ...] = ()
    """The known minima that lie in the window."""
    log: bool = False
    """True where the losses span decades, so that a logarithm shows more of them."""
    floor: float = 0.0
    """The loss above which a logarithm is taken: the lowest, or 0 below positive losses."""
    name: str = ""

    @property
    def window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(low, high) of x and of y."""
        return (float(self.x[0]), float(self.x[-1])), (float(self.y[0]), float(self.y[-1]))


def loss_grid(
    problem: Problem,
    window: tuple[tuple[float, float], ...] | None = None,
    size: int = 201,
) -> Grid:
    """Compute the loss of a two-parameter problem on size x size points of its window.

    Raises: ValueError: a loss grid needs 2 parameters, ratings has 133875: cut a Plane through it
    """
    count = np.size(check_problem(problem).start)
    if count != 2:
        raise ValueError(
            f"a loss grid needs 2 parameters, {problem.name} has {count}: cut a Plane through it"
        )
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 2:
        raise ValueError(f"size must be a whole number of at least 2, got {size!r}")
    (x_low, x_high), (y_low, y_high) = check_window(problem, window)
    x, y = np.linspace(x_low, x_high, size), np.linspace(y_low, y_high, size)
    with np.errstate(all="ignore"):
        loss = np.asarray(problem.loss(np.stack(np.meshgrid(x, y))), dtype=float)
        loss = np.broadcast_to(loss, (size, size))
        minima = tuple(
            (float(a), float(b))
            for a, b in problem.minima
            if x_low <= a <= x_high and y_low <= b <= y_high
        )
        lowest = [float(problem.loss(np.array(each))) for each in minima]
    floor = find_floor(loss, lowest)
    first, second = tuple(problem.names) or ("x", "y")
    title = getattr(problem, "title", "") or problem.name
    return Grid(x, y, loss, (first, second), minima, spans_decades(loss, floor), floor, title)


def check_window(problem: Problem, window: tuple | None) -> tuple:
    """Return the window to draw: the one given, or else the problem's own.

    Raises: ValueError: a window is (low, high) of each of 2 parameters, got ((1, 0), (0, 1))
    """
    window = problem.window if window is None else window
    if window is None:
        raise ValueError(f"{problem.name} has no window: pass window=((low, high), (low, high))")
    pairs = np.asarray(window, dtype=float)
    if pairs.shape != (2, 2) or not (
        np.isfinite(pairs).all() and (pairs[:, 0] < pairs[:, 1]).all()
    ):
        raise ValueError(f"a window is (low, high) of each of 2 parameters, got {window!r}")
    return tuple(map(tuple, pairs.tolist()))


def find_floor(loss: np.ndarray, known: Sequence[float] = ()) -> float:
    """Return the loss above which a logarithm is taken.

    It is the lowest one where that is the `known` loss of a minimum, or where losses are negative.
    Else it is 0: a logarithm above the lowest value of a mere grid would draw a pit there.
    """
    values = np.concatenate([np.ravel(loss), known])
    values = values[np.isfinite(values)]
    lowest = float(values.min()) if values.size else 0.0
    return lowest if np.isfinite(known).any() else min(lowest, 0.0)


def spans_decades(loss: np.ndarray, floor: float) -> bool:
    """Check that the losses above the floor span decades, but for a hundredth at either end.

    A bowl, x^2 + y^2, spans a factor of 135 and is clearest undistorted; from 200 on, as in
    Himmelblau's surface (213) and Rosenbrock's (3517), a linear scale hides what lies low.
    """
    above = loss[np.isfinite(loss)] - floor
    above = above[above > 0]
    if not above.size:
        return False
    low, high = np.quantile(above, [0.01, 0.99])
    return bool(high >= 200 * low)


def read_window(window: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the grid lines of a window.

    Raises: ValueError: window must be ((low, high), (low, high)), got (0, 1)
    """
    try:
        (left, right), (low, high) = ((float(one), float(other)) for one, other in window)
    except (TypeError, ValueError):
        left = right = low = high = np.nan
    if not (left < right and low < high and np.isfinite([left, right, low, high]).all()):
        raise ValueError(f"window must be ((low, high), (low, high)), got {window!r:.60}")
    return np.linspace(left, right, size), np.linspace(low, high, size)


def make_grid_lines(coords: np.ndarray, size: int, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the grid lines around plane coordinates (points, 2), with a margin."""
    check_number("margin", margin)
    low, high = coords.min(axis=0), coords.max(axis=0)
    span = high - low
    # A path that is a line needs room across it too; points that are all one, some room at all.
    half = np.maximum(span, 0.2 * span.max()) * (0.5 + margin) if span.any() else np.ones(2)
    middle = (low + high) / 2
    first, second = (np.linspace(m - h, m + h, size) for m, h in zip(middle, half, strict=True))
    return first, second
