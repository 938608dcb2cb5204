"""A comparison as one HTML file with a slider over its steps, usable offline."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views.contours import contour
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.theme import THEMES, is_casing, template
from optviz.views.live.bundle import bundle_modules, read_module
from optviz.views.loss_curves import build_loss_parts
from optviz.views.result_table import format_cell
from optviz.views.written import check_page, write_whole

GRID = 121
"""Points on each side of the surface."""
POINTS = 20_000
"""Most points of all runs together: longer records are thinned, and the page says so."""

HINT = "Space plays and pauses; the arrow keys go step by step; Home and End go to the ends."

PLACES = {
    "contour": 'role="group" aria-label="contour map with the paths" data-over="place"',
    "losses": 'role="group" aria-label="loss curves" data-over="steps"',
}
"""The attributes of each figure's place on the page."""


def scrubbable(comparison: Comparison, file: str | Path, theme: str = "auto") -> Path:
    """Write a comparison as a page of its own, with a slider over the steps; return its path.

    The file holds all it needs (at most 6 MB): paths, loss curves, table. `theme` is light, dark,
    or auto: as the reader's system is.

    Raises: ValueError: theme must be auto, light or dark, got "blue"; a page ends in .html,
        got "race.pdf"
    """
    path = check_page(file)
    return write_whole(path, render_page(comparison, theme))


def render_page(comparison: Comparison, theme: str = "auto") -> str:
    """Return the text of that page."""
    if theme != "auto" and theme not in THEMES:
        raise ValueError(f'theme must be auto, light or dark, got "{theme}"')
    every = max(1, -(-sum(len(each.step) for each in comparison.trajectories.values()) // POINTS))
    runs = [thin_run(each, every) for each in comparison.trajectories.values()]
    figures = build_figures(comparison, runs)
    about = next(iter(comparison.trajectories.values())).about
    data = {
        "figures": figures,
        "runs": [
            {
                "color": style.color,
                "symbol": style.symbol,
                "step": pack_arrays(each.step),
                "loss": pack_arrays(each.losses, single=True),
            }
            for each, style in zip(runs, choose_styles(runs), strict=True)
        ],
        "templates": {name: template(name).to_plotly_json() for name in THEMES},
    }
    return Template(read_module("views/export/offline.html")).substitute(
        pinned="" if theme == "auto" else f' data-scheme="{theme}"',
        title=escape(getattr(comparison.problem, "title", "") or comparison.problem.name),
        about=escape(describe_runs(about, every)),
        steps=max(int(each.step[-1]) for each in runs),
        style=read_module("views/export/offline.css"),
        places="".join(f'<div id="{name}" {PLACES[name]}></div>' for name in figures),
        table=build_table(comparison),
        hint=HINT,
        plotly=get_plotlyjs(),
        # A "<" in a text must not end the script that holds it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        script=bundle_modules("views/export/offline.js"),
    )


def thin_run(trajectory: Trajectory, every: int) -> Trajectory:
    """Return a run with every k-th point, and its last."""
    if every == 1:
        return trajectory
    last = len(trajectory.step) - 1
    rows = sorted({*range(0, last + 1, every), last})
    return replace(
        trajectory,
        step=trajectory.step[rows],
        path=trajectory.path[rows],
        losses=trajectory.losses[rows],
        lr=trajectory.lr[rows[:-1]],
        **{"grad": None, "state": {}, "sample_loss": None},
    )


def describe_runs(about: dict[str, Any], every: int) -> str:
    """Return the number of steps, the seed, and the share of the steps that the page holds."""
    head = f"{about.get('steps', 0):,} steps, seed {about.get('seed', 0)}."
    if every == 1:
        return head
    which = {2: "2nd", 3: "3rd"}.get(every, f"{every}th")
    return f"{head} To keep the file small it holds every {which} step."


def build_figures(comparison: Comparison, runs: list[Trajectory]) -> dict[str, Any]:
    """Return the figures by the ids of their places, as plain data without a template."""
    losses = build_loss_parts(runs, target=comparison.target)
    plain = {"showlegend": False, "margin": {"t": 44}}
    out = {"losses": {"data": losses["data"], "layout": losses["layout"] | plain}}
    if comparison.problem.start.size == 2 and comparison.problem.window is not None:
        above = contour(loss_grid(comparison.problem, size=GRID), runs, hover="surface").to_dict()
        del above["layout"]["template"]
        above["data"] = [each for each in above["data"] if not is_casing(each)]  # drawn there
        above["layout"] |= {"title": {"text": ""}, "margin": {"t": 20}}
        out = {"contour": above} | out
    return pack_arrays(out, single=True)


def build_table(comparison: Comparison) -> str:
    """Return the result table as HTML; its second column follows the slider."""
    rows, looks = comparison.rows(), choose_styles(comparison.trajectories.values())
    target = f"steps to loss {comparison.target:.4g}"
    names = [target if each == "steps to target" else each for each in list(rows[0])[1:]]
    body = [
        f'<tr><th scope="row"><span class="swatch {look.dash}" style="color:{look.color}"></span>'
        f'{escape(row["optimizer"])}</th><td data-run="{place}"></td>'
        + "".join(f"<td>{escape(format_cell(each))}</td>" for each in list(row.values())[1:])
        + "</tr>"
        for place, (row, look) in enumerate(zip(rows, looks, strict=True))
    ]
    heads = ["run", "loss at the step", *names]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
