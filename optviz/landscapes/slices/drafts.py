"""A slice in the making: exact where it is computed, interpolated and marked elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.landscapes.planes.polylines import Polyline
from optviz.landscapes.slices.grounds import Ground, Mixture
from optviz.landscapes.slices.loss_pieces import PathPoints
from optviz.landscapes.slices.refinement import (
    ENOUGH,
    SHARE,
    TESTED,
    Guess,
    choose_levels,
    choose_tests,
    interpolate,
)
from optviz.landscapes.slices.shadows import Shadow
from optviz.landscapes.slices.slice_work import SliceWork
from optviz.landscapes.statistics import name_given
from optviz.problems.base import Problem

SOON_S = 1.0
"""Work that is over in this time shows no pictures before."""
ERROR = 0.05
"""The error of the log of the loss that a refinement ends at unless it is given another."""
Lines = tuple[np.ndarray, np.ndarray]
"""The grid lines along the first axis, (k,), and along the second, (l,)."""


@dataclass
class PathDraft:
    """A path on its way to a shadow: what of it is known.

    Shapes: those of a shadow; rows (points,): a mask of the points that are drawn so far; cells
        (points, 2): row and column of the cell of the grid that a point is at, -1 where there is
        none
    """

    line: Polyline
    own: dict[str, np.ndarray] | None
    statistics: str
    is_recorded: bool
    coords: np.ndarray
    off: np.ndarray
    true: np.ndarray
    shown: np.ndarray
    rows: np.ndarray
    cells: np.ndarray
    same: np.ndarray | None = None

    @classmethod
    def begin(
        cls,
        line: Polyline,
        placed: tuple[np.ndarray, np.ndarray],
        lines: Lines,
        problem: Problem,
        recorded: bool,
    ) -> PathDraft:
        """Return what is known of a path, placed at coordinates, before any loss is computed."""
        own = None if problem.buffers is None else line.buffers
        is_true = problem.buffers is None or own is not None
        is_recorded = recorded and is_true and problem.policy != "batch" and line.losses is not None
        count = len(line.points)
        true = np.asarray(line.losses, float) if is_recorded else np.full(count, np.nan)
        statistics = "" if is_true else name_given(problem)
        empty = np.full(count, np.nan), np.zeros(count, bool)
        cells = find_cells(placed[0], lines)
        return cls(line, own, statistics, is_recorded, *placed, true, *empty, cells)

    @property
    def is_off_grid(self) -> np.ndarray:
        """A mask of the points that are at no cell."""
        return self.cells[:, 0] < 0

    @property
    def count(self) -> int:
        """The number of losses to compute beside those of the cells."""
        return int(self.is_off_grid.sum()) + len(self.rows) * (not self.is_recorded)

    def choose_rows(self, is_first: bool) -> np.ndarray:
        """Return a mask of the points to compute: of a first picture few, and the ends."""
        if not is_first:
            return ~self.rows
        few = max(2, -(-len(self.rows) // SHARE))
        rows = np.zeros(len(self.rows), bool)
        rows[np.rint(np.linspace(0, len(self.rows) - 1, few)).astype(int)] = True
        return rows & ~self.rows

    def cut(self, part: slice) -> PathPoints:
        """Return some of the points, with their own buffers."""
        own = self.own and {name: each[part] for name, each in self.own.items()}
        return PathPoints(self.line.points[part], own)

    def take_shown(self, mask: np.ndarray, losses: np.ndarray, grid: np.ndarray) -> None:
        """Take the losses of some points: those off the grid as given, the others from its cells.

        Shapes: mask (points,); losses (points off the grid in the mask,); grid (l, k)
        """
        self.shown[mask & self.is_off_grid] = losses
        rows, columns = self.cells[mask & ~self.is_off_grid].T
        self.shown[mask & ~self.is_off_grid] = grid[rows, columns]
        self.rows = self.rows | mask

    def make_shadow(self, kind: type[Shadow] = Shadow) -> Any:
        """Return the shadow of the points that are known, or another kind of it."""
        step = np.arange(len(self.rows)) if self.line.step is None else self.line.step
        columns: list[Any] = [step, self.coords, self.off, self.shown, self.true, self.same]
        if not self.rows.all():
            columns = [None if each is None else each[self.rows] for each in columns]
        step, coords, off, shown, true, same = columns
        named = self.line.label, self.line.kind
        return kind(
            *named, step, coords, off, shown, true, same, self.statistics, self.line.diverged
        )


class Draft:
    """A slice in the making. `make(losses, paths, **more)` returns it, as far as it is known.

    Shapes: lines x (k,) and y (l,); losses (l, k)
    """

    def __init__(
        self, lines: Lines, paths: list[PathDraft], work: SliceWork, make: Callable[..., Any]
    ):
        (self.x, self.y), self.paths, self.work, self.make = lines, paths, work, make
        self.losses = np.full((len(self.y), len(self.x)), np.nan)
        self.known = np.zeros(self.losses.shape, bool)

    def fill(self, cells: np.ndarray, is_first: bool = False) -> None:
        """Compute the losses of cells, given as a mask, and those of the paths."""
        asked = [(each, each.choose_rows(is_first)) for each in self.paths]
        cells = cells.copy()
        for each, mask in asked:
            rows, columns = each.cells[mask & ~each.is_off_grid].T
            cells[rows, columns] = True
        cells &= ~self.known
        rows, columns = np.nonzero(cells)
        grid = np.stack([self.x[columns], self.y[rows]], axis=1)
        coords = [each.coords[mask & each.is_off_grid] for each, mask in asked]
        runs = [
            (each, part) for each, mask in asked if not each.is_recorded for part in find_runs(mask)
        ]
        on_ground, *at_points = self.work.take(
            np.concatenate([grid, *coords]), [each.cut(part) for each, part in runs]
        )
        self.losses[cells], *shown = np.split(
            on_ground, np.cumsum([len(grid), *map(len, coords)])[:-1]
        )
        self.known |= cells
        for (each, mask), losses in zip(asked, shown, strict=True):
            each.take_shown(mask, losses, self.losses)
        for (each, part), losses in zip(runs, at_points, strict=True):
            each.true[part] = losses

    def refine(self, error: float | None, on_picture: Callable[[Any], Any] | None) -> Any:
        """Compute ever more cells, to the error asked for or all of them, and show pictures."""
        levels = choose_levels(self.losses.shape)
        if self.work.has_shortcut:
            levels = [levels[0], levels[-1]][-len(levels) :]
        tests = int(TESTED * self.losses.size / SHARE)
        for place, lines in enumerate(levels[:-1]):
            cells = choose_tests(self.known, lines, tests if place == 0 else max(2 * tests, ENOUGH))
            cells[np.ix_(*lines)] = True
            self.fill(cells, is_first=place == 0)
            guess = interpolate((self.x, self.y), self.losses, self.known, lines)
            if error is not None:
                rough = ~self.known & ~(guess.errors <= error)
                if rough.sum() <= count_nodes(levels[place + 1]) - count_nodes(lines):
                    self.fill(rough)
                    return self.finish(guess)
            if on_picture is not None and self.work.estimate_left() > SOON_S:
                on_picture(self.make_slice(guess))
        self.fill(~self.known)
        return self.finish()

    def make_slice(self, guess: Guess | None = None, **more: Any) -> Any:
        """Return the slice as it is now, with what is guessed of the other cells."""
        losses = self.losses.copy()
        if guess is not None and not self.known.all():
            losses = np.where(self.known, losses, guess.losses)
            errors = np.where(self.known, 0.0, guess.errors)
            more |= {"estimated": ~self.known, "errors": errors}
        return self.make(losses, self.paths, **more)

    def finish(self, guess: Guess | None = None) -> Any:
        """Return the slice, with what it took in words."""
        return self.make_slice(guess, effort=self.work.finish())


def compute_slice(
    given: tuple[Problem, Ground, Mixture | None],
    lines: Lines,
    paths: list[PathDraft],
    make: Callable[..., Any],
    *,
    refine: bool | float = False,
    on_picture: Callable[[Any], Any] | None = None,
    **watch: Any,
) -> Any:
    """Return the losses at the crossings of lines on a ground, and of paths, as `make` puts them.

    `watch` is what `slice_loss` says of executor, on_progress, cancel and check.

    Raises: ValueError: refine must be False, True or an error above 0 such as 0.05, got -1
    """
    error = read_error(refine)
    total = len(lines[0]) * len(lines[1]) + sum(each.count for each in paths)
    draft = Draft(lines, paths, SliceWork(*given, total, **watch), make)
    if error is None and on_picture is None:
        draft.fill(np.ones(draft.losses.shape, bool))
        return draft.finish()
    return draft.refine(error, on_picture)


def read_error(refine: Any) -> float | None:
    """Return the error that a refinement ends at; None for one that computes every cell.

    Raises: ValueError: refine must be False, True or an error above 0 such as 0.05, got -1
    """
    if isinstance(refine, (bool, np.bool_)):
        return ERROR if refine else None
    if not isinstance(refine, (int, float, np.number)) or not 0 < refine < np.inf:
        raise ValueError(
            f"refine must be False, True or an error above 0 such as 0.05, got {refine!r:.60}"
        )
    return float(refine)


def find_cells(coords: np.ndarray, lines: Lines) -> np.ndarray:
    """Return row and column of the cell that each point is at, -1 where there is none: (k, 2)."""
    places = []
    for values, line in zip(coords.T, lines, strict=True):
        near = np.minimum(np.searchsorted(line, values), len(line) - 1)
        places.append(np.where(line[near] == values, near, -1))
    columns, rows = places
    return np.where(((rows < 0) | (columns < 0))[:, None], -1, np.stack([rows, columns], axis=1))


def count_nodes(lines: Sequence[np.ndarray]) -> int:
    """Return the number of cells of a lattice."""
    return len(lines[0]) * len(lines[1])


def find_runs(mask: np.ndarray) -> Iterator[slice]:
    """Yield the runs of a mask as slices, so that rows of a file are read only where needed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        yield slice(int(begin), int(end))
