"""A comparison as one HTML file that scrubs through its steps and asks nobody for anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from optviz.landscapes.grid import loss_grid
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz.views.contours import contour
from optviz.views.drawing.colors import styles
from optviz.views.drawing.packed import packed
from optviz.views.drawing.theme import THEMES, template
from optviz.views.loss_curves import loss_parts
from optviz.views.result_table import readable

GRID = 121
"""Points on each side of the surface."""
POINTS = 20_000
"""Points of all runs together at most: a longer record is thinned, and the page says so."""

HINT = "Space plays and pauses; the arrow keys go step by step; Home and End go to the ends."


def scrubbable(comparison: Comparison, file: str | Path, theme: str = "auto") -> Path:
    """Write a comparison as a page of its own, with a slider over the steps; return its path.

    The file holds all it needs (at most 6 MB): paths, loss curves, table. `theme` is light, dark,
    or auto: as the reader's system is.

    Raises: ValueError: theme must be auto, light or dark, got "blue"
    """
    path = Path(file)
    path.write_text(scrubbable_page(comparison, theme), encoding="utf-8")
    return path


def scrubbable_page(comparison: Comparison, theme: str = "auto") -> str:
    """The text of that page."""
    if theme != "auto" and theme not in THEMES:
        raise ValueError(f'theme must be auto, light or dark, got "{theme}"')
    every = max(1, -(-sum(len(each.step) for each in comparison.trajectories.values()) // POINTS))
    runs = [thinned(each, every) for each in comparison.trajectories.values()]
    figures = figures_of(comparison, runs)
    about = next(iter(comparison.trajectories.values())).about
    data = {"figures": figures, "runs": runs_of(runs), "templates": templates()}
    return part("html").substitute(
        pinned="" if theme == "auto" else f' data-scheme="{theme}"',
        title=escape(getattr(comparison.problem, "title", "") or comparison.problem.name),
        about=escape(words(about, every)),
        steps=max(int(each.step[-1]) for each in runs),
        style=part("css").template,
        places=places(figures),
        table=table_html(comparison),
        hint=HINT,
        plotly=get_plotlyjs(),
        # A "<" in a text must not end the script that holds it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        script=join_modules(),
    )


def part(kind: str) -> Template:
    """The file of the page of one kind: html or css."""
    return Template(files("optviz.views").joinpath(f"export/offline.{kind}").read_text("utf-8"))


MODULES = ("drawing/columns.js", "drawing/plotly.js", "drawing/overlay.js", "export/offline.js")
"""The page's modules, each after those that it imports."""
IMPORT = re.compile(r"^import .*;\n|^export (?=\w)", re.MULTILINE)


def join_modules() -> str:
    """Return the modules as one, which needs no other file: a page on disk cannot import any."""
    folder = files("optviz.views")
    return IMPORT.sub("", "\n".join(folder.joinpath(each).read_text("utf-8") for each in MODULES))


def thinned(trajectory: Trajectory, every: int) -> Trajectory:
    """Every k-th point of a run, and its last."""
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


def words(about: dict[str, Any], every: int) -> str:
    """What was run, and how much of it the page holds."""
    head = f"{about.get('steps', 0):,} steps, seed {about.get('seed', 0)}."
    if every == 1:
        return head
    which = {2: "2nd", 3: "3rd"}.get(every, f"{every}th")
    return f"{head} To keep the file small it holds every {which} step."


def figures_of(comparison: Comparison, runs: list[Trajectory]) -> dict[str, Any]:
    """The figures by the ids of their places, as plain data without a template."""
    losses = loss_parts(runs, target=comparison.target)
    plain = {"showlegend": False, "margin": {"t": 44}}
    out = {"losses": {"data": losses["data"], "layout": losses["layout"] | plain}}
    if comparison.problem.start.size == 2 and comparison.problem.window is not None:
        above = contour(loss_grid(comparison.problem, size=GRID), runs, hover="surface").to_dict()
        del above["layout"]["template"]
        above["layout"] |= {"title": {"text": ""}, "margin": {"t": 20}}
        out = {"contour": above} | out
    return packed(out, single=True)


def runs_of(runs: list[Trajectory]) -> list[dict[str, Any]]:
    """What the slider needs of each run."""
    return [
        {
            "color": style.color,
            "step": packed(each.step),
            "loss": packed(each.losses, single=True),
        }
        for each, style in zip(runs, styles(runs), strict=True)
    ]


def templates() -> dict[str, Any]:
    """The templates of both schemes, as the browser takes them."""
    return {name: template(name).to_plotly_json() for name in THEMES}


def places(figures: dict[str, Any]) -> str:
    """The places of the figures, one beside the other where there is room."""
    names = {"contour": "the paths from above", "losses": "the losses over the steps"}
    over = {"contour": "place", "losses": "steps"}
    return "".join(
        f'<div id="{name}" role="group" aria-label="{names[name]}" data-over="{over[name]}"></div>'
        for name in figures
    )


def table_html(comparison: Comparison) -> str:
    """The result table; its second column follows the slider."""
    rows, looks = comparison.rows(), styles(comparison.trajectories.values())
    target = f"steps to loss {comparison.target:.4g}"
    names = [target if each == "steps to target" else each for each in list(rows[0])[1:]]
    heads = ["run", "loss at the step", *names]
    body = [
        f'<tr><th scope="row"><span class="swatch {look.dash}" style="color:{look.color}"></span>'
        f'{escape(row["optimizer"])}</th><td data-run="{place}"></td>'
        + "".join(f"<td>{escape(readable(each))}</td>" for each in list(row.values())[1:])
        + "</tr>"
        for place, (row, look) in enumerate(zip(rows, looks, strict=True))
    ]
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
