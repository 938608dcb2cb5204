"""One color a rule, the same in every picture, in light and in dark.

Each color has a contrast of at least 3 with a white and with a dark page, and any two of a built-in
rule's differ by more than 12 (CIEDE2000) for normal, protan, deutan and tritan eyes: the colors
were searched for under these conditions, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

COLORS = {
    "sgd": "#ad8f0a",
    "momentum": "#0b7e66",
    "nesterov": "#a9582e",
    "adagrad": "#8e6294",
    "adadelta": "#3c9cd3",
    "rmsprop": "#f1638c",
    "adam": "#405df8",
}
"""The color of each rule of RULES, by its name there."""

SPARE = ("#e01568", "#c472a7", "#809957")
"""Colors for rules of the user's own."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "pentagon")


class Style(NamedTuple):
    """How a run is drawn: the color of its rule, and a dash and an end mark of its own."""

    color: str
    dash: str = "solid"
    symbol: str = "circle"


def style_of(kinds: Sequence[str]) -> list[Style]:
    """The style of each run of a picture, given the kinds of their rules in order.

    A second run of a rule keeps the hue and takes the next dash and symbol.
    """
    colors = colors_of(kinds)
    places = {kind: place for place, kind in enumerate(colors)}
    places |= {kind: place for place, kind in enumerate(COLORS)}
    seen: dict[str, int] = {}
    styles = []
    for kind in kinds:
        again = seen[kind] = seen.get(kind, -1) + 1
        symbol = SYMBOLS[(places[kind] + again) % len(SYMBOLS)]
        styles.append(Style(colors[kind], DASHES[again % len(DASHES)], symbol))
    return styles


def colors_of(kinds: Iterable[str]) -> dict[str, str]:
    """The color of each kind; one that RULES does not know gets a spare color by its name."""
    colors: dict[str, str] = {}
    for kind in dict.fromkeys(kinds):
        if kind in COLORS:
            colors[kind] = COLORS[kind]
            continue
        first = crc32(kind.encode())
        wanted = [SPARE[(first + turn) % len(SPARE)] for turn in range(len(SPARE))]
        free = [color for color in wanted if color not in colors.values()]
        colors[kind] = (free or wanted)[0]
    return colors


def styles(trajectories: Iterable[Any]) -> list[Style]:
    """The style of each trajectory of a picture, by the kind of rule it says it ran."""
    return style_of([str(each.about.get("kind", "")) for each in trajectories])
