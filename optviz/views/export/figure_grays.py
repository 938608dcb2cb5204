"""A figure in grays: what differed by color differs by dash, width and mark."""

from __future__ import annotations

import re
from typing import Any

from optviz.views.drawing.colors import DASHES

RUNS = ("#000000", "#5c5c5c", "#2e2e2e", "#7d7d7d")
"""The grays of runs, in turn: all darker than the darkest surface."""
WIDTHS = (1.0, 1.25, 0.8)
LOSSES = ("#ffffff", "#ececec", "#d6d6d6", "#bcbcbc")
"""The losses from the lowest up: a printer keeps their order."""
COLOR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|rgba?\([^)]*\)")


def to_gray(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a figure, as plain data, without a color."""
    figure = figure | {"data": [style_run(each) for each in figure["data"]]}
    gray = drop_colors(figure)
    scale = [[i / (len(LOSSES) - 1), color] for i, color in enumerate(LOSSES)]
    for trace in gray["data"]:
        if trace["type"] in ("contour", "surface"):
            trace["colorscale"] = scale
    return gray


def style_run(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a trace of a run in a gray, a dash and a width that no run beside it has."""
    meta = trace.get("meta")
    if isinstance(meta, dict) and "runs" in meta:
        colors = [RUNS[place % len(RUNS)] for place in meta["runs"]]
        return trace | {"marker": dict(trace["marker"]) | {"color": colors}}
    if not isinstance(meta, dict) or "run" not in meta:
        return trace
    place = meta["run"]
    color = RUNS[place % len(RUNS)]
    out = dict(trace)
    if "line" in trace:
        line = dict(trace["line"]) | {"color": color}
        if meta.get("part") in (None, "end"):
            line["dash"] = DASHES[place % len(DASHES)]
            line["width"] = line.get("width", 2) * WIDTHS[place // len(RUNS) % len(WIDTHS)]
        out["line"] = line
    if "marker" in trace:
        out["marker"] = dict(trace["marker"]) | {"color": color}
    return out


def drop_colors(value: Any, key: str = "") -> Any:
    """Return plain data with each color in it as the gray of the same lightness."""
    if isinstance(value, dict):
        return {name: drop_colors(each, name) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [drop_colors(each, key) for each in value]
    if isinstance(value, str) and ("color" in key or (key == "text" and "style=" in value)):
        return COLOR.sub(lambda found: gray_color(found[0]), value)
    return value


def gray_color(color: str) -> str:
    """Return the gray of a color's lightness (Rec. 709), as opaque as it is."""
    if color.startswith("#"):
        digits = color[1:] if len(color) == 7 else "".join(2 * each for each in color[1:])
        parts = [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
        alpha = ""
    else:
        numbers = re.findall(r"[\d.]+", color)
        parts = [float(each) for each in numbers[:3]]
        alpha = numbers[3] if len(numbers) > 3 else ""
    linear = [(each / 255) ** 2.2 for each in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    level = round(255 * light ** (1 / 2.2))
    if alpha:
        return f"rgba({level},{level},{level},{alpha})"
    return f"#{level:02x}{level:02x}{level:02x}"
