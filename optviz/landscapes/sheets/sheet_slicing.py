"""The loss of a problem on a sheet, computed as that on a plane is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np

from optviz.landscapes.planes.polylines import measure_norm
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import SheetSlice, Track
from optviz.landscapes.slices.drafts import PathDraft, compute_slice
from optviz.landscapes.slices.path_buffers import find_path_buffers
from optviz.landscapes.slices.slice_work import move_problem
from optviz.landscapes.statistics import name_given
from optviz.problems.base import Problem, check_problem
from optviz.runs.loop import check_whole

OWN = "in eval mode with the buffers of the recorded points, between them interpolated"


def slice_sheet(
    problem: Problem,
    sheet: Sheet,
    *,
    size: int = 51,
    margin: float = 0.15,
    width: float | None = None,
    recorded: bool = False,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    on_picture: Callable[[SheetSlice], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    refine: bool | float = False,
    device: str | None = None,
) -> SheetSlice:
    """Compute the loss of a problem on a sheet, whose paths are drawn where they truly are.

    Every value is the exact loss at its point. Between two paths t goes from 0 to 1 and `margin`
    beyond; along one it goes to the distance `width` on both sides, a quarter of how far the path
    gets from its start unless given. `recorded` takes the true losses from the runs, which must
    then be of this very problem. A module's buffers, such as running averages, are those of the
    recorded points, and interpolated between. `executor`, `on_progress`, `on_picture`, `cancel`,
    `refine` and `device` are those of `slice_loss`.

        from optviz import SGD, Adam, run, surface
        from optviz.landscapes.sheets.sheet import Sheet
        from optviz.landscapes.sheets.sheet_slicing import slice_sheet

        problem = surface("himmelblau")
        runs = [run(problem, rule) for rule in (SGD(0.01), Adam(0.1))]
        print(slice_sheet(problem, Sheet.between(*runs)).words())

    Raises: ValueError: size must be a whole number of at least 2, got 1
            WorkCanceledError: canceled after 120 of 2601 points
    """
    size = check_whole("size", size, low=2)
    check_kind(sheet, Sheet, "slice_sheet cuts a Sheet", "make one by Sheet.along or Sheet.between")
    problem = move_problem(check_problem(problem), device)
    sizes = np.size(problem.start), sheet.paths[0].points.shape[1]
    if sizes[0] != sizes[1]:
        raise ValueError(f"{problem.name} has {sizes[0]} parameters, the sheet {sizes[1]}")
    lines = sheet.lay_grid(size, margin, width)
    mixture = find_path_buffers(problem, sheet.paths)
    drafts = [
        PathDraft.begin(each, sheet.place(number), lines, problem, recorded)
        for number, each in enumerate(sheet.paths)
    ]
    widths = np.array([measure_norm(sheet.line(each)[1]) for each in lines[0]])
    fixed = widths, find_recorded(sheet, lines[0])
    words = sheet.how, sheet.axes, problem.name, OWN if mixture else name_given(problem)

    def make(losses: np.ndarray, paths: list[PathDraft], **more: Any) -> SheetSlice:
        tracks = tuple(each.make_shadow(Track) for each in paths)
        return SheetSlice(*lines, losses, *fixed, tracks, *words, **more)

    watch: Any = {"executor": executor, "on_progress": on_progress, "cancel": cancel}
    watch |= {"refine": refine, "on_picture": on_picture}
    return compute_slice((problem, sheet, mixture), lines, drafts, make, **watch)


def find_recorded(sheet: Sheet, s: np.ndarray) -> np.ndarray:
    """Return a mask of the places where all paths have a recorded point, or have ended, (k,)."""
    known = []
    for each in sheet.paths:
        low, high, share = each.find_segments(s)
        known.append((share == 0) | (share == 1) | (low == high))
    return np.all(known, axis=0)
