"""Races in node: runs, labels, looks, results and pictures, as Python has them."""

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz import Experiment
from optviz.landscapes.grid import Grid, loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views.contours import draw_runs
from optviz.views.drawing.colors import choose_styles, is_extra_start, name_legend_group
from optviz.views.drawing.scale import fit_scale
from optviz.views.live.payload import describe_experiment
from optviz.views.loss_curves import build_distance_parts, build_loss_parts
from optviz.views.parameter_curves import build_rate_parts, build_state_parts
from optviz.views.result_table import format_cell
from optviz.views.schedule_curves import build_schedule_parts
from tests.support.requirements import missing

ALL_RULES = (
    "sgd:lr=0.001",
    "momentum:lr=0.001,l2=0.01",
    "momentum:lr=0.01,damped=yes,dampening=0.3",
    "momentum:lr=0.002,dampening=0.3,maximize=yes",
    "nesterov:lr=0.0005,wd=0.02",
    "adagrad:lr=0.5",
    "adagrad:lr=0.5,initial=0.2,lr_decay=0.1",
    "adadelta:lr=3,eps=0.00001",
    "rmsprop:lr=0.01",
    "rmsprop:lr=0.001,beta1=0.8,centered=yes",
    "rmsprop:lr=0.001,lagged=yes",
    "adam:lr=0.05",
)
SCHEDULED = (
    "adam:lr=0.05,amsgrad=yes,schedule=cosine",
    "adam:lr=0.05,debias=no,schedule=step(every=20,factor=0.5)",
    "adam:lr=0.05,wd=0.1,schedule=constant",
    "sgd:lr=0.002,schedule=exponential(factor=0.97)",
    "momentum:lr=0.001,schedule=warmup(steps=30)",
    "rmsprop:lr=0.01,schedule=onecycle(cycle_momentum=yes)",
    "nesterov:lr=0.001,schedule=onecycle(steps=40,three_phase=yes)",
    "sgd:lr=0.001,on=no",
    "sgd:lr=0.001",
    "sgd:lr=0.001",
)
CASES = {
    "all rules": Experiment(rules=ALL_RULES, steps=80),
    "schedules": Experiment(rules=SCHEDULED, steps=60),
    "noise": Experiment(
        rules=ALL_RULES[:3],
        problem="booth",
        noise=0.7,
        seed=11,
        steps=50,
        forks=("2@20:sgd:lr=0.01",),
    ),
    "starts": Experiment(
        rules=("sgd:lr=0.01", "adam:lr=0.1"),
        problem="himmelblau",
        also=((1e-5, 2.5), (-3.0, 123456.7), (-3.0, 3.0)),
        start=(0.123456789, 1.0),
        steps=40,
    ),
    "forks": Experiment(
        rules=("momentum:lr=0.001", "adam:lr=0.05,on=no", "sgd:lr=1"),
        forks=(
            "1@20:momentum:lr=0.002",
            "1@20:adam:lr=0.01",
            "1@0:momentum:lr=0.002,schedule=cosine",
            "2@30:adam:lr=0.01,schedule=step(every=10)",
            "3@50:sgd:lr=0.1",
            "3@0:adam:lr=0.1",
        ),
        steps=60,
    ),
    "pins": Experiment(
        rules=("sgd:lr=0.001",),
        pins=(
            "rule=sgd:lr=0.001&steps=500",
            "rule=adam:lr=0.05,wd=0.1&problem=ravine&parameters=condition=7,rotation=0.1&steps=30",
            "rule=adam:lr=0.05&start=1,1&noise=0.2&seed=3&steps=20",
        ),
        steps=40,
    ),
    "only a pin": Experiment(rules=("sgd:on=no",), pins=("rule=sgd&steps=20",)),
    "only a fork": Experiment(rules=("sgd:on=no",), forks=("1@5:adam",), steps=20),
    "nothing": Experiment(rules=("sgd:on=no",)),
    "no minimum": Experiment(problem="x^2 - y^2", rules=("sgd:lr=0.02", "adam:lr=0.3"), steps=40),
    "diverging": Experiment(
        problem="bowl", rules=("sgd:lr=1.2", "momentum:lr=1.5", "sgd:lr=0.1"), steps=900
    ),
    "diverging all": Experiment(
        problem="-x^2-y^2", rules=("sgd:lr=3", "momentum:lr=30"), steps=900
    ),
    "oscillating": Experiment(problem="bowl", rules=("sgd:lr=1", "sgd:lr=0.4"), steps=50),
    "converged, hardly moving": Experiment(
        problem="bowl",
        rules=("sgd:lr=0.2", "sgd:lr=1e-9", "momentum:lr=0.9,maximize=yes"),
        steps=300,
    ),
    "not differentiable": Experiment(
        problem="abs(x) + y^2", start=(0.5, 1.0), rules=("sgd:lr=0.5", "sgd:lr=0.3"), steps=30
    ),
    "no loss": Experiment(
        problem="(x-1)^2 - log(x) + y^2", start=(-1.0, 1.0), rules=("sgd:lr=0.1",), steps=10
    ),
    "target": Experiment(target=0.5, steps=50, parameters=(("steepness", 50.0),)),
    "parameters beyond their range": Experiment(
        problem="ravine", parameters=(("condition", 5000.0),), rules=("sgd:lr=0.0001",), steps=30
    ),
    "a formula": Experiment(
        problem="a*sin(3x)^2 + x^2 + b*y^2",
        parameters=(("a", 2.0),),
        rules=("adam:lr=0.1",),
        steps=60,
    ),
    "one step": Experiment(steps=1),
}

GRID = 31
"""Points on each side of the loss grids."""


def make_races(cases: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Return what node makes of each payload, all in one process."""
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    asked = {"experiments": cases, "size": GRID}
    (folder / "jobs.json").write_text(json.dumps(asked, allow_nan=False))
    script = Path(__file__).with_name("races.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    return json.loads((folder / "made.json").read_text())


@pytest.fixture(scope="module")
def races(tmp_path_factory) -> dict[str, dict[str, Any]]:
    payloads = [describe_experiment(each) for each in CASES.values()]
    made = make_races(payloads, tmp_path_factory.mktemp("races"))
    return dict(zip(CASES, made, strict=True))


@pytest.fixture(scope="module")
def comparisons() -> dict[str, Comparison | None]:
    return {name: each.perform() if each.work() else None for name, each in CASES.items()}


def assert_same(own: Any, wanted: Any, where: str) -> None:
    """Compare plain data: texts exactly, numbers to 1e-12 of their size (or of their column's)."""
    if isinstance(wanted, np.ndarray):
        wanted = wanted.tolist()
    if isinstance(wanted, dict):
        assert own.keys() == wanted.keys(), where
        for key, each in wanted.items():
            assert_same(own[key], each, f"{where} {key}")
    elif isinstance(wanted, (list, tuple)):
        assert isinstance(own, list), where
        assert len(own) == len(wanted), where
        if wanted and all(isinstance(each, (int, float)) for each in wanted):
            mine, theirs = np.array(own, float), np.array(wanted, float)
            size = np.abs(theirs[np.isfinite(theirs)]).max(initial=0)
            np.testing.assert_allclose(mine, theirs, 1e-12, 1e-12 * size, err_msg=where)
        else:
            for i, (a, b) in enumerate(zip(own, wanted, strict=True)):
                assert_same(a, b, f"{where} {i}")
    elif isinstance(wanted, (bool, str)) or wanted is None:
        assert own == wanted, where
    else:
        own, wanted = float(own), float(wanted)
        same = own == wanted or math.isclose(own, wanted, rel_tol=1e-12)
        assert same or (own != own and wanted != wanted), f"{where}: {own}, not {wanted}"


def list_columns(run: Trajectory) -> dict[str, Any]:
    """What a run of the browser has of a trajectory."""
    gx, gy = (run.grad[:, 0], run.grad[:, 1])
    columns = {"step": run.step, "x": run.path[:, 0], "y": run.path[:, 1], "losses": run.losses}
    columns |= {"lr": run.lr, "gradX": gx, "gradY": gy}
    state = {k: [v[:, 0], v[:, 1]] if v.ndim > 1 else v for k, v in run.state.items()}
    return columns | {"state": state}


@pytest.mark.parametrize("name", CASES)
def test_the_browser_makes_the_runs_the_labels_the_looks_and_the_results(name, races, comparisons):
    own, comparison = races[name]["race"], comparisons[name]
    if comparison is None:
        assert own["runs"] == own["rows"] == []
        assert own["target"] is None
        return
    runs = list(comparison.trajectories.values())
    assert [each["label"] for each in own["runs"]] == list(comparison.trajectories)
    for mine, run, style in zip(own["runs"], runs, choose_styles(runs), strict=True):
        where = f"{name}: {run.label}"
        about = {
            **style._asdict(),
            "kind": run.about["kind"],
            "origin": run.about["origin"],
            "legendGroup": name_legend_group(run),
            "isExtraStart": is_extra_start(run),
            "ended": run.ended,
            "isFinished": run.is_finished,
            "first": int(run.step[0]),
            "names": run.names,
            "isNoisy": run.sample_loss is not None,
        }
        assert_same({key: mine[key] for key in about}, about, where)
        assert mine.get("memory") == run.about.get("memory")
        wanted = list_columns(run)
        assert_same({key: mine[key] for key in wanted}, wanted, where)
    rows = [{"label": row.pop("optimizer"), "cells": row} for row in comparison.rows()]
    assert_same(own["rows"], rows, name)
    assert_same(own["target"], comparison.target, f"{name} target")
    assert_same(own["minima"], comparison.problem.minima, f"{name} minima")


def draw(comparison: Comparison | None, experiment: Experiment) -> dict[str, Any]:
    runs = list(comparison.trajectories.values()) if comparison else []
    target = comparison.target if comparison else None
    linear = build_loss_parts(runs, log=False, against="evaluations")
    return {
        "losses": build_loss_parts(runs, target=target),
        "linear": linear,
        "logarithmic": build_loss_parts(runs, log=True, target=3),
        "distances": build_distance_parts(runs, experiment.surface().minima),
        "state": build_state_parts(runs),
        "rates": build_rate_parts(runs),
        "schedule": build_schedule_parts(runs),
    }


@pytest.mark.parametrize("name", CASES)
def test_the_browser_draws_the_pictures(name, races, comparisons):
    wanted = draw(comparisons[name], CASES[name])
    for picture, parts in wanted.items():
        assert_same(races[name]["pictures"][picture], parts, f"{name}: {picture}")


@pytest.mark.parametrize("name", CASES)
def test_the_browser_draws_the_map_the_grid_and_the_cells(name, races, comparisons):
    own, comparison = races[name], comparisons[name]
    runs = list(comparison.trajectories.values()) if comparison else []
    grid: Grid = loss_grid(CASES[name].surface(), size=GRID)
    assert_same(own["map"], draw_runs(grid, runs, hover=False), name)
    assert_same(own["hovered"], draw_runs(grid, runs, hover=True), name)
    values = {key: getattr(grid, key) for key in ("x", "y", "names", "minima", "log", "floor")}
    values |= {"window": grid.window, "loss": grid.loss.ravel()}
    assert_same({key: own["grid"][key] for key in values}, values, name)
    scale = fit_scale(grid.loss, grid.log, grid.floor)
    parts = scale._asdict() | {"title": scale.title, "ticks": scale.choose_ticks()}
    assert_same(own["scale"], parts | {"lines": scale.choose_lines()}, name)
    assert_same(own["heights"], scale.transform(grid.loss).ravel(), name)
    rows = comparison.rows() if comparison else []
    cells = [[format_cell(value) for key, value in row.items() if key != "optimizer"] for row in rows]
    assert own["cells"] == cells
