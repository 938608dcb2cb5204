"""The pictures of a comparison that belong on one page."""

from __future__ import annotations

import plotly.graph_objects as go

from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.views.averages import state, state_columns
from optviz.views.contours import contour
from optviz.views.distance_curves import distances
from optviz.views.loss_curves import losses
from optviz.views.result_table import table
from optviz.views.schedule_curves import schedule
from optviz.views.surfaces import surface3d


def comparison_figures(comparison: Comparison, *, theme: str = "light") -> list[go.Figure]:
    """The pictures of a comparison: paths, losses, distances, what the rules keep, the table."""
    runs = list(comparison.trajectories.values())
    figures = []
    if comparison.problem.start.size == 2 and comparison.problem.window is not None:
        grid = loss_grid(comparison.problem)
        figures += [contour(grid, runs, theme=theme), surface3d(grid, runs, theme=theme)]
    figures.append(losses(runs, target=comparison.target, theme=theme))
    if comparison.problem.minima:
        figures.append(distances(runs, comparison.problem.minima, theme=theme))
    if any(len(set(each.lr.tolist())) > 1 for each in runs):
        figures.append(schedule(runs, theme=theme))
    if state_columns(runs):
        figures.append(state(runs, theme=theme))
    return [*figures, table(comparison, theme=theme)]
