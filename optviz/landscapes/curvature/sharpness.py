"""The sharpness, the Hessian's largest eigenvalue, along a path, beside the edge of stability."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.curvature.lanczos import EndsTracker, NotFiniteError, Product
from optviz.landscapes.curvature.products import open_products
from optviz.landscapes.curvature.searches import follow_points
from optviz.landscapes.curvature.stability import (
    SCALED,
    describe_edge,
    describe_ratio,
    find_edge,
    has_scale,
    read_decay,
    read_scale,
    set_beta1,
)
from optviz.landscapes.refusals import check_number
from optviz.problems.base import Problem, check_problem
from optviz.rules import Rule
from optviz.runs.loop import check_whole
from optviz.runs.npz import read_record, write_record
from optviz.schedules import fit_schedule, set_rule
from optviz.specs import OptimizerSpec, parse_rule, set_recorded_beta1, to_spec, unwrap_rule

KIND = "sharpness"
TOLERANCE = 1e-2
"""The residual, as a share of the eigenvalue: its error is about the square."""


@dataclass(frozen=True, eq=False)
class Sharpness:
    """The largest eigenvalue of the Hessian at points of a path, and the edge of stability.

    Shapes: step, values, losses, edge (points,); values NaN where the search did not settle
    """

    label: str
    kind: str
    """The rule's name, for its color."""
    step: np.ndarray
    values: np.ndarray
    losses: np.ndarray
    edge: np.ndarray | None
    """The sharpness above which the rule's steps grow on a parabola; None: it is not known."""
    formula: str
    """The formula of the edge, or why there is none."""
    is_scaled: bool
    """True where it is the Hessian preconditioned by the rule's averages."""
    products: int
    ended: str = ""
    """Why the curve ends before the path does; empty where it does not."""
    statistics: str = ""

    def facts(self) -> dict[str, str]:
        """Return what the curve shows, as short texts by their names."""
        most = self.values[np.isfinite(self.values)].max(initial=-np.inf)
        out = {"run": self.label, "largest": f"{most:.3g}" if np.isfinite(most) else "not known"}
        return out | {"edge": self.formula if self.edge is not None else f"none: {self.formula}"}

    def to_npz(self, file: str | Path) -> Path:
        """Write the curve as an npz file, without pickle, and return its path."""
        names = ("label", "kind", "formula", "is_scaled", "products", "ended", "statistics")
        arrays = {name: getattr(self, name) for name in ("step", "values", "losses", "edge")}
        if self.edge is None:
            del arrays["edge"]
        return write_record(file, KIND, {name: getattr(self, name) for name in names}, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Sharpness:
        """Read the curve that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: edge.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        return cls(**{"edge": None} | arrays, **words)

    @property
    def ratio(self) -> np.ndarray:
        """The sharpness over the edge, NaN where there is none."""
        return self.values / (np.nan if self.edge is None else self.edge)

    def words(self) -> str:
        """Say in plain sentences what the curve shows."""
        what = "preconditioned sharpness" if self.is_scaled else "sharpness"
        known = self.values[np.isfinite(self.values)]
        whose = "preconditioned Hessian" if self.is_scaled else "Hessian"
        way = f"goes from {known[0]:.3g} to {known[-1]:.3g}" if len(known) else "is not known"
        out = [f"{self.label}: the {what}, the largest eigenvalue of the {whose}, {way}."]
        edge = f"the edge of stability, {self.formula}"
        out += (
            [describe_ratio(self.step, self.ratio, edge)]
            if self.edge is not None
            else [f"No edge: {self.formula}."]
        )
        if missing := len(self.values) - len(known):
            out.append(f"At {missing} of {len(self.values)} points the search did not settle.")
        if self.statistics:
            out.append(f"The loss is taken {self.statistics}.")
        if self.ended:
            out.append(f"{self.ended[0].upper()}{self.ended[1:]}.")
        return " ".join(out)


def sharpness_along(
    problem: Problem,
    path: Any,
    *,
    every: int = 1,
    rule: Rule | str | None = None,
    tolerance: float = TOLERANCE,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Sharpness:
    """Return the Hessian's largest eigenvalue at every `every`-th point of a path, and the edge.

    `path` is a Trajectory or a recording, or an array (points, n); each point is taken with its own
    buffers. `rule`, such as "sgd:lr=0.1", says what made the path where its record does not. Rules
    that divide the gradient by a scale (Adam, RMSProp, ...) have their edge on the preconditioned
    Hessian, for which the path must hold their averages: `run(..., keep="path")` records them.
    The edge is that of steps on this very loss: mini-batches mostly keep a run below it.
    `on_progress(done, total)` is told the points; `cancel()` that returns True ends the work. An
    `executor` of concurrent.futures gets 16 points at a time, which agree to the tolerance.

        from optviz import run, surface
        from optviz.landscapes.curvature.sharpness import sharpness_along
        from optviz.rules import SGD

        problem = surface("rosenbrock")
        print(sharpness_along(problem, run(problem, SGD(lr=0.002), 500), every=100).words())

    Raises: ValueError: the path is not finite at step 0: there is no sharpness to draw
    """
    points = np.asarray(getattr(path, "path", path))
    size = np.size(check_problem(problem).start)
    if points.ndim != 2 or points.shape[1] != size or not len(points):
        raise ValueError(f"a path must be (points, {size}), got {points.shape}")
    places = range(0, len(points), check_whole("every", every))
    check_number("tolerance", tolerance, above=True)
    walk = Walk(problem, path, points, find_maker(path, rule), tolerance)
    watch: Any = {"executor": executor, "on_progress": on_progress, "cancel": cancel}
    found, ended = follow_points(walk, places, size, **watch)
    if ended and not len(found):
        raise ValueError(f"{ended}: there is no sharpness to draw")
    return walk.summarize(found, f"{ended}: the curve ends there" if ended else "")


def find_maker(path: Any, rule: Any) -> OptimizerSpec | None:
    """Return the rule that made a path, with its schedule if known; None where it is not known."""
    if rule is not None:
        return to_spec(rule)
    about = getattr(path, "about", {})
    try:
        return OptimizerSpec(parse_rule(str(about["rule"])))
    except (KeyError, ValueError):
        return None


class Walk:
    """The search for the sharpness at points of a path, one after another."""

    def __init__(
        self,
        problem: Problem,
        path: Any,
        points: np.ndarray,
        maker: OptimizerSpec | None,
        tolerance: float,
    ):
        self.problem, self.path, self.points, self.maker = problem, path, points, maker
        self.about = dict(getattr(path, "about", {}))
        self.step = np.asarray(getattr(path, "step", np.arange(len(points))))
        self.is_scaled = (
            maker is not None
            and isinstance(unwrap_rule(maker.rule), SCALED)
            and has_scale(maker.rule, path)
        )
        self.tracker = EndsTracker(lowest=False, tolerance=tolerance)

    def measure(self, place: int) -> tuple[float, float, float, float]:
        """Return step, sharpness, loss and edge at a point.

        Raises: NotFiniteError: the path is not finite at step 340
        """
        step, point = int(self.step[place]), np.asarray(self.points[place], float)
        if not np.isfinite(point).all():
            raise NotFiniteError(f"the path is not finite at step {step:,}")
        every = getattr(self.path, "buffers", None)
        buffers = None if every is None else {name: each[place] for name, each in every.items()}
        rule = self.read_rule(step, place)
        scale, decay = self.read_scale(rule, place), 0.0 if rule is None else read_decay(rule)
        if scale is not None and np.isnan(scale).any():
            raise NotFiniteError(f"the rule's averages are not known at step {step:,}")
        loss = self.read_loss(place, point, buffers)
        try:
            with open_products(self.problem, point, None, buffers) as (multiply, size):
                ends = self.tracker.find(precondition(multiply, scale, decay), size)
        except NotFiniteError:
            raise NotFiniteError(f"the Hessian is not finite at step {step:,}") from None
        edge = np.nan if rule is None else find_edge(rule, self.read_lr(rule, place))
        return step, float(ends.values[1]) if ends.is_settled else np.nan, loss, edge

    def read_rule(self, step: int, place: int) -> Any:
        """Return the rule with the values that it has at a step; None where it is not known."""
        if self.maker is None:
            return None
        schedule = fit_schedule(self.maker.schedule, self.about.get("steps", int(self.step[-1])))
        rule = set_recorded_beta1(set_rule(self.maker.rule, schedule, step), self.about, step)
        rates = getattr(self.path, "rates", None)  # of a recording: a scheduler may cycle beta1
        beta1 = np.nan if rates is None else float(rates[place, 1])
        return set_beta1(rule, beta1) if np.isfinite(beta1) else rule

    def read_lr(self, rule: Any, place: int) -> float:
        """Return the learning rate of the step that leaves a point; of the last, that before it."""
        recorded = getattr(self.path, "lr", None)
        if recorded is None or not len(recorded):
            return float(rule.lr)
        return float(recorded[min(place, len(recorded) - 1)])

    def read_scale(self, rule: Any, place: int) -> np.ndarray | None:
        """Return the scale of the step that leaves a point; of the last, the latest known."""
        if not self.is_scaled:
            return None
        rows = min(len(each) for each in self.path.state.values())
        return read_scale(rule, self.path, min(place, rows - 1))

    def read_loss(self, place: int, point: np.ndarray, buffers: Any) -> float:
        """Return the loss at a point: the recorded one, else the true one."""
        recorded = getattr(self.path, "losses", None)
        if recorded is not None and len(recorded) == len(self.points):
            return float(recorded[place])
        at = point.astype(self.problem.start.dtype)
        with np.errstate(all="ignore"):
            return float(self.problem.true_loss(at, buffers))

    def describe_edge(self) -> tuple[str, bool]:
        """Return the formula of the edge and True, or why there is none and False."""
        if self.maker is None and self.about.get("no_rule"):
            return str(self.about["no_rule"]), False
        if self.maker is None:
            return "the path does not say which rule made it: pass rule=", False
        inner = type(unwrap_rule(self.maker.rule))
        if issubclass(inner, SCALED) and not self.is_scaled:
            need = f"that of {inner.__name__} needs its own averages at each point"
            return f'{need}: run(keep="path") or record(state=True) has them', False
        formula = describe_edge(self.maker.rule)
        return formula or f"none is known for {type(self.maker.rule).__name__}", bool(formula)

    def summarize(self, found: np.ndarray, ended: str) -> Sharpness:
        """Return the record of the points found (points, 4)."""
        step, values, losses, edge = found.T
        formula, is_known = self.describe_edge()
        has_edge = is_known and bool(np.isfinite(edge).any())
        if is_known and not has_edge:
            formula = str(self.about.get("no_rule") or "no step has one learning rate above 0")
        return Sharpness(
            label=str(getattr(self.path, "label", "path")),
            kind=str(self.about.get("kind", "")),
            step=step.astype(int),
            values=values,
            losses=losses,
            edge=edge if has_edge else None,
            formula=formula,
            is_scaled=self.is_scaled,
            products=self.tracker.products,
            ended=ended,
            statistics=self.problem.statistics,
        )


def precondition(multiply: Product, scale: np.ndarray | None, decay: float) -> Product:
    """Return the products of D^-1/2 (H + decay) D^-1/2, where D is the scale, or 1."""
    root = 1.0 if scale is None else 1 / np.sqrt(np.asarray(scale, float))

    def product(vector: np.ndarray) -> np.ndarray:
        way = root * vector
        return root * (multiply(way) + decay * way)

    return product
