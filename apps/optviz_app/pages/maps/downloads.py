"""What one takes from the Maps page: its table and numbers, figure and script."""

from __future__ import annotations

from typing import Any

from dash import Dash

from optviz.experiments.kinds import script
from optviz.experiments.maps import MapExperiment
from optviz.sweeps.map_files import maps_to_csv, maps_to_json
from optviz.sweeps.sweep_records import SweepMap
from optviz.views.basins import basin_figure
from optviz.views.sweeps import sweep_figure
from optviz_app.components.take import register_take
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.maps.respond import find_maps

LATER = "this map is not drawn yet: press Draw map first"


def register(app: Dash) -> None:
    """Register the addresses of the files."""
    jobs = find_jobs(app)
    register_take(app, "maps", "/maps", lambda kind, query: write_file(jobs, kind, query))


def write_file(jobs: Jobs, kind: str, query: str) -> tuple[Any, str]:
    """Return what a file of a map has, and what its name says.

    Raises: ValueError: this map is not drawn yet: press Draw map first
    """
    experiment, sentences = MapExperiment.from_query(query)
    if sentences:
        raise ValueError(". ".join(sentences))
    title = f"{experiment.chart} {experiment.surface().name}"
    if kind == "script":
        return script(experiment), title
    maps = find_maps(jobs, experiment)[0]
    if maps is None:
        raise ValueError(LATER)
    if kind in ("csv", "json"):
        return (maps_to_csv if kind == "csv" else maps_to_json)(maps), title
    if isinstance(maps, SweepMap):
        return [sweep_figure(maps, experiment.show)], title
    return [basin_figure(maps)], title
