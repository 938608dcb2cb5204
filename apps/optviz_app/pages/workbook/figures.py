"""The pictures of the Workbook page as data: the line through the samples, and the loss bowl.

Each has a part that stays while one steps through the rows, and a part that moves with the row.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optviz.landscapes.grid import loss_grid
from optviz.problems.line import Line
from optviz.views import contour
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.paths import draw_marks, keep_drawable
from optviz.views.drawing.theme import GRAY
from optviz.workbook.sheet import Sheet
from optviz_app.components.figures import hash_text, pack_figure
from optviz_app.pages.workbook.acts import Samples
from optviz_app.pages.workbook.state import WorkbookState

GRID = 81
"""Points on each side of the grid of the bowl, which is smooth."""
COLOR = style_of(["adam"])[0].color
ERROR = style_of(["rmsprop"])[0].color
DOUBLINGS = 12
LINES: dict[str, Any] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}


def freeze_samples(sheet: Sheet | Line) -> Samples:
    """Return the samples of a sheet as a key for caches."""
    return tuple(zip(map(float, sheet.x), map(float, sheet.y), strict=True))


OWN = freeze_samples(Line())
"""The sheet's own samples."""


def draw_fit(sheet: Sheet) -> dict[str, Any]:
    """Draw the samples, and the line that fits them best."""
    problem = Line(sheet.x, sheet.y)
    ends = pad_range(problem.x)
    look = {"name": "best line", "line": {"color": GRAY, "width": 2, "dash": "dash"}}
    best = [make_line(ends, *each) | look for each in problem.minima]
    samples = {
        "type": "scatter",
        "mode": "markers",
        "x": problem.x,
        "y": problem.y,
        "name": "samples",
        "marker": {"color": GRAY, "size": 6},
        "hovertemplate": "x %{x}<br>y %{y}<extra>sample</extra>",
    }
    layout = {
        "title": {"text": "The line through the samples"},
        "xaxis": {"title": {"text": "x"}, "range": list(ends)},
        "yaxis": {"title": {"text": "y"}, "range": list(pad_range(np.append(problem.y, 0.0)))},
        "uirevision": hash_text(str(freeze_samples(sheet))),
    }
    return pack_arrays({"data": [*best, samples], "layout": layout})


def draw_row_fit(sheet: Sheet, row: int) -> list[dict[str, Any]]:
    """Draw the line of a row, its sample, and the error between them."""
    x, y, (b, a) = float(sheet.x[row]), float(sheet.y[row]), read_params(sheet, row)
    line = make_line(pad_range(sheet.x), b, a)
    line |= {"name": "line of this row", "line": {"color": COLOR, "width": 3}}
    error = make_line((x, x), b, a)
    error["y"] = np.array([error["y"][0], y])
    error |= {"name": "error", "line": {"color": ERROR, "width": 3}}
    sample = draw_marks("this sample", np.array([[x, y]]), "circle", 11)
    return pack_arrays([line, error, sample])


def make_line(ends: tuple[float, float], b: float, a: float) -> dict[str, Any]:
    """Make the line y = a*x + b between two x."""
    x = np.array(ends)
    return {"x": x, "y": keep_drawable(a * x + b)} | LINES


def pad_range(values: np.ndarray) -> tuple[float, float]:
    """Return the range (low, high) of some values, with room on both sides."""
    low, high = float(np.min(values)), float(np.max(values))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def read_params(sheet: Sheet, row: int) -> tuple[float, float]:
    """Return b and a at the start of a row, as far as they can be drawn; NaN once it diverged."""
    path = read_path(sheet)
    b, a = path[row] if row < len(path) else (np.nan, np.nan)
    return float(b), float(a)


def read_path(sheet: Sheet) -> np.ndarray:
    """Return (b, a) before every row of an epoch and after its last, as far as can be drawn."""
    return keep_drawable(sheet.rows().path)


class Bowl(NamedTuple):
    """The loss over b and a for some samples, within a window."""

    samples: Samples
    window: Any

    @property
    def key(self) -> str:
        """A short name of the bowl."""
        return hash_text(str(tuple(self)))


def choose_bowl(state: WorkbookState) -> Bowl:
    """Choose the window that holds the path of the sheet, or what can be seen of it."""
    sheet = state.sheet
    low, high = np.array(Line(sheet.x, sheet.y).window, dtype=float).T
    middle, reach = (low + high) / 2, (high - low) / 2
    path = read_path(sheet)
    seen = path[np.isfinite(path).all(axis=1)]
    away = np.max(np.abs(seen - middle) / reach, initial=1.0)
    reach = reach * 2.0 ** min(int(np.ceil(np.log2(away))), DOUBLINGS)
    window = zip((middle - reach).tolist(), (middle + reach).tolist(), strict=True)
    return Bowl(freeze_samples(sheet), tuple(window))


@lru_cache(maxsize=32)
def draw_bowl(bowl: Bowl) -> dict[str, Any]:
    """Draw the mean squared error over b and a, and its minimum."""
    grid = loss_grid(Line(*zip(*bowl.samples, strict=True)), bowl.window, GRID)
    figure = pack_figure(contour(grid, hover="surface", equal=False))
    figure["layout"] |= {
        "title": {"text": "Mean squared error over b and a"},
        "xaxis": figure["layout"]["xaxis"] | {"title": {"text": "b"}},
        "yaxis": figure["layout"]["yaxis"] | {"title": {"text": "a"}},
    }
    return figure | {"key": bowl.key}


def draw_paths(state: WorkbookState) -> list[dict[str, Any]]:
    """Draw the paths of the previous epochs, and of this one."""
    *before, now = state.history()
    gap = np.full((1, 2), np.nan)
    earlier = [part for each in before for part in (read_path(each), gap)]
    is_whole = len(before) == state.epochs
    name = "previous epochs" if is_whole else f"last {len(before)} epochs"
    old, new = np.concatenate([gap, *earlier]).T, read_path(now).T
    paths = [
        {"x": old[0], "y": old[1], "name": name, "line": {"color": GRAY, "width": 1.5}},
        {"x": new[0], "y": new[1], "name": "this epoch", "line": {"color": COLOR, "width": 2.5}},
    ]
    return pack_arrays([path | LINES for path in paths], single=True)


def draw_row_mark(sheet: Sheet, row: int) -> list[dict[str, Any]]:
    """Draw the b and a that a row starts from."""
    mark = draw_marks("this row", np.array([read_params(sheet, row)]), "circle", 11)
    hover = {"hoverinfo": "all", "hovertemplate": "b %{x:.6g}<br>a %{y:.6g}<extra>this row</extra>"}
    return pack_arrays([mark | hover])
