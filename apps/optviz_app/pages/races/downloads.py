"""What one takes from the Race page: its table and numbers, figures and script."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from dash import Dash

from optviz.experiments.kinds import script
from optviz.experiments.races import RaceExperiment
from optviz.views.drawing.theme import build_figure
from optviz_app.components.take import register_take
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.races.outcome import TITLES, race_to_json
from optviz_app.pages.races.respond import find_outcome

LATER = "this has not been done yet: press Start first"


def register(app: Dash) -> None:
    """Register the addresses of the files."""
    jobs = find_jobs(app)
    register_take(app, "races", "/race", lambda kind, query: write_file(jobs, kind, query))


def write_file(jobs: Jobs, kind: str, query: str) -> tuple[Any, str]:
    """Return what a file of a race has, and what its name says.

    Raises: ValueError: this has not been done yet: press Start first
    """
    experiment, sentences = RaceExperiment.from_query(query)
    if sentences:
        raise ValueError(". ".join(sentences))
    title = f"{experiment.mode} {' '.join(experiment.problems)}"
    if kind == "script":
        return script(experiment), title
    outcome, _ = find_outcome(jobs, experiment)
    if outcome is None:
        raise ValueError(LATER)
    words, figures, trials = outcome
    if kind == "csv":
        return write_csv(words["rows"]), title
    if kind == "json":
        return race_to_json(words, trials), title
    made = []
    for name, heading in TITLES.items():
        if name in figures:
            figure = build_figure(figures[name], "light")
            made.append(figure.update_layout(title=words["conclusion"] if not made else heading))
    return [each.update_layout(margin_t=70) for each in made], title


def write_csv(rows: list[dict[str, Any]]) -> str:
    """Return the table as text."""
    out = StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
