"""The parts of a step as arrows: the gradient, the rule's momentum and the step itself."""

from __future__ import annotations

from math import floor, log10
from typing import Any, NamedTuple

import numpy as np

from optviz.rules import Adam, Nesterov, RMSProp
from optviz.runs.trajectory import Trajectory
from optviz.specs import parse_rule, set_recorded_beta1, unwrap_rule
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.paths import draw_arrow, keep_finite, list_runs
from optviz.views.drawing.scale import format_number

KINDS = {"gradient": "−gradient", "momentum": "−momentum", "step": "step"}
"""The kinds of arrows and their labels: gradient and momentum downhill, as the step has them."""

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
    """Return the gradient, momentum and step of each run that leaves a point at `step`.

    The momentum is the rule's average of gradients as it enters the step: bias-corrected where
    Adam corrects it, times beta1 where Nesterov adds the gradient to it. There is none where the
    rule keeps no such average, and no arrow of a run that ended before or begins later.
    """
    found = []
    for run, each in enumerate(list_runs(trajectories)):
        row = step - int(each.step[0])
        if each.grad is None or not 0 <= row < len(each.grad):
            continue
        vectors = {
            "gradient": -each.grad[row],
            "momentum": compute_momentum(each, row),
            "step": each.update[row],
        }
        found += [
            Arrow(run, what, each.path[row], vector)
            for what, vector in vectors.items()
            if vector is not None and np.isfinite(vector).all() and np.any(vector)
        ]
    return found


def compute_momentum(trajectory: Trajectory, row: int) -> np.ndarray | None:
    """Return minus the average of gradients as it enters a row's step; None without one."""
    if "grad_avg" not in trajectory.state:
        return None
    try:
        rule = unwrap_rule(parse_rule(str(trajectory.about.get("rule", ""))))
        rule = set_recorded_beta1(rule, trajectory.about, int(trajectory.step[row]))
    except ValueError:
        rule = None
    factor = 1.0
    if isinstance(rule, RMSProp):  # its average is the center of the squares: no step goes along it
        return None
    if isinstance(rule, Nesterov):
        factor = rule.beta1
    elif isinstance(rule, Adam) and rule.debias:
        factor = 1 / (1 - rule.beta1 ** int(trajectory.state["count"][row]))
    return -factor * trajectory.state["grad_avg"][row]


def choose_factors(found: list[Arrow], window: Any) -> dict[str, float]:
    """Return the factor that makes each kind of arrow visible: 1, 2 or 5 times a power of ten.

    Gradient and momentum of all runs share one factor, so that they can be compared.
    """
    side = LONGEST * float(np.diff(np.array(window, dtype=float), axis=1).min())
    lengths = dict.fromkeys(KINDS, 0.0)
    for each in found:
        lengths[each.what] = max(lengths[each.what], float(np.linalg.norm(each.vector)))
    lengths["gradient"] = lengths["momentum"] = max(lengths["gradient"], lengths["momentum"])
    factors = dict.fromkeys(KINDS, 1.0)
    for what, length in lengths.items():
        ratio = side / length if length > 0 else 0.0
        if ratio > 0:  # the longest may be infinite
            power = 10.0 ** floor(log10(ratio))
            factors[what] = power * max(k for k in (1, 2, 5) if k * power <= ratio * (1 + 1e-12))
    return factors


def draw_arrows(trajectories: Any, step: int, window: Any) -> list[dict[str, Any]]:
    """Return the arrows as traces in each run's color; the legend names their factors."""
    runs = list_runs(trajectories)
    looks, found = choose_styles(runs), arrows(runs, step)
    scale = choose_factors(found, window)
    traces = []
    for each in found:
        tip = each.at + scale[each.what] * each.vector
        trace = draw_arrow(each.at[:2], tip[:2], looks[each.run].color, **LOOKS[each.what])
        numbers = ", ".join(map(format_number, each.vector))
        trace |= {
            "name": runs[each.run].label,
            "legendgroup": KINDS[each.what],
            "showlegend": False,
            "meta": {"run": each.run, "part": each.what},
            "hovertemplate": f"{KINDS[each.what]} ({numbers})<extra>%{{fullData.name}}</extra>",
        }
        traces.append(trace)
    kinds = [what for what in KINDS if any(each.what == what for each in found)]
    for what in kinds:
        length = "(true length)" if scale[what] == 1 else f"× {scale[what]:g}"
        entry = {"type": "scatter", "x": [None], "y": [None], "mode": "lines", "line": LOOKS[what]}
        entry |= {"name": f"{KINDS[what]} {length}", "legendgroup": KINDS[what]}
        traces.append(entry | {"legendrank": 1002, "hoverinfo": "skip"})
    return traces


def mark_step(trajectories: Any, step: int) -> dict[str, Any]:
    """Return a dot where each run is at a step; one that ended before rests at its last point."""
    runs = list_runs(trajectories)
    colors = [style.color for style in choose_styles(runs)]
    begun = [place for place, each in enumerate(runs) if each.step[0] <= step]
    points = [runs[i].path[min(step - int(runs[i].step[0]), len(runs[i].path) - 1)] for i in begun]
    x, y = keep_finite(points).reshape(-1, 2).T
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "marker": {
            "color": [colors[place] for place in begun],
            "size": 12,
            "line": {"color": "#ffffff", "width": 2},
        },
        "name": f"at step {step}",
        "meta": {"runs": begun},
        "showlegend": False,
        "hoverinfo": "skip",
    }
