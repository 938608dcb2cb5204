"""The MovieLens page: optimizers training a rating model."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from optviz.experiment import RatingsExperiment

EXPERIMENT = RatingsExperiment


def layout(experiment: RatingsExperiment, sentences: list[str]) -> Any:
    """The page that shows an experiment."""
    return html.Div([html.H1("MovieLens")])


def register(app: Dash) -> None:
    """The callbacks of the page."""
