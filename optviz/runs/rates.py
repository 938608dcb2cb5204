"""Final and best loss against the learning rate: many rates of one optimizer in one run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from math import log10
from typing import Any

import numpy as np

from optviz.problems.base import Problem, check_problem
from optviz.rules import Rule
from optviz.runs.comparison import Comparison
from optviz.runs.edges import Edge, find_edge
from optviz.runs.outcomes import reduce_runs
from optviz.specs import OptimizerSpec, Racer, format_label, parse_spec, to_spec, unwrap_rule

COUNT = 49
"""The learning rates of a curve: about ten in each factor of ten."""


NOTEBOOK = "optviz.views.notebook"
"""What draws a curve where a notebook shows it."""
FEW = 8
"""Parameters of a problem of which a comparison measures the learning rates unasked."""


@dataclass(frozen=True, eq=False)
class RateCurve:
    """The losses of one optimizer against its learning rate.

    A loss is inf where the run diverged, nan where it met a point without a derivative.
    Shapes: rates, final and best are (rates,); own is (final, best) at the optimizer's own lr.
    """

    label: str
    kind: str
    rates: np.ndarray
    final: np.ndarray
    """The loss after the last step."""
    best: np.ndarray
    """The lowest loss of all steps."""
    lr: float
    own: tuple[float, float]
    first: float
    """The loss at the start, which all rates share."""
    edge: Edge | None = None
    """The largest stable learning rate, where theory knows it."""

    def __repr__(self) -> str:
        low, high = self.rates.min(), self.rates.max()
        return f"RateCurve({self.label!r}: {self.rates.size} rates from {low:g} to {high:g})"

    def describe(self) -> list[str]:
        """Return what the curve is of, its lowest losses, and its edge, a sentence each."""
        lines = [f"{self.label}: final and best loss at {self.rates.size} learning rates"]
        for name, losses in (("final", self.final), ("best", self.best)):
            if np.isfinite(losses).any():
                place = int(np.nanargmin(losses))
                lines.append(
                    f"lowest {name} loss {losses[place]:.6g} at lr={self.rates[place]:.6g}"
                )
        return [*lines, f"largest stable lr {self.edge.rate:.6g}"] if self.edge else lines

    def to_text(self) -> str:
        """Return the description and a table of all rates as text for a terminal."""
        rows = sorted(zip(self.rates, self.final, self.best, strict=True))
        table = [f"{rate:>12.6g} {final:>14.6g} {best:>14.6g}" for rate, final, best in rows]
        return "\n".join(
            [*self.describe(), f"{'lr':>12} {'final loss':>14} {'best loss':>14}", *table]
        )

    def _repr_html_(self) -> str:
        """Return the picture and the lowest losses for a notebook."""
        return import_module(NOTEBOOK).write_rate_curve(self)


def learning_rates(
    problem: Problem,
    rule: Racer,
    rates: Any = None,
    steps: int = 500,
    *,
    start: Any = None,
    seed: int = 0,
) -> RateCurve:
    """Return the final and the best loss of an optimizer at many learning rates.

    All are made in one run, with the same noise. `rule` is a rule, a (rule, schedule) or a text
    such as `momentum:lr=0.02`; its own lr is the one that a picture marks. `rates` are those of
    `list_rates` unless they are given: 49 over the range of the rule's slider.

        from optviz import learning_rates, surface
        from optviz.views import rate_curves

        curve = learning_rates(surface("ravine"), "momentum:lr=0.02", steps=200)
        print(curve.edge.rate)
        rate_curves([curve]).show()

    Shapes: rates (n,)
    Raises: ValueError: Sign has no lr to vary; rates must be a list of learning rates, got "a"
    """
    rule, schedule, _ = to_spec(rule)
    lr = read_rate(rule)
    check_problem(problem)
    rates = read_rates(list_rates(rule) if rates is None else rates)
    every = np.append(rates, lr)
    varied, given = rule.with_lr(check_rates(rule, every)), {"start": start, "seed": seed}
    made = reduce_runs(problem, varied, steps, schedule=schedule, **given)
    assert made.best is not None
    return RateCurve(
        label=format_label(OptimizerSpec(rule, schedule)),
        kind=type(unwrap_rule(rule)).__name__.lower(),
        rates=rates,
        final=made.final[:-1],
        best=made.best[:-1],
        lr=lr,
        own=(float(made.final[-1]), float(made.best[-1])),
        first=float(made.first[0]),
        edge=find_edge(problem, rule, schedule),
    )


def measure_comparison(comparison: Comparison) -> list[RateCurve]:
    """Return the curve of each optimizer of a comparison from its start.

    Of forks, pinned runs and runs from other starts there are none; nor of a rule without an lr or
    without a name in links, nor of a problem of many parameters, whose runs take long.
    """
    curves: list[RateCurve] = []
    if comparison.problem.start.size > FEW:
        return curves
    for run in comparison.trajectories.values():
        origin = run.about.get("origin") or {}
        if origin.get("start") or any(origin.get(each) is not None for each in ("fork", "pin")):
            continue
        about = run.about
        try:
            entry = parse_spec(str(about["rule"]))
            racer = entry.rule, entry.schedule
            at = {"steps": about["steps"], "seed": about["seed"], "start": run.start}
            curves.append(learning_rates(comparison.problem, racer, **at))
        except (KeyError, ValueError):
            continue
    return curves


def read_rate(rule: Rule) -> float:
    """Return the learning rate of a rule: one number.

    Raises: ValueError: lr must be one number, got 3 values
    """
    inner: Any = unwrap_rule(rule)
    if "lr" not in [spec.name for spec in fields(inner)]:
        raise ValueError(f"{type(inner).__name__} has no lr to vary")
    if np.ndim(inner.lr):
        raise ValueError(f"lr must be one number, got {np.size(inner.lr)} values")
    return float(inner.lr)


def read_rates(rates: Any) -> np.ndarray:
    """Return learning rates as an array.

    Raises: ValueError: rates must be a list of learning rates, got ['a']
    """
    try:
        array = np.array(rates, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"rates must be a list of learning rates, got {rates!r:.60}")
    return array


def check_rates(rule: Rule, rates: np.ndarray) -> np.ndarray:
    """Return learning rates that a rule takes: its own check of them refuses the others."""
    inner: Any = unwrap_rule(rule)
    return type(inner)(lr=rates).lr


def list_rates(rule: Rule, count: int = COUNT) -> list[float]:
    """Return learning rates over the range of a rule's slider, in equal steps of their logarithm.

    Where the rule's own lr lies outside, the range goes on to the power of ten beyond it.
    """
    inner: Any = unwrap_rule(rule)
    [about] = [spec.metadata for spec in fields(inner) if spec.name == "lr"]
    low, high = about.get("low") or 1e-5, about.get("high", 1.0)
    lr = read_rate(rule)
    if 0 < lr < low:
        low = 10.0 ** np.floor(log10(lr))
    if lr > high:
        high = 10.0 ** np.ceil(log10(lr))
    begin, span = log10(low), log10(high) - log10(low)
    return [10.0 ** (begin + span * place / (count - 1)) for place in range(count)]
