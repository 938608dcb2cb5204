"""The pictures of a comparison that belong on one page."""

from __future__ import annotations

import plotly.graph_objects as go

from optviz.experiments.curves import CURVES
from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.views.contours import contour
from optviz.views.drawing.theme import from_parts
from optviz.views.loss_curves import losses
from optviz.views.result_table import table
from optviz.views.surfaces import surface3d


def comparison_figures(comparison: Comparison, *, theme: str = "light") -> list[go.Figure]:
    """Draw a comparison: paths, losses, every other curve that has something to show, the table."""
    problem, runs = comparison.problem, list(comparison.trajectories.values())
    figures = []
    if problem.start.size == 2 and problem.window is not None:
        grid = loss_grid(problem)
        figures += [contour(grid, runs, theme=theme), surface3d(grid, runs, theme=theme)]
    figures.append(losses(runs, target=comparison.target, theme=theme))
    for kind in CURVES.values():
        parts = kind.build_parts(runs, problem) if kind.is_exported(runs) else {"data": []}
        figures += [from_parts(parts, theme)] if parts["data"] else []
    return [*figures, table(comparison, theme=theme)]
