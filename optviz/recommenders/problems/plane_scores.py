"""The mean squared error of ratings at the points of a plane, from six numbers a rating.

Along a plane a product of two embeddings is a quadratic in the coordinates a and b: six numbers a
rating stand for the model. Along a line, a plane of one axis, they are three. Without a sigmoid the
sum of squared errors is a closed quartic.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.lib.introspect import opt_func_info

from optviz.problems.batches import split_range
from optviz.recommenders.problems.rating_groups import RatingGroups, pair_parts
from optviz.recommenders.problems.smooth_sums import evaluate_smooth
from optviz.recommenders.problems.tables import Tables, sum_biases

THREADS = 4
"""Threads that a sum over ratings takes at most."""
SMALL = 1 << 22
"""Scores that a thread squashes at least: fewer take no longer than another thread's start."""
PART = 1 << 18
"""Ratings whose six numbers are held at once."""
TILE = (128, 1024)
"""Plane points x ratings scored at once, so that they stay in cache."""
BLOCK = 8192
"""Ratings whose moments are taken at once."""

OpenRows = Callable[[slice], Callable[[slice, np.ndarray], Any]]


def center_plane(
    origin: np.ndarray, axes: np.ndarray, coords: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the same points as coordinates from -1 to 1 around the median of all of them.

    Far from the origin the terms of a quadratic nearly cancel, which costs digits; near it they
    do not. So the origin moves to where most points are.

    Shapes: origin (n,), axes (k, n), coords (points, k) -> origin and axes, each (n,); (points, k)
    """
    finite = coords[np.isfinite(coords).all(axis=1)]
    if not len(finite):
        return [origin, *axes], coords
    middle = np.median(finite, axis=0)
    reach = np.abs(finite - middle).max(axis=0)
    reach = np.where(reach > 0, reach, 1.0)
    moved = origin
    for far, axis in zip(middle, axes, strict=True):
        moved = moved + far * axis
    return [moved, *(reach[:, None] * axes)], (coords - middle) / reach


def compute_powers(coords: np.ndarray) -> np.ndarray:
    """Return the powers of coordinates (points, k): 1, a, b, a*a, a*b, b*b on a plane."""
    parts = [np.ones(len(coords)), *coords.T]
    return np.stack([parts[i] * parts[j] for i, j in pair_parts(len(parts))], axis=1)


def expand_square(parts: list[np.ndarray]) -> np.ndarray:
    """Return the factors of the powers of coordinates in the squared length of a point."""
    gram = np.einsum("ik,jk->ij", parts, parts)
    i, j = np.array(pair_parts(len(parts))).T
    return gram[i, j] * np.where(i == j, 1, 2)


def sum_errors(
    groups: RatingGroups,
    tables: list[Tables],
    coords: np.ndarray,
    bounds: tuple[float, float] | None,
) -> np.ndarray:
    """Return the sums of squared errors of ratings at points; tables at the origin and along axes.

    Shapes: coords (points, k), from -1 to 1 -> (points,)
    """
    parts = [each.user for each in tables], [each.movie for each in tables]
    factors = groups.expand_products(parts)
    for power, each in enumerate(tables):
        factors[power] += sum_biases(each, groups.user, groups.movie)
    if bounds is None:
        return sum_quartic(factors, groups.rating, compute_powers(coords))
    order = groups.by_rating
    return sum_sigmoids(factors.take(order, 1), groups.rating[order], coords, bounds)


def sum_sigmoids(
    factors: np.ndarray, ratings: np.ndarray, coords: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    """Return the sums of squared errors at points of scores squashed into bounds.

    On a line all points are evaluated: there are few, and it takes no longer than their set-up.

    Shapes: factors (powers, ratings); ratings (ratings,), best sorted; coords (points, k)
    """
    targets, scale = center_ratings(ratings, bounds, factors.dtype)

    def evaluate(coords: np.ndarray) -> np.ndarray:
        halves = (compute_powers(coords) / 2).astype(factors.dtype)

        def open_rows(rows: slice) -> Callable[[slice, np.ndarray], Any]:
            return lambda points, out: np.matmul(halves[points], factors[:, rows], out=out)

        return scale * sum_squashed_errors(targets, len(coords), TILE, open_rows)

    if coords.shape[1] < 2:
        return evaluate(coords)
    _, a, b, aa, ab, bb = np.abs(factors)
    steepness = np.array([(a + 2 * aa + ab).max(), (b + 2 * bb + ab).max()])
    return evaluate_smooth(evaluate, coords, steepness, factors.dtype)


def center_ratings(
    ratings: np.ndarray, bounds: tuple[float, float], dtype: Any
) -> tuple[np.ndarray, float]:
    """Return ratings on the scale on which bounds are -1 and 1, and what its squares count."""
    half = (bounds[1] - bounds[0]) / 2
    return ((ratings - bounds[0]) / half - 1).astype(dtype), half**2


def sum_squashed_errors(
    targets: np.ndarray, count: int, tile: tuple[int, int], open_rows: OpenRows
) -> np.ndarray:
    """Return the sums of (tanh(score / 2) - target)**2 at each of `count` points, in float64.

    `open_rows(rows)` gives the function that writes half the scores of these rows at some points.
    Where all rows of a tile have one target, as they have once they are sorted, it is faster.

    Shapes: targets (ratings,); tile (points, ratings), scored at once -> (count,)
    """
    spans = list(split_range(count, tile[0]))
    subtract_squashed = subtract_tanh if has_fast_tanh(targets.dtype) else subtract_by_exp

    def sum_tiles(part: slice) -> np.ndarray:
        total, room = np.zeros(count), np.empty(tile, targets.dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # tanh(infinity) is 1
            for start in range(part.start, part.stop, tile[1]):
                rows = slice(start, min(start + tile[1], part.stop))
                score, target = open_rows(rows), targets[rows]
                target = target[0] if (target == target[0]).all() else target
                for points in spans:
                    error = room[: points.stop - points.start, : rows.stop - start]
                    score(points, error)
                    subtract_squashed(error, target)
                    total[points] += np.vecdot(error, error)
        return total

    few = max(tile[1], SMALL // max(1, count))
    return np.sum(map_threads(sum_tiles, len(targets), few), axis=0)


def has_fast_tanh(dtype: np.dtype) -> bool:
    """Check that numpy's tanh is one for this processor: elsewhere it takes twice as long as exp.

    Measured: without AVX-512, 22 ns against 10.5 in float64, 4.1 against 2.4 in float32.
    """
    kind = 2 * np.dtype(dtype).char
    found = opt_func_info(func_name="^tanh$", signature=None)["tanh"].get(kind, {})
    return any(name in found.get("current", "") for name in ("AVX512", "X86_V4"))


def subtract_tanh(half: np.ndarray, target: Any) -> None:
    """Turn half scores into tanh(half) - target, in place."""
    np.tanh(half, out=half)
    half -= target


def subtract_by_exp(half: np.ndarray, target: Any) -> None:
    """Turn half scores into tanh(half) - target by 2 / (1 + exp(-2 * half)) - 1, in place."""
    half *= -2
    np.exp(half, out=half)
    half += 1
    np.divide(2, half, out=half)
    half -= target + 1


def map_threads(work: Callable[[slice], np.ndarray], count: int, few: int) -> list[np.ndarray]:
    """Return the work on equal parts of `count` rows, in order, each in a thread of its own.

    There is one for each core, and none for a few rows.

    Numpy lets other threads run while it computes, and these wait for none: on a busy machine
    they cost nothing.
    """
    threads = min(THREADS, os.cpu_count() or 1, -(-count // few))
    if threads < 2:
        return [work(slice(0, count))]
    parts = list(split_range(count, -(-count // threads)))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))


def sum_quartic(factors: np.ndarray, targets: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Return the sums of (score - target)**2 at each point, from moments in float64.

    Shapes: factors (k, ratings), targets (ratings,), powers (points, k) -> (points,)
    """
    moments = np.zeros((len(factors), len(factors)))
    for rows in split_range(len(targets), BLOCK):
        wide = factors[:, rows].astype(np.float64)
        wide[0] -= targets[rows]
        moments += wide @ wide.T
    return np.einsum("pi,ij,pj->p", powers, moments, powers, optimize=True)
