"""Maps of two hyperparameters: what becomes of an optimizer at every pair of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.minima import find_minima
from optviz.problems.base import Problem, check_problem, find_title
from optviz.rules import Rule
from optviz.runs.edges import find_bare, find_quadratic, make_edge, read_factors
from optviz.runs.loop import check_whole
from optviz.runs.store import TrialStore
from optviz.schedules import Constant
from optviz.specs import OptimizerSpec, Racer, format_label, to_spec, unwrap_rule
from optviz.sweeps.sweep_records import SweepMap
from optviz.sweeps.sweep_runs import make_at_once, train_pairs, watch_steps

COUNT = 41
"""The values of a hyperparameter for which only its ends are given."""


def sweep_map(
    problem: Problem,
    rule: Racer,
    axes: Mapping[str, Any],
    steps: int = 200,
    *,
    start: Any = None,
    seeds: int = 1,
    target: float | None = None,
    every: int = 1,
    on_step: Callable[[int], Any] | None = None,
    executor: Executor | None = None,
    store: TrialStore | str | Path | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> SweepMap:
    """Return what becomes of an optimizer at each pair of values of two hyperparameters.

    `axes` names the hyperparameter across and the one up, each with its values or with its
    (low, high): then 41 values, in equal steps of the logarithm where its slider has them so. The
    noise of a seed is the same at every pair. `target` is a loss; None is a thousandth of the way
    from the lowest loss to the first.

    On surfaces all pairs and seeds are made in one run without a record, whose steps `on_step` and
    `on_progress` are told. A rating model or a torch module is trained once for each pair and seed:
    a seed is an order of the data (and its initial weights, where `start` has a point for each
    seed), `every` the steps from one full loss to the next, each of which costs a pass over the
    data; `executor`, `store` and `on_progress` are then those of `perform_pieces`. Both are
    canceled by a `cancel()` that returns True.

        from optviz import surface
        from optviz.sweeps import sweep_map

        found = sweep_map(surface("ravine"), "momentum", {"lr": (0.001, 1), "beta1": (0, 0.99)})
        print(found.to_text())

    Shapes: start (n,), of models (n, seeds) too
    Raises: ValueError: Momentum has no hyperparameter "beta2": it has lr, beta1, ...
    """
    check_problem(problem)
    base, schedule, _ = to_spec(rule)
    (x_name, x), (y_name, y) = read_axes(base, axes)
    own = tuple(range(check_whole("seeds", seeds)))
    settings = {"start": start, "seeds": own, "target": target, "lowest": find_lowest(problem)}
    if problem.is_vectorized:
        varied = set_values(set_values(base, x_name, x[None, None, :]), y_name, y[None, :, None])
        watch = watch_steps(steps, on_step, on_progress, cancel)
        made = make_at_once(problem, varied, schedule, steps, **settings, on_step=watch)
    else:
        rules = [
            [set_values(set_values(base, x_name, float(a)), y_name, float(b)) for a in x] for b in y
        ]
        settings |= {"every": check_whole("every", every), "on_progress": on_progress}
        settings |= {"executor": executor, "store": store, "cancel": cancel}
        made = train_pairs(problem, rules, schedule, steps, **settings)
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
        border=find_border(problem, base, schedule, (x_name, x), (y_name, y)),
        **made,
    )


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
