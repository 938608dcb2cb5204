"""Maps of starts on a plane through a real model: what a whole training from each comes to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.grid import check_window
from optviz.landscapes.planes.plane import Plane
from optviz.problems.base import Problem, check_problem, find_title
from optviz.problems.batches import split_range
from optviz.rules import Rule
from optviz.runs.loop import PreparedRun, check_whole, prepare_run
from optviz.runs.luggage import Piece
from optviz.runs.outcomes import DIVERGED as LEFT
from optviz.runs.outcomes import NEVER, STOPPED, Reducer, reduce_alone
from optviz.runs.store import TrialStore, make_key
from optviz.runs.work import perform_pieces
from optviz.schedules import Schedule
from optviz.specs import OptimizerSpec, Racer, format_label, format_spec, to_spec, unwrap_rule
from optviz.sweeps.basins import APART, DIVERGED, ELSEWHERE, NEAR, NO_LOSS
from optviz.sweeps.plane_records import PlaneMap

FEW = 8
"""The starts of a piece of work where runs are made one after another."""
NUMBERS = 1 << 22
"""The parameters of all starts in a piece of work where runs are made at once."""
MANY = 4096
"""The most starts in a piece of work."""


def plane_map(
    problem: Problem,
    rule: Racer,
    plane: Plane,
    steps: int = 100,
    *,
    window: tuple[tuple[float, float], tuple[float, float]],
    size: int = 21,
    goals: Any = None,
    within: float | None = None,
    seed: int = 0,
    every: int = 1,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> PlaneMap:
    """Return what a whole run from every start of a grid on a plane comes to.

    The problem may have any number of parameters: a rating model, a torch module, a surface. All
    starts have the same noise, or order of the data. `window` is (low, high) along either axis of
    the plane. `goals` are points of all parameters, or runs whose ends they are; a run is near the
    nearest one where that is not farther than the part `within` of the window's shorter side; None
    is 4 %, or less where two goals are close. The full loss is taken after `every` so many steps:
    of mini-batches take more than 1, as each costs a pass over the data. `executor`, `store`,
    `on_progress` and `cancel` are those of `perform_pieces`.

        problem = ModuleProblem(model, mse_loss, inputs, targets)
        runs = [run(problem, rule, 300) for rule in (Momentum(lr=0.05), Adam(lr=0.02))]
        made = plane_map(problem, "adam:lr=0.02", Plane.pca(runs), 300,
                         window=((-3, 3), (-3, 3)), goals=runs)
        print(made.to_text())

    Shapes: goals (k, n)
    Raises: ValueError: the plane is of 97 parameters, net has 12
    """
    plane = check_plane(problem, plane)
    steps, size = check_whole("steps", steps), check_whole("size", size, low=2)
    (left, right), (low, high) = check_window(problem, window)
    x, y = np.linspace(left, right, size), np.linspace(low, high, size)
    points = read_goals(goals, len(plane.origin))
    near = choose_radius(points, min(right - left, high - low), within)
    spec = to_spec(rule)
    seed, every = check_whole("seed", seed, low=0), check_whole("every", every)
    shared = (problem, (spec.rule, spec.schedule), plane, steps, seed, every, points, near)
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    content = make_key("plane map", *shared) if store is not None else ""
    pieces = [
        Piece(train_starts, (starts[each], *shared), content and make_key(content, starts[each]))
        for each in split_range(len(starts), choose_count(problem))
    ]
    parts = perform_pieces(
        pieces, executor=executor, store=store, on_progress=on_progress, cancel=cancel
    )
    made = {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}
    goals_on, goals_off = plane.project(points) if len(points) else (points[:, :2], np.empty(0))
    return PlaneMap(
        label=format_label(OptimizerSpec(spec.rule, spec.schedule)),
        rule=format_spec(spec.rule, spec.schedule),
        kind=type(unwrap_rule(spec.rule)).__name__.lower(),
        problem=find_title(problem),
        parameters=len(plane.origin),
        how=plane.how,
        x=x,
        y=y,
        steps=steps,
        seed=seed,
        every=every,
        goals=goals_on,
        goals_off=goals_off,
        goal_losses=np.array([float(problem.loss(each)) for each in points]),
        within=near,
        **{name: each.reshape(size, size, *each.shape[1:]) for name, each in made.items()},
    )


def train_starts(
    starts: np.ndarray,
    problem: Problem,
    spec: tuple[Rule, Schedule | None],
    plane: Plane,
    steps: int,
    seed: int,
    every: int,
    goals: np.ndarray,
    within: float,
) -> dict[str, np.ndarray]:
    """Return what the runs from some starts come to.

    Shapes: starts (k, 2), along the plane's axes; goals (goals, n)
    """
    rule, schedule = spec
    points = place_starts(starts, plane).astype(np.asarray(problem.start).dtype, copy=False)

    def prepare(start: np.ndarray) -> PreparedRun:
        return prepare_run(problem, rule, steps, start=start, seed=seed, schedule=schedule)

    def make_reducer(prepared: PreparedRun) -> GoalReducer:
        return GoalReducer(prepared, [], goals, within, every)

    if problem.is_vectorized:
        prepared = prepare(points.T)
        reducer: Any = make_reducer(prepared)
        prepared.make_steps(reducer)
        return reducer.describe(points, plane)
    parts = [
        reduce_alone(prepare(point), make_reducer).describe(point[None], plane) for point in points
    ]
    return {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}


def place_starts(starts: np.ndarray, plane: Plane) -> np.ndarray:
    """Return the points of the plane, (k, n), the same to the last bit wherever they are made."""
    # Not `plane.point`: the product of matrices there rounds as its threads cut it.
    across, up = starts[:, :1] * plane.axes[0], starts[:, 1:] * plane.axes[1]
    return plane.origin + (across + up)


class GoalReducer(Reducer):
    """The reductions of runs towards goals of any number of parameters, the nearest one counts."""

    def _take_point(self, step: int, params: np.ndarray) -> None:
        squares = np.stack([measure_square(params, each) for each in self.minima])
        nearest = squares.argmin(axis=0)
        is_near = np.take_along_axis(squares, nearest[None], 0)[0] <= self.square
        near = np.where(is_near, len(self.minima) - nearest, 0)
        np.copyto(self.arrived, step, where=near != self.near)
        self.near = near.astype(np.int16)

    def describe(self, starts: np.ndarray, plane: Plane) -> dict[str, np.ndarray]:
        """Return what became of the runs; starts (k, n)."""
        assert self.before is not None
        made, ends = self.finish(0), self.before[0]
        near = np.full(made.end.shape, ELSEWHERE) if made.minimum is None else made.minimum
        end = np.where(made.end == STOPPED, NO_LOSS, np.where(made.end == LEFT, DIVERGED, near))
        coords, off = np.full((len(starts), 2), np.nan), np.full(len(starts), np.nan)
        distance, there = np.full(len(starts), np.nan), self.runs_on
        coords[there] = plane.project(ends.T[there])[0]
        way = measure_square(ends[:, there], starts[there].T)
        shown = np.sum((coords - plane.project(starts)[0])[there] ** 2, axis=1)
        off[there] = np.sqrt(np.clip(1 - shown / np.where(way > 0, way, np.inf), 0, 1)) * (way > 0)
        for goal in self.minima:
            away = np.sqrt(measure_square(ends[:, there], goal[:, None]))
            distance[there] = np.fmin(distance[there], away)
        return {
            "final": np.where(end == NO_LOSS, np.nan, made.final),
            "best": self.best,
            "end": end,
            "arrived": np.full(end.shape, NEVER) if made.arrived is None else made.arrived,
            "distance": distance,
            "coords": coords,
            "off": off,
        }


def measure_square(points: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the squared distances of points (n, k) from one (n,) or from as many (n, k)."""
    away = points - other.reshape(len(other), -1)
    return np.einsum("ij,ij->j", away, away)


def choose_count(problem: Problem) -> int:
    """Return the number of starts in a piece of work."""
    if not problem.is_vectorized:
        return FEW
    return int(np.clip(NUMBERS // np.size(problem.start), 1, MANY))


def choose_radius(goals: np.ndarray, side: float, within: float | None) -> float:
    """Return how near a run is that has arrived at a goal.

    Raises: ValueError: within must be a part of the window's side above 0, got -1
    """
    if within is not None:
        if not (np.ndim(within) == 0 and 0 < float(within) < np.inf):
            raise ValueError(f"within must be a part of the window's side above 0, got {within!r}")
        return float(within) * side
    apart = [np.linalg.norm(a - b) for place, a in enumerate(goals) for b in goals[:place]]
    return float(min([NEAR * side, *(APART * each for each in apart)]))


def read_goals(goals: Any, size: int) -> np.ndarray:
    """Return goals as points (k, size): those given, or the ends of runs.

    Raises: ValueError: goals must be points of 97 parameters, or runs, got 5
    """
    if goals is None:
        return np.empty((0, size))
    single = hasattr(goals, "end") or getattr(goals, "ndim", 2) == 1
    given = [goals] if single else goals
    try:
        points: Any = np.array([np.asarray(getattr(each, "end", each), float) for each in given])
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != size or not np.isfinite(points).all():
        raise ValueError(f"goals must be points of {size} parameters, or runs, got {goals!r:.60}")
    return points


def check_plane(problem: Problem, plane: Any) -> Plane:
    """Return the plane.

    Raises: ValueError: the plane is of 97 parameters, net has 12
    """
    count = np.size(check_problem(problem).start)
    if not isinstance(plane, Plane):
        raise ValueError(f"plane must be a Plane, such as Plane.pca(runs), got {plane!r:.60}")
    if len(plane.origin) != count:
        raise ValueError(
            f"the plane is of {len(plane.origin)} parameters, {problem.name} has {count}"
        )
    return plane
