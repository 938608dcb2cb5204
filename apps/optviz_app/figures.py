"""The figures and tables of the pages as data: pure functions of a query, cached."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from optviz.comparison import Comparison
from optviz.experiment import Experiment
from optviz.planes.grid import loss_grid
from optviz.views import contour, losses, style_of, template
from optviz.views.paths import end_traces, path_traces, start_trace

GRID = 161
"""Points on each side of the loss grid: at most 3 screen pixels apart."""


def as_json(figure: Any) -> dict[str, Any]:
    """A figure as the browser takes it, without its template (the browser adds the scheme's)."""
    out = pio.json.from_json_plotly(figure.to_json())
    out.get("layout", {}).pop("template", None)
    return out


def templates() -> dict[str, Any]:
    """The templates of both schemes."""
    return {name: template(name).to_plotly_json() for name in ("light", "dark")}


@lru_cache(maxsize=64)
def surface_figure(problem: str, parameters: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    """The loss surface that paths are drawn on, and its minima."""
    surface = Experiment(problem=problem, parameters=parameters).surface()
    return as_json(contour(loss_grid(surface, size=GRID), hover="surface"))


@lru_cache(maxsize=32)
def performed(query: str) -> Comparison:
    """The runs that a query asks for."""
    return Experiment.from_query(query)[0].perform()


@lru_cache(maxsize=32)
def race(query: str) -> dict[str, Any]:
    """Paths for the contour, loss curves, and numbers for the scrubber of a query's runs."""
    experiment = Experiment.from_query(query)[0]
    if not any(entry.on for entry in experiment.entries):
        return {"data": [], "runs": [], "steps": experiment.steps, "losses": as_json(losses([]))}
    comparison = performed(query)
    runs = list(comparison.trajectories.values())
    coords, names = [run.path for run in runs], ("x", "y")
    lines = path_traces(runs, coords, names, hover=False)
    for index, line in enumerate(lines):
        line.meta = {"run": index}
    marks = [start_trace(xy[0] for xy in coords)]
    marks += end_traces(runs, coords, comparison.problem.window, hover=False)
    paths = as_json(go.Figure([*lines, *marks]))["data"]
    return {
        "data": paths,
        "runs": [{"loss": [clean(loss) for loss in run.losses]} for run in runs],
        "steps": experiment.steps,
        "losses": as_json(losses(runs, target=comparison.target).update_layout(showlegend=False)),
    }


def clean(value: float) -> float | None:
    """The number as JSON can hold it."""
    return float(value) if math.isfinite(value) else None


def table_rows(query: str) -> list[dict[str, Any]]:
    """The rows of the result table, with the style of each optimizer."""
    comparison = performed(query)
    kinds = [run.about["kind"] for run in comparison.trajectories.values()]
    return [
        row | {"style": style}
        for row, style in zip(comparison.rows(), style_of(kinds), strict=True)
    ]


def readable(value: Any) -> str:
    """A number of the table as text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.5g}" if math.isfinite(value) else "not finite"
    return f"{value:,}" if isinstance(value, int) else str(value)
