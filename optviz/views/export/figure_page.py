"""A figure of panels on a page: where each stands, to the pixel, with letters of one size.

No margin is left to plotly: what is drawn over the figure later, as a film is, knows its places.
"""

from __future__ import annotations

from math import ceil
from typing import Any, NamedTuple

from optviz.views.export.figure_options import PX_PER_CM, FigureOptions
from optviz.views.export.figure_panels import Panel
from optviz.views.export.figure_sizes import TICK, fill_ranges, list_ticks, measure_text

SCREEN = 13.0
"""The letters on screen in pixels; lines and marks keep their size beside them."""
LEAST = 7.0
"""Least width of a plot, in letters: below it words lie over each other."""
ROOM = 24.0
"""Least width of a panel in letters where several stand side by side."""
LOW = 4.0
"""Least height of a plot in letters."""
ITEM = 30
"""Width of the line in the legend in pixels: the least that plotly takes."""


class Edges(NamedTuple):
    """The room around a plot in pixels."""

    left: float
    right: float
    top: float
    bottom: float


class Cell(NamedTuple):
    """A panel, the place of its cell from left to right, and the room around its plot."""

    panel: Panel
    x: float
    width: float
    edges: Edges

    @property
    def plot(self) -> float:
        """The width of the plot."""
        return self.width - self.edges.left - self.edges.right


class Place(NamedTuple):
    """The rectangle of a plot in pixels from the figure's upper left, and its title's height."""

    panel: Panel
    x: float
    y: float
    width: float
    height: float
    left: float
    """Where the title begins."""
    head: float
    """The upper edge of the title."""


class Page(NamedTuple):
    """A figure laid out: its size, its plots, and the rectangle of the legend."""

    width: float
    height: float
    places: list[Place]
    legend: tuple[float, float, float, float]
    """x, y, width, height; of no height without one."""


def lay_out(panels: list[Panel], entries: list[str], options: FigureOptions) -> Page:
    """Return where all stands, given the words of the legend.

    Raises: ValueError: a height of 3 cm has no room for these panels: give at least 6.4
    """
    size, width = options.size_px, options.width_px
    side = options.legend == "right"
    legend_w, legend_h = measure_legend(entries, options)
    inner = width - (legend_w + size if side else 0)
    split = split_rows([fill_panel(each) for each in panels], inner, options)
    rows = [make_row(row, split, inner, options) for row in split]
    plots = [choose_height(row, options) for row in rows]
    gap = 0.7 * size
    fixed = sum(max(c.edges.top for c in row) + max(c.edges.bottom for c in row) for row in rows)
    fixed += gap * (len(rows) - 1) + (0 if side else legend_h) + 0.4 * size
    height = fixed + sum(plots)
    if options.height is not None:
        height = options.height * PX_PER_CM
        least = fixed + sum(least_height(row, size) for row in rows)
        if height < least:
            raise ValueError(
                f"a height of {options.height:.3g} cm has no room for these panels: "
                f"give at least {ceil(least / PX_PER_CM * 10) / 10:g}"
            )
        plots = stretch(rows, plots, height - fixed, size)
    y = legend_h if options.legend == "top" else 0.0
    places = []
    for row, plot in zip(rows, plots, strict=True):
        top = max(cell.edges.top for cell in row)
        places += [put(cell, y, y + top, plot) for cell in row]
        y += top + plot + max(cell.edges.bottom for cell in row) + gap
    at = (inner + size, 0.0) if side else (0.0, 0.0 if options.legend == "top" else height)
    at = (at[0], height - legend_h) if options.legend == "bottom" else at
    return Page(width, height, places, (*at, legend_w, legend_h))


def fill_panel(panel: Panel) -> Panel:
    """Return a panel whose axes all name their range: its ticks can be measured."""
    if panel.name in ("table", "3d"):
        return panel
    return panel._replace(layout=fill_ranges(panel.data, panel.layout))


def split_rows(panels: list[Panel], width: float, options: FigureOptions) -> list[list[Panel]]:
    """Return the panels of each row; a table has a row of its own."""
    most = options.columns or max(1, int(width // (ROOM * options.size_px)))
    rows: list[list[Panel]] = []
    for each in panels:
        if not rows or len(rows[-1]) == most or "table" in (each.name, rows[-1][-1].name):
            rows.append([])
        rows[-1].append(each)
    return rows


def make_row(
    panels: list[Panel], rows: list[list[Panel]], width: float, options: FigureOptions
) -> list[Cell]:
    """Return the cells of a row, their plots equally wide and in line with those of like rows."""
    gap = options.size_px
    alike = [
        [measure_edges(each, options) for each in row]
        for row in rows
        if len(row) == len(panels)
        and (row is panels or "table" not in (row[0].name, panels[0].name))
    ]
    edges = [
        each._replace(left=max(e.left for e in column), right=max(e.right for e in column))
        for each, column in zip(
            (measure_edges(panel, options) for panel in panels),
            zip(*alike, strict=True),
            strict=True,
        )
    ]
    taken = sum(each.left + each.right for each in edges) + gap * (len(panels) - 1)
    plot = (width - taken) / len(panels)
    if plot < LEAST * options.size_px:
        raise ValueError(
            f"{options.width:.3g} cm are too narrow for letters of {options.font:g} pt: "
            "make it wider, the letters smaller, or take fewer columns"
        )
    cells, x = [], 0.0
    for panel, each in zip(panels, edges, strict=True):
        cells.append(Cell(panel, x, plot + each.left + each.right, each))
        x += cells[-1].width + gap
    return cells


def measure_edges(panel: Panel, options: FigureOptions) -> Edges:
    """Return the room that a panel's words take around its plot."""
    size = options.size_px
    k = size / SCREEN
    title = 1.75 * size if (options.title or options.letters) else 0.7 * size
    if panel.name == "table":
        return Edges(0.2 * size, 0.2 * size, title, 0.2 * size)
    if panel.name == "3d":
        return Edges(0.2 * size, measure_bar(panel, options) or 0.2 * size, title, 0.2 * size)
    axes = [each for key, each in panel.layout.items() if key.startswith("yaxis")]
    widest = max(
        (
            measure_text(text, size)
            for axis in axes
            for text in list_ticks(axis, 5)
            if axis.get("visible", True)
        ),
        default=0.0,
    )
    has_words = any((axis.get("title") or {}).get("text") for axis in axes)
    left = widest + TICK * k + (1.6 * size if has_words else 0.4 * size)
    heads = max(
        (rise_above(each, size) for each in panel.layout.get("annotations") or ()), default=0
    )
    right = measure_bar(panel, options) or 1.3 * size
    return Edges(left, right, title + heads, 3.1 * size)


def rise_above(note: dict[str, Any], size: float) -> float:
    """Return how high a note stands above its plot."""
    if note.get("yanchor") != "bottom" or note.get("y", 0) < 1:
        return 0.0
    return 1.4 * size + note.get("yshift", 0) * size / SCREEN


def find_bar(panel: Panel) -> dict[str, Any] | None:
    """Return the color bar of a panel, if it has one."""
    kinds = ("contour", "surface")
    found = [each for each in panel.data if each["type"] in kinds and "colorbar" in each]
    return found[0]["colorbar"] if found else None


def measure_bar(panel: Panel, options: FigureOptions) -> float:
    """Return the width of the color bar and its words; 0 without one."""
    bar = find_bar(panel) if options.colorbar else None
    if bar is None:
        return 0.0
    size = options.size_px
    words = max((measure_text(each, size) for each in bar.get("ticktext", ())), default=2 * size)
    return 0.6 * size + 0.9 * size + TICK + words + 1.9 * size


def choose_height(row: list[Cell], options: FigureOptions) -> float:
    """Return the height of the plots of a row: as the tallest of them is best seen."""
    return max(natural_height(cell, options) for cell in row)


def natural_height(cell: Cell, options: FigureOptions) -> float:
    """Return the height at which a plot is best seen."""
    panel, size = cell.panel, options.size_px
    if panel.name == "table":
        return 1.55 * size * len(panel.rows)
    if panel.name == "surface":
        return cell.plot * min(max(panel.ratio or 0.8, 0.45), 1.2)
    if panel.ratio:
        return cell.plot * panel.ratio
    rows = panel.layout.get("grid", {}).get("rows", 1)
    return max(LOW * size * rows, min((0.62 if rows == 1 else 0.42 * rows) * cell.plot, 30 * size))


def least_height(row: list[Cell], size: float) -> float:
    """Return the least height of the plots of a row."""
    if row[0].panel.name == "table":
        return 1.55 * size * len(row[0].panel.rows)
    return LOW * size * max(cell.panel.layout.get("grid", {}).get("rows", 1) for cell in row)


def stretch(rows: list[list[Cell]], plots: list[float], total: float, size: float) -> list[float]:
    """Return the heights of the rows' plots that fill a height; that of a table stays."""
    still = [row[0].panel.name == "table" for row in rows]
    moving = sum(h for h, fixed in zip(plots, still, strict=True) if not fixed)
    rest = total - sum(h for h, fixed in zip(plots, still, strict=True) if fixed)
    if not moving:
        return plots
    heights = [h if f else h * rest / moving for h, f in zip(plots, still, strict=True)]
    return [max(h, least_height(row, size)) for h, row in zip(heights, rows, strict=True)]


def put(cell: Cell, head: float, y: float, height: float) -> Place:
    """Return the rectangle of a cell's plot; with equal scales as large as has room, centered."""
    x, width = cell.x + cell.edges.left, cell.plot
    wide, high = width, height
    if cell.panel.ratio and cell.panel.name == "surface":
        wide = min(width, height / cell.panel.ratio)
        high = wide * cell.panel.ratio
    middle = x + (width - wide) / 2, y + (height - high) / 2
    return Place(cell.panel, *middle, wide, high, cell.x, head)


def measure_legend(entries: list[str], options: FigureOptions) -> tuple[float, float]:
    """Return the width and height of the legend."""
    if options.legend == "none" or not entries:
        return 0.0, 0.0
    size = options.size_px
    line = max(1.3 * size, 16.0) + 3  # plotly's own
    item = ITEM + 12 + max(measure_text(each, size) for each in entries)
    if options.legend == "right":
        return item, len(entries) * line + size
    columns = max(1, int((options.width_px - size) // item))
    return options.width_px, ceil(len(entries) / columns) * line + 0.8 * size
