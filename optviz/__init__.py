"""See what an optimizer does: exactly, honestly, and on real models.

A rule turns a gradient into a step; a problem gives the gradient; a run records every number;
a view draws it. Everything here loads when it is first used.

    from optviz import compare, surface
    from optviz.landscapes import loss_grid
    from optviz.views import contour

    problem = surface("rosenbrock")
    race = compare(problem, ["sgd:lr=0.001", "adam:lr=0.05,wd=0.01,schedule=cosine"], steps=500)
    print(race.to_text())  # race.table is the DataFrame
    figure = contour(loss_grid(problem), race.trajectories)  # figure.show() opens it

Each rule is written once, as readable arithmetic, and held to its `torch.optim` twin by tests. The
same text runs on numpy arrays, torch tensors and plain floats, and is written out as formulas,
spreadsheet cells and JavaScript. What a picture shows is the rule that is named: no hidden clip,
clamp, noise or schedule; a slice through a big model says how much it hides.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "rules": "SGD Momentum Nesterov Adagrad Adadelta RMSProp Adam "
    "L2 Decoupled Maximize Rule RULES hyper",
    "schedules": "Constant Step Exponential LinearWarmup Cosine OneCycle SCHEDULES",
    "runs.loop": "run",
    "runs.rates": "learning_rates RateCurve",
    "runs.comparison": "compare Comparison",
    "runs.forks": "fork",
    "runs.trajectory": "Trajectory",
    "runs.recordings": "Recording",
    "specs": "OptimizerSpec parse_spec",
    "microscope": "explain",
    "problems.base": "Problem Noisy",
    "problems.surfaces": "Formula Surface SURFACES surface",
    "formulas.errors": "FormulaError",
    "problems.line": "Line",
    "recommenders.problems.dot_problem": "DotBias",
    "pytorch.module_problem": "ModuleProblem",
    "pytorch.recorder": "record",
    "pytorch.run_slices": "compare_runs",
    "landscapes.grid": "Grid loss_grid",
    "landscapes.planes.plane": "Plane",
    "landscapes.slices.slice": "Slice",
    "landscapes.slices.slicing": "slice_loss",
    "landscapes.sheets.sheet": "Sheet",
    "landscapes.sheets.sheet_slicing": "slice_sheet",
    "landscapes.sheets.sheet_slice": "SheetSlice compare_hidden",
    "landscapes.slices.profiles": "Profile profile_loss",
    "landscapes.curvature.estimates": "top_eigenvalues estimate_trace estimate_density",
    "landscapes.curvature.layers": "curvature_by_layer",
    "landscapes.curvature.sharpness": "sharpness_along",
    "landscapes.slices.convexity": "map_convexity",
    "experiments.surface": "Experiment",
    "experiments.ratings": "RatingsExperiment",
    "experiments.kinds": "script",
    "views.live.page": "live_page",
    "views.live.notebook": "widget",
    "views.export.paper": "save_figure",
    "views.export.film": "save_film",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}
_ALIASES = {"Entry": "OptimizerSpec", "parse_entry": "parse_spec"}
"""Older names, which keep working."""

_HIDDEN = () if find_spec("torch") else ("ModuleProblem", "compare_runs", "record")
"""What `from optviz import *` leaves out without torch."""

__all__ = sorted({*_MODULE, *_ALIASES} - {*_HIDDEN})  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    name = _ALIASES.get(name, name)
    if name not in _MODULE:
        raise AttributeError(f"module 'optviz' has no attribute {name!r}")
    return getattr(import_module(f"optviz.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
