"""The edge of stability of each rule: the sharpness above which its steps grow on a parabola.

A step of a rule that divides the gradient by some scale is a step of its plain twin on the
preconditioned Hessian, D^-1/2 H D^-1/2 with the scale D on the diagonal: there the edge is taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.rules import (
    L2,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Decoupled,
    Maximize,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
)
from optviz.specs import unwrap_rule

FORMULAS = {
    SGD: "2/lr",
    Momentum: "(2 + 2 beta1)/lr",
    Nesterov: "(2 + 2 beta1)/((1 + 2 beta1) lr)",
    Adam: "(2 + 2 beta1)/((1 - beta1) lr)",
    RMSProp: "(2 + 2 beta1)/lr",
    Adagrad: "2/lr",
    Adadelta: "2/lr",
}
SCALED = (Adam, RMSProp, Adagrad, Adadelta)
"""The rules that divide the gradient by a scale."""
NEAR_EDGE = 0.95, 1.1
"""The sharpness over the edge at which a run counts as being at it."""


def find_edge(rule: Rule, lr: float) -> float:
    """Return the largest eigenvalue at which steps of a rule do not grow; NaN where none is known.

    It is that of the Hessian of the loss with an L2 decay in it; of a rule that divides the
    gradient by a scale, of the preconditioned one, as if the scale stayed: where its memory is
    short, runs lie above. A decoupled decay lowers it.

    Source: Cohen et al., 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of
        Stability; Cohen et al., 2022, Adaptive Gradient Methods at the Edge of Stability
    """
    inner: Any = unwrap_rule(rule)
    if isinstance(rule, Maximize) or type(inner) not in FORMULAS or not lr > 0:
        return np.nan
    beta1 = getattr(inner, "beta1", 0.0)
    decay = rule.wd if isinstance(rule, Decoupled) else 0.0
    return float((1 + beta1) * (2 - lr * decay) / (measure_gain(inner) * lr))


def measure_gain(rule: Any) -> float:
    """Return the weight of a new gradient at the edge, where the steps change sign each time."""
    if isinstance(rule, Momentum):
        return 1 - (rule.beta1 if rule.damped else rule.dampening)
    if isinstance(rule, Nesterov):
        return 1 + 2 * rule.beta1
    return 1 - rule.beta1 if isinstance(rule, Adam) else 1.0


def describe_edge(rule: Rule) -> str:
    """Return the formula of a rule's edge; empty where none is known."""
    inner = unwrap_rule(rule)
    if isinstance(rule, Maximize) or type(inner) not in FORMULAS:
        return ""
    formula = FORMULAS[type(inner)]
    if isinstance(inner, Momentum) and (inner.damped or inner.dampening):
        formula = "(2 + 2 beta1)/((1 - dampening) lr)"
    if isinstance(inner, RMSProp) and not inner.beta1:
        formula = "2/lr"
    return formula + (" less the decoupled decay" if isinstance(rule, Decoupled) else "")


def set_beta1(rule: Any, beta1: float) -> Any:
    """Return a rule with another beta1; a rule that has none as it is."""
    return rule.with_values(beta1=beta1) if hasattr(unwrap_rule(rule), "beta1") else rule


def read_decay(rule: Rule) -> float:
    """Return what an L2 decay adds to each eigenvalue."""
    return rule.wd if isinstance(rule, L2) else 0.0


def read_scale(rule: Rule, path: Any, row: int) -> np.ndarray | None:
    """Return the scale (n,) that a rule divides the gradient of a row by, from recorded averages.

    None: the record has none.
    """
    inner: Any = unwrap_rule(rule)
    after = {name: each[row] for name, each in (getattr(path, "state", None) or {}).items()}
    if not after:
        return None
    before = path.before(row) if hasattr(path, "before") else after
    after = {"count": before.get("count", 0) + 1} | after  # recordings count steps, not rows
    with np.errstate(invalid="ignore"):
        if isinstance(inner, Adam):
            return scale_adam(inner, after)
        if isinstance(inner, RMSProp):
            known = before if inner.lagged else after
            square = known["sqr_avg"] - (known["grad_avg"] ** 2 if inner.centered else 0.0)
            return np.sqrt(square) + inner.eps
        if isinstance(inner, Adagrad):
            slower = 1 + inner.lr_decay * float(before.get("count", 0))
            return (np.sqrt(after["sqr_sum"]) + inner.eps) * slower
        steps = np.sqrt(before["sqr_step_avg"] + inner.eps)
        return np.sqrt(after["sqr_avg"] + inner.eps) / steps


def has_scale(rule: Rule, path: Any) -> bool:
    """Return True where a path has the averages, by their names here, that a rule divides by."""
    try:
        return read_scale(rule, path, 0) is not None
    except KeyError:
        return False


def scale_adam(rule: Adam, state: dict[str, Any]) -> np.ndarray:
    """Return the scale of a step of Adam, its bias corrections in it."""
    square = state["sqr_max"] if rule.amsgrad else state["sqr_avg"]
    if not rule.debias:
        return np.sqrt(square) + rule.eps
    count = float(state["count"])
    root = np.sqrt(square / (1 - rule.beta2**count))
    return (root + rule.eps) * (1 - rule.beta1**count)


def describe_ratio(step: np.ndarray, ratio: np.ndarray, edge: str) -> str:
    """Say when a sharpness, over the edge at each step, reaches it and whether it stays there.

    Shapes: step, ratio (points,), NaN where it is not known
    """
    (low, high), is_known = NEAR_EDGE, np.isfinite(ratio)
    step, ratio = step[is_known], ratio[is_known]
    reached = np.flatnonzero(ratio >= low)
    if not len(reached):
        return f"It stays below {edge}: at most {ratio.max(initial=0.0):.0%} of it."
    after = ratio[reached[0] :]
    share = np.mean((after >= low) & (after <= high))
    within = f"{share:.0%} of the points are within {low:g} to {high:g} of it."
    if ratio[0] > high:
        way = describe_descent(step, ratio)
        starts = f"It starts above {edge}, at {ratio[0]:.3g} times it, and {way}."
        return f"{starts} {within}" if share else starts
    first = f"{edge}, at step {step[reached[0]]:,}"
    if not share:
        return f"It passes {first}: up to {after.max():.3g} times it."
    return f"It reaches {first}; from there on {within}"


def describe_descent(step: np.ndarray, ratio: np.ndarray) -> str:
    """Say how a sharpness that starts above the edge goes on."""
    above = np.flatnonzero(ratio >= 1)
    if above[-1] < len(ratio) - 1:
        return f"is below it from step {step[above[-1] + 1]:,} on"
    if len(above) == len(ratio):
        return f"stays above it: at least {ratio.min():.3g} times it"
    return f"ends at {ratio[-1]:.3g} times it"
