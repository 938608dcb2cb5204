"""How much room the letters of a figure take: near enough to lay it out without a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import numpy as np

from optviz.views.drawing.arrays import unpack_array
from optviz.views.drawing.panels import name_number
from optviz.views.drawing.scale import format_number, round_step

NARROW, WIDE = set("iljtfrI.,:;'|!()[] "), set("mwMWABCDEGHKNOPQRSUVXYZ=+<>×−–")
"""Letters of about a third, and of about seven tenths of their height, in a wide font."""
TICK = 4.0
"""Length of a tick and the room beside it, in pixels on screen."""


def measure_text(text: str, size: float) -> float:
    """Return about the width of a line of text in letters of a size."""
    plain = re.sub(r"<[^>]*>", "", text)
    return size * sum(0.36 if c in NARROW else 0.72 if c in WIDE else 0.64 for c in plain)


def fit_text(text: str, width: float, size: float) -> str:
    """Return a line of text, cut where it would be wider than there is room."""
    short = text
    while short and measure_text(short + "…" if short != text else text, size) > width:
        short = short[:-1].rstrip()
    return text if short == text else f"{short}…"


def list_ticks(axis: dict[str, Any], count: int) -> list[str]:
    """Return about the words at an axis's ticks."""
    if "ticktext" in axis:
        return list(map(str, axis["ticktext"]))
    low, high = sorted(map(float, axis.get("range") or (0, 100)))
    if axis.get("type") == "log":
        return choose_log_ticks((low, high), 99)[1]
    step = round_step((high - low) / max(1, count))
    return [format_number(each * step) for each in range(ceil(low / step), floor(high / step) + 1)]


def find_data_range(
    traces: list[dict[str, Any]], key: str, log: bool = False
) -> list[float] | None:
    """Return the lowest and highest of some traces' finite values, or nothing.

    With `log` they are powers of ten, of what is above 0.
    """
    parts = [np.ravel(unpack_array(each.get(key, ()))) for each in traces]
    values = np.concatenate([*parts, np.empty(0)])
    values = np.log10(values[values > 0]) if log else values
    values = values[np.isfinite(values)]
    return [float(values.min()), float(values.max())] if values.size else None


def choose_log_ticks(span: Sequence[float], most: int) -> tuple[list[float], list[str]]:
    """Return the ticks of an axis from one power of ten to another, and their words.

    They are at powers of ten, so far apart that there are at most so many; where there is but one
    power or none, at 1, 2 and 5 times powers.
    """
    low, high = sorted(map(float, span))
    powers = range(ceil(low), floor(high) + 1)
    step = max(1, ceil(len(powers) / max(1, most)))
    values = [10.0**each for each in powers if each % step == 0]
    if len(powers) < 2:
        fine = [k * 10.0**each for each in range(floor(low), ceil(high) + 1) for k in (1, 2, 5)]
        values = [each for each in fine if low <= log10(each) <= high]
    return values, [format_number(each) for each in values]


def fill_ranges(data: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """Return the layout of a panel in which each axis that named no range has that of its lines."""
    grid = layout.get("grid") or {}
    out = dict(layout)
    for number in range(1, grid.get("rows", 1) * grid.get("columns", 1) + 1):
        for letter in "xy":
            key = f"{letter}axis{name_number(number)}"
            axis = layout.get(key, {})
            if "range" not in axis:
                out[key] = axis | find_range(data, layout, letter, number, axis)
    return out


def find_range(
    data: list[dict[str, Any]], layout: dict[str, Any], letter: str, number: int, axis: Any
) -> dict[str, Any]:
    """Return the range of an axis that names none: that of the lines on it and on its equals."""
    if axis.get("visible") is False:
        return {}
    equal = list_equals(layout, f"{letter}{name_number(number)}")
    traces = [each for each in data if each.get(f"{letter}axis", letter) in equal]
    log = axis.get("type") == "log"
    span = find_data_range(traces, letter, log)
    if span is None:
        return {}
    room = 0.05 * (span[1] - span[0]) or 0.5 if letter == "y" else 0.0
    low = min(span[0], 0.0) if axis.get("rangemode") == "tozero" and not log else span[0] - room
    return {"range": [low, span[1] + room]}


def list_equals(layout: dict[str, Any], name: str) -> set[str]:
    """Return an axis and those that share its range, all by their names: y, y2, ..."""
    roots = {
        key.replace("axis", ""): each.get("matches", key.replace("axis", ""))
        for key, each in layout.items()
        if re.fullmatch(r"[xy]axis\d*", key)
    }
    root = roots.get(name, name)
    return {name, *(each for each, other in roots.items() if other == root)}
