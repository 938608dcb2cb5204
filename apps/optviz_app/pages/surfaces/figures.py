"""The figures and tables of the Surfaces page as data: pure functions of a query, cached."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np

from optviz.experiments.surface import Experiment
from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views import contour, curvature, field, surface3d, template
from optviz.views.averages import state_parts
from optviz.views.distance_curves import distance_parts
from optviz.views.drawing.colors import Style, styles
from optviz.views.drawing.packed import packed
from optviz.views.drawing.paths import end_dicts, origin_dicts, path_dicts
from optviz.views.effective_rates import effective_rate_parts
from optviz.views.hessian_ellipse import curvature_dicts
from optviz.views.loss_curves import loss_parts
from optviz.views.schedule_curves import schedule_parts

GRID = 161
"""Points on each side of the loss grid: at most 3 screen pixels apart."""
GRID_3D = 81
"""Points on each side of the landscape, which the browser shades at each turn of the camera."""


def as_json(figure: Any) -> dict[str, Any]:
    """A figure as the browser takes it, without its template (the browser adds the scheme's)."""
    out = figure.to_dict()
    out.get("layout", {}).pop("template", None)
    return packed(out)


def templates() -> dict[str, Any]:
    """The templates of both schemes."""
    return {name: template(name).to_plotly_json() for name in ("light", "dark")}


def opened(query: str) -> Experiment:
    """The experiment of a query."""
    return Experiment.from_query(query)[0]


# -- what stays while optimizers change ----------------------------------------------------


@lru_cache(maxsize=32)
def grid_of(problem: str, parameters: tuple[tuple[str, float], ...], size: int) -> Any:
    """The losses of a surface."""
    return loss_grid(Experiment(problem=problem, parameters=parameters).surface(), size=size)


@lru_cache(maxsize=32)
def surface_figure(problem: str, parameters: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    """The loss surface from above, on which paths are drawn, and its minima."""
    return as_json(contour(grid_of(problem, parameters, GRID), hover="surface"))


@lru_cache(maxsize=16)
def landscape_figure(problem: str, parameters: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    """The loss surface in three dimensions, and its minima."""
    return as_json(surface3d(grid_of(problem, parameters, GRID_3D)))


# -- what changes with them ----------------------------------------------------------------


@lru_cache(maxsize=64)
def performed(query: str) -> Comparison | None:
    """The runs that a query asks for; None where every optimizer is off."""
    experiment = opened(query)
    return experiment.perform() if experiment.work() else None


def raced(experiment: Experiment) -> Comparison | None:
    """The runs of an experiment, whatever is looked at, and the loss they are to reach."""
    from dataclasses import replace

    comparison = performed(experiment.race().to_query())
    if comparison is None or experiment.target is None:
        return comparison
    return replace(comparison, target=experiment.target)


def race(experiment: Experiment, known: Collection[str] = ()) -> dict[str, Any]:
    """What the browser draws and scrubs: runs, the curves over their steps, the table.

    Runs whose keys are in `known` come without their numbers: the browser has them.
    """
    comparison, surface = raced(experiment), experiment.surface()
    runs = list(comparison.trajectories.values()) if comparison else []
    looks = styles(runs)
    keys = [run_key(run, look, experiment) for run, look in zip(runs, looks, strict=True)]
    target = comparison.target if comparison else None
    shown = {
        "key": short("".join([*keys, experiment.to_query()])),
        "query": experiment.to_query(),
        "steps": experiment.steps,
        "at": experiment.at,
        "home": surface.start.tolist(),
        "runs": drawn_runs(runs, looks, keys, surface, known),
        "marks": packed(origin_dicts(runs, [run.path for run in runs])),
        "losses": packed(loss_curves(runs, experiment.view, target)),
        "curves": packed(other_curves(runs, surface, experiment.view)),
        "target": target,
        "table": table(comparison),
        **overlays(experiment, surface),
    }
    if "3d" in experiment.view:
        shown["landscape"] = landscape_paths(experiment, runs)
    return shown


def drawn_runs(
    runs: list[Trajectory],
    looks: list[Style],
    keys: list[str],
    surface: Any,
    known: Collection[str],
) -> list[dict[str, Any]]:
    """Each run's numbers, and the traces of its path; only the key where it is known."""
    coords = [run.path for run in runs]
    lines = path_dicts(runs, coords, surface.names, hover=False)
    ends = end_dicts(runs, coords, surface.window, hover=False)
    rows = zip(keys, runs, looks, lines, ends, strict=True)
    return [
        {"key": key} if key in known else {"key": key, **numbers(run, look, line, end)}
        for key, run, look, line, end in rows
    ]


def short(text: str) -> str:
    """A short name for a long text."""
    return sha256(text.encode()).hexdigest()[:16]


def run_key(run: Trajectory, look: Style, experiment: Experiment) -> str:
    """A name for all that is drawn of a run."""
    where = experiment.problem, experiment.parameters, experiment.noise, run.start.tolist()
    return short(json.dumps([run.about, look, where, len(run), int(run.step[0])], sort_keys=True))


def numbers(
    run: Trajectory, look: Style, line: dict[str, Any], end: dict[str, Any]
) -> dict[str, Any]:
    """A run's columns, and the traces of its path, which take x and y from the columns."""
    origin = run.about.get("origin") or {}
    average = run.state.get("grad_avg")
    columns = {
        "x": line.pop("x"),
        "y": line.pop("y"),
        "loss": run.losses,
        "gx": column(run.grad, 0),
        "gy": column(run.grad, 1),
        "state": {} if average is None else {"grad_avg": [average[:, 0], average[:, 1]]},
        "line": line,
        "end": end,
    }
    return packed(columns) | {
        **{"label": run.label, "kind": run.about.get("kind", ""), **look._asdict()},
        "first": int(run.step[0]),
        "rule": origin.get("rule", 0),
        "fork": origin.get("fork") is not None,
        "pinned": origin.get("pin") is not None,
        "ended": run.ended,
    }


def column(values: np.ndarray | None, place: int) -> np.ndarray:
    """One parameter's column of a record, empty where there is none."""
    return np.zeros(0) if values is None else values[:, place]


def loss_curves(
    runs: list[Trajectory], view: Collection[str], target: float | None
) -> dict[str, Any]:
    """The loss curves; the table beside them is their legend."""
    log = False if "linear" in view else None
    against = "evaluations" if "evaluations" in view else "steps"
    return without_legend(loss_parts(runs, log=log, against=against, target=target))


def other_curves(runs: list[Trajectory], surface: Any, view: Collection[str]) -> dict[str, Any]:
    """The curves beside the losses: what the rules remember unless something else is asked for."""
    if "distance" in view:
        return without_legend(distance_parts(runs, surface.minima))
    if "rates" in view:
        return without_legend(effective_rate_parts(runs))
    return without_legend(schedule_parts(runs) if "schedule" in view else state_parts(runs))


def without_legend(parts: dict[str, Any]) -> dict[str, Any]:
    """The figure without a legend, in the height that the page gives it."""
    layout = {key: each for key, each in parts["layout"].items() if key != "height"}
    return {"data": parts["data"], "layout": layout | {"showlegend": False}}


def overlays(experiment: Experiment, surface: Any) -> dict[str, Any]:
    """What is drawn over the surface and below the paths, and what is said of it."""
    traces, said = [], ""
    if "field" in experiment.view:
        traces.append(field(surface))
    if "curvature" in experiment.view:
        bend = curvature(surface, experiment.start or surface.start)
        traces, said = [*traces, *curvature_dicts(bend, surface.window)], bend.words()
    return {"overlays": packed(traces), "words": said}


def landscape_paths(experiment: Experiment, runs: list[Trajectory]) -> list[dict[str, Any]]:
    """The traces of the paths in three dimensions."""
    grid = grid_of(experiment.problem, experiment.parameters, GRID_3D)
    still = {
        each["name"] for each in landscape_figure(experiment.problem, experiment.parameters)["data"]
    }
    return [each for each in as_json(surface3d(grid, runs))["data"] if each["name"] not in still]


# -- the table -----------------------------------------------------------------------------

COLUMNS = ("final loss", "best loss", "steps to target", "distance to minimum", "outcome")


def table(comparison: Comparison | None) -> dict[str, Any]:
    """The result table: headings, and for each run its cells and what can be done with it.

    Its second column, the loss at the step shown, is the browser's.
    """
    if comparison is None:
        return {"head": [], "rows": []}
    target = f"steps to loss {comparison.target:.3g}"
    names = [target if name == "steps to target" else name for name in COLUMNS]
    runs = comparison.trajectories.values()
    rows = zip(comparison.rows(), runs, styles(runs), strict=True)
    return {
        "head": ["run", "loss at the step", *names],
        "rows": [
            {
                "label": row["optimizer"],
                "look": look._asdict(),
                "cells": [readable(row[name]) for name in COLUMNS],
                "acts": acts(run.about.get("origin") or {}),
            }
            for row, run, look in rows
        ],
    }


def acts(origin: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be done with a run: fork and pin an optimizer's own, drop what was added."""
    for name, kind in (("fork", "forks"), ("pin", "pins")):
        if origin.get(name) is not None:
            return [{"act": kind, "place": origin[name], "start": 0}]
    rule, start = origin.get("rule", 0), origin.get("start", 0)
    pin = {"act": "pin", "place": rule, "start": start}
    if start:
        return [pin, {"act": "also", "place": start - 1, "start": 0}]
    return [{"act": "fork", "place": rule, "start": 0}, pin]


def readable(value: Any) -> str:
    """A number of the table as text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.5g}" if math.isfinite(value) else "not finite"
    return f"{value:,}" if isinstance(value, int) else str(value)
