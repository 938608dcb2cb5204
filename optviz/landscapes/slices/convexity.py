"""The convexity of a loss on a slice: the lowest and the highest eigenvalue at points of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from optviz.landscapes.curvature.lanczos import EndsTracker, NotFiniteError
from optviz.landscapes.curvature.products import open_products
from optviz.landscapes.curvature.searches import follow_points
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.statistics import BLENDED, find_blend, name_given
from optviz.problems.base import Problem, check_problem
from optviz.runs.loop import check_whole

TOLERANCE = 1e-3
"""The residual of both ends, as a share of the larger: an error that no color shows."""
TRIED = 4
"""Points, next to each other, that an estimate of the time takes."""


@dataclass(frozen=True, eq=False)
class ConvexityMap:
    """The lowest and the highest eigenvalue of the whole Hessian on a grid of a slice.

    Row j, column i is the point at alphas[i] along the first axis, betas[j] along the second.
    Shapes: alphas (k,); betas (l,); low, high (l, k), NaN where not finite or not settled
    """

    cut: Slice
    alphas: np.ndarray
    betas: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seconds: float
    """The time that it took."""
    products: int
    statistics: str = ""

    @property
    def ratio(self) -> np.ndarray:
        """The absolute lowest over the absolute highest eigenvalue, as Li et al. draw it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(self.low / self.high)

    @property
    def downward(self) -> np.ndarray:
        """The share of the strongest curvature that goes down: 0 where convex, 1 where a dome."""
        steep = np.maximum(np.abs(self.low), np.abs(self.high))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(steep == 0, 0.0, np.maximum(-self.low, 0) / steep)

    def words(self) -> str:
        """Say in plain sentences what the map shows."""
        known = np.isfinite(self.low)
        share = self.downward[known]
        count = len(self.cut.plane.origin)
        out = ["Lowest over highest eigenvalue of the Hessian"]
        out[0] += f" in all {count:,} parameters, not only along the two axes: near 0 the loss"
        out[0] += " curves down nowhere to speak of, toward 1 as strongly as up."
        if share.size:
            flat = np.mean(share <= 0.01)
            out.append(
                f"It is at most .01 at {flat:.0%} of the points, {np.median(share):.2g} at the "
                f"median, {share.max():.2g} at most; each to about {TOLERANCE:g}."
            )
        if missing := int((~known).sum()):
            out.append(f"At {missing} of {known.size} points there is no value.")
        if self.statistics:
            out.append(f"The loss is taken {self.statistics}.")
        return " ".join(out)


def map_convexity(
    problem: Problem,
    cut: Slice,
    paths: Any = (),
    *,
    size: int = 15,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> ConvexityMap:
    """Return the lowest and highest eigenvalue of the Hessian on size x size points of a slice.

    `paths` are those that the slice was made with: where a point is more than its parameters, the
    buffers on the grid are interpolated between theirs, as in the slice. Each point takes about
    twenty products of the Hessian with a vector, beginning where its neighbor ended;
    `estimate_seconds` tells the time. `on_progress(done, total)` is told the points; `cancel()`
    that returns True ends the work. An `executor` of concurrent.futures gets 16 points at a time,
    which agree to the tolerance.

        from optviz import Plane, map_convexity, slice_loss, surface

        problem = surface("himmelblau")
        cut = slice_loss(problem, Plane.spanned([0, 0], [1, 0], [0, 1]), window=((-5, 5), (-5, 5)))
        print(map_convexity(problem, cut).words())

    Source: Li et al., 2018, Visualizing the Loss Landscape of Neural Nets, section 6
    Raises: ValueError: size must be a whole number of at least 2, got 1
    """
    check_kind(cut, Slice, "map_convexity takes a Slice", "make one by slice_loss(problem, plane)")
    begun = perf_counter()
    search = GridSearch(problem, cut, paths, check_whole("size", size, low=2))
    low, high = np.full((2, size, size), np.nan)
    places = list(walk_rows(size))
    watch: Any = {"executor": executor, "on_progress": on_progress, "cancel": cancel}
    found, _ = follow_points(search, places, cut.plane.origin.size, **watch)
    rows, columns = np.transpose(places)
    low[rows, columns], high[rows, columns] = found.T
    seconds, count = perf_counter() - begun, search.tracker.products
    lines = search.alphas, search.betas
    return ConvexityMap(cut, *lines, low, high, seconds, count, search.statistics)


def estimate_seconds(problem: Problem, cut: Slice, paths: Any = (), *, size: int = 15) -> float:
    """Return about how many seconds `map_convexity` will take, from a few points of its grid."""
    search = GridSearch(problem, cut, paths, check_whole("size", size, low=2))
    row = size // 2
    spent = []
    for column in range(min(TRIED, size)):
        begun = perf_counter()
        search.measure((row, column))
        spent.append(perf_counter() - begun)
    return spent[0] + float(np.median(spent[1:])) * (size * size - 1)


def walk_rows(size: int) -> Iterator[tuple[int, int]]:
    """Yield row and column of each point of a grid, each a neighbor of the last."""
    for j in range(size):
        for i in range(size) if j % 2 == 0 else reversed(range(size)):
            yield j, i


class GridSearch:
    """The search for both ends of the spectrum at the points of a slice's grid."""

    def __init__(self, problem: Problem, cut: Slice, paths: Any, size: int):
        self.problem, self.plane = check_problem(problem), cut.plane
        if np.size(problem.start) != cut.plane.origin.size:
            counts = f"{np.size(problem.start)}, got one of {cut.plane.origin.size}"
            raise ValueError(f"the slice must be of this problem, whose parameters are {counts}")
        self.alphas, self.betas = (
            np.linspace(lines[0], lines[-1], size) for lines in (cut.alphas, cut.betas)
        )
        drawn = [paths] if hasattr(paths, "path") else list(paths)
        coords = [cut.plane.project(np.asarray(getattr(each, "path", each)))[0] for each in drawn]
        self.blend = find_blend(problem, coords, [getattr(each, "buffers", None) for each in drawn])
        self.statistics = BLENDED if self.blend else name_given(problem)
        self.tracker = EndsTracker(lowest=True, tolerance=TOLERANCE)

    def measure(self, place: tuple[int, int]) -> tuple[float, float]:
        """Return the lowest and the highest eigenvalue at a point; NaN where there are none."""
        j, i = place
        coords = np.array([[self.alphas[i], self.betas[j]]])
        buffers = None
        if self.blend:
            buffers = {name: each[0] for name, each in self.blend.at(coords).items()}
        try:
            point = self.plane.point(coords)[0]
            with open_products(self.problem, point, None, buffers) as (multiply, size):
                ends = self.tracker.find(multiply, size)
        except NotFiniteError:
            return np.nan, np.nan
        low, high = ends.values if ends.is_settled else (np.nan, np.nan)
        return float(low), float(high)
