"""Performance profiles of a race: how often a rule is nearly the fastest."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.specs import unwrap_rule
from optviz.sweeps.races import Race
from optviz.sweeps.scores import MOST
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.theme import make_figure


def profile_figure(race: Race, *, theme: str = "light") -> go.Figure:
    """Draw the share of problems that each rule solves within so many times the fewest steps.

    A problem is a workload with one of its targets; one that no rule solves counts as missed. The
    area under a line, from 1 to 4, is the rule's profile in the table.

    Source: Dolan and More, 2002.
    """
    steps = np.array([[each.steps for each in row] for row in race.scores])
    solved = steps.swapaxes(1, 2).reshape(-1, len(race.contestants))
    styles = style_of([type(unwrap_rule(each.rule)).__name__.lower() for each in race.contestants])
    traces: list[Any] = []
    rows = zip(race.labels, styles, measure_ratios(solved).T, strict=True)
    for label, style, ratios in rows:
        x, y = trace_profile(ratios)
        traces.append(
            {
                **{"type": "scatter", "x": x, "y": y, "mode": "lines", "name": label},
                "line": {"color": style.color, "dash": style.dash, "width": 2.5, "shape": "hv"},
                "hovertemplate": "within %{x:.3g} times: %{y:.0%}<extra>%{fullData.name}</extra>",
            }
        )
    title = f"Problems solved, of {len(solved)} (each workload with each target)"
    across = "steps, over the fewest of all rules"
    return make_figure(
        traces,
        theme=theme,
        title=title,
        height=360,
        xaxis={"range": [1, MOST], "title": {"text": across}},
        yaxis={"range": [-0.02, 1.02], "tickformat": ".0%", "title": {"text": "share solved"}},
    )


def measure_ratios(steps: np.ndarray) -> np.ndarray:
    """Return the steps over the fewest of a problem, (problems, rules); inf where it is missed."""
    fewest = np.maximum(steps.min(axis=1, keepdims=True), 1)
    with np.errstate(invalid="ignore"):
        ratios = np.maximum(steps, 1) / fewest
    return np.where(np.isfinite(steps), ratios, np.inf)


def trace_profile(ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the profile of a rule rises, and the share from there on, up to the end."""
    places = np.unique(ratios[ratios <= MOST])
    x = np.unique(np.concatenate([[1.0], places, [MOST]]))
    return x, np.array([(ratios <= each).mean() for each in x])
