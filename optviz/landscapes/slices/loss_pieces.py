"""Pieces of the work on a slice, and what travels with them to other processes."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import numpy as np

from optviz.landscapes.slices.grounds import Ground, Mixture
from optviz.problems.base import Problem
from optviz.runs.luggage import TURN
from optviz.runs.outcomes import use_one_thread

NUMBERS = 1_000_000
"""Numbers in one batch of points whose losses are taken one by one."""


class Setting(NamedTuple):
    """The problem, the ground and its buffers for every piece of work; they travel with it."""

    problem: Problem
    ground: Ground
    mixture: Mixture | None
    home: tuple[str, int]
    """The computer and the process where the slice is made."""


class PathPoints(NamedTuple):
    """Points of a path whose losses are taken with their own buffers.

    Shapes: points (k, n); buffers: each (k, *shape)
    """

    points: np.ndarray
    buffers: dict[str, np.ndarray] | None


@contextmanager
def work_alone(home: tuple[str, int]) -> Iterator[None]:
    """Let no other thread take losses within a block; away from home torch has one thread."""
    with TURN.take(), nullcontext() if home == name_process() else use_one_thread():
        yield


def take_on_ground(given: Setting, coords: np.ndarray) -> dict[str, np.ndarray]:
    """Return the losses at coordinates of the ground, by the problem's shortcut if any.

    Shapes: coords (points, d)
    """
    problem, ground, mixture, home = given
    with work_alone(home):
        begun = time.perf_counter()
        if has_shortcut(problem, mixture):
            losses = np.empty(len(coords))
            for rows, *flat in ground.split_flat(coords):
                losses[rows] = problem.plane_losses(*flat)  # type: ignore[attr-defined]
        else:
            buffers = mixture.at(coords) if mixture else None
            losses = compute_losses(problem, ground.point(coords), buffers)
        return {"losses": losses, "seconds": np.array(time.perf_counter() - begun)}


def has_shortcut(problem: Problem, mixture: Mixture | None) -> bool:
    """Check that a problem has the losses on a line or a plane at once."""
    return mixture is None and hasattr(problem, "plane_losses")


def take_at_points(given: Setting, path: PathPoints) -> dict[str, np.ndarray]:
    """Return the losses at points of a path, with their own buffers."""
    with work_alone(given.home):
        begun = time.perf_counter()
        losses = compute_losses(given.problem, path.points, path.buffers)
        seconds = np.array(time.perf_counter() - begun)
        return {"losses": losses, "seconds": seconds, "alone": seconds / len(losses)}


def compute_losses(
    problem: Problem, points: np.ndarray, buffers: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """Return the losses at points (k, n), in the dtype of the problem, with buffers if given."""
    points = np.asarray(points).astype(problem.start.dtype, copy=False)
    with np.errstate(all="ignore"):
        if buffers is not None:
            owns = [{name: each[i] for name, each in buffers.items()} for i in range(len(points))]
            return np.array([*map(problem.true_loss, points, owns)], dtype=float)
        if points.size <= NUMBERS:
            return problem.losses_at(points)
        return np.array([problem.loss(point) for point in points], dtype=float)


def name_process() -> tuple[str, int]:
    """Return the computer and the process that this runs in."""
    return platform.node(), os.getpid()
