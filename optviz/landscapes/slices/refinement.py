"""Few points of a grid, and splines of the log of the loss between them with their errors."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from optviz.extras import load_package

SHARE = 20
"""A first picture comes after this part of the points: 1 / SHARE."""
TESTED = 0.25
"""The share of the first points that lie between the coarse lines and tell the errors there."""
SURE = 0.98
"""The share of the tested cells whose error is at most the one that is stated, before caution."""
ENOUGH = 60
"""The tested cells that speak for the others; fewer make the stated errors larger."""
CAUTION = 1.25
"""Stated errors are larger by this: then they hold for 95 % of the cells not only on average over
the choice of the tested ones, but on 24 real and textbook slices in 98 of 100 choices."""
LEAST = 4
"""The fewest lines of a coarse lattice."""


Lattice = tuple[np.ndarray, np.ndarray]
"""The rows and the columns of a grid that cross in the nodes of a lattice."""


class Guess(NamedTuple):
    """Losses on the whole grid, some of them interpolated.

    Shapes: losses, errors (l, k)
    Units: errors in the log of the loss, or of its height above `floor` where that is below 0
    """

    losses: np.ndarray
    errors: np.ndarray
    """At most this far off, for 95 % of the cells; 0 where computed, inf where nothing is known."""


def choose_levels(shape: tuple[int, ...]) -> list[Lattice]:
    """Return the grid lines of lattices from coarse to fine, each holding the one before.

    Each has rows and columns of a grid (l, k); the last one holds all. A small grid has no other.
    """
    sides = [choose_lines(size) for size in shape]
    count = max(map(len, sides))
    rows, columns = ([*side, *[side[-1]] * (count - len(side))] for side in sides)
    return list(zip(rows, columns, strict=True))


def choose_lines(size: int) -> list[np.ndarray]:
    """Return lines of one side of a grid from coarse to fine, the last of them all."""
    count = int(np.sqrt((1 - TESTED) / SHARE) * size)
    if count < LEAST:
        return [np.arange(size)]
    levels = [np.unique(np.rint(np.linspace(0, size - 1, count)).astype(int))]
    while len(levels[-1]) < size:
        lines = levels[-1]
        levels.append(np.unique(np.concatenate([lines, (lines[1:] + lines[:-1]) // 2])))
    return levels


def choose_tests(known: np.ndarray, lines: Lattice, count: int) -> np.ndarray:
    """Return a mask of cells off the lattice, known or chosen by chance, at least `count` of them.

    What has been computed off the lattice was chosen by chance too, so it counts.
    """
    off = np.ones(known.shape, bool)
    off[np.ix_(*lines)] = False
    missing = count - int((known & off).sum())
    free = np.flatnonzero(off & ~known)
    chosen = np.zeros(known.size, bool)
    order = np.random.default_rng(max(map(len, lines))).permutation(free)
    chosen[order[: max(0, missing)]] = True
    return chosen.reshape(known.shape)


def interpolate(
    sides: tuple[np.ndarray, np.ndarray], losses: np.ndarray, known: np.ndarray, lines: Lattice
) -> Guess:
    """Return the losses between those of a lattice, and their errors.

    The change that twice as many lines make says where the errors are large, and the known losses
    off the lattice how large: of their errors, in parts of that change, 95 % are below the ones
    that are stated. Cells beside a loss that is not finite are not interpolated.

    Shapes: sides, the places of columns (k,) and of rows (l,); losses, known (l, k)
    """
    heights, floor = take_log(losses, known)
    nodes = np.ix_(*lines)
    reach = tuple(int(np.diff(each).max(initial=1)) for each in lines)
    is_lost = widen(known & np.isnan(heights), reach)
    filled = fill_gaps(heights[nodes])
    fine = draw_surface(sides, filled, lines)
    half = [np.union1d(np.arange(0, len(each), 2), [len(each) - 1]) for each in lines]
    coarser = lines[0][half[0]], lines[1][half[1]]
    coarse = draw_surface(sides, filled[np.ix_(*half)], coarser)
    change = widen(np.abs(fine - coarse), reach)
    change += 0.5 * np.median(change) + 1e-12
    tests = known & ~is_lost
    tests[nodes] = False
    ratios = np.sort(np.abs(fine - heights)[tests] / change[tests])
    errors = np.where(is_lost, np.inf, choose_factor(ratios) * change)
    with np.errstate(over="ignore"):
        between = np.where(is_lost, np.nan, np.exp(fine) + floor)
    return Guess(np.where(known, losses, between), np.where(known, 0.0, errors))


def choose_factor(ratios: np.ndarray) -> float:
    """Return what most errors are below, in parts of the change, from those of tested cells."""
    count = len(ratios)
    if not count:
        return 1.0
    place = min(int(np.ceil(SURE * (count + 1))), count) - 1
    return float(ratios[place]) * CAUTION * max(1.0, np.sqrt(ENOUGH / count))


def take_log(losses: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the log of the losses, nan where there is none, and the floor below them.

    The floor is 0 below positive losses, else so far below the lowest one that no pit is drawn.
    """
    finite = losses[known & np.isfinite(losses)]
    floor = 0.0
    if finite.size and finite.min() <= 0:
        low, middle = finite.min(), np.median(finite)
        floor = float(low - (0.01 * (middle - low) or 1.0))
    with np.errstate(invalid="ignore"):
        heights = np.where(known & np.isfinite(losses), losses - floor, np.nan)
    return np.log(heights), floor


def fill_gaps(values: np.ndarray) -> np.ndarray:
    """Return values with those that are nan replaced by the nearest that is not; 0 if none is."""
    gaps = np.isnan(values)
    if not gaps.any() or gaps.all():
        return np.nan_to_num(values)
    there, out = np.argwhere(~gaps), values.copy()
    for place in np.argwhere(gaps):
        nearest = there[np.sum((there - place) ** 2, axis=1).argmin()]
        out[tuple(place)] = values[tuple(nearest)]
    return out


def draw_surface(
    sides: tuple[np.ndarray, np.ndarray], values: np.ndarray, lines: Lattice
) -> np.ndarray:
    """Return a surface through the values of a lattice, on the whole grid: a spline, with scipy.

    Without scipy it is linear along either axis.
    """
    (across, up), (rows, columns) = sides, lines
    x, y = across[columns], up[rows]
    if find_spec("scipy"):
        splines = load_package("scipy.interpolate", "a smooth slice", "app")
        degrees = {"kx": min(3, len(rows) - 1), "ky": min(3, len(columns) - 1)}
        return splines.RectBivariateSpline(y, x, values, **degrees)(up, across)
    spread = np.stack([np.interp(across, x, row) for row in values])
    return np.stack([np.interp(up, y, column) for column in spread.T], axis=1)


def widen(values: np.ndarray, reach: tuple[int, ...]) -> np.ndarray:
    """Return the largest of the values within a reach along each axis."""
    for axis, each in enumerate(reach):
        room = [(each, each) if axis == place else (0, 0) for place in range(values.ndim)]
        padded = np.pad(values, room, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * each + 1, axis=axis)
        values = windows.max(axis=-1)
    return values
