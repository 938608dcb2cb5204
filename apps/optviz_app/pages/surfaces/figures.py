"""The figures and the table of the Surfaces page as data: pure functions of an Experiment."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from optviz.experiments.curves import CURVES, choose_curve
from optviz.experiments.surface import PLAY, Experiment
from optviz.landscapes.grid import loss_grid
from optviz.lessons.library import find_part
from optviz.rules import RULES
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views import contour, curvature, field, surface3d
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.colors import Style, choose_styles, is_extra_start
from optviz.views.drawing.labels import choose_labels, draw_labels
from optviz.views.drawing.paths import (
    draw_casing,
    draw_end,
    draw_path,
    keep_drawable,
    keep_finite,
    mark_origins,
)
from optviz.views.drawing.scale import fit_scale
from optviz.views.hessian_ellipse import draw_curvature
from optviz.views.loss_curves import build_loss_parts
from optviz.views.result_table import format_cell, format_losses
from optviz_app.components.figures import hash_text, pack_figure
from optviz_app.server.heavy import weigh

GRID = 161
"""Points on each side of the loss grid: at most 3 screen pixels apart."""
GRID_3D = 81
"""Points on each side of the landscape, which the browser shades at each turn of the camera."""

LETTER = 40
"""Steps of a race that weigh as much as a letter of a formula: some long ones take seconds."""

Parameters = tuple[tuple[str, float], ...]


@lru_cache(maxsize=64)
def read_query(query: str) -> Experiment:
    """Return the experiment of a query: the page sends back the one that it was answered."""
    return Experiment.from_query(query)[0]


@lru_cache(maxsize=32)
def compute_grid(problem: str, parameters: Parameters, size: int) -> Any:
    """Return the losses of a surface."""
    return loss_grid(Experiment(problem=problem, parameters=parameters).surface(), size=size)


@lru_cache(maxsize=32)
def draw_surface(problem: str, parameters: Parameters) -> dict[str, Any]:
    """Return the loss surface from above, on which paths are drawn, and its minima.

    The browser, which knows the size of the stage, gives it equal scales.
    """
    grid = compute_grid(problem, parameters, GRID)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    start = Experiment(problem=problem, parameters=parameters).surface().start
    labels = draw_labels(choose_labels(grid, scale, [start]), grid.window)
    figure = contour(grid, hover="surface", equal=False)
    return pack_figure(figure.update_layout(annotations=labels))


@lru_cache(maxsize=16)
def draw_landscape(problem: str, parameters: Parameters) -> dict[str, Any]:
    """Return the loss surface in three dimensions, and its minima."""
    return pack_figure(surface3d(compute_grid(problem, parameters, GRID_3D)))


@lru_cache(maxsize=64)
def perform(race: Experiment) -> Comparison | None:
    """Return the runs of an experiment without a view; None where every optimizer is off."""
    return race.perform() if race.work() else None


def perform_race(experiment: Experiment) -> Comparison | None:
    """Return the runs of an experiment, whatever is looked at, and the loss they are to reach."""
    weigh(max(experiment.work(), LETTER * len(experiment.problem)))
    comparison = perform(experiment.race())
    if comparison is None or experiment.target is None:
        return comparison
    return replace(comparison, target=experiment.target)


def draw_race(experiment: Experiment, known: Collection[str] = ()) -> dict[str, Any]:
    """Return what the browser draws and scrubs: runs, the curves over their steps, the table.

    Runs whose keys are in `known` come without their numbers: the browser has them.
    """
    comparison, surface = perform_race(experiment), experiment.surface()
    runs = list(comparison.trajectories.values()) if comparison else []
    looks, query = choose_styles(runs), experiment.to_query()
    where = experiment.problem, experiment.parameters, experiment.noise
    packed = [
        pack_run(run, look, surface, place, where, known)
        for place, (run, look) in enumerate(zip(runs, looks, strict=True))
    ]
    target = comparison.target if comparison else None
    log = False if "linear" in experiment.view else None
    against = "evaluations" if "evaluations" in experiment.view else "steps"
    losses = build_loss_parts(runs, log=log, against=against, target=target)
    curves = CURVES[choose_curve(experiment.view)].build_parts(runs, surface)
    race = {
        "key": hash_text("".join([*(each["key"] for each in packed), query])),
        "query": query,
        "steps": experiment.steps,
        "at": experiment.at,
        "play": PLAY in experiment.view,
        "title": name_race(experiment),
        "home": surface.start.tolist(),
        "runs": packed,
        "marks": pack_arrays(mark_origins(runs)),
        "losses": pack_arrays(drop_legend(losses)),
        "curves": pack_arrays(drop_legend(curves)),
        "target": target,
        "table": build_table(comparison, looks),
        **draw_overlays(experiment, surface),
    }
    if "3d" in experiment.view:
        still = experiment.problem, experiment.parameters
        names = {each["name"] for each in draw_landscape(*still)["data"]}
        drawn = pack_figure(surface3d(compute_grid(*still, GRID_3D), runs))["data"]
        race["landscape"] = [each for each in drawn if each["name"] not in names]
    return race


def name_race(experiment: Experiment) -> str:
    """Return the title of a race: its surface or step of a lesson, and the rules that are on."""
    found = find_part(experiment)
    names = {text: RULES[text.partition(":")[0]].__name__ for text in experiment.rules}
    on = zip(experiment.rules, experiment.entries, strict=True)
    rules = dict.fromkeys(names[text] for text, entry in on if entry.on)
    surface = experiment.surface().title or experiment.problem
    where = found[0].steps[found[1] - 1].title if found else surface
    return ": ".join(filter(None, [where, ", ".join(rules)]))


def pack_run(
    run: Trajectory, look: Style, surface: Any, place: int, where: Any, known: Collection[str]
) -> dict[str, Any]:
    """Return a run's columns, and the traces of its path, which take x and y from the columns.

    Its key names all that is drawn of it; there is no more where that is among the known.
    """
    about = [run.about, look, [*where, run.start.tolist()], len(run), int(run.step[0])]
    key = hash_text(json.dumps(about, sort_keys=True))
    if key in known:
        return {"key": key}
    origin = run.about.get("origin") or {}
    average = run.state.get("grad_avg")
    line = draw_path(run, keep_drawable(run.path), look, surface.names, hover=False)
    end = draw_end(run, keep_finite(run.path), look, surface.window, hover=False)
    gx, gy = ([], []) if run.grad is None else run.grad.T
    columns = {
        "x": line.pop("x"),
        "y": line.pop("y"),
        "loss": run.losses,
        "gx": np.asarray(gx, float),
        "gy": np.asarray(gy, float),
        "state": {} if average is None else {"grad_avg": [average[:, 0], average[:, 1]]},
        "line": line | {"meta": {"run": place}},
        "end": end | {"meta": {"run": place, "part": "end"}},
    }
    return pack_arrays(columns) | {
        "key": key,
        **{"label": run.label, "kind": run.about.get("kind", ""), **look._asdict()},
        "first": int(run.step[0]),
        "rule": origin.get("rule", 0),
        "fork": origin.get("fork") is not None,
        "pinned": origin.get("pin") is not None,
        "isExtraStart": is_extra_start(run),
        "ended": run.ended,
    }


def drop_legend(parts: dict[str, Any]) -> dict[str, Any]:
    """Return the figure without a legend, in the height that the page gives it."""
    layout = {key: each for key, each in parts["layout"].items() if key != "height"}
    return {"data": parts["data"], "layout": layout | {"showlegend": False}}


def draw_overlays(experiment: Experiment, surface: Any) -> dict[str, Any]:
    """Return what is drawn over the surface and below the paths, and what is said of it."""
    traces, said = [], ""
    if "field" in experiment.view:
        arrows = field(surface)
        traces += [draw_casing(arrows, 0.6), arrows]
    if "curvature" in experiment.view:
        bend = curvature(surface, experiment.start or surface.start)
        lines, said = draw_curvature(bend, surface.window), bend.words()
        traces += [*map(draw_casing, lines), *lines]
    return {"overlays": pack_arrays(traces), "words": said}


COLUMNS = ("final loss", "steps to target", "distance to minimum", "outcome")


def build_table(comparison: Comparison | None, looks: list[Style]) -> dict[str, Any]:
    """Return the result table: headings, and for each run its cells and what can be done with it.

    Its second column, the loss at the step shown, is the browser's.
    """
    if comparison is None:
        return {"head": [], "rows": []}
    target = f"steps to loss {comparison.target:.3g}"
    names = [target if name == "steps to target" else name for name in COLUMNS]
    runs = comparison.trajectories.values()
    rows = zip(comparison.rows(), runs, looks, strict=True)
    return {
        "head": ["run", "loss at this step", *names],
        "rows": [
            {
                "label": row["optimizer"],
                "look": look._asdict(),
                "cells": [format_losses(row), *(format_cell(row[name]) for name in COLUMNS[1:])],
                "acts": list_acts(run.about.get("origin") or {}),
                "origin": name_origin(run.about.get("origin") or {}),
            }
            for row, run, look in rows
        ],
    }


def name_origin(origin: dict[str, Any]) -> dict[str, Any]:
    """Return the item that a run is of, by kind and place, and its start: 0 for the main one."""
    for name, kind in (("fork", "forks"), ("pin", "pins")):
        if origin.get(name) is not None:
            return {"kind": kind, "place": origin[name], "start": 0}
    return {"kind": "rules", "place": origin.get("rule", 0), "start": origin.get("start", 0)}


def list_acts(origin: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what can be done with a run: fork, pin, or remove what was added."""
    for name, kind in (("fork", "forks"), ("pin", "pins")):
        if origin.get(name) is not None:
            return [{"act": kind, "place": origin[name], "start": 0}]
    rule, start = origin.get("rule", 0), origin.get("start", 0)
    pin = {"act": "pin", "place": rule, "start": start}
    if start:
        return [pin, {"act": "also", "place": start - 1, "start": 0}]
    return [{"act": "fork", "place": rule, "start": 0}, pin]
