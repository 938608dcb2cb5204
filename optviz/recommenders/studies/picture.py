"""The picture of a study as data: what a view draws, without a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from optviz.recommenders.studies.table import Interval


class Axis(NamedTuple):
    """One axis: its title, with the unit, and its scale."""

    title: str
    log: bool = False


class Series(NamedTuple):
    """Points under one name in the legend; `low` and `high` are the ends of their intervals.

    Shapes: x, y, low, high (points,); x may be texts
    """

    label: str
    x: Sequence[float] | Sequence[str]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    mode: str = "lines"
    """lines (the interval is a band), markers (the interval is a bar), or lines+markers."""
    kind: str = ""
    """The name of a rule, which gives the color; empty for the next color."""


def make_series(
    label: str,
    x: Sequence[float] | Sequence[str],
    intervals: Sequence[Interval],
    mode: str = "lines+markers",
) -> Series:
    """Return the series of some means with their intervals."""
    mean, low, high = (
        [getattr(each, end) for each in intervals] for end in ("mean", "low", "high")
    )
    return Series(label, x, mean, low, high, mode)


class Level(NamedTuple):
    """A line across the picture: a value to compare with."""

    label: str
    y: float


class Picture(NamedTuple):
    """One picture of a study."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    levels: tuple[Level, ...] = ()
    steep: bool = False
    """Names run along the x axis: written aslant where they are long."""
