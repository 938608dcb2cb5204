"""Maps of two hyperparameters: what becomes of an optimizer at every pair of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from optviz.landscapes.minima import find_minima
from optviz.problems.base import Problem, check_problem, find_title
from optviz.rules import Rule
from optviz.runs.edges import find_bare, find_quadratic, make_edge, read_factors
from optviz.runs.loop import check_whole, prepare_run
from optviz.runs.outcomes import FINISHED, NEVER, Reducer, estimate_bytes
from optviz.runs.recorder import MOST_BYTES
from optviz.schedules import Constant
from optviz.specs import OptimizerSpec, Racer, format_label, to_spec, unwrap_rule

REGIMES = MONOTONE, RIPPLES, OSCILLATING, DIVERGING = (
    "monotone",
    "ripples",
    "oscillating",
    "diverging",
)
COUNT = 41
"""The values of a hyperparameter for which only its ends are given."""
DONE = 1e-12
"""A run has converged where the gap to the lowest loss is this part of the first one."""


@dataclass(frozen=True, eq=False)
class SweepMap:
    """The outcome of an optimizer at each pair of values of two hyperparameters.

    Shapes: x (columns,), y (rows,); final, best and reached (seeds, rows, columns); rate, regime
    and diverged (rows, columns); border (points, 2) in x and y.
    """

    label: str
    kind: str
    problem: str
    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    steps: int
    seeds: tuple[int, ...]
    target: float
    """The loss of `reached`."""
    final: np.ndarray
    """The loss after the last step: inf where the run ended before, nan without a derivative."""
    best: np.ndarray
    """The lowest loss of all steps."""
    reached: np.ndarray
    """The first step at which the loss is at most the target; -1 where it never is."""
    rate: np.ndarray
    """The mean factor of a step on the gap to the lowest loss, of the first seed: up to the step at
    which the gap is at most 1e-12 of the first one; above 1 where it grew, nan where unknown."""
    regime: np.ndarray
    """The place in REGIMES of the first seed's run: the loss never rises; it rises at times; most
    steps turn back against the step before; it is above the first loss at the end."""
    diverged: np.ndarray
    """The share of the seeds whose run ends above its first loss, or before its last step."""
    border: np.ndarray | None
    """The largest stable lr by theory, on quadratics; None where it knows none, or where
    neither hyperparameter is lr."""
    bytes: int = 0
    """The memory that the runs took at once."""

    @property
    def median(self) -> np.ndarray:
        """The median over the seeds of the final loss, inf where half of them diverged."""
        return np.median(np.where(np.isnan(self.final), np.inf, self.final), axis=0)

    @property
    def steps_to_target(self) -> np.ndarray:
        """The median over the seeds of the steps to the target, inf where half of them miss it."""
        return np.median(np.where(self.reached == NEVER, np.inf, self.reached), axis=0)

    def find_best(self) -> tuple[float, float]:
        """Return the pair of values with the lowest median of the final loss."""
        row, column = np.unravel_index(np.argmin(self.median), self.median.shape)
        return float(self.x[column]), float(self.y[row])

    def to_text(self) -> str:
        """Return what the map says as text for a terminal."""
        x, y = self.find_best()
        share = float((self.diverged > 0.5).mean())
        return (
            f"{self.label} on {self.problem}: {self.steps} steps at {self.x.size} x {self.y.size} "
            f"values of {self.x_name} and {self.y_name}, {len(self.seeds)} seed"
            f"{'s' * (len(self.seeds) > 1)}\n"
            f"lowest median of the final loss {self.median.min():.6g} at {self.x_name}={x:.4g}, "
            f"{self.y_name}={y:.4g}\n{share:.1%} of the pairs diverge for most seeds"
        )

    def __repr__(self) -> str:
        size = f"{self.x.size} x {self.y.size}"
        return (
            f"SweepMap({self.label!r} on {self.problem!r}: {size} of {self.x_name}, {self.y_name})"
        )


def sweep_map(
    problem: Problem,
    rule: Racer,
    axes: Mapping[str, Any],
    steps: int = 200,
    *,
    start: Any = None,
    seeds: int = 1,
    target: float | None = None,
    on_step: Callable[[int], Any] | None = None,
) -> SweepMap:
    """Return what becomes of an optimizer at each pair of values of two hyperparameters.

    All pairs and seeds are made in one run without a record. `axes` names the hyperparameter
    across and the one up, each with its values or with its (low, high): then 41 values, in equal
    steps of the logarithm where its slider has them so. The noise of a seed is the same at every
    pair. `target` is a loss; None is a thousandth of the way from the lowest loss to the first.

        from optviz import surface
        from optviz.sweeps import sweep_map

        found = sweep_map(surface("ravine"), "momentum", {"lr": (0.001, 1), "beta1": (0, 0.99)})
        print(found.to_text())

    Raises: ValueError: Momentum has no hyperparameter "beta2": it has lr, beta1, ...
    """
    check_problem(problem)
    base, schedule, _ = to_spec(rule)
    (x_name, x), (y_name, y) = read_axes(base, axes)
    varied = set_values(set_values(base, x_name, x[None, None, :]), y_name, y[None, :, None])
    own = tuple(range(check_whole("seeds", seeds)))
    noise: Any = np.array(own).reshape(-1, 1, 1) if problem.has_seeds else 0
    if len(own) > 1 and not problem.has_seeds:
        raise ValueError(f"several seeds are for gradient noise, {problem.name} draws its samples")
    prepared = prepare_run(problem, varied, steps, start=start, seed=noise, schedule=schedule)
    size = estimate_bytes(prepared.params, prepared.state)
    if size > MOST_BYTES:
        raise ValueError(f"these runs need {size / 1e9:.3g} GB: take fewer values or seeds")
    lowest, first = find_lowest(problem), float(np.ravel(problem.loss(prepared.params))[0])
    floor = min(lowest, first) if np.isfinite(lowest) else np.nan
    usual = floor + 1e-3 * (first - floor) if np.isfinite(floor) else first
    goal = usual if target is None else target
    reducer: Any = SweepReducer(prepared, [float(goal)], floor)
    prepared.make_steps(reducer, on_step)
    made, runs_on = reducer.finish(size), reducer.end == FINISHED
    assert made.best is not None
    assert made.reached is not None
    shape = (len(own), y.size, x.size)
    rose = np.broadcast_to(~runs_on | ~(made.final <= made.first), shape)
    rate, regime = reducer.describe()
    return SweepMap(
        label=format_label(OptimizerSpec(base, schedule)),
        kind=type(unwrap_rule(base)).__name__.lower(),
        problem=find_title(problem),
        x_name=x_name,
        y_name=y_name,
        x=x,
        y=y,
        steps=steps,
        seeds=own,
        target=float(goal),
        final=np.broadcast_to(made.final, shape),
        best=np.broadcast_to(made.best, shape),
        reached=np.broadcast_to(made.reached[0], shape),
        rate=rate,
        regime=np.where(rose[0], REGIMES.index(DIVERGING), regime),
        diverged=rose.mean(axis=0),
        border=find_border(problem, base, schedule, (x_name, x), (y_name, y)),
        bytes=size,
    )


class SweepReducer(Reducer):
    """The reductions of a sweep: those of many runs, and how the runs of the first seed move."""

    def __init__(self, prepared: Any, targets: list[float], floor: float):
        super().__init__(prepared, targets, (), 0.0)
        self.floor, runs = floor, prepared.params.shape[2:]
        self.counted, self.flips, self.rises = (np.zeros(runs, int) for _ in range(3))
        self.converged, self.last_gap = np.full(runs, NEVER), np.full(runs, np.nan)
        self.update: np.ndarray | None = None
        self.loss: np.ndarray | None = None

    def add(self, step: int, params: np.ndarray, loss: Any, *rest: Any, **more: Any) -> None:
        """Take in the point after `step` steps."""
        own, point = np.broadcast_to(loss, params.shape[1:])[0], params[:, 0]
        gap = own - self.floor
        if self.loss is None:
            self.first_gap = gap
        elif self.before is not None:
            update = point - self.before[0][:, 0]
            is_open = (self.converged == NEVER) & self.runs_on[0] & np.isfinite(own)
            self.counted += is_open
            self.rises += is_open & (own > self.loss)
            if self.update is not None:
                self.flips += is_open & ((update * self.update).sum(axis=0) < 0)
            self.update = update
            self.last_gap = np.where(is_open, gap, self.last_gap)
            self.converged[is_open & (gap <= DONE * self.first_gap)] = step
        self.loss = own
        super().add(step, params, loss, *rest, **more)

    def describe(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rate and the regime of each run of the first seed."""
        with np.errstate(all="ignore"):
            part = np.where(self.last_gap > 0, self.last_gap / self.first_gap, DONE)
            rate = np.where(self.counted > 0, part ** (1 / np.maximum(self.counted, 1)), np.nan)
        rate = np.where(self.end[0] == FINISHED, rate, np.inf)
        turns = 2 * self.flips > np.maximum(self.counted - 1, 1)
        quiet = (self.rises == 0) & ~turns
        regime = np.where(turns, REGIMES.index(OSCILLATING), REGIMES.index(RIPPLES))
        return rate, np.where(quiet, REGIMES.index(MONOTONE), regime)


def read_axes(rule: Rule, axes: Mapping[str, Any]) -> list[tuple[str, np.ndarray]]:
    """Return the names and the values of the two hyperparameters.

    Raises: ValueError: a map has two hyperparameters, got 1
    """
    if not isinstance(axes, Mapping) or len(axes) != 2:
        got = len(axes) if isinstance(axes, Mapping) else repr(axes)[:40]
        raise ValueError(f"a map has two hyperparameters, got {got}")
    return [(name, read_values(rule, name, values)) for name, values in axes.items()]


def read_values(rule: Rule, name: str, values: Any) -> np.ndarray:
    """Return the values of a hyperparameter: those given, or 41 between two ends.

    Raises: ValueError: lr must be a list of numbers, or its two ends, got "high"
    """
    about = find_field(rule, name).metadata
    try:
        array = np.array(values, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or array.size < 2 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be a list of numbers, or its two ends, got {values!r:.60}")
    if isinstance(values, tuple) and array.size == 2:
        low, high = array
        if about.get("log") and low > 0:
            return np.geomspace(low, high, COUNT)
        return np.linspace(low, high, COUNT)
    return array


def find_field(rule: Rule, name: str) -> Any:
    """Return the field of a number of a rule, or of what is wrapped around it.

    Raises: ValueError: Momentum has no number "beta2": it has lr, beta1, dampening
    """
    names: list[str] = []
    layer: Any = rule
    while True:
        for spec in fields(layer):
            if isinstance(spec.default, float) and spec.name == name:
                return spec
            names += [spec.name] if isinstance(spec.default, float) else []
        if not isinstance(inner := getattr(layer, "rule", None), Rule):
            break
        layer = inner
    kind = type(layer).__name__
    raise ValueError(f'{kind} has no number "{name}": it has {", ".join(names) or "none"}')


def set_values(rule: Any, name: str, values: Any) -> Any:
    """Return a rule with an array for one of its numbers, which it checks itself."""
    if any(spec.name == name for spec in fields(rule)):
        return replace(rule, **{name: values})
    return replace(rule, rule=set_values(rule.rule, name, values))


def find_lowest(problem: Problem) -> float:
    """Return the lowest loss that is known of a problem; nan where none is."""
    inner: Any = getattr(problem, "problem", problem)
    minima = [np.array(each, float) for each in inner.minima]
    if not minima and np.size(inner.start) == 2 and inner.window is not None:
        minima = list(find_minima(inner))
    return min((float(inner.loss(each)) for each in minima), default=np.nan)


def find_border(
    problem: Problem,
    rule: Rule,
    schedule: Any,
    across: tuple[str, np.ndarray],
    up: tuple[str, np.ndarray],
) -> np.ndarray | None:
    """Return the largest stable lr at each value of the other hyperparameter, as points (k, 2)."""
    (x_name, x), (y_name, y) = across, up
    bare = find_bare(problem)
    if "lr" not in (x_name, y_name) or bare is None or not isinstance(schedule, Constant | None):
        return None
    curvature = find_quadratic(bare)
    if curvature is None:
        return None
    other, values, rates = (y_name, y, x) if x_name == "lr" else (x_name, x, y)
    points = []
    for value in np.linspace(values.min(), values.max(), 201):
        factors = read_factors(set_values(rule, other, float(value)))
        edge = factors and make_edge(curvature, factors)
        if edge is None:
            return None
        points.append((edge.rate, value))
    line = np.array(points)
    line = line[(line[:, 0] >= rates.min()) & (line[:, 0] <= rates.max())]
    return line if x_name == "lr" else line[:, ::-1]
