"""Races in node: runs, labels, looks, results and pictures, as Python has them."""

import json
import random
import shutil
import subprocess
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz import Experiment
from optviz.landscapes.grid import Grid, loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.specs import format_value
from optviz.views.contours import draw_runs
from optviz.views.drawing.colors import choose_styles, is_extra_start, name_legend_group
from optviz.views.drawing.scale import fit_scale, spell_number
from optviz.views.live.catalog import describe_catalog
from optviz.views.live.payload import describe_experiment
from optviz.views.loss_curves import build_distance_parts, build_loss_parts
from optviz.views.parameter_curves import build_rate_parts, build_state_parts
from optviz.views.result_table import format_cell
from optviz.views.schedule_curves import build_schedule_parts
from tests.javascript.race_cases import CASES, EDITS, UNKNOWN
from tests.javascript.test_emitted import ROUNDED
from tests.support.requirements import missing

pytestmark = pytest.mark.slow
COLUMNS = ("step", "x", "y", "losses", "lr", "gradX", "gradY")
"""Those of a run that are the same to the last bit where only + - * / and roots occur."""
GRID = 31
"""Points on each side of the loss grids."""

DRAWN = random.Random(3)
NUMBERS = [DRAWN.choice([-1, 1]) * 10 ** DRAWN.uniform(-12, 22) for _ in range(150)]
NUMBERS += [round(DRAWN.uniform(-1e4, 1e4), place) for place in range(-3, 8) for _ in range(8)]
NUMBERS += [DRAWN.randrange(9 * 10**5) / 2 for _ in range(60)]  # half of them end in a 5
NUMBERS += [0.0, -0.0, 1.0, 0.5, 1.5, 2.5, 0.125, 1e16, 1e21, 1e300, 5e-324, 1e-4, 9.99995e-5]
DIGITS = (1, 3, 4, 5, 6)


def make_races(cases: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Return what node makes of each payload, and its texts of NUMBERS, all in one process."""
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    asked = {"experiments": cases, "size": GRID, "catalog": describe_catalog()}
    asked["numbers"] = [(value, digits) for value in NUMBERS for digits in DIGITS]
    (folder / "jobs.json").write_text(json.dumps(asked, allow_nan=False))
    script = Path(__file__).with_name("races.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    return json.loads((folder / "made.json").read_text())


def describe(name: str) -> dict[str, Any]:
    """Return the payload of a case: its own, or that of another one with its numbers put in."""
    before, changes = EDITS.get(name) or ((CASES | UNKNOWN)[name], {})
    payload = json.loads(json.dumps(describe_experiment(before)))
    for place, value in changes.items():
        *way, last = (int(each) if each.isdigit() else each for each in place.split("."))
        reduce(getitem, way, payload)[last] = value
    return payload


@pytest.fixture(scope="module")
def payloads() -> dict[str, dict[str, Any]]:
    return {name: describe(name) for name in CASES}


@pytest.fixture(scope="module")
def made(payloads, tmp_path_factory) -> dict[str, Any]:
    asked = [*payloads.values(), *map(describe, UNKNOWN)]
    return make_races(asked, tmp_path_factory.mktemp("races"))


@pytest.fixture(scope="module")
def races(made) -> dict[str, dict[str, Any]]:
    return dict(zip([*CASES, *UNKNOWN], made["made"], strict=True))


@pytest.fixture(scope="module")
def comparisons() -> dict[str, Comparison | None]:
    return {name: each.perform() if each.work() else None for name, each in CASES.items()}


def assert_same(own: Any, wanted: Any, where: str) -> None:
    """Compare plain data: texts exactly, numbers to 1e-12 of their size (or of their column's)."""
    if isinstance(wanted, dict):
        assert own.keys() == wanted.keys(), where
        for key, each in wanted.items():
            assert_same(own[key], each, f"{where} {key}")
    elif isinstance(wanted, (str, bool)) or wanted is None:
        assert own == wanted, where
    elif isinstance(wanted, (list, tuple)) and not is_numbers(wanted):
        assert isinstance(own, list), where
        assert len(own) == len(wanted), where
        for i, (a, b) in enumerate(zip(own, wanted, strict=True)):
            assert_same(a, b, f"{where} {i}")
    else:
        mine, theirs = np.array(own, float), np.asarray(wanted, float)
        size = np.abs(theirs[np.isfinite(theirs)]).max(initial=0)
        assert mine.shape == theirs.shape, where
        is_same = np.isclose(mine, theirs, 1e-12, 1e-12 * size, equal_nan=True)
        assert is_same.all(), f"{where}: {own}, not {wanted}"


def is_numbers(values: Any) -> bool:
    return all(isinstance(each, (int, float, np.number)) for each in values)


def describe_run(run: Trajectory) -> dict[str, Any]:
    """What a run of the browser has of a trajectory, but for its look."""
    assert run.grad is not None
    return {
        **{"step": run.step, "x": run.path[:, 0], "y": run.path[:, 1], "losses": run.losses},
        **{"lr": run.lr, "gradX": run.grad[:, 0], "gradY": run.grad[:, 1]},
        "state": {k: [v[:, 0], v[:, 1]] if v.ndim > 1 else v for k, v in run.state.items()},
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


def test_the_browser_makes_the_runs_the_labels_the_looks_and_the_results(
    races, payloads, comparisons
):
    exact = 0
    for name, comparison in comparisons.items():
        own, texts = races[name]["race"], payloads[name]["modules"].values()
        is_exact = not any(map(ROUNDED.search, texts))
        exact += is_exact
        if comparison is None:
            assert own["runs"] == own["rows"] == []
            assert own["target"] is None
            continue
        runs = list(comparison.trajectories.values())
        assert [each["label"] for each in own["runs"]] == list(comparison.trajectories), name
        for mine, run, style in zip(own["runs"], runs, choose_styles(runs), strict=True):
            wanted = describe_run(run) | style._asdict()
            assert_same({key: mine[key] for key in wanted}, wanted, f"{name}: {run.label}")
            assert mine.get("memory") == run.about.get("memory")
            for key in COLUMNS if is_exact else ():
                column = np.array(mine[key], float)
                np.testing.assert_array_equal(column, wanted[key], err_msg=f"{name}: {run.label}")
        rows = [{"label": row.pop("optimizer"), "cells": row} for row in comparison.rows()]
        assert_same(own["rows"], rows, name)
        assert_same(own["target"], comparison.target, f"{name} target")
        start = CASES[name].start or comparison.problem.start
        assert_same(own["start"], start, f"{name} start")
        assert_same(own["minima"], comparison.problem.minima, f"{name} minima")
    assert exact > 30


def test_the_browser_makes_no_race_of_which_it_does_not_know_all(races):
    assert [races[name]["race"] for name in UNKNOWN] == [None] * len(UNKNOWN)


def test_the_browser_draws_the_curves(races, comparisons):
    for name, comparison in comparisons.items():
        for picture, parts in draw_curves(comparison, CASES[name]).items():
            assert_same(races[name]["pictures"][picture], parts, f"{name}: {picture}")


def test_the_browser_draws_the_map_its_grid_and_its_scale_and_the_cells(races, comparisons):
    for name, comparison in comparisons.items():
        own, runs = races[name], list_runs(comparison)
        grid: Grid = loss_grid(CASES[name].surface(), size=GRID)
        assert_same(own["map"], draw_runs(grid, runs, hover=False), name)
        assert_same(own["hovered"], draw_runs(grid, runs, hover=True), name)
        values = {key: getattr(grid, key) for key in ("x", "y", "names", "minima", "log", "floor")}
        values |= {"window": grid.window, "loss": grid.loss.ravel()}
        assert_same({key: own["grid"][key] for key in values}, values, name)
        scale = fit_scale(grid.loss, grid.log, grid.floor)
        parts = scale._asdict() | {"title": scale.title, "ticks": scale.choose_ticks()}
        assert_same(own["scale"], parts | {"lines": scale.choose_lines(grid.loss)}, name)
        assert_same(own["heights"], scale.transform(grid.loss).ravel(), name)
        rows = comparison.rows() if comparison else []
        cells = [[format_cell(row[key]) for key in row if key != "optimizer"] for row in rows]
        assert own["cells"] == cells


def test_the_browser_finds_the_module_of_every_optimizer_in_the_catalog(races, payloads):
    for name, payload in payloads.items():
        assert races[name]["chosen"] == [each["module"] for each in payload["rules"]], name


def test_the_browser_writes_and_rounds_numbers_as_python_does(made):
    asked = [(value, digits) for value in NUMBERS for digits in DIGITS]
    for (value, digits), texts in zip(asked, made["texts"], strict=True):
        wanted = [f"{value:.{digits}g}", format_value(value), spell_number(value, digits)]
        assert texts[:-1] == wanted, (value, digits)
        assert float(texts[-1]) == float(round(value))


def list_runs(comparison: Comparison | None) -> list[Trajectory]:
    return list(comparison.trajectories.values()) if comparison else []


def draw_curves(comparison: Comparison | None, experiment: Experiment) -> dict[str, Any]:
    runs, target = list_runs(comparison), comparison.target if comparison else None
    return {
        "losses": build_loss_parts(runs, target=target),
        "linear": build_loss_parts(runs, log=False, against="evaluations"),
        "logarithmic": build_loss_parts(runs, log=True, target=3),
        "distances": build_distance_parts(runs, experiment.surface().minima),
        "state": build_state_parts(runs),
        "rates": build_rate_parts(runs),
        "schedule": build_schedule_parts(runs),
    }
