"""What a step is made of, as arrows: the gradient, the rule's momentum and the step itself."""

from __future__ import annotations

from math import floor, log10
from typing import Any, NamedTuple

import numpy as np

from optviz.rules import Adam, Nesterov, Rule
from optviz.runs.trajectory import Trajectory
from optviz.specs import innermost, parse_rule
from optviz.views.drawing.colors import styles
from optviz.views.drawing.paths import as_list
from optviz.views.drawing.scale import number
from optviz.views.gradient_field import HEAD

KINDS = {"gradient": "−gradient", "momentum": "−momentum", "step": "step"}
"""What is drawn, and its words: gradient and momentum downhill, as they enter the step."""

LOOKS: dict[str, dict[str, Any]] = {
    "gradient": {"dash": "dot", "width": 2.5},
    "momentum": {"dash": "dash", "width": 2.5},
    "step": {"dash": "solid", "width": 4},
}

LONGEST = 0.18
"""The longest arrow of a kind, as a share of the window's shorter side."""


class Arrow(NamedTuple):
    """One vector of the step of one run, in the problem's own units.

    Shapes: at, vector (n,).
    """

    run: int
    what: str
    """A key of KINDS."""
    at: np.ndarray
    vector: np.ndarray


def arrows(trajectories: Any, step: int) -> list[Arrow]:
    """The gradient, momentum and step of each run that leaves a point at `step`.

    The momentum is the rule's average of gradients as it enters the step: bias-corrected where
    Adam corrects it, times beta1 where Nesterov adds the gradient to it. A run has none where its
    rule keeps no such average, and no arrows where it ended or begins later.
    """
    found = []
    for run, each in enumerate(as_list(trajectories)):
        row = step - int(each.step[0])
        if each.grad is None or not 0 <= row < len(each.grad):
            continue
        vectors = {
            "gradient": -each.grad[row],
            "momentum": momentum(each, row),
            "step": each.update[row],
        }
        found += [
            Arrow(run, what, each.path[row], vector)
            for what, vector in vectors.items()
            if vector is not None and np.isfinite(vector).all() and np.any(vector)
        ]
    return found


def momentum(trajectory: Trajectory, row: int) -> np.ndarray | None:
    """Minus the average of gradients as it enters a row's step; None where there is none."""
    if "grad_avg" not in trajectory.state:
        return None
    rule, factor = rule_of(trajectory), 1.0
    if isinstance(rule, Nesterov):
        factor = rule.beta1
    elif isinstance(rule, Adam) and rule.debias:
        factor = 1 / (1 - rule.beta1 ** int(trajectory.state["count"][row]))
    return -factor * trajectory.state["grad_avg"][row]


def rule_of(trajectory: Trajectory) -> Rule | None:
    """The rule that a run says it ran, without its decay; None where it says none we know."""
    try:
        return innermost(parse_rule(str(trajectory.about.get("rule", ""))))
    except ValueError:
        return None


def factors(found: list[Arrow], window: Any) -> dict[str, float]:
    """What each kind of arrow is multiplied by to be seen: 1, 2 or 5 times a power of ten.

    Gradient and momentum share one factor, and all runs do, so that they can be compared.
    """
    side = LONGEST * float(np.diff(np.array(window, dtype=float), axis=1).min())
    lengths = dict.fromkeys(KINDS, 0.0)
    for each in found:
        lengths[each.what] = max(lengths[each.what], float(np.linalg.norm(each.vector)))
    lengths["gradient"] = lengths["momentum"] = max(lengths["gradient"], lengths["momentum"])
    return {
        what: round_down(side / length) if 0 < length < np.inf else 1.0
        for what, length in lengths.items()
    }


def round_down(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a value; 1 for 0."""
    if not value > 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return max(each for each in (1, 2, 5) if each * power <= value * (1 + 1e-12)) * power


def arrow_dicts(trajectories: Any, step: int, window: Any) -> list[dict[str, Any]]:
    """The arrows as traces in each run's color; the legend says what they are multiplied by."""
    runs = as_list(trajectories)
    looks, found = styles(runs), arrows(runs, step)
    scale = factors(found, window)
    kinds = [what for what in KINDS if any(each.what == what for each in found)]
    legend = [legend_dict(what, scale[what]) for what in kinds]
    return [
        *(
            arrow_dict(each, scale[each.what], looks[each.run].color, runs[each.run].label)
            for each in found
        ),
        *legend,
    ]


def arrow_dict(arrow: Arrow, factor: float, color: str, label: str) -> dict[str, Any]:
    """One arrow from where the run is."""
    tip = arrow.at + factor * arrow.vector
    numbers = ", ".join(map(number, arrow.vector))
    return {
        "type": "scatter",
        "x": np.array([arrow.at[0], tip[0]]),
        "y": np.array([arrow.at[1], tip[1]]),
        "name": label,
        "legendgroup": KINDS[arrow.what],
        "showlegend": False,
        "meta": {"run": arrow.run, "part": arrow.what},
        "hovertemplate": f"{KINDS[arrow.what]} ({numbers})<extra>%{{fullData.name}}</extra>",
        **arrow_look(color, LOOKS[arrow.what]),
    }


def arrow_look(color: str, line: dict[str, Any]) -> dict[str, Any]:
    """A line whose every second point has an arrow head, turned as the line before it."""
    return {
        "mode": "lines+markers",
        "line": {"color": color} | line,
        "marker": {"color": color, "size": [0, 14], "opacity": 1, **HEAD},
    }


def legend_dict(what: str, factor: float) -> dict[str, Any]:
    """The legend's entry for a kind of arrow, with the factor of its length."""
    return {
        "type": "scatter",
        "x": [None],
        "y": [None],
        "mode": "lines",
        "line": LOOKS[what],
        "name": f"{KINDS[what]} × {factor:g}" if factor != 1 else f"{KINDS[what]} (true length)",
        "legendgroup": KINDS[what],
        "legendrank": 1002,
        "hoverinfo": "skip",
    }


def here_dict(trajectories: Any, step: int) -> dict[str, Any]:
    """A dot where each run is at a step; one that ended before rests at its last point."""
    runs = [each for each in as_list(trajectories) if each.step[0] <= step]
    rows = [min(step - int(each.step[0]), len(each.path) - 1) for each in runs]
    points = np.array([each.path[row] for each, row in zip(runs, rows, strict=True)])
    points = points.reshape(-1, 2)
    return {
        "type": "scatter",
        "x": np.where(np.isfinite(points[:, 0]), points[:, 0], np.nan),
        "y": np.where(np.isfinite(points[:, 1]), points[:, 1], np.nan),
        "mode": "markers",
        "marker": {
            "color": [style.color for style in styles(as_list(trajectories))],
            "size": 12,
            "line": {"color": "#ffffff", "width": 2},
        },
        "name": f"at step {step}",
        "showlegend": False,
        "hoverinfo": "skip",
    }
