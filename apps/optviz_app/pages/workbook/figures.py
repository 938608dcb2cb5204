"""The pictures of the Workbook page as data: the line through the samples, and the loss bowl.

Each comes in a part that stays while rows are stepped through, and one that moves with the row.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.landscapes.grid import loss_grid
from optviz.problems.line import Line
from optviz.views import contour
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.packed import packed
from optviz.views.drawing.paths import drawable, mark_look
from optviz.views.drawing.theme import GRAY
from optviz_app.components.figures import as_json, short
from optviz_app.pages.workbook.history import Samples, epochs_of, history, sheet_of

if TYPE_CHECKING:
    from optviz.workbook import Sheet
    from optviz_app.pages.workbook.link import Shown

GRID = 81
"""Points on each side of the grid of the bowl, which is smooth."""
COLOR = style_of(["adam"])[0].color
ERROR = style_of(["rmsprop"])[0].color
DOUBLINGS = 12


def samples_key(sheet: Sheet | Line) -> Samples:
    """The samples of a sheet as a key for caches."""
    return tuple(zip(map(float, sheet.x), map(float, sheet.y), strict=True))


OWN = samples_key(Line())
"""The sheet's own samples."""


@lru_cache(maxsize=64)
def problem_of(samples: Samples) -> Line:
    """The line problem of some samples."""
    return Line([x for x, _ in samples], [y for _, y in samples])


# -- the line ------------------------------------------------------------------------------


def fit_still(sheet: Sheet) -> dict[str, Any]:
    """The samples, and the line that fits them best."""
    problem = problem_of(samples_key(sheet))
    ends = span(problem)
    best = [line_trace(ends, *each) for each in problem.minima]
    for trace in best:
        trace |= {"name": "best line", "line": {"color": GRAY, "width": 2, "dash": "dash"}}
    samples = {
        "type": "scatter",
        "mode": "markers",
        "x": problem.x,
        "y": problem.y,
        "name": "samples",
        "marker": {"color": GRAY, "size": 6},
        "hovertemplate": "x %{x}<br>y %{y}<extra>sample</extra>",
    }
    y_low, y_high = padded(np.append(problem.y, 0.0))
    layout = {
        "title": {"text": "The line through the samples"},
        "xaxis": {"title": {"text": "x"}, "range": list(ends)},
        "yaxis": {"title": {"text": "y"}, "range": [y_low, y_high]},
        "uirevision": short(str(samples_key(sheet))),
    }
    return packed({"data": [*best, samples], "layout": layout})


def fit_now(sheet: Sheet, row: int) -> list[dict[str, Any]]:
    """The line of a row, its sample, and how far the line misses it."""
    problem, (b, a) = problem_of(samples_key(sheet)), params_at(sheet, row)
    x, y = float(problem.x[row]), float(problem.y[row])
    line = line_trace(span(problem), b, a)
    line |= {"name": "line of this row", "line": {"color": COLOR, "width": 3}}
    miss = line_trace((x, x), b, a)
    miss |= {
        "y": np.array([miss["y"][0], y]),
        "name": "error",
        "line": {"color": ERROR, "width": 3},
    }
    sample = {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "name": "this sample",
        "marker": mark_look("circle", 11),
        "hoverinfo": "skip",
    }
    return packed([line, miss, sample])


def line_trace(ends: tuple[float, float], b: float, a: float) -> dict[str, Any]:
    """The line y = a*x + b between two x."""
    x = np.array(ends)
    y = drawable(a * x + b)
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip"}


def span(problem: Line) -> tuple[float, float]:
    """The x that are drawn."""
    return padded(problem.x)


def padded(values: np.ndarray) -> tuple[float, float]:
    """(low, high) around some values, with room beside them."""
    low, high = float(np.min(values)), float(np.max(values))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def params_at(sheet: Sheet, row: int) -> tuple[float, float]:
    """b and a as a row begins, as far as they can be drawn: NaN after a run has diverged."""
    path = path_of(sheet)
    b, a = path[row] if row < len(path) else (np.nan, np.nan)
    return float(b), float(a)


# -- the bowl ------------------------------------------------------------------------------


def bowl_of(shown: Shown) -> tuple[str, Samples, Any]:
    """What the bowl depends on: its name, the samples and the window."""
    sheet = sheet_of(shown)
    samples = samples_key(sheet)
    window = window_around(problem_of(samples), path_of(sheet))
    return short(str((samples, window))), samples, window


@lru_cache(maxsize=32)
def bowl_still(samples: Samples, window: Any) -> dict[str, Any]:
    """The mean squared error over b and a, and where it is least."""
    figure = as_json(contour(loss_grid(problem_of(samples), window, GRID), hover="surface"))
    figure["layout"] |= {
        "title": {"text": "Mean squared error over b and a"},
        "xaxis": figure["layout"]["xaxis"] | {"title": {"text": "b"}},
        "yaxis": figure["layout"]["yaxis"] | {"title": {"text": "a"}},
    }
    return figure


def window_around(problem: Line, path: np.ndarray) -> Any:
    """The problem's window, doubled until it holds the path, or as often as can be seen."""
    low, high = np.array(problem.window, dtype=float).T
    middle, reach = (low + high) / 2, (high - low) / 2
    seen = path[np.isfinite(path).all(axis=1)]
    away = np.max(np.abs(seen - middle) / reach, initial=0.0)
    reach = reach * 2.0 ** min(max(int(np.ceil(np.log2(max(away, 1.0)))), 0), DOUBLINGS)
    return tuple(zip((middle - reach).tolist(), (middle + reach).tolist(), strict=True))


def path_of(sheet: Sheet) -> np.ndarray:
    """The (b, a) of every row of an epoch, and after its last."""
    return drawable(sheet.rows().path)


def bowl_paths(shown: Shown) -> list[dict[str, Any]]:
    """The paths of the epochs before, and of this one."""
    *before, now = history(shown)
    gap = np.full((1, 2), np.nan)
    earlier = [part for each in before for part in (path_of(each), gap)]
    old, new = np.concatenate([gap, *earlier]), path_of(now)
    all_kept = len(before) == epochs_of(shown.done)
    name = "epochs before" if all_kept else f"last {len(before)} epochs before"
    return packed(
        [
            path_trace(old, name, {"color": GRAY, "width": 1.5}),
            path_trace(new, "this epoch", {"color": COLOR, "width": 2.5}),
        ],
        single=True,
    )


def path_trace(path: np.ndarray, name: str, line: dict[str, Any]) -> dict[str, Any]:
    """A path over b and a."""
    lines = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "name": name, "line": line}
    return {"x": path[:, 0], "y": path[:, 1], **lines}


def bowl_now(sheet: Sheet, row: int) -> list[dict[str, Any]]:
    """Where a row begins."""
    b, a = params_at(sheet, row)
    mark = {"name": "this row", "marker": mark_look("circle", 11)}
    place = {
        "x": np.array([b]),
        "y": np.array([a]),
        "hovertemplate": "b %{x:.6g}<br>a %{y:.6g}<extra>this row</extra>",
    }
    return packed([{"type": "scatter", "mode": "markers", **place, **mark}])
