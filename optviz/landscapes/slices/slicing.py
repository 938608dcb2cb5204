"""The loss of a problem on a plane, point by point or by its own shortcut, coarse to fine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

import numpy as np

from optviz.landscapes.grid import make_grid_lines, read_window
from optviz.landscapes.planes.plane import Plane, read_paths
from optviz.landscapes.planes.polylines import Polyline
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.drafts import PathDraft, compute_slice
from optviz.landscapes.slices.loss_pieces import NUMBERS, compute_losses
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slice_work import move_problem
from optviz.landscapes.statistics import BLENDED, find_blend, match_buffers, name_given
from optviz.problems.base import Problem, check_problem
from optviz.problems.batches import split_range
from optviz.runs.loop import check_whole

__all__ = ["NUMBERS", "compute_losses", "slice_loss"]


def slice_loss(
    problem: Problem,
    plane: Plane,
    paths: Any = (),
    *,
    size: int = 51,
    margin: float = 0.15,
    window: tuple[tuple[float, float], tuple[float, float]] | None = None,
    recorded: bool = False,
    check: Callable[[], Any] | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    on_picture: Callable[[Slice], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    refine: bool | float = False,
    device: str | None = None,
) -> Slice:
    """Compute the loss of a problem on a plane, around the paths that are projected on it.

    Every value is the exact loss at its point. `paths` are trajectories or arrays (points, n).
    The window holds all of them and `margin` of its width more on each side; without paths it is 1
    in each direction from the origin; `window` is one of your own, the low and the high end along
    each axis. `recorded` takes the true losses from the trajectories, which
    must then be of this very problem, instead of computing them again.
    A module with buffers, such as running averages, has them at the recorded points of a run only:
    their true losses are taken with those, the losses on the plane as the problem's policy says.

    Work that takes long goes to processes of one thread each, or to an `executor` of
    concurrent.futures. `on_progress(done, total)` is told the points; `cancel()` that returns True
    ends the work. `check` is called now and then; an exception that it raises ends it as well.
    `on_picture(slice)` gets whole slices meanwhile, the first after a twentieth of the work: their
    cells between those computed are interpolated, and named so. `refine` keeps such cells in the
    slice that is returned: it ends where the estimated error of the log of the loss is below this
    number (True: 0.05), for 95 % of the cells. A module is taken to a `device` such as "cuda"
    where one is named.

    Raises: ValueError: size must be a whole number of at least 2, got 1
            ValueError: this work needs about 12 GB, 8 GB are free: give fewer workers or ...
            WorkCanceledError: canceled after 120 of 2601 points
    """
    size = check_whole("size", size, low=2)
    check_kind(plane, Plane, "slice_loss cuts a Plane", "make one by Plane.pca(runs), say")
    problem = move_problem(check_problem(problem), device)
    drawn = read_lines(paths)
    check_sizes(problem, plane, drawn)
    placed = [project_rows(plane, each.points) for each in drawn]
    coords = [each for each, _ in placed]
    lines = (
        make_grid_lines(np.concatenate([np.zeros((1, 2)), *coords]), size, margin)
        if window is None
        else read_window(window, size)
    )
    blend = find_blend(problem, coords, [each.buffers for each in drawn])
    drafts = [
        PathDraft.begin(*each, lines, problem, recorded) for each in zip(drawn, placed, strict=True)
    ]
    for each in drafts:
        each.same = match_buffers(problem, blend, each.coords, each.own)
    taken = BLENDED if blend else name_given(problem)

    def make(losses: np.ndarray, paths: list[PathDraft], **more: Any) -> Slice:
        shadows = tuple(each.make_shadow() for each in paths)
        return Slice(plane, *lines, losses, shadows, problem.name, taken, **more)

    watch: Any = {"executor": executor, "on_progress": on_progress, "cancel": cancel}
    watch |= {"check": check, "refine": refine, "on_picture": on_picture}
    return compute_slice((problem, plane, blend), lines, drafts, make, **watch)


def read_lines(paths: Any) -> list[Polyline]:
    """Return the paths of runs or arrays; one alone need not be in a list."""
    single = hasattr(paths, "path") or isinstance(paths, np.ndarray)
    if not (single or isinstance(paths, Iterable)):
        raise ValueError(
            f"paths must be runs or arrays (points, n), got {paths!r:.60}: give () for none"
        )
    drawn = [paths] if single else list(paths)
    if drawn:
        read_paths(drawn)
    return [Polyline.read(each, label=f"path {i}") for i, each in enumerate(drawn, 1)]


def check_sizes(problem: Problem, plane: Plane, paths: list[Polyline]) -> None:
    """Refuse a plane or paths of another problem.

    Raises: ValueError: dot product with bias has 15 parameters, the plane 2: make one of its runs
    """
    size = np.size(problem.start)
    if len(plane.origin) != size:
        hint = "make the plane of runs of this problem"
        raise ValueError(
            f"{problem.name} has {size} parameters, the plane {len(plane.origin)}: {hint}"
        )
    for each in paths:
        if each.points.shape[1] != size:
            raise ValueError(
                f"{problem.name} has {size} parameters, {each.label} {each.points.shape[1]}: "
                "give paths of this problem"
            )


def project_rows(plane: Plane, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project points on a plane, so many at once that a path in a file is not read whole."""
    rows = max(1, 8 * NUMBERS // max(1, points.shape[1]))
    parts = [plane.project(points[part]) for part in split_range(len(points), rows)]
    coords, off = zip(*parts, strict=True)
    return np.concatenate(coords), np.concatenate(off)
