"""The loss of the full dot+bias model on a plane: 51 x 51 points over all ratings of ml-100k."""

from collections.abc import Iterator

import numpy as np

from optviz import DotBias, Plane, slice_loss
from optviz.movielens import load

from .timing import Row, compare, measure_best_seconds, measure_work

SIZE = 51
LIMIT = 0.2


def rows() -> Iterator[Row]:
    """Report exact coefficients against one evaluation of the model a point."""
    data = load("ml-100k")
    problem = DotBias(data.user, data.movie, data.rating, users=data.users, movies=data.movies)
    rng = np.random.default_rng(0)
    ends = [problem.start + rng.normal(0, 0.1, problem.start.shape) for _ in range(3)]
    plane = Plane.through(*ends)

    def slice_exactly() -> None:
        slice_loss(problem, plane, size=SIZE)

    def evaluate_one_row() -> None:
        for _ in range(SIZE):
            problem.loss(ends[0])

    sliced = measure_best_seconds(slice_exactly)
    yield Row(
        f"slice of {problem.start.size:,} parameters, {len(data):,} ratings",
        f"{sliced:.2f} s (aim 2 s)",
    )
    yield compare(
        "the same, against the model evaluated point by point",
        lambda: measure_work(slice_exactly),
        lambda: measure_work(evaluate_one_row) * SIZE,
        LIMIT,
        pairs=3,
    )
