"""The plane on which a new user's path is drawn, and the exact loss there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optviz.landscapes.planes.plane import Plane, make_orthonormal
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.recommenders.new_users.new_user import NewUser
from optviz.runs.blas_threads import pin_blas

STRAIGHT = 1e-9
"""A path that strays by a smaller share of its length is a line."""

ROOM = 0.4
"""Room to each side of the way to the optimum, as a share of its length."""


def slice_new_user(someone: NewUser, size: int = 51) -> Slice:
    """Take a new user's loss on the plane of the mean user, the optimum and the path.

    The first axis leads from the mean user to the optimum. The second is the direction in which the
    rule's path strays most from that line; without a path, that of the largest curvature.

    Raises: ValueError: a user without ratings is the mean user: there is nothing to draw
    """
    problem, mean = someone.problem, someone.problem.mean
    toward = someone.optimum - mean
    if not np.linalg.norm(toward) > 0 or len(mean) < 2:
        why = "a user without ratings is the mean user" if len(mean) > 1 else "one number is a line"
        raise ValueError(f"{why}: there is nothing to draw")
    path = someone.trajectory
    with pin_blas():
        across, how = find_across(someone, toward / np.linalg.norm(toward))
        plane = Plane(mean, make_orthonormal(toward, across), how)
        length = float(np.linalg.norm(toward))
        frame = plane.point(length * np.array([[0, 0], [1, 0], [0.5, ROOM], [0.5, -ROOM]]))
        cut = slice_loss(problem, plane, [frame] if path is None else [path, frame], size=size)
    return replace(cut, shadows=cut.shadows[:-1])


def find_across(someone: NewUser, toward: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the plane's second direction, across the first, and what it is in words."""
    shifts = np.zeros((1, len(toward)))
    if someone.trajectory is not None:
        finite = np.isfinite(someone.trajectory.path).all(axis=1)
        shifts = someone.trajectory.path[finite] - someone.problem.mean
    rest = shifts - np.outer(shifts @ toward, toward)
    if np.abs(rest).max() > STRAIGHT * np.abs(shifts).max():
        return np.linalg.svd(rest, full_matrices=False)[2][0], "where the path strays most"
    hess = someone.problem.hess(someone.optimum)
    off = np.eye(len(toward)) - np.outer(toward, toward)
    return np.linalg.eigh(off @ hess @ off)[1][:, -1], "of the largest curvature"
