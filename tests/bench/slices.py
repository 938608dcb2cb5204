"""The loss of rating models on planes, sheets and lines: 51 x 51 points over ml-100k.

The direct way is the model evaluated at one point after another; a few points are timed, in turn
with the slice, and all of them are counted.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optviz import DotBias, Plane, slice_loss
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.profiles import profile_loss
from optviz.movielens import Ratings, load

from .timing import Row, compare, compare_work, measure_best_seconds, measure_work, tell

SIZE = 51
POINTS = SIZE * SIZE
SAMPLE = 12
"""Points that are evaluated directly."""


def rows() -> Iterator[Row]:
    """Report exact coefficients against one evaluation of the model a point."""
    data = load("ml-100k")
    for dtype, least, most in ((np.float32, 100, 0.15), (np.float64, 50, 0.1)):
        name = f"{np.dtype(dtype).name}, "
        near, far = (cut(*make_model(data, dtype, spread=spread)) for spread in (0.05, 2.0))
        yield tell(f"slice, {name}{len(data):,} ratings", measure_best_seconds(near[1]), 0.6, "s")
        yield compare_direct(f"{name}one slice over 2,601 evaluations", *near, least)
        # Nearly all of it is exp, which is six times as slow in float64 without AVX-512.
        yield compare_direct(
            f"{name}the same, over a window so wide that every point is needed", *far, 8
        )
        yield from measure_quartic(data, dtype, most)
    yield from measure_lines(data)
    yield compare_direct(
        "the mini net, float32, one slice over 2,601 evaluations", *cut_net(data), 10
    )


def make_model(
    data: Ratings, dtype: Any, *, spread: float, bounds: Any = (1.0, 5.0)
) -> tuple[DotBias, np.ndarray]:
    """Return the full model, and its weights at the three ends of a plane.

    They are Gaussian of standard deviation `spread`.
    """
    sizes = {"users": data.users, "movies": data.movies}
    plain = DotBias(data.user, data.movie, data.rating, **sizes)
    ends = np.random.default_rng(0).normal(0, spread, (3, plain.size))
    start = ends[0].astype(dtype)
    problem = DotBias(data.user, data.movie, data.rating, start=start, bounds=bounds, **sizes)
    return problem, ends


def cut(problem: Any, ends: np.ndarray) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return how to evaluate a problem at one point, and on the plane through three."""
    plane, point = Plane.through(*ends), ends[1].astype(problem.start.dtype)
    return lambda: problem.loss(point), lambda: slice_loss(problem, plane, [ends], size=SIZE)


def measure_quartic(data: Ratings, dtype: Any, most: float) -> Iterator[Row]:
    """Report the closed quartic over all points with the sigmoid, alone and as whole slices.

    A slice also evaluates the three points that it draws, which takes as long as the quartic.
    """
    line = np.linspace(-0.5, 1.5, SIZE)
    coords = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    models = [make_model(data, dtype, spread=2.0, bounds=each) for each in (None, (1.0, 5.0))]
    (first, other), name = [cut(*each)[1] for each in models], f"{np.dtype(dtype).name}, "

    def take(problem: DotBias, ends: np.ndarray) -> Callable[[], object]:
        axes = ends[1:] - ends[0]
        return lambda: problem.plane_losses(ends[0], axes, coords)

    quartic, sigmoid = (take(*each) for each in models)
    yield compare_work(
        f"{name}2,601 losses without the sigmoid over those with it, every point needed",
        quartic,
        sigmoid,
        most,
        pairs=7,
    )
    yield compare_work(
        f"{name}their slices, the losses drawn included", first, other, 0.25, pairs=3
    )


def cut_net(data: Ratings) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the two of the mini net."""
    import torch
    from torch.nn.functional import mse_loss

    from optviz.recommenders.models import build_model
    from optviz.recommenders.problems.net_problem import NetProblem

    torch.set_num_threads(1)
    module: Any = build_model("net", data.users, data.movies)
    columns = torch.from_numpy(data.user.copy()), torch.from_numpy(data.movie.copy())
    problem = NetProblem(
        module, mse_loss, columns, torch.from_numpy(data.rating.copy()), chunk=8192
    )
    shifts = np.random.default_rng(0).normal(0, 0.1, (3, len(problem.start)))
    return cut(problem, problem.start + shifts)


def measure_lines(data: Ratings) -> Iterator[Row]:
    """Report a sheet between two paths of 40 points, a profile, and a line over its evaluations."""
    rows, _ = data.split_rows(42)
    sizes = {"users": data.users, "movies": data.movies}
    start = np.random.default_rng(0).normal(0, 0.05, (data.users + data.movies) * 51)
    columns = data.user, data.movie, data.rating
    problem = DotBias(*columns, rows=rows, start=start.astype(np.float32), **sizes)
    far = np.sqrt(np.linspace(0, 1, 40))[:, None]
    ways = np.random.default_rng(1).normal(0, 0.2, (2, problem.size))
    paths = [(start + far * way).astype(np.float32) for way in ways]
    ends = paths[0][-1].astype(float), paths[1][-1].astype(float)
    sheet, places = Sheet.between(*paths), np.linspace(-0.15, 1.15, SIZE)
    name = f"{len(rows):,} ratings"

    def take_line() -> None:
        problem.line_losses(ends[0], ends[1] - ends[0], places)

    def evaluate() -> None:
        for _ in places:
            problem.loss(paths[0][-1])

    took = measure_best_seconds(lambda: slice_sheet(problem, sheet, size=SIZE))
    yield tell(f"sheet of 51 x 51 between two runs, float32, {name}", took, 2.0, "s")
    took = measure_best_seconds(lambda: profile_loss(problem, *ends, size=101))
    yield tell(f"profile of 101 points, float32, {name}", took, 0.1, "s")
    yield compare_work(
        "one line of 51 points over its evaluations", take_line, evaluate, 0.15, pairs=3
    )


def compare_direct(
    what: str, evaluate: Callable[[], object], take: Callable[[], object], least: float
) -> Row:
    """Gate the work of a slice over that of all its points, one in `least`."""

    def evaluate_some() -> None:
        for _ in range(SAMPLE):
            evaluate()

    evaluate_some()
    return compare(
        what,
        lambda: measure_work(take),
        lambda: measure_work(evaluate_some) * POINTS / SAMPLE,
        1 / least,
        pairs=3,
    )
