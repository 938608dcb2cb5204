"""Maps of two hyperparameters, with the edge of stability where theory knows it."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.sweeps.sweep_records import REGIMES, SweepMap
from optviz.views.drawing.scale import spell_number
from optviz.views.drawing.theme import THEMES, make_figure

SHOWN = {
    "final": "final loss",
    "steps": "steps to the target",
    "rate": "factor of the loss gap per step",
    "diverged": "share of seeds that diverge",
    "regime": "how the loss goes",
}
"""The kinds of maps, and the title of their colors."""
COLORS = dict(zip(REGIMES, ("#3c9cd3", "#c472a7", "#ad8f0a", "#343a40"), strict=True))
DEPTH = 1e-16
"""The part of the largest finite loss below which all losses have one color."""


def sweep_figure(sweep: SweepMap, show: str = "final", *, theme: str = "light") -> go.Figure:
    """Draw a map of two hyperparameters: `show` is final, steps, rate, diverged or regime.

    Losses have a log scale where none is negative; the page is seen where most seeds diverge, or
    miss the target. The line is the largest stable learning rate, where theory knows it.

    Raises: ValueError: show must be of final, steps, rate, diverged, regime, got "loss"
    """
    if show not in SHOWN:
        raise ValueError(f'show must be of {", ".join(SHOWN)}, got "{show}"')
    heat = paint_regimes(sweep) if show == "regime" else paint_values(sweep, show, theme)
    traces: list[Any] = [heat]
    if sweep.border is not None and len(sweep.border):
        traces.append(draw_border(sweep))
    axes = {
        f"{name}axis": {
            "title": {"text": title + (" (log scale)" if is_log(values) else "")},
            "type": "log" if is_log(values) else "linear",
            "showgrid": False,
        }
        for name, title, values in (
            ("x", sweep.x_name, sweep.x),
            ("y", sweep.y_name, sweep.y),
        )
    }
    taken = {
        "final": f"median of {len(sweep.seeds)} seeds",
        "diverged": f"{len(sweep.seeds)} seeds",
    }
    taken |= {"steps": taken["final"], "rate": "the first seed", "regime": "the first seed"}
    seeds = f", {taken[show]}" if len(sweep.seeds) > 1 else ""
    title = (
        f"{sweep.label.split()[0]} on {sweep.problem}: {SHOWN[show]}, {sweep.steps} steps{seeds}"
    )
    return make_figure(traces, theme=theme, title=title, height=560, **axes)


def is_log(values: np.ndarray) -> bool:
    """Return True for values in equal steps of their logarithm."""
    if values.min() <= 0 or values.size < 3:
        return False
    return bool(np.ptp(np.diff(np.log(values))) < 1e-6 * np.ptp(np.log(values)))


def paint_values(sweep: SweepMap, show: str, theme: str) -> dict[str, Any]:
    """Return the map of numbers as a heat map, dark where they are low."""
    values = {
        "final": sweep.median,
        "steps": sweep.steps_to_target,
        "rate": sweep.rate,
        "diverged": sweep.diverged,
    }[show]
    is_there = np.isfinite(values) & ((sweep.diverged <= 0.5) | (show == "diverged"))
    heights, ticks = np.where(is_there, values, np.nan), {}
    words = [[spell(each) for each in row] for row in values]
    if show == "final" and np.nanmin(heights, initial=1.0) >= 0:
        most = np.nanmax(heights, initial=1e-300)
        heights = np.log10(np.maximum(heights, max(most * DEPTH, 1e-300)))
        finite = heights[np.isfinite(heights)]
        ends = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        powers = np.unique(np.linspace(*ends, 6).round())
        ticks = {"tickvals": powers, "ticktext": [f"1e{power:.0f}" for power in powers]}
        if ends[1] - ends[0] < 1:  # there may be no power of ten between
            values = np.unique(np.linspace(*ends, 4))
            ticks = {"tickvals": values, "ticktext": [spell_number(10**each, 3) for each in values]}
    losses = THEMES[theme].losses
    return {
        "type": "heatmap",
        "x": sweep.x,
        "y": sweep.y,
        "z": heights,
        "text": words,
        "colorscale": [[i / (len(losses) - 1), color] for i, color in enumerate(losses)],
        "colorbar": {"title": {"text": SHOWN[show], "side": "right"}, "thickness": 12, **ticks},
        "hovertemplate": f"{sweep.x_name} %{{x:.4g}}, {sweep.y_name} %{{y:.4g}}"
        f"<br>{SHOWN[show]} %{{text}}<extra></extra>",
    }


def spell(value: float) -> str:
    """Return a number in words, a dash where there is none."""
    return spell_number(value, 4) if np.isfinite(value) else "–"


def paint_regimes(sweep: SweepMap) -> dict[str, Any]:
    """Return the map of regimes, a color each."""
    count = len(REGIMES)
    colors = [COLORS[name] for name in REGIMES]
    steps = [(place / count, (place + 1) / count, color) for place, color in enumerate(colors)]
    return {
        "type": "heatmap",
        "x": sweep.x,
        "y": sweep.y,
        "z": sweep.regime,
        "zmin": -0.5,
        "zmax": count - 0.5,
        "text": np.array(REGIMES)[sweep.regime],
        "colorscale": [[end, color] for low, high, color in steps for end in (low, high)],
        "colorbar": {"tickvals": list(range(count)), "ticktext": list(REGIMES), "thickness": 12},
        "hovertemplate": f"{sweep.x_name} %{{x:.4g}}, {sweep.y_name} %{{y:.4g}}"
        "<br>%{text}<extra></extra>",
    }


def draw_border(sweep: SweepMap) -> dict[str, Any]:
    """Return the line of the largest stable learning rate."""
    assert sweep.border is not None
    return {
        "type": "scatter",
        "x": sweep.border[:, 0],
        "y": sweep.border[:, 1],
        "mode": "lines",
        "name": "largest stable lr (theory)",
        "line": {"color": "#e8590c", "width": 3, "dash": "dash"},
        "showlegend": True,
        "hovertemplate": "edge: lr %{x:.4g}<extra></extra>"
        if sweep.x_name == "lr"
        else "edge: lr %{y:.4g}<extra></extra>",
    }
