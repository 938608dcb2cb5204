"""The buffers, such as running averages, that the losses on a plane are taken with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optviz.problems.base import Problem

GIVEN = "in eval mode with the buffers that the module was given with, for every point"
BLENDED = "in eval mode with buffers that are interpolated between those of the drawn points"
SAME = 1e-6
"""Buffers that differ by less than this share of the largest count as the same."""


class Blend:
    """Buffers everywhere on a plane, interpolated between those of points on it.

    Weights fall with the fourth power of the distance: at a point its own buffers are taken, and
    a variance never leaves the range of the points' variances.
    """

    def __init__(self, coords: np.ndarray, buffers: dict[str, np.ndarray]):
        self.coords, self.buffers = coords, buffers
        self.size = len(coords) + sum(each[0].size for each in buffers.values())
        """Numbers that one point takes in the making."""

    def at(self, coords: np.ndarray) -> dict[str, np.ndarray]:
        """Return the buffers at plane coordinates (points, 2), by name: (points, *shape)."""
        squares = np.sum((coords[:, None] - self.coords) ** 2, axis=2)
        nearest = squares.min(axis=1, keepdims=True)
        # Relative to the nearest one, so that nothing overflows; at a point it alone counts.
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.where(squares == nearest, 1.0, (nearest / squares) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        return {name: mix_rows(weights, each) for name, each in self.buffers.items()}


def mix_rows(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return weighted sums of rows in the dtype of the values; whole numbers are rounded."""
    mixed = np.tensordot(weights, values, 1)
    return (np.rint(mixed) if values.dtype.kind in "iub" else mixed).astype(values.dtype)


def find_blend(
    problem: Problem, coords: Sequence[np.ndarray], buffers: Sequence[Any]
) -> Blend | None:
    """Return the interpolation between the points that have buffers; None where it is not needed.

    It is where a problem takes each point's own buffers, which points of a plane do not have.
    """
    pairs = zip(coords, buffers, strict=True)
    known = [(places, each) for places, each in pairs if each is not None]
    if problem.policy != "own" or problem.buffers is None or not known:
        return None
    all_coords = np.concatenate([places for places, _ in known])
    stacked = {name: np.concatenate([each[name] for _, each in known]) for name in known[0][1]}
    flat = [each.reshape(len(all_coords), -1) for each in stacked.values()]
    is_finite = np.all([np.isfinite(each).all(axis=1) for each in flat], axis=0)
    if not is_finite.any():
        return None
    return Blend(all_coords[is_finite], {name: each[is_finite] for name, each in stacked.items()})


def name_given(problem: Problem) -> str:
    """Say how a loss is taken at a point whose own buffers are not known."""
    return GIVEN if problem.policy == "own" and problem.statistics else problem.statistics


def match_buffers(
    problem: Problem,
    blend: Blend | None,
    coords: np.ndarray,
    own: dict[str, np.ndarray] | None,
) -> np.ndarray | None:
    """Return a mask of the points that the plane takes with their own buffers; None for all."""
    if problem.buffers is None:
        return None
    if problem.policy == "batch" or own is None:
        return np.zeros(len(coords), bool)
    given = problem.buffers
    there = blend.at(coords) if blend else {name: given[name][None] for name in own}
    return np.all([is_same_row(there[name], own[name]) for name in own], axis=0)


def is_same_row(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return a mask of the rows that are the same but for rounding."""
    with np.errstate(invalid="ignore"):
        gap = np.abs(np.subtract(first, second, dtype=np.result_type(second, float)))
    gap, size = (each.reshape(len(second), -1) for each in (gap, np.abs(second)))
    return gap.max(axis=1, initial=0) <= SAME * size.max(axis=1, initial=0)
