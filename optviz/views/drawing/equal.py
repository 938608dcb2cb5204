"""Equal scales: a unit of y is as long as one of x, so that what is perpendicular looks so."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

NARROWEST, WIDEST = 0.5, 3.0
"""Scales are equal by themselves where the window's width lies between so many heights of it."""
PAPER = (560, 354)
"""The room of the map in a figure of plotly's own size."""


def has_equal_scales(window: Any, words: Collection[str] = ()) -> bool:
    """Return True where a view asks for equal scales, or does not and the window allows them."""
    if "equal" in words or "stretched" in words:
        return "equal" in words
    return NARROWEST <= find_ratio(window) <= WIDEST


def find_ratio(window: Any) -> float:
    """Return the width of a window in heights of it."""
    (left, right), (low, high) = window
    return (right - left) / (high - low)


def describe_scales(
    window: Any, room: tuple[float, float] = PAPER
) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Return what the axes x and y need for equal scales, and the place of the color bar."""
    width, height = room
    share = min(1.0, find_ratio(window) * height / width)
    held = {"constrain": "domain"}
    return held, held | {"scaleanchor": "x", "scaleratio": 1}, min(0.5 + share / 2 + 0.015, 1.02)
