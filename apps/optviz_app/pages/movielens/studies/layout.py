"""The Studies tab as it opens: the questions, and the places of an answer."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.studies import STUDIES
from optviz_app.components.fields import SCROLLS, aria
from optviz_app.components.figures import build_graph

FIGURES = 3
"""The pictures that a study has at most."""
FORMATS = {"csv": "Table as CSV", "json": "Every measurement as JSON"}
POLL_MS = 500


def build_studies_tab(experiment: RatingsExperiment) -> Any:
    """Build the tab."""
    questions = [
        dmc.Radio(value=name, label=kind.title, description=kind.question, mb="sm")
        for name, kind in STUDIES.items()
    ]
    listed = dmc.RadioGroup(
        questions, id="study", value=experiment.study, label="Questions", className="questions"
    )
    stores = ("study-run", "study-tick", *(f"study-{place}-figure" for place in range(FIGURES)))
    return html.Div(
        [
            *[dcc.Store(id=name) for name in stores],
            dcc.Interval(id="study-poll", interval=POLL_MS, disabled=True),
            html.Div(listed, className="controls"),
            html.Div([build_status(), *build_answer()], className="pictures"),
        ],
        className="page first",
    )


def build_status() -> Any:
    """Build the status of a study under way, and the buttons that begin and end one."""
    line = [
        html.Div(id="study-said", className="grow"),
        html.P(id="study-announced", className="hidden", role="status", **aria("polite", "live")),
        dmc.Button("Cancel", id="study-cancel", variant="default", size="xs", className="away"),
        dmc.Button("Measure again", id="study-start", variant="default", size="xs"),
    ]
    progress = dmc.Progress(id="study-progress", value=0, size="sm", **aria("study progress"))
    gone = "The server does not respond. This page keeps trying."
    parts = [
        html.Div(line, className="status-line"),
        html.Div(progress, id="study-progress-box", hidden=True),
        html.Div(gone, id="study-gone", className="gone", role="alert", hidden=True),
    ]
    return html.Div(parts, className="status study-status")


def build_answer() -> list[Any]:
    """Build the places of the question, its answer, its pictures and its table."""
    pictures = [build_picture(place) for place in range(FIGURES)]
    files = [
        html.A(text, id=f"study-{kind}", href="#", download="", className="file")
        for kind, text in FORMATS.items()
    ]
    return [
        dmc.Title("", id="study-question", order=2, className="section"),
        html.P(id="study-words", className="conclusion"),
        *pictures,
        html.Div(id="study-table", className="wide", **SCROLLS),
        html.P(id="study-made", className="note"),
        html.P(files, className="files"),
    ]


def build_picture(place: int) -> Any:
    """Build the place of a picture, hidden until it is filled."""
    title = dmc.Title("", id=f"study-{place}-title", order=3, className="section")
    graph = build_graph(f"study-{place}", "study-picture", f"picture {place + 1} of the study")
    return html.Div([title, graph], id=f"study-{place}-part", hidden=True)
