"""The axes of panels in one figure: renamed, at their places, with letters of one size."""

from __future__ import annotations

import re
from math import floor, log10
from typing import Any

from optviz.views.drawing.panels import name_number
from optviz.views.export.figure_options import FigureOptions
from optviz.views.export.figure_page import SCREEN, Page, Place
from optviz.views.export.figure_sizes import choose_log_ticks

REFERENCES = ("matches", "anchor", "scaleanchor", "overlaying")
"""The attributes of an axis that name another one."""


def rename_axis(name: Any, base: int) -> Any:
    """Return the name of an axis, `x2` or `x2 domain`, with `base` axes before it."""
    found = re.fullmatch(r"([xy])(\d*)( domain)?", str(name))
    if not found:
        return name
    return f"{found[1]}{name_number(int(found[2] or 1) + base)}{found[3] or ''}"


def rename_axes(trace: dict[str, Any], base: int) -> dict[str, Any]:
    """Return a trace on axes that have `base` others before them."""
    names = {f"{c}axis": rename_axis(trace.get(f"{c}axis", c), base) for c in "xy"}
    return trace | names


def place_axes(
    place: Place, page: Page, base: int, layout: dict[str, Any], options: FigureOptions
) -> int:
    """Add the axes of a panel to a layout, each at its place; return how many there are."""
    own, size = place.panel.layout, options.size_px
    grid = own.get("grid") or {"rows": 1, "columns": 1}
    rows, columns = grid.get("rows", 1), grid.get("columns", 1)
    gap_x, gap_y = 1.2 * size, (2.6 if rows > 2 else 1.4) * size
    wide = (place.width - gap_x * (columns - 1)) / columns
    high = (place.height - gap_y * (rows - 1)) / rows
    for number in range(1, rows * columns + 1):
        row, column = divmod(number - 1, columns)
        left, top = place.x + column * (wide + gap_x), place.y + row * (high + gap_y)
        ends = {
            "x": [left / page.width, (left + wide) / page.width],
            "y": [1 - (top + high) / page.height, 1 - top / page.height],
        }
        for letter, length in (("x", wide), ("y", high)):
            key = f"{letter}axis{name_number(number)}"
            axis = shrink_axis(own.get(key, {}), letter, length, size)
            axis |= {each: rename_axis(axis[each], base) for each in REFERENCES if each in axis}
            other = "y" if letter == "x" else "x"
            axis |= {"domain": ends[letter], "anchor": f"{other}{name_number(number + base)}"}
            layout[f"{letter}axis{name_number(number + base)}"] = axis
    return rows * columns


def shrink_axis(axis: dict[str, Any], letter: str, length: float, size: float) -> dict[str, Any]:
    """Return an axis with letters of a size, and no more ticks than have room."""
    ticks = max(2, int(length / ((3.4 if letter == "x" else 2.2) * size)))
    out = {key: each for key, each in axis.items() if key not in ("domain", "automargin")}
    title = dict(out.get("title") or {})
    title |= {"font": {"size": size}, "standoff": 0.35 * size}
    out |= {"automargin": False, "tickfont": {"size": size}, "title": title}
    if letter == "x":
        out["tickangle"] = 0
    if "tickvals" not in out:
        wide = out.get("type") == "log" and letter == "x"
        out |= choose_ticks(out, min(int(length / (4.6 * size)) if wide else ticks, 7))
    return out | {"ticklen": 4 * size / SCREEN, "tickwidth": size / SCREEN}


def choose_ticks(axis: dict[str, Any], most: int) -> dict[str, Any]:
    """Return at most so many ticks, at round numbers where the axis names its range."""
    if "range" not in axis:
        return {"nticks": most}
    if axis.get("type") == "log":
        values, texts = choose_log_ticks(axis["range"], most)
        return {"tickvals": values, "ticktext": texts}
    span = abs(float(axis["range"][1]) - float(axis["range"][0]))
    if not 1e-300 < span < 1e300:
        return {"nticks": most}
    power = 10.0 ** floor(log10(span / most))
    return {
        "dtick": next(k * power for k in (1, 2, 5, 10) if span <= k * power * most * (1 + 1e-9))
    }
