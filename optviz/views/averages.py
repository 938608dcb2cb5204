"""The averages a rule keeps, over the steps: one plot a column of its state."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from optviz.trajectory import Trajectory
from optviz.views.colors import Style, styles
from optviz.views.loss_curves import log_fits
from optviz.views.paths import as_list, finite
from optviz.views.theme import figure, template

MOST = 4
"""Parameters drawn side by side; a picture of more shows the first ones and says so."""


def state(trajectories: Any, *, theme: str = "light") -> go.Figure:
    """The state of some runs: a row of plots for each average, a column for each parameter.

    A run appears in the rows of the averages that its rule keeps. The plots of a row share one
    scale, so that parameters can be compared.
    """
    runs = as_list(trajectories)
    columns = state_columns(runs)
    if not columns:
        return nothing_kept(theme)
    count = runs[0].path.shape[1]
    names = [runs[0].names[i] if runs[0].names else f"p{i}" for i in range(min(count, MOST))]
    picture = make_subplots(
        rows=len(columns),
        cols=len(names),
        shared_xaxes=True,
        shared_yaxes=True,
        column_titles=names,
        horizontal_spacing=0.03,
        vertical_spacing=0.06,
    )
    for row, column in enumerate(columns, start=1):
        draw_row(picture, runs, column, names, row)
    picture.update_xaxes(title_text="step", row=len(columns))
    more = f" of the first {MOST} of {count:,} parameters" if count > MOST else ""
    picture.update_layout(
        template=template(theme),
        title_text=f"Averages{more}",
        uirevision="averages",
        height=160 + 180 * len(columns),
        margin_t=76,
    )
    return picture


def draw_row(
    picture: go.Figure, runs: list[Trajectory], column: str, names: list[str], row: int
) -> None:
    """Add one average of each run that keeps it, in every parameter's plot of a row."""
    for each, style in zip(runs, styles(runs), strict=True):
        if column not in each.state:
            continue
        for col, name in enumerate(names):
            trace = average_trace(each, style, column, col, name)
            trace.showlegend = col == 0 and column == state_columns([each])[0]
            picture.add_trace(trace, row=row, col=col + 1)
    kept = [finite(each.state[column]).ravel() for each in runs if column in each.state]
    scale = "log" if log_fits(kept) else "linear"
    picture.update_yaxes(type=scale, tickformat="~g", row=row)
    picture.update_yaxes(title_text=column, row=row, col=1)


def state_columns(runs: list[Trajectory]) -> list[str]:
    """The names of the columns that hold one value a parameter, in the order first met."""
    names = [name for each in runs for name, column in each.state.items() if column.ndim > 1]
    return list(dict.fromkeys(names))


def average_trace(
    trajectory: Trajectory, style: Style, column: str, place: int, name: str
) -> go.Scatter:
    """One average of one parameter, after each step."""
    return go.Scatter(
        x=trajectory.step[1:],
        y=finite(np.asarray(trajectory.state[column])[:, place]),
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": 2},
        name=trajectory.label,
        legendgroup=trajectory.label,
        hovertemplate=f"step %{{x}}<br>{column} {name} %{{y:.5g}}<extra>%{{fullData.name}}</extra>",
    )


def nothing_kept(theme: str) -> go.Figure:
    """A page that says why there is nothing to draw."""
    note = {
        "text": "These runs recorded no averages: SGD keeps none, and a thinned record drops them.",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
    }
    hidden = {"visible": False}
    return figure([], theme=theme, title="Averages", annotations=[note], xaxis=hidden, yaxis=hidden)
