"""The ways to choose the axes of a plane through recorded runs, in the words of who chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from optviz.landscapes.planes.plane import Plane
from optviz.problems.base import Problem


class Way(NamedTuple):
    """A way to choose the two axes of a plane."""

    title: str
    about: str
    """What it is good for, for the person who chooses."""
    runs: int
    """How many runs it is about besides those that are drawn: 0, 1 or 2."""
    choose: Callable[[Problem, Sequence[Any], int, int, int], Plane]
    """Returns the plane for a problem, its runs, the places of two of them, and a seed."""
    reach: Callable[[Any], float] | None = None
    """Returns how far the window reaches in each direction for the run that the way is about;
    None where it holds all paths, of which these directions show next to nothing."""


WAYS = {
    "paths": Way(
        "Principal axes of all paths",
        "The two directions in which all paths together vary most: no other plane shows more of "
        "them. It passes through the end of the run with the lowest loss.",
        0,
        lambda _problem, runs, _first, _second, _seed: Plane.pca(list(runs)),
    ),
    "path": Way(
        "Principal axes of one path",
        "The two directions in which one path varies most. The others may lie far off the plane.",
        1,
        lambda _problem, runs, first, _second, _seed: Plane.pca(runs[first]),
    ),
    "ends": Way(
        "Through three points",
        "Through the start and the ends of two runs: there, and only there, the slice is exact.",
        2,
        lambda _problem, runs, first, second, _seed: choose_ends(runs, first, second),
    ),
    "random": Way(
        "Random directions",
        "Two random directions through the end of a run, each filter as long as the weights that "
        "it moves (Li et al., 2018). It shows how sharp the end is, and next to nothing of a path.",
        1,
        lambda problem, runs, first, _second, seed: Plane.random(
            problem, runs[first].path[-1], seed=seed
        ),
        lambda _run: 1.0,
    ),
    "hessian": Way(
        "Largest curvatures",
        "The two directions in which the loss is curved most at the end of a run: the top "
        "eigenvectors of the Hessian. Steps that are too large overshoot along them.",
        1,
        lambda problem, runs, first, _second, seed: Plane.hessian(
            problem, runs[first].path[-1], buffers=find_end_buffers(runs[first]), seed=seed
        ),
        lambda run: 0.5 * measure_way(run, 0) or 1.0,
    ),
    "steps": Way(
        "The optimizer's own",
        "Along the gradient and along the last step at the end of a run: where the next step goes.",
        1,
        lambda problem, runs, first, _second, _seed: Plane.optimizer(runs[first], problem=problem),
        lambda run: 3.0 * measure_way(run, -2) or 1.0,
    ),
}
"""The ways by their names in a link, what most people want first."""


def choose_plane(
    way: str, problem: Problem, runs: Sequence[Any], first: int = 0, second: int = 1, seed: int = 0
) -> Plane:
    """Return the plane for some runs of a problem, chosen in one of the WAYS.

    `first` and `second` are the places of the runs that a way is about.

    Raises: ValueError: axes must be paths, path, ends, random, hessian or steps, got "pca"
    """
    if way not in WAYS:
        *most, last = WAYS
        raise ValueError(f'axes must be {", ".join(most)} or {last}, got "{way:.40}"')
    return WAYS[way].choose(problem, runs, first, second, seed)


def choose_window(way: str, run: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the window of a plane chosen in a way, about one run; None: it holds all paths."""
    reach = WAYS[way].reach
    side = None if reach is None else (-reach(run), reach(run))
    return None if side is None else (side, side)


def measure_way(run: Any, point: int) -> float:
    """Return the distance in parameters from a point of a run to its end."""
    return float(np.linalg.norm(np.asarray(run.path[-1], float) - run.path[point]))


def choose_ends(runs: Sequence[Any], first: int, second: int) -> Plane:
    """Return the plane through the start of a run, its end, and the end of another.

    Raises: ValueError: a plane through three points needs two runs: choose another one
    """
    if first == second:
        raise ValueError("a plane through the ends of two runs needs two: choose another one")
    return Plane.through(runs[first].path[0], runs[first].path[-1], runs[second].path[-1])


def find_end_buffers(run: Any) -> dict[str, Any] | None:
    """Return the buffers of a run's last point; None where it has none."""
    buffers = getattr(run, "buffers", None)
    return {name: each[-1] for name, each in buffers.items()} if buffers else None
