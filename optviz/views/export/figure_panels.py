"""The panels of a figure: each the view that scripts and pages draw, in data and layout."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optviz.experiments.curves import CURVES
from optviz.experiments.surface import Experiment
from optviz.landscapes.grid import Grid, loss_grid
from optviz.problems.base import Problem
from optviz.runs.comparison import Comparison
from optviz.runs.rates import RateCurve, learning_rates
from optviz.runs.trajectory import Trajectory
from optviz.specs import parse_spec, unwrap_rule
from optviz.views.contours import contour
from optviz.views.drawing.colors import Style, choose_styles, is_branch, is_extra_start
from optviz.views.drawing.equal import find_ratio, has_equal_scales
from optviz.views.export.figure_options import FigureOptions
from optviz.views.hessian_ellipse import curvature
from optviz.views.learning_rates import build_rate_curve_parts, mark_rates
from optviz.views.loss_curves import build_loss_parts
from optviz.views.result_table import format_cell
from optviz.views.surfaces import surface3d

GRID = 161
"""Points on each side of a surface."""
SHADES = 56
"""Fills of a surface from above, which are outlines as its contour lines are: sharp at any size."""


SCREEN_LINE = 15
"""The height of a line of notes on screen in pixels."""


class Subject(NamedTuple):
    """The subject of a figure: runs, and how their experiment looks at them."""

    comparison: Comparison
    runs: list[Trajectory]
    view: tuple[str, ...] = ()
    link: str = ""
    """The query of the experiment; "" for a comparison made otherwise."""
    start: tuple[float, ...] = ()
    at: int | None = None
    target: float | None = None
    """The loss to draw a line at; none where an experiment names none."""

    @property
    def problem(self) -> Problem:
        """The problem of the runs."""
        return self.comparison.problem

    @property
    def is_flat(self) -> bool:
        """True for a problem of two parameters with a window, which has a surface."""
        return self.problem.start.size == 2 and self.problem.window is not None


class Panel(NamedTuple):
    """One picture of a figure, as plain data, and what it is called."""

    name: str
    title: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    ratio: float | None = None
    """Height by width of its plot; None where any will do."""
    rows: tuple[tuple[str, ...], ...] = ()
    """The cells of a table, its headings first."""


def read_subject(thing: Any) -> Subject:
    """Return what a figure of an experiment or a comparison shows.

    Raises: ValueError: a figure is made of an Experiment or a Comparison, got Trajectory
    """
    if isinstance(thing, Experiment):
        made = thing.perform()
        start = thing.start or tuple(thing.surface().start.tolist())
        runs = list(made.trajectories.values())
        return Subject(made, runs, thing.view, thing.to_query(), start, thing.at, thing.target)
    if isinstance(thing, Comparison):
        runs, start = list(thing.trajectories.values()), tuple(thing.problem.start.tolist())
        return Subject(thing, runs, start=start, target=thing.target)
    kind = type(thing).__name__
    raise ValueError(f"a figure is made of an Experiment or a Comparison, got {kind}")


def fill_options(options: FigureOptions, subject: Subject) -> FigureOptions:
    """Return the options with step and arrows as the experiment has them, where they leave it."""
    step = subject.at if options.step is None else options.step
    arrows = options.arrows
    if arrows is None:
        arrows = step is not None and "arrows" in subject.view
    return options.change(step=step, arrows=arrows)


def build_panels(subject: Subject, options: FigureOptions) -> list[Panel]:
    """Return the panels that the options name.

    Raises: ValueError: step must be at most 500, the last step of the runs, got 600
            ValueError: a surface is drawn for problems of two parameters, ratings has 133875
    """
    last = max((int(each.step[-1]) for each in subject.runs), default=0)
    if options.step is not None and options.step > last:
        raise ValueError(
            f"step must be at most {last}, the last step of the runs, got {options.step}"
        )
    if options.arrows and options.step is None:
        raise ValueError("arrows need a step: name one, such as 20")
    flat = {"surface", "3d"} & set(options.panels)
    if flat and not subject.is_flat:
        count = subject.problem.start.size
        raise ValueError(
            f"a surface is drawn for problems of two parameters, {subject.problem.name} has "
            f"{count}: take other panels"
        )
    grid = loss_grid(subject.problem, size=GRID) if flat else None
    return [build_panel(name, subject, options, grid) for name in options.panels]


def build_panel(name: str, subject: Subject, options: FigureOptions, grid: Any) -> Panel:
    """Return one panel."""
    if name == "surface":
        return build_map(subject, options, grid)
    if name == "3d":
        figure = surface3d(grid, subject.runs, theme=options.theme).to_dict()
        return Panel(name, grid.name, figure["data"], strip_layout(figure["layout"]), 0.85)
    if name == "table":
        return build_table(subject)
    if name == "lr":
        return build_rates(subject)
    if name == "loss":
        parts = build_loss_parts(
            subject.runs,
            log=False if "linear" in subject.view else None,
            against="evaluations" if "evaluations" in subject.view else "steps",
            target=subject.target,
        )
    else:
        parts = CURVES[name].build_parts(subject.runs, subject.problem)
    title = parts["layout"].get("title", {}).get("text", "")
    data = [*parts["data"], *mark_heads(parts["data"], subject.runs, options.step)]
    return Panel(name, title, data, strip_layout(parts["layout"]))


def build_rates(subject: Subject) -> Panel:
    """Return the loss of each optimizer against its learning rate, as the page has it.

    Raises: ValueError: no optimizer here has a learning rate to vary: take other panels
    """
    own = [
        place
        for place, run in enumerate(subject.runs)
        if not (is_branch(run) or is_extra_start(run)) and has_rate(run)
    ]
    if not own:
        raise ValueError("no optimizer here has a learning rate to vary: take other panels")
    curves = [measure_rates(subject, subject.runs[place]) for place in own]
    styles = [choose_styles(subject.runs)[place] for place in own]
    how: Any = {"best": "best" in subject.view, "log": False if "linear" in subject.view else None}
    parts = build_rate_curve_parts(curves, styles, **how)
    marks = mark_rates(curves, styles, how["best"], how["log"])
    data = [
        each | {"meta": each["meta"] | {"run": own[each["meta"]["run"]]}}
        for each in [*parts["data"], *marks]
    ]
    layout, title = strip_layout(parts["layout"]), parts["layout"]["title"]["text"]
    above = [each for each in layout.get("annotations") or () if each.get("yanchor") == "bottom"]
    for line, note in enumerate(above):  # a small plot has room for one in a line
        note["yshift"] = line * SCREEN_LINE
    return Panel("lr", title, data, layout)


def has_rate(run: Trajectory) -> bool:
    """Return True for a run whose rule has a learning rate."""
    try:
        rule = parse_spec(str(run.about.get("rule", ""))).rule
    except ValueError:  # a rule of the user's own, which no text names
        return False
    return hasattr(unwrap_rule(rule), "lr")


def measure_rates(subject: Subject, run: Trajectory) -> RateCurve:
    """Return the losses of a run's optimizer at other learning rates, all else equal."""
    rule, steps, seed = (run.about[name] for name in ("rule", "steps", "seed"))
    return learning_rates(subject.problem, rule, None, steps, start=run.path[0], seed=seed)


def mark_heads(lines: list[Any], runs: list[Trajectory], step: int | None) -> list[dict[str, Any]]:
    """Return the mark of each line's run at a step of the curve, or at its end, as on screen."""
    marks, styles = [], choose_styles(runs)
    for line in lines:
        run = (line.get("meta") or {}).get("run")
        if run is None:
            continue
        x, y = np.asarray(line["x"], dtype=float), np.asarray(line["y"], dtype=float)
        seen = np.flatnonzero(np.isfinite(y) & (x <= (np.inf if step is None else step)))
        if seen.size:
            at, look = seen[-1], styles[run]
            axes = {key: line[key] for key in ("xaxis", "yaxis") if key in line}
            marks.append(
                {"type": "scatter", "x": [x[at]], "y": [y[at]], "mode": "markers"}
                | {"marker": style_head(look), "showlegend": False, "cliponaxis": False, **axes}
                | {"meta": {"run": run, "part": "head"}}
            )
    return marks


def style_head(look: Style) -> dict[str, Any]:
    """Return the mark of a run as it stands at the end of its path."""
    size = 9 if look.weight == 1 else 7
    outline = {"color": "#ffffff", "width": 1.5}
    return {"color": look.color, "symbol": look.symbol, "size": size, "line": outline}


def build_map(subject: Subject, options: FigureOptions, grid: Grid) -> Panel:
    """Return the surface from above, its colors as outlines."""
    bend = curvature(subject.problem, subject.start) if "curvature" in subject.view else None
    figure = contour(
        grid,
        subject.runs,
        theme=options.theme,
        step=options.step,
        arrows=bool(options.arrows),
        field=subject.problem if "field" in subject.view else None,
        curvature=bend,
    ).to_dict()
    data = [part for each in figure["data"] for part in outline(each)]
    if options.step is not None:
        data = [move_mark(each, subject.runs) for each in data]
    title = grid.name if options.step is None else f"{grid.name}, step {options.step}"
    return Panel("surface", title, data, strip_layout(figure["layout"]), choose_ratio(subject))


def move_mark(trace: dict[str, Any], runs: list[Trajectory]) -> dict[str, Any]:
    """Return a trace of a map with a step: the mark of a run stands there instead of at its end."""
    meta = trace.get("meta") or {}
    if meta.get("part") == "end":
        return trace | {"x": [None], "y": [None]}
    if "runs" not in meta:
        return trace
    styles = choose_styles(runs)
    symbols = [styles[place].symbol for place in meta["runs"]]
    return trace | {"marker": trace["marker"] | {"symbol": symbols}}


def choose_ratio(subject: Subject) -> float | None:
    """Return the height by width at which both axes of the surface have one scale, as on screen."""
    window = subject.problem.window or ((0, 1), (0, 1))
    return 1 / find_ratio(window) if has_equal_scales(window, subject.view) else None


def outline(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a trace, or for a contour map its colors as many fine fills and its lines apart.

    A color map is a picture of pixels within a PDF; fills stay sharp.
    """
    if trace.get("type") != "contour":
        return [trace]
    low, high = trace["zmin"], trace["zmax"]
    size = (high - low) / SHADES
    fine = {"coloring": "fill", "showlines": False, "start": low + size, "end": high, "size": size}
    fills = trace | {"contours": fine, "line": {"width": 0}}
    lines = trace | {"contours": trace["contours"] | {"coloring": "none"}, "showscale": False}
    lines.pop("colorbar", None)
    return [fills, lines]


def strip_layout(layout: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a picture's layout that a figure takes over."""
    wanted = ("annotations", "shapes", "grid", "scene")
    return {
        key: each for key, each in layout.items() if key in wanted or key[1:].startswith("axis")
    }


COLUMNS = ("optimizer", "final loss", "best loss", "steps to target", "distance to minimum")


def build_table(subject: Subject) -> Panel:
    """Return the results as cells."""
    rows = subject.comparison.rows()
    target = f"steps to {subject.comparison.target:.3g}"
    heads = [target if name == "steps to target" else name for name in COLUMNS]
    heads = ["distance" if name.startswith("distance") else name for name in heads]
    cells = [tuple(format_cell(row[name]) for name in COLUMNS) for row in rows]
    return Panel("table", "Results", [], {}, rows=(tuple(heads), *cells))
